//! Pages in a real WebView, on a display of their own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, bounded};
use tempfile::TempDir;

use super::PATIENCE;

/// The app that pages run in; see `tests/src/bin/fixture.rs`.
const FIXTURE: &str = env!("CARGO_BIN_EXE_fixture");

/// How long a page may take to print what was provoked, until it is provoked again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The folder of the pages.
pub fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pages")
}

/// A page that is running.
pub struct Page {
    child: Child,
    lines: Receiver<String>,
    reader: Option<JoinHandle<()>>,
    /// Storage of the WebView, gone with the page.
    _home: TempDir,
    /// Last, so that the next page starts when nothing of this one is left.
    _turn: MutexGuard<'static, ()>,
}

/// One page at a time: a window manager on a busy machine misses what the tests do with its mouse
/// and keyboard.
static TURN: Mutex<()> = Mutex::new(());

impl Page {
    /// Starts the fixture with a page of `dir` under Xvfb, a window manager and a session bus. It
    /// is ended after 100 seconds, or as many as the variable `PAGE_S` says.
    pub fn start(dir: &Path, page: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let home = TempDir::new().unwrap();
        // The window manager ends with its display.
        let session = "openbox >/dev/null 2>&1 & exec timeout -k 5 ${PAGE_S:-100} \"$@\"";
        let mut child = Command::new("xvfb-run")
            .args([
                "-a",
                "dbus-run-session",
                "--",
                "sh",
                "-c",
                session,
                "sh",
                FIXTURE,
            ])
            .arg(dir)
            .arg(page)
            .args(args)
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap_or_else(|error| panic!("xvfb-run: {error}; `cargo xtask setup` installs it"));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (tx, lines) = bounded(4096);
        let reader = Builder::new().spawn(move || {
            stdout
                .lines()
                .map_while(Result::ok)
                .for_each(|line| drop(tx.send(line)));
        });
        Self {
            child,
            lines,
            reader: reader.ok(),
            _home: home,
            _turn: turn,
        }
    }

    /// Waits for the next line that the page prints; `None` at the end.
    pub fn line(&self) -> Option<String> {
        // The accessibility bus of the session greets on standard output.
        let ours = |line: &String| !line.starts_with("SpiRegistry");
        std::iter::from_fn(|| self.lines.recv_timeout(PATIENCE * 2).ok()).find(ours)
    }

    /// The next line, if it comes in time.
    pub fn line_within(&self, time: Duration) -> Option<String> {
        let until = Instant::now() + time;
        let left = || until.saturating_duration_since(Instant::now());
        let ours = |line: &String| !line.starts_with("SpiRegistry");
        std::iter::from_fn(|| self.lines.recv_timeout(left()).ok()).find(ours)
    }

    /// The process of the app, once it runs.
    pub fn app(&self) -> u32 {
        find(|name, _| name == "fixture", self.child.id()).expect("the app runs")
    }

    /// Runs `xdotool` commands on the page's display, again and again until the page prints
    /// `want`: on a busy machine a window manager misses what comes too early.
    pub fn provoke(&self, want: &str, commands: &[&[&str]]) {
        let started = Instant::now();
        let ours = |line: &String| !line.starts_with("SpiRegistry");
        loop {
            for command in commands {
                self.xdotool(command);
            }
            let lines = || self.lines.recv_timeout(RETRY_AFTER).ok();
            if let Some(line) = std::iter::from_fn(lines).find(ours) {
                assert_eq!(line, want, "after {commands:?}");
                return;
            }
            assert!(started.elapsed() < PATIENCE, "no {want} after {commands:?}");
        }
    }

    /// Runs `xdotool` on the page's display. It fails while there is no such window.
    fn xdotool(&self, args: &[&str]) {
        let environ = std::fs::read(format!("/proc/{}/environ", self.app())).unwrap();
        let environ = String::from_utf8_lossy(&environ);
        let value = |name: &str| {
            let mut pairs = environ.split('\0').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        Command::new("timeout")
            .args(["5", "xdotool"])
            .args(args)
            .env("DISPLAY", value("DISPLAY").unwrap())
            .env("XAUTHORITY", value("XAUTHORITY").unwrap_or_default())
            .stdout(Stdio::null())
            .status()
            .unwrap_or_else(|error| panic!("xdotool: {error}"));
    }

    /// The process of the page.
    pub fn web_process(&self) -> u32 {
        find(
            |name, _| name.starts_with("WebKitWebProces"),
            self.child.id(),
        )
        .expect("it is there")
    }

    /// Waits for the end: the lines that were not taken, and how it ended.
    pub fn finish(mut self) -> (Vec<String>, ExitStatus) {
        let lines = std::iter::from_fn(|| self.line()).collect();
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE * 2, "the app does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        (lines, status)
    }
}

impl Drop for Page {
    /// A test that fails leaves no process behind.
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let descendants = descendants(self.child.id());
            let pids = descendants.iter().map(u32::to_string);
            let _ = Command::new("kill").arg("-9").args(pids).status();
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn descendants(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let parents: Vec<(u32, u32)> = processes().map(|(pid, parent, _)| (pid, parent)).collect();
    for at in 0.. {
        let Some(parent) = all.get(at).copied() else {
            break;
        };
        all.extend(
            parents
                .iter()
                .filter(|(_, of)| *of == parent)
                .map(|(pid, _)| *pid),
        );
    }
    all
}

fn find(is: impl Fn(&str, u32) -> bool, root: u32) -> Option<u32> {
    let family = descendants(root);
    processes()
        .find(|(pid, _, name)| family.contains(pid) && is(name, *pid))
        .map(|(pid, ..)| pid)
}

/// Process, parent and name of everything that runs.
fn processes() -> impl Iterator<Item = (u32, u32, String)> {
    std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (before, after) = stat.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        Some((pid, after.split_whitespace().nth(1)?.parse().ok()?, name))
    })
}

/// Runs a page that checks itself to its end.
pub fn check(page: &str, args: &[&str], env: &[(&str, &str)]) {
    check_in(&pages(), page, args, env);
}

/// As [`check`], with the pages of another folder.
pub fn check_in(dir: &Path, page: &str, args: &[&str], env: &[(&str, &str)]) {
    let (lines, status) = Page::start(dir, page, args, env).finish();
    let wrong = lines.iter().filter(|line| !line.starts_with("ok "));
    let wrong: Vec<&str> = wrong.map(String::as_str).collect();
    assert_eq!(
        wrong,
        ["# all ok"],
        "{page}: {status}, {} lines",
        lines.len()
    );
    assert!(status.success(), "{page}: {status}");
}
