//! What timers cost: a million of them scheduled, cancelled and fired, without entities and with;
//! and what a tick costs while they wait.
//!
//! One run prints one line of JSON a measurement, in milliseconds.
#![expect(clippy::print_stdout, reason = "a benchmark reports")]
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::time::{Duration, Instant};

use oro::components::timers::{Timer, TimerExpired, TimerFired, TimerId};
use oro::prelude::*;
use oro::systems::timers::Timers;
use oro_benches as _;

const COUNT: u64 = 1_000_000;
const MS: Duration = Duration::from_millis(1);

fn app() -> App {
    let mut app = App::empty();
    app.add_plugins(HeadlessPlugins);
    app.start();
    app.update();
    app
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// CPU time of this process so far, in milliseconds.
fn cpu_ms() -> f64 {
    let mut total = 0.0;
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let stat = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        total += stat.split(' ').next().unwrap().parse::<f64>().unwrap();
    }
    total / 1e6
}

fn schedule_all(app: &mut App, delay: impl Fn(u64) -> Duration) -> Vec<TimerId> {
    app.world_mut()
        .resource_scope(|world, mut timers: Mut<Timers>| {
            let clock = world.resource::<Clock>();
            let each = (0..COUNT).map(|n| timers.schedule(clock, delay(n), n).unwrap());
            each.collect()
        })
}

/// Far away, as in the programs that this is compared with.
fn far(n: u64) -> Duration {
    Duration::from_millis(60_000 + n % 1000)
}

fn schedule_and_cancel() {
    let mut app = app();
    for order in ["as made", "shuffled"] {
        let begin = Instant::now();
        let mut timers = schedule_all(&mut app, far);
        let schedule = ms(begin);
        if order == "shuffled" {
            let mut state = 1_u64;
            for n in (1..timers.len()).rev() {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                timers.swap(n, (state >> 33) as usize % (n + 1));
            }
        }
        let begin = Instant::now();
        let mut index = app.world_mut().resource_mut::<Timers>();
        let cancelled = timers.iter().filter(|timer| index.cancel(**timer)).count();
        let cancel = ms(begin);
        assert_eq!(cancelled as u64, COUNT);
        println!(
            r#"{{"timers":"bulk","order":"{order}","schedule_ms":{schedule:.1},"cancel_ms":{cancel:.1}}}"#
        );
    }
}

fn spawn_and_despawn() {
    let mut app = app();
    let world = app.world_mut();
    let begin = Instant::now();
    let timers: Vec<Entity> = (0..COUNT)
        .map(|n| world.spawn(Timer::after(far(n))).id())
        .collect();
    let schedule = ms(begin);
    let begin = Instant::now();
    for timer in timers {
        world.despawn(timer);
    }
    let cancel = ms(begin);
    println!(r#"{{"timers":"entities","schedule_ms":{schedule:.1},"cancel_ms":{cancel:.1}}}"#);
}

/// What was fired, and how late in milliseconds.
#[derive(Resource)]
struct Late {
    started: Instant,
    late: Vec<f64>,
}

impl Late {
    fn note(&mut self, deadline: Duration) {
        let now = self.started.elapsed();
        self.late
            .push((now.as_secs_f64() - deadline.as_secs_f64()) * 1e3);
    }
}

fn note_messages(mut expired: MessageReader<TimerExpired>, mut late: ResMut<Late>) {
    for timer in expired.read() {
        late.note(timer.deadline);
    }
}

fn note_event(fired: On<TimerFired>, mut late: ResMut<Late>) {
    late.note(fired.deadline);
}

fn exit_when_done(late: Res<Late>, mut exit: MessageWriter<AppExit>) {
    if late.late.len() as u64 == COUNT {
        exit.write(AppExit::Success);
    }
}

/// A million that end within a second, with what it costs to wait for them and fire them.
fn fire(entities: bool) {
    let mut app = app();
    app.add_systems(
        Tick,
        (note_messages, exit_when_done)
            .chain()
            .in_set(TickSystems::Update),
    )
    .add_observer(note_event);
    let now = app.world().resource::<Clock>().now();
    app.insert_resource(Late {
        started: Instant::now() - now,
        late: Vec::with_capacity(COUNT as usize),
    });
    let (begin, cpu) = (Instant::now(), cpu_ms());
    let soon = |n: u64| Duration::from_millis(1 + n % 1000);
    if entities {
        for n in 0..COUNT {
            app.world_mut().spawn(Timer::after(soon(n)));
        }
    } else {
        schedule_all(&mut app, soon);
    }
    let schedule = ms(begin);
    let shared = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let result = std::sync::Arc::clone(&shared);
    app.add_systems(
        oro::engine::tick::Shutdown,
        move |mut late: ResMut<Late>| {
            *result.lock().unwrap() = std::mem::take(&mut late.late);
        },
    );
    app.run();
    let (all, cpu) = (ms(begin), cpu_ms() - cpu);
    let mut late = std::mem::take(&mut *shared.lock().unwrap());
    late.sort_by(f64::total_cmp);
    let at = |q: f64| late[((late.len() - 1) as f64 * q) as usize];
    let kind = if entities { "entities" } else { "bulk" };
    println!(
        r#"{{"timers":"{kind}","schedule_ms":{schedule:.1},"all_fired_ms":{all:.1},"fire_cpu_ms":{cpu:.1},"late_p50_ms":{:.2},"late_p99_ms":{:.2},"late_min_ms":{:.3}}}"#,
        at(0.5),
        at(0.99),
        at(0.0),
    );
}

/// What a tick costs while timers wait that do not expire.
fn ticks() {
    for pending in [10_u64, 1000, 100_000, 1_000_000] {
        let mut app = app();
        app.world_mut()
            .resource_scope(|world, mut timers: Mut<Timers>| {
                let clock = world.resource::<Clock>();
                for n in 0..pending {
                    timers.schedule(clock, far(n * 977), n).unwrap();
                }
            });
        let mut times: Vec<Duration> = (0..20_000)
            .map(|_| {
                let begin = Instant::now();
                app.update();
                begin.elapsed()
            })
            .collect();
        times.sort_unstable();
        println!(
            r#"{{"pending":{pending},"tick_p50_us":{:.2},"tick_p99_us":{:.2}}}"#,
            times[times.len() / 2].as_secs_f64() * 1e6,
            times[times.len() * 99 / 100].as_secs_f64() * 1e6,
        );
    }
}

/// A timer of a millisecond that starts the next one.
fn chain() {
    let mut app = app();
    let begin = Instant::now();
    app.world_mut().insert_resource(Late {
        started: begin,
        late: Vec::new(),
    });
    app.add_observer(
        |_: On<TimerFired>,
         mut late: ResMut<Late>,
         mut commands: Commands,
         mut exit: MessageWriter<AppExit>| {
            late.late.push(0.0);
            if late.late.len() == 500 {
                exit.write(AppExit::Success);
            } else {
                commands.spawn(Timer::after(MS));
            }
        },
    );
    app.world_mut().spawn(Timer::after(MS));
    app.run();
    println!(r#"{{"chain_1ms_mean_ms":{:.3}}}"#, ms(begin) / 500.0);
}

fn main() {
    schedule_and_cancel();
    spawn_and_despawn();
    fire(false);
    fire(true);
    ticks();
    chain();
}
