//! The machine and its operating system.

use std::borrow::Cow;
use std::collections::BTreeMap;

use oro_engine::bytes::Bytes;
use oro_engine::error::{ErrorCode, Infallible};
use oro_engine::route::Route;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can go wrong when the system is asked about itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OsError {
    /// The system does not tell.
    #[error("{code}: {reason}, {what}")]
    Unavailable {
        /// What was asked for.
        what: &'static str,
        /// The code as Node spells it.
        code: &'static str,
        /// What it means.
        reason: &'static str,
    },
}

impl ErrorCode for OsError {
    fn code(&self) -> Cow<'static, str> {
        match self {
            Self::Unavailable { code, .. } => (*code).into(),
        }
    }
}

/// Declares routes without parameters.
macro_rules! routes {
    ($($(#[doc = $doc:literal])+ $params:ident $name:literal: $output:ty, $error:ty;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $params {}

        impl Route for $params {
            const NAME: &'static str = $name;
            const CONTROL: bool = true;
            type Output = $output;
            type Error = $error;
        }
    )+};
}

routes! {
    /// The processor cores, and what they have done since the system started.
    OsCpus "os.cpus": Vec<Cpu>, OsError;
    /// Every address of every network interface that is up, by the interface's name.
    OsNetworkInterfaces "os.networkInterfaces": BTreeMap<String, Vec<NetworkAddress>>, OsError;
    /// What this process has used.
    OsRusage "os.rusage": ResourceUsage, OsError;
    /// How long the system has been running, in milliseconds.
    OsUptime "os.uptime": f64, OsError;
    /// The names and versions of the system.
    OsUname "os.uname": Uname, Infallible;
    /// A time that never goes back, from an arbitrary beginning: nanoseconds as 8 bytes, the
    /// lowest first.
    OsHrtime "os.hrtime": Bytes, Infallible;
    /// The memory that can still be taken: bytes as 8 bytes, the lowest first.
    OsAvailableMemory "os.availableMemory": Bytes, OsError;
    /// The memory of the machine, in bytes.
    OsTotalmem "os.totalmem": u64, OsError;
    /// The memory that can still be taken, in bytes.
    OsFreemem "os.freemem": u64, OsError;
    /// The mean number of processes that want to run, over 1, 5 and 15 minutes.
    OsLoadavg "os.loadavg": [f64; 3], OsError;
    /// The name of the machine.
    OsHostname "os.hostname": String, Infallible;
    /// The user that runs this process.
    OsUserInfo "os.userInfo": UserInfo, OsError;
    /// The numbers of errors, signals and priorities by their names.
    OsConstants "os.constants": BTreeMap<&'static str, i32>, Infallible;
    /// The well-known directories of the user and of the application.
    OsPaths "os.paths": KnownPaths, Infallible;
}

/// A processor core.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Cpu {
    /// Its maker's name for it.
    pub model: String,
    /// Its clock in MHz; 0 if unknown.
    pub speed: u64,
    /// How it spent its time.
    pub times: CpuTimes,
}

/// Milliseconds that a core spent since the system started.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct CpuTimes {
    /// In programs.
    pub user: u64,
    /// In programs of low priority.
    pub nice: u64,
    /// In the kernel.
    pub sys: u64,
    /// With nothing to do.
    pub idle: u64,
    /// In interrupts.
    pub irq: u64,
}

/// An address of a network interface.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NetworkAddress {
    /// The address.
    pub address: String,
    /// Which of its bits name the network.
    pub netmask: String,
    /// `IPv4` or `IPv6`.
    pub family: &'static str,
    /// The hardware address of the interface.
    pub mac: String,
    /// Whether it leads nowhere but to this machine.
    pub internal: bool,
    /// Address and length of the network's name.
    pub cidr: String,
    /// The number of the interface, for IPv6 addresses that need it; else 0. Absent for IPv4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", default)]
    pub scopeid: Option<u32>,
}

/// What a process has used.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct ResourceUsage {
    /// The most memory that was resident at once, in KiB.
    pub ru_maxrss: u64,
    /// The memory that is resident now, in bytes.
    pub rss: u64,
    /// Processor time in the program, in microseconds; the system counts in steps of 10,000.
    pub ru_utime: u64,
    /// Processor time in the kernel for it, in microseconds; likewise.
    pub ru_stime: u64,
}

/// The names and versions of the system.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Uname {
    /// The system: `Linux`.
    pub sysname: String,
    /// Its release.
    pub release: String,
    /// Its version.
    pub version: String,
    /// The machine: `x86_64`.
    pub machine: String,
    /// The name of the machine in its network.
    pub nodename: String,
}

/// A user of the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UserInfo {
    /// The number.
    pub uid: u32,
    /// The number of the user's group.
    pub gid: u32,
    /// The name.
    pub username: String,
    /// The home directory.
    pub homedir: String,
    /// The login shell; null if there is none.
    pub shell: Option<String>,
}

/// Well-known directories. They need not exist.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct KnownPaths {
    /// The application's own files.
    pub resources: String,
    /// The user's downloads.
    pub downloads: String,
    /// The user's documents.
    pub documents: String,
    /// The user's pictures.
    pub pictures: String,
    /// The user's desktop.
    pub desktop: String,
    /// The user's videos.
    pub videos: String,
    /// The user's music.
    pub music: String,
    /// The application's settings.
    pub config: String,
    /// The application's media: the user's media folder of the application.
    pub media: String,
    /// The user's home.
    pub home: String,
    /// The application's data.
    pub data: String,
    /// What the application keeps and can make anew.
    pub cache: String,
    /// The application's logs.
    pub log: String,
    /// For files that may vanish.
    pub tmp: String,
}
