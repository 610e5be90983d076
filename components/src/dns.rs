//! Names of hosts and their addresses.

use std::borrow::Cow;

use oro_engine::error::{ErrorCode, RouteError};
use oro_engine::job::JobError;
use oro_engine::route::Route;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The addresses of a name, as programs of this system find them: from the file of hosts, from name
/// servers, or wherever it is set up to look.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsLookup {
    /// The name. An address is its own answer.
    pub hostname: String,
    /// 4 or 6 for addresses of this kind only; 0 for both.
    #[serde(default)]
    pub family: u8,
    /// Answer with all addresses, not only with the first.
    #[serde(default)]
    pub all: bool,
    /// The sum of `ADDRCONFIG` (32), `V4MAPPED` (8) and `ALL` (16).
    #[serde(default)]
    pub hints: u32,
    /// Which addresses come first.
    #[serde(default)]
    pub order: DnsOrder,
    /// Milliseconds to wait; `dns_timeout_ms` unless given, 0 is no limit.
    pub timeout: Option<f64>,
}

impl Route for DnsLookup {
    const NAME: &'static str = "dns.lookup";
    const PERMISSION: Option<&'static str> = Some("dns");
    type Output = DnsAddresses;
    type Error = DnsError;
}

/// Which addresses come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DnsOrder {
    /// As the system has them.
    #[default]
    Verbatim,
    /// Those of IPv4.
    Ipv4First,
    /// Those of IPv6.
    Ipv6First,
}

/// An address of a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DnsAddress {
    /// The address.
    pub address: String,
    /// 4 or 6.
    pub family: u8,
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DnsAddresses {
    /// The first address.
    #[serde(flatten)]
    pub first: DnsAddress,
    /// All of them, if they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub addresses: Vec<DnsAddress>,
}

/// What can go wrong with a lookup. Codes are Node's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DnsError {
    /// The name leads to nothing, or nobody can be asked.
    #[error("getaddrinfo {code} {hostname}")]
    Lookup {
        /// The code, such as `ENOTFOUND`.
        code: &'static str,
        /// The error number, negative as libuv gives it.
        errno: i32,
        /// The name.
        hostname: String,
    },
    /// It was not answered in time.
    #[error("getaddrinfo ETIMEOUT {hostname}")]
    Timeout {
        /// The name.
        hostname: String,
    },
    /// A parameter that cannot be understood.
    #[error("Invalid '{param}' given in parameters")]
    Invalid {
        /// The parameter.
        param: &'static str,
        /// Why.
        reason: String,
    },
    /// No name.
    #[error("Expecting 'hostname' in parameters")]
    NoName,
    /// As many lookups as the configuration allows.
    #[error("too many lookups: the limit is {max}")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// The work did not run.
    #[error(transparent)]
    Job(#[from] JobError),
}

impl ErrorCode for DnsError {
    fn code(&self) -> Cow<'static, str> {
        match self {
            Self::Lookup { code, .. } => (*code).into(),
            Self::Timeout { .. } => "ETIMEOUT".into(),
            Self::Invalid { .. } | Self::NoName => "ERR_INVALID_ARG".into(),
            Self::TooMany { .. } => "EAGAIN".into(),
            Self::Job(error) => RouteError::from(error.clone()).code,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Invalid { .. } | Self::NoName => "TypeError",
            Self::TooMany { .. } => "QuotaExceededError",
            _ => "Error",
        }
    }

    fn details(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Lookup {
                errno, hostname, ..
            } => vec![
                ("errno", (*errno).into()),
                ("syscall", "getaddrinfo".into()),
                ("hostname", hostname.as_str().into()),
            ],
            Self::Timeout { hostname } => vec![
                ("syscall", "getaddrinfo".into()),
                ("hostname", hostname.as_str().into()),
            ],
            Self::Invalid { param, reason } => vec![
                ("param", (*param).into()),
                ("reason", reason.as_str().into()),
            ],
            Self::NoName => vec![("param", "hostname".into())],
            _ => Vec::new(),
        }
    }
}
