//! Topics: the mirror image of routes. A message that a service writes becomes an event in pages.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use bevy_app::App;
use bevy_ecs::message::MessageCursor;
use bevy_ecs::prelude::*;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use crate::queue::Queue;

/// Which pages hear an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Every window.
    All,
    /// One window.
    Window(Entity),
}

/// A message that pages hear as the event [`NAME`](Self::NAME).
pub trait Topic: Message + Serialize + JsonSchema {
    /// The name of the event, such as `fs.watch`.
    const NAME: &'static str;

    /// Who hears it. All windows, unless said otherwise.
    fn target(&self) -> Target {
        Target::All
    }
}

/// An event on its way to pages.
#[derive(Clone, Debug)]
pub struct Emission {
    /// Who hears it.
    pub target: Target,
    /// The event's name.
    pub name: Cow<'static, str>,
    /// The event's detail, as JSON.
    pub json: String,
}

/// Events of this tick, in the order in which they were written per topic.
///
/// It is bounded: when a tick makes more, the rest is dropped, counted and logged.
#[derive(Resource)]
pub struct Outbox {
    queue: Queue<Emission>,
    dropped: AtomicU64,
}

impl Outbox {
    /// An outbox for at most `max` events a tick.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            queue: Queue::new(max),
            dropped: AtomicU64::new(0),
        }
    }

    /// Adds an event. False if it is lost, because the outbox is full.
    pub fn push(&self, emission: Emission) -> bool {
        let Err(lost) = self.queue.push(emission) else {
            return true;
        };
        if self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!(name = &*lost.name, "the outbox is full, events are lost");
        }
        false
    }

    /// How many events a tick may have.
    #[must_use]
    pub fn max(&self) -> usize {
        self.queue.max()
    }

    /// How many events were lost because the outbox was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// What is known of a topic without an event.
#[derive(Clone, Copy, Debug)]
pub struct TopicMeta {
    /// The event's name.
    pub name: &'static str,
    /// Makes the schema of the event's detail.
    pub describe: fn(&mut SchemaGenerator) -> Schema,
}

/// All topics of the app, sorted by name.
#[derive(Resource, Default, Debug)]
pub struct Topics(Vec<TopicMeta>);

/// What turns messages into events, a part for each topic, in the order in which they were added.
#[derive(Resource, Default)]
pub(crate) struct Forwarders(Vec<Box<dyn Forward>>);

trait Forward: Send + Sync {
    /// Puts the events of what was written since the last call into the outbox.
    fn forward(&mut self, world: &mut World) -> Result;
}

/// How to advance the messages of those topics that have some. Most have none in most ticks.
#[derive(Resource, Default)]
pub(crate) struct Written(Vec<fn(&mut World)>);

pub(crate) fn any_written(written: Res<Written>) -> bool {
    !written.0.is_empty()
}

/// Forgets what was written before the last tick.
pub(crate) fn advance_written(world: &mut World) {
    world.resource_scope(|world, mut written: Mut<Written>| {
        written.0.drain(..).for_each(|advance| advance(world));
    });
}

fn advance<T: Topic>(world: &mut World) {
    world.resource_mut::<Messages<T>>().update();
}

/// Reads the messages of a topic.
struct Forwarder<T: Topic>(MessageCursor<T>);

impl<T: Topic> Forward for Forwarder<T> {
    fn forward(&mut self, world: &mut World) -> Result {
        let messages = world.resource::<Messages<T>>();
        if messages.is_empty() {
            return Ok(());
        }
        let outbox = world.resource::<Outbox>();
        let told = self.0.read(messages).try_for_each(|message| {
            outbox.push(Emission {
                target: message.target(),
                name: Cow::Borrowed(T::NAME),
                json: serde_json::to_string(message)?,
            });
            Ok(())
        });
        world.resource_mut::<Written>().0.push(advance::<T>);
        told
    }
}

impl Topics {
    /// All topics, by name.
    pub fn iter(&self) -> impl Iterator<Item = &TopicMeta> {
        self.0.iter()
    }
}

/// Adds topics to an [`App`].
pub trait TopicAppExt {
    /// Adds a topic: its messages reach pages at the end of the tick that wrote them.
    fn add_topic<T: Topic>(&mut self) -> &mut Self;
}

impl TopicAppExt for App {
    fn add_topic<T: Topic>(&mut self) -> &mut Self {
        let mut topics = self.world_mut().get_resource_or_init::<Topics>();
        let at = topics.0.binary_search_by_key(&T::NAME, |meta| meta.name);
        let at = at
            .err()
            .unwrap_or_else(|| panic!("topic `{}` is registered twice", T::NAME));
        topics.0.insert(
            at,
            TopicMeta {
                name: T::NAME,
                describe: T::json_schema,
            },
        );
        let mut forwarders = self.world_mut().get_resource_or_init::<Forwarders>();
        forwarders
            .0
            .push(Box::new(Forwarder::<T>(MessageCursor::default())));
        // Not `add_message`, by which every tick would look at each.
        self.init_resource::<Messages<T>>()
    }
}

/// Turns what topics have to tell into events. One system for all, and one look at each: most have
/// nothing to tell in most ticks.
pub(crate) fn forward(world: &mut World, mut forwarders: Local<Forwarders>) -> Result {
    let added = &mut world.resource_mut::<Forwarders>().0;
    forwarders.0.append(added);
    let each = forwarders.0.iter_mut();
    each.map(|forwarder| forwarder.forward(world))
        .fold(Ok(()), Result::and)
}

/// The events of this tick, for transports to send. Every transport sees all of them and sends
/// those whose pages it serves.
#[derive(Resource, Default, Debug)]
pub struct Emissions(Vec<Emission>);

impl Emissions {
    /// The events, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Emission> {
        self.0.iter()
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The events that a window hears, as a JSON array of `[name, detail]`, and how many they are.
    #[must_use]
    pub fn json_for(&self, window: Entity) -> (Vec<u8>, u64) {
        let (mut json, mut count) = (Vec::from(*b"["), 0);
        let heard = |target| target == Target::All || target == Target::Window(window);
        for event in self.0.iter().filter(|event| heard(event.target)) {
            if count > 0 {
                json.push(b',');
            }
            count += 1;
            json.push(b'[');
            write_name(&mut json, &event.name);
            json.push(b',');
            let detail = event.json.as_bytes();
            json.extend_from_slice(if detail.is_empty() { b"null" } else { detail });
            json.push(b']');
        }
        json.push(b']');
        (json, count)
    }
}

fn write_name(json: &mut Vec<u8>, name: &str) {
    // Our own are dotted words, which need no escape.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.bytes().all(is_plain) {
        json.push(b'"');
        json.extend_from_slice(name.as_bytes());
        json.push(b'"');
    } else {
        json.extend_from_slice(Value::from(name).to_string().as_bytes());
    }
}

/// Replaces the last tick's events by this tick's.
pub(crate) fn gather(outbox: Res<Outbox>, mut emissions: ResMut<Emissions>) {
    emissions.0.clear();
    emissions
        .0
        .extend(std::iter::from_fn(|| outbox.queue.pop()));
}
