//! Texts of a language model by the server of the app, with 1, 4 and 8 streams at once, as a page
//! gets them; the same by a pool of contexts and by one context in turn; and what the ticks of the
//! app take meanwhile. `llm/compare.py` puts it beside other servers, and beside work of others.
//!
//! `llm [own|handle|pool|turn|http ADDRESS] [MODEL] [THREADS]`: without the first word, all but
//! the last, in turns. One line of JSON a measurement.
#![expect(clippy::print_stdout, reason = "a benchmark reports")]
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

#[path = "llm/handle.rs"]
mod handle;
#[path = "llm/http.rs"]
mod http;
#[path = "llm/own.rs"]
mod own;
#[path = "llm/pool.rs"]
mod pool;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use handle::Handle;
use http::Http;
use oro::ai::engine::{WorkerProgram, worker_main};
use oro_benches as _;
use own::Own;
use pool::Pool;

/// How many times all is measured.
const ROUNDS: u32 = 3;
/// How often a case runs in a row: one first text alone says little.
const RUNS: u32 = 5;
/// The argument by which this program is its own worker.
const WORKER: &str = "worker";

/// What is asked: so many streams at once, of prompts and texts of so many tokens.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    streams: u32,
    prompt: u32,
    predict: u32,
    /// Tokens with which all prompts begin, and which were read once before, as the instructions
    /// of an assistant are.
    common: u32,
}

const fn case(name: &'static str, streams: u32, prompt: u32, predict: u32) -> Case {
    Case {
        name,
        streams,
        prompt,
        predict,
        common: 0,
    }
}

const CASES: &[Case] = &[
    case("1 stream", 1, 32, 192),
    case("4 streams", 4, 32, 192),
    case("8 streams", 8, 32, 192),
    case("prompts, 1 stream", 1, 400, 16),
    case("prompts, 8 streams", 8, 200, 32),
    Case {
        common: 180,
        ..case("prompts with one beginning, 8 streams", 8, 200, 32)
    },
];

/// What one stream brought.
#[derive(Clone, Copy, Debug, Default)]
pub struct Streamed {
    /// Tokens of its text.
    pub tokens: u32,
    /// How long its first text took.
    pub first: Duration,
}

/// Somebody who continues texts.
pub trait Server {
    /// The continuations of all prompts at once by `predict` tokens, whatever the model says of an
    /// end. One thread hears all of them, as in a page.
    fn complete(&self, prompts: &[Vec<i32>], predict: u32) -> Vec<Streamed>;
}

/// A prompt that nobody has begun like before: nothing of it is in a cache.
fn prompt(number: u32, len: u32) -> Vec<i32> {
    let mut state = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let token = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        // Bytes, which all vocabularies have first.
        (state >> 33) as i32 % 250 + 1
    };
    (0..len).map(token).collect()
}

/// Runs a case: tokens a second of all streams, and the median time to a stream's first text, of
/// all runs.
fn measure(server: &dyn Server, case: Case, runs: u32, number: &mut u32) -> (f64, f64) {
    let (mut rates, mut firsts) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (rate, streams) = once(server, case, number);
        rates.push(rate);
        firsts.extend(streams.iter().map(|it| it.first.as_secs_f64() * 1e3));
    }
    (median(rates), median(firsts))
}

/// Runs a case once: tokens a second of all streams, and the streams.
fn once(server: &dyn Server, case: Case, number: &mut u32) -> (f64, Vec<Streamed>) {
    *number += 1;
    let common = prompt(*number, case.common);
    if !common.is_empty() {
        server.complete(std::slice::from_ref(&common), 1);
    }
    let prompts: Vec<Vec<i32>> = (0..case.streams)
        .map(|_| {
            *number += 1;
            [common.clone(), prompt(*number, case.prompt - case.common)].concat()
        })
        .collect();
    let started = Instant::now();
    let streams = server.complete(&prompts, case.predict);
    let took = started.elapsed().as_secs_f64();
    let tokens: u32 = streams.iter().map(|it| it.tokens).sum();
    assert_eq!(tokens, case.streams * case.predict, "{}", case.name);
    (f64::from(tokens) / took, streams)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Runs all cases, after a request that warms up.
fn run(name: &str, server: &dyn Server) {
    // What was asked in an earlier run is perhaps still in a cache of the server's.
    let mut number = std::process::id().wrapping_mul(1000);
    measure(server, case("warm", 8, 8, 8), 1, &mut number);
    for case in CASES {
        let (rate, first) = measure(server, *case, RUNS, &mut number);
        println!(
            r#"{{"llm":"{name}","case":"{}","tokens_per_s":{rate:.1},"first_ms":{first:.1}}}"#,
            case.name
        );
    }
}

fn main() {
    // `cargo bench` adds `--bench`.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let word = |at: usize| words.get(at).map(String::as_str);
    if word(0) == Some(WORKER) {
        let _ = worker_main();
        return;
    }
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/models");
    let model = |at: usize| {
        let given = word(at)
            .filter(|it| it.ends_with(".gguf"))
            .map(PathBuf::from);
        given.unwrap_or_else(|| fixture.join("tiny-chat.gguf"))
    };
    let threads = words.last().and_then(|word| word.parse().ok());
    let named = |kind: &str, model: &Path| match kind {
        "own" => {
            let own = Own::start(model, threads);
            run("own", &own);
            let (p99_us, max_us) = own.ticks();
            println!(r#"{{"llm":"own","tick_p99_us":{p99_us:.0},"tick_max_us":{max_us:.0}}}"#);
        }
        "handle" => run("handle", &Handle::start(model, 8, threads)),
        "pool" => run("pool of contexts", &Pool::start(model, 8)),
        _ => run("one in turn", &Handle::start(model, 1, threads)),
    };
    match word(0) {
        Some("http") => run("http", &Http::new(word(1).unwrap())),
        Some(kind @ ("own" | "handle" | "pool" | "turn")) => named(kind, &model(1)),
        _ => {
            for _ in 0..ROUNDS {
                for kind in ["own", "handle", "pool", "turn"] {
                    named(kind, &model(0));
                }
            }
        }
    }
}

/// This program as a worker.
pub fn worker() -> WorkerProgram {
    WorkerProgram::running(&[WORKER]).unwrap()
}
