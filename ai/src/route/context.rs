//! Contexts: making, telling of, dumping and restoring them.

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::llm::{
    ActiveAdapter, AiError, CONTEXT_SIZE_MAX, ChatSession, Context, ContextCreate, ContextDestroy,
    ContextDump, ContextInfo, ContextOptions, ContextReport, ContextRestore, ContextSize,
    ContextStats, LoraAttached, Restore, Restored,
};
use oro_engine::id::Id;
use oro_engine::prelude::*;

use super::{Handle, find, within};
use crate::catalog::ServedModel;
use crate::engine::{Answers, Engine};
use crate::settings::AiSettings;

/// Contexts that there may be at once.
const CONTEXTS_MAX: usize = 1024;

pub(super) fn build(app: &mut App) {
    app.add_route::<ContextCreate, _>(create)
        .add_route::<ContextDestroy, _>(destroy)
        .add_route::<ContextInfo, _>(|In(call): In<Call<ContextInfo>>, world: &mut World| {
            info(world, call.client, call.id)
        })
        .add_route::<ContextStats, _>(|In(call): In<Call<ContextStats>>, world: &mut World| {
            info(world, call.client, call.id)
        })
        .add_deferred::<ContextDump, _>(dump)
        .add_deferred::<ContextRestore, _>(restore);
}

/// How tokens are chosen in a context.
#[derive(Component, Clone, Debug)]
pub(super) struct Options(pub ContextOptions);

/// How many tokens a context holds.
#[derive(Component, Clone, Copy, Debug, Default)]
pub(super) struct Used(pub u32);

fn create(In(call): In<Call<ContextCreate>>, world: &mut World) -> Result<ContextReport, AiError> {
    let client = call.client;
    let params = call.params;
    let model = super::model::find(world, &params.model)?;
    let served = world.get::<ServedModel>(model).ok_or(AiError::Aborted)?;
    let model = served.0.info.id;
    let size = params.size;
    if size == 0 || size > CONTEXT_SIZE_MAX {
        let reason = format!("{size} is not between 1 and {CONTEXT_SIZE_MAX}");
        return Err(AiError::parameter("size", reason));
    }
    let options = options(&params, world.resource::<AiSettings>())?;
    let id = handle(world, client, params.id)?;
    let engine = world.resource::<Engine>();
    let context = Context {
        id: engine.context_id(),
        model,
    };
    let handle = Handle {
        window: client.window(),
        id,
    };
    let mut made = world.spawn((
        context,
        ContextSize(Some(size)),
        ChatSession::default(),
        Options(options),
        Used::default(),
        handle,
    ));
    if let Some(window) = client.window() {
        made.insert(OwnedBy(window));
    }
    info(world, client, id)
}

/// An id for a new context.
fn handle(world: &mut World, client: Client, wanted: Option<Id>) -> Result<Id, AiError> {
    let mut query = world.query::<&Handle>();
    if query.iter(world).count() >= CONTEXTS_MAX {
        return Err(AiError::TooManyContexts { max: CONTEXTS_MAX });
    }
    match wanted {
        Some(id) if find(world, client, id).is_ok() => Err(AiError::ContextExists(id.0)),
        Some(id) => Ok(id),
        None => Id::random().map_err(|error| AiError::Inference(error.to_string())),
    }
}

fn options(params: &ContextCreate, settings: &AiSettings) -> Result<ContextOptions, AiError> {
    let default = &settings.sampling;
    let top_k = params.top_k.unwrap_or(default.top_k.map_or(0, u32::from));
    Ok(ContextOptions {
        temp: within(
            "temp",
            params.temp.unwrap_or(default.temperature),
            0.0,
            100.0,
        )?,
        top_p: within("topP", params.top_p.unwrap_or(default.top_p), 0.0, 1.0)?,
        top_k,
        min_p: within("minP", params.min_p.unwrap_or(default.min_p), 0.0, 1.0)?,
        seed: params.seed,
    })
}

/// What is known of a context.
fn info(world: &mut World, client: Client, id: Id) -> Result<ContextReport, AiError> {
    let entity = find(world, client, id)?;
    let mut query = world.query::<(
        &Context,
        &ContextSize,
        &Options,
        &Used,
        Option<&ActiveAdapter>,
    )>();
    let found = query.get(world, entity);
    let (context, size, options, used, adapter) =
        found.map_err(|_| AiError::ContextNotFound(id.0))?;
    let lora = adapter.map(|ActiveAdapter(active)| LoraAttached {
        id: Id(active.id.0),
        scale: active.scale,
    });
    Ok(ContextReport {
        id,
        size: size.0.unwrap_or_default(),
        used: used.0,
        model: Id(context.model.0),
        options: options.0.clone(),
        lora,
    })
}

fn destroy(In(call): In<Call<ContextDestroy>>, world: &mut World) -> Result<Empty, AiError> {
    let context = find(world, call.client, call.id)?;
    world.despawn(context);
    Ok(Empty {})
}

fn dump(
    In((call, pending)): In<(Call<ContextDump>, Pending<ContextDump>)>,
    world: &mut World,
) -> Result<(), AiError> {
    let entity = find(world, call.client, call.id)?;
    let id = call.id;
    let context = world.get::<Context>(entity);
    let context = context.ok_or(AiError::ContextNotFound(id.0))?.id;
    let owner = pending.entity();
    let done = move |world: &mut World, _, state: Result<Vec<u8>, AiError>| {
        let state = state.map_err(|error| named(error, id));
        world.reply(pending, state.map(Bytes::from));
    };
    let done = world.resource::<Answers>().in_tick(owner, done);
    world.resource::<Engine>().dump(context, done);
    Ok(())
}

/// The engine knows contexts by other ids than callers do.
pub(super) fn named(error: AiError, id: Id) -> AiError {
    match error {
        AiError::ContextEmpty(_) => AiError::ContextEmpty(id.0),
        error => error,
    }
}

fn restore(
    In((call, pending)): In<(Call<ContextRestore>, Pending<ContextRestore>)>,
    world: &mut World,
) -> Result<(), AiError> {
    let entity = find(world, call.client, call.id)?;
    if call.body.is_empty() {
        return Err(AiError::parameter("body", "it is empty"));
    }
    if world.get::<super::session::Speaking>(entity).is_some() {
        return Err(AiError::ContextBusy(call.id.0));
    }
    let context = world.get::<Context>(entity);
    let context = *context.ok_or(AiError::ContextNotFound(call.id.0))?;
    let restore = Restore {
        context: context.id,
        model: context.model,
        size: world.get::<ContextSize>(entity).and_then(|size| size.0),
        adapter: world.get::<ActiveAdapter>(entity).map(|active| active.0),
        state: call.body.to_vec(),
    };
    let (client, id, owner) = (call.client, call.id, pending.entity());
    let done = move |world: &mut World, _, restored: Result<Restored, AiError>| {
        let report = restored.and_then(|restored| {
            if let Some(mut used) = world.get_mut::<Used>(entity) {
                used.0 = restored.tokens;
            }
            info(world, client, id)
        });
        world.reply(pending, report);
    };
    let done = world.resource::<Answers>().in_tick(owner, done);
    world.resource::<Engine>().restore(restore, done);
    Ok(())
}
