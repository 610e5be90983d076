//! The machine and its operating system.

mod constants;
mod paths;
mod proc;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Instant;

use bevy_app::{App, Plugin};
use oro_components::os::{
    NetworkAddress, OsAvailableMemory, OsConstants, OsCpus, OsError, OsFreemem, OsHostname,
    OsHrtime, OsLoadavg, OsNetworkInterfaces, OsPaths, OsRusage, OsTotalmem, OsUname, OsUptime,
    OsUserInfo, Uname,
};
use oro_engine::config::Config;
use oro_engine::prelude::*;
use sysinfo::Networks;

/// The machine and its system: the routes `os.*`; script module `oro:os`.
///
/// All of them are answered on the thread that received the request, without a tick, except those
/// that ask the network and the list of users.
#[derive(Debug, Default)]
pub struct OsPlugin;

impl Plugin for OsPlugin {
    fn build(&self, app: &mut App) {
        let config = app.world_mut().get_resource_or_init::<Config>().clone();
        app.add_pure::<OsCpus>(|_| proc::cpus())
            .add_pure::<OsRusage>(|_| proc::rusage())
            .add_pure::<OsUptime>(|_| proc::uptime_ms())
            .add_pure::<OsLoadavg>(|_| proc::loadavg())
            .add_pure::<OsTotalmem>(|_| proc::memory_total())
            .add_pure::<OsFreemem>(|_| proc::memory_available())
            .add_pure::<OsAvailableMemory>(|_| proc::memory_available().map(eight_bytes))
            .add_pure::<OsHrtime>(|_| Ok(eight_bytes(hrtime())))
            .add_pure::<OsUname>(|_| Ok(uname()))
            .add_pure::<OsHostname>(|_| Ok(uname().nodename))
            .add_pure::<OsConstants>(|_| Ok(constants::constants()))
            .add_pure::<OsPaths>(move |_| Ok(paths::paths(&config)))
            .add_job::<OsUserInfo>(Lane::Io, |_| paths::user_info())
            .add_job::<OsNetworkInterfaces>(Lane::Io, |_| interfaces());
    }
}

fn eight_bytes(value: u64) -> Bytes {
    value.to_le_bytes().to_vec().into()
}

fn hrtime() -> u64 {
    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGINNING.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

fn uname() -> Uname {
    let uname = rustix::system::uname();
    let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    Uname {
        sysname: text(uname.sysname()),
        release: text(uname.release()),
        version: text(uname.version()),
        machine: text(uname.machine()),
        nodename: text(uname.nodename()),
    }
}

fn interfaces() -> Result<BTreeMap<String, Vec<NetworkAddress>>, OsError> {
    let networks = Networks::new_with_refreshed_list().map_err(|error| {
        tracing::warn!(%error, "cannot list network interfaces");
        proc::unavailable("network interfaces", &rustix::io::Errno::IO.into())
    })?;
    let mut found = BTreeMap::new();
    for (name, network) in &networks {
        let name = name.to_string_lossy();
        let interface = proc::interface(&name);
        if !interface.up {
            continue;
        }
        let mut addresses: Vec<NetworkAddress> = network
            .ip_networks()
            .iter()
            .map(|ip| NetworkAddress {
                address: ip.addr.to_string(),
                netmask: netmask(ip.addr, ip.prefix).to_string(),
                family: if ip.addr.is_ipv4() { "IPv4" } else { "IPv6" },
                mac: network.mac_address().to_string().to_lowercase(),
                internal: interface.loopback || ip.addr.is_loopback(),
                cidr: format!("{}/{}", ip.addr, ip.prefix),
                scopeid: scope(ip.addr, interface.index),
            })
            .collect();
        if !addresses.is_empty() {
            addresses.sort_by_key(|address| (address.family, address.cidr.clone()));
            found.insert(name.into_owned(), addresses);
        }
    }
    Ok(found)
}

/// The bits that name the network.
fn netmask(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(_) => {
            let host = 32_u32.saturating_sub(prefix.into());
            IpAddr::V4(u32::MAX.checked_shl(host).unwrap_or(0).into())
        }
        IpAddr::V6(_) => {
            let host = 128_u32.saturating_sub(prefix.into());
            IpAddr::V6(u128::MAX.checked_shl(host).unwrap_or(0).into())
        }
    }
}

/// Which interface an address needs to be told with; 0 if it stands for itself.
fn scope(address: IpAddr, index: u32) -> Option<u32> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) if address.is_unicast_link_local() => Some(index),
        IpAddr::V6(_) => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_cover_the_prefix() {
        for (address, prefix, want) in [
            ("10.0.0.1", 0, "0.0.0.0"),
            ("10.0.0.1", 8, "255.0.0.0"),
            ("10.0.0.1", 20, "255.255.240.0"),
            ("10.0.0.1", 32, "255.255.255.255"),
            ("10.0.0.1", 99, "255.255.255.255"),
            ("::1", 0, "::"),
            ("::1", 64, "ffff:ffff:ffff:ffff::"),
            ("::1", 128, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(netmask(address, prefix).to_string(), want);
        }
    }
}
