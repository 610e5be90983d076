//! What the engine tells about itself: `ping`, `rpc.discover`, `diagnostics.timings`.

use bevy_app::App;
use bevy_ecs::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::errors_total;
use crate::clock::Clock;
use crate::describe;
use crate::error::Infallible;
use crate::event_loop::Loop;
use crate::ingress::Ingress;
use crate::job::Jobs;
use crate::reactor::Reactor;
use crate::route::{Call, Route, RouteAppExt};
use crate::router::{PendingRequest, Routes};
use crate::timing::{TimingStats, Timings};
use crate::topic::{Outbox, Topics};

/// Answers `"pong"`: by way of the queue, the tick and a handler, like any other route.
#[derive(Deserialize, JsonSchema)]
pub struct Ping {}

impl Route for Ping {
    const NAME: &'static str = "ping";
    const CONTROL: bool = true;
    type Output = &'static str;
    type Error = Infallible;
}

/// Describes every route as an OpenRPC document.
#[derive(Deserialize, JsonSchema)]
pub struct RpcDiscover {}

impl Route for RpcDiscover {
    const NAME: &'static str = "rpc.discover";
    const CONTROL: bool = true;
    type Output = Value;
    type Error = Infallible;
}

/// How long ticks and systems take, and how full the queues are.
#[derive(Deserialize, JsonSchema)]
pub struct DiagnosticsTimings {}

impl Route for DiagnosticsTimings {
    const NAME: &'static str = "diagnostics.timings";
    const CONTROL: bool = true;
    type Output = TimingReport;
    type Error = Infallible;
}

/// Figures of the whole runtime since its start.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimingReport {
    /// The state of the loop.
    pub state: String,
    /// Time since the start, pauses included, in milliseconds.
    pub uptime_ms: f64,
    /// Whole ticks.
    pub tick: TimingStats,
    /// How often another thread woke the loop; wakes before it ran count as one.
    pub wakes: u64,
    /// How often the loop asked the operating system for events.
    pub polls: u64,
    /// Systems, commands and observers that failed.
    pub errors: u64,
    /// Entities in the World.
    pub entities: u32,
    /// What waits at this moment.
    pub queues: QueueDepths,
    /// Every system of every schedule, in the order of their names.
    pub systems: Vec<SystemTiming>,
}

/// What waits in the queues.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueDepths {
    /// Requests that wait for the tick.
    pub requests: usize,
    /// Requests that wait for their answer.
    pub pending: usize,
    /// Callbacks that wait for the tick.
    pub callbacks: usize,
    /// Jobs on threads, or finished and not yet collected.
    pub jobs_in_flight: usize,
    /// Jobs that wait for a thread.
    pub jobs_waiting: usize,
    /// Jobs that have ended since the start.
    pub jobs_finished: usize,
    /// Events that were lost because the outbox was full.
    pub events_dropped: u64,
}

/// Figures of one system.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemTiming {
    /// The schedule that it runs in.
    pub schedule: String,
    /// Its path in the source.
    pub system: String,
    /// Its figures.
    #[serde(flatten)]
    pub stats: TimingStats,
}

fn ping(_: In<Call<Ping>>) -> Result<&'static str, Infallible> {
    Ok("pong")
}

fn discover(
    _: In<Call<RpcDiscover>>,
    routes: Res<Routes>,
    topics: Res<Topics>,
) -> Result<Value, Infallible> {
    Ok(describe::openrpc(&routes, &topics))
}

#[derive(bevy_ecs::system::SystemParam)]
struct Sources<'w, 's> {
    timings: Res<'w, Timings>,
    event_loop: Res<'w, Loop>,
    clock: Res<'w, Clock>,
    reactor: Res<'w, Reactor>,
    ingress: Res<'w, Ingress>,
    jobs: Res<'w, Jobs>,
    outbox: Res<'w, Outbox>,
    pending: Query<'w, 's, (), With<PendingRequest>>,
    entities: &'w bevy_ecs::entity::Entities,
}

fn timings(_: In<Call<DiagnosticsTimings>>, sources: Sources) -> Result<TimingReport, Infallible> {
    let (jobs_in_flight, jobs_waiting) = sources.jobs.depth();
    Ok(TimingReport {
        state: format!("{:?}", sources.event_loop.state()),
        uptime_ms: sources.clock.real().as_secs_f64() * 1e3,
        tick: sources.timings.tick.stats(),
        wakes: sources.reactor.waker().wakes(),
        polls: sources.reactor.polls(),
        errors: errors_total(),
        entities: sources.entities.count_spawned(),
        queues: QueueDepths {
            requests: sources.ingress.queued(),
            pending: sources.pending.iter().count(),
            callbacks: sources.event_loop.dispatched(),
            jobs_in_flight,
            jobs_waiting,
            jobs_finished: sources.jobs.finished_total(),
            events_dropped: sources.outbox.dropped(),
        },
        systems: sources
            .timings
            .systems()
            .map(|(schedule, system, stats)| SystemTiming {
                schedule: schedule.to_owned(),
                system: system.to_owned(),
                stats,
            })
            .collect(),
    })
}

pub(crate) fn build(app: &mut App) {
    app.add_route::<Ping, _>(ping)
        .add_route::<RpcDiscover, _>(discover)
        .add_route::<DiagnosticsTimings, _>(timings);
}
