//! The app's files, as its pages load them: from a folder, its mounts, or the program itself.
//!
//! What HTTP asks of a file server is done here: types, ranges, entity tags, directory indexes.
//! Nothing outside of the folder is reached, whatever the address or the links in it.

mod folder;
mod http;

use std::io::Read;
use std::sync::Arc;
use std::time::SystemTime;

use bevy_app::{App, Plugin};
use oro_components::resource::{ReadResource, ResourceRequest, ResourceResponse, Resources};
use oro_engine::config::{Config, keys};

pub use folder::Folder;

/// Serves the configuration's `webview_root` and mounts, unless the program has inserted
/// [`Resources`] of its own, such as [`Embedded`].
#[derive(Debug, Default)]
pub struct ResourcePlugin;

impl Plugin for ResourcePlugin {
    fn build(&self, app: &mut App) {
        let config = app.world_mut().get_resource_or_init::<Config>().clone();
        let no_follow = config.get(keys::FILESYSTEM_NO_FOLLOW_SYMLINKS);
        let mut mounts: Vec<Mount> = config
            .mounts()
            .map(|(dir, path)| Mount::new(path, Folder::new(dir, no_follow)))
            .collect();
        if !app.world().contains_resource::<Resources>() {
            let root = config.get(keys::WEBVIEW_ROOT).to_owned();
            mounts.push(Mount::new("/", Folder::new(root, no_follow)));
            app.insert_resource(Resources(Arc::new(Server::new(mounts))));
        }
    }
}

/// A file that was found.
struct File {
    len: u64,
    modified: Option<SystemTime>,
    content: Content,
}

enum Content {
    Static(&'static [u8]),
    Open(std::fs::File),
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// What a path leads to.
#[derive(Debug)]
enum Found {
    File(File),
    Directory,
    Missing,
    /// It exists, but must not be served; for the log.
    Refused(String),
}

/// Where files come from.
trait Source: Send + Sync {
    /// Looks up a path: names without separators, dots or zero bytes.
    fn find(&self, names: &[String]) -> Found;
}

/// A source at a path of the app.
struct Mount {
    at: Vec<String>,
    source: Box<dyn Source>,
}

impl Mount {
    fn new(at: &str, source: impl Source + 'static) -> Self {
        let names = at.split('/').filter(|name| !name.is_empty());
        Self {
            at: names.map(str::to_owned).collect(),
            source: Box::new(source),
        }
    }
}

/// Answers requests from sources; the one with the longest fitting path wins.
struct Server {
    mounts: Vec<Mount>,
}

impl Server {
    fn new(mut mounts: Vec<Mount>) -> Self {
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.at.len()));
        Self { mounts }
    }

    fn find(&self, names: &[String]) -> Found {
        let mount = self
            .mounts
            .iter()
            .find(|mount| names.starts_with(&mount.at));
        mount.map_or(Found::Missing, |mount| {
            mount.source.find(&names[mount.at.len()..])
        })
    }
}

impl ReadResource for Server {
    fn read(&self, request: &ResourceRequest) -> ResourceResponse {
        http::respond(request, |names| self.find(names))
    }
}

/// Files inside the program: a packaged app is one file.
#[derive(Clone, Copy, Debug)]
pub struct Embedded(
    /// Paths without a leading slash, and contents, sorted by path.
    pub &'static [(&'static str, &'static [u8])],
);

impl Source for Embedded {
    fn find(&self, names: &[String]) -> Found {
        let path = names.join("/");
        if let Ok(at) = self
            .0
            .binary_search_by_key(&path.as_str(), |(name, _)| name)
        {
            let content = self.0[at].1;
            let len = content.len() as u64;
            return Found::File(File {
                len,
                modified: None,
                content: Content::Static(content),
            });
        }
        let folder = if path.is_empty() { path } else { path + "/" };
        let inside = self.0.iter().any(|(name, _)| name.starts_with(&folder));
        if inside {
            Found::Directory
        } else {
            Found::Missing
        }
    }
}

impl ReadResource for Embedded {
    fn read(&self, request: &ResourceRequest) -> ResourceResponse {
        http::respond(request, |names| self.find(names))
    }
}

impl File {
    /// The bytes from `start` on, `len` of them.
    fn reader(self, start: u64, len: u64) -> std::io::Result<Box<dyn Read + Send>> {
        use std::io::{Seek, SeekFrom};
        match self.content {
            Content::Static(bytes) => {
                let from = usize::try_from(start)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                Ok(Box::new((&bytes[from..]).take(len)))
            }
            Content::Open(mut file) => {
                file.seek(SeekFrom::Start(start))?;
                Ok(Box::new(file.take(len)))
            }
        }
    }
}
