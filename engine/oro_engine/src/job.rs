//! Jobs: blocking and heavy work off the tick, on two lanes of rayon threads.
//!
//! A job belongs to an entity. When the entity is gone, the job's result is dropped; a job that
//! checks its cancel token stops early. A panic in a job is an error result and nothing more.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;

use bevy_ecs::prelude::*;
use crossbeam::channel::{Receiver, Sender, unbounded};
use parking_lot::{Condvar, Mutex};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::config::{Config, keys};
use crate::error::RouteError;
use crate::queue::Queue;
use crate::reactor::Waker;
use crate::request::Reply;
use crate::router::complete;

/// Which threads a job runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Work that keeps a core busy: hashing, encoding, searching.
    Compute,
    /// Work that waits for the operating system: files, names, child processes.
    Io,
}

/// Sizes and limits of the lanes.
#[derive(Clone, Copy, Debug)]
pub struct JobLimits {
    /// Threads of the compute lane.
    pub compute_threads: usize,
    /// Threads of the io lane.
    pub io_threads: usize,
    /// Jobs of one lane that may be handed to its threads and not yet collected.
    pub in_flight_max: usize,
    /// Jobs of one lane that may wait behind those.
    pub queued_max: usize,
}

impl Default for JobLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            compute_threads: cores,
            io_threads: cores.max(4),
            in_flight_max: 256,
            queued_max: 65_536,
        }
    }
}

impl JobLimits {
    /// The limits that the configuration sets; 0 threads is the default number.
    #[must_use]
    pub fn from_config(config: &Config) -> Self {
        let default = Self::default();
        let threads = |set: usize, default: usize| if set == 0 { default } else { set };
        Self {
            compute_threads: threads(
                config.get(keys::JOBS_COMPUTE_THREADS),
                default.compute_threads,
            ),
            io_threads: threads(config.get(keys::JOBS_IO_THREADS), default.io_threads),
            in_flight_max: config.get(keys::JOBS_IN_FLIGHT_MAX),
            queued_max: config.get(keys::JOBS_QUEUED_MAX),
        }
    }
}

/// Why a job has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// The work panicked; the message is the panic's.
    #[error("job panicked: {0}")]
    Panicked(String),
    /// Too many jobs wait already.
    #[error("too many jobs: the limit is {0}")]
    Busy(usize),
    /// The runtime is shutting down, or the lane's threads could not be started.
    #[error("jobs are closed")]
    Closed,
}

impl From<JobError> for RouteError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Panicked(message) => Self::internal(format!("job panicked: {message}")),
            JobError::Busy(max) => Self::busy("jobs", max),
            JobError::Closed => Self::aborted(),
        }
    }
}

/// A job; with an error, which it is told, it does not run.
type Work = Box<dyn FnOnce(Option<JobError>) -> Done + Send>;
type Done = Box<dyn FnOnce(&mut World) + Send>;

/// A lane. Whoever adds a job and whoever stops taking them each write first and look at what the
/// other has written then, so one of both sees a job that waits; that holds only as all of it is
/// sequentially consistent.
struct LaneState {
    name: &'static str,
    threads: usize,
    pool: Mutex<Option<Arc<ThreadPool>>>,
    waiting: Queue<Work>,
    /// Jobs that were begun and not collected yet.
    in_flight: AtomicUsize,
    /// Threads that take jobs, one after the other until none waits.
    runners: AtomicUsize,
}

struct Shared {
    lanes: [LaneState; 2],
    limits: JobLimits,
    closed: AtomicBool,
    finished: (Sender<(Lane, Done)>, Receiver<(Lane, Done)>),
    /// Notified when the last runner ends.
    idle: (Mutex<()>, Condvar),
    finished_total: AtomicUsize,
    waker: Waker,
}

/// Starts jobs. Clones are handles to the same lanes, usable from any thread.
///
/// Threads start with a lane's first job, so an app that needs none has none.
#[derive(Resource, Clone)]
pub struct Jobs(Arc<Shared>);

impl Jobs {
    /// Lanes with the given limits, which wake the loop through `waker` when a job ends.
    #[must_use]
    pub fn new(limits: JobLimits, waker: Waker) -> Self {
        let lane = |name, threads| LaneState {
            name,
            threads,
            pool: Mutex::new(None),
            waiting: Queue::new(limits.queued_max),
            in_flight: AtomicUsize::new(0),
            runners: AtomicUsize::new(0),
        };
        Self(Arc::new(Shared {
            lanes: [
                lane("compute", limits.compute_threads),
                lane("io", limits.io_threads),
            ],
            limits,
            closed: AtomicBool::new(false),
            finished: unbounded(),
            idle: (Mutex::new(()), Condvar::new()),
            finished_total: AtomicUsize::new(0),
            waker,
        }))
    }

    /// Runs `work` on a lane, then `done` in the tick with its result, if `owner` still exists.
    ///
    /// When the job cannot be started, `done` gets the reason in the next tick all the same.
    pub fn spawn<T: Send + 'static>(
        &self,
        owner: Entity,
        lane: Lane,
        work: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut World, Entity, Result<T, JobError>) + Send + 'static,
    ) {
        let job: Work = Box::new(move |refused| {
            let result = match refused {
                Some(error) => Err(error),
                None => catch_unwind(AssertUnwindSafe(work))
                    .map_err(|panic| JobError::Panicked(panic_message(&*panic))),
            };
            Box::new(move |world: &mut World| {
                if world.get_entity(owner).is_ok() {
                    done(world, owner, result);
                }
            })
        });
        if self.is_closed() {
            return self.refuse(lane, job, JobError::Closed);
        }
        let state = self.lane(lane);
        if let Err(job) = state.waiting.push(job) {
            return self.refuse(lane, job, JobError::Busy(self.0.limits.queued_max));
        }
        self.start(lane);
        if self.is_closed() {
            state.clear(); // closed in between
        }
    }

    /// Hands in the result of a job that is not run.
    fn refuse(&self, lane: Lane, job: Work, error: JobError) {
        // Counted, because collecting it will count it out.
        self.lane(lane).in_flight.fetch_add(1, SeqCst);
        self.finish(lane, job(Some(error)));
    }

    fn is_closed(&self) -> bool {
        self.0.closed.load(SeqCst)
    }

    /// Answers a pending request with what `work` makes.
    pub(crate) fn answer(
        &self,
        request: Entity,
        lane: Lane,
        work: impl FnOnce() -> Reply + Send + 'static,
    ) {
        self.spawn(request, lane, work, |world, request, result| {
            let reply = result.unwrap_or_else(|error| Err(error.into()));
            complete(world, request, reply);
        });
    }

    fn lane(&self, lane: Lane) -> &LaneState {
        &self.0.lanes[lane as usize]
    }

    fn finish(&self, lane: Lane, done: Done) {
        // The receiver lives in the same struct, so it cannot be gone.
        let _ = self.0.finished.0.send((lane, done));
        self.0.waker.wake();
    }

    /// Lets one more thread take jobs, if jobs wait that may be begun.
    fn start(&self, lane: Lane) {
        let state = self.lane(lane);
        let in_flight = state.in_flight.load(SeqCst);
        if state.waiting.is_empty() || in_flight >= self.0.limits.in_flight_max {
            return;
        }
        let one_more = |runners: usize| (runners < state.threads).then_some(runners + 1);
        if state
            .runners
            .fetch_update(SeqCst, SeqCst, one_more)
            .is_err()
        {
            return; // all of them take jobs
        }
        if self.is_closed() {
            return self.leave(state); // nobody waits for them any more
        }
        let jobs = self.clone();
        match self.pool(lane) {
            Some(pool) => pool.spawn(move || jobs.run(lane)),
            // No thread to be had: the jobs run here, late rather than never.
            None => jobs.run(lane),
        }
    }

    /// Runs waiting jobs until there are none, or too many are not collected.
    fn run(&self, lane: Lane) {
        let state = self.lane(lane);
        while let Some(job) = state.take(self.0.limits.in_flight_max) {
            self.finish(lane, job(None));
        }
        self.leave(state);
        // One that came while this thread was leaving.
        self.start(lane);
    }

    /// Counts a thread out that takes no more jobs.
    fn leave(&self, state: &LaneState) {
        if state.runners.fetch_sub(1, SeqCst) == 1 {
            drop(self.0.idle.0.lock());
            self.0.idle.1.notify_all();
        }
    }

    fn pool(&self, lane: Lane) -> Option<Arc<ThreadPool>> {
        let state = self.lane(lane);
        let mut pool = state.pool.lock();
        if pool.is_none() {
            let name = state.name;
            let built = ThreadPoolBuilder::new()
                .num_threads(state.threads)
                .thread_name(move |at| format!("oro-{name}-{at}"))
                .build();
            match built {
                Ok(built) => *pool = Some(Arc::new(built)),
                Err(error) => tracing::error!(lane = name, %error, "cannot start job threads"),
            }
        }
        pool.clone()
    }

    /// Takes finished jobs, at most as many as may be in flight, and starts waiting ones.
    fn collect(&self) -> Vec<Done> {
        let max = 2 * self.0.limits.in_flight_max;
        let mut out = Vec::new();
        let mut counts = [0; 2];
        for (lane, done) in self.0.finished.1.try_iter().take(max) {
            counts[lane as usize] += 1;
            out.push(done);
        }
        for (lane, count) in [(Lane::Compute, counts[0]), (Lane::Io, counts[1])] {
            if count > 0 {
                let state = self.lane(lane);
                state.in_flight.fetch_sub(count, SeqCst);
                for _ in 0..count.min(state.threads) {
                    self.start(lane);
                }
            }
        }
        self.0.finished_total.fetch_add(out.len(), Relaxed);
        if !self.0.finished.1.is_empty() {
            self.0.waker.wake();
        }
        out
    }

    /// Whether more jobs wait than a lane has threads, so that their results come one upon the
    /// other. Fewer are only about to be taken.
    pub(crate) fn are_waiting(&self) -> bool {
        let mut lanes = self.0.lanes.iter();
        lanes.any(|lane| lane.waiting.len() > lane.threads)
    }

    /// Jobs on threads or waiting for the tick, and jobs waiting for a thread, of both lanes.
    #[must_use]
    pub fn depth(&self) -> (usize, usize) {
        let lanes = self.0.lanes.iter();
        lanes.fold((0, 0), |(in_flight, waiting), lane| {
            (
                in_flight + lane.in_flight.load(SeqCst),
                waiting + lane.waiting.len(),
            )
        })
    }

    /// How many jobs have ended since the start.
    #[must_use]
    pub fn finished_total(&self) -> usize {
        self.0.finished_total.load(Relaxed)
    }

    /// Refuses further jobs, drops those that wait and joins those that run.
    ///
    /// Returns how many still ran after `timeout`; they end with the process.
    pub fn shutdown(&self, timeout: Duration) -> usize {
        self.0.closed.store(true, SeqCst);
        self.0.lanes.iter().for_each(LaneState::clear);
        let running = || {
            let runners = self.0.lanes.iter().map(|lane| &lane.runners);
            runners.map(|it| it.load(SeqCst)).sum::<usize>()
        };
        let (mutex, idle) = &self.0.idle;
        let mut guard = mutex.lock();
        let _ = idle.wait_while_for(&mut guard, |()| running() > 0, timeout);
        drop(guard);
        let left = running();
        for lane in &self.0.lanes {
            lane.pool.lock().take();
        }
        left
    }
}

impl LaneState {
    /// The next job, if one may be begun.
    fn take(&self, in_flight_max: usize) -> Option<Work> {
        let one_more = |in_flight: usize| (in_flight < in_flight_max).then_some(in_flight + 1);
        self.in_flight.fetch_update(SeqCst, SeqCst, one_more).ok()?;
        let job = self.waiting.pop();
        if job.is_none() {
            self.in_flight.fetch_sub(1, SeqCst);
        }
        job
    }

    fn clear(&self) {
        while self.waiting.pop().is_some() {}
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown".into())
}

/// Applies the results of finished jobs.
pub(crate) fn collect_jobs(world: &mut World) {
    for done in world.resource::<Jobs>().clone().collect() {
        done(world);
    }
}
