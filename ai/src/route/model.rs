//! Loading, listing and unloading models.

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::llm::{
    AiError, LoadProgress, Model, ModelFiles, ModelList, ModelLoad, ModelOptions, ModelProgress,
    ModelReport, ModelUnload,
};
use oro_engine::id::Id;
use oro_engine::job::{Jobs, Lane};
use oro_engine::prelude::*;
use oro_engine::topic::TopicAppExt;

use super::{file_and_folder, is_trusted};
use crate::catalog::{self, Load, Served};
use crate::library::Library;
use crate::settings::AiSettings;

pub(super) fn build(app: &mut App) {
    app.add_deferred::<ModelLoad, _>(load)
        .add_route::<ModelList, _>(list)
        .add_deferred::<ModelFiles, _>(files)
        .add_route::<ModelUnload, _>(unload)
        .add_topic::<ModelProgress>()
        .add_observer(tell_progress);
}

/// Tells pages how much of a model is read.
fn tell_progress(
    read: On<Insert<LoadProgress>>,
    models: Query<(&Model, &LoadProgress)>,
    mut told: MessageWriter<ModelProgress>,
) {
    if let Ok((model, LoadProgress(progress))) = models.get(read.entity) {
        told.write(ModelProgress {
            id: Id(model.id.0),
            name: model.name.clone(),
            filename: file_and_folder(&model.path).0,
            progress: *progress,
        });
    }
}

/// The model that a parameter means: by its id or its name.
pub(super) fn find(world: &mut World, name: &str) -> Result<Entity, AiError> {
    let all = catalog::all(world);
    let found = all.iter().find(|(_, served)| served.is_named(name));
    found.map(|(entity, _)| *entity).ok_or_else(|| {
        let reason = "it is not loaded".to_owned();
        AiError::ModelNotFound {
            name: name.to_owned(),
            reason,
        }
    })
}

fn report(model: &Served) -> ModelReport {
    let (filename, directory) = file_and_folder(&model.info.path);
    ModelReport {
        id: Id(model.info.id.0),
        name: model.name.clone(),
        loaded: true,
        filename,
        options: ModelOptions {
            directory,
            gpu_layer_count: model.info.gpu_layers,
        },
    }
}

fn load(
    In((call, pending)): In<(Call<ModelLoad>, Pending<ModelLoad>)>,
    world: &mut World,
) -> Result<(), AiError> {
    let trusted = is_trusted(call.client);
    let params = call.params;
    if params.name.is_empty() {
        return Err(AiError::parameter("name", "it is empty"));
    }
    let default = world.resource::<AiSettings>().backend.gpu_layers;
    let load = Load {
        name: params.name,
        folder: params.directory,
        gpu_layers: params.gpu_layer_count.unwrap_or(default),
        trusted,
    };
    catalog::load(world, pending.entity(), load, move |world, loaded| {
        let report = loaded.and_then(|model| {
            let all = catalog::all(world);
            let found = all.iter().find(|(entity, _)| *entity == model);
            found
                .map(|(_, served)| report(served))
                .ok_or(AiError::Aborted)
        });
        world.reply(pending, report);
    });
    Ok(())
}

fn list(In(_): In<Call<ModelList>>, world: &mut World) -> Result<Vec<ModelReport>, AiError> {
    let all = catalog::all(world);
    Ok(all.iter().map(|(_, served)| report(served)).collect())
}

fn files(
    In((call, pending)): In<(Call<ModelFiles>, Pending<ModelFiles>)>,
    world: &mut World,
) -> Result<(), AiError> {
    let trusted = is_trusted(call.client);
    let library = world.resource::<Library>().clone();
    let jobs = world.resource::<Jobs>().clone();
    let work = move || library.models(trusted);
    jobs.spawn(pending.entity(), Lane::Io, work, |world, _, found| {
        let found = found.map_err(|error| AiError::Inference(error.to_string()));
        world.reply(pending, found);
    });
    Ok(())
}

fn unload(In(call): In<Call<ModelUnload>>, world: &mut World) -> Result<Empty, AiError> {
    let model = find(world, &call.params.model)?;
    // What belongs to it goes with it, see `catalog`.
    world.despawn(model);
    Ok(Empty {})
}
