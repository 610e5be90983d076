//! Jobs: blocking and heavy work off the tick, on two lanes of rayon threads.
//!
//! A job belongs to an entity. When the entity is gone, the job's result is dropped; a job that
//! checks its cancel token stops early. A panic in a job is an error result and nothing more.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bevy_ecs::prelude::*;
use crossbeam::channel::{Receiver, Sender, unbounded};
use parking_lot::{Condvar, Mutex};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::config::{Config, keys};
use crate::error::RouteError;
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

type Work = Box<dyn FnOnce() -> Done + Send>;
type Done = Box<dyn FnOnce(&mut World) + Send>;

#[derive(Default)]
struct Backlog {
    waiting: VecDeque<Work>,
    in_flight: usize,
    closed: bool,
}

struct LaneState {
    name: &'static str,
    threads: usize,
    pool: Mutex<Option<Arc<ThreadPool>>>,
    backlog: Mutex<Backlog>,
}

struct Shared {
    lanes: [LaneState; 2],
    limits: JobLimits,
    finished: (Sender<(Lane, Done)>, Receiver<(Lane, Done)>),
    running: Mutex<usize>,
    idle: Condvar,
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
            backlog: Mutex::default(),
        };
        Self(Arc::new(Shared {
            lanes: [
                lane("compute", limits.compute_threads),
                lane("io", limits.io_threads),
            ],
            limits,
            finished: unbounded(),
            running: Mutex::new(0),
            idle: Condvar::new(),
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
        let finish = move |result| -> Done {
            Box::new(move |world: &mut World| {
                if world.get_entity(owner).is_ok() {
                    done(world, owner, result);
                }
            })
        };
        let state = self.lane(lane);
        let mut backlog = state.backlog.lock();
        let refused = if backlog.closed {
            Some(JobError::Closed)
        } else if backlog.waiting.len() >= self.0.limits.queued_max {
            Some(JobError::Busy(self.0.limits.queued_max))
        } else {
            None
        };
        if let Some(error) = refused {
            // Counted as in flight, because collecting it will count it out.
            backlog.in_flight += 1;
            drop(backlog);
            return self.finish(lane, finish(Err(error)));
        }
        backlog.waiting.push_back(Box::new(move || {
            let result = catch_unwind(AssertUnwindSafe(work));
            finish(result.map_err(|panic| JobError::Panicked(panic_message(&*panic))))
        }));
        self.start(lane, &mut backlog);
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

    /// Hands waiting jobs to the lane's threads, as far as the limit allows.
    fn start(&self, lane: Lane, backlog: &mut Backlog) {
        while backlog.in_flight < self.0.limits.in_flight_max {
            let Some(work) = backlog.waiting.pop_front() else {
                return;
            };
            backlog.in_flight += 1;
            let Some(pool) = self.pool(lane) else {
                // No thread to be had: the job runs here, late rather than never.
                let done = work();
                self.finish(lane, done);
                continue;
            };
            *self.0.running.lock() += 1;
            let jobs = self.clone();
            pool.spawn(move || {
                let done = work();
                jobs.finish(lane, done);
                let mut running = jobs.0.running.lock();
                *running -= 1;
                jobs.0.idle.notify_all();
            });
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
                let mut backlog = self.lane(lane).backlog.lock();
                backlog.in_flight -= count;
                self.start(lane, &mut backlog);
            }
        }
        self.0
            .finished_total
            .fetch_add(out.len(), Ordering::Relaxed);
        if !self.0.finished.1.is_empty() {
            self.0.waker.wake();
        }
        out
    }

    /// Jobs on threads or waiting for the tick, and jobs waiting for a thread, of both lanes.
    #[must_use]
    pub fn depth(&self) -> (usize, usize) {
        self.0
            .lanes
            .iter()
            .fold((0, 0), |(in_flight, waiting), lane| {
                let backlog = lane.backlog.lock();
                (
                    in_flight + backlog.in_flight,
                    waiting + backlog.waiting.len(),
                )
            })
    }

    /// How many jobs have ended since the start.
    #[must_use]
    pub fn finished_total(&self) -> usize {
        self.0.finished_total.load(Ordering::Relaxed)
    }

    /// Refuses further jobs, drops those that wait and joins those that run.
    ///
    /// Returns how many still ran after `timeout`; they end with the process.
    pub fn shutdown(&self, timeout: Duration) -> usize {
        for lane in &self.0.lanes {
            let mut backlog = lane.backlog.lock();
            backlog.closed = true;
            backlog.waiting.clear();
        }
        let mut running = self.0.running.lock();
        let still = |running: &mut usize| *running > 0;
        let _ = self.0.idle.wait_while_for(&mut running, still, timeout);
        let left = *running;
        drop(running);
        for lane in &self.0.lanes {
            lane.pool.lock().take();
        }
        left
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
