//! Models and generations as entities of a World.

use std::collections::HashMap;
use std::time::Instant;

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_ai::AiSettings;
use oro_ai::engine::{Answers, Engine, GluePlugin};
use oro_components::llm::{
    Adapter, AdapterState, AiError, Context, Finish, Generate, GenerateEvent, Generating,
    GenerationAdvanced, Model, ModelId, ModelState, Sampling, Segment, Tokenize,
};
use oro_engine::app::EnginePlugin;
use oro_engine::config::Config;
use oro_engine::lifecycle::LifecycleAppExt;

use crate::harness::{PATIENCE, chat, fixture};

/// What each generation has said, and how it ended.
#[derive(Resource, Default)]
struct Heard(HashMap<Entity, (String, Option<Result<Finish, AiError>>)>);

fn hear(advanced: On<GenerationAdvanced>, mut heard: ResMut<Heard>) {
    let (text, end) = heard.0.entry(advanced.entity).or_default();
    assert!(!advanced.events.is_empty() && end.is_none());
    for event in &advanced.events {
        match event {
            GenerateEvent::Started { .. } => {}
            GenerateEvent::Text { text: more, .. } => *text += more,
            GenerateEvent::Finished { reason, .. } => *end = Some(Ok(*reason)),
            GenerateEvent::Failed(error) => *end = Some(Err(error.clone())),
        }
    }
}

struct Host {
    app: App,
}

impl Host {
    fn new() -> Self {
        let config = Config::builder().overrides([("ai_llm_n_threads", "1")]);
        let config = config.load().unwrap().config;
        let mut app = App::empty();
        app.insert_resource(AiSettings::from_config(&config).unwrap())
            .insert_resource(config)
            .add_plugins((EnginePlugin, GluePlugin))
            .init_resource::<Heard>()
            .add_observer(hear)
            .start();
        Self { app }
    }

    fn world(&mut self) -> &mut World {
        self.app.world_mut()
    }

    fn engine(&self) -> Engine {
        self.app.world().resource::<Engine>().clone()
    }

    fn until(&mut self, is: impl Fn(&World) -> bool) {
        let started = Instant::now();
        while !is(self.app.world()) {
            self.app.update();
            assert!(started.elapsed() < PATIENCE, "it does not happen");
            std::thread::yield_now();
        }
    }

    fn model(&mut self, name: &str) -> (Entity, ModelId) {
        let id = self.engine().model_id();
        let model = Model {
            id,
            name: name.to_owned(),
            path: fixture(name),
            gpu_layers: 0,
        };
        (self.world().spawn(model).id(), id)
    }

    /// A model that can be used.
    fn ready(&mut self) -> (Entity, ModelId) {
        let (entity, id) = self.model("tiny-chat.gguf");
        self.until(|world| matches!(world.get(entity), Some(ModelState::Ready(_))));
        (entity, id)
    }

    fn heard(&self, entity: Entity) -> Option<(String, Option<Result<Finish, AiError>>)> {
        self.app.world().resource::<Heard>().0.get(&entity).cloned()
    }

    fn end(&mut self, entity: Entity) -> (String, Result<Finish, AiError>) {
        self.until(|world| world.get::<Generating>(entity).is_none());
        let (text, end) = self.heard(entity).unwrap();
        (text, end.unwrap())
    }

    /// Waits until the engine has nothing to do.
    fn rest(&mut self) {
        let engine = self.engine();
        self.until(|_| engine.open_requests() == 0);
    }
}

fn asking(model: ModelId, user: &str) -> Generating {
    Generating(Generate {
        sampling: Sampling::greedy(),
        ..Generate::new(model, chat(user))
    })
}

fn endless(model: ModelId) -> Generating {
    let mut generating = asking(model, "Tell me a story.");
    generating.0.ignore_eos = true;
    generating.0.max_tokens = 1_000_000;
    generating
}

#[test]
fn a_model_is_loaded_with_its_entity_and_unloaded_with_it() {
    let mut host = Host::new();
    let (entity, id) = host.ready();
    assert!(host.engine().model(id).is_some());
    let generation = host.world().spawn(asking(id, "What is 2 + 3?")).id();
    let want = ("2 plus 3 is five.".to_owned(), Ok(Finish::Stop));
    assert_eq!(host.end(generation), want);
    assert!(
        host.world().get_entity(generation).is_ok(),
        "the entity stays"
    );
    let running = host.world().spawn(endless(id)).id();
    host.until(|world| world.resource::<Heard>().0.contains_key(&running));
    host.world().despawn(entity);
    assert_eq!(host.end(running).1, Ok(Finish::Cancelled));
    let late = host.world().spawn(asking(id, "Hello")).id();
    assert_eq!(host.end(late).1, Err(AiError::ModelNotLoaded(id.0)));
    host.rest();
}

#[test]
fn a_model_that_cannot_be_loaded_says_why() {
    let mut host = Host::new();
    let (entity, _) = host.model("make_tiny_gguf.py");
    host.until(|world| world.get::<ModelState>(entity) != Some(&ModelState::Loading));
    let state = host.world().get::<ModelState>(entity).unwrap();
    assert!(
        matches!(state, ModelState::Failed(AiError::InvalidModel { .. })),
        "{state:?}"
    );
    let (_, model) = host.ready();
    let adapter = Adapter {
        id: host.engine().adapter_id(),
        model,
        name: String::new(),
        path: fixture("tiny-lora.gguf"),
    };
    let entity = host.world().spawn(adapter).id();
    host.until(|world| world.get::<AdapterState>(entity) != Some(&AdapterState::Loading));
    let state = host.world().get::<AdapterState>(entity).unwrap();
    // It is for a model of another width.
    assert!(
        matches!(state, AdapterState::Failed(AiError::InvalidAdapter { .. })),
        "{state:?}"
    );
}

/// Removing, replacing and despawning cancel, and nothing is heard of it any more.
#[test]
fn a_generation_lives_as_long_as_its_component() {
    let mut host = Host::new();
    let (_, id) = host.ready();
    let begun = |host: &mut Host| {
        let entity = host.world().spawn(endless(id)).id();
        host.until(|world| world.resource::<Heard>().0.contains_key(&entity));
        entity
    };
    for round in 0..3 {
        let entity = begun(&mut host);
        let said = host.heard(entity);
        match round {
            0 => drop(host.world().despawn(entity)),
            1 => drop(host.world().entity_mut(entity).remove::<Generating>()),
            _ => drop(
                host.world()
                    .entity_mut(entity)
                    .insert(asking(id, "What is 2 + 3?")),
            ),
        }
        if round < 2 {
            host.rest();
            host.app.update();
            assert_eq!(host.heard(entity), said);
            continue;
        }
        let (before, _) = said.unwrap();
        let (text, end) = host.end(entity);
        let new = text.strip_prefix(&before).unwrap();
        assert_eq!((new, end), ("2 plus 3 is five.", Ok(Finish::Stop)));
    }
    host.rest();
}

#[test]
fn a_thousand_aborted_generations_leave_no_entity() {
    let mut host = Host::new();
    let (_, id) = host.ready();
    let before = host.world().entities().count_spawned();
    for round in 0..100 {
        let all: Vec<Entity> = (0..10)
            .map(|_| host.world().spawn(endless(id)).id())
            .collect();
        for _ in 0..round % 7 {
            host.app.update();
        }
        for entity in all {
            host.world().despawn(entity);
        }
    }
    host.rest();
    host.app.update();
    assert_eq!(host.world().entities().count_spawned(), before);
    let telemetry = crate::harness::wait(|done| host.engine().telemetry(done)).unwrap();
    assert_eq!((telemetry.running, telemetry.waiting), (0, 0));
}

#[test]
fn answers_reach_the_tick_while_their_owner_is_there() {
    #[derive(Resource, Default)]
    struct Got(Vec<(Entity, usize)>);

    let mut host = Host::new();
    let (_, model) = host.ready();
    host.world().init_resource::<Got>();
    let owners: Vec<Entity> = (0..3).map(|_| host.world().spawn_empty().id()).collect();
    let answers = host.world().resource::<Answers>().clone();
    for owner in &owners {
        let tokenize = Tokenize {
            model,
            text: vec![Segment::text("Hello")],
            add_bos: true,
            pieces: false,
        };
        let done = answers.in_tick(*owner, |world, owner, result: Result<_, _>| {
            let tokens: oro_components::llm::Tokenized = result.unwrap();
            world
                .resource_mut::<Got>()
                .0
                .push((owner, tokens.tokens.len()));
        });
        host.engine().tokenize(tokenize, done);
    }
    host.world().despawn(owners[1]);
    host.rest();
    host.app.update();
    let got = &host.world().resource::<Got>().0;
    let of: Vec<Entity> = got.iter().map(|it| it.0).collect();
    assert_eq!(of, [owners[0], owners[2]]);
    assert!(got.iter().all(|it| it.1 > 0));
}

/// The engine pauses with the app, and its end is the end of what runs.
#[test]
fn generations_pause_with_the_app() {
    let mut host = Host::new();
    let (_, id) = host.ready();
    let entity = host.world().spawn(endless(id)).id();
    host.until(|world| world.resource::<Heard>().0.contains_key(&entity));
    host.app.pause();
    host.app.update();
    let engine = host.engine();
    let steps = || {
        crate::harness::wait(|done| engine.telemetry(done))
            .unwrap()
            .steps
    };
    let paused = steps();
    for _ in 0..1000 {
        assert!(steps() <= paused + 1);
    }
    host.app.resume();
    host.until(|_| steps() > paused + 1);
    let context = Context {
        id: engine.context_id(),
        model: id,
    };
    host.world().spawn(context);
    host.app.destroy();
    assert!(engine.models().is_empty());
    assert_eq!(engine.open_requests(), 0);
}
