//! Timers: through routes, as entities and by the million.

use std::time::Duration;

use oro::app::App;
use oro::components::timers::{Timer, TimerError, TimerExpired, TimerFired, TimersFired};
use oro::ecs::prelude::*;
use oro::prelude::*;
use oro::systems::timers::Timers;
use serde_json::{Value, json};

use crate::harness::{Headless, check_cases, show};

const MS: Duration = Duration::from_millis(1);

#[test]
fn cases() {
    check_cases("timers");
}

fn headless(timers_max: usize) -> Headless {
    let limits = [("timers_max", timers_max.to_string())];
    Headless::with(Config::builder().overrides(limits).load().unwrap().config)
}

/// Moves the clock and ticks.
fn pass(headless: &mut Headless, time: Duration) {
    headless.advance(time);
    headless.app.update();
}

/// Calls a route for a window.
fn ask(headless: &mut Headless, client: Client, route: &str, params: Value) -> Value {
    let answer = headless.send(client, route, &params, None);
    show(headless.wait(&answer))
}

fn id(answer: &Value) -> String {
    answer["want"]["id"].as_str().unwrap().to_owned()
}

/// The ids that the events of this tick name, with their windows.
fn fired(app: &App) -> Vec<(Option<Entity>, Vec<String>)> {
    let messages = app.world().resource::<Messages<TimersFired>>();
    let events = messages.iter_current_update_messages();
    events
        .map(|event| {
            (
                event.window,
                event.ids.iter().map(ToString::to_string).collect(),
            )
        })
        .collect()
}

#[test]
fn waiting_answers_when_the_time_is_over_and_a_pause_is_no_time() {
    let mut headless = headless(1000);
    for (timeout, before, after) in [
        (10.0, 9 * MS, 2 * MS),
        (0.0, Duration::ZERO, Duration::ZERO),
        (2_147_488_648.0, 2_147_488_647 * MS, 2 * MS),
    ] {
        let params = json!({"timeout": timeout, "wait": true});
        let answer = headless.send(Client::Host, "timers.setTimeout", &params, None);
        headless.app.update();
        pass(&mut headless, before);
        if timeout > 0.0 {
            assert!(answer.try_recv().is_err(), "{timeout}: early");
        }
        headless.app.pause();
        headless.app.update();
        pass(&mut headless, Duration::from_secs(3600));
        if timeout > 0.0 {
            assert!(answer.try_recv().is_err(), "{timeout}: fired in a pause");
        }
        headless.app.resume();
        headless.app.update();
        pass(&mut headless, after);
        headless.app.update();
        let answer = answer.try_recv();
        let got = show(answer.unwrap_or_else(|_| panic!("{timeout}: no answer")));
        assert!(got["want"]["id"].is_string(), "{timeout}: {got}");
        assert!(headless.app.world().resource::<Timers>().is_empty());
    }
}

#[test]
fn events_name_the_timers_of_their_window_in_order() {
    let mut headless = headless(1000);
    let windows = [(); 2].map(|()| headless.app.world_mut().spawn_empty().id());
    let mut start = |window: usize, route: &str, params: Value| {
        id(&ask(
            &mut headless,
            Client::Window(windows[window]),
            route,
            params,
        ))
    };
    let late = start(0, "timers.setTimeout", json!({"timeout": 9}));
    let first = start(0, "timers.setTimeout", json!({"timeout": 3}));
    let second = start(0, "timers.setTimeout", json!({"timeout": 3}));
    let other = start(1, "timers.setTimeout", json!({"timeout": 1}));
    let interval = start(1, "timers.setInterval", json!({"timeout": 4}));
    pass(&mut headless, 20 * MS);
    let mut events = fired(&headless.app);
    events.sort_by_key(|(window, _)| windows.iter().position(|w| Some(*w) == *window));
    assert_eq!(
        events,
        [
            (Some(windows[0]), vec![first, second, late]),
            (Some(windows[1]), vec![other.clone(), interval.clone()]),
        ],
        "a missed interval fires once"
    );
    pass(&mut headless, 3 * MS);
    assert!(fired(&headless.app).is_empty());
    pass(&mut headless, 2 * MS);
    let mut events = fired(&headless.app);
    events.sort_by_key(|(window, _)| windows.iter().position(|w| Some(*w) == *window));
    assert_eq!(events, [(Some(windows[1]), vec![interval.clone()])]);
    // only its own window can clear it, and only once
    let clear = json!({"id": interval});
    let client = Client::Window(windows[0]);
    let refused = ask(&mut headless, client, "timers.clearInterval", clear.clone());
    assert_eq!(refused["err"]["code"], "NOT_FOUND_ERR");
    let client = Client::Window(windows[1]);
    let cleared = ask(&mut headless, client, "timers.clearInterval", clear.clone());
    assert_eq!(cleared["want"], json!({}));
    let again = ask(&mut headless, client, "timers.clearInterval", clear);
    assert_eq!(again["err"]["code"], "NOT_FOUND_ERR");
    let old = ask(
        &mut headless,
        client,
        "timers.clearTimeout",
        json!({"id": other}),
    );
    assert_eq!(old["err"]["code"], "NOT_FOUND_ERR");
}

#[test]
fn a_closed_window_takes_its_timers_along() {
    let mut headless = headless(1000);
    headless.app.update();
    let before = headless.app.world().entities().count_spawned();
    let window = headless.app.world_mut().spawn_empty().id();
    let client = Client::Window(window);
    let wait = json!({"timeout": 50, "wait": true});
    let waiting = headless.send(client, "timers.setTimeout", &wait, None);
    for _ in 0..10 {
        ask(
            &mut headless,
            client,
            "timers.setInterval",
            json!({"timeout": 5}),
        );
    }
    assert_eq!(headless.app.world().resource::<Timers>().len(), 11);
    headless.app.world_mut().despawn(window);
    assert_eq!(headless.app.world().resource::<Timers>().len(), 0);
    let aborted = show(waiting.try_recv().unwrap());
    assert_eq!(aborted["err"]["type"], "AbortError");
    pass(&mut headless, 100 * MS);
    assert!(fired(&headless.app).is_empty());
    assert_eq!(headless.app.world().entities().count_spawned(), before);
}

#[test]
fn the_limit_is_an_error_that_names_it() {
    let mut headless = headless(2);
    for _ in 0..2 {
        headless.call("timers.setInterval", json!({"timeout": 1000}));
    }
    let params = json!({"timeout": 1});
    for route in ["timers.setTimeout", "timers.setInterval"] {
        let refused = headless.call(route, params.clone());
        assert_eq!(refused["err"]["type"], "QuotaExceededError", "{route}");
        assert_eq!(refused["err"]["message"], "too many timers: the limit is 2");
    }
    // an entity beyond the limit never fires, and removing it harms nobody
    let world = headless.app.world_mut();
    let beyond = world.spawn(Timer::after(MS)).id();
    world.despawn(beyond);
    assert_eq!(world.resource::<Timers>().len(), 2);
    let refused = world.resource_scope(|world, mut timers: Mut<Timers>| {
        timers.schedule(world.resource::<Clock>(), MS, 7)
    });
    assert_eq!(refused, Err(TimerError::TooMany { max: 2 }));
}

/// What observers saw.
#[derive(Resource, Default)]
struct Seen(Vec<(&'static str, Duration)>);

#[test]
fn observers_cancel_themselves_and_each_other_and_intervals_do_not_drift() {
    let mut headless = headless(1000);
    let world = headless.app.world_mut();
    world.init_resource::<Seen>();
    let note = |name: &'static str| {
        move |on: On<TimerFired>, mut seen: ResMut<Seen>| seen.0.push((name, on.deadline))
    };
    let victim = world
        .spawn(Timer::after(12 * MS))
        .observe(note("victim"))
        .id();
    world
        .spawn(Timer::after(11 * MS))
        .observe(move |_: On<TimerFired>, mut commands: Commands| {
            commands.entity(victim).despawn();
        });
    world.spawn(Timer::every(10 * MS)).observe(
        |on: On<TimerFired>, mut seen: ResMut<Seen>, mut commands: Commands| {
            seen.0.push(("interval", on.deadline));
            if seen.0.len() == 4 {
                commands.entity(on.entity).despawn();
            }
        },
    );
    world
        .spawn(Timer::after(MS))
        .observe(|_: On<TimerFired>| panic!("an observer that fails harms nobody"));
    for step in [13, 9, 11, 4, 60, 50] {
        pass(&mut headless, step * MS);
    }
    let seen = &headless.app.world().resource::<Seen>().0;
    let deadlines: Vec<_> = seen
        .iter()
        .map(|(name, at)| (*name, at.as_millis()))
        .collect();
    // ticks at 13, 22, 33, 37, 97: what was missed between 40 and 90 is one firing
    let want = [
        ("interval", 10),
        ("interval", 20),
        ("interval", 30),
        ("interval", 40),
    ];
    assert_eq!(deadlines, want);
    let world = headless.app.world();
    assert!(world.resource::<Timers>().is_empty());
    assert!(world.get_entity(victim).is_err());
}

#[test]
fn timers_without_entities_expire_as_messages() {
    let mut headless = headless(1_000_000);
    let count = 50_000_u64;
    let world = headless.app.world_mut();
    let cancelled = world.resource_scope(|world, mut timers: Mut<Timers>| {
        let clock = world.resource::<Clock>();
        let mut cancelled = 0;
        for tag in 0..count {
            let after = Duration::from_micros(100 * (tag % 1000));
            let timer = timers.schedule(clock, after, tag).unwrap();
            if tag % 3 == 0 {
                assert!(timers.cancel(timer));
                assert!(!timers.cancel(timer));
                cancelled += 1;
            }
        }
        cancelled
    });
    let mut seen = vec![false; count as usize];
    let mut last = Duration::ZERO;
    for _ in 0..400 {
        pass(&mut headless, MS);
        let messages = headless.app.world().resource::<Messages<TimerExpired>>();
        let now = headless.app.world().resource::<Clock>().now();
        for expired in messages.iter_current_update_messages() {
            assert!(
                expired.deadline >= last && expired.deadline <= now,
                "in order, not early"
            );
            last = expired.deadline;
            let slot = &mut seen[expired.tag as usize];
            assert!(!std::mem::replace(slot, true) && expired.tag % 3 != 0);
        }
    }
    assert_eq!(
        seen.iter().filter(|seen| **seen).count() as u64,
        count - cancelled
    );
    assert!(headless.app.world().resource::<Timers>().is_empty());
}
