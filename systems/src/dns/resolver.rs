//! The resolver of the system's C library. It knows what else the system asks (the file of hosts,
//! local services), which a resolver of our own would not.

use std::ffi::CString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use oro_components::dns::DnsError;
use rustix::io::Errno;

use crate::errno::SystemError;

/// Codes of the resolver: libc's number, Node's code, libuv's number.
const CODES: [(i32, &str, i32); 9] = [
    (libc::EAI_AGAIN, "EAI_AGAIN", -3001),
    (libc::EAI_BADFLAGS, "EAI_BADFLAGS", -3002),
    (libc::EAI_FAIL, "EAI_FAIL", -3004),
    (libc::EAI_FAMILY, "EAI_FAMILY", -3005),
    (libc::EAI_MEMORY, "EAI_MEMORY", -3006),
    (libc::EAI_NODATA, "ENOTFOUND", -3007),
    (libc::EAI_NONAME, "ENOTFOUND", -3008),
    (libc::EAI_OVERFLOW, "EAI_OVERFLOW", -3009),
    (libc::EAI_SERVICE, "EAI_SERVICE", -3010),
];

/// Hints of callers, which are Linux's numbers, as this system has them.
pub(super) fn flags(hints: u32) -> Option<i32> {
    const HINTS: [(u32, i32); 3] = [
        (8, libc::AI_V4MAPPED),
        (16, libc::AI_ALL),
        (32, libc::AI_ADDRCONFIG),
    ];
    let known = HINTS.iter().fold(0, |all, (hint, _)| all | hint);
    let set = HINTS.iter().filter(|(hint, _)| hints & hint != 0);
    (hints & !known == 0).then(|| set.fold(0, |all, (_, flag)| all | flag))
}

pub(super) fn not_found(hostname: &str) -> DnsError {
    failure(libc::EAI_NONAME, hostname)
}

fn failure(code: i32, hostname: &str) -> DnsError {
    let hostname = hostname.to_owned();
    if code == libc::EAI_SYSTEM {
        let SystemError { code, errno, .. } = (&std::io::Error::last_os_error()).into();
        return DnsError::Lookup {
            code,
            errno,
            hostname,
        };
    }
    let row = CODES.iter().find(|row| row.0 == code);
    let (code, errno) = row.map_or(("EAI_FAIL", -3004), |row| (row.1, row.2));
    DnsError::Lookup {
        code,
        errno,
        hostname,
    }
}

/// What the resolver gave us, to be given back.
struct List(*mut libc::addrinfo);

impl Drop for List {
    #[expect(unsafe_code, reason = "the standard library takes no hints")]
    fn drop(&mut self) {
        // SAFETY: the list is from `getaddrinfo`, and this is its only owner.
        unsafe { libc::freeaddrinfo(self.0) }
    }
}

/// All addresses of a name, each once. Blocks.
#[expect(unsafe_code, reason = "the standard library takes no hints")]
pub(super) fn resolve(hostname: &str, family: u8, flags: i32) -> Result<Vec<IpAddr>, DnsError> {
    let Ok(name) = CString::new(hostname) else {
        let SystemError { code, errno, .. } = Errno::INVAL.into();
        let hostname = hostname.to_owned();
        return Err(DnsError::Lookup {
            code,
            errno,
            hostname,
        });
    };
    // SAFETY: all-zero hints are valid ones.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = match family {
        4 => libc::AF_INET,
        6 => libc::AF_INET6,
        _ => libc::AF_UNSPEC,
    };
    // Else each address would come once for each type of socket.
    hints.ai_socktype = libc::SOCK_STREAM;
    hints.ai_flags = flags;
    let mut first = ptr::null_mut();
    // SAFETY: the name ends with zero, the hints live through the call, and `first` is written only
    // if it succeeds.
    let code =
        unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &raw const hints, &raw mut first) };
    if code != 0 {
        return Err(failure(code, hostname));
    }
    let list = List(first);
    let mut found = Vec::new();
    let mut next = list.0;
    // SAFETY: the list is linked by `ai_next` and lives until `list` is dropped.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ai_next;
        // SAFETY: an entry of a family has an address of that family.
        let address = unsafe {
            match entry.ai_family {
                libc::AF_INET => entry
                    .ai_addr
                    .cast::<libc::sockaddr_in>()
                    .as_ref()
                    .map(|it| IpAddr::V4(Ipv4Addr::from(u32::from_be(it.sin_addr.s_addr)))),
                libc::AF_INET6 => entry
                    .ai_addr
                    .cast::<libc::sockaddr_in6>()
                    .as_ref()
                    .map(|it| IpAddr::V6(Ipv6Addr::from(it.sin6_addr.s6_addr))),
                _ => None,
            }
        };
        found.extend(address.filter(|address| !found.contains(address)));
    }
    Ok(found)
}
