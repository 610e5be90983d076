//! Options of sockets, for pages. What is set is remembered for the time after a pause.

use std::net::{IpAddr, SocketAddr};

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::udp::{
    Interface, Membership, OsBufferSize, UdpAddMembership, UdpBufferSize, UdpCapabilities,
    UdpDropMembership, UdpError, UdpFeatures, UdpId, UdpOptions, UdpSetBroadcast,
    UdpSetMulticastInterface, UdpSetMulticastLoopback, UdpSetMulticastTtl, UdpSetTtl, UdpSocket,
};
use oro_engine::prelude::*;
use quinn_udp::BATCH_SIZE;

use super::Sockets;
use super::handle::Handle;
use super::route::{find, parse};

pub(super) fn build(app: &mut App) {
    app.add_route::<UdpSetBroadcast, _>(set_broadcast)
        .add_route::<UdpSetTtl, _>(set_ttl)
        .add_route::<UdpSetMulticastTtl, _>(set_multicast_ttl)
        .add_route::<UdpSetMulticastLoopback, _>(set_multicast_loopback)
        .add_route::<UdpSetMulticastInterface, _>(set_multicast_interface)
        .add_route::<UdpAddMembership, _>(add_membership)
        .add_route::<UdpDropMembership, _>(drop_membership)
        .add_route::<UdpCapabilities, _>(capabilities)
        .add_route::<OsBufferSize, _>(buffer_size);
}

/// Sets an option of an open socket, then remembers it.
fn set(
    world: &mut World,
    client: Client,
    id: Id,
    apply: impl FnOnce(&Handle) -> Result<(), UdpError>,
    remember: impl FnOnce(&mut UdpOptions),
) -> Result<UdpId, UdpError> {
    let entity = find(world, client, id)?;
    let handle = world.get::<Handle>(entity).ok_or(UdpError::NotRunning)?;
    apply(handle)?;
    if let Some(mut socket) = world.get_mut::<UdpSocket>(entity) {
        remember(&mut socket.options);
    }
    Ok(UdpId { id })
}

fn set_broadcast(
    In(call): In<Call<UdpSetBroadcast>>,
    world: &mut World,
) -> Result<UdpId, UdpError> {
    let flag = call.flag;
    let apply = |handle: &Handle| handle.set_broadcast(flag);
    set(world, call.client, call.id, apply, |o| o.broadcast = flag)
}

fn hops(ttl: u32, min: u32) -> Result<(), UdpError> {
    if (min..=255).contains(&ttl) {
        Ok(())
    } else {
        Err(UdpError::Invalid {
            param: "ttl",
            reason: format!("{ttl} is not from {min} to 255"),
        })
    }
}

fn set_ttl(In(call): In<Call<UdpSetTtl>>, world: &mut World) -> Result<UdpId, UdpError> {
    let ttl = call.ttl;
    hops(ttl, 1)?;
    let apply = |handle: &Handle| handle.set_ttl(ttl);
    set(world, call.client, call.id, apply, |o| o.ttl = Some(ttl))
}

fn set_multicast_ttl(
    In(call): In<Call<UdpSetMulticastTtl>>,
    world: &mut World,
) -> Result<UdpId, UdpError> {
    let ttl = call.ttl;
    hops(ttl, 0)?;
    let apply = |handle: &Handle| handle.set_multicast_ttl(ttl);
    set(world, call.client, call.id, apply, |o| {
        o.multicast_ttl = Some(ttl);
    })
}

fn set_multicast_loopback(
    In(call): In<Call<UdpSetMulticastLoopback>>,
    world: &mut World,
) -> Result<UdpId, UdpError> {
    let flag = call.flag;
    let apply = |handle: &Handle| handle.set_multicast_loopback(flag);
    set(world, call.client, call.id, apply, |o| {
        o.multicast_loopback = Some(flag);
    })
}

/// An interface by one of its addresses (IPv4), or by an address with its scope (IPv6).
fn interface(text: Option<&str>) -> Result<Interface, UdpError> {
    let Some(text) = text else {
        return Ok(Interface::Any);
    };
    Ok(match parse("interface", text, false)? {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => Interface::Any,
        SocketAddr::V4(v4) => Interface::Address(*v4.ip()),
        SocketAddr::V6(v6) if v6.scope_id() == 0 => Interface::Any,
        SocketAddr::V6(v6) => Interface::Index(v6.scope_id()),
    })
}

fn set_multicast_interface(
    In(call): In<Call<UdpSetMulticastInterface>>,
    world: &mut World,
) -> Result<UdpId, UdpError> {
    let interface = interface(Some(&call.interface))?;
    let apply = |handle: &Handle| handle.set_multicast_interface(interface);
    set(world, call.client, call.id, apply, |o| {
        o.multicast_interface = Some(interface);
    })
}

fn group(text: &str) -> Result<IpAddr, UdpError> {
    let group = parse("address", text, false)?.ip();
    if group.is_multicast() {
        return Ok(group);
    }
    Err(UdpError::Invalid {
        param: "address",
        reason: format!("'{text}' is not a multicast address"),
    })
}

fn membership(
    address: &str,
    source: Option<&str>,
    ifc: Option<&str>,
) -> Result<Membership, UdpError> {
    let group = group(address)?;
    let source = source
        .map(|text| parse("source", text, false))
        .transpose()?
        .map(|source| source.ip());
    if let Some(source) = source
        && source.is_ipv4() != group.is_ipv4()
    {
        return Err(UdpError::Invalid {
            param: "source",
            reason: format!("'{source}' and the group '{group}' are of different families"),
        });
    }
    Ok(Membership {
        group,
        source,
        interface: interface(ifc)?,
    })
}

fn add_membership(
    In(call): In<Call<UdpAddMembership>>,
    world: &mut World,
) -> Result<UdpId, UdpError> {
    let UdpAddMembership {
        id,
        address,
        source,
        interface,
    } = &call.params;
    let membership = membership(address, source.as_deref(), interface.as_deref())?;
    let apply = |handle: &Handle| handle.set_membership(membership, true);
    set(world, call.client, *id, apply, |o| {
        o.memberships.push(membership);
    })
}

fn drop_membership(
    In(call): In<Call<UdpDropMembership>>,
    world: &mut World,
) -> Result<UdpId, UdpError> {
    let UdpDropMembership {
        id,
        address,
        source,
        interface,
    } = &call.params;
    let membership = membership(address, source.as_deref(), interface.as_deref())?;
    let apply = |handle: &Handle| handle.set_membership(membership, false);
    set(world, call.client, *id, apply, |o| {
        o.memberships.retain(|joined| *joined != membership);
    })
}

fn capabilities(
    _: In<Call<UdpCapabilities>>,
    sockets: Res<Sockets>,
) -> Result<UdpFeatures, UdpError> {
    // What the system can do shows in a socket; there may be none of IPv6.
    let probe = |ip: IpAddr| Handle::open(&mut UdpSocket::bind(SocketAddr::new(ip, 0)));
    let socket = probe(std::net::Ipv4Addr::LOCALHOST.into())?;
    Ok(UdpFeatures {
        segments_max: socket.segments_max(),
        receive_segments_max: socket.receive_segments_max(),
        batch_max: BATCH_SIZE,
        reuse_port: true,
        ipv6: probe(std::net::Ipv6Addr::LOCALHOST.into()).is_ok(),
        sockets_max: sockets.sockets_max,
        backlog_max_bytes: sockets.backlog_max_bytes,
    })
}

fn buffer_size(
    In(call): In<Call<OsBufferSize>>,
    world: &mut World,
) -> Result<UdpBufferSize, UdpError> {
    let (id, size) = (call.id, call.size);
    if call.buffer > 1 {
        return Err(UdpError::Invalid {
            param: "buffer",
            reason: "0 is the send buffer, 1 the receive buffer".into(),
        });
    }
    let receive = call.buffer == 1;
    let entity = find(world, call.client, id).map_err(|_| UdpError::NotFound)?;
    let handle = world.get::<Handle>(entity).ok_or(UdpError::NotFound)?;
    let now = handle.buffer_size(receive, size)?;
    if size > 0
        && let Some(mut socket) = world.get_mut::<UdpSocket>(entity)
    {
        let options = &mut socket.options;
        let kept = if receive {
            &mut options.receive_buffer_bytes
        } else {
            &mut options.send_buffer_bytes
        };
        *kept = Some(size);
    }
    Ok(UdpBufferSize { id, size: now })
}
