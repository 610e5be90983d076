//! How long after a client has left the HTTP bridge its request is cancelled: one that waits for an
//! answer, and a stream that is read.
#![expect(clippy::print_stdout, reason = "a benchmark reports")]
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use oro::components::http::HttpServer;
use oro::engine::stream::{ByteStream, StreamWriter, byte_stream};
use oro::prelude::*;
use oro::systems::http::HttpIpcPlugin;
use oro_benches as _;
use schemars::JsonSchema;
use serde::Deserialize;

const ROUNDS: usize = 200;
const PATIENCE: Duration = Duration::from_secs(10);

/// Is never answered.
#[derive(Deserialize, JsonSchema)]
struct Wait {}

impl Route for Wait {
    const NAME: &'static str = "bench.wait";
    type Output = Empty;
    type Error = RouteError;
}

/// Writes a piece, and then nothing.
#[derive(Deserialize, JsonSchema)]
struct Trickle {}

impl Route for Trickle {
    const NAME: &'static str = "bench.trickle";
    type Output = ByteStream;
    type Error = RouteError;
}

/// Tells when it goes.
#[derive(Component)]
struct Alive(SyncSender<Instant>);

impl Drop for Alive {
    fn drop(&mut self) {
        let _ = self.0.send(Instant::now());
    }
}

/// Whoever is told of the begins and of the ends.
#[derive(Resource, Clone)]
struct Told {
    begun: SyncSender<()>,
    ended: SyncSender<Instant>,
}

fn add_routes(app: &mut App) {
    app.add_deferred::<Wait, _>(
        |In((_, pending)): In<(Call<Wait>, Pending<Wait>)>,
         told: Res<Told>,
         mut commands: Commands| {
            let alive = Alive(told.ended.clone());
            commands.entity(pending.entity()).insert(alive);
            let _ = told.begun.send(());
            Ok(())
        },
    )
    .add_route::<Trickle, _>(
        |In(call): In<Call<Trickle>>, told: Res<Told>, mut commands: Commands| {
            let (writer, stream) = byte_stream("text/plain", call.cancel.clone());
            let _ = writer.write(b"begun".to_vec());
            let writing = Writing {
                _writer: writer,
                cancel: call.cancel.clone(),
            };
            commands.spawn((writing, Alive(told.ended.clone())));
            Ok(stream)
        },
    )
    .add_systems(Tick, reap.in_set(TickSystems::Update));
}

/// A stream under way: it ends with its writer.
#[derive(Component)]
struct Writing {
    _writer: StreamWriter,
    cancel: CancelToken,
}

fn reap(writing: Query<(Entity, &Writing)>, mut commands: Commands) {
    for (entity, stream) in &writing {
        if stream.cancel.is_cancelled() {
            commands.entity(entity).despawn();
        }
    }
}

/// Connects, asks, waits until the handler runs, leaves; the times until it is cancelled.
fn measure(
    address: SocketAddr,
    route: &str,
    begun: Option<&Receiver<()>>,
    ended: &Receiver<Instant>,
) -> Vec<f64> {
    let one = || {
        let mut client = TcpStream::connect(address).unwrap();
        write!(
            client,
            "GET /ipc/{route} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        .unwrap();
        match begun {
            Some(begun) => begun.recv_timeout(PATIENCE).unwrap(),
            None => {
                let mut read = Vec::new();
                while !read.ends_with(b"begun\r\n") {
                    let mut buffer = [0; 1024];
                    let count = client.read(&mut buffer).unwrap();
                    read.extend_from_slice(&buffer[..count]);
                }
            }
        }
        let left = Instant::now();
        drop(client);
        let gone = ended.recv_timeout(PATIENCE).unwrap();
        gone.saturating_duration_since(left).as_secs_f64() * 1e6
    };
    let mut times: Vec<f64> = (0..ROUNDS).map(|_| one()).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn main() {
    let (begun_tx, begun) = sync_channel(16);
    let (ended_tx, ended) = sync_channel(16);
    let (tx, rx) = sync_channel(1);
    let runtime = std::thread::spawn(move || {
        let text = "[http.ipc]\nenable = true";
        let config = Config::builder().text("oro.toml", text).load();
        let mut app = App::empty();
        let plugin = HttpIpcPlugin {
            port: Some(0),
            ..HttpIpcPlugin::default()
        };
        app.insert_resource(config.unwrap().config)
            .insert_resource(Told {
                begun: begun_tx,
                ended: ended_tx,
            })
            .add_plugins(HeadlessPlugins.set(plugin));
        add_routes(&mut app);
        app.start();
        let world = app.world();
        let address = world.resource::<HttpServer>().address().unwrap();
        tx.send((address, world.resource::<Loop>().clone()))
            .unwrap();
        app.run()
    });
    let (address, event_loop) = rx.recv().unwrap();
    for (what, route, begun) in [
        ("a request that waits", "bench.wait", Some(&begun)),
        ("a stream that is read", "bench.trickle", None),
    ] {
        let times = measure(address, route, begun, &ended);
        println!(
            "{what} is cancelled after {:.0} us, p99 {:.0} us, most {:.0} us",
            times[ROUNDS / 2],
            times[ROUNDS * 99 / 100],
            times[ROUNDS - 1]
        );
    }
    event_loop.destroy().unwrap();
    runtime.join().unwrap();
}
