//! Runs the server of models for a while as several pages use it: chats that are read and chats
//! that are left, texts, vectors, tokens, mistakes, conversations with contexts, and models that
//! are loaded and unloaded. Fails if memory, entities, descriptors or threads grow after the
//! warm-up, if something is left at the end, or if `/health` tells of other requests than were
//! sent.
//!
//! `cargo run -p oro_tests --bin soak_models [SECONDS]`; 1800 unless given.
#![expect(clippy::print_stdout, reason = "a program that reports")]
#![expect(clippy::unwrap_used, reason = "it fails by panicking")]

mod client;
mod server;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use oro_tests::growth::{Measure, judge, status};
use serde_json::Value;

use client::{Tally, load_models, talk, use_endpoints, warm_up};
use server::{Server, WORKER};

const SECONDS: u64 = 1800;
const SAMPLE_EVERY: Duration = Duration::from_secs(1);
const REPORT_EVERY: u32 = 30;
/// Clients of the endpoints: more than run at once, so that some wait.
const CLIENTS: u64 = 6;

/// How things stand at one moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: f64,
    entities: f64,
    /// Of the application's process, then of the worker's.
    fds: [f64; 2],
    threads: [f64; 2],
    rss_mib: [f64; 2],
}

/// What must not grow.
const MEASURES: [Measure<Sample>; 7] = [
    // Requests under way have some.
    ("entities", |s| s.entities, 8.0, 0.0),
    ("descriptors", |s| s.fds[0], 4.0, 0.0),
    ("descriptors of the worker", |s| s.fds[1], 4.0, 0.0),
    ("threads", |s| s.threads[0], 2.0, 0.0),
    ("threads of the worker", |s| s.threads[1], 2.0, 0.0),
    ("memory (MiB)", |s| s.rss_mib[0], 4.0, 0.02),
    ("memory of the worker (MiB)", |s| s.rss_mib[1], 4.0, 0.02),
];

fn main() -> ExitCode {
    let word = std::env::args().nth(1);
    if word.as_deref() == Some(WORKER) {
        return oro::ai::engine::worker_main();
    }
    let seconds = word.map_or(SECONDS, |word| word.parse().unwrap());
    let server = Server::start();
    let (tally, over) = (Tally::default(), AtomicBool::new(false));
    warm_up(&server, &tally);
    let samples = std::thread::scope(|scope| {
        for seed in 0..CLIENTS {
            let (server, tally, over) = (&server, &tally, &over);
            scope.spawn(move || use_endpoints(server, tally, over, seed));
        }
        scope.spawn(|| load_models(&server, &tally, &over));
        scope.spawn(|| talk(&server, &over));
        let _over = Over(&over);
        watch(&server, &tally, seconds)
    });
    let health = at_rest(&server, &tally);
    println!("{} {health}", tally.shown());
    let mut problems = tally.compare(&health);
    let judged = judge(&samples, |sample| sample.at, &MEASURES, seconds);
    problems.extend(judged.err().map(|error| error.to_string()));
    for problem in &problems {
        println!("FAILED {problem}");
    }
    ExitCode::from(u8::from(!problems.is_empty()))
}

/// Ends the work when it is dropped, also by a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Looks at all now and then.
fn watch(server: &Server, tally: &Tally, seconds: u64) -> Vec<Sample> {
    let begun = Instant::now();
    let mut samples = Vec::new();
    let mut reported = tally.total();
    while begun.elapsed() < Duration::from_secs(seconds) {
        std::thread::sleep(SAMPLE_EVERY);
        let health = tally.health(server);
        assert_eq!(health["status"], "ok", "{health}");
        let limits = &health["limits"];
        let is_limited = limits["running"].as_u64() <= limits["concurrency"].as_u64();
        assert!(is_limited, "{health}");
        samples.extend(sample(server, begun.elapsed().as_secs_f64()));
        if samples.len() % REPORT_EVERY as usize == 0 {
            println!("{} {:?}", tally.shown(), samples.last());
            let total = tally.total();
            assert_ne!(total, reported, "it stands still");
            reported = total;
        }
    }
    samples
}

fn sample(server: &Server, at: f64) -> Option<Sample> {
    let pids = [std::process::id(), server.worker()?];
    let fds = |pid| {
        let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
        Some(entries.count() as f64)
    };
    let of_both = |value: &dyn Fn(u32) -> Option<f64>| Some([value(pids[0])?, value(pids[1])?]);
    Some(Sample {
        at,
        entities: server.entities() as f64,
        fds: of_both(&fds)?,
        threads: of_both(&|pid| status(pid, "Threads"))?,
        rss_mib: of_both(&|pid| Some(status(pid, "VmRSS")? / 1024.0))?,
    })
}

/// What `/health` tells when nothing of any request is left.
fn at_rest(server: &Server, tally: &Tally) -> Value {
    for _ in 0..1000 {
        let health = tally.health(server);
        let left = [
            &health["limits"]["running"],
            &health["limits"]["waiting"],
            &health["engine"]["sequences_busy"],
        ];
        if left.iter().all(|count| **count == 0) {
            return health;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it does not end: {}", tally.health(server));
}
