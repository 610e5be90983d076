//! Seeded chaos: random requests, windows, pauses, cancellations and jobs. Whatever happens, each
//! request is answered exactly once and nothing is left behind.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_engine::error::Infallible;
use oro_engine::lifecycle::LifecycleAppExt;
use oro_engine::prelude::*;
use oro_engine::request::Address;
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

macro_rules! route {
    ($name:ident, $route:literal) => {
        #[doc = $route]
        #[derive(Deserialize, JsonSchema)]
        struct $name {}

        impl Route for $name {
            const NAME: &'static str = $route;
            type Output = Empty;
            type Error = Infallible;
        }
    };
}
route!(Direct, "sim.direct");
route!(Worker, "sim.worker");
route!(Broken, "sim.broken");
route!(Parked, "sim.parked");
route!(Crash, "sim.crash");

#[derive(Clone, Copy, Debug)]
enum Step {
    Ask { route: usize, window: usize },
    Cancel { request: usize },
    Open,
    Close { window: usize },
    Release,
    Pause,
    Resume,
    Late,
    Tick,
}

const ROUTES: [&str; 7] = [
    "ping",
    "sim.direct",
    "sim.worker",
    "sim.broken",
    "sim.parked",
    "sim.crash",
    "sim.nowhere",
];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..ROUTES.len(), 0..4_usize).prop_map(|(route, window)| Step::Ask { route, window }),
        2 => (0..64_usize).prop_map(|request| Step::Cancel { request }),
        1 => Just(Step::Open),
        1 => (0..4_usize).prop_map(|window| Step::Close { window }),
        2 => Just(Step::Release),
        1 => Just(Step::Pause),
        1 => Just(Step::Resume),
        1 => Just(Step::Late),
        6 => Just(Step::Tick),
    ]
}

#[derive(Resource, Default)]
struct Garage(Vec<Pending<Parked>>);

fn app() -> App {
    let mut app = App::empty();
    app.insert_resource(Clock::manual())
        .add_plugins(EnginePlugin)
        .init_resource::<Garage>();
    app.add_route::<Direct, _>(|_: In<Call<Direct>>| Ok(Empty {}))
        .add_job::<Worker>(Lane::Io, |_| Ok(Empty {}))
        .add_job::<Broken>(Lane::Compute, |_| {
            std::panic::resume_unwind(Box::new("on purpose"))
        })
        .add_route::<Crash, _>(|_: In<Call<Crash>>| -> Result<Empty, Infallible> {
            std::panic::resume_unwind(Box::new("on purpose"))
        })
        .add_deferred::<Parked, _>(
            |In((_, pending)): In<(Call<Parked>, Pending<Parked>)>, mut garage: ResMut<Garage>| {
                garage.0.push(pending);
                Ok(())
            },
        );
    app.start();
    app.update();
    app
}

struct Simulation {
    app: App,
    windows: Vec<Entity>,
    answers: Vec<Arc<AtomicUsize>>,
    tokens: Vec<CancelToken>,
}

impl Simulation {
    fn apply(&mut self, step: Step) {
        let ingress = self.app.world().resource::<Ingress>().clone();
        match step {
            Step::Ask { route, window } => {
                let window = self.windows.get(window).copied();
                let client = window.map_or(Client::Host, Client::Window);
                let count = Arc::new(AtomicUsize::new(0));
                self.answers.push(Arc::clone(&count));
                let address = Address::parse(&format!("ipc://{}", ROUTES[route])).unwrap();
                let request = Request::new(address, client, move |_| {
                    count.fetch_add(1, SeqCst);
                });
                self.tokens.push(request.cancel.clone());
                ingress.submit(request);
            }
            Step::Cancel { request } => {
                if let Some(token) = self.tokens.get(request) {
                    ingress.cancel(token);
                }
            }
            Step::Open => self.windows.push(self.app.world_mut().spawn_empty().id()),
            Step::Close { window } if window < self.windows.len() => {
                let window = self.windows.swap_remove(window);
                self.app.world_mut().despawn(window);
            }
            Step::Close { .. } => {}
            Step::Release => {
                let parked = std::mem::take(&mut self.app.world_mut().resource_mut::<Garage>().0);
                for pending in parked {
                    self.app.world_mut().reply(pending, Ok(Empty {}));
                }
            }
            Step::Pause => drop(self.app.pause()),
            Step::Resume => drop(self.app.resume()),
            Step::Late => {
                let lifecycle = *self.app.world().resource::<Lifecycle>();
                let mut clock = self.app.world_mut().resource_mut::<Clock>();
                clock.advance(Duration::from_secs(20), lifecycle);
            }
            Step::Tick => self.app.update(),
        }
        for count in &self.answers {
            assert!(count.load(SeqCst) <= 1, "a request was answered twice");
        }
    }

    fn finish(mut self, entities: u32) {
        self.apply(Step::Resume);
        let started = Instant::now();
        while self.answers.iter().any(|count| count.load(SeqCst) == 0) {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "a request was never answered"
            );
            self.apply(Step::Release);
            self.apply(Step::Tick);
        }
        for window in std::mem::take(&mut self.windows) {
            self.app.world_mut().despawn(window);
        }
        self.apply(Step::Tick);
        assert_eq!(
            self.app.world().entities().count_spawned(),
            entities,
            "entities are left"
        );
        self.app.destroy();
        for count in &self.answers {
            assert_eq!(count.load(SeqCst), 1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_answered_exactly_once(steps in prop::collection::vec(step(), 1..200)) {
        let app = app();
        let entities = app.world().entities().count_spawned();
        let (windows, answers, tokens) = Default::default();
        let mut simulation = Simulation { app, windows, answers, tokens };
        for step in steps {
            simulation.apply(step);
        }
        simulation.finish(entities);
    }

    #[test]
    fn a_shutdown_in_the_middle_answers_everything(steps in prop::collection::vec(step(), 1..60)) {
        let (windows, answers, tokens) = Default::default();
        let mut simulation = Simulation { app: app(), windows, answers, tokens };
        for step in steps {
            simulation.apply(step);
        }
        simulation.app.destroy();
        // what is held or parked answers when the World goes
        let Simulation { app, answers, .. } = simulation;
        drop(app);
        for count in &answers {
            prop_assert_eq!(count.load(SeqCst), 1);
        }
    }
}
