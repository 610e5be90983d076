//! The engine through its public face: routes, jobs, lifecycle, dispatch, timings.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use bevy_app::{App, AppExit};
use bevy_ecs::prelude::*;
use oro_engine::clock::Alarm;
use oro_engine::config::Config;
use oro_engine::error::Infallible;
use oro_engine::event_loop::{DispatchError, LoopState};
use oro_engine::lifecycle::{LifecycleAppExt, Stopping};
use oro_engine::prelude::*;
use oro_engine::request::{Address, Response};
use oro_engine::timing::Timings;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Adds two numbers.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Add {
    /// The first.
    left: u32,
    /// The second.
    right: u32,
}

impl Route for Add {
    const NAME: &'static str = "math.add";
    type Output = u32;
    type Error = Infallible;
}

/// Panics in its job.
#[derive(Deserialize, JsonSchema)]
struct Panic {}

impl Route for Panic {
    const NAME: &'static str = "math.panic";
    type Output = Empty;
    type Error = Infallible;
}

/// Panics in the tick.
#[derive(Deserialize, JsonSchema)]
struct Crash {}

impl Route for Crash {
    const NAME: &'static str = "math.crash";
    type Output = Empty;
    type Error = Infallible;
}

/// Echoes its body.
#[derive(Deserialize, JsonSchema)]
struct Echo {}

impl Route for Echo {
    const NAME: &'static str = "math.echo";
    const BODY: bool = true;
    type Output = Bytes;
    type Error = Infallible;
}

/// Answers when somebody sets it free.
#[derive(Deserialize, JsonSchema)]
struct Wait {}

impl Route for Wait {
    const NAME: &'static str = "math.wait";
    const CONTROL: bool = true;
    type Output = Empty;
    type Error = RouteError;
}

fn app() -> App {
    let mut app = App::empty();
    app.insert_resource(Clock::manual())
        .add_plugins(EnginePlugin);
    app.add_route::<Add, _>(|In(call): In<Call<Add>>| Ok(call.left + call.right))
        .add_job::<Panic>(Lane::Compute, |_| panic!("on purpose"))
        .add_route::<Crash, _>(|_: In<Call<Crash>>| -> Result<Empty, Infallible> {
            panic!("on purpose")
        })
        .add_pure::<Echo>(|call| Ok(call.body))
        .add_deferred::<Wait, _>(
            |In((_, pending)): In<(Call<Wait>, Pending<Wait>)>, world: &mut World| {
                world.insert_resource(Waiting(pending.entity()));
                Ok(())
            },
        );
    app.start();
    app
}

#[derive(Resource)]
struct Waiting(Entity);

/// Ticks until the answer is there.
fn ask(app: &mut App, url: &str) -> Value {
    let (tx, rx) = crossbeam::channel::bounded(1);
    let request = Request::new(
        Address::parse(url).unwrap(),
        Client::Host,
        move |response| {
            tx.send(response).unwrap();
        },
    );
    app.world().resource::<Ingress>().submit(request);
    let started = Instant::now();
    loop {
        app.update();
        if let Ok(response) = rx.try_recv() {
            return show(response);
        }
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "no answer to {url}"
        );
        std::thread::yield_now();
    }
}

fn show(response: Response) -> Value {
    match response.into_json() {
        Ok(data) => json!({ "data": data }),
        Err(error) => json!({ "status": error.status, "err": error }),
    }
}

#[test]
fn requests_are_decoded_gated_and_answered() {
    let mut app = app();
    let arg = |param: &str, message: &str| json!({"type": "TypeError", "code": "ERR_INVALID_ARG", "param": param, "message": message});
    for (url, want) in [
        ("ipc://ping", json!({"data": "pong"})),
        ("ipc://math.add?left=1&right=2", json!({"data": 3})),
        ("ipc://MATH.ADD?left=1&right=2&seq=R9", json!({"data": 3})),
        (
            "ipc://math.add?left=1",
            json!({"err": arg("right", "Expecting 'right' in parameters")}),
        ),
        (
            "ipc://math.add?left=&right=2",
            json!({"err": arg("left", "Expecting 'left' in parameters")}),
        ),
        (
            "ipc://nope",
            json!({"err": {"type": "NotFoundError", "message": "Not found", "url": "ipc://nope"}, "status": 404}),
        ),
    ] {
        let mut got = ask(&mut app, url);
        let status = got.as_object_mut().unwrap().remove("status");
        if want.get("status").is_some() {
            got["status"] = status.unwrap();
        }
        assert_eq!(got, want, "{url}");
    }
    let bad = ask(&mut app, "ipc://math.add?left=x&right=2");
    assert_eq!(bad["err"]["message"], "Invalid 'left' given in parameters");
    let unknown = ask(&mut app, "ipc://math.add?left=1&right=2&rigth=3");
    assert_eq!(unknown["err"]["param"], "rigth");
    let panicked = ask(&mut app, "ipc://math.panic");
    assert_eq!(panicked["err"]["message"], "job panicked: on purpose");
    for _ in 0..2 {
        let crashed = ask(&mut app, "ipc://math.crash");
        assert_eq!(
            crashed["err"]["message"],
            "`math.crash` panicked: on purpose"
        );
    }
    assert_eq!(ask(&mut app, "ipc://ping"), json!({"data": "pong"}));
}

/// Is not in any app.
#[derive(Deserialize, JsonSchema)]
struct Stranger {}

impl Route for Stranger {
    const NAME: &'static str = "math.stranger";
    type Output = u32;
    type Error = Infallible;
}

/// Has the name of another.
#[derive(Deserialize, JsonSchema)]
struct Impostor {}

impl Route for Impostor {
    const NAME: &'static str = "math.add";
    type Output = u32;
    type Error = Infallible;
}

#[test]
fn a_route_is_called_by_its_struct_and_answers_with_its_output() {
    fn ask<R: Route + Sync>(app: &mut App, params: R, leave: bool) -> Result<R::Output, RouteError>
    where
        R::Output: Send,
    {
        let (tx, rx) = crossbeam::channel::bounded(1);
        let ingress = app.world().resource::<Ingress>().clone();
        let body = Bytes::from(b"body".to_vec());
        let cancel = ingress.invoke(params, body, move |result| tx.send(result).unwrap());
        if leave {
            ingress.cancel(&cancel);
        }
        let started = Instant::now();
        loop {
            app.update();
            if let Ok(result) = rx.try_recv() {
                return result;
            }
            assert!(started.elapsed() < Duration::from_secs(10));
        }
    }
    let mut app = app();
    assert_eq!(ask(&mut app, Add { left: 1, right: 2 }, false), Ok(3));
    let echoed = ask(&mut app, Echo {}, false).unwrap();
    assert_eq!(&echoed[..], b"body", "where the request arrives");
    let codes = [
        ask(&mut app, Panic {}, false).unwrap_err().code,
        ask(&mut app, Crash {}, false).unwrap_err().code,
        ask(&mut app, Wait {}, true).unwrap_err().code,
        ask(&mut app, Stranger {}, false).unwrap_err().kind,
        ask(&mut app, Impostor {}, false).unwrap_err().code,
    ];
    let want = [
        "ERR_INTERNAL",
        "ERR_INTERNAL",
        "ABORT_ERR",
        "NotFoundError",
        "ERR_INVALID_ARG",
    ];
    assert_eq!(codes, want);
}

#[test]
fn json_parameters_name_the_bad_member() {
    let mut app = app();
    let ingress = app.world().resource::<Ingress>().clone();
    for (params, want) in [
        (json!({"left": 1, "right": 2}), "3"),
        (
            json!({"left": "1", "right": 2}),
            "Invalid 'left' given in parameters",
        ),
        (json!({"right": 2}), "Expecting 'left' in parameters"),
        (json!([]), "Invalid 'body' given in parameters"),
    ] {
        let answer = ingress.call("math.add", &params);
        app.update();
        let got = match answer.wait(Duration::ZERO) {
            Ok(value) => value.to_string(),
            Err(error) => error.message,
        };
        assert!(got.starts_with(want), "{params}: {got}");
    }
}

#[test]
fn a_deferred_request_is_answered_once_however_it_ends() {
    let mut app = app();
    let ingress = app.world().resource::<Ingress>().clone();
    // resources are entities too, so this one must be there from the start
    app.insert_resource(Waiting(Entity::PLACEHOLDER));
    app.update();
    let before = app.world().entities().count_spawned();
    // its entity dies
    let answer = ingress.call("math.wait", &json!({}));
    app.update();
    let Waiting(entity) = *app.world().resource::<Waiting>();
    app.world_mut().despawn(entity);
    let gone = answer.wait(Duration::ZERO).unwrap_err();
    assert_eq!(gone.kind, "AbortError");
    // its caller leaves
    drop(ingress.call("math.wait", &json!({})));
    app.update();
    app.update();
    // its window closes
    let window = app.world_mut().spawn_empty().id();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let address = Address::parse("ipc://math.wait").unwrap();
    ingress.submit(Request::new(
        address,
        Client::Window(window),
        move |response| {
            assert_eq!(response.reply.unwrap_err().kind, "AbortError");
            count.fetch_add(1, SeqCst);
        },
    ));
    app.update();
    assert_eq!(seen.load(SeqCst), 0);
    app.world_mut().despawn(window);
    assert_eq!(seen.load(SeqCst), 1);
    assert_eq!(
        app.world().entities().count_spawned(),
        before,
        "no entity is left"
    );
}

#[test]
fn a_pause_holds_requests_but_not_control_ones() {
    let mut app = app();
    let ingress = app.world().resource::<Ingress>().clone();
    app.pause();
    app.update();
    assert_eq!(*app.world().resource::<Lifecycle>(), Lifecycle::Paused);
    let held = ingress.call("math.add", &json!({"left": 1, "right": 2}));
    let ping = ingress.call("ping", &json!({}));
    app.update();
    assert!(held.try_take().is_none());
    assert_eq!(ping.wait(Duration::ZERO).unwrap(), "pong");
    app.resume();
    app.update();
    assert_eq!(held.wait(Duration::ZERO).unwrap(), 3);
    // a request that is held too long
    app.pause();
    app.update();
    let late = ingress.call("math.add", &json!({"left": 1, "right": 2}));
    app.update();
    app.world_mut()
        .resource_mut::<Clock>()
        .advance(Duration::from_secs(33), Lifecycle::Paused);
    app.update();
    assert_eq!(late.wait(Duration::ZERO).unwrap_err().status, 408);
}

#[derive(Resource, Default, Debug, PartialEq)]
struct Seen(Vec<&'static str>);

#[test]
fn lifecycle_gates_producers_and_tells_observers() {
    let mut app = app();
    app.init_resource::<Seen>()
        .add_observer(|_: On<Pausing>, mut seen: ResMut<Seen>| seen.0.push("pausing"))
        .add_observer(|_: On<Resumed>, mut seen: ResMut<Seen>| seen.0.push("resumed"))
        .add_observer(|_: On<Stopping>, mut seen: ResMut<Seen>| seen.0.push("stopping"))
        .add_systems(
            Tick,
            (
                (|mut seen: ResMut<Seen>| seen.0.push("poll")).in_set(TickSystems::Poll),
                (|mut seen: ResMut<Seen>| seen.0.push("emit")).in_set(TickSystems::Emit),
            ),
        )
        .add_systems(AfterTick, |mut seen: ResMut<Seen>| seen.0.push("after"));
    let take = |app: &mut App| {
        app.update();
        std::mem::take(&mut app.world_mut().resource_mut::<Seen>().0)
    };
    assert_eq!(take(&mut app), ["poll", "emit", "after"]);
    app.pause();
    assert_eq!(
        take(&mut app),
        ["pausing", "poll", "emit", "after"],
        "one tick of notice"
    );
    assert_eq!(take(&mut app), ["emit", "after"]);
    app.pause();
    assert_eq!(
        take(&mut app),
        ["emit", "after"],
        "pausing twice is one pause"
    );
    app.resume();
    assert_eq!(take(&mut app), ["resumed", "poll", "emit", "after"]);
    app.destroy();
    assert_eq!(app.world().resource::<Loop>().state(), LoopState::Shutdown);
    assert_eq!(app.world().resource::<Seen>().0, ["stopping"]);
}

#[test]
fn callbacks_keep_their_order_wait_out_a_pause_and_end_with_the_loop() {
    #[derive(Resource, Default)]
    struct Log(Vec<(usize, usize)>);
    let mut app = app();
    app.init_resource::<Log>();
    let event_loop = app.world().resource::<Loop>().clone();
    app.pause();
    app.update();
    std::thread::scope(|scope| {
        for sender in 0..8 {
            let event_loop = event_loop.clone();
            scope.spawn(move || {
                for n in 0..100 {
                    event_loop
                        .dispatch(move |world| world.resource_mut::<Log>().0.push((sender, n)))
                        .unwrap();
                }
            });
        }
    });
    app.update();
    assert!(
        app.world().resource::<Log>().0.is_empty(),
        "kept while paused"
    );
    app.resume();
    app.update();
    let log = std::mem::take(&mut app.world_mut().resource_mut::<Log>().0);
    assert_eq!(log.len(), 800);
    for sender in 0..8 {
        let mine: Vec<usize> = log.iter().filter(|l| l.0 == sender).map(|l| l.1).collect();
        assert!(mine.is_sorted() && mine.len() == 100);
    }
    event_loop
        .dispatch(|_| panic!("a callback that fails harms nobody"))
        .unwrap();
    app.update();
    let full = (0..=10_000).find_map(|_| event_loop.dispatch(|_| ()).err());
    assert_eq!(full, Some(DispatchError::Full(10_000)));
    app.destroy();
    assert_eq!(event_loop.dispatch(|_| ()), Err(DispatchError::Shutdown));
}

#[test]
fn a_failing_system_is_counted_and_the_tick_goes_on() {
    let mut app = app();
    app.init_resource::<Seen>().add_systems(
        Tick,
        (
            || -> Result { Err("on purpose".into()) },
            || panic!("on purpose"),
            |mut seen: ResMut<Seen>| seen.0.push("ran"),
        )
            .chain()
            .in_set(TickSystems::Update),
    );
    let before = oro_engine::app::errors_total();
    app.update();
    assert_eq!(app.world().resource::<Seen>().0, ["ran"]);
    assert_eq!(oro_engine::app::errors_total() - before, 2);
}

#[test]
fn every_system_is_timed() {
    let mut app = app();
    let mut runs = |ticks: usize| {
        (0..ticks).for_each(|_| app.update());
        let report = ask(&mut app, "ipc://diagnostics.timings");
        let systems = report["data"]["systems"].as_array().unwrap();
        let of = |name: &str| {
            let mut named = systems
                .iter()
                .filter(|s| s["system"].as_str().unwrap().ends_with(name));
            named.next().unwrap()["runs"].as_u64().unwrap()
        };
        let ticks = report["data"]["tick"]["runs"].as_u64().unwrap();
        (ticks, of("::advance_clock"), of("::dispatch_requests"))
    };
    let (ticks, clock, dispatch) = runs(2);
    assert!((2..9).contains(&ticks) && clock >= ticks, "{ticks} {clock}");
    // Those that have nothing to do are not run.
    assert_eq!(dispatch, 0);
    // Later in some ticks only.
    let (ticks, clock, _) = runs(1000);
    assert!((1002..1020).contains(&ticks), "{ticks}");
    assert!((50..ticks / 2).contains(&clock), "{ticks} {clock}");
}

#[test]
fn what_runs_after_a_tick_is_timed_by_itself() {
    const LONG: Duration = Duration::from_millis(20);
    /// As a write does that wakes somebody else on this core, in the first ticks.
    fn write(mut count: Local<u32>) {
        *count += 1;
        if *count <= 10 {
            std::thread::sleep(LONG);
        }
    }
    let mut app = App::empty();
    app.add_plugins(EnginePlugin)
        .add_systems(AfterTick, write)
        .start();
    // All of the first 256 ticks, and one of 16 of the others.
    for (ticks, runs) in [(10, 10), (256, 256), (1024, 256 + 48)] {
        while app.world().resource::<Timings>().tick.stats().runs < ticks {
            app.update();
        }
        let timings = app.world().resource::<Timings>();
        let of = |schedule: &str, name: &str| {
            let mut all = timings.systems();
            let found = all.find(|(of, system, _)| *of == schedule && system.ends_with(name));
            found.unwrap().2
        };
        let (write, clock) = (of("AfterTick", "::write"), of("Tick", "::advance_clock"));
        assert_eq!((write.runs, clock.runs), (runs, runs), "of {ticks} ticks");
        assert!(write.max_us >= LONG.as_secs_f64() * 1e6, "{write:?}");
        let tick = timings.tick.stats();
        assert!(tick.total_us < write.total_us, "{tick:?} {write:?}");
    }
}

#[test]
fn what_is_asked_for_after_a_tick_leads_to_the_next() {
    fn ask(
        mut ticks: Local<u32>,
        (clock, alarm, event_loop): (Res<Clock>, Res<Alarm>, Res<Loop>),
    ) -> Result {
        *ticks += 1;
        match *ticks {
            ..20 => alarm.at_real(clock.real() + Duration::from_millis(1)),
            20..40 => event_loop.wake(),
            _ => event_loop.destroy()?,
        }
        Ok(())
    }
    let (tx, rx) = crossbeam::channel::bounded(1);
    let thread = std::thread::spawn(move || {
        let mut app = App::empty();
        app.add_plugins(EnginePlugin).add_systems(AfterTick, ask);
        tx.send(app.run()).unwrap();
    });
    let exit = rx.recv_timeout(Duration::from_secs(10));
    assert_eq!(exit, Ok(AppExit::Success), "it sleeps on");
    thread.join().unwrap();
}

#[test]
fn the_runner_sleeps_until_it_is_woken_and_joins_its_jobs() {
    #[derive(Resource, Default)]
    struct Ticks(u64);
    let (tx, rx) = crossbeam::channel::bounded(1);
    let thread = std::thread::spawn(move || {
        let mut app = App::empty();
        app.add_plugins(EnginePlugin).init_resource::<Ticks>();
        let count = |mut ticks: ResMut<Ticks>| ticks.0 += 1;
        app.add_systems(Tick, count.in_set(TickSystems::Update));
        let world = app.world();
        tx.send((
            world.resource::<Loop>().clone(),
            world.resource::<Ingress>().clone(),
        ))
        .unwrap();
        app.run()
    });
    let (event_loop, ingress) = rx.recv().unwrap();
    let started = Instant::now();
    while event_loop.state() != LoopState::Idle {
        assert!(started.elapsed() < Duration::from_secs(10));
        std::thread::yield_now();
    }
    let ticks = || {
        let (tx, rx) = crossbeam::channel::bounded(1);
        event_loop
            .dispatch(move |world| tx.send(world.resource::<Ticks>().0).unwrap())
            .unwrap();
        rx.recv_timeout(Duration::from_secs(10)).unwrap()
    };
    let first = ticks();
    std::thread::sleep(Duration::from_millis(200));
    assert!(ticks() - first <= 2, "an idle loop does not tick");
    assert_eq!(
        ingress
            .call("ping", &json!({}))
            .wait(Duration::from_secs(10))
            .unwrap(),
        "pong"
    );
    event_loop.stop().unwrap();
    event_loop.destroy().unwrap();
    assert_eq!(thread.join().unwrap(), AppExit::Success);
    assert_eq!(event_loop.state(), LoopState::Shutdown);
}

#[test]
fn a_lane_runs_as_many_jobs_at_once_as_it_has_threads() {
    const THREADS: usize = 3;
    let limits = [
        ("jobs_io_threads", THREADS.to_string()),
        ("jobs_in_flight_max", "8".to_owned()),
    ];
    let config = Config::builder().overrides(limits).load().unwrap().config;
    let mut app = App::empty();
    app.insert_resource(config)
        .insert_resource(Clock::manual())
        .add_plugins(EnginePlugin);
    app.start();
    let owner = app.world_mut().spawn_empty().id();
    let counts: [Arc<AtomicUsize>; 3] = std::array::from_fn(|_| Arc::default());
    let jobs = app.world().resource::<Jobs>().clone();
    for _ in 0..100 {
        let [running, most, done] = counts.clone();
        let work = move || {
            most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
            std::thread::sleep(Duration::from_millis(1));
            running.fetch_sub(1, SeqCst);
        };
        let collect = move |_: &mut World, _, result: Result<(), _>| {
            result.unwrap();
            done.fetch_add(1, SeqCst);
        };
        jobs.spawn(owner, Lane::Io, work, collect);
    }
    let [_, most, done] = counts;
    let started = Instant::now();
    while done.load(SeqCst) < 100 {
        assert!(started.elapsed() < Duration::from_secs(60));
        assert!(jobs.depth().0 <= 8, "{:?}", jobs.depth());
        app.update();
    }
    assert_eq!(most.load(SeqCst), THREADS, "no more, and no fewer");
}

#[test]
fn jobs_of_many_threads_end_once_within_their_limits_and_before_the_shutdown_does() {
    const SENDERS: usize = 4;
    const JOBS: usize = 2_000;
    for round in 0..20 {
        let limits = [
            ("jobs_io_threads", (round % 3 + 1).to_string()),
            ("jobs_in_flight_max", (round % 5 + 1).to_string()),
            ("jobs_queued_max", "64".to_owned()),
        ];
        let config = Config::builder().overrides(limits).load().unwrap().config;
        let mut app = App::empty();
        app.insert_resource(config)
            .insert_resource(Clock::manual())
            .add_plugins(EnginePlugin);
        app.start();
        let owner = app.world_mut().spawn_empty().id();
        let jobs = app.world().resource::<Jobs>().clone();
        // Begun, ended, told of their end, told that they are too many.
        let counts: Arc<[AtomicUsize; 4]> = Arc::default();
        let count = |at: usize| counts[at].load(SeqCst);
        // In the last rounds the end comes in the middle.
        let is_cut_off = round >= 15;
        std::thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| {
                    for _ in 0..JOBS {
                        let (counted, told) = (counts.clone(), counts.clone());
                        let work = move || {
                            counted[0].fetch_add(1, SeqCst);
                            std::thread::yield_now();
                            counted[1].fetch_add(1, SeqCst);
                        };
                        jobs.spawn(owner, Lane::Io, work, move |_, _, result| {
                            told[if result.is_ok() { 2 } else { 3 }].fetch_add(1, SeqCst);
                        });
                    }
                });
            }
            let started = Instant::now();
            let enough = if is_cut_off { JOBS } else { SENDERS * JOBS };
            while count(2) + count(3) < enough {
                let late = started.elapsed() > Duration::from_secs(60);
                assert!(!late, "{counts:?} of {:?}", jobs.depth());
                app.update();
            }
            assert_eq!(jobs.shutdown(Duration::from_secs(60)), 0);
            let begun = count(0);
            assert_eq!(begun, count(1), "all that began have ended");
            std::thread::sleep(Duration::from_millis(5));
            assert_eq!(begun, count(0), "none begins after the end");
        });
        if !is_cut_off {
            assert_eq!((count(0), jobs.depth()), (count(2), (0, 0)));
        }
    }
}
