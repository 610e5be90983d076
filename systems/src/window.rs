//! Windows: their routes, and what the World makes of the UI thread's reports.
//!
//! A route that changes a window sends a [`HostCommand`] and answers when the UI thread confirms
//! the change, with the window as it then is. Topics leave through `flush_events`, as one script
//! per window and tick.

mod activity;
mod config;
mod event;
mod exit;
mod route;

use std::collections::{BTreeMap, HashMap};

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use oro_components::direct::Connected;
use oro_components::host::{Change, Host, HostCommand, HostConfig, PageArgs};
use oro_components::window::{
    ApplicationPaused, ApplicationResumed, Background, Bridge, Facts, FirstWindow, Location,
    ScreenPosition, ScreenSize, Title, WINDOWS_MAX, WindowClosed, WindowCrashed, WindowCreated,
    WindowIndex, WindowSnapshot, WindowSpec, WindowStatus,
};
use oro_engine::config::Config;
use oro_engine::envelope::JSON;
use oro_engine::error::RouteError;
use oro_engine::queued_response::{QueuedResponse, QueuedResponses};
use oro_engine::reactor::Reactor;
use oro_engine::tick::{DispatchSystems, EmitSystems, Startup, Tick};
use oro_engine::topic::{Emissions, TopicAppExt};
use serde_json::Value;

pub use exit::exit;

/// Applies what the UI thread reported. Runs while the app is paused, too.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WindowSystems;

/// Windows: `window`, `window.*`, `application.getWindows`, `.getScreenSize`, `.exit`; topics
/// `applicationpause`, `applicationresume`, `windowcreated`, `windowclosed`, `windowcrashed`.
///
/// Without a UI thread the routes answer `NotSupportedError`.
#[derive(Debug, Default)]
pub struct WindowPlugin;

impl Plugin for WindowPlugin {
    fn build(&self, app: &mut App) {
        let host = app.world_mut().get_resource_or_init::<Host>().clone();
        let waker = app.world().resource::<Reactor>().waker();
        host.attach_world(move || waker.wake());
        if !app.world().contains_resource::<HostConfig>() {
            let config = app.world_mut().get_resource_or_init::<Config>().clone();
            app.insert_resource(config::host(&config));
        }
        app.init_resource::<Windows>()
            .init_resource::<Calls>()
            .init_resource::<Screen>()
            .init_resource::<activity::Activity>()
            .init_resource::<exit::Exit>()
            .add_topic::<ApplicationPaused>()
            .add_topic::<ApplicationResumed>()
            .add_topic::<WindowCreated>()
            .add_topic::<WindowClosed>()
            .add_topic::<WindowCrashed>()
            .configure_sets(Tick, WindowSystems.in_set(DispatchSystems::Host))
            .add_systems(
                Tick,
                (
                    (event::apply, activity::watch, exit::finish)
                        .chain()
                        .in_set(WindowSystems)
                        .run_if(any_report),
                    flush_events.in_set(EmitSystems::Flush),
                ),
            );
        app.add_systems(Startup, open_first);
        route::build(app);
    }

    fn finish(&self, app: &mut App) {
        let world = app.world_mut();
        let more = world.get_resource_or_init::<PageArgs>().clone();
        let mut config = world.resource_mut::<HostConfig>();
        config::extend(&mut config, &more);
        if !world.contains_resource::<FirstWindow>() {
            let first = world.resource::<HostConfig>().window.clone();
            world.insert_resource(FirstWindow(Some(first)));
        }
    }
}

/// Whether there is a UI thread that reports, or an end to wait for.
fn any_report(host: Res<Host>, exit: Res<exit::Exit>) -> bool {
    host.is_attached() || exit.has_begun()
}

/// Opens the first window, in an app that has a UI thread.
fn open_first(world: &mut World) {
    if !world.resource::<Host>().is_attached() {
        return;
    }
    let Some(mut first) = world.resource::<FirstWindow>().0.clone() else {
        return;
    };
    first.url = world.resource::<HostConfig>().resolve(&first.url);
    if let Err(error) = open(world, first) {
        tracing::error!(?error, "the first window cannot be opened");
    }
}

/// The windows by their numbers.
#[derive(Resource, Debug, Default)]
pub(crate) struct Windows {
    by_index: BTreeMap<u32, Entity>,
    created_total: u64,
}

impl Windows {
    /// The lowest free number.
    fn free(&self) -> Option<u32> {
        (0..WINDOWS_MAX).find(|index| !self.by_index.contains_key(index))
    }
}

/// The primary screen, in logical pixels.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub(crate) struct Screen(ScreenSize);

type Outcome = Result<Value, RouteError>;
type SnapshotReply = Box<dyn FnOnce(&mut World, Result<WindowSnapshot, RouteError>) + Send + Sync>;
type ValueReply = Box<dyn FnOnce(&mut World, Outcome) + Send + Sync>;

enum Waiting {
    Snapshot(SnapshotReply),
    Value(ValueReply),
}

/// Calls that wait for the UI thread, each with the window that it is about.
#[derive(Resource, Default)]
pub(crate) struct Calls {
    next: u64,
    waiting: HashMap<u64, (Entity, Waiting)>,
    creating: HashMap<Entity, SnapshotReply>,
}

impl Calls {
    fn add(&mut self, window: Entity, waiting: Waiting) -> u64 {
        self.next += 1;
        self.waiting.insert(self.next, (window, waiting));
        self.next
    }

    fn take(&mut self, call: u64) -> Option<(Entity, Waiting)> {
        self.waiting.remove(&call)
    }

    /// Takes all calls about a window, because it is gone.
    fn take_all(&mut self, window: Entity) -> Vec<Waiting> {
        let calls = self.waiting.extract_if(|_, (about, _)| *about == window);
        let mut out: Vec<Waiting> = calls.map(|(_, (_, waiting))| waiting).collect();
        out.extend(self.creating.remove(&window).map(Waiting::Snapshot));
        out
    }
}

fn answer(world: &mut World, waiting: Waiting, error: RouteError) {
    match waiting {
        Waiting::Snapshot(reply) => reply(world, Err(error)),
        Waiting::Value(reply) => reply(world, Err(error)),
    }
}

fn not_found() -> RouteError {
    RouteError::new(
        "NotFoundError",
        "ERR_WINDOW_NOT_FOUND",
        "Target window not found",
    )
}

fn no_host() -> RouteError {
    RouteError::unsupported("this app runs without windows")
}

/// The window of a number, if it can still be asked for something.
fn find(world: &World, index: u32) -> Result<Entity, RouteError> {
    let window = world.resource::<Windows>().by_index.get(&index).copied();
    let alive = |window: &Entity| {
        world
            .get::<WindowStatus>(*window)
            .is_some_and(|status| *status < WindowStatus::Closing)
    };
    window.filter(alive).ok_or_else(not_found)
}

/// Asks the UI thread for a change; `reply` gets the window as it then is.
fn change(
    world: &mut World,
    window: Entity,
    change: Change,
    reply: SnapshotReply,
) -> Result<(), RouteError> {
    let host = world.resource::<Host>().clone();
    if !host.is_attached() {
        return Err(no_host());
    }
    let call = world
        .resource_mut::<Calls>()
        .add(window, Waiting::Snapshot(reply));
    if host.command(HostCommand::Change(window, call, change)) {
        return Ok(());
    }
    world.resource_mut::<Calls>().take(call);
    Err(RouteError::busy("window commands", 0))
}

/// All that is known of a window.
fn snapshot(world: &World, window: Entity) -> Option<WindowSnapshot> {
    let entity = world.get_entity(window).ok()?;
    let spec = entity.get::<WindowSpec>()?;
    let facts = entity.get::<Facts>()?;
    let location = entity.get::<Location>()?;
    let Screen(screen) = *world.resource::<Screen>();
    let geometry = facts.geometry;
    Some(WindowSnapshot {
        id: entity.get::<Bridge>()?.client_id.clone(),
        index: entity.get::<WindowIndex>()?.0,
        title: entity.get::<Title>()?.0.clone(),
        token: spec.token.clone(),
        url: location.url.clone(),
        location: location.url.clone(),
        width: geometry.width,
        height: geometry.height,
        min_width: spec.min.0,
        min_height: spec.min.1,
        max_width: spec.max.0,
        max_height: spec.max.1,
        minimizable: spec.minimizable,
        maximizable: spec.maximizable,
        resizable: spec.resizable,
        closable: spec.closable,
        frameless: spec.frameless,
        utility: spec.utility,
        minimized: facts.minimized,
        maximized: facts.maximized,
        focused: facts.focused,
        status: *entity.get::<WindowStatus>()?,
        ready_state: location.ready_state,
        origin: world.resource::<HostConfig>().origin(),
        background_color: entity.get::<Background>()?.0.to_string(),
        extra: spec.extra.clone(),
        screen,
        size: ScreenSize {
            width: geometry.width,
            height: geometry.height,
        },
        position: ScreenPosition {
            x: geometry.x,
            y: geometry.y,
        },
    })
}

/// Bytes of events that a script may hold; more wait to be fetched. WebKit keeps memory of large
/// scripts, and takes them at a tenth of the speed.
const SCRIPT_EVENTS_MAX: usize = 64 << 10;

/// The script that gives events to a page: a JSON array of them, or the id of a queued response
/// that is one.
fn emit_script(events: &str) -> String {
    format!("globalThis[Symbol.for('oro.emit')]?.({events})")
}

/// Sends the events of this tick to the pages, one script per window.
fn flush_events(
    emissions: Res<Emissions>,
    (host, responses): (Res<Host>, Res<QueuedResponses>),
    // A page that is connected directly gets its events that way.
    windows: Query<(Entity, &Bridge, &WindowStatus), Without<Connected>>,
) {
    if emissions.is_empty() || !host.is_attached() {
        return;
    }
    for (window, bridge, status) in &windows {
        if !bridge.listening || !status.is_alive() {
            continue;
        }
        let (json, count) = emissions.json_for(window);
        if count == 0 {
            continue;
        }
        let events = if json.len() > SCRIPT_EVENTS_MAX {
            let response = QueuedResponse::bytes(JSON, json);
            let id = responses.create(window, response);
            id.map(|id| format!("\"{id}\""))
                .map_err(|error| error.message)
        } else {
            // It was put together from texts.
            String::from_utf8(json).map_err(|error| error.to_string())
        };
        let sent = events.and_then(|events| {
            let sent = host.command(HostCommand::Emit(window, emit_script(&events)));
            sent.then_some(())
                .ok_or_else(|| "the UI thread does not read its commands".to_owned())
        });
        if let Err(error) = sent {
            tracing::error!(?window, error, "events are lost");
        }
    }
}

/// Opens a window as the configuration describes it; for a program's own startup.
///
/// # Errors
/// If there is no UI thread, or no number is free.
pub fn open(world: &mut World, spec: WindowSpec) -> Result<(), RouteError> {
    route::open(world, spec, None)
}
