//! The program that runs beside the application: its backend.

use std::borrow::Cow;

use bevy_ecs::prelude::*;
use oro_engine::error::ErrorCode;
use oro_engine::route::{Empty, Route};
use oro_engine::topic::{Target, Topic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::child_process::ChildError;

macro_rules! routes {
    ($($(#[$meta:meta])* $params:ident $name:literal $(control $control:literal)? -> $output:ty {
        $($(#[$field_meta:meta])* $field:ident: $ty:ty,)*
    })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $params {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        impl Route for $params {
            const NAME: &'static str = $name;
            const PERMISSION: Option<&'static str> = Some("child_process");
            $(const CONTROL: bool = $control;)?
            type Output = $output;
            type Error = BackendError;
        }
    )+};
}

routes! {
    /// Starts the program that the setting `cmd` names, if it does not run yet. It speaks in lines:
    /// see the event `process.message`.
    ProcessOpen "process.open" -> Backend {
        /// Ends the one that runs, and starts it anew.
        #[serde(default)]
        force: bool,
    }
    /// Writes a line to the program.
    ProcessWrite "process.write" -> Empty {
        /// The line, without its end.
        value: String,
    }
    /// Ends the program, and all that it has started.
    ProcessKill "process.kill" control true -> Empty {
    }
}

/// The program that runs beside the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Backend {
    /// The program.
    pub cmd: String,
    /// Its arguments.
    pub argv: Vec<String>,
    /// Its working directory.
    pub path: String,
    /// The number of its process.
    pub pid: u32,
}

/// The program wrote a line `ipc://send?event=NAME&value=VALUE`, which is an event for pages. With
/// `&index=N` only the window of that index hears it.
#[derive(Message, Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ProcessMessage {
    /// The name of the event.
    pub event: String,
    /// Its detail: what the value says as JSON, or the value itself if that is none.
    pub value: Value,
    /// Who hears it; `None` is every window.
    #[serde(skip)]
    pub window: Option<Entity>,
}

impl Topic for ProcessMessage {
    const NAME: &'static str = "process.message";

    fn target(&self) -> Target {
        self.window.map_or(Target::All, Target::Window)
    }
}

/// The program has ended.
#[derive(Message, Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProcessExit {
    /// What it ended with; null if a signal ended it.
    pub code: Option<i32>,
    /// The name of the signal that ended it, such as `SIGTERM`.
    pub signal: Option<String>,
}

impl Topic for ProcessExit {
    const NAME: &'static str = "process.exit";
}

/// What can go wrong with the backend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// The configuration names no program.
    #[error("the configuration names no backend: set 'cmd'")]
    NoCommand,
    /// It was not opened, or has ended.
    #[error("the backend is not running")]
    NotRunning,
    /// A line that would be several.
    #[error("Invalid 'value' given in parameters")]
    Line,
    /// It reads too slowly.
    #[error("write ENOBUFS: {waiting} bytes wait already")]
    Backlog {
        /// How many.
        waiting: usize,
    },
    /// It cannot be started.
    #[error(transparent)]
    Child(#[from] ChildError),
}

impl ErrorCode for BackendError {
    fn code(&self) -> Cow<'static, str> {
        match self {
            Self::NoCommand => "ERR_NO_BACKEND".into(),
            Self::NotRunning => "NOT_FOUND_ERR".into(),
            Self::Line => "ERR_INVALID_ARG".into(),
            Self::Backlog { .. } => "ENOBUFS".into(),
            Self::Child(error) => error.code(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NoCommand | Self::Backlog { .. } => "Error",
            Self::NotRunning => "NotFoundError",
            Self::Line => "TypeError",
            Self::Child(error) => error.kind(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Line => vec![
                ("param", "value".into()),
                ("reason", "a line has no end of a line inside".into()),
            ],
            Self::Child(error) => error.details(),
            _ => Vec::new(),
        }
    }
}
