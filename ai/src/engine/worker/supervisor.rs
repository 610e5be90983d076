//! The application's side: a thread that starts the worker, carries frames, and starts it again.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, unbounded};
use oro_components::llm::{AiError, Finish, GenerateEvent, Telemetry, Timings, Usage};
use oro_engine::cancel::CancelToken;
use parking_lot::Mutex;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};

use super::frame::{FromWorker, Hello, ToWorker, VERSION};
use super::link::Link;
use super::roster::{OWN, Roster};
use crate::engine::place::{Place, Sink};
use crate::engine::protocol::{Answer, Ask, RequestId, Tell};
use crate::engine::settings::{EngineSettings, WorkerProgram};

/// The pause before the second start in a row; it doubles with each.
const RETRY: Duration = Duration::from_millis(100);
/// The longest pause.
const RETRY_MAX: Duration = Duration::from_secs(10);
/// A worker that lived so long counts as one that works.
const LIVED: Duration = Duration::from_secs(30);
/// Starts in a row after which requests are refused instead of kept, until the next one works.
const STARTS_MAX: u32 = 5;

/// What the thread is asked or told.
type Command = Result<(RequestId, Ask), Tell>;

/// Models in a worker process.
pub(in crate::engine) struct Supervised {
    commands: Sender<Command>,
    wake: Arc<Wake>,
    closing: CancelToken,
    sink: Sink,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// What the thread begins with; the first request takes it.
    idle: Mutex<Option<Supervisor>>,
}

/// Ends the sleep of the thread.
struct Wake {
    event: std::os::fd::OwnedFd,
    raised: AtomicBool,
}

impl Wake {
    fn wake(&self) {
        if !self.raised.swap(true, Ordering::AcqRel) {
            // It only fails when the counter is full, and then the thread wakes all the same.
            let _ = rustix::io::write(&self.event, &1_u64.to_ne_bytes());
        }
    }

    /// What was sent before is looked at after this, so no wake is missed.
    fn lower(&self) {
        let _ = rustix::io::read(&self.event, &mut [0_u8; 8]);
        self.raised.store(false, Ordering::Release);
    }
}

impl Supervised {
    /// # Errors
    /// If the system has no file descriptor left.
    pub fn new(
        settings: EngineSettings,
        state_key: Option<[u8; 32]>,
        program: WorkerProgram,
        sink: Sink,
    ) -> io::Result<Self> {
        let event = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        let wake = Arc::new(Wake {
            event,
            raised: AtomicBool::new(false),
        });
        let (commands, receiver) = unbounded();
        let closing = CancelToken::new();
        let supervisor = Supervisor {
            settings,
            state_key,
            program,
            sink: Arc::clone(&sink),
            commands: receiver,
            wake: Arc::clone(&wake),
            closing: closing.clone(),
            link: None,
            roster: Roster::default(),
            open: HashSet::new(),
            kept: VecDeque::new(),
            paused: false,
            deaths: 0,
            restarts: 0,
            started: false,
            retry_at: None,
            failure: String::new(),
        };
        Ok(Self {
            commands,
            wake,
            closing,
            sink,
            thread: Mutex::new(None),
            idle: Mutex::new(Some(supervisor)),
        })
    }

    fn send(&self, command: Command) {
        if let Some(supervisor) = self.idle.lock().take() {
            let thread = std::thread::Builder::new()
                .name("oro-llm-worker".to_owned())
                .spawn(move || supervisor.run());
            match thread {
                Ok(thread) => *self.thread.lock() = Some(thread),
                Err(error) => tracing::error!(%error, "no thread for the worker"),
            }
        }
        if let Err(unsent) = self.commands.send(command)
            && let Ok((id, _)) = unsent.0
        {
            (self.sink)(vec![(id, Answer::Failed(AiError::Aborted))]);
        }
        self.wake.wake();
    }
}

impl Place for Supervised {
    fn ask(&self, id: RequestId, ask: Ask) {
        self.send(Ok((id, ask)));
    }

    fn tell(&self, tell: Tell) {
        self.send(Err(tell));
    }

    fn close(&self) {
        self.closing.cancel();
        *self.idle.lock() = None;
        self.wake.wake();
        let thread = self.thread.lock().take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the worker panicked");
        }
    }
}

/// The end of a generation that no worker has begun.
fn cancelled() -> GenerateEvent {
    GenerateEvent::Finished {
        reason: Finish::Cancelled,
        usage: Usage::default(),
        timings: Timings::default(),
    }
}

/// What the thread has.
struct Supervisor {
    settings: EngineSettings,
    state_key: Option<[u8; 32]>,
    program: WorkerProgram,
    sink: Sink,
    commands: Receiver<Command>,
    wake: Arc<Wake>,
    closing: CancelToken,
    link: Option<Link>,
    roster: Roster,
    /// Requests that the worker has.
    open: HashSet<RequestId>,
    /// Requests that wait for a worker.
    kept: VecDeque<(RequestId, Ask)>,
    paused: bool,
    /// Workers that ended soon, in a row.
    deaths: u32,
    restarts: u32,
    started: bool,
    /// When a worker may be started again.
    retry_at: Option<Instant>,
    /// How the last one ended.
    failure: String,
}

impl Supervisor {
    fn run(mut self) {
        loop {
            for command in self.commands.try_iter().collect::<Vec<_>>() {
                self.take(command);
            }
            if self.closing.is_cancelled() {
                return;
            }
            self.serve_kept();
            self.exchange();
            self.sleep();
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Ok((id, Ask::Telemetry)) if self.link.is_none() => {
                let mut telemetry = Telemetry::default();
                telemetry.pool.capacity = self.settings.pool_capacity;
                self.answer(id, Answer::Telemetry(Box::new(telemetry)));
            }
            Ok((id, ask)) if self.is_given_up() => {
                let _ = ask;
                self.answer(
                    id,
                    Answer::Failed(AiError::WorkerFailed(self.failure.clone())),
                );
            }
            Ok(asked) => self.kept.push_back(asked),
            Err(tell) => self.tell(tell),
        }
    }

    /// Whether too many workers have ended in a row, and it is too early for another.
    fn is_given_up(&self) -> bool {
        let early = self.retry_at.is_some_and(|at| Instant::now() < at);
        self.link.is_none() && self.deaths >= STARTS_MAX && early
    }

    fn tell(&mut self, tell: Tell) {
        self.roster.tell(tell);
        match tell {
            Tell::Pause => self.paused = true,
            Tell::Resume => self.paused = false,
            Tell::Cancel(id) => {
                // One that waits for a worker is not begun.
                if let Some(at) = self.kept.iter().position(|(kept, _)| *kept == id) {
                    self.kept.remove(at);
                    self.answer(id, Answer::Events(vec![cancelled()]));
                    return;
                }
                if !self.open.contains(&id) {
                    return;
                }
            }
            Tell::DropContext(_) => {}
        }
        if let Some(link) = &mut self.link {
            // A message of a few bytes is always taken.
            let _ = link.send(&ToWorker::Tell(tell));
        }
    }

    /// Sends what waits, starting a worker if there is none.
    fn serve_kept(&mut self) {
        if self.kept.is_empty() {
            return;
        }
        if self.link.is_none() && !self.start() {
            return;
        }
        while let Some((id, ask)) = self.kept.pop_front() {
            match self.roster.prepare(id, ask) {
                // Nothing that this worker would know of.
                Ok(asks) if asks.is_empty() => self.answer(id, Answer::Done),
                Ok(asks) => {
                    for (id, ask) in asks {
                        self.send(id, ask);
                    }
                }
                Err(error) => self.answer(id, Answer::Failed(error)),
            }
        }
    }

    fn send(&mut self, id: RequestId, ask: Ask) {
        let Some(link) = &mut self.link else {
            return;
        };
        match link.send(&ToWorker::Ask(id, ask)) {
            Ok(()) => {
                self.open.insert(id);
            }
            Err(error) => {
                let answer = Answer::Failed(error);
                if self.roster.answered(id, &answer) {
                    self.answer(id, answer);
                }
            }
        }
    }

    /// Starts a worker, unless it is too early.
    fn start(&mut self) -> bool {
        if self.retry_at.is_some_and(|at| Instant::now() < at) {
            return false;
        }
        let hello = ToWorker::Hello(Box::new(Hello {
            version: VERSION.to_owned(),
            settings: self.settings.clone(),
            state_key: self.state_key,
            program: self.program.clone(),
            paused: self.paused,
        }));
        let link = Link::start(&self.program).and_then(|mut link| {
            link.send(&hello).map_err(io::Error::other)?;
            Ok(link)
        });
        match link {
            Ok(link) => {
                tracing::info!(pid = link.pid(), "a worker for language models starts");
                self.restarts += u32::from(std::mem::replace(&mut self.started, true));
                self.link = Some(link);
                true
            }
            Err(error) => {
                let program = self.program.program.display();
                self.failure = format!("'{program}' does not start: {error}");
                self.died();
                self.refuse_kept();
                false
            }
        }
    }

    /// Reads and writes as much as goes.
    fn exchange(&mut self) {
        let Some(link) = &mut self.link else {
            return;
        };
        let mut messages = Vec::new();
        let result = link.receive(&mut messages).and_then(|()| link.flush());
        for message in messages {
            match message {
                FromWorker::Ready => {
                    if let Some(link) = &mut self.link {
                        link.ready = true;
                    }
                }
                FromWorker::Refused(error) => {
                    self.failure = error.to_string();
                    self.deaths = STARTS_MAX;
                }
                FromWorker::Answers(answers) => self.pass(answers),
            }
        }
        if let Err(error) = result {
            self.ended(&error);
        }
    }

    /// Passes answers on, but for those to our own requests.
    fn pass(&mut self, mut answers: Vec<(RequestId, Answer)>) {
        answers.retain_mut(|(id, answer)| {
            if answer.is_last() {
                // A worker that talks nonsense answers nobody who did not ask.
                if !self.open.remove(id) {
                    return false;
                }
            } else if !self.open.contains(id) {
                return false;
            }
            if let Answer::Telemetry(telemetry) = answer {
                telemetry.restarts = self.restarts;
                telemetry.worker_pid = self.link.as_ref().map(Link::pid);
            }
            self.roster.answered(*id, answer)
        });
        if !answers.is_empty() {
            (self.sink)(answers);
        }
    }

    /// The worker has ended: what it had fails, the next request starts another.
    fn ended(&mut self, error: &io::Error) {
        let Some(link) = self.link.take() else {
            return;
        };
        let (pid, ready, lived) = (link.pid(), link.ready, link.started.elapsed());
        let how = link.end(error);
        tracing::error!(
            pid,
            how,
            open = self.open.len(),
            "the worker for language models ended"
        );
        if lived >= LIVED {
            self.deaths = 0;
        }
        if self.deaths < STARTS_MAX || ready {
            self.failure = how.clone();
        }
        self.died();
        self.roster.worker_ended();
        let died = Answer::Failed(AiError::WorkerDied(how));
        let open = std::mem::take(&mut self.open).into_iter();
        let open = open.filter(|id| *id < OWN).map(|id| (id, died.clone()));
        (self.sink)(open.collect());
        if self.deaths >= STARTS_MAX {
            self.refuse_kept();
        }
    }

    fn died(&mut self) {
        self.deaths = self.deaths.saturating_add(1);
        let doubled = self.deaths.saturating_sub(2).min(16);
        let pause = if self.deaths < 2 {
            Duration::ZERO
        } else {
            RETRY.saturating_mul(1 << doubled).min(RETRY_MAX)
        };
        self.retry_at = Some(Instant::now() + pause);
    }

    fn refuse_kept(&mut self) {
        let failed = Answer::Failed(AiError::WorkerFailed(self.failure.clone()));
        let kept = self.kept.drain(..).map(|(id, _)| (id, failed.clone()));
        (self.sink)(kept.collect());
    }

    fn answer(&self, id: RequestId, answer: Answer) {
        (self.sink)(vec![(id, answer)]);
    }

    /// Sleeps until there is something to send or to read, or a worker may be started.
    fn sleep(&mut self) {
        let wait = self.retry_at.filter(|_| !self.kept.is_empty());
        let wait = wait.map(|at| at.saturating_duration_since(Instant::now()));
        let wait = wait.and_then(|wait| rustix::time::Timespec::try_from(wait).ok());
        let mut fds = vec![PollFd::new(&self.wake.event, PollFlags::IN)];
        if let Some(link) = &self.link {
            let mut flags = PollFlags::IN;
            flags.set(PollFlags::OUT, link.has_outgoing());
            fds.push(PollFd::new(&link.socket, flags));
        }
        if let Err(error) = poll(&mut fds, wait.as_ref())
            && error != rustix::io::Errno::INTR
        {
            tracing::error!(%error, "the worker cannot be waited for");
        }
        self.wake.lower();
    }
}
