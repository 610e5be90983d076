//! A worker that runs: its process and the frames to and from it.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::time::{Duration, Instant};

use oro_components::llm::AiError;
use serde::Serialize;

use super::frame::{self, FromWorker};
use super::process;
use crate::engine::settings::WorkerProgram;

/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;
/// How long a worker may take to be gone after its socket.
const GONE_MAX: Duration = Duration::from_secs(1);

/// A worker that runs.
pub(super) struct Link {
    child: Child,
    pub socket: UnixStream,
    incoming: Vec<u8>,
    from: usize,
    outgoing: VecDeque<u8>,
    /// Whether it has said that it understands.
    pub ready: bool,
    pub started: Instant,
}

impl Link {
    pub fn start(program: &WorkerProgram) -> io::Result<Self> {
        let (child, socket) = process::start(program)?;
        Ok(Self {
            child,
            socket,
            incoming: Vec::new(),
            from: 0,
            outgoing: VecDeque::new(),
            ready: false,
            started: Instant::now(),
        })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Queues a message.
    pub fn send(&mut self, message: &impl Serialize) -> Result<(), AiError> {
        let mut bytes = Vec::new();
        frame::write(&mut bytes, message)?;
        self.outgoing.extend(bytes);
        Ok(())
    }

    /// Whether something waits to be sent.
    pub fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Writes as much as the socket takes.
    pub fn flush(&mut self) -> io::Result<()> {
        while !self.outgoing.is_empty() {
            match self.socket.write(self.outgoing.as_slices().0) {
                Ok(sent) => drop(self.outgoing.drain(..sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.outgoing.capacity() > READ_BYTES {
            self.outgoing = VecDeque::new();
        }
        Ok(())
    }

    /// Reads what came. An error is the end of the worker: it is gone, or talks nonsense.
    pub fn receive(&mut self, messages: &mut Vec<FromWorker>) -> io::Result<()> {
        loop {
            let start = self.incoming.len();
            self.incoming.resize(start + READ_BYTES, 0);
            let got = self.socket.read(&mut self.incoming[start..]);
            self.incoming
                .truncate(start + got.as_ref().map_or(0, |got| *got));
            match got {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            while let Some(message) = frame::read(&mut self.incoming, &mut self.from)? {
                messages.push(message);
            }
        }
        if self.incoming.is_empty() && self.incoming.capacity() > READ_BYTES {
            self.incoming = Vec::new();
        }
        Ok(())
    }

    /// Ends the worker, if it has not ended, and tells how it did.
    pub fn end(mut self, error: &io::Error) -> String {
        use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        if ![BrokenPipe, ConnectionReset, UnexpectedEof].contains(&error.kind()) {
            return error.to_string();
        }
        // The socket closes a moment before the process is gone.
        process::wait(&self.child, GONE_MAX);
        match self.child.try_wait() {
            Ok(Some(status)) => process::describe(status),
            Ok(None) => "it has closed its socket".to_owned(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
