//! Which `Host` a request may name.
//!
//! A page of a foreign site can reach a server on this machine by making its own name resolve to
//! 127.0.0.1 (DNS rebinding). The browser then still sends that name as the host, so a server
//! that only answers to its own names is safe.

use std::net::IpAddr;

/// The digits of the highest port.
const PORT_DIGITS_MAX: usize = 5;

/// The names that a server answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRule {
    name: String,
    any_address: bool,
}

impl HostRule {
    /// A server that was told to listen at `host`: it answers to that name and to the names of
    /// this machine for itself. One that listens at all addresses (`0.0.0.0`, `::`) answers to
    /// every numeric address, because only names can be rebound.
    #[must_use]
    pub fn new(host: &str) -> Self {
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let address = name.parse::<IpAddr>();
        Self {
            name: name.to_ascii_lowercase(),
            any_address: address.is_ok_and(|address| address.is_unspecified()),
        }
    }

    /// Whether a `Host` header, or the authority of a request's address, names this server.
    /// The port does not matter: it may be forwarded.
    #[must_use]
    pub fn allows(&self, authority: &str) -> bool {
        let Some(name) = name(authority) else {
            return false;
        };
        ["127.0.0.1", "localhost", "::1", &self.name]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
            || (self.any_address && name.parse::<IpAddr>().is_ok())
    }
}

/// `name[:port]` or `[address][:port]` without the port and the brackets.
fn name(authority: &str) -> Option<&str> {
    let (name, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => match authority.find(':') {
            Some(at) => authority.split_at(at),
            None => (authority, ""),
        },
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    // Digits only: parsing takes a sign, and zeros without end.
    let digits = port.len() <= PORT_DIGITS_MAX && port.bytes().all(|it| it.is_ascii_digit());
    let ok = port.is_empty() || (digits && port.parse::<u16>().is_ok());
    (ok && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_are_allowed() {
        for (host, authority, want) in [
            ("127.0.0.1", "127.0.0.1:27718", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "localhost:1", true),
            ("127.0.0.1", "LOCALHOST", true),
            ("127.0.0.1", "[::1]:27718", true),
            ("127.0.0.1", "[::1]", true),
            ("127.0.0.1", "evil.example:27718", false),
            ("127.0.0.1", "127.0.0.1.evil.example", false),
            ("127.0.0.1", "localhost.evil.example", false),
            ("127.0.0.1", "127.0.0.1@evil.example", false),
            ("127.0.0.1", "192.168.0.2", false),
            ("127.0.0.1", "localhost.", false),
            ("127.0.0.1", "localhost:x", false),
            ("127.0.0.1", "localhost:+1", false),
            ("127.0.0.1", "localhost:70000", false),
            ("127.0.0.1", "localhost:00080", true),
            ("127.0.0.1", "localhost:000080", false),
            ("127.0.0.1", "[::1", false),
            ("127.0.0.1", "[::1]x", false),
            ("127.0.0.1", "::1", false),
            ("127.0.0.1", "", false),
            ("127.0.0.1", ":1", false),
            ("build.local", "Build.local:80", true),
            ("build.local", "build.local.evil.example", false),
            ("0.0.0.0", "192.168.0.2:27718", true),
            ("0.0.0.0", "[fe80::1]:27718", true),
            ("0.0.0.0", "evil.example:27718", false),
            ("::", "10.0.0.1", true),
            ("[::]", "10.0.0.1", true),
        ] {
            assert_eq!(
                HostRule::new(host).allows(authority),
                want,
                "{host} {authority}"
            );
        }
    }
}
