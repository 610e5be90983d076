//! The inference engine: language models behind one handle that never waits.
//!
//! [`Engine`] is that handle. What it is asked goes to a place: a worker process of its own, or
//! threads of this one; answers come back on a thread of the engine, as callbacks that must be
//! short. Programs with a World use the entities of [`oro_components::llm`] instead, and [`Answers`]
//! for what is no entity.

mod files;
pub mod gguf;
mod glue;
mod handle;
mod llama;
mod local;
mod output;
mod pending;
mod place;
mod protocol;
mod sampler;
mod settings;
#[cfg(target_os = "linux")]
mod worker;

pub use glue::{Answers, GluePlugin};
pub use handle::{Engine, Generation};
pub use settings::{EngineSettings, WorkerProgram};
#[cfg(target_os = "linux")]
pub use worker::worker_main;
