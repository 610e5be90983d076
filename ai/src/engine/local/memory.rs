//! How much memory there is, and how much a context takes.

use std::fs;

use oro_components::llm::AiError;

use crate::engine::llama::{Shape, Weights};

/// Memory that is left to others.
const SPARE_BYTES: u64 = 128 << 20;
/// Tokens of a context if nobody says otherwise, and the model was trained for as many.
const TOKENS_DEFAULT: u32 = 4096;
/// The smallest context that is made by itself.
const TOKENS_MIN: u32 = 256;
/// Cells of a sequence come in multiples of this.
pub(super) const CELLS: u32 = 256;
/// Caches up to this size hold twice as many sequences as can run, for the next prompts.
const CACHE_BYTES: u64 = 256 << 20;

/// Bytes that can be taken, by what the system and its limits say; `None` where it does not say.
pub(super) fn available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    let system = kib.saturating_mul(1024);
    let number = |name: &str| {
        let text = fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    let group = number("memory.max").map(|max| {
        let used = number("memory.current").unwrap_or_default();
        max.saturating_sub(used)
    });
    Some(group.map_or(system, |group| group.min(system)))
}

/// Refuses what there is no memory for, before anything is taken.
pub(super) fn reserve(what: &str, needed: u64, limit: Option<u64>) -> Result<(), AiError> {
    let free = available().unwrap_or(u64::MAX);
    let free = limit.map_or(free, |limit| free.min(limit));
    if needed.saturating_add(SPARE_BYTES) <= free {
        return Ok(());
    }
    Err(AiError::OutOfMemory {
        what: what.to_owned(),
        needed_bytes: needed,
        available_bytes: free,
    })
}

/// Bytes that a context takes, roughly: the cache, and what is computed with.
pub(super) fn context_bytes(weights: &Weights, shape: &Shape) -> u64 {
    let cells = u64::from(shape.tokens) * u64::from(shape.sequences);
    let rows = u64::from(shape.micro_batch);
    let outputs = if shape.embeddings {
        rows
    } else {
        u64::from(shape.sequences)
    };
    let logits = outputs * u64::from(weights.n_vocab().unsigned_abs()) * 4;
    cells * weights.cache_bytes() + 2 * logits + rows * weights.row_bytes(shape.tokens)
}

/// Tokens of a context if nobody asks for another size: what the model was trained for, as far as
/// there is memory for it.
pub(super) fn default_tokens(weights: &Weights, sequences: u32, limit: Option<u64>) -> u32 {
    let free = available().unwrap_or(u64::MAX);
    let free = limit.map_or(free, |limit| free.min(limit)) / 2;
    let trained = weights.n_ctx_train().clamp(1, TOKENS_DEFAULT);
    let mut tokens = trained;
    let bytes = |tokens: u32| u64::from(tokens) * u64::from(sequences) * weights.cache_bytes();
    while tokens > TOKENS_MIN && bytes(tokens) > free {
        tokens /= 2;
    }
    tokens
}

/// How many sequences a context gets: as many as may run, and for small caches as many again.
pub(super) fn sequences(weights: &Weights, tokens: u32, running_max: u32, max: u32) -> u32 {
    let running = running_max.clamp(1, max);
    let twice = running.saturating_mul(2).min(max);
    let bytes = u64::from(twice) * u64::from(tokens) * weights.cache_bytes();
    if bytes <= CACHE_BYTES { twice } else { running }
}
