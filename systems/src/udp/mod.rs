//! UDP sockets: routes `udp.*` and `os.bufferSize`; events `udp.message` and `udp.error`.
//!
//! A socket is read at most once a tick, all that waits at once, into its [`UdpInbox`]; a busy
//! socket gets its share and goes on in the next tick. Rust programs insert a [`UdpSocket`], read
//! the inbox after the message [`DatagramsReceived`], and write to the `UdpOutbox`, which is
//! sent at the end of the tick. Pages pull what arrived in frames, see
//! [`FRAME_HEADER_BYTES`](oro_components::udp::FRAME_HEADER_BYTES).
//!
//! A pause closes the handles and keeps what is known of them; the resume opens them again.

mod handle;
mod membership;
mod option;
mod route;
mod send;

use std::collections::HashMap;

use bevy_app::{App, Plugin};
use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use oro_components::udp::{
    DatagramsReceived, UdpError, UdpErrorEvent, UdpFailed, UdpInbox, UdpMessage, UdpSocket,
};
use oro_engine::clock::Alarm;
use oro_engine::config::{Config, keys};
use oro_engine::error::ErrorCode;
use oro_engine::prelude::*;
use oro_engine::reactor::{Reactor, Token};
use oro_engine::tick::EmitSystems;

use handle::{Handle, Scratch};
use send::WaitingSends;

/// UDP sockets; see the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct UdpPlugin;

impl Plugin for UdpPlugin {
    fn build(&self, app: &mut App) {
        let config = app.world_mut().get_resource_or_init::<Config>();
        let sockets = Sockets {
            sockets_max: config.get(keys::UDP_SOCKETS_MAX),
            backlog_max_bytes: config.get(keys::UDP_BACKLOG_MAX_BYTES),
            ..Sockets::default()
        };
        app.insert_resource(sockets)
            .init_resource::<Scratch>()
            .add_message::<DatagramsReceived>()
            .add_topic::<UdpMessage>()
            .add_topic::<UdpErrorEvent>()
            .add_observer(suspend)
            .add_observer(resume)
            .add_observer(report)
            .add_systems(
                Tick,
                (
                    receive.in_set(TickSystems::Poll),
                    send::flush
                        .in_set(TickSystems::Emit)
                        .before(EmitSystems::Forward),
                    close_suspended
                        .after(TickSystems::Emit)
                        .before(TickSystems::End),
                ),
            );
        route::build(app);
        option::build(app);
        let world = app.world_mut();
        world
            .register_component_hooks::<UdpSocket>()
            .on_insert(inserted)
            .on_discard(discarded);
        world
            .register_component_hooks::<Handle>()
            .on_discard(closed);
        world
            .register_component_hooks::<PageSocket>()
            .on_discard(forgotten);
    }
}

/// The sockets of the app, by what they are found by.
#[derive(Resource, Default)]
struct Sockets {
    by_id: HashMap<(Option<Entity>, Id), Entity>,
    by_token: HashMap<Token, Entity>,
    /// Sockets that may have more to read.
    active: Vec<Entity>,
    /// Blocked sockets that became writable in this tick.
    writable: Vec<Entity>,
    /// Sockets, closed by a pause or not.
    count: usize,
    /// A pause has begun and not ended.
    suspended: bool,
    sockets_max: usize,
    backlog_max_bytes: usize,
}

/// A socket that was made by a route.
#[derive(Component)]
#[require(WaitingSends)]
struct PageSocket {
    id: Id,
    window: Option<Entity>,
    /// It closes after its datagram.
    ephemeral: bool,
    /// The page knows that datagrams wait.
    told: bool,
}

/// Opens a socket that a Rust program inserted. Routes insert an open handle along with it.
fn inserted(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    world.resource_mut::<Sockets>().count += 1;
    world.commands().queue(move |world: &mut World| {
        if !world.resource::<Sockets>().suspended {
            reopen(world, entity);
        }
    });
}

fn discarded(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let mut sockets = world.resource_mut::<Sockets>();
    sockets.count = sockets.count.saturating_sub(1);
    world.commands().queue(move |world: &mut World| {
        if let Ok(mut socket) = world.get_entity_mut(entity) {
            socket.remove::<Handle>();
        }
    });
}

fn closed(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let token = world.get::<Handle>(entity).and_then(Handle::token);
    let mut sockets = world.resource_mut::<Sockets>();
    if let Some(token) = token {
        sockets.by_token.remove(&token);
    }
}

/// Answers whoever waits for a socket that goes away: despawned requests are aborted.
fn forgotten(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let key = world
        .get::<PageSocket>(entity)
        .map(|page| (page.window, page.id));
    if let Some(key) = key {
        world.resource_mut::<Sockets>().by_id.remove(&key);
    }
    let abandoned = world
        .get_mut::<WaitingSends>(entity)
        .map(|mut sends| sends.abandon());
    for request in abandoned.into_iter().flatten() {
        world.commands().entity(request).try_despawn();
    }
}

/// Opens the handle of a socket that has none; if that fails, the socket is closed.
fn reopen(world: &mut World, entity: Entity) {
    let Some(mut spec) = world.get::<UdpSocket>(entity).cloned() else {
        return;
    };
    if world.get::<Handle>(entity).is_some() {
        return;
    }
    let result = room(world, 1).and_then(|()| Handle::open(&mut spec));
    let result = result.and_then(|handle| {
        let local = spec.local;
        let mut socket = world.entity_mut(entity);
        socket.insert(handle);
        if let Some(mut socket) = socket.get_mut::<UdpSocket>() {
            socket.local = local;
        }
        watch(world, entity)
    });
    if let Err(error) = result {
        fail(world, entity, error);
    }
}

/// Closes a socket and tells why.
fn fail(world: &mut World, entity: Entity, error: UdpError) {
    world.trigger(UdpFailed {
        socket: entity,
        error,
        closed: true,
    });
    let Ok(mut socket) = world.get_entity_mut(entity) else {
        return;
    };
    if socket.contains::<PageSocket>() {
        socket.despawn();
    } else {
        socket.remove::<UdpSocket>();
    }
}

/// Whether one more socket may be opened; `counted` of them are counted already.
fn room(world: &World, counted: usize) -> Result<(), UdpError> {
    let sockets = world.resource::<Sockets>();
    if sockets.count < sockets.sockets_max + counted {
        Ok(())
    } else {
        let max = sockets.sockets_max;
        Err(UdpError::TooMany { max })
    }
}

/// Brings what the reactor waits for in line with what the socket does.
fn watch(world: &mut World, entity: Entity) -> Result<(), UdpError> {
    world.resource_scope(|world, mut reactor: Mut<Reactor>| {
        let mut socket = world.entity_mut(entity);
        let receiving = socket.get::<UdpSocket>().is_some_and(|s| s.receiving);
        let Some(mut handle) = socket.get_mut::<Handle>() else {
            return Ok(());
        };
        let before = handle.token();
        let after = handle.watch(&mut reactor, receiving)?;
        let mut sockets = world.resource_mut::<Sockets>();
        if before != after {
            if let Some(token) = before {
                sockets.by_token.remove(&token);
            }
            if let Some(token) = after {
                sockets.by_token.insert(token, entity);
            }
        }
        Ok(())
    })
}

type Receivers<'a> = (
    &'a mut Handle,
    &'a UdpSocket,
    &'a mut UdpInbox,
    Option<&'a mut PageSocket>,
);

/// Reads the sockets that have something, each for its share of the tick.
#[expect(clippy::too_many_arguments, reason = "parameters of a system")]
fn receive(
    reactor: Res<Reactor>,
    clock: Res<Clock>,
    alarm: Res<Alarm>,
    mut sockets: ResMut<Sockets>,
    mut scratch: ResMut<Scratch>,
    mut receivers: Query<Receivers>,
    mut received: MessageWriter<DatagramsReceived>,
    mut messages: MessageWriter<UdpMessage>,
    mut commands: Commands,
) {
    for ready in reactor.ready() {
        let Some(&entity) = sockets.by_token.get(&ready.token) else {
            continue;
        };
        let Ok((mut handle, ..)) = receivers.get_mut(entity) else {
            continue;
        };
        if ready.writable && handle.blocked {
            sockets.writable.push(entity);
        }
        if (ready.readable || ready.closed) && !handle.readable {
            handle.readable = true;
            sockets.active.push(entity);
        }
    }
    let max = sockets.backlog_max_bytes;
    sockets.active.retain(|&socket| {
        let Ok((mut handle, spec, mut inbox, page)) = receivers.get_mut(socket) else {
            return false;
        };
        if !spec.receiving {
            // Receiving again makes the reactor tell again.
            handle.readable = false;
            return false;
        }
        let got = handle.receive(&mut scratch, &mut inbox.datagrams, max);
        inbox.dropped += got.dropped as u64;
        if let Some(error) = got.error {
            let closed = false;
            commands.trigger(UdpFailed {
                socket,
                error,
                closed,
            });
        }
        match page {
            Some(mut page) => tell(&mut page, &inbox, &mut messages),
            None if got.count > 0 => {
                let count = got.count;
                received.write(DatagramsReceived { socket, count });
            }
            None => {}
        }
        handle.readable
    });
    if !sockets.active.is_empty() {
        alarm.at(clock.now());
    }
}

/// Tells the page that datagrams wait, unless it knows.
fn tell(page: &mut PageSocket, inbox: &UdpInbox, messages: &mut MessageWriter<UdpMessage>) {
    if page.told || inbox.datagrams.is_empty() {
        return;
    }
    page.told = true;
    messages.write(UdpMessage {
        id: page.id,
        count: inbox.datagrams.len(),
        bytes: inbox.datagrams.bytes_len(),
        dropped: inbox.dropped,
        window: page.window,
    });
}

/// Tells a page what went wrong with its socket.
fn report(
    failed: On<UdpFailed>,
    pages: Query<&PageSocket>,
    mut errors: MessageWriter<UdpErrorEvent>,
) {
    let UdpFailed { error, closed, .. } = failed.event();
    let Ok(page) = pages.get(failed.socket) else {
        tracing::warn!(%error, socket = %failed.socket, closed, "a UDP socket failed");
        return;
    };
    let syscall = match error {
        UdpError::System { syscall, .. } => Some((*syscall).to_owned()),
        _ => None,
    };
    errors.write(UdpErrorEvent {
        id: page.id,
        message: error.to_string(),
        code: error.code().into_owned(),
        syscall,
        closed: *closed,
        window: page.window,
    });
}

fn suspend(_: On<Pausing>, mut sockets: ResMut<Sockets>) {
    sockets.suspended = true;
}

/// Closes the handles at the end of the last tick before a pause: requests of that tick may have
/// opened some.
fn close_suspended(
    mut sockets: ResMut<Sockets>,
    handles: Query<Entity, With<Handle>>,
    mut commands: Commands,
) {
    if sockets.suspended && !handles.is_empty() {
        sockets.active.clear();
        sockets.writable.clear();
        for entity in &handles {
            commands.entity(entity).remove::<Handle>();
        }
    }
}

/// Opens all sockets again, with the same port, peer and options.
fn resume(_: On<Resumed>, mut sockets: ResMut<Sockets>, mut commands: Commands) {
    sockets.suspended = false;
    commands.queue(|world: &mut World| {
        let mut closed = world.query_filtered::<Entity, (With<UdpSocket>, Without<Handle>)>();
        let closed: Vec<Entity> = closed.iter(world).collect();
        for entity in closed {
            reopen(world, entity);
        }
    });
}
