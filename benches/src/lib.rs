//! What the benchmarks share: apps to measure, and quantiles.

use std::time::{Duration, Instant};

use oro::prelude::*;

/// The allocator of `oroc`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An app with the engine and all services, not started yet.
pub fn app() -> App {
    let mut app = App::empty();
    app.add_plugins(HeadlessPlugins);
    app
}

/// The durations of many runs.
#[derive(Clone, Copy, Debug)]
pub struct Quantiles {
    /// Half of the runs took at most this long.
    pub p50: Duration,
    /// 99 of 100 runs took at most this long.
    pub p99: Duration,
}

impl Quantiles {
    /// Measures `runs` runs one by one, after a tenth as many to warm up.
    pub fn of(runs: usize, mut run: impl FnMut()) -> Self {
        (0..runs / 10).for_each(|_| run());
        let mut all: Vec<Duration> = (0..runs.max(1))
            .map(|_| {
                let started = Instant::now();
                run();
                started.elapsed()
            })
            .collect();
        all.sort_unstable();
        let at = |share: usize| all[(all.len() * share / 100).min(all.len() - 1)];
        Self {
            p50: at(50),
            p99: at(99),
        }
    }
}
