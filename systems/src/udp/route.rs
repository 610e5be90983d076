//! Opening, connecting, sending, receiving and closing, for pages.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::udp::{
    Datagrams, UdpAddress, UdpBind, UdpBound, UdpClose, UdpConnect, UdpDisconnect, UdpError,
    UdpFamily, UdpGetPeerName, UdpGetSockName, UdpGetState, UdpId, UdpInbox, UdpOptions,
    UdpReadStart, UdpReadStop, UdpRecv, UdpSend, UdpSendBatch, UdpSocket, UdpState,
};
use oro_engine::prelude::*;
use rustix::net::netdevice::name_to_index;

use super::handle::Handle;
use super::send::{Answer, WaitingSends, send};
use super::{PageSocket, Sockets, room, watch};

/// Bytes of a frame, unless the page asks for less or more.
const FRAME_BYTES: usize = 1 << 20;

pub(super) fn build(app: &mut App) {
    app.add_route::<UdpBind, _>(bind)
        .add_route::<UdpConnect, _>(connect)
        .add_route::<UdpDisconnect, _>(disconnect)
        .add_deferred::<UdpSend, _>(send_one)
        .add_deferred::<UdpSendBatch, _>(send_batch)
        .add_route::<UdpReadStart, _>(read_start)
        .add_route::<UdpReadStop, _>(read_stop)
        .add_route::<UdpRecv, _>(recv)
        .add_route::<UdpGetPeerName, _>(peer_name)
        .add_route::<UdpGetSockName, _>(sock_name)
        .add_route::<UdpGetState, _>(state)
        .add_route::<UdpClose, _>(close);
}

/// The caller's socket of that id.
pub(super) fn find(world: &World, client: Client, id: Id) -> Result<Entity, UdpError> {
    let sockets = world.resource::<Sockets>();
    let entity = sockets.by_id.get(&(client.window(), id)).copied();
    entity.ok_or(UdpError::NotRunning)
}

/// An interface's number, from its name or as decimal digits.
fn scope(text: &str) -> Option<u32> {
    if let Ok(index) = text.parse() {
        return Some(index);
    }
    // Any socket will do to ask with.
    let kind = rustix::net::SocketType::DGRAM;
    let socket = rustix::net::socket(rustix::net::AddressFamily::INET, kind, None).ok()?;
    name_to_index(socket, text).ok()
}

/// Reads an address: of IPv4, of IPv6 with or without a scope (`fe80::1%eth0`), or `localhost`.
pub(super) fn parse(param: &'static str, text: &str, v6: bool) -> Result<SocketAddr, UdpError> {
    if text == "localhost" {
        return Ok(SocketAddr::new(loopback(v6), 0));
    }
    let (ip, zone) = text
        .split_once('%')
        .map_or((text, None), |(ip, zone)| (ip, Some(zone)));
    let invalid = |reason: String| UdpError::Invalid { param, reason };
    let parsed = ip.parse::<IpAddr>();
    let ip = parsed.map_err(|_| invalid(format!("'{text}' is not an IP address")))?;
    match (ip, zone) {
        (IpAddr::V6(ip), Some(zone)) => {
            let index = scope(zone).ok_or_else(|| invalid(format!("no interface '{zone}'")))?;
            Ok(SocketAddrV6::new(ip, 0, 0, index).into())
        }
        (IpAddr::V4(_), Some(_)) => Err(invalid(format!("'{text}' is not an IP address"))),
        (ip, None) => Ok(SocketAddr::new(ip, 0)),
    }
}

fn loopback(v6: bool) -> IpAddr {
    if v6 {
        Ipv6Addr::LOCALHOST.into()
    } else {
        Ipv4Addr::LOCALHOST.into()
    }
}

fn any(v6: bool) -> IpAddr {
    if v6 {
        Ipv6Addr::UNSPECIFIED.into()
    } else {
        Ipv4Addr::UNSPECIFIED.into()
    }
}

/// An address to send to. A socket of IPv6 reaches IPv4 by mapped addresses.
fn destination(
    address: Option<&str>,
    port: u16,
    socket_v6: Option<bool>,
) -> Result<SocketAddr, UdpError> {
    if port == 0 {
        return Err(UdpError::BadPort);
    }
    let v6 = socket_v6.unwrap_or(false);
    let mut to = match address {
        Some(text) => parse("address", text, v6)?,
        None => SocketAddr::new(loopback(v6), 0),
    };
    if let (IpAddr::V4(ip), true) = (to.ip(), v6) {
        to.set_ip(ip.to_ipv6_mapped().into());
    }
    to.set_port(port);
    Ok(to)
}

fn address_of(id: Id, address: SocketAddr) -> UdpAddress {
    let text = match address {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
        _ => address.ip().to_string(),
    };
    UdpAddress {
        id,
        address: text,
        family: if address.is_ipv4() {
            UdpFamily::Ipv4
        } else {
            UdpFamily::Ipv6
        },
        port: address.port(),
    }
}

/// Opens a socket for a client.
fn open(
    world: &mut World,
    client: Client,
    id: Id,
    mut spec: UdpSocket,
    ephemeral: bool,
) -> Result<Entity, UdpError> {
    room(world, 0)?;
    let handle = Handle::open(&mut spec)?;
    let window = client.window();
    let page = PageSocket {
        id,
        window,
        ephemeral,
        told: false,
    };
    let entity = match window {
        Some(window) => world.spawn((spec, handle, page, OwnedBy(window))).id(),
        None => world.spawn((spec, handle, page)).id(),
    };
    let mut sockets = world.resource_mut::<Sockets>();
    sockets.by_id.insert((window, id), entity);
    Ok(entity)
}

/// A socket that receives nothing yet.
fn spec(local: SocketAddr, options: UdpOptions) -> UdpSocket {
    UdpSocket {
        local,
        peer: None,
        receiving: false,
        options,
    }
}

fn handle(world: &World, entity: Entity) -> Result<&Handle, UdpError> {
    world.get::<Handle>(entity).ok_or(UdpError::NotRunning)
}

/// Whether a socket is of IPv6.
fn is_v6(world: &World, entity: Entity) -> bool {
    world
        .get::<UdpSocket>(entity)
        .is_some_and(|socket| socket.local.is_ipv6())
}

fn bind(In(call): In<Call<UdpBind>>, world: &mut World) -> Result<UdpBound, UdpError> {
    if find(world, call.client, call.id).is_ok() {
        return Err(UdpError::AlreadyBound);
    }
    let v6 = call.family == Some(UdpFamily::Ipv6);
    let mut local = match &call.address {
        Some(text) => parse("address", text, v6)?,
        None => SocketAddr::new(any(v6), 0),
    };
    local.set_port(call.port);
    let options = UdpOptions {
        reuse_address: call.reuse_addr,
        reuse_port: call.reuse_port,
        ipv6_only: call.ipv6_only,
        ..UdpOptions::default()
    };
    let entity = open(world, call.client, call.id, spec(local, options), false)?;
    Ok(UdpBound {
        local: address_of(call.id, handle(world, entity)?.local()?),
        event: "listening",
    })
}

fn connect(In(call): In<Call<UdpConnect>>, world: &mut World) -> Result<UdpAddress, UdpError> {
    let found = find(world, call.client, call.id).ok();
    let v6 = found.map(|entity| is_v6(world, entity));
    let peer = destination(call.address.as_deref(), call.port, v6)?;
    let entity = match found {
        Some(entity) => {
            let socket = world.get::<UdpSocket>(entity);
            if socket.is_some_and(|socket| socket.peer.is_some()) {
                return Err(UdpError::IsConnected);
            }
            handle(world, entity)?.connect(peer)?;
            entity
        }
        None => {
            let local = SocketAddr::new(any(peer.is_ipv6()), 0);
            let spec = spec(local, UdpOptions::default()).connect(peer);
            open(world, call.client, call.id, spec, false)?
        }
    };
    if let Some(mut socket) = world.get_mut::<UdpSocket>(entity) {
        socket.peer = Some(peer);
    }
    Ok(address_of(call.id, peer))
}

fn disconnect(In(call): In<Call<UdpDisconnect>>, world: &mut World) -> Result<UdpId, UdpError> {
    let entity = find(world, call.client, call.id)?;
    let peer = world.get::<UdpSocket>(entity).and_then(|s| s.peer);
    peer.ok_or(UdpError::NotConnected)?;
    handle(world, entity)?.disconnect()?;
    if let Some(mut socket) = world.get_mut::<UdpSocket>(entity) {
        socket.peer = None;
    }
    Ok(UdpId { id: call.id })
}

fn send_one(
    In((call, pending)): In<(Call<UdpSend>, Pending<UdpSend>)>,
    world: &mut World,
) -> Result<(), UdpError> {
    let found = find(world, call.client, call.id).ok();
    let peer = found.and_then(|entity| world.get::<UdpSocket>(entity)?.peer);
    let to = match (call.port, peer) {
        (Some(_), Some(_)) => return Err(UdpError::IsConnected),
        (None, Some(peer)) => peer,
        (None, None) if found.is_some() => return Err(UdpError::NotConnected),
        (None, None) => return Err(UdpError::BadPort),
        (Some(port), None) => {
            let v6 = found.map(|entity| is_v6(world, entity));
            destination(call.address.as_deref(), port, v6)?
        }
    };
    let entity = match found {
        Some(entity) => entity,
        None => {
            let local = SocketAddr::new(any(to.is_ipv6()), 0);
            let spec = spec(local, UdpOptions::default());
            open(world, call.client, call.id, spec, call.ephemeral)?
        }
    };
    let mut datagrams = Datagrams::default();
    datagrams.push(to, &call.body);
    send(world, entity, datagrams, Answer::One(pending))
}

fn send_batch(
    In((call, pending)): In<(Call<UdpSendBatch>, Pending<UdpSendBatch>)>,
    world: &mut World,
) -> Result<(), UdpError> {
    let entity = find(world, call.client, call.id)?;
    let mut datagrams = Datagrams::default();
    datagrams.push_frame(&call.body)?;
    send(world, entity, datagrams, Answer::batch(pending))
}

fn receiving(world: &mut World, entity: Entity, on: bool) -> Result<bool, UdpError> {
    handle(world, entity)?;
    let mut socket = world
        .get_mut::<UdpSocket>(entity)
        .ok_or(UdpError::NotRunning)?;
    let before = std::mem::replace(&mut socket.receiving, on);
    watch(world, entity)?;
    Ok(before)
}

fn read_start(In(call): In<Call<UdpReadStart>>, world: &mut World) -> Result<UdpId, UdpError> {
    let entity = find(world, call.client, call.id)?;
    if receiving(world, entity, true)? {
        return Err(UdpError::AlreadyReceiving);
    }
    Ok(UdpId { id: call.id })
}

fn read_stop(In(call): In<Call<UdpReadStop>>, world: &mut World) -> Result<UdpId, UdpError> {
    let entity = find(world, call.client, call.id)?;
    receiving(world, entity, false)?;
    Ok(UdpId { id: call.id })
}

fn recv(In(call): In<Call<UdpRecv>>, world: &mut World) -> Result<Bytes, UdpError> {
    let entity = find(world, call.client, call.id)?;
    let mut socket = world.entity_mut(entity);
    let Some(mut inbox) = socket.get_mut::<UdpInbox>() else {
        return Err(UdpError::NotRunning);
    };
    let frame = inbox.datagrams.take_frame(call.max.unwrap_or(FRAME_BYTES));
    if frame.is_empty()
        && let Some(mut page) = socket.get_mut::<PageSocket>()
    {
        page.told = false;
    }
    Ok(frame.into())
}

fn peer_name(
    In(call): In<Call<UdpGetPeerName>>,
    world: &mut World,
) -> Result<UdpAddress, UdpError> {
    let entity = find(world, call.client, call.id)?;
    let peer = world.get::<UdpSocket>(entity).and_then(|s| s.peer);
    Ok(address_of(call.id, peer.ok_or(UdpError::NotConnected)?))
}

fn sock_name(
    In(call): In<Call<UdpGetSockName>>,
    world: &mut World,
) -> Result<UdpAddress, UdpError> {
    let entity = find(world, call.client, call.id)?;
    Ok(address_of(call.id, handle(world, entity)?.local()?))
}

fn state(In(call): In<Call<UdpGetState>>, world: &mut World) -> Result<UdpState, UdpError> {
    let entity = world.entity(find(world, call.client, call.id)?);
    let socket = entity.get::<UdpSocket>().ok_or(UdpError::NotRunning)?;
    let page = entity.get::<PageSocket>().ok_or(UdpError::NotRunning)?;
    let inbox = entity.get::<UdpInbox>();
    Ok(UdpState {
        id: call.id,
        kind: "udp",
        bound: true,
        active: socket.receiving,
        closed: false,
        closing: page.ephemeral && entity.get::<WaitingSends>().is_some_and(WaitingSends::any),
        connected: socket.peer.is_some(),
        ephemeral: page.ephemeral,
        queued: inbox.map_or(0, |inbox| inbox.datagrams.len()),
        dropped: inbox.map_or(0, |inbox| inbox.dropped),
    })
}

fn close(In(call): In<Call<UdpClose>>, world: &mut World) -> Result<UdpId, UdpError> {
    let entity = find(world, call.client, call.id)?;
    world.despawn(entity);
    Ok(UdpId { id: call.id })
}
