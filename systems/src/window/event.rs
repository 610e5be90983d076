//! What the World makes of the UI thread's reports.

use bevy_ecs::prelude::*;
use oro_components::direct::WebPage;
use oro_components::host::{Change, Host, HostCommand, HostEvent, PageEvent};
use oro_components::window::{
    Bridge, Facts, Location, ReadyState, ScreenSize, Title, WindowClosed, WindowCrashed,
    WindowCreated, WindowIndex, WindowSpec, WindowStatus,
};
use oro_engine::error::RouteError;
use oro_engine::queued_response::QueuedResponses;

use super::{Calls, Screen, Waiting, Windows, answer, exit, not_found, snapshot};

/// Events applied in one tick, at most; the rest comes with the next.
const EVENTS_PER_TICK_MAX: usize = 4096;

/// Applies the UI thread's reports, in their order.
pub(super) fn apply(world: &mut World) {
    let host = world.resource::<Host>().clone();
    for _ in 0..EVENTS_PER_TICK_MAX {
        let Some(event) = host.next_event() else {
            return;
        };
        apply_one(world, &host, event);
    }
    world.resource::<oro_engine::event_loop::Loop>().wake();
}

fn apply_one(world: &mut World, host: &Host, event: HostEvent) {
    tracing::debug!(?event, "host event");
    match event {
        HostEvent::Attached { width, height } => {
            world.resource_mut::<Screen>().0 = ScreenSize { width, height };
        }
        HostEvent::Created(window, facts) => created(world, host, window, facts),
        HostEvent::PageNumber(window, page) => {
            if let Ok(mut window) = world.get_entity_mut(window) {
                window.insert(WebPage(page));
            }
        }
        HostEvent::Failed(window, reason) => failed(world, window, &reason),
        HostEvent::Changed(window, facts) => set_facts(world, window, facts),
        HostEvent::Settled(window, call, facts) => {
            set_facts(world, window, facts);
            if let Some((_, Waiting::Snapshot(reply))) = world.resource_mut::<Calls>().take(call) {
                let snapshot = snapshot(world, window).ok_or_else(not_found);
                reply(world, snapshot);
            }
        }
        HostEvent::Evaluated(_, call, result) => {
            exit::heard(world, call);
            if let Some((_, Waiting::Value(reply))) = world.resource_mut::<Calls>().take(call) {
                let error = |error| RouteError::new("EvalError", "ERR_SCRIPT", error);
                reply(world, result.map_err(|thrown| error(thrown.0)));
            }
        }
        HostEvent::CloseRequested(window) => {
            let closable = world
                .get::<WindowSpec>(window)
                .is_some_and(|spec| spec.closable);
            if closable {
                close(world, window);
            }
        }
        HostEvent::Closed(window) => closed(world, window),
        HostEvent::Page(window, event) => page(world, window, event),
    }
}

fn created(world: &mut World, host: &Host, window: Entity, facts: Facts) {
    let Some(mut status) = world.get_mut::<WindowStatus>(window) else {
        // It was closed while it was being made.
        let _ = host.command(HostCommand::Close(window));
        return;
    };
    status.enter(WindowStatus::Created);
    set_facts(world, window, facts);
    if let Some(index) = world.get::<WindowIndex>(window).map(|index| index.0) {
        world.write_message(WindowCreated { index });
    }
    if let Some(reply) = world.resource_mut::<Calls>().creating.remove(&window) {
        let snapshot = snapshot(world, window).ok_or_else(not_found);
        reply(world, snapshot);
    }
}

fn failed(world: &mut World, window: Entity, reason: &str) {
    tracing::error!(reason, "a window could not be made");
    if let Some(mut status) = world.get_mut::<WindowStatus>(window) {
        status.enter(WindowStatus::Error);
    }
    let error = RouteError::new("InvalidStateError", "ERR_WINDOW", reason);
    forget(world, window, &error);
    if world.resource::<Windows>().by_index.is_empty() {
        exit::begin(world, 1);
    }
}

fn set_facts(world: &mut World, window: Entity, new: Facts) {
    let Ok(mut entity) = world.get_entity_mut(window) else {
        return;
    };
    if let Some(mut status) = entity.get_mut::<WindowStatus>() {
        let seen = if new.visible {
            WindowStatus::Shown
        } else {
            WindowStatus::Hidden
        };
        if *status >= WindowStatus::Created && *status < WindowStatus::Closing {
            status.enter(seen);
        }
    }
    if let Some(mut facts) = entity.get_mut::<Facts>() {
        facts.set_if_neq(new);
    }
}

/// Begins to close a window. If the app ends with it, its pages hear of that first.
pub(super) fn close(world: &mut World, window: Entity) {
    let last = world.resource::<Windows>().by_index.len() <= 1;
    let exits = world
        .get::<WindowSpec>(window)
        .is_some_and(|spec| spec.exits_app);
    if last || exits {
        exit::begin(world, 0);
        return;
    }
    let Some(mut status) = world.get_mut::<WindowStatus>(window) else {
        return;
    };
    if status.enter(WindowStatus::Closing) {
        let host = world.resource::<Host>().clone();
        if !host.command(HostCommand::Close(window)) {
            closed(world, window);
        }
    }
}

fn closed(world: &mut World, window: Entity) {
    let Some(index) = world.get::<WindowIndex>(window).map(|index| index.0) else {
        return;
    };
    if let Some(mut status) = world.get_mut::<WindowStatus>(window) {
        status.enter(WindowStatus::Closed);
    }
    let aborted = RouteError::aborted();
    let exits = world
        .get::<WindowSpec>(window)
        .is_some_and(|spec| spec.exits_app);
    forget(world, window, &aborted);
    world.write_message(WindowClosed { index });
    if exits || world.resource::<Windows>().by_index.is_empty() {
        exit::begin(world, 0);
    }
}

/// Answers everything that waits for a window and despawns it with all that it owns.
fn forget(world: &mut World, window: Entity, error: &RouteError) {
    let closing = world
        .get::<WindowStatus>(window)
        .is_some_and(|s| *s >= WindowStatus::Closing);
    let last = if closing {
        snapshot(world, window)
    } else {
        None
    };
    for waiting in world.resource_mut::<Calls>().take_all(window) {
        match (waiting, &last) {
            // Only `window.close` still waits for a snapshot of a window that closes.
            (Waiting::Snapshot(reply), Some(last)) => reply(world, Ok(last.clone())),
            (waiting, _) => answer(world, waiting, error.clone()),
        }
    }
    if let Some(WindowIndex(index)) = world.get::<WindowIndex>(window).copied() {
        world.resource_mut::<Windows>().by_index.remove(&index);
    }
    world.resource::<QueuedResponses>().forget(window);
    world.despawn(window);
}

fn page(world: &mut World, window: Entity, event: PageEvent) {
    let host = world.resource::<Host>().clone();
    let responses = world.resource::<QueuedResponses>().clone();
    let Ok(mut entity) = world.get_entity_mut(window) else {
        return;
    };
    match event {
        PageEvent::Committed(url) => {
            responses.forget(window);
            set_listening(&mut entity, true);
            if let Some(mut location) = entity.get_mut::<Location>() {
                *location = Location {
                    url,
                    ready_state: ReadyState::Loading,
                };
            }
        }
        PageEvent::Loaded(url) => {
            if let Some(mut location) = entity.get_mut::<Location>() {
                *location = Location {
                    url,
                    ready_state: ReadyState::Complete,
                };
            }
        }
        PageEvent::Title(title) => {
            let follows = entity
                .get::<WindowSpec>()
                .is_some_and(|s| s.title_follows_document);
            if follows && let Some(mut old) = entity.get_mut::<Title>() {
                old.0.clone_from(&title);
                // Nobody waits for it.
                let _ = host.command(HostCommand::Change(window, 0, Change::Title(title)));
            }
        }
        PageEvent::LoadFailed(url, reason) => {
            tracing::warn!(url, reason, "a page could not be loaded");
        }
        PageEvent::Refused(url) => tracing::warn!(url, "navigation is not allowed"),
        PageEvent::External(url) => {
            if !host.command(HostCommand::OpenExternal(url)) {
                tracing::warn!("an external address was not opened");
            }
        }
        PageEvent::Crashed(reason) => {
            responses.forget(window);
            set_listening(&mut entity, false);
            tracing::error!(reason, "the process of a page has died");
            if let Some(WindowIndex(index)) = entity.get::<WindowIndex>().copied() {
                world.write_message(WindowCrashed { index, reason });
            }
        }
    }
}

fn set_listening(entity: &mut EntityWorldMut<'_>, listening: bool) {
    if let Some(mut bridge) = entity.get_mut::<Bridge>() {
        bridge.listening = listening;
    }
}
