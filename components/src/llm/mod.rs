//! Language models as plain data: what is asked of the inference engine and what it answers.
//!
//! Every type here travels between the application and the engine's worker process, so all of
//! them are `serde` and none knows llama.cpp.

mod answer;
mod chat;
mod entity;
mod error;
mod generate;
mod model;
mod request;
mod route;

pub use answer::{
    Embeddings, KvTelemetry, LogProb, PoolTelemetry, Restored, Telemetry, TokenLogProb, Tokenized,
};
pub use chat::*;
pub use entity::{
    ActiveAdapter, Adapter, AdapterState, ChatSession, ChatTurn, Context, ContextSize, Generating,
    GenerationAdvanced, LoadProgress, Model, ModelState,
};
pub use error::AiError;
pub use generate::{
    AdapterUse, CONTEXT_SIZE_MAX, Constraint, Finish, Generate, GenerateEvent, Grammar,
    LOGPROBS_MAX, Penalties, STOP_STRINGS_MAX, Sampling, Segment, Timings, Usage,
};
pub use model::{AdapterInfo, LoadAdapter, LoadModel, ModelInfo};
pub use request::{Detokenize, EMBED_INPUTS_MAX, Embed, Restore, Tokenize, bytes};

pub use route::{
    ContextCreate, ContextDestroy, ContextDump, ContextInfo, ContextOptions, ContextReport,
    ContextRestore, ContextStats, LoraAttach, LoraAttached, LoraDetach, LoraList, LoraLoad,
    LoraOptions, LoraReport, LoraUnload, ModelFile, ModelFiles, ModelList, ModelLoad, ModelOptions,
    ModelProgress, ModelReport, ModelUnload,
};

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);
    )*};
}

ids! {
    /// A model of the engine. It never means another one, also when the worker restarts.
    ModelId;
    /// A LoRA adapter of the engine.
    AdapterId;
    /// A conversation whose key-value cache is worth keeping.
    ContextId;
}
