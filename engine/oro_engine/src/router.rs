//! The table of routes, and the systems that carry requests to handlers and answers back.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemId;
use schemars::{Schema, SchemaGenerator};

use crate::bytes::Bytes;
use crate::cancel::CancelToken;
use crate::clock::{Alarm, Clock};
use crate::config::Config;
use crate::error::RouteError;
use crate::ingress::Ingress;
use crate::job::{Jobs, Lane};
use crate::lifecycle::Lifecycle;
use crate::owner::OwnedBy;
use crate::queued_response::QueuedResponse;
use crate::request::{Reply, Request, Responder};
use crate::route::{RawCall, Route};
use crate::stream::ByteStream;

/// Where a route's handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the tick.
    Tick,
    /// In the tick; the answer comes later.
    Deferred,
    /// On a job lane.
    Job(Lane),
    /// On the thread that received the request.
    Pure,
}

/// What a route answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// JSON in an envelope.
    Json,
    /// Raw bytes.
    Bytes,
    /// Raw bytes, as they are made.
    Stream,
}

/// The schemas of the parameters and of the result.
type Describe = fn(&mut SchemaGenerator) -> (Schema, Schema);

/// What is known of a route without running it.
#[derive(Clone, Debug)]
pub struct RouteMeta {
    /// The name in its documented spelling.
    pub name: &'static str,
    /// See [`Route::PERMISSION`].
    pub permission: Option<&'static str>,
    /// See [`Route::BODY`].
    pub body: bool,
    /// See [`Route::CONTROL`].
    pub control: bool,
    /// See [`Route::WINDOW`].
    pub window: bool,
    /// What it answers with.
    pub output: OutputKind,
    /// Where its handler runs.
    pub place: Place,
    /// Makes the schemas of parameters and result; called only when somebody asks.
    pub describe: Describe,
}

impl RouteMeta {
    pub(crate) fn of<R: Route>(place: Place) -> Self {
        use std::any::TypeId;
        let output = TypeId::of::<R::Output>();
        Self {
            name: R::NAME,
            permission: R::PERMISSION,
            body: R::BODY,
            control: R::CONTROL,
            window: R::WINDOW,
            output: if output == TypeId::of::<Bytes>() || output == TypeId::of::<QueuedResponse>() {
                OutputKind::Bytes
            } else if output == TypeId::of::<ByteStream>() {
                OutputKind::Stream
            } else {
                OutputKind::Json
            },
            place,
            describe: |generator| {
                (
                    R::json_schema(generator),
                    generator.subschema_for::<R::Output>(),
                )
            },
        }
    }

    /// The service that the route belongs to: the name up to the first dot.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.name.split('.').next().unwrap_or_default()
    }
}

pub(crate) type Function = Arc<dyn Fn(RawCall) -> Reply + Send + Sync>;

#[derive(Clone)]
pub(crate) enum Handler {
    Tick(SystemId<In<RawCall>, Reply>),
    Deferred(SystemId<In<(RawCall, Entity)>, Result<(), RouteError>>),
    Job(Lane, Function),
    Pure(Function),
}

/// All routes of the app while it is built, by lower-cased name.
#[derive(Resource, Default)]
pub struct Routes(BTreeMap<String, (RouteMeta, Handler)>);

impl Routes {
    pub(crate) fn insert(&mut self, meta: RouteMeta, handler: Handler) {
        let name = meta.name;
        let old = self.0.insert(name.to_ascii_lowercase(), (meta, handler));
        assert!(old.is_none(), "route `{name}` is registered twice");
    }

    /// All routes, by name.
    pub fn iter(&self) -> impl Iterator<Item = &RouteMeta> {
        self.0.values().map(|(meta, _)| meta)
    }

    pub(crate) fn freeze(&self, config: &Config) -> RouteTable {
        let mut by_name = HashMap::new();
        let mut entries = Vec::with_capacity(self.0.len());
        for (lower, (meta, handler)) in &self.0 {
            by_name.insert(meta.name.to_owned(), entries.len());
            by_name.insert(lower.clone(), entries.len());
            entries.push(Entry {
                refusal: refusal(meta, config),
                internal: meta.service() == "internal",
                handler: handler.clone(),
                meta: meta.clone(),
            });
        }
        RouteTable { by_name, entries }
    }
}

/// The one place where configuration decides over a route.
fn refusal(meta: &RouteMeta, config: &Config) -> Option<RouteError> {
    let service = meta.service();
    if !config.service_enabled(service) {
        let message = format!("service '{service}' is disabled by the configuration");
        return Some(RouteError::unsupported(message));
    }
    let denied = meta
        .permission
        .filter(|permission| !config.has_permission(permission));
    denied.map(RouteError::permission)
}

pub(crate) struct Entry {
    pub meta: RouteMeta,
    pub handler: Handler,
    pub refusal: Option<RouteError>,
    /// Only for the runtime's own scripts: unknown to other processes.
    pub internal: bool,
}

/// The routes of a running app; it no longer changes, so any thread may read it.
pub(crate) struct RouteTable {
    by_name: HashMap<String, usize>,
    entries: Vec<Entry>,
}

impl RouteTable {
    pub fn find(&self, name: &str) -> Option<usize> {
        let at = self.by_name.get(name).copied();
        at.or_else(|| self.by_name.get(&name.to_ascii_lowercase()).copied())
    }

    pub fn get(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)
    }
}

/// A request whose answer is still to come. Its entity is owned by the caller's window.
#[derive(Component, Debug)]
pub struct PendingRequest {
    responder: Responder,
    cancel: CancelToken,
}

impl Drop for PendingRequest {
    /// The despawn of a request stops its job; the responder answers by itself.
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Requests that came while the app was paused.
#[derive(Resource, Default)]
pub(crate) struct Held(VecDeque<(usize, Request, Duration)>);

impl Held {
    /// Drops all, which answers them.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// How much one tick may do for requests.
#[derive(Resource, Clone, Copy, Debug)]
pub struct TickBudget {
    /// Requests carried to their handlers in one tick, at most.
    pub requests_max: usize,
    /// Time after which no further request is begun in this tick.
    pub time_max: Duration,
    /// How long a request may wait for the app to resume.
    pub held_max: Duration,
}

/// Whether a request waits.
pub(crate) fn any_request(ingress: Res<Ingress>, held: Res<Held>) -> bool {
    ingress.queued() > 0 || !held.0.is_empty()
}

/// Carries requests to their handlers, within the tick's budget.
pub(crate) fn dispatch_requests(world: &mut World) {
    let budget = *world.resource::<TickBudget>();
    let ingress = world.resource::<Ingress>().clone();
    let running = *world.resource::<Lifecycle>() == Lifecycle::Running;
    let started = Instant::now();
    for count in 0..budget.requests_max {
        let held = if running {
            world.resource_mut::<Held>().0.pop_front()
        } else {
            None
        };
        let next = held
            .map(|(at, request, _)| (at, request))
            .or_else(|| ingress.pop());
        let Some((at, request)) = next else { return };
        handle(world, &ingress, at, request, running);
        if count % 16 == 15 && started.elapsed() >= budget.time_max {
            break;
        }
    }
    // What is left is for the next tick, after the UI had its turn.
    ingress.wake();
}

fn handle(world: &mut World, ingress: &Ingress, at: usize, request: Request, running: bool) {
    let Some(entry) = ingress.entry(at) else {
        return;
    };
    if !running && !entry.meta.control {
        return hold(world, at, request);
    }
    if request.cancel.is_cancelled() {
        return; // dropping it answers
    }
    match &entry.handler {
        Handler::Tick(system) => {
            let (raw, responder) = RawCall::new(request);
            let reply = world.run_system_with(*system, raw).unwrap_or_else(|error| {
                Err(RouteError::internal(format!(
                    "`{}` failed: {error}",
                    entry.meta.name
                )))
            });
            responder.send(reply);
        }
        Handler::Deferred(system) => {
            let (raw, entity) = suspend(world, request);
            let result = world
                .run_system_with(*system, (raw, entity))
                .unwrap_or_else(|error| {
                    Err(RouteError::internal(format!(
                        "`{}` failed: {error}",
                        entry.meta.name
                    )))
                });
            if let Err(error) = result {
                complete(world, entity, Err(error));
            }
        }
        Handler::Job(lane, function) => {
            let (raw, entity) = suspend(world, request);
            let (lane, function) = (*lane, function.clone());
            world
                .resource::<Jobs>()
                .clone()
                .answer(entity, lane, move || function(raw));
        }
        Handler::Pure(function) => {
            let (raw, responder) = RawCall::new(request);
            responder.send(function(raw));
        }
    }
}

fn hold(world: &mut World, at: usize, request: Request) {
    let max = world.resource::<Ingress>().queued_max();
    let until = world.resource::<Clock>().real() + world.resource::<TickBudget>().held_max;
    let mut held = world.resource_mut::<Held>();
    if held.0.len() < max {
        held.0.push_back((at, request, until));
    } else {
        request
            .responder
            .send(Err(RouteError::busy("requests", max)));
    }
}

/// Answers held requests whose time is over; held requests are in the order of their deadlines.
pub(crate) fn expire_held(
    mut held: ResMut<Held>,
    clock: Res<Clock>,
    alarm: Res<Alarm>,
    budget: Res<TickBudget>,
) {
    while let Some((_, _, until)) = held.0.front() {
        if *until > clock.real() {
            alarm.at_real(*until);
            return;
        }
        if let Some((_, request, _)) = held.0.pop_front() {
            let waited_ms = budget.held_max.as_millis() as u64;
            request.responder.send(Err(RouteError::timeout(waited_ms)));
        }
    }
}

/// Makes an entity of a request that is answered later.
fn suspend(world: &mut World, request: Request) -> (RawCall, Entity) {
    let (cancel, window) = (request.cancel.clone(), request.client.window());
    let (raw, responder) = RawCall::new(request);
    let mut entity = world.spawn(PendingRequest { responder, cancel });
    if let Some(window) = window {
        entity.insert(OwnedBy(window));
    }
    (raw, entity.id())
}

/// Answers a pending request and despawns it. If it is gone, so is whoever waited.
pub(crate) fn complete(world: &mut World, entity: Entity, reply: Reply) {
    let Ok(mut entity) = world.get_entity_mut(entity) else {
        return;
    };
    if let Some(mut pending) = entity.get_mut::<PendingRequest>() {
        pending.responder.answer(reply);
    }
    entity.despawn();
}

/// Drops requests whose caller has left.
pub(crate) fn reap_cancelled(world: &mut World) {
    let ingress = world.resource::<Ingress>().clone();
    if !ingress.take_cancelled() {
        return;
    }
    let mut query = world.query::<(Entity, &PendingRequest)>();
    let gone: Vec<Entity> = query
        .iter(world)
        .filter(|(_, pending)| pending.cancel.is_cancelled())
        .map(|(entity, _)| entity)
        .collect();
    for entity in gone {
        world.despawn(entity);
    }
}
