//! The engine as a plugin.

use bevy_app::{App, AppExit, Plugin, PreUpdate};
use bevy_ecs::error::{BevyError, ErrorContext};
use bevy_ecs::message::message_update_system;
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::{Alarm, Clock, advance_clock, clear_alarm};
use crate::config::{Config, keys};
use crate::diagnostics;
use crate::event_loop::{Loop, run_dispatched};
use crate::ingress::Ingress;
use crate::job::{JobLimits, Jobs, collect_jobs};
use crate::lifecycle::{Lifecycle, PauseRequested, apply_controls, finish_pause, is_running};
use crate::queued_response;
use crate::reactor::{Reactor, poll_reactor, was_woken};
use crate::router::{
    Held, Routes, TickBudget, any_request, dispatch_requests, expire_held, reap_cancelled,
};
use crate::runner::{self, Pace};
use crate::stream;
use crate::tick::{AfterTick, DispatchSystems, EmitSystems, Shutdown, Startup, Tick, TickSystems};
use crate::timing::{Timings, instrument};
use crate::topic::{
    Emissions, Forwarders, Outbox, Topics, Written, advance_written, any_written, forward, gather,
};

/// The engine: World, tick, loop, router, topics, jobs and diagnostics.
///
/// Insert a [`Config`] first, or the defaults apply. In an empty [`App`] the engine becomes the
/// runner, and `app.run()` sleeps whenever there is nothing to do. In an app that has a main
/// schedule of its own (a Bevy program), [`Tick`] runs inside [`PreUpdate`] and the host's loop
/// decides when.
///
/// # Panics
/// If the operating system refuses a poll: no file descriptor is left.
#[derive(Debug, Default)]
pub struct EnginePlugin;

impl Plugin for EnginePlugin {
    fn build(&self, app: &mut App) {
        let config = app.world_mut().get_resource_or_init::<Config>().clone();
        let reactor = Reactor::new()
            .unwrap_or_else(|error| panic!("the operating system refuses a poll: {error}"));
        let waker = reactor.waker();
        let limits = JobLimits::from_config(&config);
        app.insert_resource(Loop::new(
            waker.clone(),
            config.get(keys::LOOP_DISPATCH_QUEUED_MAX),
        ))
        .insert_resource(Ingress::new(
            waker.clone(),
            config.get(keys::IPC_REQUESTS_QUEUED_MAX),
            config.get(keys::IPC_BODY_MAX_BYTES),
        ))
        .insert_resource(Jobs::new(limits, waker))
        .insert_resource(reactor)
        .insert_resource(Outbox::new(config.get(keys::IPC_EVENTS_QUEUED_MAX)))
        .insert_resource(TickBudget {
            requests_max: config.get(keys::TICK_REQUESTS_MAX),
            time_max: config.get(keys::TICK_BUDGET_MS),
            held_max: config.get(keys::IPC_TIMEOUT_MS),
        })
        .init_resource::<Lifecycle>()
        .init_resource::<PauseRequested>()
        .init_resource::<Pace>()
        .init_resource::<Alarm>()
        .init_resource::<Held>()
        .init_resource::<Routes>()
        .init_resource::<Topics>()
        .init_resource::<Forwarders>()
        .init_resource::<Written>()
        .init_resource::<Emissions>()
        .init_resource::<Timings>();
        if !app.world().contains_resource::<Clock>() {
            app.insert_resource(Clock::system());
        }
        add_tick(app);
        attach(app);
        stream::build(app);
        queued_response::build(app);
        diagnostics::build(app);
    }

    /// Every plugin has added its systems by now, and no schedule has run yet.
    fn cleanup(&self, app: &mut App) {
        instrument(app.world_mut());
    }
}

fn add_tick(app: &mut App) {
    use TickSystems::{Begin, Dispatch, Emit, End, Poll, Timers, Update};
    let is_hosted = is_hosted(app);
    app.init_schedule(Startup).init_schedule(Shutdown);
    app.edit_schedule(AfterTick, |after| {
        in_order(after);
    });
    app.edit_schedule(Tick, |tick| {
        // A host advances the messages itself; to do it twice would lose some.
        if !is_hosted {
            tick.add_systems(message_update_system.in_set(Begin).before(advance_written));
        }
        in_order(tick)
            .configure_sets((Begin, Poll, Timers, Dispatch, Update, Emit, End).chain())
            .configure_sets((Poll, Timers, Update).run_if(is_running))
            .configure_sets((
                (
                    DispatchSystems::Collect,
                    DispatchSystems::Host,
                    DispatchSystems::Receive,
                    DispatchSystems::Route,
                )
                    .chain()
                    .in_set(Dispatch),
                (EmitSystems::Forward, EmitSystems::Flush)
                    .chain()
                    .in_set(Emit),
            ))
            .add_systems(
                (
                    advance_written.run_if(any_written),
                    clear_alarm,
                    poll_reactor,
                    apply_controls,
                    advance_clock,
                )
                    .chain()
                    .in_set(Begin),
            )
            .add_systems((
                // Whoever leaves something for them wakes the loop.
                (collect_jobs, run_dispatched, reap_cancelled)
                    .chain()
                    .in_set(DispatchSystems::Collect)
                    .run_if(was_woken),
                dispatch_requests
                    .in_set(DispatchSystems::Route)
                    .run_if(any_request),
                // It takes the whole World, but only reads messages.
                forward.in_set(EmitSystems::Forward).ambiguous_with_all(),
                gather
                    .after(EmitSystems::Forward)
                    .before(EmitSystems::Flush)
                    .in_set(Emit),
            ))
            .add_systems((expire_held, finish_pause).chain().in_set(End));
    });
}

/// Runs a schedule on one thread, and only if those of its systems that conflict have an order.
fn in_order(schedule: &mut Schedule) -> &mut Schedule {
    schedule
        .set_executor(SingleThreadedExecutor::new())
        .set_build_settings(ScheduleBuildSettings {
            ambiguity_detection: LogLevel::Error,
            ..Default::default()
        })
}

/// Whether the app has a main schedule of its own.
fn is_hosted(app: &App) -> bool {
    app.main().update_schedule.is_some()
}

/// Makes turns happen: by our runner, or inside the host's own main schedule.
fn attach(app: &mut App) {
    if is_hosted(app) {
        app.add_systems(PreUpdate, runner::turn);
        return;
    }
    app.main_mut().update_schedule = Some(Turn.intern());
    app.add_systems(Turn, runner::turn)
        .add_message::<AppExit>()
        .set_error_handler(log_and_count)
        .set_runner(runner::run);
}

/// What `app.update()` runs in an app of our own: one turn of the loop.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
struct Turn;

static ERRORS: AtomicU64 = AtomicU64::new(0);

/// A failing system is logged and counted; the tick goes on.
fn log_and_count(error: BevyError, context: ErrorContext) {
    ERRORS.fetch_add(1, Ordering::Relaxed);
    tracing::error!("{context}: {error}");
}

/// How many systems, commands and observers have failed in this process.
#[must_use]
pub fn errors_total() -> u64 {
    ERRORS.load(Ordering::Relaxed)
}
