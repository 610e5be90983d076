//! Joining and leaving multicast groups.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use oro_components::udp::{Interface, Membership, UdpError};
use socket2::{SockAddr, SockRef};

use super::handle::{Handle, failed};

impl Handle {
    /// Joins a group, or leaves it.
    pub fn set_membership(&self, membership: Membership, join: bool) -> Result<(), UdpError> {
        let socket = self.sock();
        let Membership {
            group,
            source,
            interface,
        } = membership;
        let address = match interface {
            Interface::Address(address) => address,
            Interface::Any | Interface::Index(_) => Ipv4Addr::UNSPECIFIED,
        };
        let index = match interface {
            Interface::Index(index) => index,
            Interface::Any | Interface::Address(_) => 0,
        };
        let set = match (group, source, join) {
            (IpAddr::V4(group), Some(IpAddr::V4(source)), true) => {
                socket.join_ssm_v4(&source, &group, &address)
            }
            (IpAddr::V4(group), Some(IpAddr::V4(source)), false) => {
                socket.leave_ssm_v4(&source, &group, &address)
            }
            (IpAddr::V6(group), Some(IpAddr::V6(source)), _) => {
                set_source_v6(&socket, group, source, index, join)
            }
            (_, Some(_), _) => Err(rustix::io::Errno::INVAL.into()),
            (IpAddr::V4(group), None, true) => socket.join_multicast_v4(&group, &address),
            (IpAddr::V4(group), None, false) => socket.leave_multicast_v4(&group, &address),
            (IpAddr::V6(group), None, true) => socket.join_multicast_v6(&group, index),
            (IpAddr::V6(group), None, false) => socket.leave_multicast_v6(&group, index),
        };
        let syscall = match (source, join) {
            (None, true) => "addMembership",
            (None, false) => "dropMembership",
            (Some(_), true) => "addSourceSpecificMembership",
            (Some(_), false) => "dropSourceSpecificMembership",
        };
        set.map_err(failed(syscall, None))
    }
}

#[expect(unsafe_code, reason = "socket2 does not say what it wraps")]
fn storage(address: Ipv6Addr) -> libc::sockaddr_storage {
    let mut storage = SockAddr::from(SocketAddr::new(address.into(), 0)).as_storage();
    // SAFETY: it is a wrapper of this type, and all of it is initialised.
    unsafe { *storage.view_as::<libc::sockaddr_storage>() }
}

/// Joins or leaves the part of a group that one sender makes, for IPv6.
#[expect(unsafe_code, reason = "no crate offers this option")]
fn set_source_v6(
    socket: &SockRef<'_>,
    group: Ipv6Addr,
    source: Ipv6Addr,
    index: u32,
    join: bool,
) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let request = libc::group_source_req {
        gsr_interface: index,
        gsr_group: storage(group),
        gsr_source: storage(source),
    };
    let option = if join {
        libc::MCAST_JOIN_SOURCE_GROUP
    } else {
        libc::MCAST_LEAVE_SOURCE_GROUP
    };
    // SAFETY: the descriptor is open, `request` lives through the call, and its size is given.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_IPV6,
            option,
            (&raw const request).cast(),
            size_of::<libc::group_source_req>() as libc::socklen_t,
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
