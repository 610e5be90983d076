//! Child processes: run to the end, or read line by line with a deadline.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::{Outcome, Reported};

/// Set in the processes of a virtual display, to how they were started.
const SESSION: &str = "XTASK_SESSION";

/// Lines that may wait to be read before the child waits.
const LINES_MAX: usize = 1024;

/// Whether a program is on `PATH`.
pub fn has(program: &str) -> bool {
    find(program).is_some()
}

fn find(program: &str) -> Option<PathBuf> {
    let paths = env::var_os("PATH")?;
    env::split_paths(&paths)
        .map(|dir| dir.join(program))
        .find(|path| path.is_file())
}

/// Whether there is a screen to open a window on.
pub fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Whether this process runs on a virtual display of ours.
pub fn in_session() -> bool {
    env::var_os(SESSION).is_some()
}

/// Runs this task again on a virtual display, with a session bus of its own.
pub fn rerun_in_session(root: &Path, arguments: &[&str]) -> Outcome {
    let program = env::current_exe()?;
    let mut command = Command::new("xvfb-run");
    command
        .args([
            "--auto-servernum",
            "--server-args=-screen 0 1280x960x24",
            "dbus-run-session",
            "--",
        ])
        .arg(program)
        .args(arguments)
        .env(SESSION, "virtual")
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .current_dir(root);
    let status = command
        .status()
        .map_err(|error| format!("xvfb-run: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Reported.into())
    }
}

/// Runs a program to its end, with this program's input and output.
pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
    dir: &Path,
    program: &str,
    arguments: I,
) -> Outcome {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(dir);
    run_command(command)
}

/// As [`run`], for a command that is already put together.
pub fn run_command(mut command: Command) -> Outcome {
    let line = line_of(&command);
    println!("$ {line}");
    let status = command
        .status()
        .map_err(|error| format!("{line}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{line}: {status}").into())
    }
}

/// Runs a program and gives back its output.
pub fn read(mut command: Command) -> Outcome<String> {
    let line = line_of(&command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{line}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{line}: {}", output.status).into());
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{line}: output is not UTF-8").into())
}

/// The command as one would type it.
pub fn line_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}

/// A child whose lines are read as they come. Dropping it ends it and everything that it started.
pub struct Lines {
    child: Child,
    lines: Receiver<String>,
    deadline: Instant,
    line: String,
}

/// What [`Lines::next`] found.
pub enum Next {
    /// A line of the child's output.
    Line(String),
    /// The child has closed its output.
    Closed,
    /// The deadline has passed.
    TimedOut,
}

impl Lines {
    /// Starts a command with its output read by us, in a process group of its own.
    pub fn start(mut command: Command, limit: Duration) -> Outcome<Self> {
        let line = line_of(&command);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| format!("{line}: {error}"))?;
        let output = child.stdout.take().ok_or("the child has no output")?;
        let (sender, lines) = sync_channel(LINES_MAX);
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut bytes = Vec::new();
            while output
                .read_until(b'\n', &mut bytes)
                .is_ok_and(|count| count > 0)
            {
                let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                if sender.send(text).is_err() {
                    return;
                }
                bytes.clear();
            }
        });
        Ok(Lines {
            child,
            lines,
            deadline: Instant::now() + limit,
            line,
        })
    }

    /// The next line.
    pub fn next(&mut self) -> Next {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(line) => Next::Line(line),
            Err(RecvTimeoutError::Timeout) => Next::TimedOut,
            Err(RecvTimeoutError::Disconnected) => Next::Closed,
        }
    }

    /// Prints what comes until the child closes its output, and gives every line to `each`.
    ///
    /// # Errors
    /// The deadline has passed; the child is ended.
    pub fn drain(mut self, mut each: impl FnMut(&str)) -> Outcome<ExitStatus> {
        loop {
            match self.next() {
                Next::Line(line) => {
                    println!("{line}");
                    each(&line);
                }
                Next::Closed => return self.wait(),
                Next::TimedOut => return Err(format!("{}: timed out", self.line).into()),
            }
        }
    }

    fn wait(&mut self) -> Outcome<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= self.deadline {
                return Err(format!("{}: timed out", self.line).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asks the child to end, and waits for it. What it started is its own to end.
    pub fn stop(mut self, grace: Duration) -> Outcome {
        self.signal("TERM", &self.child.id().to_string());
        self.deadline = Instant::now() + grace;
        self.wait().map(drop)
    }

    /// Ends the child and everything that it started.
    fn kill(&mut self) {
        self.signal("KILL", &format!("-{}", self.child.id()));
    }

    fn signal(&mut self, name: &str, target: &str) {
        if !cfg!(unix)
            || Command::new("kill")
                .args(["-s", name, "--", target])
                .status()
                .is_err()
        {
            // The child may have ended by itself.
            let _ = self.child.kill();
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        self.kill();
        let _ = self.child.wait();
    }
}
