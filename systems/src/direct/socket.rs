//! A connection to one document: bytes and memory files, both ways, without blocking.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::os::fd::{AsFd, OwnedFd};

use bytes::Bytes;
use mio::net::UnixStream;
use oro_engine::frame::{FLAG_ATTACHED, Kind};
use oro_engine::frame_queue::{Incoming, Outgoing};
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};

/// Descriptors taken in with one read.
const FDS_MAX: usize = 64;

/// A connection with its queues.
pub struct Socket {
    pub stream: UnixStream,
    pub incoming: Incoming<OwnedFd>,
    outgoing: Outgoing<Body>,
}

/// The body of a frame. It becomes a memory file when it is its turn to be sent, so that no more
/// than one descriptor is open at a time, however many bodies wait.
struct Body {
    bytes: Bytes,
    file: Option<OwnedFd>,
}

impl Body {
    fn file(&mut self) -> io::Result<&OwnedFd> {
        let file = match self.file.take() {
            Some(file) => file,
            None => seal(&self.bytes)?,
        };
        self.bytes.clear();
        Ok(self.file.insert(file))
    }
}

/// Whether the system has no more descriptors or memory for the moment.
pub fn is_exhausted(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    let exhausted = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::TOOMANYREFS,
        Errno::NOBUFS,
        Errno::NOMEM,
    ];
    errno.is_some_and(|errno| exhausted.contains(&errno))
}

impl Socket {
    pub fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
        }
    }

    /// Bytes that the document has not taken yet, without those of attached bodies.
    pub fn queued(&self) -> usize {
        self.outgoing.len()
    }

    /// Queues a frame.
    pub fn frame(&mut self, kind: Kind, flags: u8, seq: u32, payload: &[&[u8]]) {
        self.outgoing.frame((kind, flags, seq), payload, None);
    }

    /// Queues a frame with a file beside it.
    pub fn send_file(&mut self, kind: Kind, file: OwnedFd) {
        let file = Body {
            bytes: Bytes::new(),
            file: Some(file),
        };
        self.outgoing.frame((kind, 0, 0), &[], Some(file));
    }

    /// Queues a frame whose body travels as a memory file.
    pub fn attach(&mut self, (kind, flags, seq): (Kind, u8, u32), body: Bytes) {
        let len = (body.len() as u64).to_le_bytes();
        let head = (kind, flags | FLAG_ATTACHED, seq);
        let body = Body {
            bytes: body,
            file: None,
        };
        self.outgoing.frame(head, &[&len], Some(body));
    }

    /// Writes as much as the kernel takes.
    pub fn flush(&mut self) -> io::Result<()> {
        let stream = &self.stream;
        self.outgoing
            .flush(|parts, body| {
                let file = body.map(Body::file).transpose()?;
                send(stream, parts.map(IoSlice::new), file)
            })
            .map(drop)
    }

    /// Reads once. False when there was nothing to read.
    pub fn fill(&mut self) -> io::Result<bool> {
        let stream = &self.stream;
        self.incoming
            .fill(|buffer, files| receive(stream, buffer, files))
    }
}

fn send(stream: &UnixStream, parts: [IoSlice<'_>; 2], file: Option<&OwnedFd>) -> io::Result<usize> {
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let files = file.map(|file| [file.as_fd()]);
    if let Some(files) = &files {
        control.push(SendAncillaryMessage::ScmRights(files));
    }
    Ok(rustix::net::sendmsg(
        stream,
        &parts,
        &mut control,
        SendFlags::NOSIGNAL,
    )?)
}

fn receive(
    stream: &UnixStream,
    buffer: &mut [u8],
    files: &mut VecDeque<OwnedFd>,
) -> io::Result<usize> {
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FDS_MAX))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(buffer)];
    let got =
        rustix::net::recvmsg(stream, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC)?.bytes;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = message {
            files.extend(fds);
        }
    }
    Ok(got)
}

/// A sealed memory file with these bytes: nobody can change them any more.
fn seal(bytes: &[u8]) -> io::Result<OwnedFd> {
    let fd = rustix::fs::memfd_create("oro-body", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut file = File::from(fd);
    file.write_all(bytes)?;
    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    rustix::fs::fcntl_add_seals(&file, seals)?;
    Ok(file.into())
}

/// The body in a memory file that a web process sent: mapped, not copied, which only its seals
/// make safe.
#[expect(unsafe_code, reason = "maps a file into memory")]
pub fn open(file: OwnedFd, len: usize) -> io::Result<Bytes> {
    let seals = rustix::fs::fcntl_get_seals(&file)?;
    let need = SealFlags::SHRINK | SealFlags::WRITE;
    let size = rustix::fs::fstat(&file)?.st_size;
    if !seals.contains(need) || usize::try_from(size).is_ok_and(|size| size < len) {
        return Err(io::Error::other(
            "the body is not sealed, or shorter than announced",
        ));
    }
    if len == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: the seals keep every process from changing or shrinking the file, so the mapping is
    // as constant as memory of our own; its size was checked.
    let map = unsafe { memmap2::MmapOptions::new().len(len).map(&file)? };
    Ok(Bytes::from_owner(map))
}
