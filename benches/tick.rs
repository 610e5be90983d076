//! What a tick costs: empty, and with many timers and sockets. The timing of every system is
//! included.
#![expect(clippy::print_stdout, reason = "a benchmark reports")]

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Duration;

use bevy_ecs::schedule::SingleThreadedExecutor;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use oro::components::timers::Timer;
use oro::components::udp::UdpSocket;
use oro::engine::app::EnginePlugin;
use oro::engine::topic::{Emissions, Topic};
use oro::prelude::*;
use oro_benches::{Quantiles, app};
use serde::Serialize;

/// What a tick with 40 systems of one entity each may take, at the median.
const EMPTY_TICK_MAX: Duration = Duration::from_micros(10);

#[derive(Component)]
struct Cell<const N: usize>(u64);

fn step<const N: usize>(mut cells: Query<&mut Cell<N>>) {
    for mut cell in &mut cells {
        cell.0 = black_box(cell.0 + 1);
    }
}

/// Adds systems `step::<N>`, each with an entity of its own.
macro_rules! add_steps {
    ($app:ident: $($n:literal)*) => {$(
        $app.world_mut().spawn(Cell::<$n>(0));
        $app.add_systems(Tick, step::<$n>.in_set(TickSystems::Update));
    )*};
}

/// The same without an app.
macro_rules! add_steps_alone {
    ($world:ident $schedule:ident: $($n:literal)*) => {$(
        $world.spawn(Cell::<$n>(0));
        $schedule.add_systems(step::<$n>);
    )*};
}

fn with_40_systems(mut app: App) -> App {
    add_steps!(app: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29
        30 31 32 33 34 35 36 37 38 39);
    app.start();
    app
}

fn engine() -> App {
    let mut app = App::empty();
    app.add_plugins(EnginePlugin);
    app
}

/// A program's own topic.
#[derive(Message, Serialize, schemars::JsonSchema)]
struct Moved {
    x: f32,
    y: f32,
}

impl Topic for Moved {
    const NAME: &'static str = "bench.moved";
}

/// All services, with timers that are far away and sockets that nobody writes to.
fn with_entities(timers: usize, sockets: usize) -> App {
    let mut app = with_40_systems(app());
    let far = Timer::after(Duration::from_secs(3600));
    app.world_mut().spawn_batch((0..timers).map(move |_| far));
    let local = (Ipv4Addr::LOCALHOST, 0).into();
    let quiet = (0..sockets).map(move |_| UdpSocket::bind(local));
    app.world_mut().spawn_batch(quiet);
    app.update();
    let mut open = app.world_mut().query::<&UdpSocket>();
    let bound = open.iter(app.world()).filter(|it| it.local.port() != 0);
    assert_eq!(
        bound.count(),
        sockets,
        "all sockets are open: see `ulimit -n`"
    );
    app
}

/// What bevy alone takes for the 40 systems, on one thread, without a tick around them.
fn schedule_alone() -> Quantiles {
    let mut world = World::new();
    let mut schedule = Schedule::default();
    schedule.set_executor(SingleThreadedExecutor::new());
    add_steps_alone!(world schedule: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
        24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39);
    Quantiles::of(20_000, || schedule.run(&mut world))
}

/// Prints the quantiles of an app's ticks, then measures them for comparison over time.
fn measure(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut app: App) -> Quantiles {
    let quantiles = Quantiles::of(20_000, || app.update());
    println!(
        "tick/{name}: p50 {:?}, p99 {:?}",
        quantiles.p50, quantiles.p99
    );
    group.bench_function(name, |b| b.iter(|| app.update()));
    quantiles
}

fn tick(c: &mut Criterion) {
    let mut group = c.benchmark_group("tick");
    let bare = schedule_alone();
    println!("tick/40 systems of bevy alone: p50 {:?}", bare.p50);
    let mut alone = engine();
    alone.start();
    measure(&mut group, "engine", alone);
    let empty = measure(&mut group, "engine, 40 systems", with_40_systems(engine()));
    measure(&mut group, "services, 40 systems", with_entities(0, 0));
    for (timers, sockets) in [(10_000, 0), (0, 1000), (10_000, 1000)] {
        let name = format!("services, 40 systems, {timers} timers, {sockets} sockets");
        measure(&mut group, &name, with_entities(timers, sockets));
    }
    group.finish();
    let within = if empty.p50 <= EMPTY_TICK_MAX {
        "within"
    } else {
        "ABOVE"
    };
    println!(
        "tick: an empty tick with 40 systems takes {:?}, {within} {EMPTY_TICK_MAX:?}; {:.2} times \
         that of the schedule alone",
        empty.p50,
        empty.p50.as_secs_f64() / bare.p50.as_secs_f64()
    );
}

fn topics(c: &mut Criterion) {
    let mut group = c.benchmark_group("topic");
    for count in [1_u64, 1000] {
        let mut app = engine();
        app.add_topic::<Moved>().start();
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("forward {count}"), |b| {
            b.iter(|| {
                for n in 0..count {
                    let x = n as f32;
                    app.world_mut().write_message(Moved { x, y: -x });
                }
                app.update();
                black_box(app.world().resource::<Emissions>());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, tick, topics);
criterion_main!(benches);
