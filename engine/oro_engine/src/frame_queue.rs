//! What waits on either side of the direct bridge: frames to be sent, and bytes that came.
//!
//! Both are free of system calls, which whoever owns the socket passes in; so they are the same
//! in the runtime and in the web process, and a test can play the kernel.
//!
//! Like `frame.rs`, this file stands alone: the web process extension compiles it too.

use std::collections::VecDeque;
use std::io;

use crate::frame::{self, Kind};

/// Bytes read at once, and what an idle connection keeps of its buffers.
const READ: usize = 128 << 10;

/// Frames that the kernel has not taken yet, some with a file beside them.
pub struct Outgoing<F> {
    bytes: VecDeque<u8>,
    /// How many bytes have left before those in `bytes`.
    sent: u64,
    /// Files with the number of the byte that each goes with, in order.
    files: VecDeque<(u64, F)>,
}

impl<F> Default for Outgoing<F> {
    fn default() -> Self {
        Self {
            bytes: VecDeque::new(),
            sent: 0,
            files: VecDeque::new(),
        }
    }
}

impl<F> Outgoing<F> {
    /// Bytes that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many files wait.
    #[must_use]
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// Queues whole frames; the file goes with the first of their bytes.
    pub fn push(&mut self, frames: &[u8], file: Option<F>) {
        self.attach(file);
        self.bytes.extend(frames);
    }

    /// Queues one frame, with the file that is its body if it is attached.
    pub fn frame(
        &mut self,
        (kind, flags, seq): (Kind, u8, u32),
        payload: &[&[u8]],
        file: Option<F>,
    ) {
        self.attach(file);
        frame::write(&mut self.bytes, kind, flags, 0, seq, payload);
    }

    fn attach(&mut self, file: Option<F>) {
        let at = self.sent + self.bytes.len() as u64;
        self.files.extend(file.map(|file| (at, file)));
    }

    /// Writes until the kernel takes no more; true when nothing is left.
    ///
    /// `send` gets two pieces that follow each other, and the file of their first byte, which it
    /// may make only now.
    ///
    /// # Errors
    /// What `send` fails with, but for a full buffer and an interruption.
    pub fn flush(
        &mut self,
        mut send: impl FnMut([&[u8]; 2], Option<&mut F>) -> io::Result<usize>,
    ) -> io::Result<bool> {
        while !self.bytes.is_empty() {
            let is_due = self.files.front().is_some_and(|(at, _)| *at == self.sent);
            // A piece ends before the next byte that has a file of its own.
            let next = self.files.get(usize::from(is_due));
            let until = next.map_or(u64::MAX, |(at, _)| *at - self.sent);
            let until = usize::try_from(until).unwrap_or(usize::MAX);
            let (head, tail) = self.bytes.as_slices();
            let head = &head[..head.len().min(until)];
            let tail = &tail[..tail.len().min(until - head.len())];
            let due = self.files.front_mut().filter(|_| is_due);
            match send([head, tail], due.map(|(_, file)| file)) {
                Ok(sent) => {
                    if is_due && sent > 0 {
                        self.files.pop_front();
                    }
                    self.bytes.drain(..sent);
                    self.sent += sent as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.bytes.capacity() > READ {
            self.bytes.shrink_to(READ);
        }
        Ok(true)
    }
}

/// Bytes that came and were not handled yet, and the files that came with them.
pub struct Incoming<F> {
    buffer: Vec<u8>,
    filled: usize,
    /// Files in the order of their frames.
    pub files: VecDeque<F>,
}

impl<F> Default for Incoming<F> {
    fn default() -> Self {
        Self {
            buffer: vec![0; READ],
            filled: 0,
            files: VecDeque::new(),
        }
    }
}

impl<F> Incoming<F> {
    /// Reads once; false when there was nothing to read.
    ///
    /// # Errors
    /// What `receive` fails with, but for an empty buffer and an interruption; `UnexpectedEof` at
    /// the end of the connection.
    pub fn fill(
        &mut self,
        receive: impl FnOnce(&mut [u8], &mut VecDeque<F>) -> io::Result<usize>,
    ) -> io::Result<bool> {
        // It grows only for peers that send large frames: no frame is larger than `PAYLOAD_MAX`.
        if self.buffer.len() - self.filled < READ / 2 {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        match receive(&mut self.buffer[self.filled..], &mut self.files) {
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

    /// What came, and the files that came with it.
    pub fn parts(&mut self) -> (&[u8], &mut VecDeque<F>) {
        (&self.buffer[..self.filled], &mut self.files)
    }

    /// What came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Forgets the first bytes of what came.
    pub fn consume(&mut self, len: usize) {
        self.buffer.copy_within(len..self.filled, 0);
        self.filled -= len;
        if self.filled == 0 && self.buffer.len() > READ {
            self.buffer.truncate(READ);
            self.buffer.shrink_to_fit();
        }
    }

    /// Takes the buffer out, so that its frames can be handled while the connection is written to;
    /// [`put_back`](Self::put_back) must follow before anything is read.
    pub fn take(&mut self) -> (Vec<u8>, usize) {
        (std::mem::take(&mut self.buffer), self.filled)
    }

    /// Puts the buffer back and forgets its first bytes.
    pub fn put_back(&mut self, buffer: Vec<u8>, consumed: usize) {
        self.buffer = buffer;
        self.consume(consumed);
    }
}
