//! Oro inside a program with an app, a schedule and a loop of its own.

use oro::app::{App, Update};
use oro::engine::ingress::Answer;
use oro::prelude::*;
use serde_json::{Value, json};
use std::time::Instant;

use crate::harness::PATIENCE;

/// What the host's schedule and Oro's tick have each counted.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
struct Counts {
    host: u32,
    produced: u32,
    ended: u32,
}

fn host() -> App {
    let mut app = App::new();
    app.init_resource::<Counts>()
        .add_systems(Update, |mut counts: ResMut<Counts>| counts.host += 1)
        .add_plugins(HeadlessPlugins)
        .add_systems(
            Tick,
            (
                (|mut counts: ResMut<Counts>| counts.produced += 1).in_set(TickSystems::Update),
                (|mut counts: ResMut<Counts>| counts.ended += 1)
                    .after(TickSystems::Emit)
                    .before(TickSystems::End),
            ),
        )
        .start();
    app
}

/// Updates the host until Oro has answered.
fn wait(app: &mut App, answer: &Answer) -> Value {
    let started = Instant::now();
    loop {
        app.update();
        if let Some(response) = answer.try_take() {
            return response.into_json().unwrap();
        }
        assert!(started.elapsed() < PATIENCE, "no answer");
        std::thread::yield_now();
    }
}

#[test]
fn a_host_calls_routes_from_its_own_loop() {
    let mut app = host();
    let ingress = app.world().resource::<Ingress>().clone();
    let before = app.world().resource::<Counts>().host;
    let stat = ingress.call("fs.stat", &json!({ "path": env!("CARGO_MANIFEST_DIR") }));
    assert!(wait(&mut app, &stat).is_object());
    let counts = *app.world().resource::<Counts>();
    assert!(counts.host > before, "the host's schedule runs as well");
    assert_eq!(counts.host, counts.ended, "one tick in each update");

    // From another thread, too.
    let other = std::thread::spawn(move || ingress.call("ping", &json!({})).wait(PATIENCE));
    let started = Instant::now();
    while !other.is_finished() {
        app.update();
        assert!(started.elapsed() < PATIENCE, "no answer");
    }
    assert_eq!(other.join().unwrap().unwrap(), "pong");
}

#[test]
fn a_pause_rests_the_producers_and_not_the_host() {
    let mut app = host();
    app.update();
    let ingress = app.world().resource::<Ingress>().clone();
    // The pause takes effect at the end of a tick, so that everybody hears of it.
    app.pause().update();
    let paused = *app.world().resource::<Counts>();
    assert_eq!(*app.world().resource::<Lifecycle>(), Lifecycle::Paused);

    for _ in 0..3 {
        app.update();
    }
    let later = *app.world().resource::<Counts>();
    let expected = Counts {
        host: paused.host + 3,
        produced: paused.produced,
        ended: paused.ended + 3,
    };
    assert_eq!(later, expected);

    let held = ingress.call("fs.stat", &json!({ "path": "/" }));
    let ping = ingress.call("ping", &json!({}));
    assert_eq!(wait(&mut app, &ping), "pong", "control routes are answered");
    assert!(held.try_take().is_none(), "others wait for the resume");

    app.resume();
    assert!(wait(&mut app, &held).is_object());
    assert!(app.world().resource::<Counts>().produced > later.produced);
    app.destroy();
}

/// A message of the host's own.
#[derive(Message)]
struct Said(u32);

#[derive(Resource, Default)]
struct Heard(Vec<u32>);

#[test]
fn a_hosts_messages_live_as_long_as_without_oro() {
    let mut app = host();
    // Heard before it is said, and so one update later.
    let hear = |mut said: MessageReader<Said>, mut heard: ResMut<Heard>| {
        heard.0.extend(said.read().map(|said| said.0));
    };
    let say = |mut said: MessageWriter<Said>, counts: Res<Counts>| {
        said.write(Said(counts.ended));
    };
    app.add_message::<Said>()
        .init_resource::<Heard>()
        .add_systems(Update, (hear, say).chain());
    let first = app.world().resource::<Counts>().ended + 1;
    for _ in 0..5 {
        app.update();
    }
    let want: Vec<u32> = (first..first + 4).collect();
    assert_eq!(app.world().resource::<Heard>().0, want);
}
