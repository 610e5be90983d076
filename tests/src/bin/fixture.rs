//! An app for tests: serves the folder that it is given, and offers a few routes of its own.
//!
//! `fixture DIR PAGE [--headless] [--again]`; what pages print goes to standard output. With
//! `--again`, a page whose process dies is always loaded again, and not just once.
#![expect(clippy::print_stdout, reason = "pages print what the test compares")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{ExitCode, Termination};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use oro::components::direct::Connected;
use oro::components::resource::{ReadResource, ResourceRequest, ResourceResponse, Resources};
use oro::components::window::WindowCrashed;
use oro::engine::ingress::Ingress;
use oro::engine::queued_response::{QueuedResponse, QueuedResponses};
use oro::engine::request::{Address, Client, Request};
use oro::engine::stream::{ByteStream, byte_stream};
use oro::engine::topic::Outbox;
use oro::prelude::*;
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
    /// Prints a line.
    Print = "test.print" { value: String } -> Empty
}
route! {
    /// Answers with the body.
    Echo = "test.echo" {} -> Bytes, BODY = true
}
route! {
    /// Answers from the tick.
    Tick = "test.tick" {} -> String
}
route! {
    /// Answers from the tick with the same text.
    Say = "test.say" { value: String } -> String
}
route! {
    /// Emits numbered events in one tick.
    Burst = "test.burst" { source: String, count: u32 } -> Empty
}
route! {
    /// Has the page told of a body that waits for it.
    Announce = "test.announce" { answers: String, text: String } -> Empty
}
route! {
    /// Writes bytes as fast as they are read.
    Flow = "test.flow" { chunks: u32 } -> ByteStream
}
route! {
    /// How many chunks were written.
    Flowed = "test.flowed" {} -> u32
}
route! {
    /// Ends the direct connection of the caller's page.
    Cut = "test.cut" {} -> bool
}
route! {
    /// Never answers.
    Wait = "test.wait" {} -> Empty
}
route! {
    /// Notes that somebody came through.
    Strike = "test.strike" { from: String } -> Empty
}
route! {
    /// Who came through.
    Strikes = "test.strikes" {} -> Vec<String>
}
route! {
    /// Writes numbered server-sent events with a gap between them.
    Stream = "test.stream" { count: u32, gap_ms: u64 } -> ByteStream
}
route! {
    /// How many streams were begun and not ended.
    Streams = "test.streams" {} -> usize
}
route! {
    /// How many entities there are.
    Entities = "test.entities" {} -> usize
}
route! {
    /// How many file descriptors are open, but for those with which WebKit looks at memory.
    Descriptors = "test.descriptors" {} -> usize
}
route! {
    /// How many requests wait for their answer.
    Pending = "test.pending" {} -> usize
}

/// A numbered event.
#[derive(Message, Serialize, JsonSchema)]
struct Numbered {
    source: String,
    n: u32,
    count: u32,
}

impl Topic for Numbered {
    const NAME: &'static str = "test.event";
}

/// Bytes of a chunk of `test.flow`.
const CHUNK: usize = 64 << 10;

/// Counts the chunks of `test.flow`.
static FLOWED: AtomicU32 = AtomicU32::new(0);

#[derive(Resource, Default)]
struct Struck(BTreeSet<String>);

#[derive(Resource, Default, Clone)]
struct Open(std::sync::Arc<std::sync::atomic::AtomicUsize>);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let headless = args.iter().any(|arg| arg == "--headless");
    let mut names = args.iter().filter(|arg| !arg.starts_with("--"));
    let dir = PathBuf::from(names.next().map_or(".", String::as_str));
    let page = names.next().cloned().unwrap_or_else(|| "/".to_owned());
    let level = if std::env::var_os("FIXTURE_DEBUG").is_some() {
        "debug"
    } else {
        "info"
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(level)
        .init();
    let again = args.iter().any(|arg| arg == "--again");
    let surface = oro::platform::Surface { headless };
    let app = move || {
        let mut app = build(dir, page.clone(), headless);
        if again {
            app.insert_resource(Again(page))
                .add_systems(Tick, load_again.in_set(TickSystems::Update));
        }
        app
    };
    oro::platform::run(surface, app).report()
}

fn build(dir: PathBuf, page: String, headless: bool) -> App {
    let builder = Config::builder().app_dir(dir).env(std::env::vars_os());
    let overrides = [("headless", headless.to_string()), ("webview_index", page)];
    let loaded = builder.overrides(overrides).load();
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    let mut app = App::empty();
    app.insert_resource(loaded.config)
        .init_resource::<Struck>()
        .init_resource::<Open>()
        .add_plugins(DefaultPlugins)
        .add_pure::<Print>(|call| {
            println!("{}", call.value);
            Ok(Empty {})
        })
        .add_pure::<Echo>(|call| Ok(call.body))
        .add_route::<Tick, _>(|In(_): In<Call<Tick>>| Ok("tock".to_owned()))
        .add_route::<Say, _>(|In(call): In<Call<Say>>| Ok(call.params.value))
        .add_topic::<Numbered>()
        .add_route::<Burst, _>(burst)
        .add_route::<Announce, _>(announce)
        .add_route::<Flow, _>(flow)
        .add_pure::<Flowed>(|_| Ok(FLOWED.load(Ordering::Acquire)))
        .add_route::<Cut, _>(cut)
        .add_deferred::<Wait, _>(
            |In(_): In<(Call<Wait>, oro::engine::route::Pending<Wait>)>| Ok(()),
        )
        .add_route::<Strike, _>(|In(call): In<Call<Strike>>, mut struck: ResMut<Struck>| {
            struck.0.insert(call.params.from);
            Ok(Empty {})
        })
        .add_route::<Strikes, _>(|In(_): In<Call<Strikes>>, struck: Res<Struck>| {
            Ok(struck.0.iter().cloned().collect::<Vec<_>>())
        })
        .add_route::<Stream, _>(stream)
        .add_route::<Streams, _>(|In(_): In<Call<Streams>>, open: Res<Open>| {
            Ok(open.0.load(Ordering::Acquire))
        })
        .add_route::<Entities, _>(|In(_): In<Call<Entities>>, all: Query<Entity>| {
            Ok(all.iter().len())
        })
        .add_route::<Descriptors, _>(|In(_): In<Call<Descriptors>>| descriptors())
        .add_route::<Pending, _>(pending);
    let below = app.world().resource::<Resources>().clone();
    app.insert_resource(Resources(std::sync::Arc::new(Unprepared(below))));
    app
}

/// Serves some documents with the header by which they go without the preload.
struct Unprepared(Resources);

impl ReadResource for Unprepared {
    fn read(&self, request: &ResourceRequest) -> ResourceResponse {
        let mut response = self.0.0.read(request);
        if request.path.ends_with("/unprepared.html") {
            let header = ("runtime-preload-injection", "disabled".to_owned());
            response.headers.push(header);
        }
        response
    }
}

fn burst(
    In(call): In<Call<Burst>>,
    mut numbered: MessageWriter<Numbered>,
) -> Result<Empty, RouteError> {
    let Burst { source, count } = call.params;
    numbered.write_batch((0..count).map(|n| Numbered {
        source: source.clone(),
        n,
        count,
    }));
    Ok(Empty {})
}

fn announce(
    In(call): In<Call<Announce>>,
    (responses, outbox): (Res<QueuedResponses>, Res<Outbox>),
) -> Result<Empty, RouteError> {
    let Announce { answers, text } = call.params;
    let window = call.client.window().unwrap_or(Entity::PLACEHOLDER);
    let mut response = QueuedResponse::bytes("text/x-test", text.clone().into_bytes());
    response.headers.push(("x-test".into(), "told".into()));
    let params = serde_json::json!({ "text": text });
    outbox.push(responses.announce(window, &answers, &params, response)?);
    Ok(Empty {})
}

fn flow(In(call): In<Call<Flow>>, jobs: Res<Jobs>) -> Result<ByteStream, RouteError> {
    let (writer, stream) = byte_stream("application/octet-stream", call.cancel.clone());
    FLOWED.store(0, Ordering::Release);
    let work = move || {
        for n in 0..call.params.chunks {
            if writer.write(vec![n as u8; CHUNK]).is_err() {
                break;
            }
            FLOWED.fetch_add(1, Ordering::AcqRel);
        }
    };
    jobs.spawn(Entity::PLACEHOLDER, Lane::Io, work, |_, _, _| {});
    Ok(stream)
}

fn cut(
    In(call): In<Call<Cut>>,
    connected: Query<&Connected>,
    mut commands: Commands,
) -> Result<bool, RouteError> {
    let window = call.client.window().unwrap_or(Entity::PLACEHOLDER);
    let Ok(Connected(connection)) = connected.get(window) else {
        return Ok(false);
    };
    commands.entity(*connection).despawn();
    Ok(true)
}

/// The page to load when its process has died.
#[derive(Resource)]
struct Again(String);

fn load_again(
    mut crashed: MessageReader<WindowCrashed>,
    (page, ingress): (Res<Again>, Res<Ingress>),
    mut count: Local<u32>,
) -> Result {
    for _ in crashed.read() {
        *count += 1;
        // The first time the runtime does it.
        if *count > 1 {
            let url = format!("ipc://window.navigate?targetWindowIndex=0&url={}", page.0);
            let address = Address::parse(&url).map_err(|error| error.message)?;
            ingress.submit(Request::new(address, Client::Host, drop));
        }
    }
    Ok(())
}

fn pending(
    In(_): In<Call<Pending>>,
    pending: Query<&oro::engine::router::PendingRequest>,
) -> Result<usize, RouteError> {
    Ok(pending.iter().len())
}

fn descriptors() -> Result<usize, RouteError> {
    let all = std::fs::read_dir("/proc/self/fd");
    let all = all.map_err(|error| RouteError::internal(error.to_string()))?;
    let is_ours = |target: &PathBuf| !target.starts_with("/proc") && !target.starts_with("/sys");
    let targets = all.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    Ok(targets.filter(is_ours).count())
}

fn stream(
    In(call): In<Call<Stream>>,
    jobs: Res<Jobs>,
    open: Res<Open>,
) -> Result<ByteStream, RouteError> {
    use Ordering::AcqRel;
    let (writer, stream) = byte_stream("text/event-stream", call.cancel.clone());
    let (open, cancel, params) = (open.0.clone(), call.cancel.clone(), call.params);
    open.fetch_add(1, AcqRel);
    let work = move || {
        for n in 0..params.count {
            if writer.write(format!("data: {n}\n\n").into_bytes()).is_err() {
                break;
            }
            let gap = std::time::Instant::now();
            while gap.elapsed() < Duration::from_millis(params.gap_ms) && !cancel.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        open.fetch_sub(1, AcqRel);
    };
    jobs.spawn(Entity::PLACEHOLDER, Lane::Io, work, |_, _, _| {});
    Ok(stream)
}
