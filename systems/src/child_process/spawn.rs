//! Starting a program: one `clone` that shares our memory until the program is there, as `vfork`
//! does, so that it costs the same however large the application is.
//!
//! What the standard library's `Command` cannot do without copying the whole address space is done
//! between the clone and the program: the child asks to die with the thread and gets the *guard*,
//! see [`Guard`]. A child that cannot run its program reports why in the shared memory.

use std::ffi::{CString, OsStr, c_char, c_int, c_long, c_void};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::ptr;
use std::sync::Arc;

use parking_lot::Mutex;
use rustix::fs::{Mode, OFlags};

use super::variable::Variables;

/// The stack of the child until its program runs: enough for a few nested system calls.
const STACK_BYTES: usize = 32 << 10;
/// Which signal tells of news: the same number in all architectures that we know, and not in libc.
const F_SETSIG: c_int = 10;
/// Pipes that are kept for the next guards.
const SPARES_MAX: usize = 4;
/// The flags of a guard's ends, as a call that sets one sets all.
const GUARD_FLAGS: c_int = libc::O_NONBLOCK | libc::O_ASYNC;
/// What programs exit with that could not be run, by convention.
const CANNOT_RUN: c_int = 127;

/// Where an input or output of the child leads.
pub(super) enum End {
    /// To a descriptor, which the parent closes after the start.
    Fd(OwnedFd),
    /// To where our own leads.
    Inherit,
    /// Nowhere: to the device that swallows everything.
    Null,
}

/// All that is needed to start a program, prepared while allocating is still allowed.
pub(super) struct Plan {
    /// The paths to try, in order.
    pub paths: Vec<CString>,
    pub argv: Vec<CString>,
    pub env: Arc<Variables>,
    pub cwd: CString,
    pub stdio: [End; 3],
    pub detached: bool,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Making the process.
    Clone,
    /// Becoming the user or the group.
    Identity,
    /// Entering the working directory.
    Directory,
    /// Connecting input and outputs.
    Stdio,
    /// Running the program.
    Exec,
}

/// A process that runs its program.
#[derive(Debug)]
pub(super) struct Started {
    pub pid: i32,
    pub pidfd: OwnedFd,
    pub guard: Option<Guard>,
}

/// Kills a process group when this process ends, however it ends.
///
/// It is both ends of a pipe. The group is set to be told by `SIGKILL` when an end has news, and
/// the kernel closes our descriptors when we die: whichever end goes first is news for the other.
/// Unlike the parent-death signal it reaches what the child has started, and does not depend on a
/// thread. It names the group itself, not its number, so it never hits a stranger.
#[derive(Debug)]
pub(super) struct Guard {
    /// None once they are given back.
    ends: Option<[OwnedFd; 2]>,
    spares: Spares,
}

/// Ends of pipes that guard nobody at the moment. To make and close a pipe takes longer than all
/// else that is done here for a child.
#[derive(Clone, Debug, Default)]
pub(super) struct Spares(Arc<Mutex<Vec<[OwnedFd; 2]>>>);

impl Guard {
    fn new(spares: &Spares) -> io::Result<Self> {
        let spare = spares.0.lock().pop();
        Ok(Self {
            ends: Some(spare.map_or_else(Self::ends, Ok)?),
            spares: spares.clone(),
        })
    }

    fn ends() -> io::Result<[OwnedFd; 2]> {
        let (writer, reader) = mio::unix::pipe::new()?;
        let ends = [OwnedFd::from(reader), OwnedFd::from(writer)];
        for end in &ends {
            // Nobody is told until the child has put its group in.
            control(end.as_raw_fd(), F_SETSIG, libc::SIGKILL)?;
            control(end.as_raw_fd(), libc::F_SETFL, GUARD_FLAGS)?;
        }
        Ok(ends)
    }

    /// Kills what is left of the group.
    pub fn fire(mut self) {
        drop(self.ends.take());
    }
}

impl Drop for Guard {
    /// Closing an end is news, unless nobody is to be told.
    fn drop(&mut self) {
        let Some(ends) = self.ends.take() else { return };
        let free = |end: &OwnedFd| control(end.as_raw_fd(), libc::F_SETOWN, 0).is_ok();
        // Both, also if the first fails.
        let freed = ends.each_ref().map(free);
        let mut spares = self.spares.0.lock();
        if freed == [true; 2] && spares.len() < SPARES_MAX {
            spares.push(ends);
        }
    }
}

#[expect(unsafe_code, reason = "rustix has no signals of descriptors")]
fn control(fd: RawFd, command: c_int, value: c_int) -> io::Result<()> {
    // SAFETY: these commands take a number and touch no memory.
    let done = unsafe { libc::fcntl(fd, command, value) };
    if done == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// What the child reads and writes while it shares our memory.
struct Shared<'a> {
    paths: &'a [*const c_char],
    argv: *const *const c_char,
    env: *const *const c_char,
    cwd: *const c_char,
    stdio: [RawFd; 3],
    guard: Option<[RawFd; 2]>,
    detached: bool,
    uid: Option<u32>,
    gid: Option<u32>,
    parent: c_int,
    failure: Option<(Step, c_int)>,
}

/// Starts a program. Waits until it runs, or cannot.
pub(super) fn spawn(plan: Plan, spares: &Spares) -> Result<Started, (Step, io::Error)> {
    let guard = if plan.detached {
        None
    } else {
        Some(Guard::new(spares).map_err(|error| (Step::Clone, error))?)
    };
    let paths: Vec<*const c_char> = plan.paths.iter().map(|path| path.as_ptr()).collect();
    let argv = null_terminated(&plan.argv);
    let env = null_terminated(&plan.env.block);
    let is_null = |end: &End| matches!(end, End::Null);
    let null = plan.stdio.iter().any(is_null).then(null).transpose();
    let null = null.map_err(|error| (Step::Stdio, error))?;
    let mut stdio = [0; 3];
    for (at, end) in (0..).zip(&plan.stdio) {
        stdio[at as usize] = match (end, &null) {
            (End::Fd(fd), _) | (End::Null, Some(fd)) => fd.as_raw_fd(),
            (End::Inherit | End::Null, _) => at,
        };
    }
    let mut shared = Shared {
        paths: &paths,
        argv: argv.as_ptr(),
        env: env.as_ptr(),
        cwd: plan.cwd.as_ptr(),
        stdio,
        guard: guard
            .as_ref()
            .and_then(|guard| guard.ends.as_ref())
            .map(|[reader, writer]| [reader.as_raw_fd(), writer.as_raw_fd()]),
        detached: plan.detached,
        uid: plan.uid,
        gid: plan.gid,
        parent: rustix::process::getpid().as_raw_nonzero().get(),
        failure: None,
    };
    let (pid, pidfd) = vfork(&mut shared).map_err(|error| (Step::Clone, error))?;
    if let Some((step, errno)) = shared.failure {
        reap(&pidfd);
        return Err((step, io::Error::from_raw_os_error(errno)));
    }
    Ok(Started { pid, pidfd, guard })
}

fn null_terminated(words: &[CString]) -> Vec<*const c_char> {
    let words = words.iter().map(|word| word.as_ptr());
    words.chain([ptr::null()]).collect()
}

/// Collects a child that has ended or is about to.
pub(super) fn reap(pidfd: &OwnedFd) {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    use std::os::fd::AsFd;
    while let Err(rustix::io::Errno::INTR) =
        waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED)
    {}
}

/// Makes a process that runs [`child`] in our memory, and waits until it has left it.
#[expect(unsafe_code, reason = "the standard library has no vfork")]
fn vfork(shared: &mut Shared<'_>) -> io::Result<(c_int, OwnedFd)> {
    // Of 16-byte words, because the stack must begin at a multiple of 16.
    let mut stack: Vec<u128> = Vec::with_capacity(STACK_BYTES / size_of::<u128>());
    let mut pidfd: c_int = -1;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
    // SAFETY: the all-zero set of signals is a value of its type.
    let (mut all, mut old): (libc::sigset_t, libc::sigset_t) = unsafe { std::mem::zeroed() };
    // SAFETY: both sets live through the calls. With all signals blocked no handler of ours runs in
    // the child, which shares our memory. The child runs on a stack of its own, of which `stack`
    // is the allocation, and `CLONE_VFORK` keeps this thread here, and so the stack and `shared`
    // alive, until the child runs its program or has ended.
    let (pid, error) = unsafe {
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, &raw mut old);
        let top = stack.as_mut_ptr().add(stack.capacity()).cast::<c_void>();
        let pid = libc::clone(
            child,
            top,
            flags,
            ptr::from_mut(shared).cast::<c_void>(),
            &raw mut pidfd,
        );
        let error = io::Error::last_os_error();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const old, ptr::null_mut());
        (pid, error)
    };
    if pid == -1 {
        return Err(error);
    }
    // SAFETY: the kernel has made this descriptor for us, and nobody else knows it.
    Ok((pid, unsafe { OwnedFd::from_raw_fd(pidfd) }))
}

/// The child, until its program runs. Only system calls, no allocation, no lock: another thread of
/// ours may hold any.
#[expect(unsafe_code, reason = "the other side of `vfork`")]
extern "C" fn child(shared: *mut c_void) -> c_int {
    // SAFETY: it is the `Shared` of `vfork`, and the thread that owns it is held by the kernel.
    let shared = unsafe { &mut *shared.cast::<Shared<'_>>() };
    // SAFETY: `become_program` does what may be done here, as it says itself.
    let failure = unsafe { become_program(shared) };
    shared.failure = Some(failure);
    // SAFETY: ends this process without running what our process registered for its own end.
    unsafe { libc::_exit(CANNOT_RUN) }
}

fn errno() -> c_int {
    io::Error::last_os_error()
        .raw_os_error()
        .unwrap_or_default()
}

/// Returns only if it failed.
#[expect(unsafe_code, reason = "system calls between clone and exec")]
unsafe fn become_program(shared: &Shared<'_>) -> (Step, c_int) {
    // SAFETY: plain system calls with pointers that `shared` keeps alive. Identities are changed
    // by the calls themselves: libc's functions of these names would change them for all threads
    // of the parent.
    unsafe {
        // Handlers are the parent's, and would run in its memory.
        let mut default: libc::sigaction = std::mem::zeroed();
        default.sa_sigaction = libc::SIG_DFL;
        for signal in 1..=libc::SIGRTMAX() {
            libc::sigaction(signal, &raw const default, ptr::null_mut());
        }
        if shared.detached {
            libc::setsid();
        } else {
            libc::setpgid(0, 0);
        }
        if let Some(ends) = shared.guard {
            let group = -libc::getpid();
            for end in ends {
                if libc::fcntl(end, libc::F_SETOWN, group) == -1 {
                    return (Step::Clone, errno());
                }
            }
        }
        if shared.uid.is_some() || shared.gid.is_some() {
            // Without the right to do it there is nothing to lose either.
            libc::syscall(libc::SYS_setgroups, 0, ptr::null::<libc::gid_t>());
        }
        for (call, id) in [
            (libc::SYS_setgid, shared.gid),
            (libc::SYS_setuid, shared.uid),
        ] {
            if let Some(id) = id
                && libc::syscall(call, c_long::from(id)) == -1
            {
                return (Step::Identity, errno());
            }
        }
        if !shared.detached {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            // The parent may have died before that.
            if libc::getppid() != shared.parent {
                return (Step::Clone, libc::ESRCH);
            }
        }
        if libc::chdir(shared.cwd) == -1 {
            return (Step::Directory, errno());
        }
        if let Err(errno) = connect(shared.stdio) {
            return (Step::Stdio, errno);
        }
        // Libraries of the parent may have descriptors that they forgot to mark.
        let rest = libc::CLOSE_RANGE_CLOEXEC as c_long;
        libc::syscall(
            libc::SYS_close_range,
            3 as c_long,
            c_long::from(u32::MAX),
            rest,
        );
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
        let mut refused = libc::ENOENT;
        for path in shared.paths {
            libc::execve(*path, shared.argv, shared.env);
            match errno() {
                libc::ENOENT | libc::ENOTDIR | libc::ESTALE | libc::ENODEV | libc::ETIMEDOUT => {}
                libc::EACCES => refused = libc::EACCES,
                other => return (Step::Exec, other),
            }
        }
        (Step::Exec, refused)
    }
}

/// Puts descriptors into the places 0, 1 and 2.
#[expect(unsafe_code, reason = "system calls between clone and exec")]
unsafe fn connect(mut stdio: [RawFd; 3]) -> Result<(), c_int> {
    // SAFETY: system calls on numbers.
    unsafe {
        // Out of the way, where a source stands at another's place.
        for (at, fd) in (0..).zip(&mut stdio) {
            if *fd < 3 && *fd != at {
                *fd = libc::fcntl(*fd, libc::F_DUPFD_CLOEXEC, 3);
                if *fd == -1 {
                    return Err(errno());
                }
            }
        }
        for (at, fd) in (0..).zip(stdio) {
            let done = if fd == at {
                // An inherited descriptor that is not there is the child's to find out.
                let flags = libc::fcntl(fd, libc::F_GETFD);
                if flags == -1 {
                    continue;
                }
                libc::fcntl(fd, libc::F_SETFD, flags & !libc::FD_CLOEXEC)
            } else {
                libc::dup2(fd, at)
            };
            if done == -1 {
                return Err(errno());
            }
        }
    }
    Ok(())
}

/// The paths at which a program may be: itself if it has a slash, else one for each directory of
/// the child's own `PATH`.
pub(super) fn candidates(program: &OsStr, path: Option<&OsStr>) -> Vec<PathBuf> {
    if program.as_encoded_bytes().contains(&b'/') {
        return vec![program.into()];
    }
    let path = path.unwrap_or(OsStr::new("/usr/local/bin:/usr/bin:/bin"));
    // An empty entry is the working directory, as in all shells.
    std::env::split_paths(path)
        .map(|dir| {
            if dir.as_os_str().is_empty() {
                ".".into()
            } else {
                dir
            }
        })
        .map(|dir: PathBuf| dir.join(program))
        .collect()
}

/// The device that swallows everything.
fn null() -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    Ok(rustix::fs::open("/dev/null", flags, Mode::empty())?)
}
