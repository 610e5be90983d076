//! What can go wrong with files.

use std::borrow::Cow;

use oro_engine::error::ErrorCode;
use oro_engine::job::JobError;
use serde_json::{Value, json};

/// The error of every `fs` route.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FsError {
    /// The operating system refused.
    #[error("{code}: {reason}, {syscall}{}", places(.path, .dest))]
    Os {
        /// The code as Node spells it, such as `ENOENT`.
        code: &'static str,
        /// The error number, negative as libuv gives it.
        errno: i32,
        /// What the code means, in libuv's words.
        reason: &'static str,
        /// The operation, in libuv's words.
        syscall: &'static str,
        /// The path that it was about, as the caller gave it.
        path: Option<String>,
        /// The second path of operations that take two.
        dest: Option<String>,
    },
    /// The path is outside of what the caller may reach.
    #[error("EACCES: outside of what the application may reach, {syscall} '{path}'")]
    Outside {
        /// The number of `EACCES`, negative as libuv gives it.
        errno: i32,
        /// The operation, in libuv's words.
        syscall: &'static str,
        /// The path, as the caller gave it.
        path: String,
    },
    /// No file or directory is open under this id.
    #[error("no file or directory is open with the id {0}")]
    NotOpen(u64),
    /// The caller chose an id that is taken.
    #[error("a file or directory is open with the id {0} already")]
    IdTaken(u64),
    /// No watcher has this id.
    #[error("no watcher has the id {0}")]
    NotWatching(u64),
    /// The caller chose the id of another watcher.
    #[error("a watcher has the id {0} already")]
    WatcherIdTaken(u64),
    /// As many watchers as may be are there already.
    #[error("too many watchers: the limit is {0}")]
    TooManyWatchers(usize),
    /// The id is a directory's where a file's is needed, or the reverse.
    #[error("the id {id} is not that of a {wanted}")]
    WrongKind {
        /// The id.
        id: u64,
        /// What was needed: `file` or `directory`.
        wanted: &'static str,
    },
    /// A path holds a zero byte.
    #[error("the path must not contain null bytes")]
    NullByte(String),
    /// A number is outside of its limits.
    #[error("'{param}' must be from {min} to {max}, not {value}")]
    OutOfRange {
        /// The parameter.
        param: &'static str,
        /// What was given.
        value: String,
        /// The least that is accepted.
        min: i64,
        /// The most that is accepted.
        max: i64,
    },
    /// A file is larger than one answer may be.
    #[error("the file has {size} bytes; the limit of one answer is {max}")]
    TooLarge {
        /// The file's size in bytes.
        size: u64,
        /// The limit in bytes.
        max: u64,
    },
    /// A copy or removal that the kinds of the two ends do not allow.
    #[error("{message}: {path}")]
    Refused {
        /// Node's code, such as `ERR_FS_EISDIR`.
        code: &'static str,
        /// Why.
        message: &'static str,
        /// The path that it is about.
        path: String,
    },
    /// The caller left before the operation was done.
    #[error("The operation was aborted")]
    Aborted,
    /// The job had no result.
    #[error(transparent)]
    Job(#[from] JobError),
}

fn places(path: &Option<String>, dest: &Option<String>) -> String {
    let quoted = |path: &Option<String>| path.as_ref().map(|path| format!("'{path}'"));
    match (quoted(path), quoted(dest)) {
        (Some(path), Some(dest)) => format!(" {path} -> {dest}"),
        (Some(path), None) => format!(" {path}"),
        _ => String::new(),
    }
}

impl ErrorCode for FsError {
    fn code(&self) -> Cow<'static, str> {
        match self {
            Self::Os { code, .. } | Self::Refused { code, .. } => code,
            Self::Outside { .. } => "EACCES",
            Self::NotOpen(_) | Self::NotWatching(_) => "ENOTOPEN",
            Self::IdTaken(_) | Self::WatcherIdTaken(_) => "ERR_ID_TAKEN",
            Self::TooManyWatchers(_) => "EMFILE",
            Self::WrongKind { wanted: "file", .. } => "EISDIR",
            Self::WrongKind { .. } => "ENOTDIR",
            Self::NullByte(_) => "ERR_INVALID_ARG_VALUE",
            Self::OutOfRange { .. } => "ERR_OUT_OF_RANGE",
            Self::TooLarge { .. } => "ERR_FS_FILE_TOO_LARGE",
            Self::Aborted | Self::Job(JobError::Closed) => "ABORT_ERR",
            Self::Job(JobError::Busy(_)) => "EAGAIN",
            Self::Job(JobError::Panicked(_)) => "ERR_INTERNAL",
        }
        .into()
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Outside { .. } => "SecurityError",
            Self::NotOpen(_) | Self::NotWatching(_) => "NotFoundError",
            Self::IdTaken(_) | Self::WatcherIdTaken(_) => "InvalidStateError",
            Self::TooManyWatchers(_) => "QuotaExceededError",
            Self::NullByte(_) => "TypeError",
            Self::OutOfRange { .. } | Self::TooLarge { .. } => "RangeError",
            Self::Aborted | Self::Job(JobError::Closed) => "AbortError",
            Self::Job(JobError::Busy(_)) => "QuotaExceededError",
            Self::Job(JobError::Panicked(_)) => "InternalError",
            Self::Os { .. } | Self::WrongKind { .. } | Self::Refused { .. } => "Error",
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Os {
                errno,
                syscall,
                path,
                dest,
                ..
            } => {
                let mut details = vec![("errno", json!(errno)), ("syscall", json!(syscall))];
                details.extend(path.as_ref().map(|path| ("path", json!(path))));
                details.extend(dest.as_ref().map(|dest| ("dest", json!(dest))));
                details
            }
            Self::Outside {
                errno,
                syscall,
                path,
            } => vec![
                ("errno", json!(errno)),
                ("syscall", json!(syscall)),
                ("path", json!(path)),
            ],
            Self::NotOpen(id)
            | Self::NotWatching(id)
            | Self::IdTaken(id)
            | Self::WatcherIdTaken(id)
            | Self::WrongKind { id, .. } => {
                vec![("id", json!(id.to_string()))]
            }
            Self::NullByte(path) | Self::Refused { path, .. } => vec![("path", json!(path))],
            Self::OutOfRange { param, .. } => vec![("param", json!(param))],
            _ => Vec::new(),
        }
    }
}
