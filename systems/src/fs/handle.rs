//! Open files and directories: entities with a queue of operations each.
//!
//! Operations of one handle run one after the other, in the order of their requests, on the io
//! lane; those of different handles run side by side. A handle belongs to the caller's window and
//! dies with it.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use oro_components::fs::{
    Descriptor, DescriptorKind, FsClose, FsCloseOpenDescriptor, FsCloseOpenDescriptors, FsClosedir,
    FsError, FsGetOpenDescriptors, FsOpened, FsRetainOpenDescriptor, OpenDescriptor,
};
use oro_engine::job::JobError;
use oro_engine::prelude::*;
use parking_lot::Mutex;

use super::directory::Walk;

/// Operations that may wait for one handle.
const OPERATIONS_MAX: usize = 65_536;

/// Which entity an id means, for each owner. Ids of different owners are strangers.
#[derive(Resource, Default)]
pub(super) struct Descriptors(HashMap<Key, Entity>);

type Key = (Holder, Id);

/// Whose an open file is. What the program itself has open is no other program's, which may reach
/// less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    Host,
    Http,
    Window(Entity),
}

impl From<Client> for Holder {
    fn from(client: Client) -> Self {
        match (client, client.window()) {
            (_, Some(window)) => Self::Window(window),
            (Client::Http(_), None) => Self::Http,
            _ => Self::Host,
        }
    }
}

/// What the operating system opened.
#[derive(Component, Clone)]
pub(super) enum Opened {
    File(Arc<File>),
    Directory(Arc<Mutex<Walk>>),
}

impl Opened {
    fn fd(&self) -> i32 {
        match self {
            Self::File(file) => file.as_raw_fd(),
            Self::Directory(walk) => walk.lock().fd(),
        }
    }

    fn kind(&self) -> DescriptorKind {
        match self {
            Self::File(_) => DescriptorKind::File,
            Self::Directory(_) => DescriptorKind::Directory,
        }
    }
}

/// Begins an operation; false if there was nothing to begin.
type Begin = Box<dyn FnOnce(&mut World, Entity) -> bool + Send + Sync>;

/// A handle's place in the index, and the operations that wait.
#[derive(Component)]
#[component(on_remove)]
struct Handle {
    key: Key,
    busy: bool,
    waiting: VecDeque<Begin>,
}

impl Handle {
    fn on_remove(mut world: DeferredWorld, context: HookContext) {
        let key = world.get::<Self>(context.entity).map(|handle| handle.key);
        let mut index = world.resource_mut::<Descriptors>();
        if let Some(key) = key
            && index.0.get(&key) == Some(&context.entity)
        {
            index.0.remove(&key);
        }
    }
}

/// Opens something on the io lane and answers with its new id.
pub(super) fn open<R>(
    world: &mut World,
    call: Call<R>,
    pending: Pending<R>,
    id: Option<Id>,
    open: impl FnOnce(&R) -> Result<Opened, FsError> + Send + 'static,
) -> Result<(), FsError>
where
    R: Route<Output = FsOpened, Error = FsError> + Sync,
{
    let owner = call.client.window();
    if owner.is_some_and(|window| world.get_entity(window).is_err()) {
        return Err(FsError::Aborted);
    }
    // A random id needs random bytes; a system that has none left is out of order.
    let id = match id {
        Some(id) => id,
        None => Id::random().map_err(|_| FsError::Job(JobError::Closed))?,
    };
    let key = (Holder::from(call.client), id);
    if world.resource::<Descriptors>().0.contains_key(&key) {
        return Err(FsError::IdTaken(id.0));
    }
    let handle = Handle {
        key,
        busy: false,
        waiting: VecDeque::new(),
    };
    let mut entity = world.spawn(handle);
    if let Some(window) = owner {
        entity.insert(OwnedBy(window));
    }
    let entity = entity.id();
    world.resource_mut::<Descriptors>().0.insert(key, entity);
    let work = move || open(&call.params);
    let jobs = world.resource::<Jobs>().clone();
    jobs.spawn(entity, Lane::Io, work, move |world, entity, result| {
        let result = result.unwrap_or_else(|error| Err(error.into()));
        let wanted = world.get_entity(pending.entity()).is_ok();
        match result {
            Ok(opened) if wanted => {
                let fd = opened.fd();
                let descriptor = OpenDescriptor {
                    id,
                    kind: opened.kind(),
                    fd,
                    retained: false,
                };
                world.entity_mut(entity).insert((descriptor, opened));
                world.reply(pending, Ok(FsOpened { id, fd }));
            }
            // Nobody would ever close what nobody waits for.
            Ok(_) => drop(world.despawn(entity)),
            Err(error) => {
                world.despawn(entity);
                world.reply(pending, Err(error));
            }
        }
    });
    Ok(())
}

/// The handle that an id means to a caller.
fn find(
    world: &World,
    client: Client,
    id: Id,
    kind: Option<DescriptorKind>,
) -> Result<(Entity, &OpenDescriptor), FsError> {
    let key = (client.into(), id);
    let entity = world.resource::<Descriptors>().0.get(&key);
    let entity = *entity.ok_or(FsError::NotOpen(id.0))?;
    let open = world.get::<OpenDescriptor>(entity);
    let open = open.ok_or(FsError::NotOpen(id.0))?;
    match kind {
        Some(DescriptorKind::File) if open.kind != DescriptorKind::File => {
            let wanted = "file";
            Err(FsError::WrongKind { id: id.0, wanted })
        }
        Some(DescriptorKind::Directory) if open.kind != DescriptorKind::Directory => {
            let wanted = "directory";
            Err(FsError::WrongKind { id: id.0, wanted })
        }
        _ => Ok((entity, open)),
    }
}

/// Runs an operation on an open file, in its turn.
pub(super) fn with_file<R>(
    world: &mut World,
    (call, pending): (Call<R>, Pending<R>),
    id: Id,
    work: impl FnOnce(&Call<R>, &File) -> Result<R::Output, FsError> + Send + Sync + 'static,
) -> Result<(), FsError>
where
    R: Route<Error = FsError> + Sync,
{
    let (entity, _) = find(world, call.client, id, Some(DescriptorKind::File))?;
    enqueue(world, entity, |opened| {
        operation(opened, call, pending, move |call, opened| match opened {
            Opened::File(file) => work(call, file),
            Opened::Directory(_) => Err(FsError::NotOpen(id.0)),
        })
    })
}

/// Runs an operation on an open directory, in its turn.
pub(super) fn with_directory<R>(
    world: &mut World,
    (call, pending): (Call<R>, Pending<R>),
    id: Id,
    work: impl FnOnce(&Call<R>, &mut Walk) -> Result<R::Output, FsError> + Send + Sync + 'static,
) -> Result<(), FsError>
where
    R: Route<Error = FsError> + Sync,
{
    let (entity, _) = find(world, call.client, id, Some(DescriptorKind::Directory))?;
    enqueue(world, entity, |opened| {
        operation(opened, call, pending, move |call, opened| match opened {
            Opened::Directory(walk) => work(call, &mut walk.lock()),
            Opened::File(_) => Err(FsError::NotOpen(id.0)),
        })
    })
}

fn operation<R: Route<Error = FsError> + Sync>(
    opened: Opened,
    call: Call<R>,
    pending: Pending<R>,
    work: impl FnOnce(&Call<R>, &Opened) -> Result<R::Output, FsError> + Send + Sync + 'static,
) -> Begin {
    Box::new(move |world, entity| {
        if call.cancel.is_cancelled() {
            return false; // its request is gone, or goes in this tick
        }
        let jobs = world.resource::<Jobs>().clone();
        let work = move || work(&call, &opened);
        jobs.spawn(entity, Lane::Io, work, move |world, entity, result| {
            let result = result.unwrap_or_else(|error| Err(error.into()));
            world.reply(pending, result);
            advance(world, entity);
        });
        true
    })
}

fn enqueue(
    world: &mut World,
    entity: Entity,
    make: impl FnOnce(Opened) -> Begin,
) -> Result<(), FsError> {
    let opened = world.get::<Opened>(entity).cloned();
    let handle = world.get_mut::<Handle>(entity);
    let (Some(opened), Some(mut handle)) = (opened, handle) else {
        return Err(FsError::Aborted); // unreachable: `find` saw them in this same tick
    };
    if handle.waiting.len() >= OPERATIONS_MAX {
        return Err(JobError::Busy(OPERATIONS_MAX).into());
    }
    handle.waiting.push_back(make(opened));
    if !handle.busy {
        advance(world, entity);
    }
    Ok(())
}

/// Begins the next operation of a handle.
fn advance(world: &mut World, entity: Entity) {
    while let Some(mut handle) = world.get_mut::<Handle>(entity) {
        let next = handle.waiting.pop_front();
        handle.busy = next.is_some();
        let Some(begin) = next else { return };
        if begin(world, entity) {
            return;
        }
    }
}

/// Closes a handle after the operations that were begun before. Its id is free at once.
///
/// Unlike other operations it is not skipped when the caller leaves.
fn close_handle<R>(
    world: &mut World,
    client: Client,
    id: Id,
    kind: Option<DescriptorKind>,
    pending: Option<Pending<R>>,
) -> Result<(), FsError>
where
    R: Route<Output = FsOpened, Error = FsError>,
{
    let (entity, open) = find(world, client, id, kind)?;
    let fd = open.fd;
    enqueue(world, entity, |opened| {
        Box::new(move |world, entity| {
            // The last reference, so that the job closes it: on a network that may take long.
            world.entity_mut(entity).remove::<Opened>();
            let jobs = world.resource::<Jobs>().clone();
            let work = move || drop(opened);
            jobs.spawn(entity, Lane::Io, work, move |world, entity, result| {
                world.despawn(entity);
                if let Some(pending) = pending {
                    let opened = FsOpened { id, fd };
                    world.reply(pending, result.map(|()| opened).map_err(FsError::from));
                }
            });
            true
        })
    })?;
    let key = (client.into(), id);
    world.resource_mut::<Descriptors>().0.remove(&key);
    // Queries that count open descriptors no longer see it.
    if let Ok(mut entity) = world.get_entity_mut(entity) {
        entity.remove::<OpenDescriptor>();
    }
    Ok(())
}

type Input<R> = In<(Call<R>, Pending<R>)>;

pub(super) fn close(In((call, pending)): Input<FsClose>, world: &mut World) -> Result<(), FsError> {
    let kind = Some(DescriptorKind::File);
    close_handle(world, call.client, call.id, kind, Some(pending))
}

pub(super) fn closedir(
    In((call, pending)): Input<FsClosedir>,
    world: &mut World,
) -> Result<(), FsError> {
    let kind = Some(DescriptorKind::Directory);
    close_handle(world, call.client, call.id, kind, Some(pending))
}

pub(super) fn close_descriptor(
    In((call, pending)): Input<FsCloseOpenDescriptor>,
    world: &mut World,
) -> Result<(), FsError> {
    close_handle(world, call.client, call.id, None, Some(pending))
}

pub(super) fn close_descriptors(
    In(call): In<Call<FsCloseOpenDescriptors>>,
    world: &mut World,
) -> Result<Vec<Descriptor>, FsError> {
    let preserve = call.preserve_retained.unwrap_or(true);
    let mut closed = Vec::new();
    for open in owned(world, call.client) {
        if !(preserve && open.retained) {
            close_handle::<FsClose>(world, call.client, open.id, None, None)?;
            closed.push((&open).into());
        }
    }
    Ok(closed)
}

pub(super) fn descriptors(
    In(call): In<Call<FsGetOpenDescriptors>>,
    world: &mut World,
) -> Result<Vec<Descriptor>, FsError> {
    let owned = owned(world, call.client);
    Ok(owned.iter().map(Descriptor::from).collect())
}

pub(super) fn retain(
    In(call): In<Call<FsRetainOpenDescriptor>>,
    world: &mut World,
) -> Result<Descriptor, FsError> {
    let (entity, open) = find(world, call.client, call.id, None)?;
    let descriptor = Descriptor::from(open);
    if let Some(mut open) = world.get_mut::<OpenDescriptor>(entity) {
        open.retained = true;
    }
    Ok(descriptor)
}

/// All that a caller has open, by id.
fn owned(world: &World, client: Client) -> Vec<OpenDescriptor> {
    let index = world.resource::<Descriptors>();
    let holder = Holder::from(client);
    let mine = index.0.iter().filter(|(key, _)| key.0 == holder);
    let mut open: Vec<OpenDescriptor> = mine
        .filter_map(|(_, entity)| world.get::<OpenDescriptor>(*entity).cloned())
        .collect();
    open.sort_by_key(|open| open.id);
    open
}
