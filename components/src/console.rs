//! Standard output and standard error of the process.

use std::borrow::Cow;

use oro_engine::error::ErrorCode;
use oro_engine::job::JobError;
use oro_engine::route::{Empty, Route};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Writes a line to standard error.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The line, without its end.
    pub value: String,
}

impl Route for Log {
    const NAME: &'static str = "log";
    const CONTROL: bool = true;
    type Output = Empty;
    type Error = ConsoleError;
}

/// Writes to standard output, exactly what is given: a text, or else the request's body. Answers
/// when it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stdout {
    /// The text. No end of line is added.
    pub value: Option<String>,
}

impl Route for Stdout {
    const NAME: &'static str = "stdout";
    const BODY: bool = true;
    const CONTROL: bool = true;
    type Output = Empty;
    type Error = ConsoleError;
}

/// Writes to standard error, exactly what is given: a text, or else the request's body. Answers
/// when it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stderr {
    /// The text. No end of line is added.
    pub value: Option<String>,
    /// Only where the configuration asks for debug output.
    #[serde(default)]
    pub debug: bool,
}

impl Route for Stderr {
    const NAME: &'static str = "stderr";
    const BODY: bool = true;
    const CONTROL: bool = true;
    type Output = Empty;
    type Error = ConsoleError;
}

/// What can go wrong with output.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConsoleError {
    /// Neither a text nor a body.
    #[error("Expecting 'value' in parameters")]
    Missing,
    /// What reads the output does not keep up.
    #[error("too much output waits: the limit is {0} bytes")]
    Full(usize),
    /// The system refused.
    #[error("{code}: {reason}, write")]
    Write {
        /// The code as Node spells it; `EPIPE` if nobody reads any more.
        code: &'static str,
        /// What it means.
        reason: &'static str,
        /// The error number, negative.
        errno: i32,
    },
    /// The job had no result.
    #[error(transparent)]
    Job(#[from] JobError),
}

impl ErrorCode for ConsoleError {
    fn code(&self) -> Cow<'static, str> {
        match self {
            Self::Missing => "ERR_INVALID_ARG",
            Self::Full(_) | Self::Job(JobError::Busy(_)) => "EAGAIN",
            Self::Write { code, .. } => code,
            Self::Job(JobError::Closed) => "ABORT_ERR",
            Self::Job(JobError::Panicked(_)) => "ERR_INTERNAL",
        }
        .into()
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "TypeError",
            Self::Full(_) | Self::Job(JobError::Busy(_)) => "QuotaExceededError",
            Self::Write { .. } => "Error",
            Self::Job(JobError::Closed) => "AbortError",
            Self::Job(JobError::Panicked(_)) => "InternalError",
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Missing => vec![("param", "value".into())],
            Self::Write { errno, .. } => {
                vec![("errno", (*errno).into()), ("syscall", "write".into())]
            }
            _ => Vec::new(),
        }
    }
}
