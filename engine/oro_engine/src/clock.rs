//! Time as systems see it.
//!
//! Systems never ask the operating system for the time: they read [`Clock`], which stands still
//! within a tick and, for everything that a pause must freeze, while the app is paused. Tests set
//! it by hand.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bevy_ecs::prelude::*;

use crate::lifecycle::Lifecycle;

/// The time of this tick, counted from the start of the app.
#[derive(Resource, Debug)]
pub struct Clock {
    started: Option<Instant>,
    real: Duration,
    now: Duration,
}

impl Clock {
    /// A clock that follows the system's monotonic clock.
    #[must_use]
    pub fn system() -> Self {
        Self {
            started: Some(Instant::now()),
            real: Duration::ZERO,
            now: Duration::ZERO,
        }
    }

    /// A clock that only [`advance`](Self::advance) moves, for tests and replays.
    #[must_use]
    pub fn manual() -> Self {
        Self {
            started: None,
            real: Duration::ZERO,
            now: Duration::ZERO,
        }
    }

    /// Running time: what timers count. Stands still while the app is paused.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Time since the start, pauses included.
    #[must_use]
    pub fn real(&self) -> Duration {
        self.real
    }

    /// Moves a manual clock. A system clock is not moved.
    pub fn advance(&mut self, by: Duration, lifecycle: Lifecycle) {
        if self.started.is_none() {
            self.step(by, lifecycle);
        }
    }

    fn step(&mut self, by: Duration, lifecycle: Lifecycle) {
        self.real += by;
        if lifecycle == Lifecycle::Running {
            self.now += by;
        }
    }

    /// Whether time only moves by [`advance`](Self::advance).
    #[must_use]
    pub fn is_manual(&self) -> bool {
        self.started.is_none()
    }

    /// Time since this tick has read the clock. Zero for a manual clock.
    pub(crate) fn since_tick(&self) -> Duration {
        self.elapsed().saturating_sub(self.real)
    }

    /// Time since the start as the system's clock has it at this moment, not at the tick's.
    fn elapsed(&self) -> Duration {
        self.started.map_or(self.real, |started| started.elapsed())
    }
}

/// Reads the system's clock once a tick.
pub(crate) fn advance_clock(mut clock: ResMut<Clock>, lifecycle: Res<Lifecycle>) {
    let by = clock.since_tick();
    clock.step(by, *lifecycle);
}

const NEVER: u64 = u64::MAX;

/// When the next tick must run although nothing wakes the loop.
///
/// It is empty at the start of each tick; every system that waits for a time says so again in
/// each tick, and the earliest time wins.
#[derive(Resource, Debug)]
pub struct Alarm {
    now: AtomicU64,
    real: AtomicU64,
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            now: AtomicU64::new(NEVER),
            real: AtomicU64::new(NEVER),
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(NEVER)
}

impl Alarm {
    /// Asks for a tick at `time` of [`Clock::now`]. A pause delays it.
    pub fn at(&self, time: Duration) {
        self.now.fetch_min(nanos(time), Ordering::Relaxed);
    }

    /// Asks for a tick at `time` of [`Clock::real`], paused or not.
    pub fn at_real(&self, time: Duration) {
        self.real.fetch_min(nanos(time), Ordering::Relaxed);
    }

    pub(crate) fn clear(&self) {
        self.now.store(NEVER, Ordering::Relaxed);
        self.real.store(NEVER, Ordering::Relaxed);
    }

    /// How long the loop may sleep. `None`: until something wakes it.
    pub(crate) fn sleep(&self, clock: &Clock, lifecycle: Lifecycle) -> Option<Duration> {
        let real = self.real.load(Ordering::Relaxed);
        let now = self.now.load(Ordering::Relaxed);
        if real == NEVER && now == NEVER {
            return None;
        }
        let elapsed = clock.elapsed();
        let mut wait = (real != NEVER).then(|| Duration::from_nanos(real).saturating_sub(elapsed));
        if now != NEVER && lifecycle == Lifecycle::Running {
            let current = clock.now + elapsed.saturating_sub(clock.real);
            let left = Duration::from_nanos(now).saturating_sub(current);
            wait = Some(wait.map_or(left, |wait| wait.min(left)));
        }
        wait
    }
}

/// Forgets the last tick's wishes.
pub(crate) fn clear_alarm(alarm: Res<Alarm>) {
    alarm.clear();
}
