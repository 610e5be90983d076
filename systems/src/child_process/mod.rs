//! Child processes: routes `child_process.*` and the event `child_process.exit`.
//!
//! A child is an entity. Its program is started on the io lane, or at once if it has just run; its
//! end and its pipes are waited for in the reactor, by a descriptor of the process instead of
//! `SIGCHLD`, which belongs to the host program. What it writes is read ahead a little and then left in the pipe, so that a child
//! which nobody reads waits, also while the application is paused.
//!
//! Rust programs insert a [`ChildProcess`], hear [`ChildStarted`], [`ChildExited`] and
//! [`ChildFailed`], take bytes from [`ChildOutput`] and put some into [`ChildInput`].

mod exec;
mod handle;
mod route;
mod spawn;
mod variable;

use std::collections::HashMap;
use std::ffi::{NulError, OsString};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bevy_app::{App, Plugin};
use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use oro_components::child_process::{
    ChildError, ChildExitEvent, ChildExited, ChildFailed, ChildInput, ChildOutput, ChildProcess,
    ChildStarted,
};
use oro_components::process::{Environment, WorkingDirectory};
use oro_components::timers::{Timer, TimerFired};
use oro_engine::config::{Config, keys};
use oro_engine::prelude::*;
use oro_engine::reactor::{Reactor, Token};
use oro_engine::tick::EmitSystems;

use exec::Exec;
use handle::{Born, Handle, Written};
use spawn::Spares;
use variable::{Inherited, Variables};

/// How long a program that was started is taken to be in memory.
const AT_HAND_MAX: Duration = Duration::from_secs(5);

/// Child processes; see the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct ChildProcessPlugin;

impl Plugin for ChildProcessPlugin {
    fn build(&self, app: &mut App) {
        let config = app.world_mut().get_resource_or_init::<Config>();
        let mut children = Children::default();
        children.children_max = config.get(keys::CHILD_PROCESSES_MAX);
        children.input_max_bytes = config.get(keys::CHILD_INPUT_MAX_BYTES);
        app.insert_resource(children)
            .add_topic::<ChildExitEvent>()
            .add_observer(time_over)
            .add_systems(
                Tick,
                (
                    notice
                        .after(TickSystems::Begin)
                        .before(TickSystems::Poll)
                        .run_if(any_child),
                    // They take the whole World, but touch children and those who wait for them.
                    pump_active
                        .in_set(TickSystems::Poll)
                        .run_if(any_active)
                        .ambiguous_with_all(),
                    pump_changed
                        .in_set(TickSystems::Emit)
                        .before(EmitSystems::Forward)
                        .run_if(any_child)
                        .ambiguous_with_all(),
                ),
            );
        route::build(app);
        exec::build(app);
        let world = app.world_mut();
        world
            .register_component_hooks::<ChildProcess>()
            .on_insert(inserted)
            .on_discard(discarded);
        world
            .register_component_hooks::<Handle>()
            .on_discard(closed);
    }
}

/// The children of the app, by what they are found by.
#[derive(Resource, Default)]
struct Children {
    by_id: HashMap<(Option<Entity>, Id), Entity>,
    by_token: HashMap<Token, Entity>,
    /// Children with something to read, to write or to tell.
    active: Vec<Entity>,
    /// Processes whose entity is gone, until they are collected.
    orphans: HashMap<Token, OwnedFd>,
    count: usize,
    children_max: usize,
    input_max_bytes: usize,
    scratch: Vec<u8>,
    spares: Spares,
    inherited: Inherited,
    /// The program that ran last, and when it was started.
    last: Option<(OsString, Duration)>,
}

impl Drop for Children {
    /// What was killed and not collected yet is collected now, if it has ended.
    fn drop(&mut self) {
        for pidfd in self.orphans.values() {
            handle::collect(pidfd, Duration::ZERO);
        }
    }
}

fn any_child(children: Res<Children>) -> bool {
    !children.by_token.is_empty() || !children.orphans.is_empty()
}

fn any_active(children: Res<Children>) -> bool {
    !children.active.is_empty()
}

fn inserted(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    world.resource_mut::<Children>().count += 1;
    world
        .commands()
        .queue(move |world: &mut World| start(world, entity));
}

fn discarded(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let mut children = world.resource_mut::<Children>();
    children.count = children.count.saturating_sub(1);
    world.commands().queue(move |world: &mut World| {
        if let Ok(mut child) = world.get_entity_mut(entity) {
            child.remove::<Handle>();
        }
    });
}

/// Kills the process of a handle that goes away; its end is collected when it comes.
fn closed(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let Some(mut handle) = world.get_mut::<Handle>(entity) else {
        return;
    };
    let tokens: Vec<Token> = handle.tokens().collect();
    let process = handle.take_process();
    let mut children = world.resource_mut::<Children>();
    for token in tokens {
        children.by_token.remove(&token);
    }
    if let Some((process, token)) = process
        && let Some(pidfd) = process.release()
    {
        children.orphans.insert(token, pidfd);
    }
}

/// Whether one more child may be started; `counted` of them are counted already.
fn room(children: &Children, counted: usize) -> Result<(), ChildError> {
    if children.count < children.children_max + counted {
        Ok(())
    } else {
        let max = children.children_max;
        Err(ChildError::TooMany { max })
    }
}

/// Starts the program of a child on the io lane.
fn start(world: &mut World, entity: Entity) {
    let Some(mut child) = world.get::<ChildProcess>(entity).cloned() else {
        return;
    };
    if let Err(error) = room(world.resource::<Children>(), 1) {
        return fail(world, entity, error);
    }
    let env = match child.env.take() {
        Some(own) => Variables::new(own).map(Arc::new),
        None => inherited(world),
    };
    let directory = world.get_resource::<WorkingDirectory>();
    let directory = directory.map(WorkingDirectory::get).unwrap_or_default();
    let mut cwd = child
        .cwd
        .take()
        .map_or_else(|| directory.clone(), |path| directory.join(path));
    if cwd.as_os_str().is_empty() {
        cwd = PathBuf::from(".");
    }
    let here = is_at_hand(world, &child);
    let spares = world.resource::<Children>().spares.clone();
    let jobs = world.resource::<Jobs>().clone();
    let work = move || handle::start(&child, &cwd, env, &spares);
    if here {
        return begin(world, entity, work());
    }
    jobs.spawn(entity, Lane::Io, work, |world, entity, result| {
        begin(
            world,
            entity,
            result.unwrap_or_else(|error| Err(error.into())),
        );
    });
}

fn inherited(world: &mut World) -> Result<Arc<Variables>, NulError> {
    if !world.contains_resource::<Environment>() {
        return Ok(Arc::default());
    }
    world.resource_scope(|world, mut children: Mut<Children>| {
        children.inherited.get(world.resource_ref::<Environment>())
    })
}

/// Whether a program is started here and not on the lane, whose thread sleeps: it has just run, so
/// that it is in memory and takes 0.1 ms, and no other child runs that would come with it.
fn is_at_hand(world: &mut World, child: &ChildProcess) -> bool {
    let now = world.resource::<Clock>().real();
    let mut children = world.resource_mut::<Children>();
    let (alone, program) = (children.by_token.is_empty(), child.program.clone());
    let last = children.last.replace((program, now));
    alone && last.is_some_and(|(last, at)| last == child.program && now < at + AT_HAND_MAX)
}

fn begin(world: &mut World, entity: Entity, born: Result<Born, ChildError>) {
    match born.and_then(|born| adopt(world, entity, born)) {
        Ok(()) => pump(world, entity),
        Err(error) => fail(world, entity, error),
    }
}

/// Takes over a child that runs.
fn adopt(world: &mut World, entity: Entity, born: Born) -> Result<(), ChildError> {
    let Some(child) = world.get::<ChildProcess>(entity) else {
        return Ok(()); // removed meanwhile: dropping the child kills it
    };
    let (timeout, output_max) = (child.timeout, child.output_max_bytes);
    let mut reactor = world.resource_mut::<Reactor>();
    let handle = Handle::new(born, &mut reactor, output_max)?;
    let pid = handle.process().map(handle::Process::pid);
    let mut children = world.resource_mut::<Children>();
    for token in handle.tokens() {
        children.by_token.insert(token, entity);
    }
    let ended = [handle.outputs[0].is_none(), handle.outputs[1].is_none()];
    let mut entity_mut = world.entity_mut(entity);
    if let Some(mut output) = entity_mut.get_mut::<ChildOutput>() {
        output.ended = ended;
    }
    entity_mut.insert(handle);
    if let Some(timeout) = timeout {
        // An entity of its own, because a timer that has fired is despawned.
        world.spawn((Timer::after(timeout), TimeLimit(entity), OwnedBy(entity)));
    }
    let pid = pid.unwrap_or_default();
    route::started(world, entity, pid);
    world.trigger(ChildStarted { child: entity, pid });
    Ok(())
}

/// Tells that a child cannot be started.
fn fail(world: &mut World, entity: Entity, error: ChildError) {
    world.trigger(ChildFailed {
        child: entity,
        error: error.clone(),
    });
    if exec::failed(world, entity, &error) || route::failed(world, entity, &error) {
        return;
    }
    if let Ok(mut entity) = world.get_entity_mut(entity) {
        entity.remove::<ChildProcess>();
    }
}

/// Notes which children have something, also while paused: the reactor tells only once.
fn notice(reactor: Res<Reactor>, mut children: ResMut<Children>, mut handles: Query<&mut Handle>) {
    for ready in reactor.ready() {
        if let Some(pidfd) = children.orphans.remove(&ready.token) {
            spawn::reap(&pidfd);
            continue;
        }
        let Some(&entity) = children.by_token.get(&ready.token) else {
            continue;
        };
        let Ok(mut handle) = handles.get_mut(entity) else {
            continue;
        };
        handle.notice(ready.token);
        if !std::mem::replace(&mut handle.active, true) {
            children.active.push(entity);
        }
    }
}

fn pump_active(world: &mut World) {
    for entity in std::mem::take(&mut world.resource_mut::<Children>().active) {
        pump(world, entity);
    }
}

/// Children whose output was taken, or that were given input, in this tick.
type Touched = (
    With<Handle>,
    Or<(Changed<ChildInput>, Changed<ChildOutput>)>,
);

fn pump_changed(world: &mut World, touched: &mut QueryState<Entity, Touched>) {
    let touched: Vec<Entity> = touched.iter(world).collect();
    for entity in touched {
        pump(world, entity);
    }
}

/// Moves bytes between a child and its entity, answers who waits for them, and tells of the end.
fn pump(world: &mut World, entity: Entity) {
    let mut scratch = std::mem::take(&mut world.resource_mut::<Children>().scratch);
    let moved = transfer(world, entity, &mut scratch);
    world.resource_mut::<Children>().scratch = scratch;
    let Some(written) = moved else { return };
    route::written(world, entity, written);
    route::serve(world, entity);
    exec::check(world, entity);
    let mut handle = world.get_mut::<Handle>(entity);
    let ended = handle.as_mut().and_then(|handle| handle.ended());
    if let Some(status) = ended {
        // What it wrote before its end is there now.
        route::exited(world, entity, status);
        world.trigger(ChildExited {
            child: entity,
            status,
        });
        pump(world, entity);
        return;
    }
    route::finish(world, entity);
    exec::finish(world, entity);
}

fn transfer(world: &mut World, entity: Entity, scratch: &mut Vec<u8>) -> Option<Written> {
    let mut child = world.get_entity_mut(entity).ok()?;
    let parts = child.get_components_mut::<(&mut Handle, &mut ChildInput, &mut ChildOutput)>();
    let (mut handle, mut input, mut output) = parts.ok()?;
    handle.active = false;
    let written = handle.write(input.bypass_change_detection());
    // Whoever looks for changes of the output sees those only that bring something.
    let mut changed = false;
    for at in 0..2 {
        let output = output.bypass_change_detection();
        if output.ended[at] {
            continue;
        }
        let buffer = match at {
            0 => &mut output.stdout,
            _ => &mut output.stderr,
        };
        let before = buffer.len();
        output.ended[at] = handle.read(at, scratch, buffer);
        changed |= output.ended[at] || buffer.len() > before;
    }
    if changed {
        output.set_changed();
    }
    Some(written)
}

/// The timer of a child that may only run so long.
#[derive(Component)]
struct TimeLimit(Entity);

/// Ends a child whose time is over.
fn time_over(
    fired: On<TimerFired>,
    limits: Query<&TimeLimit>,
    mut children: Query<(&ChildProcess, &Handle, Option<&mut Exec>)>,
) {
    let Ok(limit) = limits.get(fired.entity) else {
        return;
    };
    let Ok((child, handle, exec)) = children.get_mut(limit.0) else {
        return;
    };
    if let Some(mut exec) = exec {
        exec.timed_out = true;
    }
    if let Some(process) = handle.process()
        && let Err(error) = process.kill(child.kill_signal)
    {
        tracing::warn!(%error, pid = process.pid(), "a child whose time is over cannot be ended");
    }
}
