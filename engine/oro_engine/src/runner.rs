//! Runs an app: start, tick after tick, shutdown.

use std::time::Duration;

use bevy_app::{App, AppExit, PluginsState};
use bevy_ecs::prelude::*;

use crate::clock::{Alarm, Clock};
use crate::config::Config;
use crate::event_loop::{Loop, LoopState};
use crate::ingress::Ingress;
use crate::job::Jobs;
use crate::lifecycle::{Lifecycle, Stopping, apply_controls};
use crate::reactor::Reactor;
use crate::router::{Held, PendingRequest, Routes};
use crate::tick::{AfterTick, Shutdown, Startup, Tick};
use crate::timing::time_tick;

/// Whether the loop sleeps between wakes or ticks at a rate.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub enum Pace {
    /// One tick for each wake, none while nothing happens.
    #[default]
    Reactive,
    /// At least this many ticks a second, for hosts that draw or simulate in the tick.
    Continuous {
        /// Ticks a second; from 1 to 1,000.
        hz: u32,
    },
}

impl Pace {
    /// Ticks at a rate; `hz` is brought into the range 1 to 1,000.
    #[must_use]
    pub fn continuous(hz: u32) -> Self {
        Self::Continuous {
            hz: hz.clamp(1, 1000),
        }
    }
}

/// Marks an app that was started.
#[derive(Resource)]
struct Started;

/// How long the shutdown waits for running jobs.
const JOBS_JOIN_MAX: Duration = Duration::from_secs(5);

/// How long results of jobs are gathered while further jobs wait.
const GATHER: Duration = Duration::from_micros(50);

/// Builds what plugins left to the end, opens the router and runs [`Startup`]. Does nothing when
/// called again.
pub(crate) fn start(app: &mut App) {
    if app.world().contains_resource::<Started>() {
        return;
    }
    if app.plugins_state() != PluginsState::Cleaned {
        app.finish();
        app.cleanup();
    }
    open(app.world_mut());
}

/// The part of the start that needs no [`App`]; the first turn does it if nobody called `start`.
fn open(world: &mut World) {
    if world.contains_resource::<Started>() {
        return;
    }
    world.insert_resource(Started);
    let event_loop = world.resource::<Loop>().clone();
    let _ = event_loop.enter(LoopState::Init);
    let table = world
        .resource::<Routes>()
        .freeze(world.resource::<Config>());
    world.resource::<Ingress>().open(table);
    let _ = world.try_run_schedule(Startup);
    let _ = event_loop.enter(LoopState::Idle);
}

/// Runs the [`Shutdown`] schedule, answers what is still open and joins the jobs.
pub(crate) fn shutdown(app: &mut App) {
    let world = app.world_mut();
    let event_loop = world.resource::<Loop>().clone();
    if event_loop.state() == LoopState::Shutdown {
        return;
    }
    world.trigger(Stopping);
    let _ = world.try_run_schedule(Shutdown);
    world.resource::<Ingress>().close();
    world.resource_mut::<Held>().clear();
    let jobs = world.resource::<Jobs>().clone();
    // Despawning requests cancels their jobs, so that the join is short.
    let pending: Vec<Entity> = world
        .query_filtered::<Entity, With<PendingRequest>>()
        .iter(world)
        .collect();
    for entity in pending {
        world.despawn(entity);
    }
    let left = jobs.shutdown(JOBS_JOIN_MAX);
    if left > 0 {
        tracing::warn!(left, "jobs still run after the shutdown");
    }
    let _ = event_loop.enter(LoopState::Shutdown);
    event_loop.clear();
}

/// One turn of the loop: what `app.update()` and a host's main schedule run.
///
/// A stopped loop only looks for wishes to go on.
pub(crate) fn turn(world: &mut World) {
    open(world);
    let event_loop = world.resource::<Loop>().clone();
    if event_loop.state() == LoopState::Stopped {
        apply_controls(world);
        if event_loop.state() == LoopState::Stopped {
            return;
        }
    }
    if event_loop.state() == LoopState::Idle {
        let _ = event_loop.enter(LoopState::Polling);
    }
    time_tick(
        world,
        |world| world.run_schedule(Tick),
        |world| world.run_schedule(AfterTick),
    );
    if event_loop.state() == LoopState::Polling {
        let _ = event_loop.enter(LoopState::Idle);
    }
}

/// The runner of apps that own their thread: sleeps in the reactor, takes a turn when woken.
pub(crate) fn run(mut app: App) -> AppExit {
    start(&mut app);
    // The first turn is not waited for: startup systems may have left work.
    let mut sleep = Some(Duration::ZERO);
    let exit = loop {
        wait(app.world_mut(), sleep);
        app.update();
        if let Some(exit) = app.should_exit() {
            break exit;
        }
        sleep = next_sleep(app.world());
    };
    shutdown(&mut app);
    exit
}

/// Waits for news. While jobs wait for a thread the processors are theirs: the loop does not look
/// for news before it sleeps, and takes their results in many at a time.
fn wait(world: &mut World, sleep: Option<Duration>) {
    let jobs = world.resource::<Jobs>().clone();
    let mut reactor = world.resource_mut::<Reactor>();
    reactor.poll(sleep, !jobs.are_waiting());
    let has_other_news = !reactor.ready().is_empty() || world.resource::<Ingress>().has_requests();
    if jobs.are_waiting() && !has_other_news {
        std::thread::sleep(GATHER);
    }
}

fn next_sleep(world: &World) -> Option<Duration> {
    if world.resource::<Loop>().state() == LoopState::Stopped {
        return None;
    }
    let lifecycle = *world.resource::<Lifecycle>();
    let clock = world.resource::<Clock>();
    let alarm = world.resource::<Alarm>().sleep(clock, lifecycle);
    match *world.resource::<Pace>() {
        Pace::Continuous { hz } if lifecycle == Lifecycle::Running => {
            let frame = Duration::from_secs(1) / hz.max(1);
            let left = frame.saturating_sub(clock.since_tick());
            Some(alarm.map_or(left, |alarm| alarm.min(left)))
        }
        _ => alarm,
    }
}
