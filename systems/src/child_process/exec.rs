//! `child_process.exec`: runs a program to its end and answers with all that it wrote.
//!
//! The child belongs to the request: it is killed when nobody waits for the answer any more.

use bevy_app::App;
use bevy_ecs::prelude::*;
use bytes::BytesMut;
use oro_components::child_process::{
    ChildError, ChildExec, ChildInput, ChildOutput, ChildProcess, ChildResult, Stdio,
};
use oro_engine::prelude::*;

use super::handle::Handle;
use super::route::Program;
use super::{Children, room};
use crate::signal;

/// Bytes of an output, unless the caller allows more or less.
const BUFFER_BYTES: f64 = (1 << 20) as f64;

/// A child that somebody waits for to end.
#[derive(Component)]
pub(super) struct Exec {
    pending: Option<Pending<ChildExec>>,
    max: usize,
    pid: u32,
    overflow: Option<&'static str>,
    pub timed_out: bool,
}

pub(super) fn build(app: &mut App) {
    app.add_deferred::<ChildExec, _>(exec);
}

fn exec(
    In((call, pending)): In<(Call<ChildExec>, Pending<ChildExec>)>,
    world: &mut World,
) -> Result<(), ChildError> {
    room(world.resource::<Children>(), 0)?;
    let (params, body) = (call.params, call.body);
    let max = params.max_buffer.unwrap_or(BUFFER_BYTES);
    if max.is_nan() || max < 0.0 {
        return Err(ChildError::Invalid {
            param: "maxBuffer",
            reason: format!("{max} is not a size"),
        });
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is positive, and more than there can be is no limit"
    )]
    let max = max as usize;
    let program = Program {
        args: params.args,
        argv0: params.argv0,
        cwd: params.cwd,
        env: params.env,
        stdio: [Stdio::Pipe, params.stdout, params.stderr],
        ids: (params.uid, params.gid),
        timeout: params.timeout,
        kill_signal: params.kill_signal,
    };
    let mut child = program.into_child()?;
    // One byte more than allowed tells that it is too much.
    child.output_max_bytes = max.saturating_add(1);
    let input = ChildInput {
        bytes: BytesMut::from(&body[..]),
        end: true,
    };
    let owner = OwnedBy(pending.entity());
    let exec = Exec {
        pending: Some(pending),
        max,
        pid: 0,
        overflow: None,
        timed_out: false,
    };
    world.spawn((exec, input, owner, child));
    Ok(())
}

/// Answers that a child cannot be started. False if nobody waits for it so.
pub(super) fn failed(world: &mut World, entity: Entity, error: &ChildError) -> bool {
    let Some(mut exec) = world.get_mut::<Exec>(entity) else {
        return false;
    };
    let pending = exec.pending.take();
    world.despawn(entity);
    if let Some(pending) = pending {
        world.reply(pending, Err(error.clone()));
    }
    true
}

/// Ends a child that writes too much.
pub(super) fn check(world: &mut World, entity: Entity) {
    type Parts<'a> = (
        &'a mut Exec,
        &'a mut ChildOutput,
        &'a mut Handle,
        &'a ChildProcess,
    );
    let Ok(mut child) = world.get_entity_mut(entity) else {
        return;
    };
    let Ok((mut exec, mut output, mut handle, child)) = child.get_components_mut::<Parts>() else {
        return;
    };
    if let Some(process) = handle.process() {
        exec.pid = process.pid();
    }
    let max = exec.max;
    let output = output.bypass_change_detection();
    for (at, name) in ["stdout", "stderr"].into_iter().enumerate() {
        let buffer = match at {
            0 => &mut output.stdout,
            _ => &mut output.stderr,
        };
        if buffer.len() <= max {
            continue;
        }
        buffer.truncate(max);
        exec.overflow.get_or_insert(name);
        // A child that ignores the signal gets SIGPIPE when it goes on.
        handle.outputs[at] = None;
        output.ended[at] = true;
        if let Some(process) = handle.process()
            && let Err(error) = process.kill(child.kill_signal)
        {
            tracing::warn!(%error, "a child that writes too much cannot be ended");
        }
    }
}

/// Answers when the child has ended and all of its output is there.
pub(super) fn finish(world: &mut World, entity: Entity) {
    type Parts<'a> = (&'a mut Exec, &'a mut ChildOutput, &'a mut Handle);
    let Ok(mut child) = world.get_entity_mut(entity) else {
        return;
    };
    let Ok((mut exec, mut output, mut handle)) = child.get_components_mut::<Parts>() else {
        return;
    };
    let Some(status) = handle.status.filter(|_| handle.is_over()) else {
        return;
    };
    let Some(pending) = exec.pending.take() else {
        return;
    };
    let result = ChildResult {
        pid: exec.pid,
        code: status.code,
        signal: status.signal.map(signal::name),
        stdout: output.stdout.len(),
        stderr: output.stderr.len(),
        timed_out: exec.timed_out,
        overflow: exec.overflow.map(str::to_owned),
    };
    let frame = frame(&result, &output);
    output.stdout.clear();
    output.stderr.clear();
    // Answering despawns the request, and the child with it.
    world.reply(pending, Ok(frame));
}

fn frame(result: &ChildResult, output: &ChildOutput) -> Bytes {
    // A struct of numbers and texts cannot fail to be JSON.
    let head = serde_json::to_vec(result).unwrap_or_default();
    let len = u32::try_from(head.len()).unwrap_or_default();
    let mut frame = Vec::with_capacity(4 + head.len() + output.stdout.len() + output.stderr.len());
    frame.extend_from_slice(&len.to_le_bytes());
    frame.extend_from_slice(&head);
    frame.extend_from_slice(&output.stdout);
    frame.extend_from_slice(&output.stderr);
    frame.into()
}
