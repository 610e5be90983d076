//! Standard output and standard error: a queue that one job at a time writes out.
//!
//! The tick never waits for whoever reads the output. A reader that stops fills the queue, and
//! then callers are told so.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use oro_components::console::{ConsoleError, Log, Stderr, Stdout};
use oro_engine::config::{Config, keys};
use oro_engine::job::JobError;
use oro_engine::prelude::*;
use oro_engine::tick::Shutdown;
use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, poll};

use crate::errno::SystemError;

/// Bytes that may wait to be written. A single text may be longer, when nothing else waits.
const QUEUED_BYTES_MAX: usize = 16 << 20;

/// How long the shutdown waits for a reader that does not read.
const DRAIN_MAX: Duration = Duration::from_secs(1);

/// Standard output and standard error: the routes `stdout`, `stderr` and `log`; script module
/// `oro:console`.
#[derive(Debug, Default)]
pub struct ConsolePlugin;

impl Plugin for ConsolePlugin {
    fn build(&self, app: &mut App) {
        let debug = app.world().get_resource::<Config>();
        let debug = debug.is_none_or(|config| config.get(keys::DEBUG));
        let owner = app.world_mut().spawn_empty().id();
        app.insert_resource(Console {
            owner,
            debug,
            busy: false,
            queue: Arc::default(),
            answers: VecDeque::new(),
        })
        .add_deferred::<Stdout, _>(stdout)
        .add_deferred::<Stderr, _>(stderr)
        .add_deferred::<Log, _>(log)
        .add_systems(Shutdown, drain);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Stdout,
    Stderr,
}

#[derive(Default)]
struct Waiting {
    texts: VecDeque<(Output, Bytes)>,
    bytes: usize,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// Held by whoever writes, so that the shutdown does not write between.
    writing: Mutex<()>,
}

type Answer = Box<dyn FnOnce(&mut World, Result<(), ConsoleError>) + Send + Sync>;

#[derive(Resource)]
struct Console {
    /// Owns the writing job.
    owner: Entity,
    /// Whether debug output is wanted.
    debug: bool,
    /// Whether a job writes.
    busy: bool,
    queue: Arc<Queue>,
    /// Who waits, in the order of the texts.
    answers: VecDeque<Answer>,
}

type Input<R> = In<(Call<R>, Pending<R>)>;

fn stdout(In((call, pending)): Input<Stdout>, world: &mut World) -> Result<(), ConsoleError> {
    let text = text(call.params.value, call.body)?;
    write(world, Output::Stdout, text, pending)
}

fn stderr(In((call, pending)): Input<Stderr>, world: &mut World) -> Result<(), ConsoleError> {
    if call.debug && !world.resource::<Console>().debug {
        world.reply(pending, Ok(Empty {}));
        return Ok(());
    }
    let text = text(call.params.value, call.body)?;
    write(world, Output::Stderr, text, pending)
}

fn log(In((call, pending)): Input<Log>, world: &mut World) -> Result<(), ConsoleError> {
    let line = call.params.value + "\n";
    write(world, Output::Stderr, line.into(), pending)
}

fn text(value: Option<String>, body: Bytes) -> Result<Bytes, ConsoleError> {
    match value {
        Some(value) => Ok(value.into()),
        None if body.is_empty() => Err(ConsoleError::Missing),
        None => Ok(body),
    }
}

fn write<R: Route<Output = Empty, Error = ConsoleError>>(
    world: &mut World,
    output: Output,
    text: Bytes,
    pending: Pending<R>,
) -> Result<(), ConsoleError> {
    let mut console = world.resource_mut::<Console>();
    let mut waiting = console.queue.waiting.lock();
    if waiting.bytes > 0 && waiting.bytes + text.len() > QUEUED_BYTES_MAX {
        return Err(ConsoleError::Full(QUEUED_BYTES_MAX));
    }
    waiting.bytes += text.len();
    waiting.texts.push_back((output, text));
    drop(waiting);
    console
        .answers
        .push_back(Box::new(move |world, result: Result<(), _>| {
            world.reply(pending, result.map(|()| Empty {}));
        }));
    begin(world);
    Ok(())
}

/// Begins to write, if there is something and nobody writes.
fn begin(world: &mut World) {
    let mut console = world.resource_mut::<Console>();
    if console.busy || console.queue.waiting.lock().texts.is_empty() {
        return;
    }
    console.busy = true;
    let (owner, queue) = (console.owner, Arc::clone(&console.queue));
    let jobs = world.resource::<Jobs>().clone();
    let work = move || {
        let _writing = queue.writing.lock();
        queue.write_out()
    };
    jobs.spawn(owner, Lane::Io, work, |world, _, results| {
        finish(world, results);
        begin(world);
    });
}

fn finish(world: &mut World, results: Result<Vec<Result<(), ConsoleError>>, JobError>) {
    let mut console = world.resource_mut::<Console>();
    console.busy = false;
    let results = results.unwrap_or_else(|error| {
        // Which texts were written is not known any more: none of them is tried again.
        *console.queue.waiting.lock() = Waiting::default();
        vec![Err(error.into()); console.answers.len()]
    });
    let count = results.len().min(console.answers.len());
    let answers: Vec<Answer> = console.answers.drain(..count).collect();
    for (answer, result) in answers.into_iter().zip(results) {
        answer(world, result);
    }
}

impl Queue {
    /// Writes everything that waits, and tells how it went for each text.
    fn write_out(&self) -> Vec<Result<(), ConsoleError>> {
        let mut results = Vec::new();
        let mut last = None;
        loop {
            let next = self.waiting.lock().texts.pop_front();
            if last != next.as_ref().map(|next| next.0)
                && let Some(last) = last
                && let Err(error) = last.flush()
                && let Some(result) = results.last_mut()
            {
                *result = Err(error);
            }
            let Some((output, text)) = next else {
                return results;
            };
            results.push(output.write(&text));
            last = Some(output);
            let mut waiting = self.waiting.lock();
            waiting.bytes = waiting.bytes.saturating_sub(text.len());
        }
    }
}

impl Output {
    // Through the standard library's own streams, so that what the host prints comes in order.
    fn write(self, text: &[u8]) -> Result<(), ConsoleError> {
        match self {
            Self::Stdout => write_all(io::stdout().lock(), text),
            Self::Stderr => write_all(io::stderr().lock(), text),
        }
    }

    fn flush(self) -> Result<(), ConsoleError> {
        match self {
            Self::Stdout => patiently(&mut io::stdout().lock(), Write::flush),
            Self::Stderr => patiently(&mut io::stderr().lock(), Write::flush),
        }
    }
}

fn write_all(mut to: impl Write + std::os::fd::AsFd, mut text: &[u8]) -> Result<(), ConsoleError> {
    while !text.is_empty() {
        let written = patiently(&mut to, |to| to.write(text))?;
        if written == 0 {
            return Err(refused(&rustix::io::Errno::IO.into()));
        }
        text = text.get(written..).unwrap_or_default();
    }
    Ok(())
}

/// Does it again when a signal comes between, and when somebody made the stream non-blocking.
fn patiently<T, W: std::os::fd::AsFd>(
    to: &mut W,
    mut attempt: impl FnMut(&mut W) -> io::Result<T>,
) -> Result<T, ConsoleError> {
    loop {
        match attempt(to) {
            Ok(done) => return Ok(done),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let mut fds = [PollFd::new(to, PollFlags::OUT)];
                match poll(&mut fds, None) {
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(errno) => return Err(refused(&errno.into())),
                }
            }
            Err(error) => return Err(refused(&error)),
        }
    }
}

fn refused(error: &io::Error) -> ConsoleError {
    let SystemError {
        code,
        reason,
        errno,
    } = error.into();
    ConsoleError::Write {
        code,
        reason,
        errno,
    }
}

/// Writes what still waits when the app ends, unless nobody reads.
fn drain(world: &mut World) {
    let queue = Arc::clone(&world.resource::<Console>().queue);
    let Some(_writing) = queue.writing.try_lock_for(DRAIN_MAX) else {
        tracing::warn!("output is lost, because nobody reads it");
        return;
    };
    let results = queue.write_out();
    finish(world, Ok(results));
}
