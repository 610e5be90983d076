//! The worker's side: a place in a process that is there for nothing else.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;

use oro_components::llm::AiError;
use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::frame::{self, FromWorker, Hello, ToWorker, VERSION};
use super::{probe, process};
use crate::engine::local::Local;
use crate::engine::place::{Place, Sink};
use crate::engine::protocol::Tell;

/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;

/// Runs the worker until the application has ended, or tries a model. A [`WorkerProgram`] calls it and nothing else.
///
/// [`WorkerProgram`]: crate::engine::WorkerProgram
#[must_use]
pub fn worker_main() -> ExitCode {
    if let Some(path) = probe::asked() {
        return probe::answer(&path);
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the worker of language models ends");
            ExitCode::FAILURE
        }
    }
}

fn run() -> std::io::Result<()> {
    process::bind_to_parent()?;
    let socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let mut incoming = Incoming {
        socket: socket.try_clone()?,
        bytes: Vec::new(),
        from: 0,
    };
    let writer = Arc::new(Mutex::new(Writer {
        socket,
        bytes: Vec::new(),
    }));
    let Some(ToWorker::Hello(hello)) = incoming.next()? else {
        return Ok(());
    };
    let Hello {
        version,
        settings,
        state_key,
        program,
        paused,
    } = *hello;
    if version != VERSION {
        let reason = format!("the application has version {version}, its worker {VERSION}");
        writer
            .lock()
            .send(&FromWorker::Refused(AiError::WorkerFailed(reason)));
        return Ok(());
    }
    process::limit(settings.memory_max_bytes);
    let own = Arc::clone(&writer);
    let sink: Sink = Arc::new(move |answers| {
        if !answers.is_empty() {
            own.lock().send(&FromWorker::Answers(answers));
        }
    });
    let local = Local::new(settings, state_key, Some(program), sink);
    if paused {
        local.tell(Tell::Pause);
    }
    writer.lock().send(&FromWorker::Ready);
    while let Some(message) = incoming.next()? {
        match message {
            ToWorker::Ask(id, ask) => local.ask(id, ask),
            ToWorker::Tell(tell) => local.tell(tell),
            ToWorker::Hello(_) => {}
        }
    }
    // Nobody waits for anything any more; the threads end with the process.
    std::process::exit(0)
}

struct Incoming {
    socket: UnixStream,
    bytes: Vec<u8>,
    from: usize,
}

impl Incoming {
    /// The next message; `None` when the application is gone.
    fn next(&mut self) -> std::io::Result<Option<ToWorker>> {
        loop {
            if let Some(message) = frame::read(&mut self.bytes, &mut self.from)? {
                return Ok(Some(message));
            }
            // A reader that only blocks wakes for each answer that the application takes, too.
            let mut socket = [PollFd::new(&self.socket, PollFlags::IN)];
            match poll(&mut socket, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let start = self.bytes.len();
            self.bytes.resize(start + READ_BYTES, 0);
            let got = self.socket.read(&mut self.bytes[start..])?;
            self.bytes.truncate(start + got);
            if got == 0 {
                return Ok(None);
            }
        }
    }
}

struct Writer {
    socket: UnixStream,
    bytes: Vec<u8>,
}

impl Writer {
    /// Sends; waits while the application has too much to read.
    fn send(&mut self, message: &FromWorker) {
        self.bytes.clear();
        if let Err(error) = frame::write(&mut self.bytes, message) {
            tracing::error!(%error, "an answer is lost");
            return;
        }
        if self.socket.write_all(&self.bytes).is_err() {
            // The application is gone.
            std::process::exit(0);
        }
        if self.bytes.capacity() > READ_BYTES {
            self.bytes = Vec::new();
        }
    }
}
