//! Sending: from requests at once, from outboxes at the end of the tick, and the rest when the
//! kernel has room again.

use std::collections::VecDeque;

use bevy_ecs::prelude::*;
use oro_components::udp::{
    Datagrams, UdpBatchSent, UdpError, UdpFailed, UdpOutbox, UdpSend, UdpSendBatch, UdpSendFailure,
    UdpSent, UdpSocket,
};
use oro_engine::error::ErrorCode;
use oro_engine::prelude::*;

use super::handle::{Handle, Sent};
use super::{PageSocket, Sockets, watch};

/// Requests of one socket that may wait for the kernel.
const WAITING_MAX: usize = 4096;

/// A request whose datagrams the kernel has not taken yet.
pub(super) struct WaitingSend {
    datagrams: Datagrams,
    answer: Answer,
}

/// Requests that wait for the kernel, oldest first.
#[derive(Component, Default)]
pub(super) struct WaitingSends(VecDeque<WaitingSend>);

impl WaitingSends {
    /// Whether there are any.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Takes the requests whose datagrams will not be sent any more.
    pub fn abandon(&mut self) -> Vec<Entity> {
        self.0.drain(..).map(|send| send.answer.entity()).collect()
    }
}

/// Who waits for it.
pub(super) enum Answer {
    One(Pending<UdpSend>),
    Batch {
        pending: Pending<UdpSendBatch>,
        sent: usize,
        /// Datagrams of the batch that are dealt with.
        done: usize,
        failed: Vec<UdpSendFailure>,
    },
}

impl Answer {
    pub fn batch(pending: Pending<UdpSendBatch>) -> Self {
        Self::Batch {
            pending,
            sent: 0,
            done: 0,
            failed: Vec::new(),
        }
    }

    fn entity(&self) -> Entity {
        match self {
            Self::One(pending) => pending.entity(),
            Self::Batch { pending, .. } => pending.entity(),
        }
    }

    /// Answers, when all datagrams are dealt with.
    fn reply(self, id: Id, mut last: Sent, out: &mut impl ReplyCommandsExt) {
        match self {
            Self::One(pending) => {
                let result = match last.failures.pop() {
                    Some(failure) => Err(failure.error),
                    None => Ok(UdpSent { id, status: 0 }),
                };
                out.reply(pending, result);
            }
            Self::Batch {
                pending,
                sent,
                failed,
                ..
            } => out.reply(pending, Ok(UdpBatchSent { id, sent, failed })),
        }
    }

    /// Counts what one pass achieved.
    fn count(&mut self, pass: &Sent) {
        if let Self::Batch {
            sent, done, failed, ..
        } = self
        {
            let refused: usize = pass.failures.iter().map(|failure| failure.count).sum();
            *sent += pass.done - refused;
            failed.extend(pass.failures.iter().map(|failure| UdpSendFailure {
                index: *done + failure.index,
                count: failure.count,
                code: failure.error.code().into_owned(),
                message: failure.error.to_string(),
            }));
            *done += pass.done;
        }
    }
}

/// Sends for a request: now if the kernel takes it, else in a later tick. In both cases behind
/// what the socket was told to send before.
pub(super) fn send(
    world: &mut World,
    entity: Entity,
    mut datagrams: Datagrams,
    mut answer: Answer,
) -> Result<(), UdpError> {
    let mut socket = world.entity_mut(entity);
    let peer = socket.get::<UdpSocket>().and_then(|socket| socket.peer);
    let page = socket.get::<PageSocket>();
    let (id, ephemeral) = page.map_or((Id(0), false), |page| (page.id, page.ephemeral));
    let waiting = socket
        .get::<WaitingSends>()
        .map_or(0, |sends| sends.0.len());
    if waiting == 0 {
        let handle = socket.get::<Handle>().ok_or(UdpError::NotRunning)?;
        let pass = handle.send(&datagrams, peer);
        answer.count(&pass);
        if pass.done == datagrams.len() {
            if ephemeral {
                socket.despawn();
            }
            answer.reply(id, pass, world);
            return Ok(());
        }
        datagrams.drop_front(pass.done);
        if let Some(mut handle) = socket.get_mut::<Handle>() {
            handle.blocked = true;
        }
    } else if waiting >= WAITING_MAX {
        return Err(UdpError::Queue { queued: waiting });
    }
    if let Some(mut sends) = socket.get_mut::<WaitingSends>() {
        sends.0.push_back(WaitingSend { datagrams, answer });
    }
    watch(world, entity)
}

type Senders<'a> = (
    &'a mut Handle,
    &'a UdpSocket,
    &'a mut UdpOutbox,
    Option<(&'a PageSocket, &'a mut WaitingSends)>,
);

/// Sends what was written to outboxes in this tick, and what waited for room.
pub(super) fn flush(
    mut sockets: ResMut<Sockets>,
    mut todo: Local<Vec<Entity>>,
    mut queries: ParamSet<(Query<Entity, Changed<UdpOutbox>>, Query<Senders>)>,
    mut commands: Commands,
) {
    todo.append(&mut sockets.writable);
    todo.extend(&queries.p0());
    let mut senders = queries.p1();
    for socket in todo.drain(..) {
        let Ok((mut handle, spec, mut outbox, page)) = senders.get_mut(socket) else {
            continue;
        };
        let was_blocked = handle.blocked;
        handle.blocked = false;
        if let Some((page, mut sends)) = page {
            serve(&mut handle, spec, page, &mut sends, &mut commands);
            if page.ephemeral && sends.0.is_empty() {
                commands.entity(socket).despawn();
                continue;
            }
        }
        if !handle.blocked && !outbox.0.is_empty() {
            let pass = handle.send(&outbox.0, spec.peer);
            handle.blocked = pass.done < outbox.0.len();
            outbox.bypass_change_detection().0.drop_front(pass.done);
            for failure in pass.failures {
                let (error, closed) = (failure.error, false);
                commands.trigger(UdpFailed {
                    socket,
                    error,
                    closed,
                });
            }
        }
        if handle.blocked != was_blocked {
            commands.queue(move |world: &mut World| {
                if world.get_entity(socket).is_ok()
                    && let Err(error) = watch(world, socket)
                {
                    super::fail(world, socket, error);
                }
            });
        }
    }
}

/// Serves the requests that wait, in their order, until the kernel takes no more.
fn serve(
    handle: &mut Handle,
    spec: &UdpSocket,
    page: &PageSocket,
    sends: &mut WaitingSends,
    commands: &mut Commands,
) {
    while let Some(next) = sends.0.front_mut() {
        let pass = handle.send(&next.datagrams, spec.peer);
        next.answer.count(&pass);
        if pass.done < next.datagrams.len() {
            next.datagrams.drop_front(pass.done);
            handle.blocked = true;
            return;
        }
        if let Some(WaitingSend { answer, .. }) = sends.0.pop_front() {
            answer.reply(page.id, pass, commands);
        }
    }
}
