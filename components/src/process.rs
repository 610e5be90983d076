//! The process and the application's own view of it: working directory, environment, and the
//! program beside it.

mod backend;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use bevy_ecs::prelude::Resource;
use oro_engine::error::{ErrorCode, Infallible};
use oro_engine::route::{Empty, Route};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

pub use backend::*;

/// The directory that relative paths of pages count from. Clones share it.
///
/// It belongs to the application: the process's own working directory, which other code of an
/// embedding program relies on, stays as it is. An empty path means the process's own.
#[derive(Resource, Clone, Debug, Default)]
pub struct WorkingDirectory(Arc<RwLock<PathBuf>>);

impl WorkingDirectory {
    /// The directory at this moment.
    #[must_use]
    pub fn get(&self) -> PathBuf {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the directory, for all clones.
    pub fn set(&self, path: PathBuf) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = path;
    }

    /// The path as it counts from this directory; absolute paths stay as they are.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .join(path)
    }
}

/// The variables that pages see and that child processes inherit.
///
/// It starts as a copy of the process's environment. Changes stay here, because changing the
/// process's own environment while other threads may read it is not sound.
#[derive(Resource, Clone, Debug, Default)]
pub struct Environment(pub BTreeMap<String, String>);

/// The value of an environment variable.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessEnvGet {
    /// The variable's name.
    pub key: String,
}

impl Route for ProcessEnvGet {
    const NAME: &'static str = "process.env.get";
    const CONTROL: bool = true;
    type Output = Variable;
    type Error = Infallible;
}

/// Sets an environment variable of the application and of its future child processes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessEnvSet {
    /// The variable's name.
    pub key: String,
    /// Its value; null removes it.
    #[serde(deserialize_with = "nullable")]
    pub value: Option<String>,
}

impl Route for ProcessEnvSet {
    const NAME: &'static str = "process.env.set";
    const CONTROL: bool = true;
    type Output = Variable;
    type Error = ProcessError;
}

/// With a function of its own the member must be given, though it may be null.
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// An environment variable.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Variable {
    /// Its name.
    pub key: String,
    /// Its value; null if there is no such variable.
    pub value: Option<String>,
}

/// The process that runs the application.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessInfo {}

impl Route for ProcessInfo {
    const NAME: &'static str = "process.info";
    const CONTROL: bool = true;
    type Output = Process;
    type Error = Infallible;
}

/// What is known of the process.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The number of the process that started it.
    pub ppid: u32,
    /// The words that it was started with.
    pub argv: Vec<String>,
    /// The path of its program.
    pub exec_path: String,
    /// The application's working directory.
    pub cwd: String,
    /// The processor architecture, as Node names it.
    pub arch: &'static str,
    /// The operating system, as Node names it.
    pub platform: &'static str,
    /// Versions of the runtime and its parts.
    pub versions: BTreeMap<&'static str, String>,
    /// Time since the start of the runtime, in seconds.
    pub uptime: f64,
}

/// Sets the application's working directory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetWorkingDirectory {
    /// The directory; a relative path counts from the present one.
    pub value: String,
}

impl Route for SetWorkingDirectory {
    const NAME: &'static str = "internal.setcwd";
    type Output = Empty;
    type Error = ProcessError;
}

/// What can go wrong with the process's surroundings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The directory cannot be entered.
    #[error("{code}: {reason}, chdir '{path}'")]
    Directory {
        /// The code as Node spells it.
        code: &'static str,
        /// What it means.
        reason: &'static str,
        /// The error number, negative.
        errno: i32,
        /// The path that was given.
        path: String,
    },
    /// A variable cannot have this name or value.
    #[error("an environment variable cannot have this {0}")]
    Variable(&'static str),
}

impl ErrorCode for ProcessError {
    fn code(&self) -> Cow<'static, str> {
        match self {
            Self::Directory { code, .. } => (*code).into(),
            Self::Variable(_) => "ERR_INVALID_ARG_VALUE".into(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Directory { .. } => "Error",
            Self::Variable(_) => "TypeError",
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Directory { errno, path, .. } => vec![
                ("errno", (*errno).into()),
                ("syscall", "chdir".into()),
                ("path", path.as_str().into()),
            ],
            Self::Variable(param) => vec![("param", (*param).into())],
        }
    }
}
