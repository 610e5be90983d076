//! What the engine answers, except generations.

use serde::{Deserialize, Serialize};

/// Text as tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokenized {
    /// The tokens.
    pub tokens: Vec<i32>,
    /// The bytes of each, if asked for; not every token is whole characters.
    pub pieces: Vec<Vec<u8>>,
}

/// The probability of a token that was generated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenLogProb {
    /// The token.
    pub chosen: LogProb,
    /// The likeliest tokens, with the likeliest first.
    pub top: Vec<LogProb>,
}

/// The probability of a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogProb {
    /// The token.
    pub token: i32,
    /// Its bytes; not every token is whole characters.
    pub bytes: Vec<u8>,
    /// The natural logarithm of its probability, before temperature and limits.
    pub logprob: f32,
}

/// Texts as vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embeddings {
    /// One vector a text, each of length 1.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens of all texts.
    pub prompt_tokens: u32,
}

/// A state that was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// Tokens that the context now holds.
    pub tokens: u32,
    /// Those of them whose cache was restored; the others are computed when they are needed.
    pub cached_tokens: u32,
}

/// What the engine did since it started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telemetry {
    /// Warm contexts.
    pub pool: PoolTelemetry,
    /// The key-value caches.
    pub kv: KvTelemetry,
    /// Generations that have a place.
    pub running: u32,
    /// Generations that wait for one.
    pub waiting: u32,
    /// Steps: calls of the model.
    pub steps: u64,
    /// Tokens of prompts that were computed.
    pub prompt_tokens: u64,
    /// Tokens of prompts that were in the cache.
    pub cached_tokens: u64,
    /// Tokens that were generated.
    pub completion_tokens: u64,
    /// Sequences that hold something for a generation that runs.
    pub sequences_busy: u32,
    /// Tokens in the caches, also those kept for reuse.
    pub cells_used: u64,
    /// How often the worker process was started again; 0 in process.
    pub restarts: u32,
    /// The worker process; `None` in process.
    pub worker_pid: Option<u32>,
}

/// Warm contexts of all models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolTelemetry {
    /// Contexts that are kept for each model and size.
    pub capacity: u32,
    /// Contexts that are there.
    pub warm: u32,
    /// Those of them with generations.
    pub busy: u32,
    /// Contexts that made room for others.
    pub evictions: u64,
    /// Generations that found a context.
    pub reuses: u64,
}

/// The key-value caches of all models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KvTelemetry {
    /// Sequences that were cleared, whole or behind a common beginning.
    pub clears: u64,
    /// Contexts that had to be made anew, because clearing failed.
    pub reinits: u64,
    /// Milliseconds that the last clearing took, rounded up.
    pub last_clear_ms: u64,
    /// Clearings that failed.
    pub errors: u64,
}
