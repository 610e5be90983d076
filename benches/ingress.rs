//! What a request costs from its entrance to its answer, and a job from its start to its result.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oro::engine::event_loop::Loop;
use oro::engine::route::Empty;
use oro::prelude::*;
use oro_benches::app;
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(10);

/// Does nothing, on a job lane.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Idle {}

impl Route for Idle {
    const NAME: &'static str = "bench.idle";
    type Output = Empty;
    type Error = RouteError;
}

/// Many requests at once, in the caller's own loop: what the router itself costs.
fn in_flight(c: &mut Criterion) {
    let mut group = c.benchmark_group("ipc");
    for count in [1_u64, 1000] {
        let mut app = app();
        app.start();
        let ingress = app.world().resource::<Ingress>().clone();
        let params = json!({});
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("ping, {count} in flight"), |b| {
            b.iter(|| {
                let mut open: Vec<_> = (0..count).map(|_| ingress.call("ping", &params)).collect();
                while !open.is_empty() {
                    app.update();
                    open.retain(|answer| answer.try_take().is_none());
                }
            });
        });
    }
    group.finish();
}

/// One request after the other, from another thread to a loop that sleeps between them.
fn round_trip(c: &mut Criterion) {
    let (tx, rx) = std::sync::mpsc::sync_channel(1);
    let runtime = std::thread::spawn(move || {
        let mut app = app();
        app.add_job::<Idle>(Lane::Io, |_| Ok(Empty {}));
        let handles = (
            app.world().resource::<Ingress>().clone(),
            app.world().resource::<Loop>().clone(),
        );
        app.start();
        tx.send(handles).expect("the benchmark waits for it");
        app.run()
    });
    let (ingress, event_loop) = rx.recv().expect("the app starts");
    let mut group = c.benchmark_group("round trip");
    for route in ["ping", "bench.idle"] {
        group.bench_function(route, |b| {
            b.iter(|| {
                let answer = ingress.call(route, &json!({})).wait(PATIENCE);
                answer.expect("the route answers")
            });
        });
    }
    group.finish();
    event_loop.destroy().expect("the loop runs");
    runtime.join().expect("the loop ends");
}

criterion_group!(benches, in_flight, round_trip);
criterion_main!(benches);
