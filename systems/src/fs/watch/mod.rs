//! Watchers: routes `fs.watch` and `fs.stopWatch`; events `fs.watch` and `filedidchange`.
//!
//! A watcher is an entity. What it watches is opened on the io lane as the sandbox lets its owner;
//! the system then tells of changes on a thread of its own, which the [`hub`] passes on to the
//! tick, where they wait until their path is [quiet](debounce). Where the system does not tell, the
//! path is [looked at](poll) at intervals.
//!
//! Rust programs insert a [`PathWatcher`] and hear [`PathsChanged`].

mod debounce;
mod hub;
mod poll;
mod reload;
mod route;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bevy_app::App;
use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use oro_components::fs::{
    FsError, PathChange, PathWatcher, PathsChanged, WatchEnded, WatchStarted,
};
use oro_engine::clock::Alarm;
use oro_engine::config::{Config, keys};
use oro_engine::prelude::*;
use oro_engine::reactor::Reactor;
use rustix::fs::{Dir, FileType, Mode, OFlags, fstat};

use super::directory::READ;
use super::path::{Paths, Syscall, Watched, encode};
use crate::sandbox::open_exact;
use debounce::{Below, Debounce, Kinds};
use hub::{Hub, Refusal, join};
use poll::Sight;

/// Directories of one watcher.
const DIRECTORIES_MAX: usize = 100_000;

pub(super) fn build(app: &mut App, paths: &Paths) {
    let config = app.world_mut().get_resource_or_init::<Config>().clone();
    let waker = app.world().resource::<Reactor>().waker();
    app.insert_resource(Watchers {
        hub: Hub::new(waker),
        debounce: Debounce::new(config.get(keys::FILESYSTEM_WATCH_DEBOUNCE_MS)),
        poll_every: config.get(keys::FILESYSTEM_WATCH_POLL_INTERVAL_MS),
        paths: paths.clone(),
        count: 0,
        count_max: config.get(keys::FILESYSTEM_WATCHERS_MAX),
    })
    .add_observer(end_all)
    .add_systems(
        Tick,
        (
            collect.in_set(TickSystems::Poll).run_if(has_events),
            look.in_set(TickSystems::Update).run_if(any_polled),
            tell.in_set(TickSystems::Update).run_if(any_waiting),
        )
            .chain(),
    );
    route::build(app);
    reload::build(app, &config);
    app.world_mut()
        .register_component_hooks::<PathWatcher>()
        .on_insert(inserted)
        .on_discard(discarded);
}

/// The watchers of the app.
#[derive(Resource)]
struct Watchers {
    hub: Hub,
    debounce: Debounce,
    poll_every: Duration,
    paths: Paths,
    count: usize,
    count_max: usize,
}

fn has_events(watchers: Res<Watchers>) -> bool {
    !watchers.hub.is_idle()
}

fn any_waiting(watchers: Res<Watchers>) -> bool {
    watchers.debounce.next().is_some()
}

fn any_polled(polled: Query<(), With<Polled>>) -> bool {
    !polled.is_empty()
}

/// Whose rights a watcher has; the program's own without.
#[derive(Component, Clone, Copy)]
struct Owner(Client);

/// What a recursive watcher watches: new directories are found below it. By its number and not
/// open, because the system does not tell of the end of what is open.
#[derive(Component, Clone, Copy, PartialEq, Eq)]
struct Base((u64, u64));

impl Base {
    fn of(open: &OwnedFd) -> rustix::io::Result<Self> {
        let stat = fstat(open)?;
        Ok(Self((stat.st_dev, stat.st_ino)))
    }
}

/// A watcher that looks at intervals.
#[derive(Component)]
struct Polled {
    before: Arc<Sight>,
    next: Duration,
    /// A look is under way.
    looks: bool,
}

fn inserted(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let mut watchers = world.resource_mut::<Watchers>();
    watchers.count += 1;
    watchers.hub.admit(entity);
    world
        .commands()
        .queue(move |world: &mut World| begin(world, entity));
}

fn discarded(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let mut watchers = world.resource_mut::<Watchers>();
    watchers.count = watchers.count.saturating_sub(1);
    watchers.debounce.forget(entity);
    watchers.hub.release(entity);
    world.commands().queue(move |world: &mut World| {
        if let Ok(mut watcher) = world.get_entity_mut(entity) {
            watcher.remove::<(Base, Polled)>();
        }
        prune(world);
    });
}

/// Ends what nobody listens to any more, on a lane.
fn prune(world: &mut World) {
    let hub = world.resource::<Watchers>().hub.clone();
    if hub.take_unheard() {
        let jobs = world.resource::<Jobs>().clone();
        let work = move || hub.prune();
        jobs.spawn(Entity::PLACEHOLDER, Lane::Io, work, |_, _, _| {});
    }
}

/// A watcher that begins, on the io lane.
struct Begin {
    hub: Hub,
    paths: Paths,
    client: Client,
    spec: PathWatcher,
    watcher: Entity,
}

/// How a watcher has begun.
enum Begun {
    /// The system tells; of new directories below this too.
    Told(Option<Base>),
    Polled(Sight),
}

impl Begin {
    fn new(world: &World, entity: Entity) -> Option<Self> {
        let watchers = world.resource::<Watchers>();
        Some(Self {
            hub: watchers.hub.clone(),
            paths: watchers.paths.clone(),
            client: world.get::<Owner>(entity).map_or(Client::Host, |it| it.0),
            spec: world.get::<PathWatcher>(entity)?.clone(),
            watcher: entity,
        })
    }

    fn run(&self) -> Result<Begun, FsError> {
        let text = encode(&self.spec.path);
        let call = Syscall::new("watch", &text);
        let watched = self.paths.reach(self.client).watched(&call, &text)?;
        if !self.spec.poll && !poll::is_silent(watched.open()) {
            match self.listen(&watched) {
                Ok(()) => {
                    let is_tree = self.spec.recursive && watched.is_directory();
                    let base = is_tree.then(|| Base::of(watched.open())).transpose();
                    return Ok(Begun::Told(call.check(base)?));
                }
                Err(Refusal::Gone) => return Err(FsError::Aborted),
                Err(Refusal::System(errno)) => return Err(call.error(errno)),
                Err(Refusal::Unable) => self.hub.reset(self.watcher),
            }
        }
        self.look().map(Begun::Polled)
    }

    fn listen(&self, watched: &Watched) -> Result<(), Refusal> {
        match watched {
            Watched::Directory(open) if self.spec.recursive => {
                self.follow(open, Vec::new()).map(drop)
            }
            Watched::Directory(open) | Watched::File(open) => {
                self.hub.add(self.watcher, b"", None, open)
            }
            Watched::Entry(directory, name) => {
                self.hub.add(self.watcher, b"", Some(name), directory)
            }
        }
    }

    /// Watches a directory below another, and those in it; all that was found there.
    fn follow(&self, base: &OwnedFd, below: Vec<u8>) -> Result<Vec<Vec<u8>>, Refusal> {
        let (mut found, mut count) = (Vec::new(), 0);
        let mut todo = vec![below];
        while let Some(below) = todo.pop() {
            let directory = match open_exact(base, Path::new(OsStr::from_bytes(&below)), READ) {
                Ok(directory) => directory,
                Err(errno) if below.is_empty() => return Err(errno.into()),
                Err(_) => continue, // none, not any more, or not for us
            };
            // First, so that what comes while it is read is told of.
            self.hub.add(self.watcher, &below, None, &directory)?;
            count += 1;
            if count > DIRECTORIES_MAX {
                return Err(Refusal::Unable);
            }
            for entry in Dir::read_from(&directory)? {
                let Ok(entry) = entry else { break };
                let name = entry.file_name().to_bytes();
                if matches!(name, b"." | b"..") {
                    continue;
                }
                let path = join(&below, name);
                let may_be_directory =
                    matches!(entry.file_type(), FileType::Directory | FileType::Unknown);
                if may_be_directory && !self.passes_over(name) {
                    todo.push(path.clone());
                }
                found.push(path);
            }
        }
        Ok(found)
    }

    fn passes_over(&self, name: &[u8]) -> bool {
        let mut names = self.spec.passed_over.iter();
        names.any(|it| it.as_bytes() == name)
    }

    /// Opens what it watches once more, if the path still leads there.
    fn open_again(&self, base: Base) -> Option<OwnedFd> {
        let text = encode(&self.spec.path);
        let reach = self.paths.reach(self.client);
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        let opened = reach.open(&Syscall::new("watch", &text), &text, flags, Mode::empty());
        opened
            .ok()
            .filter(|opened| Base::of(opened).is_ok_and(|it| it == base))
    }

    /// What is there now; nothing if the path leads nowhere.
    fn look(&self) -> Result<Sight, FsError> {
        let text = encode(&self.spec.path);
        let call = Syscall::new("watch", &text);
        let reach = self.paths.reach(self.client);
        let open = reach.open(&call, &text, OFlags::PATH, Mode::empty())?;
        let sight = Sight::of(&open, self.spec.recursive, |name| self.passes_over(name));
        call.check(sight)
    }
}

/// Opens what is to be watched, and watches it.
fn begin(world: &mut World, entity: Entity) {
    let watchers = world.resource::<Watchers>();
    if watchers.count > watchers.count_max {
        let error = FsError::TooManyWatchers(watchers.count_max);
        return end(world, entity, Some(error));
    }
    let Some(begin) = Begin::new(world, entity) else {
        return;
    };
    let jobs = world.resource::<Jobs>().clone();
    let work = move || begin.run();
    jobs.spawn(entity, Lane::Io, work, |world, entity, result| {
        if world.get::<PathWatcher>(entity).is_none() {
            return;
        }
        match result.unwrap_or_else(|error| Err(error.into())) {
            // While it began.
            Ok(_) if *world.resource::<Lifecycle>() == Lifecycle::Paused => {
                end(world, entity, None);
            }
            Ok(begun) => {
                begun.keep(world, entity);
                world.trigger(WatchStarted { watcher: entity });
            }
            Err(error) => end(world, entity, Some(error)),
        }
    });
}

impl Begun {
    fn keep(self, world: &mut World, entity: Entity) {
        match self {
            Self::Told(None) => {}
            Self::Told(Some(base)) => {
                world.entity_mut(entity).insert(base);
            }
            Self::Polled(before) => {
                let now = world.resource::<Clock>().now();
                let next = now + world.resource::<Watchers>().poll_every;
                world.entity_mut(entity).remove::<Base>().insert(Polled {
                    before: Arc::new(before),
                    next,
                    looks: false,
                });
            }
        }
    }
}

/// Ends a watcher, and tells whose it is.
fn end(world: &mut World, entity: Entity, error: Option<FsError>) {
    let Some(error) = route::end(world, entity, error) else {
        return;
    };
    world.trigger(WatchEnded {
        watcher: entity,
        error,
    });
    if let Ok(mut watcher) = world.get_entity_mut(entity) {
        watcher.remove::<PathWatcher>();
    }
}

fn end_all(_: On<Pausing>, watchers: Query<Entity, With<PathWatcher>>, mut commands: Commands) {
    for watcher in &watchers {
        commands.queue(move |world: &mut World| end(world, watcher, None));
    }
}

/// Takes what the system has told, and follows directories that have appeared.
fn collect(
    mut watchers: ResMut<Watchers>,
    clock: Res<Clock>,
    recursive: Query<(), With<Base>>,
    mut commands: Commands,
) {
    let mut appeared: HashMap<Entity, Vec<Vec<u8>>> = HashMap::new();
    for told in watchers.hub.take() {
        if let (true, Some(path)) = (told.may_be_directory, &told.path)
            && recursive.contains(told.watcher)
        {
            let paths = appeared.entry(told.watcher).or_default();
            paths.push(path.to_vec());
        }
        watchers
            .debounce
            .note(clock.now(), told.watcher, told.path, told.kinds);
    }
    for (watcher, paths) in appeared {
        commands.queue(move |world: &mut World| follow(world, watcher, paths));
    }
    commands.queue(prune);
}

/// Watches directories that have appeared, and tells of what is in them already.
fn follow(world: &mut World, entity: Entity, paths: Vec<Vec<u8>>) {
    let base = world.get::<Base>(entity).copied();
    let (Some(base), Some(begin)) = (base, Begin::new(world, entity)) else {
        return;
    };
    let jobs = world.resource::<Jobs>().clone();
    let work = move || {
        let mut found = Vec::new();
        let Some(open) = begin.open_again(base) else {
            return Ok(found); // it has been moved away
        };
        for path in paths {
            let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            if !begin.passes_over(name) {
                found.extend(begin.follow(&open, path)?);
            }
        }
        Ok(found)
    };
    jobs.spawn(entity, Lane::Io, work, |world, entity, found| {
        let now = world.resource::<Clock>().now();
        let mut watchers = world.resource_mut::<Watchers>();
        match found {
            Ok(Ok(found)) => {
                for path in found {
                    let path = Some(path.into());
                    watchers.debounce.note(now, entity, path, Kinds::RENAMED);
                }
            }
            Ok(Err(Refusal::Gone)) => {}
            Ok(Err(Refusal::System(_) | Refusal::Unable)) | Err(_) => {
                watchers.debounce.note(now, entity, None, Kinds::CHANGED);
                watchers.hub.reset(entity);
                poll_from_now(world, entity);
            }
        }
    });
}

/// Looks at intervals from now on, because the system does not tell of all.
fn poll_from_now(world: &mut World, entity: Entity) {
    let Some(begin) = Begin::new(world, entity) else {
        return;
    };
    let jobs = world.resource::<Jobs>().clone();
    let work = move || begin.look();
    jobs.spawn(entity, Lane::Io, work, |world, entity, sight| {
        match sight.unwrap_or_else(|error| Err(error.into())) {
            Ok(sight) => Begun::Polled(sight).keep(world, entity),
            Err(error) => end(world, entity, Some(error)),
        }
    });
    prune(world);
}

/// Looks where it is time.
fn look(
    mut polled: Query<(Entity, &mut Polled)>,
    clock: Res<Clock>,
    alarm: Res<Alarm>,
    mut commands: Commands,
) {
    for (entity, mut polled) in &mut polled {
        if polled.looks {
            continue; // its end wakes the loop
        }
        if polled.next > clock.now() {
            alarm.at(polled.next);
            continue;
        }
        polled.looks = true;
        let before = polled.before.clone();
        commands.queue(move |world: &mut World| look_again(world, entity, before));
    }
}

fn look_again(world: &mut World, entity: Entity, before: Arc<Sight>) {
    let Some(begin) = Begin::new(world, entity) else {
        return;
    };
    let jobs = world.resource::<Jobs>().clone();
    let work = move || {
        let sight = match begin.look() {
            Err(FsError::Os { .. }) => Sight::default(), // it may come back
            sight => sight?,
        };
        let changes = sight.changes(&before);
        Ok((sight, changes))
    };
    jobs.spawn(entity, Lane::Io, work, |world, entity, result| {
        let now = world.resource::<Clock>().now();
        let mut watchers = world.resource_mut::<Watchers>();
        let (sight, changes) = match result.unwrap_or_else(|error| Err(FsError::from(error))) {
            Ok(seen) => seen,
            Err(error) => return end(world, entity, Some(error)),
        };
        for (path, kinds) in changes {
            let path = Some(path.into());
            watchers.debounce.note(now, entity, path, kinds);
        }
        let next = now + watchers.poll_every;
        if let Some(mut polled) = world.get_mut::<Polled>(entity) {
            *polled = Polled {
                before: Arc::new(sight),
                next,
                looks: false,
            };
        }
    });
}

/// Tells of the changes whose paths are quiet.
fn tell(
    mut watchers: ResMut<Watchers>,
    clock: Res<Clock>,
    alarm: Res<Alarm>,
    mut commands: Commands,
) {
    for (watcher, changes) in watchers.debounce.take(clock.now()) {
        let change = |(path, kinds): (Below, Kinds)| PathChange {
            path: path.map(|path| PathBuf::from(OsString::from_vec(path.to_vec()))),
            renamed: kinds.renamed,
            changed: kinds.changed,
        };
        let changes = changes.into_iter().map(change).collect();
        commands.trigger(PathsChanged { watcher, changes });
    }
    if let Some(next) = watchers.debounce.next() {
        alarm.at(next);
    }
}
