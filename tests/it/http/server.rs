//! A runtime with the HTTP bridge on a thread of its own, and routes to test it with.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use oro::components::http::{HttpLimits, HttpServer};
use oro::engine::config::Config;
use oro::engine::error::Infallible;
use oro::engine::stream::{ByteStream, byte_stream};
use oro::prelude::*;
use oro::systems::http::HttpIpcPlugin;
use schemars::JsonSchema;
use serde::Deserialize;

/// What the test's routes have done.
#[derive(Resource, Clone, Default)]
pub struct Seen {
    /// Calls of `test.never` that wait.
    pub waiting: Arc<AtomicUsize>,
    /// Chunks that `test.flood` has written.
    pub chunks: Arc<AtomicUsize>,
    /// Calls of `test.flood` that write.
    pub flooding: Arc<AtomicUsize>,
    /// Calls of `test.count`.
    pub calls: Arc<AtomicUsize>,
}

macro_rules! route {
    ($(#[$doc:meta])* $name:ident $route:literal -> $output:ty $(, $const:ident)*) => {
        $(#[$doc])*
        #[derive(Deserialize, JsonSchema)]
        struct $name {}

        impl Route for $name {
            const NAME: &'static str = $route;
            $(const $const: bool = true;)*
            type Output = $output;
            type Error = Infallible;
        }
    };
}

route!(/// Answers with its body.
    Echo "test.echo" -> Bytes, BODY);
route!(/// Is never answered.
    Never "test.never" -> Empty);
route!(/// Writes until nobody reads.
    Flood "test.flood" -> ByteStream);
route!(/// Acts on a window.
    OnWindow "test.window" -> bool, WINDOW);
route!(/// Counts its calls.
    Count "test.count" -> usize);
route!(/// Is not for other processes.
    Secret "internal.secret" -> Empty);

/// Counts while it lives.
#[derive(Component)]
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// Bytes of a chunk of `test.flood`.
pub const CHUNK: usize = 64 << 10;

fn add_routes(app: &mut App, seen: &Seen) {
    let (alive, flood, calls) = (seen.clone(), seen.clone(), Arc::clone(&seen.calls));
    app.add_route::<Echo, _>(|In(call): In<Call<Echo>>| Ok(call.body))
        .add_route::<OnWindow, _>(|In(call): In<Call<OnWindow>>| Ok(call.client.window().is_some()))
        .add_route::<Secret, _>(|_: In<Call<Secret>>| Ok(Empty {}))
        .add_route::<Count, _>(move |_: In<Call<Count>>| Ok(calls.fetch_add(1, SeqCst)))
        .add_deferred::<Never, _>(
            move |In((_, pending)): In<(Call<Never>, Pending<Never>)>, mut commands: Commands| {
                commands
                    .entity(pending.entity())
                    .insert(Alive::new(&alive.waiting));
                Ok(())
            },
        )
        .add_route::<Flood, _>(move |In(call): In<Call<Flood>>, jobs: Res<Jobs>| {
            let (writer, stream) = byte_stream("application/x-flood", call.cancel.clone());
            let (alive, chunks) = (Alive::new(&flood.flooding), Arc::clone(&flood.chunks));
            let write = move || {
                while writer.write(vec![b'x'; CHUNK]).is_ok() {
                    chunks.fetch_add(1, SeqCst);
                }
                drop(alive);
            };
            jobs.spawn(Entity::PLACEHOLDER, Lane::Io, write, |_, _, _| ());
            Ok(stream)
        });
}

/// A running runtime; it ends when dropped.
pub struct Server {
    pub state: HttpServer,
    pub event_loop: Loop,
    pub ingress: Ingress,
    pub seen: Seen,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts one with a port of the system's choice.
    pub fn start(config: &str, limits: HttpLimits) -> Self {
        let config = format!("[http.ipc]\nenable = true\n{config}");
        Self::launch(
            &config,
            HttpIpcPlugin {
                port: Some(0),
                limits,
            },
        )
    }

    /// Starts one exactly as configured.
    pub fn launch(config: &str, plugin: HttpIpcPlugin) -> Self {
        let loaded = Config::builder().text("oro.toml", config).load().unwrap();
        let seen = Seen::default();
        let routes = seen.clone();
        let (sender, receiver) = crossbeam::channel::bounded(1);
        let thread = std::thread::spawn(move || {
            let mut app = App::empty();
            app.insert_resource(loaded.config)
                .add_plugins(HeadlessPlugins.set(plugin));
            add_routes(&mut app, &routes);
            app.start();
            let world = app.world();
            sender
                .send((
                    world.resource::<HttpServer>().clone(),
                    world.resource::<Loop>().clone(),
                    world.resource::<Ingress>().clone(),
                ))
                .unwrap();
            app.run();
        });
        let (state, event_loop, ingress) = receiver.recv_timeout(WAIT_MAX).unwrap();
        Self {
            state,
            event_loop,
            ingress,
            seen,
            thread: Some(thread),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.state.address().unwrap()
    }

    /// Ends the runtime and waits until it has ended.
    pub fn stop(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = self.event_loop.destroy();
            let ended = thread.join();
            assert!(
                ended.is_ok() || std::thread::panicking(),
                "the runtime panicked"
            );
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How long anything may take.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// Waits until something is true.
pub fn until(what: &str, mut is: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < WAIT_MAX, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
