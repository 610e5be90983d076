//! Numbers of errors, signals and priorities on this system, by Node's names.

use std::collections::BTreeMap;

use rustix::process::Signal;

use crate::errno::codes;

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
    let signals = [
        ("SIGHUP", Signal::HUP),
        ("SIGINT", Signal::INT),
        ("SIGQUIT", Signal::QUIT),
        ("SIGILL", Signal::ILL),
        ("SIGTRAP", Signal::TRAP),
        ("SIGABRT", Signal::ABORT),
        ("SIGBUS", Signal::BUS),
        ("SIGFPE", Signal::FPE),
        ("SIGKILL", Signal::KILL),
        ("SIGUSR1", Signal::USR1),
        ("SIGSEGV", Signal::SEGV),
        ("SIGUSR2", Signal::USR2),
        ("SIGPIPE", Signal::PIPE),
        ("SIGALRM", Signal::ALARM),
        ("SIGTERM", Signal::TERM),
        ("SIGCHLD", Signal::CHILD),
        ("SIGCONT", Signal::CONT),
        ("SIGSTOP", Signal::STOP),
        ("SIGTSTP", Signal::TSTP),
        ("SIGTTIN", Signal::TTIN),
        ("SIGTTOU", Signal::TTOU),
        ("SIGURG", Signal::URG),
        ("SIGXCPU", Signal::XCPU),
        ("SIGXFSZ", Signal::XFSZ),
        ("SIGVTALRM", Signal::VTALARM),
        ("SIGPROF", Signal::PROF),
        ("SIGWINCH", Signal::WINCH),
        ("SIGIO", Signal::IO),
    ];
    let signals = signals
        .into_iter()
        .map(|(name, signal)| (name, signal.as_raw()));
    codes()
        .chain(signals)
        .chain(PRIORITIES)
        .chain([("UV_UDP_REUSEADDR", UV_UDP_REUSEADDR)])
        .collect()
}
