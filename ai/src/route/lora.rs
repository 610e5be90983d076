//! LoRA adapters: loading them for a model, attaching them to contexts.

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::llm::{
    ActiveAdapter, Adapter, AdapterId, AdapterState, AdapterUse, AiError, Context, LoraAttach,
    LoraDetach, LoraList, LoraLoad, LoraOptions, LoraReport, LoraUnload,
};
use oro_engine::id::Id;
use oro_engine::prelude::*;

use super::{file_and_folder, is_trusted, within};
use crate::catalog::{self, LoadAdapterFile, ServedModel};

/// The strongest that an adapter may be.
const SCALE_MAX: f64 = 100.0;

pub(super) fn build(app: &mut App) {
    app.add_deferred::<LoraLoad, _>(load)
        .add_route::<LoraList, _>(list)
        .add_route::<LoraUnload, _>(unload)
        .add_route::<LoraAttach, _>(attach)
        .add_route::<LoraDetach, _>(detach);
}

fn report(adapter: &Adapter) -> LoraReport {
    let (filename, directory) = file_and_folder(&adapter.path);
    let stem = adapter.path.file_stem().unwrap_or_default();
    LoraReport {
        id: Id(adapter.id.0),
        name: stem.to_string_lossy().into_owned(),
        loaded: true,
        filename,
        options: LoraOptions {
            directory,
            model: Id(adapter.model.0),
        },
    }
}

fn load(
    In((call, pending)): In<(Call<LoraLoad>, Pending<LoraLoad>)>,
    world: &mut World,
) -> Result<(), AiError> {
    let trusted = is_trusted(call.client);
    let params = call.params;
    if params.name.is_empty() {
        return Err(AiError::parameter("name", "it is empty"));
    }
    let model = super::model::find(world, &params.model)?;
    let served = world.get::<ServedModel>(model);
    let model = served.ok_or(AiError::Aborted)?.0.info.id;
    let load = LoadAdapterFile {
        model,
        name: params.name,
        folder: params.directory,
        trusted,
    };
    catalog::load_adapter(world, pending.entity(), load, move |world, loaded| {
        let report = loaded.and_then(|adapter| {
            let adapter = world.get::<Adapter>(adapter);
            adapter.map(report).ok_or(AiError::Aborted)
        });
        world.reply(pending, report);
    });
    Ok(())
}

/// The adapters that can be used, in the order in which they were loaded.
fn all(world: &mut World) -> Vec<(Entity, Adapter)> {
    let mut query = world.query::<(Entity, &Adapter, &AdapterState)>();
    let mut all: Vec<_> = query
        .iter(world)
        .filter(|(_, _, state)| matches!(state, AdapterState::Ready(_)))
        .map(|(entity, adapter, _)| (entity, adapter.clone()))
        .collect();
    all.sort_by_key(|(_, adapter)| adapter.id);
    all
}

fn find(world: &mut World, id: Id) -> Result<(Entity, Adapter), AiError> {
    let id = AdapterId(id.0);
    let found = all(world).into_iter().find(|(_, adapter)| adapter.id == id);
    found.ok_or(AiError::AdapterNotLoaded(id.0))
}

fn list(In(_): In<Call<LoraList>>, world: &mut World) -> Result<Vec<LoraReport>, AiError> {
    Ok(all(world)
        .iter()
        .map(|(_, adapter)| report(adapter))
        .collect())
}

fn unload(In(call): In<Call<LoraUnload>>, world: &mut World) -> Result<Empty, AiError> {
    let (entity, _) = find(world, call.params.id)?;
    world.despawn(entity);
    Ok(Empty {})
}

fn attach(In(call): In<Call<LoraAttach>>, world: &mut World) -> Result<LoraReport, AiError> {
    let scale = within("scale", f64::from(call.scale), -SCALE_MAX, SCALE_MAX)? as f32;
    let context = super::find(world, call.client, call.context)?;
    let (_, adapter) = find(world, call.id)?;
    let mut context = world.entity_mut(context);
    let model = context.get::<Context>().map(|context| context.model);
    if model != Some(adapter.model) {
        let reason = format!("it is for model {}", adapter.model.0);
        return Err(AiError::parameter("id", reason));
    }
    context.insert(ActiveAdapter(AdapterUse {
        id: adapter.id,
        scale,
    }));
    Ok(report(&adapter))
}

fn detach(In(call): In<Call<LoraDetach>>, world: &mut World) -> Result<LoraReport, AiError> {
    let context = super::find(world, call.client, call.context)?;
    let (_, adapter) = find(world, call.id)?;
    let mut context = world.entity_mut(context);
    let active = context.get::<ActiveAdapter>().map(|active| active.0.id);
    if active != Some(adapter.id) {
        return Err(AiError::AdapterNotAttached {
            adapter: adapter.id.0,
            context: call.context.0,
        });
    }
    context.remove::<ActiveAdapter>();
    Ok(report(&adapter))
}
