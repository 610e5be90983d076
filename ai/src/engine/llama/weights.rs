//! A loaded model: its vocabulary, what it tells of itself, and its adapters.

use std::mem::ManuallyDrop;
use std::path::Path;

use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::token::LlamaToken;
use llama_cpp_sys_2::llama_adapter_lora_free;
use oro_components::llm::{AiError, ModelId, ModelInfo};
use oro_engine::cancel::CancelToken;

use super::backend::{backend, complaints};
use super::text::Controls;

/// Texts of control tokens that are told to the application.
const CONTROLS_TOLD_MAX: usize = 4096;
/// Chat templates by name that are told to the application.
const TEMPLATES_MAX: usize = 64;

/// A loaded model. It is shared by the thread that computes and the one that reads text.
pub(crate) struct Weights {
    model: LlamaModel,
    n_vocab: i32,
    controls: Controls,
    ends: Vec<i32>,
    has_vocabulary: bool,
}

impl Weights {
    /// Loads a model. The file was checked and tried before. `progress` hears how much of it is
    /// read, from 0 to 1, each time that it is a hundredth more.
    pub fn load(
        path: &Path,
        gpu_layers: u32,
        closing: &CancelToken,
        mut progress: impl FnMut(f32) + 'static,
    ) -> Result<Self, AiError> {
        let invalid = |reason: String| AiError::InvalidModel {
            path: path.display().to_string(),
            reason,
        };
        let backend = backend()?;
        // Asserted by the crate in debug builds.
        if !path.is_file() {
            return Err(invalid("no such file".to_owned()));
        }
        let closing = closing.clone();
        let mut told = None;
        let read = move |share: f32| {
            let hundredth = (share * 100.0) as u8;
            if told < Some(hundredth) {
                told = Some(hundredth);
                progress(share);
            }
            !closing.is_cancelled()
        };
        let params = LlamaModelParams::default()
            .with_n_gpu_layers(gpu_layers)
            // Read, and not mapped: a file that is cut off or written to while it is in use would
            // end the process, and prompts are computed 3 % slower.
            .with_use_mmap(false)
            .with_progress_callback(read);
        let (model, why) = complaints(|| LlamaModel::load_from_file(backend, path, &params));
        let model = model.map_err(|error| {
            invalid(if why.is_empty() {
                error.to_string()
            } else {
                why
            })
        })?;
        let n_vocab = model.vocab().n_tokens();
        let controls = Controls::of(&model);
        let vocab = model.vocab();
        let ends = vocab.tokens().filter(|token| vocab.is_eog(*token));
        let ends = ends.map(|token| token.0).collect();
        Ok(Self {
            has_vocabulary: model
                .meta_val_str("tokenizer.ggml.model")
                .is_ok_and(|it| it != "none"),
            n_vocab,
            controls,
            ends,
            model,
        })
    }

    pub(super) fn model(&self) -> &LlamaModel {
        &self.model
    }

    pub(super) fn controls(&self) -> &Controls {
        &self.controls
    }

    /// Number of tokens that the model knows.
    pub fn n_vocab(&self) -> i32 {
        self.n_vocab
    }

    /// Whether it can read text at all.
    pub fn has_vocabulary(&self) -> bool {
        self.has_vocabulary && self.n_vocab > 0
    }

    /// Whether the file says how vectors of tokens become one of a text.
    pub(super) fn has_pooling(&self) -> bool {
        self.number("pooling_type").is_some_and(|kind| kind > 0)
    }

    /// Whether it makes vectors of texts and cannot go on with one.
    pub fn makes_vectors_only(&self) -> bool {
        let is_causal = self.describe("attention.causal");
        is_causal.as_deref() == Some("false") || self.describe("encoder.block_count").is_some()
    }

    /// Whether a part of a sequence can be taken out of its cache.
    pub fn can_trim(&self) -> bool {
        !self.model.is_recurrent() && !self.model.is_hybrid()
    }

    /// A number of the file's description of the network.
    fn number(&self, name: &str) -> Option<u64> {
        self.describe(name)?.parse().ok()
    }

    fn describe(&self, name: &str) -> Option<String> {
        let architecture = self.text("general.architecture")?;
        self.text(&format!("{architecture}.{name}"))
    }

    fn text(&self, key: &str) -> Option<String> {
        self.model
            .meta_val_str(key)
            .ok()
            .filter(|text| !text.is_empty())
    }

    /// What tells models apart: all that the file says of itself, and its size.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        hash.update(&self.model.size().to_le_bytes());
        hash.update(&self.model.n_params().to_le_bytes());
        for at in 0..self.model.meta_count() {
            for text in [
                self.model.meta_key_by_index(at),
                self.model.meta_val_str_by_index(at),
            ] {
                let text = text.unwrap_or_default();
                hash.update(&(text.len() as u64).to_le_bytes());
                hash.update(text.as_bytes());
            }
        }
        *hash.finalize().as_bytes()
    }

    /// Longest text that the model was trained on.
    pub fn n_ctx_train(&self) -> u32 {
        self.model.n_ctx_train()
    }

    /// Bytes of the cache for one token, in all layers.
    pub fn cache_bytes(&self) -> u64 {
        let heads = u64::from(self.model.n_head_kv().max(1));
        let width = u64::try_from(self.model.n_embd()).unwrap_or_default();
        let head = width / u64::from(self.model.n_head().max(1));
        let key = self.number("attention.key_length").unwrap_or(head);
        let value = self.number("attention.value_length").unwrap_or(head);
        u64::from(self.model.n_layer()) * heads * (key + value) * 2
    }

    /// Bytes that are computed with for one token of a batch, roughly: activations, and attention
    /// over `tokens` others.
    pub fn row_bytes(&self, tokens: u32) -> u64 {
        let width = u64::try_from(self.model.n_embd()).unwrap_or_default();
        let hidden = self.number("feed_forward_length").unwrap_or(4 * width);
        let attention = u64::from(self.model.n_head()) * u64::from(tokens);
        4 * (8 * width + 3 * hidden + attention)
    }

    /// Whether a token ends a text.
    pub fn is_end(&self, token: i32) -> bool {
        self.ends.binary_search(&token).is_ok()
    }

    /// The tokens that end a text, in their order.
    pub fn ends(&self) -> &[i32] {
        &self.ends
    }

    /// Whether there is such a token.
    pub fn has(&self, token: i32) -> bool {
        (0..self.n_vocab).contains(&token)
    }

    /// The bytes of a token; those of control tokens only if `special`.
    pub fn piece(&self, token: i32, special: bool) -> Vec<u8> {
        if !self.has(token) {
            return Vec::new();
        }
        let token = LlamaToken::new(token);
        self.model.vocab().token_to_piece(token, special, None)
    }

    /// The first token of a text, if the model wants one.
    pub fn first_token(&self) -> Option<i32> {
        let vocab = self.model.vocab();
        let first = vocab.bos().0;
        (vocab.should_add_bos() && self.has(first)).then_some(first)
    }

    /// The last token of a text, if the model wants one.
    pub(super) fn last_token(&self) -> Option<i32> {
        let vocab = self.model.vocab();
        let last = vocab.eos().0;
        (vocab.should_add_eos() && self.has(last)).then_some(last)
    }

    /// What the model tells of itself.
    pub fn info(&self, id: ModelId, path: &Path, gpu_layers: u32, n_ctx_default: u32) -> ModelInfo {
        let vocab = self.model.vocab();
        let control = |token: LlamaToken| {
            let bytes = self.piece(token.0, true);
            String::from_utf8(bytes)
                .ok()
                .filter(|text| !text.is_empty())
        };
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        ModelInfo {
            id,
            name: self
                .text("general.name")
                .unwrap_or_else(|| stem.into_owned()),
            path: path.to_owned(),
            architecture: self.text("general.architecture").unwrap_or_default(),
            size_bytes: self.model.size(),
            n_params: self.model.n_params(),
            n_vocab: self.n_vocab.unsigned_abs(),
            n_ctx_train: self.model.n_ctx_train(),
            n_ctx_default,
            n_embd: self.model.n_embd_out().unsigned_abs(),
            gpu_layers,
            chat_template: self.text("tokenizer.chat_template"),
            chat_templates: self.chat_templates(),
            bos_token: control(vocab.bos()),
            eos_token: control(vocab.eos()),
            adds_bos: vocab.should_add_bos(),
            control_tokens: self.controls.texts(CONTROLS_TOLD_MAX),
        }
    }

    fn chat_templates(&self) -> Vec<(String, String)> {
        const PREFIX: &str = "tokenizer.chat_template.";
        let keys = (0..self.model.meta_count()).filter_map(|at| {
            let key = self.model.meta_key_by_index(at).ok()?;
            let name = key.strip_prefix(PREFIX)?.to_owned();
            Some((name, self.text(&key)?))
        });
        keys.take(TEMPLATES_MAX).collect()
    }

    /// Loads an adapter.
    ///
    /// Only for the thread that computes with this model, between two steps.
    #[expect(
        unsafe_code,
        reason = "the crate wants the model for itself, which llama.cpp does not"
    )]
    pub fn adapter(&self, path: &Path) -> Result<LoadedAdapter, AiError> {
        let invalid = |reason: String| AiError::InvalidAdapter {
            path: path.display().to_string(),
            reason,
        };
        if !path.is_file() {
            return Err(invalid("no such file".to_owned()));
        }
        // SAFETY: a second handle of the same model, which is never dropped. llama.cpp notes the
        // adapter in a list that only this thread reads.
        let mut model = ManuallyDrop::new(unsafe { std::ptr::read(&raw const self.model) });
        let (adapter, why) = complaints(|| model.lora_adapter_init(path));
        let stem = path.file_stem().unwrap_or_default();
        let name = stem.to_string_lossy().into_owned();
        adapter
            .map(|adapter| LoadedAdapter { adapter, name })
            .map_err(|error| {
                invalid(if why.is_empty() {
                    error.to_string()
                } else {
                    why
                })
            })
    }
}

/// An adapter of a model. It must not outlive the [`Weights`], nor the use of it by contexts.
pub(crate) struct LoadedAdapter {
    pub adapter: LlamaLoraAdapter,
    /// The file's stem.
    pub name: String,
}

impl Drop for LoadedAdapter {
    #[expect(unsafe_code, reason = "the crate frees adapters with their model only")]
    fn drop(&mut self) {
        // SAFETY: the crate's type is a pointer and nothing else (`repr(transparent)`), and does
        // not free it. No context uses it any more: see `Model::forget_adapter`.
        unsafe {
            let adapter = std::ptr::from_mut(&mut self.adapter)
                .cast::<*mut llama_cpp_sys_2::llama_adapter_lora>()
                .read();
            llama_adapter_lora_free(adapter);
        }
    }
}
