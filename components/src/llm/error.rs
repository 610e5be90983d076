//! What can go wrong with a model.

use std::borrow::Cow;

use oro_engine::error::ErrorCode;
use serde::{Deserialize, Serialize};

/// What can go wrong with a model, an adapter, a context or a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum AiError {
    /// No file of that name, or none that can be read.
    #[error("no model '{name}': {reason}")]
    ModelNotFound {
        /// What was asked for.
        name: String,
        /// Why it is not there.
        reason: String,
    },
    /// The file is no model, or one that cannot be run.
    #[error("'{path}' is not a usable model: {reason}")]
    InvalidModel {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is no adapter for this model.
    #[error("'{path}' is not a usable adapter: {reason}")]
    InvalidAdapter {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The model is not loaded.
    #[error("model {0} is not loaded")]
    ModelNotLoaded(u64),
    /// The adapter is not loaded.
    #[error("adapter {0} is not loaded")]
    AdapterNotLoaded(u64),
    /// No such context.
    #[error("there is no context {0}")]
    ContextNotFound(u64),
    /// A context of that id is there already.
    #[error("there is a context {0} already")]
    ContextExists(u64),
    /// Something is generated in the context.
    #[error("context {0} is answering; wait, or abort it")]
    ContextBusy(u64),
    /// As many contexts as there may be.
    #[error("too many contexts: the limit is {max}")]
    TooManyContexts {
        /// The limit.
        max: usize,
    },
    /// The adapter is not attached to the context.
    #[error("adapter {adapter} is not attached to context {context}")]
    AdapterNotAttached {
        /// The adapter.
        adapter: u64,
        /// The context.
        context: u64,
    },
    /// The context holds nothing.
    #[error("context {0} holds no state")]
    ContextEmpty(u64),
    /// The memory for it is not there.
    #[error("{what} needs {needed_bytes} bytes and {available_bytes} are free")]
    OutOfMemory {
        /// What was to be made.
        what: String,
        /// What it needs.
        needed_bytes: u64,
        /// What there is.
        available_bytes: u64,
    },
    /// The prompt leaves no room for an answer.
    #[error("the prompt has {prompt_tokens} tokens; the context has room for {n_ctx}")]
    ContextOverflow {
        /// Tokens of the prompt.
        prompt_tokens: u32,
        /// Tokens of the context.
        n_ctx: u32,
    },
    /// A parameter out of its range.
    #[error("Invalid '{name}': {reason}")]
    InvalidParameter {
        /// The parameter.
        name: String,
        /// Why.
        reason: String,
    },
    /// A grammar or a JSON schema that cannot be followed.
    #[error("the grammar cannot be used: {0}")]
    InvalidGrammar(String),
    /// A dumped state that is damaged or belongs to another model.
    #[error("the state cannot be restored: {0}")]
    InvalidState(String),
    /// More waits already than the limit.
    #[error("too many requests wait: the limit is {max}")]
    Busy {
        /// The limit.
        max: usize,
    },
    /// The worker process ended with this in flight; a new one is started for the next.
    #[error("the inference worker ended: {0}")]
    WorkerDied(String),
    /// The worker process ended too often.
    #[error("the inference worker cannot be started: {0}")]
    WorkerFailed(String),
    /// The model gives no numbers.
    #[error("the model computes values that are not numbers")]
    NotFinite,
    /// The engine refused.
    #[error("inference failed: {0}")]
    Inference(String),
    /// The engine was stopped, or the request was cancelled before it began.
    #[error("the operation was aborted")]
    Aborted,
    /// This build or this model does not offer it.
    #[error("not supported: {0}")]
    NotSupported(String),
}

impl AiError {
    /// A parameter out of its range.
    pub fn parameter(name: &str, reason: impl Into<String>) -> Self {
        Self::InvalidParameter {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }
}

impl ErrorCode for AiError {
    fn code(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::ModelNotFound { .. } => "ENOENT",
            Self::InvalidModel { .. } => "ERR_AI_INVALID_MODEL",
            Self::InvalidAdapter { .. } => "ERR_AI_INVALID_ADAPTER",
            Self::ModelNotLoaded(_) => "ERR_AI_MODEL_NOT_LOADED",
            Self::AdapterNotLoaded(_) => "ERR_AI_ADAPTER_NOT_LOADED",
            Self::ContextNotFound(_) => "ENOENT",
            Self::ContextExists(_) => "EEXIST",
            Self::ContextBusy(_) => "EBUSY",
            Self::TooManyContexts { .. } => "EAGAIN",
            Self::AdapterNotAttached { .. } => "ERR_AI_ADAPTER_NOT_ATTACHED",
            Self::ContextEmpty(_) => "ERR_AI_CONTEXT_EMPTY",
            Self::OutOfMemory { .. } => "ENOMEM",
            Self::ContextOverflow { .. } => "ERR_AI_CONTEXT_OVERFLOW",
            Self::InvalidParameter { .. } => "ERR_INVALID_ARG",
            Self::InvalidGrammar(_) => "ERR_AI_INVALID_GRAMMAR",
            Self::InvalidState(_) => "ERR_AI_INVALID_STATE",
            Self::Busy { .. } => "EBUSY",
            Self::WorkerDied(_) => "ERR_AI_WORKER_DIED",
            Self::WorkerFailed(_) => "ERR_AI_WORKER_FAILED",
            Self::NotFinite | Self::Inference(_) => "ERR_AI_INFERENCE",
            Self::Aborted => "ABORT_ERR",
            Self::NotSupported(_) => "ERR_NOT_SUPPORTED",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::ModelNotFound { .. }
            | Self::ModelNotLoaded(_)
            | Self::AdapterNotLoaded(_)
            | Self::AdapterNotAttached { .. }
            | Self::ContextNotFound(_)
            | Self::ContextEmpty(_) => "NotFoundError",
            Self::InvalidParameter { .. } | Self::InvalidGrammar(_) => "TypeError",
            Self::ContextOverflow { .. } | Self::OutOfMemory { .. } => "RangeError",
            Self::ContextExists(_) | Self::ContextBusy(_) => "InvalidStateError",
            Self::TooManyContexts { .. } => "QuotaExceededError",
            Self::Aborted => "AbortError",
            Self::NotSupported(_) => "NotSupportedError",
            _ => "Error",
        }
    }
}
