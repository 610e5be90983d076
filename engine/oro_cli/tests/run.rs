//! `oroc run` with a WebView. Where there is no display, the tests start a virtual one.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const OROC: &str = env!("CARGO_BIN_EXE_oroc");

/// Runs the body of the test `name` where there is a display: here, or in a process of its own.
fn with_display(name: &str, body: impl FnOnce()) {
    let has = |key: &str| std::env::var_os(key).is_some_and(|value| !value.is_empty());
    if has("DISPLAY") || has("WAYLAND_DISPLAY") {
        return body();
    }
    let output = Command::new("xvfb-run")
        .args(["-a", "dbus-run-session", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .output()
        .expect("without a display, these tests need xvfb-run and dbus-run-session");
    assert!(output.status.success(), "{}", text(&output));
}

fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "good.js",
            "import test from 'oro:test'; test('sum', (t) => t.equal(1 + 1, 2));",
        ),
        (
            "bad.js",
            "import test from 'oro:test'; test('sum', (t) => t.equal(1 + 1, 3));",
        ),
        ("broken.js", "import 'oro:nothing-of-this-name';"),
        (
            "endless.js",
            "import test from 'oro:test'; test('x', { timeout: 1e6 }, () => new Promise(() => {}));",
        ),
        (
            "page.html",
            "<!doctype html><title>x</title><script type=module>
             import { exit } from 'oro:process'; exit(location.pathname === '/page.html' ? 7 : 8);
             </script>",
        ),
        (
            "script.mjs",
            "import process from 'oro:process';
             console.log('arguments', ...process.argv.slice(2));
             console.log(document.title, location.protocol);
             process.exit(0);",
        ),
        (
            "index.html",
            "<!doctype html><script type=module>
             import { watch } from 'oro:fs'; watch('.', { recursive: true }); console.log('ready');
             </script>",
        ),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes))
        .concat()
}

#[test]
fn targets_end_with_their_own_results() {
    with_display("targets_end_with_their_own_results", || {
        let dir = folder();
        for (args, code, want) in [
            (&["--test=good.js"][..], 0, "\nok 1 should be equal"),
            (&["--test=bad.js"], 1, "\nnot ok 1 should be equal"),
            (
                &["--test=broken.js"],
                1,
                "# the tests can be loaded\nnot ok 1",
            ),
            (
                &["--test=endless.js", "--timeout=2"],
                124,
                "oroc: the test has not ended within 2s",
            ),
            (&["page.html"], 7, ""),
            (
                &["script.mjs", "--", "a", "--b"],
                0,
                "arguments a --b\n/script.mjs oro:",
            ),
        ] {
            let output = Command::new(OROC)
                .args(["run", "--headless"])
                .args(args)
                .current_dir(dir.path())
                .env("HOME", dir.path())
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert_eq!(
                output.status.code(),
                Some(code),
                "{args:?}: {}",
                text(&output)
            );
            assert!(text(&output).contains(want), "{args:?}: {}", text(&output));
        }
    });
}

#[test]
fn signals_end_an_application_in_order() {
    with_display("signals_end_an_application_in_order", || {
        let dir = folder();
        let script = "\"$0\" run --headless > out & pid=$!
            for _ in $(seq 300); do grep -q ready out && break; sleep 0.1; done
            kill -s $1 $pid; wait $pid";
        for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
            let output = Command::new("bash")
                // Job control, so that the program in the background hears SIGINT.
                .args(["-m", "-c", script, OROC, signal])
                .current_dir(dir.path())
                .env("HOME", dir.path())
                .output()
                .unwrap();
            assert_eq!(
                output.status.code(),
                Some(code),
                "{signal}: {}",
                text(&output)
            );
            let out = fs::read_to_string(dir.path().join("out")).unwrap();
            assert_eq!(out, "ready\n", "{signal}");
        }
    });
}

/// How often each thread of ours went to sleep or was put aside, by name and number. The threads
/// of WebKit are its own affair.
fn switches(pid: u32) -> BTreeMap<(String, u32), u64> {
    let mut out = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let path = task.unwrap().path();
        let read = |file: &str| fs::read_to_string(path.join(file)).unwrap_or_default();
        let name = read("comm").trim().to_owned();
        let id: u32 = path.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let is_ours = ["oro-", "oroc-", "notify"]
            .iter()
            .any(|it| name.starts_with(it));
        if id != pid && !is_ours {
            continue;
        }
        let status = read("status");
        let counts = status.lines().filter(|line| line.contains("ctxt_switches"));
        let count = counts
            .filter_map(|line| line.split('\t').nth(1)?.parse::<u64>().ok())
            .sum();
        out.insert((name, id), count);
    }
    out
}

/// Processor time of all threads of a process, WebKit's and GTK's included.
fn processor_time(pid: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let spent = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}

#[test]
fn an_idle_application_wakes_none_of_our_threads() {
    const QUIET: Duration = Duration::from_secs(3);
    const PATIENCE: Duration = Duration::from_secs(60);
    with_display("an_idle_application_wakes_none_of_our_threads", || {
        let dir = folder();
        let mut app = Command::new(OROC)
            .args(["run", "--headless"])
            .current_dir(dir.path())
            .env("HOME", dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(app.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "ready\n");

        // Loading goes on for a moment; after that, nothing may happen.
        let started = Instant::now();
        let mut before = switches(app.id());
        let mut spent = processor_time(app.id());
        let names: Vec<String> = before.keys().map(|(name, _)| name.clone()).collect();
        let quiet = loop {
            std::thread::sleep(QUIET);
            let after = switches(app.id());
            let until_now = processor_time(app.id());
            // Less than before: a thread has ended and took its time along.
            let added = until_now.checked_sub(spent);
            if after == before && added.is_some_and(|it| it <= QUIET / 1000) {
                break true;
            }
            spent = until_now;
            if started.elapsed() > PATIENCE {
                break false;
            }
            before = after;
        };
        app.kill().unwrap();
        app.wait().unwrap();
        // While it watches files.
        for thread in ["oro-runtime", "notify-rs inoti"] {
            assert!(names.iter().any(|name| name == thread), "{names:?}");
        }
        assert!(
            quiet,
            "in {QUIET:?} something has always happened: {before:?}"
        );
    });
}
