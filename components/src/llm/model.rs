//! Models and adapters: how they are loaded and what is known of them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{AdapterId, ModelId};

/// Loads a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadModel {
    /// What it will be known by; [`Engine::model_id`] makes a fresh one.
    ///
    /// [`Engine::model_id`]: https://docs.rs/oro_ai
    pub id: ModelId,
    /// The file.
    pub path: PathBuf,
    /// Layers that run on the GPU.
    pub gpu_layers: u32,
}

/// What is known of a loaded model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The model.
    pub id: ModelId,
    /// The name that the file gives it; the file's stem if it gives none.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its kind of network, such as `llama`.
    pub architecture: String,
    /// Bytes of its weights.
    pub size_bytes: u64,
    /// Number of weights.
    pub n_params: u64,
    /// Number of tokens it knows.
    pub n_vocab: u32,
    /// Longest text that it was trained on, in tokens. A file may claim any number.
    pub n_ctx_train: u32,
    /// Size of a context if nobody asks for another: tokens of one sequence.
    pub n_ctx_default: u32,
    /// Length of its embeddings.
    pub n_embd: u32,
    /// Layers that run on the GPU.
    pub gpu_layers: u32,
    /// Its chat template, in Jinja.
    pub chat_template: Option<String>,
    /// Further chat templates by name.
    pub chat_templates: Vec<(String, String)>,
    /// Text of the token that begins a text.
    pub bos_token: Option<String>,
    /// Text of the token that ends a text.
    pub eos_token: Option<String>,
    /// Whether the model wants the former in front of every text.
    pub adds_bos: bool,
    /// Texts of tokens that have a meaning for the model, such as `<|im_start|>`; at most 4096.
    pub control_tokens: Vec<String>,
}

/// Loads an adapter for a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadAdapter {
    /// What it will be known by.
    pub id: AdapterId,
    /// The model that it is for.
    pub model: ModelId,
    /// The file.
    pub path: PathBuf,
}

/// What is known of a loaded adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdapterInfo {
    /// The adapter.
    pub id: AdapterId,
    /// The model that it is for.
    pub model: ModelId,
    /// The file's stem.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}
