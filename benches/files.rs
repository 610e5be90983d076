//! What files cost: 10,000 of 4 KiB read, looked at and written, all in flight at once, and one of
//! 512 MiB read in chunks.
//!
//! `files [DIR] [KEY]` makes the files that are read, if they are not there, and prints one line of
//! JSON: files a second by the routes' own structs ([`Ingress::invoke`]) and, as `json_…`, by
//! requests as other programs and pages send them; MiB a second of the large file; only keys that
//! begin with KEY. `files/compare.py` puts it beside others.
#![expect(clippy::print_stdout, reason = "a benchmark reports")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use oro::components::fs::{FsOpen, FsOpened, FsRead, FsReadFile, FsStatPath, FsWriteFile};
use oro::components::number::Int;
use oro::engine::envelope::JSON;
use oro::engine::request::{Address, Payload};
use oro::prelude::*;
use oro_benches as _;

const FILES: usize = 10_000;
const FILE_BYTES: usize = 4096;
const LARGE_BYTES: u64 = 512 << 20;
/// Reads of the large file that are in flight at once.
const READS: u64 = 4;
const ROUNDS: usize = 3;

fn main() {
    let mut words = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"));
    let dir = words.next().map_or_else(
        || std::env::temp_dir().join("oro-bench-files"),
        PathBuf::from,
    );
    prepare(&dir);
    let names: Vec<String> = (0..FILES)
        .map(|n| format!("{}/small/{n}", dir.display()))
        .collect();
    // On a file system in memory: a journal would measure the disk.
    let target = PathBuf::from(format!("/dev/shm/oro-bench-{}", std::process::id()));
    let targets: Vec<String> = (0..FILES)
        .map(|n| format!("{}/{n}", target.display()))
        .collect();
    let mut results = Vec::new();
    let only = words.next().unwrap_or_default();
    let mut told = |key: &str, measure: &dyn Fn() -> f64| {
        if key.starts_with(&only) {
            let best = (0..ROUNDS).map(|_| measure()).fold(0.0, f64::max);
            results.push(format!(r#""{key}":{best:.0}"#));
        }
    };

    for (prefix, as_json) in [("", false), ("json_", true)] {
        let bench = Bench { as_json };
        told(&format!("{prefix}readFile_files_s"), &|| bench.read(&names));
        told(&format!("{prefix}stat_files_s"), &|| bench.stat(&names));
        told(&format!("{prefix}writeFile_files_s"), &|| {
            fs::create_dir(&target).expect("there is a file system in memory");
            let rate = bench.write(&targets);
            fs::remove_dir_all(&target).expect("it was made here");
            rate
        });
    }
    let large = dir.join("big.bin").display().to_string();
    told("stream_MiB_s", &|| stream(&large, 64 << 10));
    told("stream_1MiB_chunks_MiB_s", &|| stream(&large, 1 << 20));
    println!("{{{}}}", results.join(","));
}

fn prepare(dir: &Path) {
    let small = dir.join("small");
    if !small.join((FILES - 1).to_string()).exists() {
        fs::create_dir_all(&small).expect("the folder can be made");
        for n in 0..FILES {
            fs::write(small.join(n.to_string()), [65; FILE_BYTES]).expect("it can be written");
        }
    }
    let large = dir.join("big.bin");
    if fs::metadata(&large).map_or(0, |meta| meta.len()) != LARGE_BYTES {
        fs::write(large, vec![66; LARGE_BYTES as usize]).expect("it can be written");
    }
}

/// An app that runs until it is told to end.
struct Runtime(App);

impl Runtime {
    fn new() -> Self {
        let mut app = App::empty();
        app.add_plugins(HeadlessPlugins);
        app.start();
        app.update();
        Self(app)
    }

    fn ingress(&self) -> Ingress {
        self.0.world().resource::<Ingress>().clone()
    }

    /// Counts `calls` down, and ends the loop when none is left.
    fn countdown(&self, calls: usize) -> Arc<Countdown> {
        let event_loop = self.0.world().resource::<Loop>().clone();
        Arc::new(Countdown {
            left: AtomicUsize::new(calls),
            begun: Instant::now(),
            took: OnceLock::new(),
            event_loop,
        })
    }

    /// Runs the loop to its end.
    fn run(mut self) {
        assert_eq!(self.0.run(), AppExit::Success);
    }
}

/// Calls that are not answered yet.
struct Countdown {
    left: AtomicUsize,
    begun: Instant,
    /// How long it took to the last answer.
    took: OnceLock<Duration>,
    event_loop: Loop,
}

impl Countdown {
    fn count(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            let _ = self.took.set(self.begun.elapsed());
            self.event_loop.destroy().expect("it runs");
        }
    }

    /// What was done a second.
    fn rate(&self, amount: f64) -> f64 {
        amount / self.took.get().expect("it has ended").as_secs_f64()
    }
}

/// Calls of one way.
struct Bench {
    as_json: bool,
}

impl Bench {
    /// Calls a second of a route with each of the paths.
    fn measure<R: Route + Sync>(
        &self,
        paths: &[String],
        params: impl Fn(&str) -> R,
        body: &Bytes,
        is_right: fn(&R::Output) -> bool,
    ) -> f64 {
        let runtime = Runtime::new();
        let ingress = runtime.ingress();
        let left = runtime.countdown(paths.len());
        for path in paths {
            let counted = left.clone();
            let done = move |right: bool| {
                assert!(right);
                counted.count();
            };
            if self.as_json {
                ingress.submit(request(R::NAME, path, body, move |payload| {
                    done(matches!(payload, Payload::Json(_) | Payload::Bytes(_)));
                }));
            } else {
                ingress.invoke(params(path), body.clone(), move |result| {
                    done(result.is_ok_and(|output| is_right(&output)));
                });
            }
        }
        runtime.run();
        left.rate(paths.len() as f64)
    }

    fn read(&self, paths: &[String]) -> f64 {
        let params = |path: &str| FsReadFile { path: path.into() };
        self.measure(paths, params, &Bytes::default(), |bytes| {
            bytes.len() == FILE_BYTES
        })
    }

    fn stat(&self, paths: &[String]) -> f64 {
        let params = |path: &str| FsStatPath { path: path.into() };
        self.measure(paths, params, &Bytes::default(), |stat| {
            stat.st_size.0 == FILE_BYTES as u64
        })
    }

    fn write(&self, paths: &[String]) -> f64 {
        let params = |path: &str| FsWriteFile {
            path: path.into(),
            mode: None,
            flags: None,
        };
        let body = Bytes::from(vec![67; FILE_BYTES]);
        self.measure(paths, params, &body, |done| {
            done.result == FILE_BYTES as u64
        })
    }
}

/// A request as other programs send it.
fn request(
    route: &str,
    path: &str,
    body: &Bytes,
    done: impl FnOnce(Payload) + Send + Sync + 'static,
) -> Request {
    let answer = move |response: oro::engine::request::Response| {
        done(response.reply.expect("the file is there"));
    };
    if body.is_empty() {
        let address = Address::parse(&format!("ipc://{route}")).expect("it is an address");
        let json = format!(r#"{{"path":"{path}"}}"#);
        return Request::new(address, Client::Host, answer).with_body(JSON, json.into());
    }
    let address = Address::parse(&format!("ipc://{route}?path={path}")).expect("it is an address");
    Request::new(address, Client::Host, answer).with_body("", body.0.clone())
}

/// MiB a second of the large file, in chunks.
fn stream(path: &str, chunk: u64) -> f64 {
    let runtime = Runtime::new();
    let left = runtime.countdown((LARGE_BYTES / chunk) as usize);
    let open = FsOpen {
        path: path.into(),
        flags: Int(0),
        mode: Int(0),
        id: None,
    };
    let (ingress, counted) = (runtime.ingress(), left.clone());
    runtime
        .ingress()
        .invoke(open, Bytes::default(), move |opened| {
            let FsOpened { id, .. } = opened.expect("the file is there");
            for at in 0..READS {
                read_on(&ingress, id, at * chunk, chunk, &counted);
            }
        });
    runtime.run();
    left.rate((LARGE_BYTES >> 20) as f64)
}

/// Reads a chunk, and then the one that comes when others have read theirs.
fn read_on(ingress: &Ingress, id: Id, at: u64, chunk: u64, left: &Arc<Countdown>) {
    let read = FsRead {
        id,
        size: Int(chunk),
        offset: Some(Int(at as i64)),
    };
    let (again, counted) = (ingress.clone(), left.clone());
    ingress.invoke(read, Bytes::default(), move |bytes| {
        assert_eq!(bytes.expect("the file is open").len() as u64, chunk);
        counted.count();
        let next = at + READS * chunk;
        if next < LARGE_BYTES {
            read_on(&again, id, next, chunk, &counted);
        }
    });
}
