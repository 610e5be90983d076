//! Models, adapters, contexts and generations as entities: inserting a component asks the engine,
//! removing it takes that back.

use std::sync::atomic::{AtomicU64, Ordering};

use bevy_app::{App, Plugin};
use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use crossbeam::channel::{Receiver, Sender, unbounded};
use oro_components::llm::{
    Adapter, AdapterState, Context, GenerateEvent, Generating, GenerationAdvanced, LoadAdapter,
    LoadModel, LoadProgress, Model, ModelState,
};
use oro_engine::lifecycle::{Pausing, Resumed};
use oro_engine::reactor::{Reactor, Waker};
use oro_engine::tick::{DispatchSystems, Shutdown, Tick};

use super::{Engine, EngineSettings, Generation, WorkerProgram};
use crate::settings::AiSettings;

/// Adds the [`Engine`], [`Answers`], and what the components of models do. Needs [`AiSettings`];
/// a [`WorkerProgram`] puts the models into a process of their own.
#[derive(Debug, Default)]
pub struct GluePlugin;

impl Plugin for GluePlugin {
    fn build(&self, app: &mut App) {
        let world = app.world_mut();
        let Some(settings) = world.get_resource::<AiSettings>() else {
            return;
        };
        let pause_cancels = settings.pause_cancels;
        let settings = EngineSettings::from_ai(settings);
        let worker = world.get_resource::<WorkerProgram>().cloned();
        let waker = world.resource::<Reactor>().waker();
        let engine = Engine::new(settings, worker);
        let advances = Advances::default();
        let arrived = advances.arrived.1.clone();
        world.insert_resource(Answers::new(waker.clone()));
        engine.after_callbacks(move || {
            if !arrived.is_empty() {
                waker.wake();
            }
        });
        world.insert_resource(engine);
        world.insert_resource(advances);
        register_hooks(world);
        let pause = move |_: On<Pausing>, engine: Res<Engine>, all: Query<&Running>| {
            engine.pause();
            if pause_cancels {
                all.iter().for_each(|it| it.generation.stop());
            }
        };
        app.add_observer(pause)
            .add_observer(|_: On<Resumed>, engine: Res<Engine>| engine.resume())
            .add_systems(
                Tick,
                (apply_answers, advance_generations)
                    .chain()
                    .in_set(DispatchSystems::Collect)
                    // They run what others asked for, in the whole World.
                    .ambiguous_with_all(),
            )
            .add_systems(Shutdown, |engine: Res<Engine>| engine.close());
    }
}

fn register_hooks(world: &mut World) {
    world
        .register_component_hooks::<Model>()
        .on_insert(model_inserted)
        .on_discard(model_discarded);
    world
        .register_component_hooks::<Adapter>()
        .on_insert(adapter_inserted)
        .on_discard(adapter_discarded);
    world
        .register_component_hooks::<Context>()
        .on_discard(context_discarded);
    world
        .register_component_hooks::<Generating>()
        .on_insert(generating_inserted)
        .on_discard(generating_discarded);
}

type Done = Box<dyn FnOnce(&mut World) + Send>;

/// Brings answers of the engine into the tick.
///
/// The answers that wait are no more than requests are open, which the engine limits, and a hundred
/// for each model that is being loaded.
#[derive(Resource, Clone)]
pub struct Answers {
    arrived: (Sender<Done>, Receiver<Done>),
    waker: Waker,
}

impl Answers {
    fn new(waker: Waker) -> Self {
        Self {
            arrived: unbounded(),
            waker,
        }
    }

    /// A callback for the engine that runs `done` in the next tick, also while the app is paused,
    /// if `owner` still exists.
    pub fn in_tick<T: Send + 'static>(
        &self,
        owner: Entity,
        done: impl FnOnce(&mut World, Entity, T) + Send + 'static,
    ) -> impl FnOnce(T) + Send + 'static {
        let answers = self.clone();
        move |answer| {
            let done: Done = Box::new(move |world| {
                if world.get_entity(owner).is_ok() {
                    done(world, owner, answer);
                }
            });
            // The receiver lives in the same struct, so it cannot be gone.
            let _ = answers.arrived.0.send(done);
            answers.waker.wake();
        }
    }
}

/// Runs the callbacks of answers that came since the last tick.
fn apply_answers(world: &mut World) {
    let arrived = world.resource::<Answers>().arrived.1.clone();
    for done in arrived.try_iter().take(arrived.len()) {
        done(world);
    }
}

fn model_inserted(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    world.commands().queue(move |world: &mut World| {
        let Some(model) = world.get::<Model>(entity) else {
            return;
        };
        let id = model.id;
        let load = LoadModel {
            id,
            path: model.path.clone(),
            gpu_layers: model.gpu_layers,
        };
        let loaded = move |world: &mut World, entity: Entity, result| {
            let mut entity = world.entity_mut(entity);
            // Another model may have taken its place meanwhile.
            if entity.get::<Model>().is_some_and(|model| model.id == id) {
                entity.insert(match result {
                    Ok(info) => ModelState::Ready(info),
                    Err(error) => ModelState::Failed(error),
                });
            }
        };
        let answers = world.resource::<Answers>().clone();
        let done = answers.in_tick(entity, loaded);
        let progress = move |share| {
            let note = |world: &mut World, entity: Entity, share| {
                world.entity_mut(entity).insert(LoadProgress(share));
            };
            answers.in_tick(entity, note)(share);
        };
        let engine = world.resource::<Engine>();
        engine.load_watched(load, progress, done);
    });
}

fn model_discarded(world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    if let Some(model) = world.get::<Model>(entity) {
        world.resource::<Engine>().unload(model.id, drop);
    }
}

fn adapter_inserted(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    world.commands().queue(move |world: &mut World| {
        let Some(adapter) = world.get::<Adapter>(entity) else {
            return;
        };
        let id = adapter.id;
        let load = LoadAdapter {
            id,
            model: adapter.model,
            path: adapter.path.clone(),
        };
        let loaded = move |world: &mut World, entity: Entity, result| {
            let mut entity = world.entity_mut(entity);
            if entity.get::<Adapter>().is_some_and(|it| it.id == id) {
                entity.insert(match result {
                    Ok(info) => AdapterState::Ready(info),
                    Err(error) => AdapterState::Failed(error),
                });
            }
        };
        let done = world.resource::<Answers>().in_tick(entity, loaded);
        world.resource::<Engine>().load_adapter(load, done);
    });
}

fn adapter_discarded(world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    if let Some(adapter) = world.get::<Adapter>(entity) {
        world.resource::<Engine>().unload_adapter(adapter.id, drop);
    }
}

fn context_discarded(world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    if let Some(context) = world.get::<Context>(entity) {
        world.resource::<Engine>().drop_context(context.id);
    }
}

/// The generation of an entity; dropping it cancels.
#[derive(Component)]
struct Running {
    number: u64,
    generation: Generation,
}

type Advance = (Entity, u64, Vec<GenerateEvent>);

/// Events of generations on their way into the tick.
///
/// They are no more than the tokens that generations may have. The loop is woken once for all that
/// a step brought: it would else run one tick for each, while the engine waits for a core.
#[derive(Resource)]
struct Advances {
    arrived: (Sender<Advance>, Receiver<Advance>),
    numbers: AtomicU64,
}

impl Default for Advances {
    fn default() -> Self {
        Self {
            arrived: unbounded(),
            numbers: AtomicU64::default(),
        }
    }
}

fn generating_inserted(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    world
        .commands()
        .queue(move |world: &mut World| start_generation(world, entity));
}

fn start_generation(world: &mut World, entity: Entity) {
    let Some(Generating(generate)) = world.get::<Generating>(entity).cloned() else {
        return;
    };
    let advances = world.resource::<Advances>();
    let number = advances.numbers.fetch_add(1, Ordering::Relaxed);
    let sender = advances.arrived.0.clone();
    let events = move |events| {
        let _ = sender.send((entity, number, events));
    };
    let generation = world.resource::<Engine>().generate(generate, events);
    world
        .entity_mut(entity)
        .insert(Running { number, generation });
}

fn generating_discarded(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    // An entity that is despawned takes it along by itself.
    if let Some(running) = world.get::<Running>(entity) {
        let number = running.number;
        world.commands().queue(move |world: &mut World| {
            let Ok(mut entity) = world.get_entity_mut(entity) else {
                return;
            };
            // A new one may have begun in its place.
            if entity
                .get::<Running>()
                .is_some_and(|running| running.number == number)
            {
                entity.remove::<Running>();
            }
        });
    }
}

/// Triggers [`GenerationAdvanced`] once for each generation that brought something.
fn advance_generations(world: &mut World) {
    let arrived = world.resource::<Advances>().arrived.1.clone();
    let mut advanced: Vec<Advance> = Vec::new();
    for (entity, number, events) in arrived.try_iter().take(arrived.len()) {
        match advanced.iter_mut().find(|(_, known, _)| *known == number) {
            Some((_, _, known)) => known.extend(events),
            None => advanced.push((entity, number, events)),
        }
    }
    for (entity, number, events) in advanced {
        let running = world.get::<Running>(entity);
        if running.is_none_or(|running| running.number != number) {
            continue; // cancelled meanwhile
        }
        let is_over = events.iter().any(super::protocol::is_last_event);
        world.trigger(GenerationAdvanced { entity, events });
        if is_over && let Ok(mut entity) = world.get_entity_mut(entity) {
            // Unless an observer has begun another one.
            if entity
                .get::<Running>()
                .is_some_and(|running| running.number == number)
            {
                entity.remove::<(Generating, Running)>();
            }
        }
    }
}
