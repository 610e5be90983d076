//! Models, adapters, contexts, chat sessions and generations as entities.

use std::path::PathBuf;

use bevy_ecs::prelude::*;

use super::{
    AdapterId, AdapterInfo, AdapterUse, AiError, ContextId, Generate, GenerateEvent, ModelId,
    ModelInfo,
};

/// Makes an entity a model. It is loaded when this is inserted and unloaded when it is removed;
/// [`ModelState`] tells how far that is.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
#[component(immutable)]
#[require(ModelState)]
pub struct Model {
    /// Its id in the engine.
    pub id: ModelId,
    /// What it was asked for by.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Layers on the GPU.
    pub gpu_layers: u32,
}

/// How far a [`Model`] is.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub enum ModelState {
    /// It is read, tried and loaded.
    #[default]
    Loading,
    /// It can be used.
    Ready(ModelInfo),
    /// It cannot.
    Failed(AiError),
}

/// How much of a [`Model`] is read, 0 to 1.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
#[component(immutable)]
pub struct LoadProgress(pub f32);

/// Makes an entity a LoRA adapter of a model, as [`Model`] does.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
#[component(immutable)]
#[require(AdapterState)]
pub struct Adapter {
    /// Its id in the engine.
    pub id: AdapterId,
    /// The model that it is for.
    pub model: ModelId,
    /// What it was asked for by.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// How far an [`Adapter`] is.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub enum AdapterState {
    /// It is read.
    #[default]
    Loading,
    /// It can be attached.
    Ready(AdapterInfo),
    /// It cannot.
    Failed(AiError),
}

/// Makes an entity a context: a conversation with a model, with its place in a cache. What the
/// engine keeps for it is freed when it is removed.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[component(immutable)]
#[require(ContextSize)]
pub struct Context {
    /// Its id in the engine.
    pub id: ContextId,
    /// The model.
    pub model: ModelId,
}

/// The size of a [`Context`] in tokens; `None` is the model's default.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContextSize(pub Option<u32>);

/// The adapter that is attached to a [`Context`].
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct ActiveAdapter(pub AdapterUse);

/// What was said in a [`Context`].
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatSession {
    /// The turns, the first one first.
    pub turns: Vec<ChatTurn>,
}

/// A turn of a [`ChatSession`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatTurn {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// What was said.
    pub content: String,
}

/// Makes an entity a generation. It starts when this is inserted; [`GenerationAdvanced`] is
/// triggered on the entity for each tick that brought something. Removing it, or despawning the
/// entity, cancels it within a step. It is removed by itself after the last event.
#[derive(Component, Clone, Debug, PartialEq)]
#[component(immutable)]
pub struct Generating(pub Generate);

/// A generation went on.
#[derive(EntityEvent, Clone, Debug)]
pub struct GenerationAdvanced {
    /// The generation.
    pub entity: Entity,
    /// What happened, in order; at least one.
    pub events: Vec<GenerateEvent>,
}
