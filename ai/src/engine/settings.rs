//! Limits and sizes of the engine.

use std::path::PathBuf;
use std::time::Duration;

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::settings::AiSettings;

/// The program that serves as the worker process: it must call
/// [`worker_main`](super::worker_main) and nothing else. Where this resource is missing, models
/// run in this process.
#[derive(Resource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerProgram {
    /// The program; most often the running one.
    pub program: PathBuf,
    /// Its first arguments, such as a hidden subcommand.
    pub args: Vec<String>,
}

impl WorkerProgram {
    /// The program that runs now, called with other arguments.
    ///
    /// # Errors
    /// If the system does not tell which program that is.
    pub fn running(args: &[&str]) -> std::io::Result<Self> {
        Ok(Self {
            program: std::env::current_exe()?,
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        })
    }
}

/// Limits and sizes of an [`Engine`](super::Engine). They travel to the worker process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineSettings {
    /// Generations that run at once, of all models.
    pub running_max: u32,
    /// Generations that wait for a place, of all models.
    pub waiting_max: u32,
    /// Requests of all kinds that are not answered yet.
    pub requests_max: u32,
    /// Contexts that are kept warm for each model and size; 0 frees a context that nobody uses.
    pub pool_capacity: u32,
    /// Threads that compute; `None` is the number of cores.
    pub threads: Option<u32>,
    /// Tokens that are evaluated in one batch; `None` is our choice.
    pub batch: Option<u32>,
    /// Tokens that are evaluated in one physical batch; `None` is our choice.
    pub micro_batch: Option<u32>,
    /// Bytes of a prompt, of a state or of a schema: nothing larger is taken.
    pub prompt_max_bytes: u64,
    /// Bytes of memory that may be used for models and contexts; `None` is what is free.
    pub memory_max_bytes: Option<u64>,
    /// The least time between two log lines about clearing a key-value cache; `None` logs none.
    pub kv_log_interval: Option<Duration>,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            running_max: 4,
            waiting_max: 16,
            requests_max: 4096,
            pool_capacity: 1,
            threads: None,
            batch: None,
            micro_batch: None,
            prompt_max_bytes: 16 << 20,
            memory_max_bytes: None,
            kv_log_interval: None,
        }
    }
}

impl EngineSettings {
    /// Threads that compute.
    pub(super) fn threads_or_cores(&self) -> u32 {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads
            .unwrap_or_else(|| u32::try_from(cores()).unwrap_or(1))
            .max(1)
    }

    /// The part of the settings that is the engine's: four times as many generations wait as run.
    #[must_use]
    pub fn from_ai(settings: &AiSettings) -> Self {
        Self {
            running_max: settings.limits.concurrency,
            waiting_max: settings.limits.concurrency.saturating_mul(4),
            pool_capacity: settings.backend.pool_capacity,
            threads: settings.backend.threads,
            batch: settings.backend.batch,
            micro_batch: settings.backend.micro_batch,
            kv_log_interval: settings.debug.kv_log_interval,
            ..Self::default()
        }
    }
}
