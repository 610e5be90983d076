//! Numbers of errors, signals and priorities on this system, by Node's names.

use std::collections::BTreeMap;

use crate::errno::codes;
use crate::signal::signals;

/// Scheduling priorities, as Node names them.
const PRIORITIES: [(&str, i32); 6] = [
    ("PRIORITY_LOW", 19),
    ("PRIORITY_BELOW_NORMAL", 10),
    ("PRIORITY_NORMAL", 0),
    ("PRIORITY_ABOVE_NORMAL", -7),
    ("PRIORITY_HIGH", -14),
    ("PRIORITY_HIGHEST", -20),
];

/// libuv's flag for sockets that share a port.
const UV_UDP_REUSEADDR: i32 = 4;

pub(super) fn constants() -> BTreeMap<&'static str, i32> {
    codes()
        .chain(signals())
        .chain(PRIORITIES)
        .chain([("UV_UDP_REUSEADDR", UV_UDP_REUSEADDR)])
        .collect()
}
