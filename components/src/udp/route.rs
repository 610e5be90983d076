//! Parameters and results of the routes.
//!
//! A page names its sockets itself, by random ids; an id of one window means nothing to another.

use oro_engine::bytes::Bytes;
use oro_engine::id::Id;
use oro_engine::route::Route;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::UdpError;

macro_rules! routes {
    ($(
        $(#[$meta:meta])*
        $params:ident $name:literal $(body $body:literal)? -> $output:ty {
            $($(#[$field_meta:meta])* $field:ident: $ty:ty,)*
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $params {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        impl Route for $params {
            const NAME: &'static str = $name;
            $(const BODY: bool = $body;)?
            type Output = $output;
            type Error = UdpError;
        }
    )+};
}

routes! {
    /// Opens a socket on a local port.
    UdpBind "udp.bind" -> UdpBound {
        /// The socket.
        id: Id,
        /// The local port; 0 lets the operating system choose.
        port: u16,
        /// The local address; all addresses unless given.
        address: Option<String>,
        /// Several sockets may bind the same port.
        #[serde(default)]
        reuse_addr: bool,
        /// Several sockets share the port.
        #[serde(default)]
        reuse_port: bool,
        /// An IPv6 socket does not speak IPv4.
        #[serde(default)]
        ipv6_only: bool,
        /// The family of a socket without `address`.
        family: Option<UdpFamily>,
    }
    /// Connects a socket to a peer, the only one that it hears then. Opens it if it is not.
    UdpConnect "udp.connect" -> UdpAddress {
        /// The socket.
        id: Id,
        /// The peer's port.
        port: u16,
        /// The peer's address; this machine unless given.
        address: Option<String>,
    }
    /// Makes a connected socket hear everybody again.
    UdpDisconnect "udp.disconnect" -> UdpId {
        /// The socket.
        id: Id,
    }
    /// Sends the body as one datagram; answers when the kernel has it. Opens the socket if it is
    /// not.
    UdpSend "udp.send" body true -> UdpSent {
        /// The socket.
        id: Id,
        /// The receiver's port; not for connected sockets.
        port: Option<u16>,
        /// The receiver's address; this machine unless given.
        address: Option<String>,
        /// Close the socket after this datagram, sent or not, if this call opened it.
        #[serde(default)]
        ephemeral: bool,
    }
    /// Sends many datagrams: the body is a frame, of 32-byte headers and runs of datagrams as
    /// `udp.recv` answers them. Answers when the kernel has all of them, or refused them.
    UdpSendBatch "udp.sendBatch" body true -> UdpBatchSent {
        /// The socket, which must be open.
        id: Id,
    }
    /// Starts receiving: the event `udp.message` tells when datagrams wait for `udp.recv`.
    UdpReadStart "udp.readStart" -> UdpId {
        /// The socket.
        id: Id,
    }
    /// Stops receiving. What has arrived can still be taken.
    UdpReadStop "udp.readStop" -> UdpId {
        /// The socket.
        id: Id,
    }
    /// Takes datagrams that have arrived, as a frame: runs of datagrams of one sender and size,
    /// each after a 32-byte header (family, 0, u16 port, u32 scope, 16 bytes of address, u32
    /// bytes of the run, u32 bytes of each datagram but the last; little-endian). An empty frame:
    /// there are none, and `udp.message` tells of the next.
    UdpRecv "udp.recv" -> Bytes {
        /// The socket.
        id: Id,
        /// Most bytes of the frame; one run is always taken. 1 MiB unless given.
        max: Option<usize>,
    }
    /// The peer of a connected socket.
    UdpGetPeerName "udp.getPeerName" -> UdpAddress {
        /// The socket.
        id: Id,
    }
    /// The local address of a socket.
    UdpGetSockName "udp.getSockName" -> UdpAddress {
        /// The socket.
        id: Id,
    }
    /// What a socket is doing.
    UdpGetState "udp.getState" -> UdpState {
        /// The socket.
        id: Id,
    }
    /// Closes a socket.
    UdpClose "udp.close" -> UdpId {
        /// The socket.
        id: Id,
    }
    /// Allows or forbids sending to broadcast addresses.
    UdpSetBroadcast "udp.setBroadcast" -> UdpId {
        /// The socket.
        id: Id,
        /// Whether it is allowed.
        flag: bool,
    }
    /// Sets how many hops datagrams live.
    UdpSetTtl "udp.setTTL" -> UdpId {
        /// The socket.
        id: Id,
        /// Hops, 1 to 255.
        ttl: u32,
    }
    /// Sets how many hops multicast datagrams live.
    UdpSetMulticastTtl "udp.setMulticastTTL" -> UdpId {
        /// The socket.
        id: Id,
        /// Hops, 0 to 255.
        ttl: u32,
    }
    /// Sets whether own multicast datagrams come back.
    UdpSetMulticastLoopback "udp.setMulticastLoopback" -> UdpId {
        /// The socket.
        id: Id,
        /// Whether they do.
        flag: bool,
    }
    /// Sets the interface that multicast leaves by.
    UdpSetMulticastInterface "udp.setMulticastInterface" -> UdpId {
        /// The socket.
        id: Id,
        /// An address of the interface (IPv4), or an address with a scope, as in `::%eth0`.
        interface: String,
    }
    /// Joins a multicast group.
    UdpAddMembership "udp.addMembership" -> UdpId {
        /// The socket.
        id: Id,
        /// The group.
        address: String,
        /// The only sender of the group that is heard; all unless given.
        source: Option<String>,
        /// The interface, as in `udp.setMulticastInterface`; any unless given.
        interface: Option<String>,
    }
    /// Leaves a multicast group.
    UdpDropMembership "udp.dropMembership" -> UdpId {
        /// The socket.
        id: Id,
        /// The group.
        address: String,
        /// The sender that was given when it was joined.
        source: Option<String>,
        /// The interface that was given when it was joined.
        interface: Option<String>,
    }
    /// What sockets can do on this system.
    UdpCapabilities "udp.capabilities" -> UdpFeatures {
    }
    /// Reads or sets the size of a socket's buffer in the kernel, which may make it larger than
    /// asked for.
    OsBufferSize "os.bufferSize" -> UdpBufferSize {
        /// The socket.
        id: Id,
        /// 0 is the send buffer, 1 the receive buffer.
        #[serde(default)]
        buffer: u8,
        /// Bytes; 0 only reads.
        #[serde(default)]
        size: usize,
    }
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UdpFamily {
    /// IPv4.
    #[serde(rename = "IPv4", alias = "udp4")]
    Ipv4,
    /// IPv6.
    #[serde(rename = "IPv6", alias = "udp6")]
    Ipv6,
}

/// The socket that a call was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UdpId {
    /// The socket.
    pub id: Id,
}

/// An address of a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UdpAddress {
    /// The socket.
    pub id: Id,
    /// The address, without port.
    pub address: String,
    /// Its family.
    pub family: UdpFamily,
    /// The port.
    pub port: u16,
}

/// A socket that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UdpBound {
    /// Its local address.
    #[serde(flatten)]
    pub local: UdpAddress,
    /// The name of Node's event.
    pub event: &'static str,
}

/// A datagram that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UdpSent {
    /// The socket.
    pub id: Id,
    /// Always 0: failures are errors.
    pub status: u8,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UdpBatchSent {
    /// The socket.
    pub id: Id,
    /// How many datagrams the kernel took.
    pub sent: usize,
    /// The ones that it refused.
    pub failed: Vec<UdpSendFailure>,
}

/// Datagrams of a batch that were refused, all for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UdpSendFailure {
    /// The first of them, counted from 0.
    pub index: usize,
    /// How many.
    pub count: usize,
    /// The code, such as `EMSGSIZE`.
    pub code: String,
    /// What happened, with the address.
    pub message: String,
}

/// What a socket is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UdpState {
    /// The socket.
    pub id: Id,
    /// Always `udp`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// It has a local address.
    pub bound: bool,
    /// It receives.
    pub active: bool,
    /// It is closed: never, such a socket is not found.
    pub closed: bool,
    /// It closes when what waits has been sent.
    pub closing: bool,
    /// It has a peer.
    pub connected: bool,
    /// It closes after its datagram.
    pub ephemeral: bool,
    /// Datagrams that wait for `udp.recv`.
    pub queued: usize,
    /// Datagrams that were dropped because nobody took the ones before.
    pub dropped: u64,
}

/// What sockets can do on this system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UdpFeatures {
    /// Datagrams of one receiver that go to the kernel at once; 1 is one by one.
    pub segments_max: usize,
    /// Datagrams that come from the kernel in one piece; 1 is one by one.
    pub receive_segments_max: usize,
    /// Datagrams read by one system call.
    pub batch_max: usize,
    /// Several sockets can share a port.
    pub reuse_port: bool,
    /// IPv6 is there.
    pub ipv6: bool,
    /// Most sockets.
    pub sockets_max: usize,
    /// Bytes that wait for `udp.recv` before datagrams are dropped.
    pub backlog_max_bytes: usize,
}

/// The size of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UdpBufferSize {
    /// The socket.
    pub id: Id,
    /// Bytes, as the kernel counts them.
    pub size: usize,
}
