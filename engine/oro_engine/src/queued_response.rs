//! Responses that wait to be fetched: what is too large for the way that tells of it, or cannot
//! travel there, waits here under an id, and the page pulls it by `ipc://queuedResponse?id=…`.
//!
//! A response is given once, to the window that it is for, and is dropped with its document or
//! when nobody asks in time.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bevy_app::App;
use bevy_ecs::prelude::*;
use parking_lot::Mutex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer, ser};
use serde_json::{Value, json};

use crate::bytes::Bytes;
use crate::clock::{Alarm, Clock};
use crate::config::{Config, keys};
use crate::envelope::{Body, OCTET_STREAM};
use crate::error::RouteError;
use crate::id::Id;
use crate::lifecycle::finish_pause;
use crate::reactor::{Reactor, Waker};
use crate::request::Client;
use crate::route::{Call, Route, RouteAppExt};
use crate::tick::{Tick, TickSystems};
use crate::topic::{Emission, Target};

/// Responses that may wait, whatever their sizes.
const RESPONSES_MAX: usize = 65_536;

/// The event that tells a page of a response: its id, the sequence of the call that it answers or
/// `"-1"`, and what the service says beside the body.
const EVENT: &str = "queuedResponse";

/// Gives a response that waits, once, to a page of the window that it is for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueuedResponseGet {
    /// The response.
    pub id: Id,
}

impl Route for QueuedResponseGet {
    const NAME: &'static str = EVENT;
    const CONTROL: bool = true;
    type Output = QueuedResponse;
    type Error = RouteError;
}

/// A body with its headers. As a route's output it is the whole answer.
#[derive(Debug)]
pub struct QueuedResponse {
    /// What the body is.
    pub content_type: Cow<'static, str>,
    /// More headers, with names in lower case.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// All of the body, or what is still being made of it.
    pub body: Body,
}

impl QueuedResponse {
    /// A response that is all there.
    pub fn bytes(content_type: impl Into<Cow<'static, str>>, body: impl Into<Bytes>) -> Self {
        Self {
            content_type: content_type.into(),
            headers: Vec::new(),
            body: Body::Bytes(body.into().0),
        }
    }

    fn len(&self) -> u64 {
        match &self.body {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::Stream(_) => 0, // it keeps its own limit
        }
    }
}

impl Serialize for QueuedResponse {
    /// Always fails: a response is the whole result of a route.
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(
            "a response must be the whole result of a route",
        ))
    }
}

impl JsonSchema for QueuedResponse {
    fn schema_name() -> Cow<'static, str> {
        "QueuedResponse".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "contentMediaType": OCTET_STREAM })
    }
}

struct Entry {
    window: Entity,
    response: QueuedResponse,
}

#[derive(Default)]
struct Waiting {
    entries: HashMap<Id, Entry>,
    /// Ids in the order of their making, with the time when each is dropped, once that is known.
    /// Some are gone already.
    order: VecDeque<(Id, Option<Duration>)>,
    bytes: u64,
}

struct Shared {
    waiting: Mutex<Waiting>,
    waker: Waker,
    bytes_max: u64,
    ttl: Duration,
}

/// The responses that wait. Clones are handles, for any thread.
#[derive(Resource, Clone)]
pub struct QueuedResponses(Arc<Shared>);

impl QueuedResponses {
    /// Has a response wait for the pages of a window.
    ///
    /// # Errors
    /// If too many wait, or too many bytes.
    pub fn create(&self, window: Entity, response: QueuedResponse) -> Result<Id, RouteError> {
        let Shared {
            waiting,
            waker,
            bytes_max,
            ..
        } = &*self.0;
        let id = Id::random().map_err(|error| RouteError::internal(error.to_string()))?;
        let mut waiting = waiting.lock();
        if waiting.entries.len() >= RESPONSES_MAX {
            return Err(RouteError::busy("queued responses", RESPONSES_MAX));
        }
        let bytes = waiting.bytes + response.len();
        if bytes > *bytes_max {
            let max = usize::try_from(*bytes_max).unwrap_or(usize::MAX);
            return Err(RouteError::busy("bytes of queued responses", max));
        }
        waiting.bytes = bytes;
        waiting.entries.insert(id, Entry { window, response });
        waiting.order.push_back((id, None));
        if waiting.order.len() == 1 {
            waker.wake(); // nothing else may be there that notes its time
        }
        Ok(id)
    }

    /// As [`create`](Self::create), with the event that tells the page: it pulls the body and
    /// hands it on as the event `data`, or to whoever waits for `seq`. `params` is what is said
    /// beside the body.
    ///
    /// # Errors
    /// If too many wait, or too many bytes.
    pub fn announce(
        &self,
        window: Entity,
        seq: &str,
        params: &Value,
        response: QueuedResponse,
    ) -> Result<Emission, RouteError> {
        let id = self.create(window, response)?;
        Ok(Emission {
            target: Target::Window(window),
            name: EVENT.into(),
            json: json!({ "id": id, "seq": seq, "params": params }).to_string(),
        })
    }

    /// Takes a response that waits for this window.
    fn take(&self, id: Id, window: Entity) -> Option<QueuedResponse> {
        let mut waiting = self.0.waiting.lock();
        let is_mine = |entry: &Entry| entry.window == window;
        waiting.entries.get(&id).filter(|entry| is_mine(entry))?;
        waiting.remove(id)
    }

    /// Drops what waits for the document of a window, because that is gone.
    pub fn forget(&self, window: Entity) {
        let mut waiting = self.0.waiting.lock();
        let gone: Vec<Id> = waiting
            .entries
            .iter()
            .filter(|(_, entry)| entry.window == window)
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            waiting.remove(id);
        }
    }

    /// How many responses wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.waiting.lock().entries.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Waiting {
    fn remove(&mut self, id: Id) -> Option<QueuedResponse> {
        let Entry { response, .. } = self.entries.remove(&id)?;
        self.bytes -= response.len();
        // Those that are gone leave the order when they come to its front.
        while let Some((oldest, _)) = self.order.front()
            && !self.entries.contains_key(oldest)
        {
            self.order.pop_front();
        }
        Some(response)
    }
}

pub(crate) fn build(app: &mut App) {
    let config = app.world().resource::<Config>();
    let responses = QueuedResponses(Arc::new(Shared {
        waiting: Mutex::default(),
        waker: app.world().resource::<Reactor>().waker(),
        bytes_max: config.get(keys::IPC_QUEUED_RESPONSE_MAX_BYTES),
        ttl: config.get(keys::IPC_QUEUED_RESPONSE_TTL_MS),
    }));
    let given = responses.clone();
    app.insert_resource(responses)
        .add_pure::<QueuedResponseGet>(move |call: Call<QueuedResponseGet>| {
            let not_found = || {
                let url = format!("ipc://{EVENT}?id={}", call.id);
                RouteError::not_found(&url)
            };
            match call.client {
                Client::Window(window) => given.take(call.id, window).ok_or_else(not_found),
                Client::Host | Client::Http(_) => Err(not_found()),
            }
        })
        .add_systems(Tick, expire.in_set(TickSystems::End).before(finish_pause));
}

/// Drops what nobody has fetched in time.
fn expire(responses: Res<QueuedResponses>, clock: Res<Clock>, alarm: Res<Alarm>) {
    let mut waiting = responses.0.waiting.lock();
    let until = clock.real() + responses.0.ttl;
    let new = waiting.order.iter_mut().rev();
    for (_, time) in new.take_while(|(_, time)| time.is_none()) {
        *time = Some(until);
    }
    while let Some((id, Some(until))) = waiting.order.front().copied() {
        if until > clock.real() {
            alarm.at_real(until);
            return;
        }
        waiting.order.pop_front();
        if waiting.remove(id).is_some() {
            tracing::warn!(%id, "a queued response was not fetched");
        }
    }
}
