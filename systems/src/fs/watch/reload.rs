//! Pages that are loaded again when a file of the application changes.

use std::path::{Component, Path, PathBuf};

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::fs::{FileDidChange, PathWatcher, PathsChanged, WatchEnded};
use oro_engine::config::{Config, keys};
use oro_engine::prelude::*;
use oro_engine::tick::Startup;

use crate::fs::path::encode;

/// Folders of what tools make or keep.
const PASSED_OVER: [&str; 4] = [".git", "build", "node_modules", "target"];

pub(super) fn build(app: &mut App, config: &Config) {
    app.add_topic::<FileDidChange>();
    if !config.get(keys::WEBVIEW_WATCH) {
        return;
    }
    app.insert_resource(Served(config.get(keys::WEBVIEW_ROOT).to_owned()))
        .add_systems(Startup, begin)
        .add_observer(begin_again)
        .add_observer(report)
        .add_observer(complain);
}

/// The folder that is served.
#[derive(Resource)]
struct Served(PathBuf);

/// The watcher of the folder that is served.
#[derive(Component)]
struct Reload;

fn begin(served: Res<Served>, mut commands: Commands) {
    let watcher = PathWatcher {
        passed_over: PASSED_OVER.map(str::to_owned).into(),
        ..PathWatcher::new(&served.0).recursive(true)
    };
    commands.spawn((Reload, watcher));
}

/// Pages make their watchers anew after a pause; this one is nobody's but ours.
fn begin_again(
    _: On<Resumed>,
    ended: Query<Entity, (With<Reload>, Without<PathWatcher>)>,
    mut commands: Commands,
) {
    for entity in &ended {
        commands.entity(entity).despawn();
        commands.run_system_cached(begin);
    }
}

fn is_hidden(path: &Path) -> bool {
    path.components().any(|part| match part {
        Component::Normal(name) => name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    })
}

fn report(
    changed: On<PathsChanged>,
    reload: Query<(), With<Reload>>,
    mut events: MessageWriter<FileDidChange>,
) {
    if reload.contains(changed.watcher) {
        let paths = changed.changes.iter().map(|change| change.path.as_ref());
        let paths = paths.filter(|path| path.is_none_or(|path| !is_hidden(path)));
        events.write_batch(paths.map(|path| FileDidChange {
            path: path.map(encode),
        }));
    }
}

fn complain(ended: On<WatchEnded>, reload: Query<(), With<Reload>>, served: Res<Served>) {
    if let (true, Some(error)) = (reload.contains(ended.watcher), &ended.error) {
        let folder = served.0.display();
        tracing::warn!(%error, "cannot watch `{folder}`: pages are not loaded again");
    }
}
