//! The models that requests can be for: how they are named, found and loaded.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::llm::{
    Adapter, AdapterState, AiError, Context, Model, ModelId, ModelInfo, ModelState,
};
use oro_engine::job::{Jobs, Lane};

use crate::chat::template::{ChatTemplate, TemplateError};
use crate::engine::Engine;
use crate::library::{Library, Shelf};
use crate::server::wall_ms;

/// A model that can be used.
#[derive(Debug)]
pub struct Served {
    /// What is known of it.
    pub info: ModelInfo,
    /// What clients call it: the name of its file, without the extension.
    pub name: String,
    /// When it was loaded, in seconds since 1970.
    pub loaded_at: u64,
    /// What it was asked for by.
    asked: String,
    template: OnceLock<Result<ChatTemplate, TemplateError>>,
}

impl Served {
    /// Its chat template. The first call compiles it, so it is for jobs.
    ///
    /// # Errors
    /// If it is none.
    pub fn template(&self) -> Result<&ChatTemplate, TemplateError> {
        let made = self.template.get_or_init(|| ChatTemplate::new(&self.info));
        made.as_ref().map_err(Clone::clone)
    }

    /// Whether it is meant by a name: that of its file, that in its file, the one it was loaded
    /// by, or its id.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        name == self.name
            || name == self.asked
            || name == self.info.name
            || self.info.path.file_name().is_some_and(|file| file == name)
            || name.parse() == Ok(self.info.id.0)
    }
}

/// Makes a loaded [`Model`] known to servers and routes.
#[derive(Component, Clone, Debug)]
#[component(immutable)]
pub struct ServedModel(pub Arc<Served>);

/// What has to be done once a model is loaded, or is not.
#[derive(Component, Default)]
struct Waiting(Vec<Done>);

type Done = Box<dyn FnOnce(&mut World, Result<Entity, AiError>) + Send + Sync>;

/// Adds what keeps the catalog of models.
pub(crate) fn build(app: &mut App) {
    app.add_observer(model_changed)
        .add_observer(adapter_changed)
        .add_observer(model_removed);
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Notes models that became usable or failed, and tells who waits for them.
fn model_changed(
    changed: On<Insert<ModelState>>,
    models: Query<(&Model, &ModelState)>,
    mut commands: Commands,
) {
    let entity = changed.entity;
    let Ok((model, state)) = models.get(entity) else {
        return;
    };
    match state {
        ModelState::Loading => {}
        ModelState::Ready(info) => {
            let served = Served {
                info: info.clone(),
                name: stem(&model.path),
                loaded_at: wall_ms() / 1000,
                asked: model.name.clone(),
                template: OnceLock::new(),
            };
            commands
                .entity(entity)
                .insert(ServedModel(Arc::new(served)));
            commands.queue(move |world: &mut World| tell(world, entity, &Ok(entity)));
        }
        ModelState::Failed(error) => {
            let error = error.clone();
            commands.queue(move |world: &mut World| {
                tell(world, entity, &Err(error));
                // Asking again tries again.
                world.despawn(entity);
            });
        }
    }
}

/// Tells who waits for an adapter.
fn adapter_changed(
    changed: On<Insert<AdapterState>>,
    adapters: Query<&AdapterState>,
    mut commands: Commands,
) {
    let entity = changed.entity;
    match adapters.get(entity) {
        Ok(AdapterState::Ready(_)) => {
            commands.queue(move |world: &mut World| tell(world, entity, &Ok(entity)));
        }
        Ok(AdapterState::Failed(error)) => {
            let error = error.clone();
            commands.queue(move |world: &mut World| {
                tell(world, entity, &Err(error));
                world.despawn(entity);
            });
        }
        Ok(AdapterState::Loading) | Err(_) => {}
    }
}

/// What belongs to a model goes with it.
fn model_removed(
    removed: On<Remove<Model>>,
    models: Query<&Model>,
    contexts: Query<(Entity, &Context)>,
    adapters: Query<(Entity, &Adapter)>,
    mut commands: Commands,
) {
    let Ok(model) = models.get(removed.entity) else {
        return;
    };
    let contexts = contexts.iter().filter(|(_, it)| it.model == model.id);
    let adapters = adapters.iter().filter(|(_, it)| it.model == model.id);
    let all = contexts.map(|(entity, _)| entity);
    for entity in all.chain(adapters.map(|(entity, _)| entity)) {
        commands.entity(entity).try_despawn();
    }
}

fn tell(world: &mut World, entity: Entity, outcome: &Result<Entity, AiError>) {
    let Ok(mut model) = world.get_entity_mut(entity) else {
        return;
    };
    for done in model.take::<Waiting>().unwrap_or_default().0 {
        done(world, outcome.clone());
    }
}

/// A model that a request names, or the one that requests mean which name none.
#[derive(Debug)]
pub(crate) enum Found {
    /// It is loaded.
    Ready(Entity),
    /// It is being loaded.
    Loading(Entity),
    /// It can be loaded, by this name.
    Unloaded(String),
    /// There is none of that name.
    Unknown,
    /// There is none at all.
    Nothing,
}

/// Finds the model of a request.
pub(crate) fn find(world: &mut World, name: Option<&str>, default: Option<&str>) -> Found {
    let mut query = world.query::<(Entity, &Model, Option<&ServedModel>)>();
    let mut models: Vec<_> = query
        .iter(world)
        .map(|(entity, model, served)| (entity, model.clone(), served.cloned()))
        .collect();
    models.sort_by_key(|(_, model, _)| model.id);
    let found = |(entity, _, served): &(Entity, Model, Option<ServedModel>)| match served {
        Some(_) => Found::Ready(*entity),
        None => Found::Loading(*entity),
    };
    let named = |name: &str| {
        models.iter().find(|(_, model, served)| match served {
            Some(served) => served.0.is_named(name),
            None => model.name == name || stem(&model.path) == name,
        })
    };
    let is_default =
        |name: &str| default.filter(|default| *default == name || stem(Path::new(default)) == name);
    match (name, default) {
        (Some(name), _) => match (named(name), is_default(name)) {
            (Some(model), _) => found(model),
            (None, Some(default)) => Found::Unloaded(default.to_owned()),
            (None, None) => Found::Unknown,
        },
        (None, Some(default)) => match named(default) {
            Some(model) => found(model),
            None => Found::Unloaded(default.to_owned()),
        },
        (None, None) => models.first().map_or(Found::Nothing, found),
    }
}

/// All models that are loaded, in the order in which they were.
pub(crate) fn all(world: &mut World) -> Vec<(Entity, Arc<Served>)> {
    let mut query = world.query::<(Entity, &ServedModel)>();
    let mut all: Vec<_> = query
        .iter(world)
        .map(|(entity, served)| (entity, Arc::clone(&served.0)))
        .collect();
    all.sort_by_key(|(_, served)| served.info.id);
    all
}

/// Whether a model is being loaded.
pub(crate) fn is_loading(world: &mut World) -> bool {
    let mut query = world.query_filtered::<(), (With<Model>, Without<ServedModel>)>();
    query.iter(world).next().is_some()
}

/// A model that is to be loaded.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// Its name.
    pub name: String,
    /// The folder that it is in, if one is given.
    pub folder: Option<String>,
    /// Layers on the GPU.
    pub gpu_layers: u32,
    /// It may be anywhere.
    pub trusted: bool,
}

/// Loads a model, unless it is there or on its way already; then tells `done`, if `owner` still
/// exists.
pub(crate) fn load(
    world: &mut World,
    owner: Entity,
    load: Load,
    done: impl FnOnce(&mut World, Result<Entity, AiError>) + Send + Sync + 'static,
) {
    let library = world.resource::<Library>().clone();
    let jobs = world.resource::<Jobs>().clone();
    let Load {
        name,
        folder,
        gpu_layers,
        trusted,
    } = load;
    let asked = name.clone();
    let work = move || library.find(Shelf::Models, &name, folder.as_deref(), trusted);
    jobs.spawn(owner, Lane::Io, work, move |world, _, found| {
        let found = found.unwrap_or_else(|error| Err(AiError::Inference(error.to_string())));
        match found {
            Ok(path) => load_file(world, asked, path, gpu_layers, Box::new(done)),
            Err(error) => done(world, Err(error)),
        }
    });
}

fn load_file(world: &mut World, name: String, path: PathBuf, gpu_layers: u32, done: Done) {
    let mut query = world.query::<(Entity, &Model, &ModelState)>();
    let known = query
        .iter(world)
        .find(|(_, model, _)| model.path == path && model.gpu_layers == gpu_layers)
        .map(|(entity, _, state)| (entity, matches!(state, ModelState::Ready(_))));
    let entity = match known {
        Some((entity, true)) => return done(world, Ok(entity)),
        Some((entity, false)) => entity,
        None => {
            let id = world.resource::<Engine>().model_id();
            let model = Model {
                id,
                name,
                path,
                gpu_layers,
            };
            world.spawn(model).id()
        }
    };
    wait_for(world, entity, done);
}

fn wait_for(world: &mut World, entity: Entity, done: Done) {
    let mut entity = world.entity_mut(entity);
    match entity.get_mut::<Waiting>() {
        Some(mut waiting) => waiting.0.push(done),
        None => drop(entity.insert(Waiting(vec![done]))),
    }
}

/// An adapter that is to be loaded.
#[derive(Clone, Debug)]
pub(crate) struct LoadAdapterFile {
    /// The model that it is for.
    pub model: ModelId,
    /// Its name.
    pub name: String,
    /// The folder that it is in, if one is given.
    pub folder: Option<String>,
    /// It may be anywhere.
    pub trusted: bool,
}

/// Loads an adapter, as [`load`] does a model.
pub(crate) fn load_adapter(
    world: &mut World,
    owner: Entity,
    load: LoadAdapterFile,
    done: impl FnOnce(&mut World, Result<Entity, AiError>) + Send + Sync + 'static,
) {
    let library = world.resource::<Library>().clone();
    let jobs = world.resource::<Jobs>().clone();
    let LoadAdapterFile {
        model,
        name,
        folder,
        trusted,
    } = load;
    let asked = name.clone();
    let work = move || library.find(Shelf::Adapters, &name, folder.as_deref(), trusted);
    jobs.spawn(owner, Lane::Io, work, move |world, _, found| {
        let found = found.unwrap_or_else(|error| Err(AiError::Inference(error.to_string())));
        match found {
            Ok(path) => load_adapter_file(world, model, asked, path, Box::new(done)),
            Err(error) => done(world, Err(error)),
        }
    });
}

fn load_adapter_file(world: &mut World, model: ModelId, name: String, path: PathBuf, done: Done) {
    let mut query = world.query::<(Entity, &Adapter, &AdapterState)>();
    let known = query
        .iter(world)
        .find(|(_, adapter, _)| adapter.path == path && adapter.model == model)
        .map(|(entity, _, state)| (entity, matches!(state, AdapterState::Ready(_))));
    let entity = match known {
        Some((entity, true)) => return done(world, Ok(entity)),
        Some((entity, false)) => entity,
        None => {
            let id = world.resource::<Engine>().adapter_id();
            let adapter = Adapter {
                id,
                model,
                name,
                path,
            };
            world.spawn(adapter).id()
        }
    };
    wait_for(world, entity, done);
}

/// Tells `done` once a model that is being loaded is, or is not.
pub(crate) fn wait(
    world: &mut World,
    model: Entity,
    done: impl FnOnce(&mut World, Result<Entity, AiError>) + Send + Sync + 'static,
) {
    if world.get_entity(model).is_err() {
        return done(world, Err(AiError::Aborted));
    }
    wait_for(world, model, Box::new(done));
}
