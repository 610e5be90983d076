//! The socket to the runtime: bytes and memory files, both ways, without blocking.

use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io::{self, Write};
use std::mem::size_of;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use crate::ffi;
use crate::frame::{FLAG_SHARED, FLAGS, HEADER, Kind, PLACE};
use crate::frame_queue::{Incoming, Outgoing};
use crate::shared::Shared;

/// Descriptors taken in with one read at most; the runtime attaches one to a frame.
const FDS_MAX: usize = 16;
const FD: usize = size_of::<c_int>();
/// Bytes of a control message's header, as the kernel aligns it.
const CMSG: usize = size_of::<CmsgHeader>();
const CONTROL: usize = CMSG + (FDS_MAX * FD).next_multiple_of(size_of::<usize>());

#[repr(C)]
struct CmsgHeader {
    len: usize,
    level: c_int,
    kind: c_int,
}

#[repr(C, align(8))]
struct Control([u8; CONTROL]);

/// Memory files that may wait; the bodies behind them wait as bytes, and are copied once more.
const FILES_MAX: usize = 64;
/// Bytes of bodies that may wait.
const BODIES_MAX: usize = 1 << 30;

/// A body that is to be sent as a memory file.
struct Body {
    file: Option<OwnedFd>,
    bytes: Vec<u8>,
    len: usize,
}

impl Body {
    fn file(&mut self) -> io::Result<&OwnedFd> {
        let file = match self.file.take() {
            Some(file) => file,
            None => seal(&self.bytes)?,
        };
        self.bytes = Vec::new();
        Ok(self.file.insert(file))
    }
}

/// A connection with its queues.
pub struct Socket {
    stream: UnixStream,
    pub incoming: Incoming<OwnedFd>,
    outgoing: Outgoing<Body>,
    /// Bytes of the bodies that wait.
    bodies: usize,
    pub shared: Option<Shared>,
}

/// Whether the system has no more descriptors or memory for the moment.
pub fn is_exhausted(error: &io::Error) -> bool {
    let exhausted = [
        ffi::ENOMEM,
        ffi::ENFILE,
        ffi::EMFILE,
        ffi::ENOBUFS,
        ffi::ETOOMANYREFS,
    ];
    error
        .raw_os_error()
        .is_some_and(|error| exhausted.contains(&error))
}

impl Socket {
    pub fn connect(path: &str) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
            bodies: 0,
            shared: None,
        })
    }

    /// Bytes that wait, without those of bodies.
    pub fn queued(&self) -> usize {
        self.outgoing.len()
    }

    /// Queues whole frames.
    pub fn push(&mut self, frames: &[u8]) {
        self.outgoing.push(frames, None);
    }

    /// Queues a frame of our own.
    pub fn frame(&mut self, kind: Kind, payload: &[u8]) {
        self.outgoing.frame((kind, 0, 0), &[payload], None);
    }

    /// Queues a whole frame whose body travels beside it, as it is at this moment. False when too
    /// much waits. The last 16 bytes of the frame are the body's place, which is filled in here,
    /// and its length.
    pub fn attach(&mut self, frame: &mut [u8], body: &[u8]) -> bool {
        if let Some(tail) = frame.len().checked_sub(PLACE)
            && tail >= HEADER
            && let Some(place) = self.shared.as_mut().and_then(|it| it.write(body))
        {
            frame[FLAGS] |= FLAG_SHARED;
            frame[tail..tail + 8].copy_from_slice(&place.to_le_bytes());
            self.outgoing.push(frame, None);
            return true;
        }
        if self.bodies > 0 && self.bodies + body.len() > BODIES_MAX {
            return false;
        }
        let mut attached = Body {
            file: None,
            bytes: Vec::new(),
            len: body.len(),
        };
        if self.outgoing.files() < FILES_MAX {
            attached.file = seal(body).ok();
        }
        if attached.file.is_none() {
            attached.bytes = body.to_vec();
        }
        self.bodies += body.len();
        self.outgoing.push(frame, Some(attached));
        true
    }

    pub fn fd(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    /// Writes as much as the kernel takes. True when nothing is left.
    pub fn flush(&mut self) -> io::Result<bool> {
        let (fd, bodies) = (self.fd(), &mut self.bodies);
        self.outgoing.flush(|parts, mut body| {
            let file = body.as_mut().map(|body| body.file()).transpose()?;
            let sent = send(fd, parts, file)?;
            if sent > 0 {
                *bodies -= body.map_or(0, |body| body.len);
            }
            Ok(sent)
        })
    }

    /// Reads once. False when there was nothing to read.
    pub fn fill(&mut self) -> io::Result<bool> {
        let fd = self.fd();
        self.incoming
            .fill(|buffer, files| receive(fd, buffer, files))
    }

    /// Blocks until the runtime sends something, or takes something that is queued.
    pub fn wait(&self, timeout_us: i64) -> io::Result<bool> {
        let out = if self.outgoing.is_empty() {
            0
        } else {
            ffi::POLLOUT
        };
        let mut fd = ffi::pollfd {
            fd: self.fd(),
            events: ffi::POLLIN | out,
            revents: 0,
        };
        let timeout = ffi::timespec {
            seconds: timeout_us / 1_000_000,
            nanoseconds: timeout_us % 1_000_000 * 1000,
        };
        // SAFETY: one valid `pollfd`, and the count says one; no mask of signals is given.
        match unsafe { ffi::ppoll(&mut fd, 1, &timeout, std::ptr::null()) } {
            -1 => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => Ok(true),
                error => Err(error),
            },
            ready => Ok(ready > 0),
        }
    }
}

fn send(fd: RawFd, parts: [&[u8]; 2], file: Option<&OwnedFd>) -> io::Result<usize> {
    let mut control = Control([0; CONTROL]);
    let mut iov = parts.map(|part| ffi::iovec {
        base: part.as_ptr().cast_mut().cast(),
        len: part.len(),
    });
    let mut message = message(&mut iov, &mut control);
    message.control_len = 0;
    if let Some(file) = file {
        message.control_len = CMSG + FD.next_multiple_of(size_of::<usize>());
        let header = CmsgHeader {
            len: CMSG + FD,
            level: ffi::SOL_SOCKET,
            kind: ffi::SCM_RIGHTS,
        };
        // SAFETY: `control` is aligned for the header and larger than header and descriptor.
        unsafe {
            message.control.cast::<CmsgHeader>().write(header);
            message
                .control
                .cast::<u8>()
                .add(CMSG)
                .cast::<c_int>()
                .write(file.as_raw_fd());
        }
    }
    // SAFETY: all pointers of `message` are to live locals of the stated lengths.
    let sent = unsafe { ffi::sendmsg(fd, &message, ffi::MSG_NOSIGNAL | ffi::MSG_DONTWAIT) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

fn receive(fd: RawFd, buffer: &mut [u8], files: &mut VecDeque<OwnedFd>) -> io::Result<usize> {
    let mut control = Control([0; CONTROL]);
    let mut iov = [ffi::iovec {
        base: buffer.as_mut_ptr().cast(),
        len: buffer.len(),
    }];
    let mut message = message(&mut iov, &mut control);
    // SAFETY: all pointers of `message` are to live locals of the stated lengths.
    let got = unsafe { ffi::recvmsg(fd, &mut message, ffi::MSG_DONTWAIT | ffi::MSG_CMSG_CLOEXEC) };
    let got = usize::try_from(got).map_err(|_| io::Error::last_os_error())?;
    if message.control_len >= CMSG + FD {
        // SAFETY: the kernel wrote a header at the start of the aligned control buffer.
        let header = unsafe { message.control.cast::<CmsgHeader>().read() };
        if header.level == ffi::SOL_SOCKET && header.kind == ffi::SCM_RIGHTS {
            let count = header.len.min(message.control_len).saturating_sub(CMSG) / FD;
            for at in 0..count.min(FDS_MAX) {
                // SAFETY: the kernel wrote `count` descriptors behind the header, and they are
                // ours from now on.
                let file = unsafe {
                    let fd = message
                        .control
                        .cast::<u8>()
                        .add(CMSG + at * FD)
                        .cast::<c_int>();
                    OwnedFd::from_raw_fd(fd.read())
                };
                files.push_back(file);
            }
        }
    }
    Ok(got)
}

fn message(iov: &mut [ffi::iovec], control: &mut Control) -> ffi::msghdr {
    ffi::msghdr {
        name: std::ptr::null_mut(),
        name_len: 0,
        iov: iov.as_mut_ptr(),
        iov_len: iov.len(),
        control: (&raw mut control.0).cast::<c_void>(),
        control_len: CONTROL,
        flags: 0,
    }
}

/// A sealed memory file with these bytes: nobody can change them any more.
fn seal(bytes: &[u8]) -> io::Result<OwnedFd> {
    // SAFETY: the name is a C string; the flags are two known bits.
    let fd = unsafe {
        ffi::memfd_create(
            c"oro-body".as_ptr(),
            ffi::MFD_CLOEXEC | ffi::MFD_ALLOW_SEALING,
        )
    };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave us this descriptor.
    let mut file = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    file.write_all(bytes)?;
    // SAFETY: `F_ADD_SEALS` takes one integer.
    if unsafe { ffi::fcntl(fd, ffi::F_ADD_SEALS, ffi::SEALS) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(file.into())
}

/// Fills `to` from the start of a memory file. False if the file is shorter.
pub fn read_file(file: &OwnedFd, to: &mut [u8]) -> bool {
    let mut at = 0;
    while at < to.len() {
        let rest = &mut to[at..];
        // SAFETY: the pointer and length are those of a live slice.
        let got = unsafe {
            ffi::pread(
                file.as_raw_fd(),
                rest.as_mut_ptr().cast(),
                rest.len(),
                at as i64,
            )
        };
        match usize::try_from(got) {
            Ok(0) => return false,
            Ok(got) => at += got,
            Err(_) if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
    true
}
