//! A request on its way to its answer: an entity, which its page owns.

use std::time::Duration;

use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use bytes::Bytes;
use oro_components::endpoint::{
    BodyError, EndpointBody, EndpointRequest, EndpointResponder, EndpointResponse, Endpoints,
};
use oro_engine::cancel::CancelToken;
use oro_engine::clock::{Alarm, Clock};
use oro_engine::job::{Jobs, Lane};
use oro_engine::owner::OwnedBy;
use serde::Serialize;

use super::endpoint::{Endpoint, OTHER};
use super::error::ApiError;
use super::request::ModelRequest;
use super::{BODY_BYTES_MAX, Server, health, model, wall_ms};

/// Requests that are taken in one tick; the rest comes in the next.
const RECEIVED_PER_TICK_MAX: usize = 256;
/// The longest that a request waits for a place.
const QUEUED_MAX: Duration = Duration::from_secs(30);
/// How long the engine may take to say how it is.
const HEALTH_MAX: Duration = Duration::from_secs(1);
/// The status that is counted for clients that left.
const LEFT: u16 = 499;

/// A request that is not answered yet, or whose answer is still being written.
#[derive(Component)]
pub(super) struct Exchange {
    pub endpoint: Endpoint,
    pub cancel: CancelToken,
    began: Duration,
    /// When the client is told that it takes too long.
    deadline: Option<Duration>,
    /// When it has waited too long for a place.
    queued_until: Option<Duration>,
    responder: Option<EndpointResponder>,
    /// What is counted when it ends.
    status: u16,
    /// Places that it has.
    places: u32,
}

impl Exchange {
    /// Milliseconds that are left of its time.
    pub fn left_ms(&self, now: Duration) -> Option<u64> {
        let left = self.deadline?.saturating_sub(now);
        Some(u64::try_from(left.as_millis()).unwrap_or(u64::MAX).max(1))
    }

    /// Takes the way back.
    pub fn take_responder(&mut self) -> Option<EndpointResponder> {
        self.responder.take()
    }
}

/// An exchange that is counted, freed and forgotten when it goes, whyever it does.
pub(super) fn register_hooks(world: &mut World) {
    let hooks = world.register_component_hooks::<Exchange>();
    hooks.on_remove(removed);
}

fn removed(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let now = world.resource::<Clock>().real();
    let Some(exchange) = world.get::<Exchange>(entity) else {
        return;
    };
    let (endpoint, status, places) = (exchange.endpoint, exchange.status, exchange.places);
    let took = now.saturating_sub(exchange.began);
    let mut server = world.resource_mut::<Server>();
    server.gate.forget(entity);
    server.gate.leave(places);
    server.open = server.open.saturating_sub(u32::from(endpoint.is_work()));
    server.record(endpoint.path(), status, took, now);
    world.commands().queue(admit);
}

impl Server {
    fn record(&mut self, route: &'static str, status: u16, took: Duration, now: Duration) {
        if let Some(metrics) = &mut self.metrics {
            metrics.record(route, status, took, now, wall_ms());
        }
    }

    /// Whether a request may come in.
    fn check(&mut self, endpoint: Endpoint, now: Duration) -> Result<(), ApiError> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        if endpoint == Endpoint::Health {
            return Ok(());
        }
        if let Some(bucket) = &mut self.bucket {
            bucket.take(now).map_err(|wait| {
                let seconds = wait.as_secs_f64().ceil() as u64;
                ApiError::rate_limited("Too many requests in a second", seconds)
            })?;
        }
        if endpoint.is_work() && self.open >= self.open_max {
            let message = format!("{} requests are open; the limit is reached", self.open);
            return Err(ApiError::rate_limited(message, 1));
        }
        Ok(())
    }
}

/// Takes requests in.
pub(super) fn receive(endpoints: Res<Endpoints>, mut commands: Commands) {
    for _ in 0..RECEIVED_PER_TICK_MAX {
        let Some(request) = endpoints.next() else {
            return;
        };
        commands.queue(move |world: &mut World| open(world, request));
    }
    // What is left is for the next tick.
    commands.queue(|world: &mut World| {
        world
            .resource::<oro_engine::reactor::Reactor>()
            .waker()
            .wake();
    });
}

/// Takes a request in. What is its `window` owns it.
pub(crate) fn open(world: &mut World, request: EndpointRequest) {
    let now = world.resource::<Clock>().real();
    if world.get_entity(request.window).is_err() {
        return; // its page is gone; dropping it answers
    }
    let mut server = world.resource_mut::<Server>();
    let known = Endpoint::of(&request.path);
    let known = known.ok_or_else(|| ApiError::not_found(&request.path));
    let checked = known.and_then(|(endpoint, rest)| {
        server.check(endpoint, now)?;
        Ok((endpoint, rest.to_owned()))
    });
    let (endpoint, rest) = match checked {
        Ok(known) => known,
        Err(error) => {
            let route = known_path(&request.path);
            server.record(route, error.status, Duration::ZERO, now);
            return request.responder.send(of_error(&error));
        }
    };
    let entity = spawn(world, endpoint, &request, now);
    let EndpointRequest {
        method,
        path,
        query,
        content_type,
        body,
        responder,
        ..
    } = request;
    if let Some(mut exchange) = world.get_mut::<Exchange>(entity) {
        exchange.responder = Some(responder);
    }
    if let Err(error) = endpoint.check(&method) {
        let mut response = of_error(&error);
        response
            .headers
            .push(("allow", endpoint.methods().to_owned()));
        return answer(world, entity, response);
    }
    if method == "OPTIONS" {
        let mut response = of_bytes(204, Bytes::new());
        response
            .headers
            .push(("allow", endpoint.methods().to_owned()));
        return answer(world, entity, response);
    }
    let is_head = method == "HEAD";
    match endpoint {
        Endpoint::Health => health::answer_health(world, entity, is_head),
        Endpoint::Models => health::answer_models(world, entity, &rest, is_head),
        _ => match check_body(body, content_type.as_deref()) {
            Ok(body) => parse(world, entity, path, query, body),
            Err(error) => refuse(world, entity, &error),
        },
    }
}

/// What is counted for a path.
fn known_path(path: &str) -> &'static str {
    Endpoint::of(path).map_or(OTHER, |(endpoint, _)| endpoint.path())
}

/// Makes an entity of a request.
fn spawn(
    world: &mut World,
    endpoint: Endpoint,
    request: &EndpointRequest,
    now: Duration,
) -> Entity {
    let timeout = world.resource::<Server>().settings.limits.request_timeout;
    let timeout = match endpoint {
        Endpoint::Health => Some(HEALTH_MAX),
        _ => timeout,
    };
    let exchange = Exchange {
        endpoint,
        cancel: request.cancel.clone(),
        began: now,
        deadline: timeout.map(|timeout| now + timeout),
        queued_until: None,
        responder: None,
        status: LEFT,
        places: 0,
    };
    let mut server = world.resource_mut::<Server>();
    server.open += u32::from(endpoint.is_work());
    let mut entity = world.spawn(exchange);
    let id = entity.id();
    entity.insert(OwnedBy(request.window));
    id
}

fn check_body(
    body: Result<oro_engine::bytes::Bytes, BodyError>,
    content_type: Option<&str>,
) -> Result<Bytes, ApiError> {
    let body = body.map_err(|error| match error {
        BodyError::TooLarge => ApiError::body_too_large(BODY_BYTES_MAX),
        BodyError::Unreadable(reason) => {
            ApiError::request(format!("The body cannot be read: {reason}"))
        }
    })?;
    let essence = content_type
        .and_then(|it| it.split(';').next())
        .map(str::trim);
    let is_json = essence.is_none_or(|essence| {
        // What `fetch` says of a text, unless it is told something else.
        ["", "application/json", "text/plain"].contains(&essence.to_ascii_lowercase().as_str())
    });
    if !is_json && !body.is_empty() {
        let message = format!(
            "'{}' is not 'application/json'",
            essence.unwrap_or_default()
        );
        return Err(ApiError::unsupported_body(message));
    }
    Ok(body.0)
}

/// Parses a request on the compute lane, as it may be long.
fn parse(world: &mut World, entity: Entity, path: String, query: String, body: Bytes) {
    let settings = world.resource::<Server>().settings.clone();
    let jobs = world.resource::<Jobs>().clone();
    let work = move || ModelRequest::parse(&path, &query, &body, &settings);
    jobs.spawn(entity, Lane::Compute, work, |world, entity, parsed| {
        let parsed = parsed.unwrap_or_else(|error| Err(ApiError::internal(error.to_string())));
        match parsed {
            Ok(request) => model::resolve(world, entity, request),
            Err(error) => refuse(world, entity, &error),
        }
    });
}

/// Waits for `weight` places, and then does what `start` says with those it gets.
pub(super) fn queue(
    world: &mut World,
    entity: Entity,
    weight: u32,
    start: impl FnOnce(&mut World, Entity, u32) + Send + Sync + 'static,
) {
    let now = world.resource::<Clock>().real();
    let mut server = world.resource_mut::<Server>();
    if !server.gate.wait(entity, weight) {
        let message = "Too many requests wait";
        return refuse(world, entity, &ApiError::rate_limited(message, 1));
    }
    let mut exchange = world.entity_mut(entity);
    exchange.insert(Start(Some(Box::new(start))));
    if let Some(mut exchange) = exchange.get_mut::<Exchange>() {
        exchange.queued_until = Some(now + QUEUED_MAX);
    }
    admit(world);
}

type Starter = Box<dyn FnOnce(&mut World, Entity, u32) + Send + Sync>;

/// What an exchange does once it has its places.
#[derive(Component)]
struct Start(Option<Starter>);

/// Lets requests in that wait, as far as there are places.
fn admit(world: &mut World) {
    while let Some((entity, places)) = world.resource_mut::<Server>().gate.enter() {
        let Ok(mut exchange) = world.get_entity_mut(entity) else {
            world.resource_mut::<Server>().gate.leave(places);
            continue;
        };
        if let Some(mut exchange) = exchange.get_mut::<Exchange>() {
            exchange.places = places;
            exchange.queued_until = None;
        }
        let start = exchange.take::<Start>().and_then(|start| start.0);
        if let Some(start) = start {
            start(world, entity, places);
        }
    }
}

/// Ends exchanges that nobody waits for any more, and those whose time is over.
pub(super) fn reap(
    exchanges: Query<(Entity, &Exchange)>,
    clock: Res<Clock>,
    alarm: Res<Alarm>,
    mut commands: Commands,
) {
    let now = clock.real();
    for (entity, exchange) in &exchanges {
        if exchange.cancel.is_cancelled() {
            commands.entity(entity).try_despawn();
            continue;
        }
        // A stream tells by itself.
        let waits = exchange.responder.is_some();
        let until = [exchange.deadline, exchange.queued_until]
            .into_iter()
            .flatten()
            .min();
        let Some(until) = until.filter(|_| waits) else {
            continue;
        };
        if until <= now {
            let endpoint = exchange.endpoint;
            commands.queue(move |world: &mut World| match endpoint {
                // It is told as it was last.
                Endpoint::Health => health::report(world, entity, false),
                _ => refuse(world, entity, &ApiError::timeout()),
            });
        } else {
            alarm.at_real(until);
        }
    }
}

/// Answers, and ends the exchange.
pub(super) fn answer(world: &mut World, entity: Entity, response: EndpointResponse) {
    if let Some(mut exchange) = world.get_mut::<Exchange>(entity) {
        exchange.status = response.status;
        if let Some(responder) = exchange.responder.take() {
            responder.send(response);
        }
    }
    world.despawn(entity);
}

/// Answers with an error.
pub(super) fn refuse(world: &mut World, entity: Entity, error: &ApiError) {
    answer(world, entity, of_error(error));
}

/// Answers with JSON.
pub(super) fn reply(world: &mut World, entity: Entity, value: &impl Serialize) {
    let response = of_json(value);
    answer(world, entity, response);
}

/// Gives the places of an exchange back, before it ends.
pub(super) fn release(world: &mut World, entity: Entity) {
    let exchange = world.get_mut::<Exchange>(entity);
    let places = exchange.map_or(0, |mut exchange| std::mem::take(&mut exchange.places));
    world.resource_mut::<Server>().gate.leave(places);
    admit(world);
}

/// Ends an exchange whose answer was a stream.
pub(super) fn end(world: &mut World, entity: Entity, status: u16) {
    if let Some(mut exchange) = world.get_mut::<Exchange>(entity) {
        exchange.status = status;
    }
    world.despawn(entity);
}

/// An answer in JSON.
pub(super) fn of_json(value: &impl Serialize) -> EndpointResponse {
    match serde_json::to_vec(value) {
        Ok(json) => of_bytes(200, json.into()),
        Err(error) => of_error(&ApiError::internal(error.to_string())),
    }
}

fn of_error(error: &ApiError) -> EndpointResponse {
    let mut response = of_bytes(error.status, error.body().into());
    if let Some(seconds) = error.retry_after {
        response.headers.push(("retry-after", seconds.to_string()));
    }
    response
}

fn of_bytes(status: u16, bytes: Bytes) -> EndpointResponse {
    EndpointResponse {
        status,
        content_type: "application/json",
        headers: Vec::new(),
        body: EndpointBody::Bytes(bytes.into()),
    }
}
