//! Runs all services at once for a while, with windows opening and closing, and fails if memory,
//! entities, descriptors or threads grow after the warm-up.
//!
//! `cargo run -p oro_tests --bin soak [SECONDS] [--without-windows]`; 600 seconds unless given. It
//! needs what the tests need: Xvfb, openbox and a session bus, and the program `fixture` beside it.
#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use oro_tests::growth::{Measure, judge, status};
use serde_json::Value;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const SECONDS: u64 = 600;
const REPORT_EVERY: Duration = Duration::from_secs(30);

/// Errors that are printed; all are counted.
const ERRORS_SHOWN_MAX: usize = 20;

/// How things stand at one moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: f64,
    entities: f64,
    /// Of the application's process.
    fds: f64,
    threads: f64,
    rss_mib: f64,
    /// Of the page's process.
    page_rss_mib: f64,
    /// Processes of the session, and zombies among them.
    processes: f64,
    zombies: f64,
}

/// What must not grow.
const MEASURES: [Measure<Sample>; 7] = [
    ("entities", |s| s.entities, 8.0, 0.0),
    ("descriptors", |s| s.fds, 8.0, 0.0),
    ("threads", |s| s.threads, 2.0, 0.0),
    ("memory (MiB)", |s| s.rss_mib, 8.0, 0.05),
    // Collected when WebKit likes to.
    ("memory of the page (MiB)", |s| s.page_rss_mib, 24.0, 0.15),
    ("processes", |s| s.processes, 3.0, 0.0),
    ("zombies", |s| s.zombies, 1.0, 0.0),
];

fn main() -> ExitCode {
    let (mut seconds, mut windows) = (Ok(SECONDS), "some");
    for word in std::env::args().skip(1) {
        if word == "--without-windows" {
            windows = "none";
        } else {
            seconds = word.parse();
        }
    }
    let outcome = seconds.map_err(Into::into);
    match outcome.and_then(|seconds| soak(seconds, windows)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("FAILED {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(seconds: u64, windows: &str) -> Outcome<Child> {
    let program = std::env::current_exe()?.with_file_name("fixture");
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages");
    let session = "openbox >/dev/null 2>&1 & exec timeout -k 5 \"$@\"";
    let child = Command::new("xvfb-run")
        .args(["-a", "dbus-run-session", "--", "sh", "-c", session, "sh"])
        .arg((seconds + 60).to_string())
        .arg(program)
        .arg(pages)
        .arg("/soak/index.html")
        .env("SOAK_WINDOWS", windows)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    Ok(child)
}

fn soak(seconds: u64, windows: &str) -> Outcome {
    let mut child = start(seconds, windows)?;
    let result = watch(&mut child, seconds);
    let all: Vec<String> = family(child.id()).map(|it| it.pid.to_string()).collect();
    // The application last, so that it is seen whether it takes its children along.
    let _ = Command::new("kill").arg("-9").args(all).status();
    let _ = child.wait();
    let (samples, errors) = result?;
    judge(&samples, |sample| sample.at, &MEASURES, seconds)?;
    if errors > 0 {
        return Err(format!("{errors} errors").into());
    }
    Ok(())
}

/// The samples, and how many errors there were.
fn watch(child: &mut Child, seconds: u64) -> Outcome<(Vec<Sample>, usize)> {
    let stdout = child.stdout.take().ok_or("no output")?;
    let begun = Instant::now();
    let (mut samples, mut reported) = (Vec::new(), Instant::now());
    let mut before: BTreeMap<String, u64> = BTreeMap::new();
    let mut errors = 0;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        let Ok(told) = serde_json::from_str::<Value>(&line) else {
            println!("# {line}");
            continue;
        };
        for error in told["errors"].as_array().into_iter().flatten() {
            errors += 1;
            if errors <= ERRORS_SHOWN_MAX {
                println!("# {error}");
            }
        }
        let at = begun.elapsed().as_secs_f64();
        samples.extend(sample(child.id(), at, &told["entities"]));
        if reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            println!("{:.0} s {} {:?}", at, told["counts"], samples.last());
            let counts = told["counts"].as_object().ok_or("no counts")?;
            for (name, count) in counts {
                let count = count.as_u64().unwrap_or_default();
                if before.insert(name.clone(), count) == Some(count) {
                    return Err(format!("`{name}` stands still at {count}").into());
                }
            }
        }
        if at >= seconds as f64 {
            return Ok((samples, errors));
        }
    }
    Err("the application has ended".into())
}

struct Process {
    pid: u32,
    parent: u32,
    name: String,
    zombie: bool,
}

fn processes() -> impl Iterator<Item = Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let (before, after) = stat.rsplit_once(") ")?;
        let mut after = after.split(' ');
        Some(Process {
            pid,
            zombie: after.next()? == "Z",
            parent: after.next()?.parse().ok()?,
            name: before.split_once('(')?.1.to_owned(),
        })
    })
}

/// A process and all below it.
fn family(root: u32) -> impl Iterator<Item = Process> {
    let all: Vec<Process> = processes().collect();
    let mut known = vec![root];
    let mut at = 0;
    while let Some(parent) = known.get(at).copied() {
        at += 1;
        let children = all.iter().filter(|it| it.parent == parent);
        known.extend(children.map(|it| it.pid));
    }
    all.into_iter().filter(move |it| known.contains(&it.pid))
}

fn sample(root: u32, at: f64, entities: &Value) -> Option<Sample> {
    let family: Vec<Process> = family(root).collect();
    let app = family.iter().find(|it| it.name == "fixture")?.pid;
    let mut pages = family
        .iter()
        .filter(|it| it.name.starts_with("WebKitWebProces"));
    let first = pages.next()?.pid;
    let fds = std::fs::read_dir(format!("/proc/{app}/fd")).ok()?.count();
    Some(Sample {
        at,
        entities: entities.as_f64()?,
        fds: fds as f64,
        threads: status(app, "Threads")?,
        rss_mib: status(app, "VmRSS")? / 1024.0,
        page_rss_mib: status(first, "VmRSS")? / 1024.0,
        processes: family.len() as f64,
        zombies: family.iter().filter(|it| it.zombie).count() as f64,
    })
}
