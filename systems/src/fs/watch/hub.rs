//! The system's own watches, shared by the watchers of the app.
//!
//! Directories are watched one by one and named by their descriptor, so that the system watches
//! exactly what was opened below a root, whatever has taken its place meanwhile. One directory is
//! watched once, however many watchers look at it.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bevy_ecs::entity::Entity;
use notify::event::{CreateKind, EventKind, ModifyKind, RenameMode};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use oro_engine::queue::Queue;
use oro_engine::reactor::Waker;
use parking_lot::Mutex;
use rustix::fs::fstat;
use rustix::io::Errno;

use super::debounce::{Below, Kinds};

/// Changes of the system that wait for the tick. If more come, all watchers are told that it is
/// not known what has changed.
const EVENTS_MAX: usize = 65_536;

/// Changes that one tick takes.
pub(super) const EVENTS_PER_TICK_MAX: usize = 4096;

/// Why a directory is not watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The watcher is gone.
    Gone,
    /// The system watches as much as it does, or cannot watch this.
    Unable,
    System(Errno),
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

/// What a watched directory is, whatever its path.
type Key = (u64, u64);

/// A directory that the system watches, or a file.
struct Node {
    /// What it is called to the system.
    name: PathBuf,
    listeners: Vec<Listener>,
}

#[derive(Clone)]
struct Listener {
    watcher: Entity,
    /// The directory's path below what the watcher watches.
    below: Arc<[u8]>,
    /// The only entry that it wants to hear of.
    only: Option<OsString>,
}

#[derive(Default)]
struct State {
    nodes: HashMap<Key, Node>,
    names: HashMap<PathBuf, Key>,
    /// The directories of each watcher, by their paths.
    watchers: HashMap<Entity, BTreeMap<Arc<[u8]>, Key>>,
    named: u64,
    /// Some node has lost its last listener.
    is_unheard: bool,
}

/// A change as the system tells it.
struct Event {
    /// The name of a watched directory, or of an entry in it.
    path: PathBuf,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// What is no directory.
    Appeared,
    /// What may be one.
    AppearedAny,
    /// It is elsewhere now, under another name.
    Moved,
    Vanished,
    Changed,
}

/// A change for one watcher.
pub(super) struct Told {
    pub watcher: Entity,
    pub path: Below,
    pub kinds: Kinds,
    /// It appeared, and may be a directory.
    pub may_be_directory: bool,
}

struct Shared {
    /// Held while something is added or removed, which waits for the thread that reads events.
    notify: Mutex<Option<RecommendedWatcher>>,
    /// Never held for long.
    state: Mutex<State>,
    events: Queue<Event>,
    lost: AtomicBool,
    waker: Waker,
}

/// Clones share the watches.
#[derive(Clone)]
pub(super) struct Hub(Arc<Shared>);

impl Hub {
    pub fn new(waker: Waker) -> Self {
        Self(Arc::new(Shared {
            notify: Mutex::default(),
            state: Mutex::default(),
            events: Queue::new(EVENTS_MAX),
            lost: AtomicBool::new(false),
            waker,
        }))
    }

    /// Lets a watcher add directories.
    pub fn admit(&self, watcher: Entity) {
        self.0.state.lock().watchers.entry(watcher).or_default();
    }

    /// Watches a directory, or a file, that is open, for a watcher. On a lane: it waits.
    pub fn add(
        &self,
        watcher: Entity,
        below: &[u8],
        only: Option<&OsStr>,
        open: &OwnedFd,
    ) -> Result<(), Refusal> {
        let stat = fstat(open)?;
        let key = (stat.st_dev, stat.st_ino);
        let mut notify = self.0.notify.lock();
        let Some(name) = self
            .0
            .state
            .lock()
            .listen(watcher, key, below, only, open)?
        else {
            return Ok(());
        };
        let added = match &mut *notify {
            Some(notify) => notify.watch(&name, RecursiveMode::NonRecursive),
            none => self.start().and_then(|started| {
                none.insert(started)
                    .watch(&name, RecursiveMode::NonRecursive)
            }),
        };
        added.map_err(|error| {
            tracing::debug!(%error, "the system does not watch");
            self.0.state.lock().drop_node(key);
            match error.kind {
                notify::ErrorKind::Io(error) => Errno::from_io_error(&error)
                    .filter(|errno| matches!(*errno, Errno::ACCESS | Errno::NOENT))
                    .map_or(Refusal::Unable, Refusal::System),
                _ => Refusal::Unable,
            }
        })
    }

    fn start(&self) -> notify::Result<RecommendedWatcher> {
        // Weak, so that the thread ends with the last of us.
        let shared = Arc::downgrade(&self.0);
        notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if let (Some(shared), Ok(event)) = (shared.upgrade(), event) {
                shared.receive(event);
            }
        })
    }

    /// Forgets a watcher.
    pub fn release(&self, watcher: Entity) {
        let mut state = self.0.state.lock();
        let held = state.watchers.remove(&watcher).unwrap_or_default();
        for key in held.values() {
            state.unlisten(*key, |listener| listener.watcher == watcher);
        }
    }

    /// Forgets what a watcher has added, but not the watcher, if it is still there.
    pub fn reset(&self, watcher: Entity) {
        let mut state = self.0.state.lock();
        let Some(held) = state.watchers.get_mut(&watcher).map(std::mem::take) else {
            return;
        };
        for key in held.values() {
            state.unlisten(*key, |listener| listener.watcher == watcher);
        }
    }

    /// Whether there is something to [`prune`](Self::prune); once.
    pub fn take_unheard(&self) -> bool {
        std::mem::take(&mut self.0.state.lock().is_unheard)
    }

    /// Ends what nobody listens to. On a lane: it waits.
    pub fn prune(&self) {
        let mut notify = self.0.notify.lock();
        let unheard = self.0.state.lock().take_unheard();
        for name in unheard {
            if let Some(notify) = &mut *notify {
                // It may have ended by itself, with the directory.
                let _ = notify.unwatch(&name);
            }
        }
        if self.0.state.lock().nodes.is_empty() {
            // The thread of it ends.
            *notify = None;
        }
    }

    /// Whether there is nothing to take.
    pub fn is_idle(&self) -> bool {
        self.0.events.is_empty() && !self.0.lost.load(Ordering::Acquire)
    }

    /// The changes that have come, for those who listen. Wakes the loop if more wait.
    pub fn take(&self) -> Vec<Told> {
        let mut state = self.0.state.lock();
        let mut told = Vec::new();
        if self.0.lost.swap(false, Ordering::AcqRel) {
            told.extend(state.watchers.keys().map(|watcher| Told {
                watcher: *watcher,
                path: None,
                kinds: Kinds::CHANGED,
                may_be_directory: false,
            }));
        }
        for _ in 0..EVENTS_PER_TICK_MAX {
            let Some(event) = self.0.events.pop() else {
                return told;
            };
            state.tell(&event, &mut told);
        }
        self.0.waker.wake();
        told
    }
}

impl Shared {
    /// Runs on the thread that reads events.
    fn receive(&self, event: notify::Event) {
        let what = match event.kind {
            _ if event.need_rescan() => {
                self.lost.store(true, Ordering::Release);
                return self.waker.wake();
            }
            EventKind::Create(CreateKind::File) => What::Appeared,
            EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                What::AppearedAny
            }
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) => What::Moved,
            EventKind::Remove(_) => What::Vanished,
            // Both ends of a renaming were told of one by one.
            EventKind::Modify(ModifyKind::Name(_)) => return,
            EventKind::Modify(_) => What::Changed,
            EventKind::Access(_) | EventKind::Any | EventKind::Other => return,
        };
        for path in event.paths {
            if self.events.push(Event { path, what }).is_err() {
                self.lost.store(true, Ordering::Release);
            }
        }
        self.waker.wake();
    }
}

impl State {
    /// Adds a listener. The name by which the system is to watch, if it does not yet.
    fn listen(
        &mut self,
        watcher: Entity,
        key: Key,
        below: &[u8],
        only: Option<&OsStr>,
        open: &OwnedFd,
    ) -> Result<Option<PathBuf>, Refusal> {
        let below: Arc<[u8]> = below.into();
        let held = self.watchers.get_mut(&watcher).ok_or(Refusal::Gone)?;
        held.insert(below.clone(), key);
        let listener = Listener {
            watcher,
            below,
            only: only.map(OsStr::to_owned),
        };
        if let Some(node) = self.nodes.get_mut(&key) {
            node.listeners.push(listener);
            return Ok(None);
        }
        self.named += 1;
        let name = name_of(self.named, open);
        self.names.insert(name.clone(), key);
        let listeners = vec![listener];
        self.nodes.insert(
            key,
            Node {
                name: name.clone(),
                listeners,
            },
        );
        Ok(Some(name))
    }

    fn unlisten(&mut self, key: Key, which: impl Fn(&Listener) -> bool) {
        if let Some(node) = self.nodes.get_mut(&key) {
            node.listeners.retain(|listener| !which(listener));
            self.is_unheard |= node.listeners.is_empty();
        }
    }

    fn drop_node(&mut self, key: Key) -> Option<Node> {
        let node = self.nodes.remove(&key)?;
        self.names.remove(&node.name);
        for listener in &node.listeners {
            if let Some(held) = self.watchers.get_mut(&listener.watcher) {
                held.remove(&listener.below);
            }
        }
        Some(node)
    }

    fn take_unheard(&mut self) -> Vec<PathBuf> {
        let unheard = self.nodes.iter();
        let unheard = unheard.filter(|(_, node)| node.listeners.is_empty());
        let unheard: Vec<Key> = unheard.map(|(key, _)| *key).collect();
        let nodes = unheard.into_iter().filter_map(|key| self.drop_node(key));
        nodes.map(|node| node.name).collect()
    }

    /// A directory that is gone, with all below it.
    fn leave(&mut self, watcher: Entity, below: &[u8]) {
        let Some(held) = self.watchers.get_mut(&watcher) else {
            return;
        };
        let range =
            held.range::<[u8], _>((std::ops::Bound::Included(below), std::ops::Bound::Unbounded));
        let gone: Vec<(Arc<[u8]>, Key)> = range
            .take_while(|(path, _)| path.starts_with(below))
            .filter(|(path, _)| path.len() == below.len() || path.get(below.len()) == Some(&b'/'))
            .map(|(path, key)| (path.clone(), *key))
            .collect();
        for (path, key) in gone {
            if let Some(held) = self.watchers.get_mut(&watcher) {
                held.remove(&path);
            }
            self.unlisten(key, |it| it.watcher == watcher && it.below == path);
        }
    }

    /// Tells those who listen of an event.
    fn tell(&mut self, event: &Event, told: &mut Vec<Told>) {
        if let Some(key) = self.names.get(&event.path).copied() {
            return self.tell_of_node(key, event.what, told);
        }
        let (Some(directory), Some(name)) = (event.path.parent(), event.path.file_name()) else {
            return;
        };
        let node = self
            .names
            .get(directory)
            .and_then(|key| self.nodes.get(key));
        // A copy, because who vanishes does not listen any more.
        let listeners = node.map(|node| node.listeners.clone()).unwrap_or_default();
        for listener in listeners {
            if listener.only.as_ref().is_some_and(|only| only != name) {
                continue;
            }
            let path = join(&listener.below, name.as_bytes());
            let is_gone = matches!(event.what, What::Vanished | What::Moved);
            if is_gone && listener.only.is_none() {
                self.leave(listener.watcher, &path);
            }
            told.push(Told {
                watcher: listener.watcher,
                path: Some(path.into()),
                kinds: event.what.kinds(),
                may_be_directory: event.what == What::AppearedAny,
            });
        }
    }

    /// A watched directory itself, of which its own directory tells as well if it is watched.
    fn tell_of_node(&mut self, key: Key, what: What, told: &mut Vec<Told>) {
        let tops = |listener: &&Listener| listener.below.is_empty() && listener.only.is_none();
        let listeners = match self.nodes.get(&key) {
            Some(node) => node.listeners.iter().filter(tops).cloned().collect(),
            None => Vec::new(),
        };
        for listener in listeners {
            told.push(Told {
                watcher: listener.watcher,
                path: Some(listener.below),
                kinds: what.kinds(),
                may_be_directory: false,
            });
        }
        // What was moved is watched on. What was removed the system watches no more.
        if what == What::Vanished {
            self.drop_node(key);
        }
    }
}

impl What {
    fn kinds(self) -> Kinds {
        match self {
            Self::Appeared | Self::AppearedAny | Self::Moved | Self::Vanished => Kinds::RENAMED,
            Self::Changed => Kinds::CHANGED,
        }
    }
}

pub(super) fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if directory.is_empty() {
        return name.to_vec();
    }
    [directory, b"/", name].concat()
}

/// A name for what is open that no other watch has. notify knows its watches by their names, and
/// the number of a descriptor is used again once it is closed; so a detour through folders of the
/// process, which leads back, says which watch it is.
fn name_of(number: u64, open: &OwnedFd) -> PathBuf {
    const DETOURS: [&str; 4] = ["fd", "fdinfo", "ns", "task"];
    let mut name = PathBuf::from("/proc/self");
    let mut rest = number;
    while rest > 0 {
        name.push(DETOURS[(rest % 4) as usize]);
        name.push("..");
        rest /= 4;
    }
    name.push("fd");
    name.push(Path::new(&open.as_raw_fd().to_string()));
    name
}
