//! What a tick costs: empty, and with many timers; timing instrumentation included.
#![expect(clippy::print_stdout, reason = "a benchmark reports")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use oro::components::timers::Timer;
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

fn report(name: &str, mut app: App) -> Quantiles {
    let quantiles = Quantiles::of(20_000, || app.update());
    println!("{name}: p50 {:?}, p99 {:?}", quantiles.p50, quantiles.p99);
    quantiles
}

fn tick(c: &mut Criterion) {
    let mut group = c.benchmark_group("tick");
    let empty = report("tick/engine and 40 systems", with_40_systems(engine()));
    assert!(
        empty.p50 <= EMPTY_TICK_MAX,
        "an empty tick with 40 systems takes {:?}, more than {EMPTY_TICK_MAX:?}",
        empty.p50
    );
    let mut bare = with_40_systems(engine());
    group.bench_function("engine and 40 systems", |b| b.iter(|| bare.update()));
    let mut all = with_40_systems(app());
    group.bench_function("all services and 40 systems", |b| b.iter(|| all.update()));

    for count in [0, 100, 10_000] {
        let mut app = with_40_systems(app());
        let far = Timer::after(Duration::from_secs(3600));
        app.world_mut().spawn_batch((0..count).map(|_| far));
        group.bench_function(format!("all services and {count} timers"), |b| {
            b.iter(|| app.update());
        });
    }
    group.finish();
}

fn topics(c: &mut Criterion) {
    let mut group = c.benchmark_group("topic");
    for count in [1_u64, 1000] {
        let mut app = engine();
        app.add_topic::<Moved>().start();
        group.throughput(criterion::Throughput::Elements(count));
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
