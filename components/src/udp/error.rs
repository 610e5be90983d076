//! What can go wrong with a socket.

use std::borrow::Cow;
use std::net::SocketAddr;

use oro_engine::error::ErrorCode;

use super::datagrams::{DATAGRAM_MAX_BYTES, FrameError};

/// What can go wrong with a socket. Codes are Node's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UdpError {
    /// It has a local address already.
    #[error("Socket is already bound")]
    AlreadyBound,
    /// It has a peer already.
    #[error("Already connected")]
    IsConnected,
    /// It has no peer.
    #[error("Not connected")]
    NotConnected,
    /// It was never opened, or is closed, or belongs to another window.
    #[error("Not running")]
    NotRunning,
    /// It is receiving.
    #[error("Socket is already receiving")]
    AlreadyReceiving,
    /// The same, for the route that Node does not have.
    #[error("no socket has this id")]
    NotFound,
    /// A port that cannot be sent to.
    #[error("Port should be > 0 and < 65536. Received 0.")]
    BadPort,
    /// A parameter that cannot be understood.
    #[error("Invalid '{param}' given in parameters")]
    Invalid {
        /// The parameter.
        param: &'static str,
        /// Why.
        reason: String,
    },
    /// As many sockets as the configuration allows.
    #[error("too many UDP sockets: the limit is {max}")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// A body that is not a frame.
    #[error("Invalid 'body' given in parameters")]
    Frame(#[from] FrameError),
    /// More waits to be sent than the limit.
    #[error("send ENOBUFS: {queued} sends wait already")]
    Queue {
        /// How many.
        queued: usize,
    },
    /// The operating system refused.
    #[error("{syscall} {code}{}", at(*address))]
    System {
        /// The call.
        syscall: &'static str,
        /// The code, such as `EADDRINUSE`.
        code: &'static str,
        /// The error number, negative as libuv gives it.
        errno: i32,
        /// The address that it was about.
        address: Option<SocketAddr>,
    },
}

/// ` 127.0.0.1:9`, as Node's messages end.
fn at(address: Option<SocketAddr>) -> String {
    address.map_or_else(String::new, |address| {
        format!(" {}:{}", address.ip(), address.port())
    })
}

impl ErrorCode for UdpError {
    fn code(&self) -> Cow<'static, str> {
        match self {
            Self::AlreadyBound => "ERR_SOCKET_ALREADY_BOUND",
            Self::IsConnected => "ERR_SOCKET_DGRAM_IS_CONNECTED",
            Self::NotConnected => "ERR_SOCKET_DGRAM_NOT_CONNECTED",
            Self::NotRunning => "ERR_SOCKET_DGRAM_NOT_RUNNING",
            Self::AlreadyReceiving => "ERR_SOCKET_DGRAM_ALREADY_RECEIVING",
            Self::NotFound => "NOT_FOUND_ERR",
            Self::BadPort => "ERR_SOCKET_BAD_PORT",
            Self::Invalid { .. } | Self::Frame(_) => "ERR_INVALID_ARG",
            Self::TooMany { .. } => "EAGAIN",
            Self::Queue { .. } => "ENOBUFS",
            Self::System { code, .. } => code,
        }
        .into()
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Invalid { .. } | Self::Frame(_) => "TypeError",
            Self::BadPort => "RangeError",
            Self::NotFound => "NotFoundError",
            Self::TooMany { .. } => "QuotaExceededError",
            _ => "Error",
        }
    }

    fn details(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Invalid { param, reason } => {
                vec![
                    ("param", (*param).into()),
                    ("reason", reason.as_str().into()),
                ]
            }
            Self::Frame(error) => vec![
                ("param", "body".into()),
                ("reason", error.to_string().into()),
                ("datagramMaxBytes", DATAGRAM_MAX_BYTES.into()),
            ],
            Self::BadPort => vec![("param", "port".into())],
            Self::System {
                syscall,
                errno,
                address,
                ..
            } => {
                let mut details = vec![("syscall", (*syscall).into()), ("errno", (*errno).into())];
                if let Some(address) = address {
                    details.push(("address", address.ip().to_string().into()));
                    details.push(("port", address.port().into()));
                }
                details
            }
            _ => Vec::new(),
        }
    }
}
