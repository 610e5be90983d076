//! A context of llama.cpp: the cells of its key-value cache and one step of computing.

use std::ffi::c_void;
use std::num::NonZeroU32;
use std::sync::Arc;

use llama_cpp_2::DecodeError;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{LlamaContextParams, LlamaPoolingType};
use llama_cpp_2::context::session::LlamaStateSeqFlags;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaLoraAdapter;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_sys_2::llama_context_params;
use oro_components::llm::{AiError, CONTEXT_SIZE_MAX};
use oro_engine::cancel::CancelToken;
use parking_lot::Mutex;

use super::Weights;
use super::backend::{backend, complaints};
use super::threads::compute_alone;

/// Most sequences of a context.
pub(crate) const SEQUENCES_MAX: u32 = 256;
/// Most threads that compute.
const THREADS_MAX: u32 = 512;

/// How large a context is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Tokens of each sequence.
    pub tokens: u32,
    /// Sequences.
    pub sequences: u32,
    /// Tokens of a batch.
    pub batch: u32,
    /// Tokens of a physical batch.
    pub micro_batch: u32,
    /// Threads that compute.
    pub threads: u32,
    /// Whether it makes vectors instead of text.
    pub embeddings: bool,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// All tokens of the batch are in the cache.
    Done,
    /// It was told to stop; some of them are.
    Stopped,
    /// The cache has no room for them; none is.
    Full,
}

/// What ends a step early: the end of everything, or that nobody wants what it computes.
#[derive(Default)]
pub(crate) struct Stop {
    /// All is over.
    pub closing: CancelToken,
    /// The generations of the batch; it is of no use once all of them are cancelled.
    wanted: Mutex<Vec<CancelToken>>,
}

impl Stop {
    fn is_due(&self) -> bool {
        let wanted = self.wanted.lock();
        let unwanted = !wanted.is_empty() && wanted.iter().all(CancelToken::is_cancelled);
        unwanted || self.closing.is_cancelled()
    }
}

/// A context with a batch that fits it.
pub(crate) struct Cells<'m> {
    // In this order: the context goes before what it points to.
    context: LlamaContext<'m>,
    weights: &'m Weights,
    stop: Arc<Stop>,
    batch: LlamaBatch<'static>,
    /// Rows of the batch: whether their logits can be read after the step.
    outputs: Vec<bool>,
    shape: Shape,
    n_vocab: i32,
    computed: bool,
}

// The parameters of the crate are those of llama.cpp and nothing else.
const _: () = assert!(
    size_of::<LlamaContextParams>() == size_of::<llama_context_params>()
        && align_of::<LlamaContextParams>() == align_of::<llama_context_params>()
);

/// Sets what the crate has no setters for.
#[expect(unsafe_code, reason = "the crate has no setter for the abort callback")]
fn set_raw(params: &mut LlamaContextParams, stop: &Arc<Stop>, shape: &Shape) {
    let raw = std::ptr::from_mut(params).cast::<llama_context_params>();
    // SAFETY: the crate's type has this one as its only field; sizes are compared above, and the
    // version is pinned.
    let raw = unsafe { &mut *raw };
    raw.abort_callback = Some(should_stop);
    raw.abort_callback_data = Arc::as_ptr(stop).cast_mut().cast();
    if !shape.embeddings {
        // One row of logits for each sequence; otherwise there is room for one for each token.
        raw.n_outputs_max = shape.sequences;
    }
}

#[expect(
    unsafe_code,
    reason = "called by llama.cpp with the pointer that it was given"
)]
unsafe extern "C" fn should_stop(data: *mut c_void) -> bool {
    // SAFETY: it points into the `Arc` that lives as long as the context that computes.
    let stop = unsafe { &*data.cast_const().cast::<Stop>() };
    stop.is_due()
}

/// The limits under which llama.cpp makes a context or says why not.
fn check(shape: &Shape) -> Result<(), AiError> {
    let sizes = [
        ("sequences", shape.sequences, SEQUENCES_MAX),
        ("size", shape.tokens, CONTEXT_SIZE_MAX),
        ("batch", shape.batch, CONTEXT_SIZE_MAX),
        ("micro_batch", shape.micro_batch, shape.batch),
        ("threads", shape.threads, THREADS_MAX),
    ];
    for (name, value, max) in sizes {
        if value == 0 || value > max {
            let reason = format!("{value} is not between 1 and {max}");
            return Err(AiError::parameter(name, reason));
        }
    }
    Ok(())
}

impl<'m> Cells<'m> {
    /// Makes a context. Its memory is taken here, so it was looked for before.
    pub fn new(weights: &'m Weights, shape: Shape, closing: &CancelToken) -> Result<Self, AiError> {
        check(&shape)?;
        let cells = u64::from(shape.tokens) * u64::from(shape.sequences);
        let cells = u32::try_from(cells)
            .map_err(|_| AiError::parameter("size", format!("{cells} cells are too many")))?;
        let mut params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(cells))
            .with_n_batch(shape.batch)
            .with_n_ubatch(shape.micro_batch)
            .with_n_seq_max(shape.sequences)
            .with_kv_unified(shape.embeddings)
            .with_n_threads(shape.threads.cast_signed())
            .with_n_threads_batch(shape.threads.cast_signed())
            .with_embeddings(shape.embeddings)
            .with_no_perf(true);
        if shape.embeddings && !weights.has_pooling() {
            params = params.with_pooling_type(LlamaPoolingType::Mean);
        }
        let stop = Arc::new(Stop {
            closing: closing.clone(),
            wanted: Mutex::default(),
        });
        set_raw(&mut params, &stop, &shape);
        let backend = backend()?;
        let (context, why) = complaints(|| weights.model().new_context(backend, params));
        let context = context.map_err(|_| AiError::Inference(format!("no context: {why}")))?;
        let batch_max = context.n_batch().min(shape.batch);
        Ok(Self {
            batch: LlamaBatch::new(batch_max as usize, 1),
            outputs: Vec::with_capacity(batch_max as usize),
            stop,
            shape: Shape {
                batch: batch_max,
                ..shape
            },
            n_vocab: weights.n_vocab(),
            computed: false,
            weights,
            context,
        })
    }

    /// Its size, as it came out.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Begins a new batch.
    pub fn begin(&mut self) {
        self.batch.clear();
        self.outputs.clear();
        self.computed = false;
    }

    /// Tokens that the batch has room for.
    pub fn room(&self) -> usize {
        self.shape.batch as usize - self.outputs.len()
    }

    /// Adds a token to the batch and returns its row.
    pub fn add(&mut self, token: i32, at: usize, sequence: u32, output: bool) -> Option<usize> {
        let valid = (0..self.n_vocab).contains(&token)
            && sequence < self.shape.sequences
            && self.room() > 0;
        let position = i32::try_from(at).ok().filter(|_| valid)?;
        let sequences = [sequence.cast_signed()];
        self.batch
            .add(LlamaToken::new(token), position, &sequences, output)
            .ok()?;
        self.outputs.push(output);
        Some(self.outputs.len() - 1)
    }

    /// Computes the batch, by this thread `alone` or by all of the context; stops when all of
    /// `wanted` are cancelled.
    pub fn compute(&mut self, wanted: Vec<CancelToken>, alone: bool) -> Result<Step, AiError> {
        if self.outputs.is_empty() {
            return Ok(Step::Done);
        }
        compute_alone(alone);
        *self.stop.wanted.lock() = wanted;
        let (result, why) = complaints(|| self.context.decode(&mut self.batch));
        self.stop.wanted.lock().clear();
        match result {
            Ok(()) => {
                self.computed = true;
                Ok(Step::Done)
            }
            Err(DecodeError::NoKvCacheSlot) => Ok(Step::Full),
            Err(DecodeError::Unknown(2)) => Ok(Step::Stopped),
            Err(error) => Err(AiError::Inference(format!("{error}: {why}"))),
        }
    }

    /// The logits of a row, if it was to have some.
    pub fn logits(&self, row: usize) -> Option<&[f32]> {
        let is_output = self.computed && self.outputs.get(row) == Some(&true);
        let row = i32::try_from(row).ok().filter(|_| is_output)?;
        Some(self.context.get_logits_ith(row))
    }

    /// The vector of a sequence, as the model gives it.
    pub fn vector(&self, sequence: u32) -> Option<&[f32]> {
        let valid = self.computed && self.shape.embeddings && sequence < self.shape.sequences;
        let sequence = i32::try_from(sequence).ok().filter(|_| valid)?;
        self.context.embeddings_seq_ith(sequence).ok()
    }

    /// Tokens that a sequence has in the cache.
    pub fn held(&self, sequence: u32) -> usize {
        if sequence >= self.shape.sequences {
            return 0;
        }
        let last = self.context.kv_cache_seq_pos_max(sequence.cast_signed());
        usize::try_from(last + 1).unwrap_or_default()
    }

    /// Takes the tokens from `keep` on out of a sequence. False if the cache cannot do that.
    pub fn trim(&mut self, sequence: u32, keep: usize) -> bool {
        let Some(keep) = u32::try_from(keep)
            .ok()
            .filter(|_| sequence < self.shape.sequences)
        else {
            return false;
        };
        // All of it is always possible; a part is not for every model.
        let from = (keep > 0).then_some(keep);
        self.context
            .clear_kv_cache_seq(Some(sequence), from, None)
            .unwrap_or(false)
    }

    /// Copies all of a sequence over another one.
    pub fn copy(&mut self, from: u32, to: u32) -> bool {
        let valid = from < self.shape.sequences && to < self.shape.sequences && from != to;
        // A part of a sequence cannot be copied where each has its own cells.
        valid
            && self.trim(to, 0)
            && self
                .context
                .copy_kv_cache_seq(from.cast_signed(), to.cast_signed(), None, None)
                .is_ok()
    }

    /// Copies all of a sequence of another context of the same model over one of its own.
    #[expect(unsafe_code, reason = "llama.cpp trusts the bytes of a state")]
    pub fn copy_from(&mut self, other: &Cells<'_>, from: u32, to: u32) -> bool {
        if !std::ptr::eq(self.weights, other.weights) {
            return false;
        }
        let Some(state) = other.save(from) else {
            return false;
        };
        // SAFETY: the bytes are what `save` gave for the same model.
        unsafe { self.load(to, &state) && self.held(to) == other.held(from) }
    }

    /// Uses this adapter and no other from now on; with a scale of 0, not even this.
    pub fn adapt(&mut self, adapter: &mut LlamaLoraAdapter, scale: f32) -> Result<(), AiError> {
        self.context
            .lora_adapter_set(adapter, scale)
            .map_err(|error| AiError::Inference(format!("the adapter is refused: {error}")))
    }

    /// The state of a sequence.
    #[expect(
        unsafe_code,
        reason = "the crate's safe call keeps the bytes to itself"
    )]
    pub fn save(&self, sequence: u32) -> Option<Vec<u8>> {
        if sequence >= self.shape.sequences || self.held(sequence) == 0 {
            return None;
        }
        let (sequence, flags) = (sequence.cast_signed(), LlamaStateSeqFlags::empty());
        let size = self.context.state_seq_get_size_ext(sequence, flags);
        let mut bytes = vec![0; size];
        // SAFETY: there is room for as many bytes as llama.cpp says that it writes.
        let written = unsafe {
            self.context
                .state_seq_get_data_ext(bytes.as_mut_ptr(), sequence, flags)
        };
        (written == size).then_some(bytes)
    }

    /// Gives a sequence a state.
    ///
    /// # Safety
    /// The bytes are what [`save`](Self::save) gave for a model with the same fingerprint.
    #[expect(unsafe_code, reason = "llama.cpp trusts the bytes")]
    pub unsafe fn load(&mut self, sequence: u32, bytes: &[u8]) -> bool {
        if sequence >= self.shape.sequences || !self.trim(sequence, 0) {
            return false;
        }
        let flags = LlamaStateSeqFlags::empty();
        // SAFETY: the caller promises where the bytes are from; their length goes along.
        unsafe {
            self.context
                .state_seq_set_data_ext(bytes, sequence.cast_signed(), flags)
        }
    }
}
