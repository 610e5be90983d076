//! Signals by the names that Node gives them.

use rustix::process::Signal;

const TABLE: [(&str, Signal); 30] = [
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
    ("SIGPWR", Signal::POWER),
    ("SIGSYS", Signal::SYS),
];

/// All names with their numbers.
pub(crate) fn signals() -> impl Iterator<Item = (&'static str, i32)> {
    TABLE.iter().map(|(name, signal)| (*name, signal.as_raw()))
}

/// The number of a name, spelled in any case.
pub(crate) fn number(name: &str) -> Option<i32> {
    let found = signals().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, number)| number)
}

/// The name of a number; `SIG34` for those that have none.
pub(crate) fn name(number: i32) -> String {
    let found = signals().find(|(_, known)| *known == number);
    found.map_or_else(|| format!("SIG{number}"), |(name, _)| name.to_owned())
}
