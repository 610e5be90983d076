//! Children of pages: by ids of their own, with requests that wait for bytes.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use bevy_app::App;
use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use bytes::BytesMut;
use oro_components::child_process::{
    ChildClose, ChildError, ChildExitEvent, ChildInput, ChildKill, ChildOutput, ChildProcess,
    ChildRead, ChildSpawn, ChildSpawned, ChildStatus, ChildWrite, SignalWord, Stdio, Variables,
    Words,
};
use oro_engine::prelude::*;

use super::handle::{Handle, Written};
use super::{Children, pump, room};
use crate::signal;

/// Requests that may wait for one pipe.
const WAITING_MAX: usize = 1024;

/// A child that was started by a route.
#[derive(Component)]
pub(super) struct PageChild {
    id: Id,
    window: Option<Entity>,
    /// Who waits for the start.
    starting: Option<Pending<ChildSpawn>>,
    /// Who waits for output, and how many bytes they take at most.
    reads: [VecDeque<(Pending<ChildRead>, usize)>; 2],
    /// Who waits until so many bytes were written in total.
    writes: VecDeque<(Pending<ChildWrite>, u64)>,
    /// Bytes of input that were given, and that were written.
    given: u64,
    written: u64,
    /// The page was told of the end of the process, and of the end of each output.
    told: bool,
    told_ends: [bool; 2],
}

pub(super) fn build(app: &mut App) {
    app.add_deferred::<ChildSpawn, _>(spawn)
        .add_deferred::<ChildRead, _>(read)
        .add_deferred::<ChildWrite, _>(write)
        .add_route::<ChildClose, _>(close)
        .add_route::<ChildKill, _>(kill);
    app.world_mut()
        .register_component_hooks::<PageChild>()
        .on_discard(forgotten);
}

/// Answers whoever waits for a child that goes away: despawned requests are aborted.
fn forgotten(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let Some(mut page) = world.get_mut::<PageChild>(entity) else {
        return;
    };
    let key = (page.window, page.id);
    let mut waiting: Vec<Entity> = page.writes.drain(..).map(|(w, _)| w.entity()).collect();
    for reads in &mut page.reads {
        waiting.extend(reads.drain(..).map(|(read, _)| read.entity()));
    }
    waiting.extend(page.starting.take().map(|pending| pending.entity()));
    world.resource_mut::<Children>().by_id.remove(&key);
    for request in waiting {
        world.commands().entity(request).try_despawn();
    }
}

/// The parameters that `spawn` and `exec` share.
pub(super) struct Program {
    pub args: Words,
    pub argv0: Option<String>,
    pub cwd: Option<String>,
    pub env: Option<Variables>,
    pub stdio: [Stdio; 3],
    pub ids: (Option<u32>, Option<u32>),
    pub timeout: Option<f64>,
    pub kill_signal: Option<SignalWord>,
}

impl Program {
    pub fn into_child(self) -> Result<ChildProcess, ChildError> {
        let mut words = self.args.into_list().into_iter();
        let program = words.next().filter(|word| !word.is_empty());
        let mut child = ChildProcess::new(program.ok_or(ChildError::NoProgram)?, words);
        let texts = child.args.iter().chain([&child.program]);
        if texts.into_iter().any(has_zero) {
            return Err(invalid("args", "a word has a zero byte inside"));
        }
        child.argv0 = self.argv0.map(OsString::from);
        child.cwd = self.cwd.filter(|cwd| !cwd.is_empty()).map(PathBuf::from);
        child.env = self.env.map(environment).transpose()?;
        child.stdio = self.stdio;
        (child.uid, child.gid) = self.ids;
        child.timeout = milliseconds(self.timeout)?;
        if let Some(word) = self.kill_signal {
            child.kill_signal = signal_number("killSignal", &word)?;
        }
        Ok(child)
    }
}

fn has_zero(text: &OsString) -> bool {
    text.as_encoded_bytes().contains(&0)
}

fn environment(variables: Variables) -> Result<Vec<(OsString, OsString)>, ChildError> {
    let pairs = variables.into_pairs().into_iter();
    pairs
        .map(|(name, value)| {
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(invalid("env", &format!("'{name}' cannot be a name")));
            }
            if value.contains('\0') {
                return Err(invalid("env", &format!("'{name}' has a zero byte inside")));
            }
            Ok((name.into(), value.into()))
        })
        .collect()
}

fn milliseconds(value: Option<f64>) -> Result<Option<Duration>, ChildError> {
    let Some(value) = value.filter(|value| *value != 0.0) else {
        return Ok(None);
    };
    let time = Duration::try_from_secs_f64(value / 1e3);
    let reason = || format!("{value} is not a time of 0 ms or more");
    time.map(Some).map_err(|_| invalid("timeout", &reason()))
}

fn invalid(param: &'static str, reason: &str) -> ChildError {
    ChildError::Invalid {
        param,
        reason: reason.to_owned(),
    }
}

fn signal_number(param: &'static str, word: &SignalWord) -> Result<i32, ChildError> {
    let number = match word {
        SignalWord::Number(number) => Some(*number),
        SignalWord::Name(name) => name.parse().ok().or_else(|| signal::number(name)),
    };
    number
        .filter(|number| (0..=libc::SIGRTMAX()).contains(number))
        .ok_or_else(|| invalid(param, &format!("{word:?} is not a signal")))
}

/// The caller's child of that id.
fn find(world: &World, client: Client, id: Id) -> Result<Entity, ChildError> {
    let children = world.resource::<Children>();
    let entity = children.by_id.get(&(client.window(), id)).copied();
    entity.ok_or(ChildError::NotFound(id))
}

type Input<R> = In<(Call<R>, Pending<R>)>;

fn spawn(In((call, pending)): Input<ChildSpawn>, world: &mut World) -> Result<(), ChildError> {
    let (client, params) = (call.client, call.params);
    let window = client.window();
    if window.is_some_and(|window| world.get_entity(window).is_err()) {
        return Err(ChildError::Aborted);
    }
    let children = world.resource::<Children>();
    room(children, 0)?;
    // A random id needs random bytes; a system that has none left is out of order.
    let id = params.id.map_or_else(Id::random, Ok);
    let id = id.map_err(|_| ChildError::Job(oro_engine::job::JobError::Closed))?;
    if children.by_id.contains_key(&(window, id)) {
        return Err(ChildError::IdTaken(id));
    }
    let program = Program {
        args: params.args,
        argv0: params.argv0,
        cwd: params.cwd,
        env: params.env,
        stdio: [params.stdin, params.stdout, params.stderr],
        ids: (params.uid, params.gid),
        timeout: params.timeout,
        kill_signal: params.kill_signal,
    };
    let mut child = program.into_child()?;
    child.detached = params.detached;
    let page = PageChild {
        id,
        window,
        starting: Some(pending),
        reads: [VecDeque::new(), VecDeque::new()],
        writes: VecDeque::new(),
        given: 0,
        written: 0,
        told: false,
        told_ends: [1, 2].map(|fd| child.stdio[fd] != Stdio::Pipe),
    };
    let entity = match window {
        Some(window) => world.spawn((page, OwnedBy(window))).id(),
        None => world.spawn(page).id(),
    };
    world
        .resource_mut::<Children>()
        .by_id
        .insert((window, id), entity);
    world.entity_mut(entity).insert(child);
    Ok(())
}

/// Answers that a child runs.
pub(super) fn started(world: &mut World, entity: Entity, pid: u32) {
    let Some(mut page) = world.get_mut::<PageChild>(entity) else {
        return;
    };
    let id = page.id;
    if let Some(pending) = page.starting.take() {
        world.reply(pending, Ok(ChildSpawned { id, pid }));
    }
}

/// Answers that a child cannot be started. False if it is no page's.
pub(super) fn failed(world: &mut World, entity: Entity, error: &ChildError) -> bool {
    let Some(mut page) = world.get_mut::<PageChild>(entity) else {
        return false;
    };
    let pending = page.starting.take();
    // First the despawn: who hears the error may use the id again.
    world.despawn(entity);
    if let Some(pending) = pending {
        world.reply(pending, Err(error.clone()));
    }
    true
}

fn read(In((call, pending)): Input<ChildRead>, world: &mut World) -> Result<(), ChildError> {
    let entity = find(world, call.client, call.id)?;
    let (at, name) = match call.fd {
        1 => (0, "stdout"),
        2 => (1, "stderr"),
        _ => return Err(invalid("fd", "it is 1 or 2")),
    };
    let piped = world
        .get::<ChildProcess>(entity)
        .is_some_and(|child| child.stdio[at + 1] == Stdio::Pipe);
    if !piped {
        return Err(ChildError::NoPipe(name));
    }
    let Some(mut page) = world.get_mut::<PageChild>(entity) else {
        return Err(ChildError::NotFound(call.id));
    };
    if page.reads[at].len() >= WAITING_MAX {
        let waiting = page.reads[at].len();
        return Err(ChildError::Backlog { waiting });
    }
    let max = call.max.unwrap_or(usize::MAX).max(1);
    page.reads[at].push_back((pending, max));
    pump(world, entity);
    Ok(())
}

/// Answers those who wait for output, as far as there is some.
pub(super) fn serve(world: &mut World, entity: Entity) {
    if world.get::<PageChild>(entity).is_none() || world.get::<Handle>(entity).is_none() {
        return;
    }
    for at in 0..2 {
        while let Some((pending, bytes)) = next_read(world, entity, at) {
            world.reply(pending, Ok(bytes));
        }
    }
}

fn next_read(world: &mut World, entity: Entity, at: usize) -> Option<(Pending<ChildRead>, Bytes)> {
    loop {
        let page = world.get::<PageChild>(entity)?;
        let (first, _) = page.reads[at].front()?;
        // Whoever left must not take bytes along.
        let left = world.get_entity(first.entity()).is_err();
        let output = world.get::<ChildOutput>(entity)?;
        if !left && !output.ended[at] && buffer(output, at).is_empty() {
            return None;
        }
        let mut page = world.get_mut::<PageChild>(entity)?;
        let (pending, max) = page.reads[at].pop_front()?;
        if left {
            continue;
        }
        let mut output = world.get_mut::<ChildOutput>(entity)?;
        let buffer = match at {
            0 => &mut output.stdout,
            _ => &mut output.stderr,
        };
        let bytes = if buffer.len() > max {
            buffer.split_to(max)
        } else {
            std::mem::take(buffer)
        };
        if bytes.is_empty()
            && let Some(mut page) = world.get_mut::<PageChild>(entity)
        {
            page.told_ends[at] = true;
        }
        return Some((pending, Bytes(bytes.freeze())));
    }
}

fn buffer(output: &ChildOutput, at: usize) -> &BytesMut {
    match at {
        0 => &output.stdout,
        _ => &output.stderr,
    }
}

fn write(In((call, pending)): Input<ChildWrite>, world: &mut World) -> Result<(), ChildError> {
    let entity = find(world, call.client, call.id)?;
    let max = world.resource::<Children>().input_max_bytes;
    let open = world
        .get::<Handle>(entity)
        .is_some_and(|handle| handle.stdin.is_some());
    let piped = world
        .get::<ChildProcess>(entity)
        .is_some_and(|child| child.stdio[0] == Stdio::Pipe);
    if !piped {
        return Err(ChildError::NoPipe("stdin"));
    }
    let mut child = world.entity_mut(entity);
    let parts = child.get_components_mut::<(&mut ChildInput, &mut PageChild)>();
    let Ok((mut input, mut page)) = parts else {
        return Err(ChildError::NotFound(call.id));
    };
    if input.end {
        return Err(ChildError::Ended);
    }
    if !open && page.starting.is_none() {
        return Err(ChildError::BrokenPipe);
    }
    let waiting = input.bytes.len();
    if waiting > 0 && waiting + call.body.len() > max {
        return Err(ChildError::Backlog { waiting });
    }
    input.bytes.extend_from_slice(&call.body);
    input.end = call.end;
    page.given += call.body.len() as u64;
    let until = page.given;
    page.writes.push_back((pending, until));
    pump(world, entity);
    Ok(())
}

/// Answers those whose bytes were written.
pub(super) fn written(world: &mut World, entity: Entity, written: Written) {
    let Some(mut page) = world.get_mut::<PageChild>(entity) else {
        return;
    };
    let broken = match written {
        Written::Bytes(count) => {
            page.written += count as u64;
            false
        }
        Written::Broken => true,
    };
    loop {
        let Some(mut page) = world.get_mut::<PageChild>(entity) else {
            return;
        };
        let done = page.written;
        let next = page
            .writes
            .pop_front_if(|(_, until)| broken || *until <= done);
        let Some((pending, until)) = next else {
            return;
        };
        let result = if until <= done {
            Ok(Empty {})
        } else {
            Err(ChildError::BrokenPipe)
        };
        world.reply(pending, result);
    }
}

fn close(In(call): In<Call<ChildClose>>, world: &mut World) -> Result<Empty, ChildError> {
    let entity = find(world, call.client, call.id)?;
    let Some(mut handle) = world.get_mut::<Handle>(entity) else {
        return Err(ChildError::NotFound(call.id));
    };
    match call.fd {
        0 => handle.stdin = None,
        1 | 2 => {
            let at = usize::from(call.fd) - 1;
            handle.outputs[at] = None;
            if let Some(mut page) = world.get_mut::<PageChild>(entity) {
                page.told_ends[at] = true;
            }
            if let Some(mut output) = world.get_mut::<ChildOutput>(entity) {
                output.ended[at] = true;
                match at {
                    0 => output.stdout.clear(),
                    _ => output.stderr.clear(),
                }
            }
        }
        _ => return Err(invalid("fd", "it is 0, 1 or 2")),
    }
    if call.fd == 0
        && let Some(mut input) = world.get_mut::<ChildInput>(entity)
    {
        input.end = true;
        let unwritten = !input.bytes.is_empty();
        input.bytes.clear();
        if unwritten {
            written(world, entity, Written::Broken);
        }
    }
    pump(world, entity);
    Ok(Empty {})
}

fn kill(In(call): In<Call<ChildKill>>, world: &mut World) -> Result<Empty, ChildError> {
    let entity = find(world, call.client, call.id)?;
    let number = match &call.signal {
        Some(word) => signal_number("signal", word)?,
        None => libc::SIGTERM,
    };
    let process = world.get::<Handle>(entity).and_then(Handle::process);
    let sent = process.map_or(Ok(false), |process| process.kill(number))?;
    if sent {
        Ok(Empty {})
    } else {
        Err(ChildError::NotFound(call.id))
    }
}

/// Tells the page that its child has ended.
pub(super) fn exited(world: &mut World, entity: Entity, status: ChildStatus) {
    let Some(mut page) = world.get_mut::<PageChild>(entity) else {
        return;
    };
    page.told = true;
    let event = ChildExitEvent {
        id: page.id,
        code: status.code,
        signal: status.signal.map(signal::name),
        window: page.window,
    };
    world.write_message(event);
}

/// Forgets a child of which the page knows all.
pub(super) fn finish(world: &mut World, entity: Entity) {
    let page = world.get::<PageChild>(entity);
    let told = page.is_some_and(|page| page.told && page.told_ends == [true; 2]);
    let handle = world.get_mut::<Handle>(entity);
    if handle.is_some_and(|mut handle| handle.is_over()) && told {
        world.despawn(entity);
    }
}
