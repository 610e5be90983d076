//! A connection to one document: bytes and memory files, both ways, without blocking.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::os::fd::{AsFd, OwnedFd};

use mio::net::UnixStream;
use oro_engine::frame::{FLAG_ATTACHED, INLINE_MAX, Kind};
use oro_engine::frame_queue::{Incoming, Outgoing};
use rustix::fs::{MemfdFlags, SealFlags};
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
    outgoing: Outgoing<OwnedFd>,
}

impl Socket {
    pub fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
        }
    }

    /// Bytes that the document has not taken yet.
    pub fn queued(&self) -> usize {
        self.outgoing.len()
    }

    /// Queues a frame.
    pub fn frame(&mut self, kind: Kind, flags: u8, seq: u32, payload: &[&[u8]]) {
        self.outgoing.frame((kind, flags, seq), payload, None);
    }

    /// Queues a frame whose body may be of any size: a large one travels as a memory file.
    pub fn body(&mut self, kind: Kind, flags: u8, seq: u32, body: &[u8]) -> io::Result<()> {
        if body.len() <= INLINE_MAX {
            self.frame(kind, flags, seq, &[body]);
            return Ok(());
        }
        let (file, len) = (seal(body)?, (body.len() as u64).to_le_bytes());
        let head = (kind, flags | FLAG_ATTACHED, seq);
        self.outgoing.frame(head, &[&len], Some(file));
        Ok(())
    }

    /// Writes as much as the kernel takes.
    pub fn flush(&mut self) -> io::Result<()> {
        let stream = &self.stream;
        self.outgoing
            .flush(|parts, file| send(stream, parts.map(IoSlice::new), file))
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
