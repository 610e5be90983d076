//! Watchers: entities that tell of changes, and the routes by which pages use them.

use std::path::PathBuf;

use bevy_ecs::prelude::*;
use oro_engine::id::Id;
use oro_engine::topic::{Target, Topic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FsError, route};

/// A file or directory that is watched. Inserting it begins, removing it or despawning its entity
/// ends it.
///
/// [`WatchStarted`] is triggered on the entity when it is watched, [`PathsChanged`] when something
/// has changed and been quiet for a moment, and [`WatchEnded`] if it cannot be watched or a pause
/// has ended it: a pause ends all watchers, and the resume does not begin them again.
#[derive(Component, Clone, Debug)]
#[component(immutable)]
pub struct PathWatcher {
    /// What is watched; it counts from the application's working directory.
    pub path: PathBuf,
    /// Whether the directories below are watched too. Links to directories are not followed.
    pub recursive: bool,
    /// Names of directories that are passed over, with all that is in them.
    pub passed_over: Vec<String>,
    /// Looks at intervals (`filesystem_watch_poll_interval_ms`) instead of waiting for the system
    /// to tell. It happens by itself where the system does not tell, as on network file systems.
    pub poll: bool,
}

impl PathWatcher {
    /// A watcher of a file, or of a directory and its entries.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            recursive: false,
            passed_over: Vec::new(),
            poll: false,
        }
    }

    /// The directories below too.
    #[must_use]
    pub fn recursive(mut self, recursive: bool) -> Self {
        self.recursive = recursive;
        self
    }
}

/// A path is watched: changes from now on are told.
#[derive(EntityEvent, Clone, Copy, Debug)]
pub struct WatchStarted {
    /// The watcher.
    #[event_target]
    pub watcher: Entity,
}

/// Paths have changed.
#[derive(EntityEvent, Clone, Debug)]
pub struct PathsChanged {
    /// The watcher.
    #[event_target]
    pub watcher: Entity,
    /// What has changed, each path once.
    pub changes: Vec<PathChange>,
}

/// What has become of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathChange {
    /// The path below the watched directory, or the name of the watched file; empty for the watched
    /// path itself. `None` if so much has changed that it is not known what.
    pub path: Option<PathBuf>,
    /// It appeared, vanished, or is another file than before.
    pub renamed: bool,
    /// Its content or what is known of it has changed.
    pub changed: bool,
}

/// A path is not watched any more, or was not to begin with.
#[derive(EntityEvent, Debug)]
pub struct WatchEnded {
    /// The watcher.
    #[event_target]
    pub watcher: Entity,
    /// Why; `None` if a pause has ended it.
    pub error: Option<FsError>,
}

/// Watches a file, or a directory and its entries.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsWatch {
    /// The file or directory.
    pub path: String,
    /// The id to use. Without one the runtime chooses.
    pub id: Option<Id>,
    /// The directories below too. Links to directories are not followed.
    #[serde(default)]
    pub recursive: bool,
    /// Looks at intervals instead of waiting for the system to tell.
    #[serde(default)]
    pub poll: bool,
}
route!(FsWatch, "fs.watch", FsWatching);

/// A watcher.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct FsWatching {
    /// The id for further calls, and of its events.
    pub id: Id,
}

/// Ends a watcher. No event of it comes after the answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsStopWatch {
    /// The watcher.
    pub id: Id,
}
route!(FsStopWatch, "fs.stopWatch", FsWatching);

/// What an [`FsWatchEvent`] tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FsWatchKind {
    /// The path appeared, vanished, or is another file than before.
    Rename,
    /// Its content or what is known of it has changed.
    Change,
    /// The watcher has ended: the application pauses, or the path cannot be watched any more.
    Close,
}

/// A watched path has changed, or its watcher has ended.
#[derive(Message, Clone, Debug, Serialize, JsonSchema)]
pub struct FsWatchEvent {
    /// The watcher.
    pub id: Id,
    /// What has happened.
    pub events: Vec<FsWatchKind>,
    /// The path below the watched directory, or the name of the watched file; null if so much has
    /// changed that it is not known what, and for a watcher that has ended.
    pub path: Option<String>,
    /// Whose watcher it is.
    #[serde(skip)]
    pub window: Option<Entity>,
}

impl Topic for FsWatchEvent {
    const NAME: &'static str = "fs.watch";

    /// Without a window it is the program's own, and no page hears of it.
    fn target(&self) -> Target {
        Target::Window(self.window.unwrap_or(Entity::PLACEHOLDER))
    }
}

/// A file of the application has changed, and `webview_watch` is on. Pages are loaded again unless
/// they prevent it.
#[derive(Message, Clone, Debug, Serialize, JsonSchema)]
pub struct FileDidChange {
    /// The path below the folder that is served; null if it is not known.
    pub path: Option<String>,
}

impl Topic for FileDidChange {
    const NAME: &'static str = "filedidchange";
}
