//! Watchers of pages and of other programs.

use std::collections::HashMap;

use bevy_app::App;
use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use oro_components::fs::{
    FsError, FsStopWatch, FsWatch, FsWatchEvent, FsWatchKind, FsWatching, PathWatcher,
    PathsChanged, WatchStarted,
};
use oro_engine::job::JobError;
use oro_engine::prelude::*;

use super::Owner;
use crate::fs::handle::Holder;
use crate::fs::path::{decode, encode};

pub(super) fn build(app: &mut App) {
    app.init_resource::<PageWatchers>()
        .add_topic::<FsWatchEvent>()
        .add_deferred::<FsWatch, _>(watch)
        .add_route::<FsStopWatch, _>(stop)
        .add_observer(started)
        .add_observer(report);
    app.world_mut()
        .register_component_hooks::<PageWatcher>()
        .on_discard(forgotten);
}

type Key = (Holder, Id);

/// Which entity an id means, for each owner.
#[derive(Resource, Default)]
struct PageWatchers(HashMap<Key, Entity>);

/// A watcher that was made by a route.
#[derive(Component)]
struct PageWatcher {
    key: Key,
    window: Option<Entity>,
    /// Who waits for it to begin.
    pending: Option<Pending<FsWatch>>,
}

fn forgotten(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let Some(mut page) = world.get_mut::<PageWatcher>(entity) else {
        return;
    };
    let (key, pending) = (page.key, page.pending.take());
    world.resource_mut::<PageWatchers>().0.remove(&key);
    // Despawned requests are aborted.
    if let Some(pending) = pending {
        world.commands().entity(pending.entity()).try_despawn();
    }
}

fn watch(
    In((call, pending)): In<(Call<FsWatch>, Pending<FsWatch>)>,
    world: &mut World,
) -> Result<(), FsError> {
    let window = call.client.window();
    if window.is_some_and(|window| world.get_entity(window).is_err()) {
        return Err(FsError::Aborted);
    }
    // A random id needs random bytes; a system that has none left is out of order.
    let id = match call.id {
        Some(id) => id,
        None => Id::random().map_err(|_| FsError::Job(JobError::Closed))?,
    };
    let key = (Holder::from(call.client), id);
    if world.resource::<PageWatchers>().0.contains_key(&key) {
        return Err(FsError::WatcherIdTaken(id.0));
    }
    let path = decode(&call.path)?;
    let watcher = PathWatcher {
        poll: call.poll,
        ..PathWatcher::new(path).recursive(call.recursive)
    };
    let page = PageWatcher {
        key,
        window,
        pending: Some(pending),
    };
    let mut entity = world.spawn((page, Owner(call.client)));
    if let Some(window) = window {
        entity.insert(OwnedBy(window));
    }
    let entity = entity.id();
    world.resource_mut::<PageWatchers>().0.insert(key, entity);
    world.entity_mut(entity).insert(watcher);
    Ok(())
}

fn stop(
    In(call): In<Call<FsStopWatch>>,
    watchers: Res<PageWatchers>,
    mut commands: Commands,
) -> Result<FsWatching, FsError> {
    let id = call.id;
    let entity = watchers.0.get(&(call.client.into(), id));
    let entity = *entity.ok_or(FsError::NotWatching(id.0))?;
    commands.entity(entity).despawn();
    Ok(FsWatching { id })
}

fn started(started: On<WatchStarted>, mut pages: Query<&mut PageWatcher>, mut commands: Commands) {
    if let Ok(mut page) = pages.get_mut(started.watcher)
        && let Some(pending) = page.pending.take()
    {
        let id = page.key.1;
        commands.reply(pending, Ok(FsWatching { id }));
    }
}

fn report(
    changed: On<PathsChanged>,
    pages: Query<&PageWatcher>,
    mut events: MessageWriter<FsWatchEvent>,
) {
    let Ok(page) = pages.get(changed.watcher) else {
        return;
    };
    events.write_batch(changed.changes.iter().map(|change| {
        let kinds = [
            (change.renamed, FsWatchKind::Rename),
            (change.changed, FsWatchKind::Change),
        ];
        let kinds = kinds.into_iter().filter(|(is, _)| *is);
        FsWatchEvent {
            id: page.key.1,
            events: kinds.map(|(_, kind)| kind).collect(),
            path: change.path.as_ref().map(encode),
            window: page.window,
        }
    }));
}

/// Ends the watcher of a page. Gives the error back if it is none.
pub(super) fn end(
    world: &mut World,
    entity: Entity,
    error: Option<FsError>,
) -> Option<Option<FsError>> {
    let Some(mut page) = world.get_mut::<PageWatcher>(entity) else {
        return Some(error);
    };
    let (id, window, pending) = (page.key.1, page.window, page.pending.take());
    if let Some(pending) = pending {
        world.reply(pending, Err(error.unwrap_or(FsError::Aborted)));
    } else {
        world.write_message(FsWatchEvent {
            id,
            events: vec![FsWatchKind::Close],
            path: None,
            window,
        });
    }
    world.despawn(entity);
    None
}
