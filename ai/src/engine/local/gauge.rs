//! Counters of what a place does, for telemetry.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use oro_components::llm::{KvTelemetry, PoolTelemetry, Telemetry};
use parking_lot::Mutex;

/// Counters of a place. They only grow, except those of what runs and waits.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    pub running: AtomicU32,
    pub waiting: AtomicU32,
    pub steps: AtomicU64,
    pub prompt_tokens: AtomicU64,
    pub cached_tokens: AtomicU64,
    pub completion_tokens: AtomicU64,
    pub evictions: AtomicU64,
    pub reuses: AtomicU64,
    clears: AtomicU64,
    reinits: AtomicU64,
    errors: AtomicU64,
    last_clear_ms: AtomicU64,
    logged: Mutex<Option<Instant>>,
}

/// What a model holds at this moment.
#[derive(Debug, Default)]
pub(super) struct ModelGauges {
    pub contexts: AtomicU32,
    pub contexts_busy: AtomicU32,
    pub sequences_busy: AtomicU32,
    pub cells_used: AtomicU64,
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Relaxed);
}

impl Gauges {
    /// Notes that a sequence was cleared, or that it could not be; logs it now and then.
    pub fn cleared(&self, took: Duration, done: bool, log_interval: Option<Duration>) {
        let ms = took.as_micros().div_ceil(1000);
        let ms = u64::try_from(ms).unwrap_or(u64::MAX);
        if done {
            self.clears.fetch_add(1, Relaxed);
            self.last_clear_ms.store(ms, Relaxed);
        } else {
            self.errors.fetch_add(1, Relaxed);
        }
        let Some(interval) = log_interval else {
            return;
        };
        let mut logged = self.logged.lock();
        if logged.is_none_or(|last| last.elapsed() >= interval) {
            *logged = Some(Instant::now());
            let (clears, reinits) = (self.clears.load(Relaxed), self.reinits.load(Relaxed));
            tracing::warn!(done, ms, clears, reinits, "key-value cache cleared");
        }
    }

    /// Notes that a context was made anew because it could not be cleared.
    pub fn reinitialised(&self) {
        self.reinits.fetch_add(1, Relaxed);
    }

    /// All of it.
    pub fn telemetry<'m>(
        &self,
        capacity: u32,
        models: impl Iterator<Item = &'m ModelGauges>,
    ) -> Telemetry {
        let mut telemetry = Telemetry {
            pool: PoolTelemetry {
                capacity,
                evictions: self.evictions.load(Relaxed),
                reuses: self.reuses.load(Relaxed),
                ..PoolTelemetry::default()
            },
            kv: KvTelemetry {
                clears: self.clears.load(Relaxed),
                reinits: self.reinits.load(Relaxed),
                last_clear_ms: self.last_clear_ms.load(Relaxed),
                errors: self.errors.load(Relaxed),
            },
            running: self.running.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
            steps: self.steps.load(Relaxed),
            prompt_tokens: self.prompt_tokens.load(Relaxed),
            cached_tokens: self.cached_tokens.load(Relaxed),
            completion_tokens: self.completion_tokens.load(Relaxed),
            ..Telemetry::default()
        };
        for model in models {
            telemetry.pool.warm += model.contexts.load(Relaxed);
            telemetry.pool.busy += model.contexts_busy.load(Relaxed);
            telemetry.sequences_busy += model.sequences_busy.load(Relaxed);
            telemetry.cells_used += model.cells_used.load(Relaxed);
        }
        telemetry
    }
}
