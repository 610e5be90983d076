//! The process of a worker: how it is started, bound and limited.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, nice, pidfd_open, set_parent_process_death_signal,
    setrlimit,
};

use crate::engine::settings::WorkerProgram;

/// How much the worker steps back behind the application: frames and clicks come first. More would
/// starve it where something else computes as well.
const NICE: i32 = 2;
/// How readily the system ends the worker when memory is short.
const OOM_SCORE: &str = "500";
/// Turns that a thread of OpenMP waits busily for the next piece of work. Without a limit, two
/// threads take the cores from whatever else runs; with none, each piece costs a wake-up.
const SPIN_COUNT: &str = "10000";

/// Starts a worker; returns it with our end of the sockets.
pub(super) fn start(program: &WorkerProgram) -> io::Result<(Child, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let mut command = Command::new(&program.program);
    command
        .args(&program.args)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        // Signals of a terminal are for the application, which ends its worker.
        .process_group(0);
    environment(&mut command);
    Ok((command.spawn()?, ours))
}

/// What must be set before the program is loaded.
pub(crate) fn environment(command: &mut Command) {
    if std::env::var_os("GOMP_SPINCOUNT").is_none() {
        command.env("GOMP_SPINCOUNT", SPIN_COUNT);
    }
    // Otherwise a failed assertion starts a debugger.
    command.env("GGML_NO_BACKTRACE", "1");
}

/// Ends this process when its parent does.
pub(super) fn bind_to_parent() -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // A parent that ended before that leaves its end of the sockets closed, which ends us too.
    Ok(())
}

/// Limits what this process may take, and steps back behind others. What the system refuses is
/// not worth failing for.
pub(super) fn limit(memory_max: Option<u64>) {
    let _ = nice(NICE);
    compute_in_batches();
    let _ = fs::write("/proc/self/oom_score_adj", OOM_SCORE);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    // Weights count as well, because they are read and not mapped.
    if let Some(max) = memory_max.or_else(total_memory) {
        let limit = Rlimit {
            current: Some(max),
            maximum: Some(max),
        };
        let _ = setrlimit(Resource::Data, limit);
    }
}

/// Makes the threads that this one starts take no core from anybody when they wake, as they do after
/// each piece of a step for which one waited long: they would stop a tick in its middle, for
/// milliseconds.
#[expect(unsafe_code, reason = "no crate of ours has this call")]
fn compute_in_batches() {
    let param = libc::sched_param { sched_priority: 0 };
    // SAFETY: the call reads the parameters, which live until it returns, and keeps nothing.
    let _ = unsafe { libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const param) };
}

/// Bytes of memory of the machine.
fn total_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}

/// Waits until a process has ended, but not for long.
pub(super) fn wait(child: &Child, max: Duration) {
    let pidfd = Pid::from_raw(child.id().cast_signed())
        .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    if let (Some(pidfd), Ok(max)) = (pidfd, max.try_into()) {
        let _ = poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&max));
    }
}

/// How a process ended, in words.
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it exited with code {code}"),
        (None, Some(signal)) => format!("signal {signal} ended it"),
        (None, None) => "it ended".to_owned(),
    }
}
