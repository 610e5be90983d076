//! A connection to one document: bytes and memory files, both ways, without blocking.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::os::fd::{AsFd, OwnedFd};

use mio::net::UnixStream;
use oro_engine::frame::{self, FLAG_ATTACHED, FLAG_BYTES, INLINE_MAX, Kind};
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};

/// Bytes read at once.
const READ: usize = 128 << 10;
/// Descriptors taken in with one read.
const FDS_MAX: usize = 64;

/// A connection with its queues.
pub struct Socket {
    pub stream: UnixStream,
    unsent: VecDeque<u8>,
    /// Descriptors to send, each with the byte of `unsent` that it goes with.
    attached: VecDeque<(usize, OwnedFd)>,
    buffer: Vec<u8>,
    filled: usize,
    pub files: VecDeque<OwnedFd>,
}

impl Socket {
    pub fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            unsent: VecDeque::new(),
            attached: VecDeque::new(),
            buffer: vec![0; READ],
            filled: 0,
            files: VecDeque::new(),
        }
    }

    /// Bytes that the document has not taken yet.
    pub fn queued(&self) -> usize {
        self.unsent.len()
    }

    /// Queues a frame.
    pub fn frame(&mut self, kind: Kind, flags: u8, seq: u32, payload: &[&[u8]]) {
        let len = payload.iter().map(|part| part.len()).sum::<usize>() as u32;
        let header = frame::Header {
            len,
            kind,
            flags,
            route: 0,
            seq,
        };
        self.unsent.extend(header.encode());
        for part in payload {
            self.unsent.extend(*part);
        }
    }

    /// Queues a frame whose body may be of any size: a large one travels as a memory file.
    pub fn body(&mut self, kind: Kind, flags: u8, seq: u32, body: &[u8]) -> io::Result<()> {
        if body.len() <= INLINE_MAX {
            self.frame(kind, flags, seq, &[body]);
            return Ok(());
        }
        let file = seal(body)?;
        self.attached.push_back((self.unsent.len(), file));
        self.frame(
            kind,
            flags | FLAG_ATTACHED,
            seq,
            &[&(body.len() as u64).to_le_bytes()],
        );
        Ok(())
    }

    /// Queues raw bytes as an answer.
    pub fn bytes(&mut self, seq: u32, body: &[u8]) -> io::Result<()> {
        self.body(Kind::Response, FLAG_BYTES, seq, body)
    }

    /// Writes as much as the kernel takes.
    pub fn flush(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            let file = self
                .attached
                .front()
                .filter(|(at, _)| *at == 0)
                .map(|(_, file)| file);
            // Up to the next byte that has a descriptor of its own.
            let next = self.attached.iter().map(|(at, _)| *at).find(|at| *at > 0);
            let end = next.unwrap_or(self.unsent.len());
            let (head, tail) = self.unsent.as_slices();
            let head = &head[..head.len().min(end)];
            let tail = &tail[..end.saturating_sub(head.len()).min(tail.len())];
            match send(&self.stream, [IoSlice::new(head), IoSlice::new(tail)], file) {
                Ok(sent) => {
                    if file.is_some() {
                        self.attached.pop_front();
                    }
                    self.unsent.drain(..sent);
                    self.attached
                        .iter_mut()
                        .for_each(|(at, _)| *at = at.saturating_sub(sent));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.unsent.capacity() > READ {
            self.unsent.shrink_to(READ);
        }
        Ok(())
    }

    /// What came and was not consumed.
    pub fn received(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Takes the buffer out; [`put_received`](Self::put_received) must follow.
    pub fn take_received(&mut self) -> Received {
        Received {
            buffer: std::mem::take(&mut self.buffer),
            filled: self.filled,
        }
    }

    /// Puts the buffer back and forgets its first bytes.
    pub fn put_received(&mut self, received: Received, consumed: usize) {
        self.buffer = received.buffer;
        self.buffer.copy_within(consumed..self.filled, 0);
        self.filled -= consumed;
    }

    /// Reads once. False when there was nothing to read.
    pub fn fill(&mut self) -> io::Result<bool> {
        // Room for the largest frame: the buffer grows only for peers that send such.
        if self.buffer.len() - self.filled < READ / 2 {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        match receive(
            &self.stream,
            &mut self.buffer[self.filled..],
            &mut self.files,
        ) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => {
                self.filled += got;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(error),
        }
    }
}

/// A socket's buffer while its frames are handled.
pub struct Received {
    buffer: Vec<u8>,
    filled: usize,
}

impl std::ops::Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer[..self.filled]
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
pub fn open(file: OwnedFd, len: u64, max: usize) -> io::Result<bytes::Bytes> {
    let len = usize::try_from(len).ok().filter(|len| *len <= max);
    let len = len.ok_or_else(|| io::Error::other("the body is too large"))?;
    let seals = rustix::fs::fcntl_get_seals(&file)?;
    let need = SealFlags::SHRINK | SealFlags::WRITE;
    let size = rustix::fs::fstat(&file)?.st_size;
    if !seals.contains(need) || usize::try_from(size).is_ok_and(|size| size < len) {
        return Err(io::Error::other(
            "the body is not sealed, or shorter than announced",
        ));
    }
    if len == 0 {
        return Ok(bytes::Bytes::new());
    }
    // SAFETY: the seals keep every process from changing or shrinking the file, so the mapping is
    // as constant as memory of our own; its size was checked.
    let map = unsafe { memmap2::MmapOptions::new().len(len).map(&file)? };
    Ok(bytes::Bytes::from_owner(map))
}
