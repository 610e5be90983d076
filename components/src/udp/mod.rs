//! UDP sockets: entities that receive into an inbox and send from an outbox, and the routes by
//! which pages use them.

mod datagrams;
mod error;
mod route;

use std::net::{IpAddr, SocketAddr};

use bevy_ecs::prelude::*;
use oro_engine::id::Id;
use oro_engine::topic::{Target, Topic};
use schemars::JsonSchema;
use serde::Serialize;

pub use datagrams::{Datagrams, FRAME_HEADER_BYTES, FrameError, Run};
pub use error::UdpError;
pub use route::*;

/// A UDP socket. Inserting it opens the socket with these settings, which then are corrected to
/// what the operating system made of them; removing it, or despawning its entity, closes it.
///
/// If it cannot be opened, [`UdpFailed`] is triggered on the entity and the component is removed.
/// A pause closes the handle; the resume opens it again with the same port, peer and options.
#[derive(Component, Clone, Debug)]
#[require(UdpInbox, UdpOutbox)]
pub struct UdpSocket {
    /// The local address. Port 0 lets the operating system choose.
    pub local: SocketAddr,
    /// The peer of a connected socket: the only one it hears, and the default to send to.
    pub peer: Option<SocketAddr>,
    /// Whether datagrams are read.
    pub receiving: bool,
    /// What to ask of the operating system.
    pub options: UdpOptions,
}

/// Options of a socket; `None` leaves the operating system's default.
#[derive(Clone, Debug, Default)]
pub struct UdpOptions {
    /// Several sockets may bind the same port (multicast).
    pub reuse_address: bool,
    /// Several sockets share the port, and the kernel spreads datagrams over them.
    pub reuse_port: bool,
    /// An IPv6 socket does not speak IPv4.
    pub ipv6_only: bool,
    /// Datagrams may be sent to broadcast addresses.
    pub broadcast: bool,
    /// Hops that a datagram lives, 1 to 255.
    pub ttl: Option<u32>,
    /// Hops that a multicast datagram lives, 0 to 255.
    pub multicast_ttl: Option<u32>,
    /// Whether own multicast datagrams come back.
    pub multicast_loopback: Option<bool>,
    /// The interface that multicast leaves by.
    pub multicast_interface: Option<Interface>,
    /// Joined groups.
    pub memberships: Vec<Membership>,
    /// The kernel's receive buffer in bytes.
    pub receive_buffer_bytes: Option<usize>,
    /// The kernel's send buffer in bytes.
    pub send_buffer_bytes: Option<usize>,
}

/// A network interface, as multicast options name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interface {
    /// Whichever the operating system prefers.
    #[default]
    Any,
    /// By an address that it has (IPv4).
    Address(std::net::Ipv4Addr),
    /// By its number (IPv6).
    Index(u32),
}

/// A multicast group that a socket has joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The address of the group.
    pub group: IpAddr,
    /// The only sender of the group that is heard; `None` hears all.
    pub source: Option<IpAddr>,
    /// Where it is heard.
    pub interface: Interface,
}

impl UdpSocket {
    /// A socket that receives on a local address.
    #[must_use]
    pub fn bind(local: SocketAddr) -> Self {
        Self {
            local,
            peer: None,
            receiving: true,
            options: UdpOptions::default(),
        }
    }

    /// Connects it: it then only hears `peer`.
    #[must_use]
    pub fn connect(mut self, peer: SocketAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    /// Sets options.
    #[must_use]
    pub fn options(mut self, options: UdpOptions) -> Self {
        self.options = options;
        self
    }
}

/// Datagrams that have arrived. Who reads them clears them: what exceeds
/// `udp_backlog_max_bytes` is dropped.
#[derive(Component, Debug, Default)]
pub struct UdpInbox {
    /// What has arrived, oldest first.
    pub datagrams: Datagrams,
    /// Datagrams that were dropped because nobody took the ones before them.
    pub dropped: u64,
}

/// Datagrams to send at the end of this tick, without an allocation for each. What the kernel
/// does not take stays for a later tick.
#[derive(Component, Debug, Default)]
pub struct UdpOutbox(pub Datagrams);

/// Datagrams came for a socket that is not a page's: once a tick and socket.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatagramsReceived {
    /// The socket, whose [`UdpInbox`] has them.
    pub socket: Entity,
    /// How many came in this tick.
    pub count: usize,
}

/// Something went wrong with a socket outside of any call.
#[derive(EntityEvent, Clone, Debug)]
pub struct UdpFailed {
    /// The socket.
    #[event_target]
    pub socket: Entity,
    /// What.
    pub error: UdpError,
    /// The socket is closed.
    pub closed: bool,
}

/// Datagrams wait for `udp.recv`. Told once until they have been taken, at most once a tick.
#[derive(Message, Clone, Debug, Serialize, JsonSchema)]
pub struct UdpMessage {
    /// The socket.
    pub id: Id,
    /// How many datagrams wait.
    pub count: usize,
    /// Their bytes, without headers.
    pub bytes: usize,
    /// Datagrams that were dropped since the socket was made.
    pub dropped: u64,
    /// The window that made the socket.
    #[serde(skip)]
    pub window: Option<Entity>,
}

impl Topic for UdpMessage {
    const NAME: &'static str = "udp.message";

    fn target(&self) -> Target {
        self.window.map_or(Target::All, Target::Window)
    }
}

/// Something went wrong with a socket outside of any call: while receiving, or when the app was
/// resumed and the port was taken.
#[derive(Message, Clone, Debug, Serialize, JsonSchema)]
pub struct UdpErrorEvent {
    /// The socket.
    pub id: Id,
    /// What happened, with the address.
    pub message: String,
    /// The code, such as `EADDRINUSE`.
    pub code: String,
    /// The system call that failed.
    pub syscall: Option<String>,
    /// Whether the socket is closed now.
    pub closed: bool,
    /// The window that made the socket.
    #[serde(skip)]
    pub window: Option<Entity>,
}

impl Topic for UdpErrorEvent {
    const NAME: &'static str = "udp.error";

    fn target(&self) -> Target {
        self.window.map_or(Target::All, Target::Window)
    }
}
