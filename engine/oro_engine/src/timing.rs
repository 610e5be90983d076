//! How long every system of every schedule takes, without a line at any call site.
//!
//! Before the first tick, [`instrument`] wraps each system in a stopwatch. In the tick the clock is
//! read once a system: the end of one is the begin of the next, so that what lies between them
//! counts as well, and the systems add up to the tick. To read it takes longer than most systems,
//! so after a while they are timed in some ticks only; whole ticks always are. Systems that run
//! after a tick are timed if its own are, each from its own begin.

use std::any::TypeId;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::mem::replace;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{SystemKey, SystemWithAccess};
use bevy_ecs::system::{Adapt, AdapterSystem, RunSystemError, SystemInput};
use schemars::JsonSchema;
use serde::Serialize;

/// Powers of two of a nanosecond; the last takes everything from 2^39 ns (9 minutes) on.
const BUCKETS: usize = 40;

/// First ticks, in each of which all systems are timed.
const TIMED_FIRST: u64 = 256;
/// Later they are timed in one of so many ticks.
const TIMED_EACH: u64 = 16;

/// Durations of one thing, as counts and a histogram over powers of two.
#[derive(Debug)]
pub struct Timing {
    runs: AtomicU64,
    total_ns: AtomicU64,
    max_ns: AtomicU64,
    buckets: [AtomicU64; BUCKETS],
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            runs: AtomicU64::new(0),
            total_ns: AtomicU64::new(0),
            max_ns: AtomicU64::new(0),
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl Timing {
    /// Adds one duration, in nanoseconds. One thread records, which is that of the tick; any may
    /// read.
    pub fn record(&self, ns: u64) {
        // Not atomic additions, which cost as much as a small system.
        let add = |counter: &AtomicU64, by: u64| {
            counter.store(counter.load(Relaxed).wrapping_add(by), Relaxed);
        };
        add(&self.runs, 1);
        add(&self.total_ns, ns);
        if ns > self.max_ns.load(Relaxed) {
            self.max_ns.store(ns, Relaxed);
        }
        let bucket = (u64::BITS - ns.leading_zeros()) as usize;
        add(&self.buckets[bucket.min(BUCKETS - 1)], 1);
    }

    /// The figures of this moment.
    #[must_use]
    pub fn stats(&self) -> TimingStats {
        let counts = self.buckets.each_ref().map(|bucket| bucket.load(Relaxed));
        let max_ns = self.max_ns.load(Relaxed);
        TimingStats {
            runs: self.runs.load(Relaxed),
            total_us: self.total_ns.load(Relaxed) as f64 / 1e3,
            max_us: max_ns as f64 / 1e3,
            p50_us: quantile(&counts, 0.50).min(max_ns) as f64 / 1e3,
            p99_us: quantile(&counts, 0.99).min(max_ns) as f64 / 1e3,
        }
    }
}

/// The upper bound of the bucket in which the quantile lies: at most twice the true value.
fn quantile(counts: &[u64; BUCKETS], q: f64) -> u64 {
    let rank = (counts.iter().sum::<u64>() as f64 * q).ceil() as u64;
    let mut seen = 0;
    for (bucket, count) in counts.iter().enumerate() {
        seen += count;
        if seen >= rank.max(1) {
            return (1_u64 << bucket) - 1;
        }
    }
    0
}

/// Figures of a [`Timing`], in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimingStats {
    /// How often it was timed: a whole tick each time, a system in or after the tick each time at
    /// first and in one of 16 ticks later.
    pub runs: u64,
    /// The sum of these durations.
    pub total_us: f64,
    /// The longest duration.
    pub max_us: f64,
    /// Half of all durations were at most this long; exact to a factor of two.
    pub p50_us: f64,
    /// 99 of 100 durations were at most this long; exact to a factor of two.
    pub p99_us: f64,
}

/// From when on a system is timed.
#[derive(Clone, Copy)]
enum Lap {
    /// From its own begin: no tick is under way.
    Own,
    /// From the end of the last system of the tick.
    Since(Instant),
    /// Not at all in this tick.
    Untimed,
}

thread_local! {
    static LAP: Cell<Lap> = const { Cell::new(Lap::Own) };
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Measures a whole tick, and begins the lap of its first system; then runs what comes after it.
pub(crate) fn time_tick(
    world: &mut World,
    tick: impl FnOnce(&mut World),
    after: impl FnOnce(&mut World),
) {
    let timed = world.get_resource::<Timings>();
    let ticks = timed.map_or(0, |timings| timings.tick.runs.load(Relaxed));
    let are_systems_timed = ticks < TIMED_FIRST || ticks.is_multiple_of(TIMED_EACH);
    let begin = |lap| LAP.set(if are_systems_timed { lap } else { Lap::Untimed });
    let started = Instant::now();
    begin(Lap::Since(started));
    tick(world);
    begin(Lap::Own);
    if let Some(timings) = world.get_resource::<Timings>() {
        timings.tick.record(nanos(started.elapsed()));
    }
    after(world);
    LAP.set(Lap::Own);
}

/// Records the time until its drop, also by a panic.
struct Stopwatch<'a> {
    timing: &'a Timing,
    started: Instant,
    laps: bool,
}

impl<'a> Stopwatch<'a> {
    /// None in a tick in which no system is timed.
    fn new(timing: &'a Timing) -> Option<Self> {
        let (started, laps) = match LAP.get() {
            Lap::Own => (Instant::now(), false),
            Lap::Since(lap) => (lap, true),
            Lap::Untimed => return None,
        };
        Some(Self {
            timing,
            started,
            laps,
        })
    }
}

impl Drop for Stopwatch<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        self.timing.record(nanos(now - self.started));
        if self.laps {
            LAP.set(Lap::Since(now));
        }
    }
}

/// All timings of the app.
#[derive(Resource, Default, Debug)]
pub struct Timings {
    systems: BTreeMap<(String, String), Arc<Timing>>,
    /// Whole ticks.
    pub tick: Timing,
}

impl Timings {
    /// Schedule, system and figures, by name.
    pub fn systems(&self) -> impl Iterator<Item = (&str, &str, TimingStats)> {
        self.systems.iter().map(|((schedule, system), timing)| {
            (schedule.as_str(), system.as_str(), timing.stats())
        })
    }
}

struct Timed(Arc<Timing>);

impl<S: System> Adapt<S> for Timed {
    type In = S::In;
    type Out = S::Out;

    fn adapt(
        &mut self,
        input: <S::In as SystemInput>::Inner<'_>,
        run: impl FnOnce(<S::In as SystemInput>::Inner<'_>) -> Result<S::Out, RunSystemError>,
    ) -> Result<S::Out, RunSystemError> {
        let _stopwatch = Stopwatch::new(&self.0);
        run(input)
    }
}

/// Wraps every system of every schedule in a stopwatch.
///
/// Must run before the schedules are initialised: a wrapped system declares its access anew.
/// Systems that are added later are not timed.
pub fn instrument(world: &mut World) {
    world.init_resource::<Timings>();
    world.resource_scope(|world, mut schedules: Mut<Schedules>| {
        let mut timings = world.resource_mut::<Timings>();
        for (_, schedule) in schedules.iter_mut() {
            let label = format!("{:?}", schedule.label());
            let systems = &mut schedule.graph_mut().systems;
            let keys: Vec<SystemKey> = systems.iter().map(|(key, ..)| key).collect();
            for key in keys {
                let Some(slot) = systems.get_mut(key) else {
                    continue;
                };
                // Bevy knows its sync points by their type, which a wrapper would hide.
                if slot.system_type() == TypeId::of::<ApplyDeferred>() {
                    continue;
                }
                let inner = replace(slot, SystemWithAccess::new(Box::new(ApplyDeferred)));
                let name = inner.name();
                let entry = timings.systems.entry((label.clone(), name.to_string()));
                let timed = Timed(entry.or_default().clone());
                *slot = SystemWithAccess::new(Box::new(AdapterSystem::new(timed, inner, name)));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_a_factor_of_two() {
        for (durations, p50, p99) in [
            (vec![], 0, 0),
            (vec![0], 0, 0),
            (vec![1000; 100], 1000, 1000),
            ((1..=1000).collect(), 511, 1000),
            ([vec![10; 98], vec![100_000; 2]].concat(), 15, 100_000),
            (vec![u64::MAX], (1 << 39) - 1, (1 << 39) - 1),
        ] {
            let timing = Timing::default();
            durations.iter().for_each(|ns| timing.record(*ns));
            let stats = timing.stats();
            assert_eq!(stats.runs, durations.len() as u64);
            assert_eq!((stats.p50_us * 1e3).round() as u64, p50, "{durations:?}");
            assert_eq!((stats.p99_us * 1e3).round() as u64, p99, "{durations:?}");
        }
    }
}
