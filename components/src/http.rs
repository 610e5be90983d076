//! Routes over HTTP: the server's limits and state, and how an HTTP request names a route.
//!
//! What is here only reads text; the server itself is in the systems crate.

mod host;
mod target;

use std::net::SocketAddr;
use std::time::Duration;

use bevy_ecs::prelude::*;

pub use host::HostRule;
pub use target::{route_address, window_index};

/// Limits of the HTTP server that no application needs to change, and tests do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// Connections at once. A further one takes the place of the one that has been idle longest;
    /// if none is idle, it is answered 503.
    pub connections_max: usize,
    /// Size of a request line with its headers, in bytes; more is answered 431.
    pub head_max_bytes: usize,
    /// Number of headers; more is answered 431.
    pub headers_max: usize,
    /// Request bodies of all connections together, in bytes; more is answered 429.
    pub bodies_max_bytes: usize,
    /// How long a connection may be open without a complete request head.
    pub head_timeout: Duration,
    /// How long a request body may make no progress before it is answered 408.
    pub body_timeout: Duration,
    /// How long a whole request body may take before it is answered 408.
    pub body_total_timeout: Duration,
    /// How long a client may refuse to take bytes that are ready for it.
    pub write_timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections_max: 512,
            head_max_bytes: 64 << 10,
            headers_max: 100,
            bodies_max_bytes: 256 << 20,
            head_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            body_total_timeout: Duration::from_secs(300),
            write_timeout: Duration::from_secs(30),
        }
    }
}

/// Whether routes can be called over HTTP at this moment, and where.
#[derive(Resource, Clone, Debug, Default)]
pub enum HttpServer {
    /// The configuration does not ask for it.
    #[default]
    Off,
    /// It does not run although the configuration asks for it.
    Refused(HttpError),
    /// It listens at this address.
    Listening(SocketAddr),
}

impl HttpServer {
    /// The address it listens at, if it does.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Listening(address) => Some(*address),
            Self::Off | Self::Refused(_) => None,
        }
    }
}

/// Why the HTTP server does not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// `http_ipc_enable` is on, and there is no port.
    #[error("'http_ipc_enable' has no effect without 'http_ipc_port'")]
    NoPort,
    /// Other machines could reach the address, and nothing keeps them out.
    #[error(
        "'http_ipc_host' = '{0}' can be reached from other machines: set 'http_ipc_shared_key'"
    )]
    NoKey(String),
    /// The address cannot be used.
    #[error("cannot listen at '{host}:{port}' ('http_ipc_host', 'http_ipc_port'): {reason}")]
    Bind {
        /// The host of the configuration.
        host: String,
        /// The port.
        port: u16,
        /// The operating system's reason.
        reason: String,
    },
}
