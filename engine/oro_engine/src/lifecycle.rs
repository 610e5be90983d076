//! Running and paused: what a pause gates, and the events around it.
//!
//! A pause skips the set of systems that produce ([`Poll`], [`Timers`] and [`Update`] of
//! [`TickSystems`](crate::tick::TickSystems)); readers go on, because messages live for two ticks
//! only. What a skipped set cannot express, such as closing a socket, observers of [`Pausing`] and
//! [`Resumed`] do.
//!
//! [`Poll`]: crate::tick::TickSystems::Poll
//! [`Timers`]: crate::tick::TickSystems::Timers
//! [`Update`]: crate::tick::TickSystems::Update

use bevy_app::{App, AppExit};
use bevy_ecs::prelude::*;

use crate::event_loop::{Control, Loop, LoopState};

/// Whether producers run.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lifecycle {
    /// All sets run.
    #[default]
    Running,
    /// The sets that produce are skipped.
    Paused,
}

/// The condition of the sets that a pause skips.
pub fn is_running(lifecycle: Res<Lifecycle>) -> bool {
    *lifecycle == Lifecycle::Running
}

/// The app is about to pause: one more tick runs, then producers are gated.
#[derive(Event, Clone, Copy, Debug)]
pub struct Pausing;

/// The app runs again, from this tick on.
#[derive(Event, Clone, Copy, Debug)]
pub struct Resumed;

/// The app is about to end. Observers close what must not be left to drops.
#[derive(Event, Clone, Copy, Debug)]
pub struct Stopping;

/// A pause that takes effect at the end of this tick.
#[derive(Resource, Default)]
pub(crate) struct PauseRequested(bool);

/// Applies wishes to resume, pause, stop and destroy, in their order.
pub(crate) fn apply_controls(world: &mut World) {
    let event_loop = world.resource::<Loop>().clone();
    while let Some(control) = event_loop.next_control() {
        match control {
            Control::Resume => resume(world, &event_loop),
            Control::Pause => pause(world),
            Control::Stop => {
                pause(world);
                close_gate(world, &event_loop);
                let _ = event_loop.enter(LoopState::Stopped);
            }
            Control::Destroy => {
                pause(world);
                close_gate(world, &event_loop);
                let _ = event_loop.enter(LoopState::Stopped);
                world.write_message(AppExit::Success);
            }
        }
    }
}

fn pause(world: &mut World) {
    let paused = *world.resource::<Lifecycle>() == Lifecycle::Paused;
    if !paused && !std::mem::replace(&mut world.resource_mut::<PauseRequested>().0, true) {
        world.trigger(Pausing);
    }
}

fn resume(world: &mut World, event_loop: &Loop) {
    if std::mem::take(&mut world.resource_mut::<PauseRequested>().0) {
        // Paused and resumed before the gate closed: observers must still see both.
        world.trigger(Resumed);
        return;
    }
    if std::mem::take(&mut *world.resource_mut::<Lifecycle>()) == Lifecycle::Paused {
        let _ = event_loop.enter(LoopState::Polling);
        world.trigger(Resumed);
    }
}

/// Ends the last tick before a pause.
pub(crate) fn finish_pause(world: &mut World) {
    let event_loop = world.resource::<Loop>().clone();
    close_gate(world, &event_loop);
}

fn close_gate(world: &mut World, event_loop: &Loop) {
    if std::mem::take(&mut world.resource_mut::<PauseRequested>().0) {
        *world.resource_mut::<Lifecycle>() = Lifecycle::Paused;
        let _ = event_loop.enter(LoopState::Paused);
    }
}

/// Lifecycle calls for a host that owns its loop; they take effect in the next update.
///
/// Hosts on other threads use the [`Loop`] resource, which is a handle.
pub trait LifecycleAppExt {
    /// Builds the app and resumes its services; the first update then runs a tick.
    fn start(&mut self) -> &mut Self;
    /// See [`Loop::resume`].
    fn resume(&mut self) -> &mut Self;
    /// See [`Loop::pause`].
    fn pause(&mut self) -> &mut Self;
    /// See [`Loop::stop`].
    fn stop(&mut self) -> &mut Self;
    /// Ends the app: runs the `Shutdown` schedule and joins the jobs. The app must not be
    /// updated after that.
    fn destroy(&mut self);
}

impl LifecycleAppExt for App {
    fn start(&mut self) -> &mut Self {
        crate::runner::start(self);
        self
    }

    fn resume(&mut self) -> &mut Self {
        log_refusal(self.world().resource::<Loop>().resume());
        self
    }

    fn pause(&mut self) -> &mut Self {
        log_refusal(self.world().resource::<Loop>().pause());
        self
    }

    fn stop(&mut self) -> &mut Self {
        log_refusal(self.world().resource::<Loop>().stop());
        self
    }

    fn destroy(&mut self) {
        crate::runner::shutdown(self);
    }
}

fn log_refusal(result: Result<(), crate::event_loop::DispatchError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "lifecycle call refused");
    }
}
