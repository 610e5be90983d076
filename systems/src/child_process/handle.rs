//! What the operating system has of a child: its process and our ends of its pipes.

use std::ffi::{CString, NulError, OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bevy_ecs::prelude::*;
use bytes::{Buf, BytesMut};
use mio::unix::SourceFd;
use mio::unix::pipe::{Receiver, Sender};
use oro_components::child_process::{ChildError, ChildInput, ChildProcess, ChildStatus, Stdio};
use oro_engine::reactor::{Interest, Reactor, Token};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process_group, test_kill_process_group, waitid,
};

use super::spawn::{self, End, Guard, Plan, Spares, Started, Step};
use super::variable::Variables;
use crate::errno::SystemError;

/// Bytes read from a pipe by one call.
const READ_BYTES: usize = 64 << 10;
/// How long a child that was killed at the very end is waited for.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// A process of ours. Dropping it kills its group, and collects it.
#[derive(Debug)]
pub(super) struct Process {
    pid: i32,
    detached: bool,
    /// `None` when somebody else collects it, or somebody has.
    pidfd: Option<OwnedFd>,
    guard: Option<Guard>,
}

impl Process {
    pub fn pid(&self) -> u32 {
        self.pid.unsigned_abs()
    }

    /// Sends a signal to the process group. False if it has ended.
    pub fn kill(&self, signal: i32) -> Result<bool, ChildError> {
        let (Some(group), true) = (Pid::from_raw(self.pid), self.pidfd.is_some()) else {
            return Ok(false);
        };
        let sent = if signal == 0 {
            test_kill_process_group(group)
        } else {
            kill_group(group, signal)
        };
        match sent {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::SRCH) => Ok(false),
            Err(error) => Err(system("kill", &error.into())),
        }
    }

    /// How it ended, if it has. Told once.
    fn status(&mut self) -> Option<ChildStatus> {
        let status = {
            let pidfd = self.pidfd.as_ref()?;
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
            match waitid(WaitId::PidFd(pidfd.as_fd()), options) {
                Ok(None) | Err(rustix::io::Errno::INTR) => return None,
                Ok(Some(status)) => ChildStatus {
                    code: status.exit_status(),
                    signal: status.terminating_signal(),
                },
                // A program that ignores SIGCHLD, or waits for all children, takes the result.
                Err(_) => ChildStatus::default(),
            }
        };
        self.pidfd = None;
        Some(status)
    }

    /// Kills what must not outlive its entity; the descriptor is for whoever collects it.
    pub fn release(mut self) -> Option<OwnedFd> {
        self.end();
        self.pidfd.take()
    }

    fn end(&mut self) {
        if !self.detached {
            let _ = self.kill(Signal::KILL.as_raw());
        }
        // It has ended, but something that it started still writes to our pipes.
        if let Some(guard) = self.guard.take() {
            guard.fire();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
        if let Some(pidfd) = self.pidfd.take()
            && !self.detached
        {
            collect(&pidfd, LAST_WAIT);
        }
    }
}

/// Collects a process that was killed, if it ends in time.
pub(super) fn collect(pidfd: &OwnedFd, wait: Duration) -> bool {
    let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
    let wait = wait.try_into().ok();
    if poll(&mut fds, wait.as_ref()).is_ok_and(|ready| ready > 0) {
        spawn::reap(pidfd);
        return true;
    }
    false
}

#[expect(
    unsafe_code,
    reason = "rustix refuses the signals that C libraries reserve"
)]
fn kill_group(group: Pid, signal: i32) -> Result<(), rustix::io::Errno> {
    if let Some(signal) = Signal::from_named_raw(signal) {
        return kill_process_group(group, signal);
    }
    // SAFETY: a system call on numbers.
    if unsafe { libc::kill(-group.as_raw_nonzero().get(), signal) } == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    Err(rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::INVAL))
}

pub(super) fn system(syscall: &'static str, error: &io::Error) -> ChildError {
    let SystemError { code, errno, .. } = error.into();
    ChildError::System {
        syscall,
        code,
        errno,
    }
}

/// Our end of an output of a child.
#[derive(Debug)]
pub(super) struct Output {
    receiver: Receiver,
    token: Option<Token>,
    /// There is, or may be, something to read.
    readable: bool,
}

/// Our end of a child's input.
#[derive(Debug)]
pub(super) struct Input {
    sender: Sender,
    token: Option<Token>,
    /// There is, or may be, room to write.
    writable: bool,
}

/// What has become of a child's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// This many bytes went out.
    Bytes(usize),
    /// The child reads no more.
    Broken,
}

/// A child that runs, or whose pipes are not empty yet.
#[derive(Component, Debug)]
pub(super) struct Handle {
    process: Option<Process>,
    token: Option<Token>,
    /// The process has ended, or may have.
    ending: bool,
    /// How it ended.
    pub status: Option<ChildStatus>,
    pub stdin: Option<Input>,
    pub outputs: [Option<Output>; 2],
    /// It is among those that have something to do in this tick.
    pub active: bool,
    pub output_max: usize,
}

/// A child before anybody waits for it.
pub(super) struct Born {
    process: Process,
    stdin: Option<Sender>,
    outputs: [Option<Receiver>; 2],
}

/// Starts a child. Blocks until its program runs.
pub(super) fn start(
    child: &ChildProcess,
    cwd: &Path,
    env: Result<Arc<Variables>, NulError>,
    spares: &Spares,
) -> Result<Born, ChildError> {
    let started = plan(child, cwd, env).and_then(|(plan, stdin, outputs)| {
        let started = spawn::spawn(plan, spares)?;
        Ok((started, stdin, outputs))
    });
    match started {
        Ok((Started { pid, pidfd, guard }, stdin, outputs)) => Ok(Born {
            process: Process {
                pid,
                detached: child.detached,
                pidfd: Some(pidfd),
                guard,
            },
            stdin,
            outputs,
        }),
        Err((step, error)) => Err(failed(child, cwd, step, &error)),
    }
}

fn failed(child: &ChildProcess, cwd: &Path, step: Step, error: &io::Error) -> ChildError {
    let SystemError { code, errno, .. } = error.into();
    let reason = match step {
        Step::Directory => Some(format!(
            "the directory '{}' cannot be entered",
            cwd.display()
        )),
        Step::Identity => Some("the user or group cannot be changed".to_owned()),
        Step::Clone | Step::Stdio | Step::Exec => None,
    };
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    ChildError::Spawn {
        program: text(&child.program),
        code,
        errno,
        reason,
        args: child.args.iter().map(text).collect(),
    }
}

type Ends = (Plan, Option<Sender>, [Option<Receiver>; 2]);

fn plan(
    child: &ChildProcess,
    cwd: &Path,
    env: Result<Arc<Variables>, NulError>,
) -> Result<Ends, (Step, io::Error)> {
    let zero = |_| (Step::Exec, io::Error::from(rustix::io::Errno::INVAL));
    let text = |text: &OsStr| CString::new(text.as_bytes()).map_err(zero);
    let stdio = |error| (Step::Stdio, error);
    let env = env.map_err(zero)?;
    let name = child.argv0.as_ref().unwrap_or(&child.program);
    let argv = std::iter::once(name).chain(&child.args);
    let argv = argv.map(|word| text(word)).collect::<Result<_, _>>()?;
    let paths = spawn::candidates(&child.program, env.path.as_deref()).into_iter();
    let paths = paths
        .map(|path| text(path.as_os_str()))
        .collect::<Result<_, _>>()?;

    let [stdin, stdout, stderr] = child.stdio;
    let (mut input, mut outputs) = (None, [None, None]);
    let input_end = match stdin {
        Stdio::Inherit => End::Inherit,
        Stdio::Ignore => End::Null,
        Stdio::Pipe => {
            let (sender, receiver) = mio::unix::pipe::new().map_err(stdio)?;
            receiver.set_nonblocking(false).map_err(stdio)?;
            input = Some(sender);
            End::Fd(receiver.into())
        }
    };
    let output_end = |kind, ours: &mut Option<Receiver>| match kind {
        Stdio::Inherit => Ok(End::Inherit),
        Stdio::Ignore => Ok(End::Null),
        Stdio::Pipe => {
            let (sender, receiver) = mio::unix::pipe::new().map_err(stdio)?;
            sender.set_nonblocking(false).map_err(stdio)?;
            *ours = Some(receiver);
            Ok(End::Fd(sender.into()))
        }
    };
    let [out, err] = &mut outputs;
    let (out, err) = (output_end(stdout, out)?, output_end(stderr, err)?);
    let plan = Plan {
        paths,
        argv,
        env,
        cwd: text(cwd.as_os_str())?,
        stdio: [input_end, out, err],
        detached: child.detached,
        uid: child.uid,
        gid: child.gid,
    };
    Ok((plan, input, outputs))
}

impl Handle {
    /// Waits for a child from now on.
    pub fn new(born: Born, reactor: &mut Reactor, output_max: usize) -> Result<Self, ChildError> {
        let Born {
            process,
            stdin,
            outputs,
        } = born;
        let watch = |error: io::Error| system("epoll_ctl", &error);
        let fd = process.pidfd.as_ref().map_or(-1, AsRawFd::as_raw_fd);
        let token = reactor.register(&mut SourceFd(&fd), Interest::READABLE);
        let mut handle = Self {
            token: Some(token.map_err(watch)?),
            process: Some(process),
            ending: false,
            status: None,
            stdin: None,
            outputs: [None, None],
            active: false,
            output_max,
        };
        if let Some(mut sender) = stdin {
            let token = reactor.register(&mut sender, Interest::WRITABLE);
            handle.stdin = Some(Input {
                sender,
                token: Some(token.map_err(watch)?),
                writable: true,
            });
        }
        for (output, receiver) in handle.outputs.iter_mut().zip(outputs) {
            let Some(mut receiver) = receiver else {
                continue;
            };
            let token = reactor.register(&mut receiver, Interest::READABLE);
            *output = Some(Output {
                receiver,
                token: Some(token.map_err(watch)?),
                readable: true,
            });
        }
        Ok(handle)
    }

    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// Gives the process away, with the token that it is waited for by.
    pub fn take_process(&mut self) -> Option<(Process, Token)> {
        Some((self.process.take()?, self.token?))
    }

    pub fn tokens(&self) -> impl Iterator<Item = Token> {
        let stdin = self.stdin.as_ref().and_then(|input| input.token);
        let outputs = self.outputs.iter().flatten();
        let outputs = outputs.filter_map(|output| output.token);
        self.token.into_iter().chain(stdin).chain(outputs)
    }

    /// Notes what the reactor tells.
    pub fn notice(&mut self, token: Token) {
        self.ending |= self.token == Some(token);
        if let Some(input) = &mut self.stdin {
            input.writable |= input.token == Some(token);
        }
        for output in self.outputs.iter_mut().flatten() {
            output.readable |= output.token == Some(token);
        }
    }

    /// Writes what the pipe takes.
    pub fn write(&mut self, input: &mut ChildInput) -> Written {
        let mut count = 0;
        if let Some(pipe) = &mut self.stdin {
            while pipe.writable && !input.bytes.is_empty() {
                match pipe.sender.write(&input.bytes) {
                    Ok(written) => {
                        count += written;
                        input.bytes.advance(written);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        pipe.writable = false;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => {
                        self.stdin = None;
                        input.bytes.clear();
                        return Written::Broken;
                    }
                }
            }
            if input.end && input.bytes.is_empty() {
                self.stdin = None;
            }
        }
        Written::Bytes(count)
    }

    /// Reads what an output has, up to the limit of what waits. True at its end.
    pub fn read(&mut self, at: usize, scratch: &mut Vec<u8>, buffer: &mut BytesMut) -> bool {
        scratch.resize(READ_BYTES, 0);
        let max = self.output_max;
        let Some(Some(output)) = self.outputs.get_mut(at) else {
            return true;
        };
        while output.readable && buffer.len() < max {
            match output.receiver.read(scratch) {
                Ok(0) => {
                    self.outputs[at] = None;
                    return true;
                }
                Ok(count) => buffer.extend_from_slice(&scratch[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => output.readable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::warn!(%error, "the output of a child cannot be read");
                    self.outputs[at] = None;
                    return true;
                }
            }
        }
        false
    }

    /// How the process ended, if it has since the last call.
    pub fn ended(&mut self) -> Option<ChildStatus> {
        if !std::mem::take(&mut self.ending) {
            return None;
        }
        let status = self.process.as_mut()?.status()?;
        self.status = Some(status);
        Some(status)
    }

    /// Whether nothing more comes from this child. What it left running on purpose, without our
    /// pipes, is on its own from then on.
    pub fn is_over(&mut self) -> bool {
        let over = self.status.is_some() && self.outputs.iter().all(Option::is_none);
        if over && let Some(process) = &mut self.process {
            process.guard = None;
        }
        over
    }
}
