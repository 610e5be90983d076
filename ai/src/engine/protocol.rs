//! What the handle and a place say to each other. A worker process speaks the same in frames.

use oro_components::llm::{
    AdapterId, AdapterInfo, AiError, ContextId, Detokenize, Embed, Embeddings, Generate,
    GenerateEvent, LoadAdapter, LoadModel, ModelId, ModelInfo, Restore, Restored, Telemetry,
    Tokenize, Tokenized,
};
use serde::{Deserialize, Serialize};

/// The number of a request. It is never used twice.
pub(super) type RequestId = u64;

/// What a place is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Ask {
    Load(LoadModel),
    Unload(ModelId),
    LoadAdapter(LoadAdapter),
    UnloadAdapter(AdapterId),
    Tokenize(Tokenize),
    Detokenize(Detokenize),
    Embed(Embed),
    Generate(Box<Generate>),
    Dump(ContextId),
    Restore(Restore),
    Telemetry,
}

/// What a place is told; nothing comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Tell {
    /// Nobody wants the answer any more. A generation ends with `Cancelled`.
    Cancel(RequestId),
    /// Forget what a context holds.
    DropContext(ContextId),
    /// Stop after the current step.
    Pause,
    /// Go on.
    Resume,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// How much of a model is read, 0 to 1; more answers follow.
    Loading(f32),
    Model(Box<ModelInfo>),
    Adapter(AdapterInfo),
    Done,
    Tokenized(Tokenized),
    Bytes(Bytes),
    Embeddings(Embeddings),
    /// Events of a generation; the last one of it ends the request.
    Events(Vec<GenerateEvent>),
    Restored(Restored),
    Telemetry(Box<Telemetry>),
    Failed(AiError),
}

impl Answer {
    /// Whether the request has no further answers.
    pub fn is_last(&self) -> bool {
        match self {
            Self::Events(events) => events.iter().any(is_last_event),
            Self::Loading(_) => false,
            _ => true,
        }
    }
}

/// Whether a generation has no further events.
pub(super) fn is_last_event(event: &GenerateEvent) -> bool {
    matches!(
        event,
        GenerateEvent::Finished { .. } | GenerateEvent::Failed(_)
    )
}

/// Bytes as one piece instead of a list of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Bytes(#[serde(with = "oro_components::llm::bytes")] pub Vec<u8>);
