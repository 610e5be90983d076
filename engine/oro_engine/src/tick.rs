//! The tick: one schedule, seven sets, in the order of an event loop's phases. And what comes
//! before and after.

use bevy_ecs::prelude::*;
use bevy_ecs::schedule::ScheduleLabel;

/// Runs once for every wake of the loop.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tick;

/// Runs after each [`Tick`], outside of its time: what wakes other processes, such as a write to
/// the socket of a document. Where all cores compute, the kernel may wake them on the core of the
/// tick, and then leave that core to those who compute for milliseconds.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AfterTick;

/// Runs once, before the first tick.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Startup;

/// Runs once, after the last tick.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shutdown;

/// The sets of [`Tick`], in this order.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TickSystems {
    /// Reads the clock, readiness and lifecycle wishes; advances messages.
    Begin,
    /// Reads ready sockets, pipes and watchers. Skipped while paused.
    Poll,
    /// Fires due timers. Skipped while paused.
    Timers,
    /// Applies finished jobs and host events, runs dispatched callbacks, carries requests to
    /// their handlers. Runs while paused, or no request to resume could arrive.
    Dispatch,
    /// The services' own work. Skipped while paused.
    Update,
    /// Turns topics into events for pages, and puts together what leaves.
    Emit,
    /// Counts, reaps, and closes the gate when a pause begins.
    End,
}

/// The order within [`TickSystems::Dispatch`].
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DispatchSystems {
    /// Results of jobs are applied and dispatched callbacks run.
    Collect,
    /// What the UI thread has reported is applied.
    Host,
    /// Transports hand in what came since the last tick.
    Receive,
    /// Requests go to their handlers.
    Route,
}

/// The order within [`TickSystems::Emit`].
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EmitSystems {
    /// Topics become events in the outbox, and the outbox becomes this tick's
    /// [`Emissions`](crate::topic::Emissions).
    Forward,
    /// Transports take answers and events for pages; those that write to another process do so in
    /// [`AfterTick`].
    Flush,
}
