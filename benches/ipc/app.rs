//! The app of the bridge's benchmark: serves the page that measures, and the routes that it calls.
//!
//! `ipc_page DIR RUNG [PAGE]`: `RUNG` is a value of the setting `ipc_transport`. The page's result
//! is the last line of standard output.
#![expect(
    clippy::print_stdout,
    reason = "the result is for the script that compares"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{ExitCode, Termination};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use oro::engine::stream::{ByteStream, byte_stream};
use oro::prelude::*;
use oro_benches as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! route {
    ($(#[doc = $doc:literal])+ $type:ident = $name:literal { $($field:tt)* } -> $output:ty
        $(, $key:ident = $value:expr)?) => {
        $(#[doc = $doc])+
        #[derive(Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct $type { $($field)* }
        impl Route for $type {
            const NAME: &'static str = $name;
            $(const $key: bool = $value;)?
            type Output = $output;
            type Error = RouteError;
        }
    };
}

route! {
    /// Does nothing, in the tick; the time is noted.
    Nothing = "bench.nothing" {} -> Empty
}
route! {
    /// Forgets the noted times.
    Reset = "bench.reset" {} -> Empty
}
route! {
    /// The gaps between the noted times, in microseconds: of calls made one after the other, the
    /// round trips.
    Gaps = "bench.gaps" {} -> Quantiles
}
route! {
    /// What this process and its children have used of the processors, in microseconds.
    Cpu = "bench.cpu" {} -> f64
}
route! {
    /// The resident memory of this process and of each of its children, in KiB.
    Memory = "bench.memory" {} -> BTreeMap<String, u64>
}
route! {
    /// So many bytes.
    Down = "bench.down" { size: usize } -> Bytes
}
route! {
    /// How many bytes came.
    Up = "bench.up" {} -> usize, BODY = true
}
route! {
    /// Emits events from the tick, all at once.
    Burst = "bench.burst" { count: u32 } -> Empty
}
route! {
    /// Emits events from a thread, with a gap between them.
    Emit = "bench.emit" { count: u32, gap_us: u64 } -> Empty
}
route! {
    /// Writes server-sent events from a thread, with a gap between them.
    Events = "bench.events" { count: u32, gap_us: u64 } -> ByteStream
}
route! {
    /// Prints the result.
    Print = "bench.print" { text: String } -> Empty
}

/// An event; its detail is when it was sent, in microseconds of the system's monotonic clock.
#[derive(Message, Serialize, JsonSchema)]
struct Sent {
    at_us: f64,
}

impl Topic for Sent {
    const NAME: &'static str = "bench.sent";
}

/// How long something took, in microseconds.
#[derive(Serialize, JsonSchema)]
struct Quantiles {
    n: usize,
    p50: f64,
    p99: f64,
}

static ARRIVALS: Mutex<Vec<Instant>> = Mutex::new(Vec::new());

/// What is sent down; touched once, so that the first sending costs what the others do.
static PAYLOAD: LazyLock<Bytes> = LazyLock::new(|| vec![65_u8; 64 << 20].into());

fn arrivals() -> std::sync::MutexGuard<'static, Vec<Instant>> {
    ARRIVALS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let dir = PathBuf::from(args.next().unwrap_or_else(|| "benches/ipc/page".into()));
    let rung = args.next().unwrap_or_else(|| "auto".into());
    let page = args.next().unwrap_or_else(|| "/index.html".into());
    let surface = oro::platform::Surface { headless: true };
    oro::platform::run(surface, move || build(dir, rung, page)).report()
}

fn build(dir: PathBuf, rung: String, page: String) -> App {
    let overrides = [
        ("meta_bundle_identifier", "app.oro.bench".to_owned()),
        ("headless", "true".to_owned()),
        ("webview_index", page),
        ("ipc_transport", rung),
        ("ipc_body_max_bytes", (256 << 20).to_string()),
    ];
    let builder = Config::builder().app_dir(dir).env(std::env::vars_os());
    let loaded = builder.overrides(overrides).load();
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    let mut app = App::empty();
    app.insert_resource(loaded.config)
        .add_plugins(DefaultPlugins)
        .add_topic::<Sent>()
        .add_route::<Nothing, _>(|In(_): In<Call<Nothing>>| {
            arrivals().push(Instant::now());
            Ok(Empty {})
        })
        .add_pure::<Reset>(|_| {
            arrivals().clear();
            Ok(Empty {})
        })
        .add_pure::<Gaps>(|_| Ok(gaps(&arrivals())))
        .add_pure::<Cpu>(|_| Ok(cpu_us("self")))
        .add_pure::<Memory>(|_| {
            let mut all = BTreeMap::new();
            memory_kib("self", &mut all);
            Ok(all)
        })
        .add_route::<Down, _>(|In(call): In<Call<Down>>| {
            let size = call.params.size.min(PAYLOAD.len());
            Ok(Bytes(PAYLOAD.0.slice(..size)))
        })
        .add_route::<Up, _>(|In(call): In<Call<Up>>| Ok(call.body.len()))
        .add_route::<Burst, _>(|In(call): In<Call<Burst>>, mut sent: MessageWriter<Sent>| {
            let at_us = now_us();
            sent.write_batch((0..call.params.count).map(|_| Sent { at_us }));
            Ok(Empty {})
        })
        .add_route::<Emit, _>(emit)
        .add_route::<Events, _>(events)
        .add_pure::<Print>(|call| {
            println!("{}", call.params.text);
            Ok(Empty {})
        });
    app
}

fn gaps(times: &[Instant]) -> Quantiles {
    let gaps = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1e6);
    let mut gaps: Vec<f64> = gaps.collect();
    gaps.sort_by(f64::total_cmp);
    let at = |share: usize| {
        let at = gaps.len().saturating_sub(1) * share / 100;
        gaps.get(at).copied().unwrap_or_default()
    };
    Quantiles {
        n: gaps.len(),
        p50: at(50),
        p99: at(99),
    }
}

fn emit(In(call): In<Call<Emit>>, event_loop: Res<Loop>) -> Result<Empty, RouteError> {
    let (event_loop, Emit { count, gap_us }) = (event_loop.clone(), call.params);
    let work = move || {
        for _ in 0..count {
            pause(gap_us);
            let at_us = now_us();
            // A queue that is full is one that is being worked off.
            while event_loop
                .dispatch(move |world| {
                    world.write_message(Sent { at_us });
                })
                .is_err()
            {
                std::thread::yield_now();
            }
        }
    };
    thread(work)
}

fn events(In(call): In<Call<Events>>) -> Result<ByteStream, RouteError> {
    let (writer, stream) = byte_stream("text/event-stream", call.cancel.clone());
    let Events { count, gap_us } = call.params;
    let work = move || {
        for _ in 0..count {
            pause(gap_us);
            let event = format!("data: {}\n\n", now_us());
            if writer.write(event.into_bytes()).is_err() {
                return;
            }
        }
    };
    thread(work).map(|_| stream)
}

fn thread(work: impl FnOnce() + Send + 'static) -> Result<Empty, RouteError> {
    let made = std::thread::Builder::new().spawn(work);
    made.map(|_| Empty {})
        .map_err(|error| RouteError::internal(error.to_string()))
}

fn pause(gap_us: u64) {
    if gap_us > 0 {
        std::thread::sleep(Duration::from_micros(gap_us));
    }
}

/// The system's monotonic clock, which all processes read alike: the web process too.
fn now_us() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Time on the processors of all threads of a process and its children.
fn cpu_us(pid: &str) -> f64 {
    let mut us = 0.0;
    for task in tasks(pid) {
        let stat = std::fs::read_to_string(task.join("schedstat")).unwrap_or_default();
        let ns: f64 = stat
            .split(' ')
            .next()
            .and_then(|ns| ns.parse().ok())
            .unwrap_or_default();
        us += ns / 1e3;
        us += children(&task)
            .iter()
            .map(|child| cpu_us(child))
            .sum::<f64>();
    }
    us
}

fn memory_kib(pid: &str, all: &mut BTreeMap<String, u64>) {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}"));
    let rss = read("status").unwrap_or_default().lines().find_map(|line| {
        let value = line.strip_prefix("VmRSS:")?;
        value.split_whitespace().next()?.parse().ok()
    });
    let name = read("comm").unwrap_or_default();
    *all.entry(name.trim().to_owned()).or_default() += rss.unwrap_or(0);
    for task in tasks(pid) {
        for child in children(&task) {
            memory_kib(&child, all);
        }
    }
}

fn tasks(pid: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/task"));
    let entries = entries.into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn children(task: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(task.join("children")).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}
