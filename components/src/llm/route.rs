//! Routes of models, adapters and contexts. Ids are decimal strings of 64 bits.

use bevy_ecs::prelude::*;
use oro_engine::bytes::Bytes;
use oro_engine::id::Id;
use oro_engine::route::Empty;
use oro_engine::topic::Topic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AiError;

macro_rules! route {
    ($params:ty, $name:literal, $output:ty $(, $constant:ident = $value:expr)?) => {
        impl oro_engine::route::Route for $params {
            const NAME: &'static str = $name;
            const PERMISSION: Option<&'static str> = Some("ai");
            $(const $constant: bool = $value;)?
            type Output = $output;
            type Error = AiError;
        }
    };
}
pub(super) use route;

/// Loads a model, and answers once it can be used. One that is loaded already is that one. How much
/// of it is read comes as events `ai.llm.model.progress`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelLoad {
    /// The name of its file, with or without the extension `.gguf`.
    pub name: String,
    /// The folder that the file is in; relative to the folder of pages. Without it the file is
    /// looked for in `ORO_AI_LLM_MODEL_PATH`, in `ai_llm_model_path` and in the folder of pages.
    pub directory: Option<String>,
    /// Layers that run on the GPU; `ai_llm_gpu_layer_count` unless given.
    pub gpu_layer_count: Option<u32>,
}
route!(ModelLoad, "ai.llm.model.load", ModelReport);

/// More of a model is read.
#[derive(Message, Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ModelProgress {
    /// The model's id.
    pub id: Id,
    /// The name that it was asked for by.
    pub name: String,
    /// The name of its file.
    pub filename: String,
    /// How much of it is read, 0 to 1.
    pub progress: f32,
}

impl Topic for ModelProgress {
    const NAME: &'static str = "ai.llm.model.progress";
}

/// The models that are loaded, in the order in which they were.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelList {}
route!(ModelList, "ai.llm.model.list", Vec<ModelReport>);

/// The models that can be loaded by their names: what is in the folders where names are looked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelFiles {}
route!(ModelFiles, "ai.llm.model.files", Vec<ModelFile>);

/// A file that holds a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ModelFile {
    /// The name to load it by: that of the file, without the extension.
    pub name: String,
    /// The name of the file.
    pub filename: String,
    /// The folder of the file.
    pub directory: String,
    /// Its bytes; of a model in several files, those of the first one.
    pub size: u64,
}

/// Unloads a model with its adapters and contexts, and ends what it generates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelUnload {
    /// Its id or its name.
    pub model: String,
}
route!(ModelUnload, "ai.llm.model.unload", Empty);

/// A model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ModelReport {
    /// Its id.
    pub id: Id,
    /// The name of its file, without the extension.
    pub name: String,
    /// Whether it can be used.
    pub loaded: bool,
    /// The name of its file.
    pub filename: String,
    /// How it was loaded.
    pub options: ModelOptions,
}

/// How a model was loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelOptions {
    /// The folder of its file.
    pub directory: String,
    /// Layers that run on the GPU.
    pub gpu_layer_count: u32,
}

/// Makes a context: a conversation with a model, and its place in the model's cache.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContextCreate {
    /// The model's id or its name.
    pub model: String,
    /// The context's id; a new one unless given.
    pub id: Option<Id>,
    /// How many tokens it holds.
    #[serde(default = "default_size")]
    pub size: u32,
    /// 0 always takes the likeliest token; `ai_llm_default_temperature` unless given.
    pub temp: Option<f64>,
    /// Probability mass to sample from, 0 to 1; `ai_llm_default_top_p` unless given.
    pub top_p: Option<f64>,
    /// Tokens to sample from, 0 is all; `ai_llm_default_top_k` unless given.
    pub top_k: Option<u32>,
    /// Least probability relative to the likeliest token, 0 to 1; `ai_llm_default_min_p` unless
    /// given.
    pub min_p: Option<f64>,
    /// The same seed gives the same texts; another one each time unless given.
    pub seed: Option<u32>,
}
route!(ContextCreate, "ai.llm.context.create", ContextReport);

fn default_size() -> u32 {
    2048
}

/// Ends a context, and what is generated in it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextDestroy {
    /// The context.
    pub id: Id,
}
route!(ContextDestroy, "ai.llm.context.destroy", Empty);

/// What is known of a context.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextInfo {
    /// The context.
    pub id: Id,
}
route!(ContextInfo, "ai.llm.context.info", ContextReport);

/// The same as `ai.llm.context.info`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextStats {
    /// The context.
    pub id: Id,
}
route!(ContextStats, "ai.llm.context.stats", ContextReport);

/// The state of a context as bytes, for `ai.llm.context.restore`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextDump {
    /// The context.
    pub id: Id,
}
route!(ContextDump, "ai.llm.context.dump", Bytes);

/// Gives a context the state that is the body. It may come from another context of the same model.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextRestore {
    /// The context; what it holds is forgotten.
    pub id: Id,
}
route!(
    ContextRestore,
    "ai.llm.context.restore",
    ContextReport,
    BODY = true
);

/// A context.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ContextReport {
    /// Its id.
    pub id: Id,
    /// How many tokens it holds at most.
    pub size: u32,
    /// How many it holds now.
    pub used: u32,
    /// Its model's id.
    pub model: Id,
    /// How tokens are chosen in it.
    pub options: ContextOptions,
    /// The adapter that is attached to it.
    pub lora: Option<LoraAttached>,
}

/// How tokens are chosen in a context.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContextOptions {
    /// See [`ContextCreate::temp`].
    pub temp: f64,
    /// See [`ContextCreate::top_p`].
    pub top_p: f64,
    /// See [`ContextCreate::top_k`].
    pub top_k: u32,
    /// See [`ContextCreate::min_p`].
    pub min_p: f64,
    /// See [`ContextCreate::seed`].
    pub seed: Option<u32>,
}

/// An adapter and how strong it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LoraAttached {
    /// The adapter's id.
    pub id: Id,
    /// How strong it is; 0 is not at all.
    pub scale: f32,
}

/// Loads a LoRA adapter for a model. One that is loaded already is that one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoraLoad {
    /// The model's id or its name.
    pub model: String,
    /// The name of its file, with or without the extension `.gguf`.
    pub name: String,
    /// The folder that the file is in; relative to the folder of pages. Without it the file is
    /// looked for in `ORO_AI_LLM_LORA_PATH`, in `ai_llm_lora_path` and in the folder of pages.
    pub directory: Option<String>,
}
route!(LoraLoad, "ai.llm.lora.load", LoraReport);

/// The adapters that are loaded, in the order in which they were.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoraList {}
route!(LoraList, "ai.llm.lora.list", Vec<LoraReport>);

/// Unloads an adapter, and ends what is generated with it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoraUnload {
    /// The adapter.
    pub id: Id,
}
route!(LoraUnload, "ai.llm.lora.unload", Empty);

/// Attaches an adapter to a context, in the place of another one that is there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoraAttach {
    /// The adapter.
    pub id: Id,
    /// The context.
    pub context: Id,
    /// How strong it is; 0 is not at all.
    #[serde(default = "default_scale")]
    pub scale: f32,
}
route!(LoraAttach, "ai.llm.lora.attach", LoraReport);

fn default_scale() -> f32 {
    0.5
}

/// Takes an adapter off a context.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoraDetach {
    /// The adapter.
    pub id: Id,
    /// The context.
    pub context: Id,
}
route!(LoraDetach, "ai.llm.lora.detach", LoraReport);

/// An adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LoraReport {
    /// Its id.
    pub id: Id,
    /// The name of its file, without the extension.
    pub name: String,
    /// Whether it can be used.
    pub loaded: bool,
    /// The name of its file.
    pub filename: String,
    /// How it was loaded.
    pub options: LoraOptions,
}

/// How an adapter was loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LoraOptions {
    /// The folder of its file.
    pub directory: String,
    /// The id of the model that it is for.
    pub model: Id,
}
