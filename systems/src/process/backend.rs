//! The program beside the application: routes `process.open`, `process.write`, `process.kill`;
//! events `process.message` and `process.exit`.
//!
//! There is one at most. It is a child process like others, and so it ends with the application.

use std::path::PathBuf;

use bevy_app::App;
use bevy_ecs::prelude::*;
use bytes::BytesMut;
use oro_components::child_process::{
    ChildExited, ChildFailed, ChildInput, ChildOutput, ChildProcess, ChildStarted, Stdio,
};
use oro_components::process::{
    Backend, BackendError, ProcessExit, ProcessKill, ProcessMessage, ProcessOpen, ProcessWrite,
    WorkingDirectory,
};
use oro_components::window::WindowIndex;
use oro_engine::config::{Config, keys};
use oro_engine::prelude::*;
use oro_engine::request::Address;
use serde::Deserialize;

use crate::signal;

/// The longest line that is read; what is longer is thrown away. It is below what a child may have
/// written ahead, so that the child never waits for a line to end.
const LINE_MAX_BYTES: usize = 1 << 19;
/// What a line begins with that is an event for pages.
const SEND: &str = "send";

/// Marks the backend.
#[derive(Component)]
struct Beside {
    backend: Backend,
    /// Who waits for the start.
    opening: Vec<Pending<ProcessOpen>>,
}

pub(super) fn build(app: &mut App) {
    app.add_topic::<ProcessMessage>()
        .add_topic::<ProcessExit>()
        .add_deferred::<ProcessOpen, _>(open)
        .add_route::<ProcessWrite, _>(write)
        .add_route::<ProcessKill, _>(kill)
        .add_observer(started)
        .add_observer(failed)
        .add_observer(exited)
        .add_systems(
            Tick,
            read.in_set(TickSystems::Update)
                .run_if(any_with_component::<Beside>),
        );
}

fn open(
    In((call, pending)): In<(Call<ProcessOpen>, Pending<ProcessOpen>)>,
    config: Res<Config>,
    directory: Res<WorkingDirectory>,
    mut running: Query<(Entity, &mut Beside)>,
    mut commands: Commands,
) -> Result<(), BackendError> {
    let mut words = config.get(keys::CMD).iter();
    let cmd = words.next().ok_or(BackendError::NoCommand)?;
    for (entity, mut beside) in &mut running {
        if call.force {
            commands.entity(entity).despawn();
        } else if beside.backend.pid == 0 {
            beside.opening.push(pending);
            return Ok(());
        } else {
            commands.reply(pending, Ok(beside.backend.clone()));
            return Ok(());
        }
    }
    let argv: Vec<String> = words.cloned().collect();
    let stdio = [Stdio::Pipe, Stdio::Pipe, Stdio::Inherit];
    let child = ChildProcess::new(PathBuf::from(cmd), argv.clone()).stdio(stdio);
    let backend = Backend {
        cmd: cmd.clone(),
        argv,
        path: directory.get().to_string_lossy().into_owned(),
        pid: 0,
    };
    let opening = vec![pending];
    commands.spawn((child, Beside { backend, opening }));
    Ok(())
}

fn started(started: On<ChildStarted>, mut running: Query<&mut Beside>, mut commands: Commands) {
    if let Ok(mut beside) = running.get_mut(started.child) {
        beside.backend.pid = started.pid;
        for pending in std::mem::take(&mut beside.opening) {
            commands.reply(pending, Ok(beside.backend.clone()));
        }
    }
}

fn failed(failed: On<ChildFailed>, mut running: Query<&mut Beside>, mut commands: Commands) {
    if let Ok(mut beside) = running.get_mut(failed.child) {
        for pending in std::mem::take(&mut beside.opening) {
            commands.reply(pending, Err(failed.error.clone().into()));
        }
        commands.entity(failed.child).despawn();
    }
}

fn write(
    In(call): In<Call<ProcessWrite>>,
    config: Res<Config>,
    mut running: Query<(&Beside, &mut ChildInput)>,
) -> Result<Empty, BackendError> {
    let mut running = running
        .iter_mut()
        .filter(|(beside, _)| beside.backend.pid != 0);
    let (_, mut input) = running.next().ok_or(BackendError::NotRunning)?;
    if call.value.contains('\n') {
        return Err(BackendError::Line);
    }
    let waiting = input.bytes.len();
    if waiting > config.get(keys::CHILD_INPUT_MAX_BYTES) {
        return Err(BackendError::Backlog { waiting });
    }
    input.bytes.extend_from_slice(call.value.as_bytes());
    input.bytes.extend_from_slice(b"\n");
    Ok(Empty {})
}

fn kill(
    _: In<Call<ProcessKill>>,
    running: Query<Entity, With<Beside>>,
    mut exits: MessageWriter<ProcessExit>,
    mut commands: Commands,
) -> Result<Empty, BackendError> {
    if running.is_empty() {
        return Err(BackendError::NotRunning);
    }
    for entity in &running {
        commands.entity(entity).despawn();
        exits.write(ProcessExit {
            code: None,
            signal: Some(signal::name(rustix::process::Signal::KILL.as_raw())),
        });
    }
    Ok(Empty {})
}

/// Reads what the backend has written since the last tick.
fn read(
    mut running: Query<&mut ChildOutput, (With<Beside>, Changed<ChildOutput>)>,
    windows: Query<(Entity, &WindowIndex)>,
    mut messages: MessageWriter<ProcessMessage>,
) {
    for mut output in &mut running {
        messages.write_batch(lines(&mut output.stdout).filter_map(|line| message(&line, &windows)));
    }
}

/// Tells of the end, after what was written before it.
fn exited(
    exited: On<ChildExited>,
    mut running: Query<&mut ChildOutput, With<Beside>>,
    windows: Query<(Entity, &WindowIndex)>,
    mut messages: MessageWriter<ProcessMessage>,
    mut exits: MessageWriter<ProcessExit>,
    mut commands: Commands,
) {
    let Ok(mut output) = running.get_mut(exited.child) else {
        return;
    };
    output.stdout.extend_from_slice(b"\n");
    messages.write_batch(lines(&mut output.stdout).filter_map(|line| message(&line, &windows)));
    exits.write(ProcessExit {
        code: exited.status.code,
        signal: exited.status.signal.map(signal::name),
    });
    commands.entity(exited.child).despawn();
}

/// Takes the lines that have ended.
fn lines(buffer: &mut BytesMut) -> impl Iterator<Item = String> + use<> {
    let whole = match buffer.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => buffer.split_to(last + 1),
        None => BytesMut::new(),
    };
    if buffer.len() >= LINE_MAX_BYTES {
        tracing::warn!(bytes = buffer.len(), "a line of the backend is too long");
        buffer.clear();
    }
    let text = String::from_utf8_lossy(&whole).into_owned();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.into_iter()
}

/// What a line means; lines that are no events are the backend's log.
fn message(line: &str, windows: &Query<(Entity, &WindowIndex)>) -> Option<ProcessMessage> {
    if line.is_empty() {
        return None;
    }
    let Some(sent) = parse(line) else {
        tracing::info!(target: "backend", "{line}");
        return None;
    };
    let mut window = None;
    if let Some(index) = sent.index {
        let found = windows.iter().find(|(_, it)| it.0 == index);
        let Some((entity, _)) = found else {
            tracing::warn!(index, event = sent.event, "the backend names no window");
            return None;
        };
        window = Some(entity);
    }
    Some(ProcessMessage {
        event: sent.event,
        value: serde_json::from_str(&sent.value).unwrap_or(sent.value.into()),
        window,
    })
}

/// The event of a line.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Sent {
    event: String,
    #[serde(default = "null")]
    value: String,
    #[serde(skip)]
    index: Option<u32>,
}

fn null() -> String {
    "null".to_owned()
}

fn parse(line: &str) -> Option<Sent> {
    let address = Address::parse(line).ok()?;
    if address.head.source != SEND {
        return None;
    }
    let mut sent: Sent = serde_html_form::from_str(&address.query).ok()?;
    sent.index = address.head.index;
    (!sent.event.is_empty()).then_some(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_events_or_none() {
        let sent = |event: &str, value: &str, index| {
            Some(Sent {
                event: event.into(),
                value: value.into(),
                index,
            })
        };
        for (line, want) in [
            ("ipc://send?event=a", sent("a", "null", None)),
            ("ipc://send?event=a&value=1", sent("a", "1", None)),
            (
                "ipc://send?event=a%20b&value=%7B%22x%22%3A1%7D&index=2",
                sent("a b", "{\"x\":1}", Some(2)),
            ),
            ("ipc://send?value=1", None),
            ("ipc://send?event=a&index=x", None),
            ("ipc://other?event=a", None),
            ("hello", None),
        ] {
            assert_eq!(parse(line), want, "{line}");
        }
    }

    #[test]
    fn only_lines_that_have_ended_are_taken() {
        let mut buffer = BytesMut::from(&b"one\r\ntwo\nthr"[..]);
        assert_eq!(lines(&mut buffer).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(&buffer[..], b"thr");
        buffer.extend_from_slice(&vec![b'x'; LINE_MAX_BYTES]);
        assert_eq!(lines(&mut buffer).count(), 0);
        assert!(buffer.is_empty(), "what is too long is thrown away");
    }
}
