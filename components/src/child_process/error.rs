//! What can go wrong with a child process.

use std::borrow::Cow;

use oro_engine::error::{ErrorCode, RouteError};
use oro_engine::id::Id;
use oro_engine::job::JobError;

/// What can go wrong with a child process. Codes are Node's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// The program cannot be run.
    #[error("spawn {program} {code}{}", reason.as_ref().map_or(String::new(), |it| format!(": {it}")))]
    Spawn {
        /// The program as it was given.
        program: String,
        /// The code, such as `ENOENT`.
        code: &'static str,
        /// The error number, negative as libuv gives it.
        errno: i32,
        /// What it is about, if it is not the program.
        reason: Option<String>,
        /// The arguments as they were given.
        args: Vec<String>,
    },
    /// The operating system refused.
    #[error("{syscall} {code}")]
    System {
        /// The call.
        syscall: &'static str,
        /// The code, such as `EPERM`.
        code: &'static str,
        /// The error number, negative as libuv gives it.
        errno: i32,
    },
    /// It was never started, or has ended, or belongs to another window.
    #[error("no child process has the id {0}")]
    NotFound(Id),
    /// The caller has a child of this id.
    #[error("a child process has the id {0} already")]
    IdTaken(Id),
    /// A parameter that cannot be understood.
    #[error("Invalid '{param}' given in parameters")]
    Invalid {
        /// The parameter.
        param: &'static str,
        /// Why.
        reason: String,
    },
    /// No program was named.
    #[error("Expecting 'args' in parameters")]
    NoProgram,
    /// As many children as the configuration allows.
    #[error("too many child processes: the limit is {max}")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// More input waits than the limit.
    #[error("write ENOBUFS: {waiting} bytes of input wait already")]
    Backlog {
        /// How many.
        waiting: usize,
    },
    /// The input, or the output that was asked for, is no pipe.
    #[error("'{0}' of the child process is not a pipe")]
    NoPipe(&'static str),
    /// The child reads no more.
    #[error("write EPIPE")]
    BrokenPipe,
    /// The input was ended.
    #[error("write after end")]
    Ended,
    /// The work did not run.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The caller's window is gone.
    #[error("The operation was aborted")]
    Aborted,
}

impl ErrorCode for ChildError {
    fn code(&self) -> Cow<'static, str> {
        match self {
            Self::Spawn { code, .. } | Self::System { code, .. } => (*code).into(),
            Self::NotFound(_) => "NOT_FOUND_ERR".into(),
            Self::IdTaken(_) | Self::Invalid { .. } | Self::NoProgram => "ERR_INVALID_ARG".into(),
            Self::TooMany { .. } => "EAGAIN".into(),
            Self::Backlog { .. } => "ENOBUFS".into(),
            Self::NoPipe(_) => "EBADF".into(),
            Self::BrokenPipe => "EPIPE".into(),
            Self::Ended => "ERR_STREAM_WRITE_AFTER_END".into(),
            Self::Job(error) => RouteError::from(error.clone()).code,
            Self::Aborted => "ABORT_ERR".into(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NotFoundError",
            Self::IdTaken(_) | Self::Invalid { .. } | Self::NoProgram => "TypeError",
            Self::TooMany { .. } => "QuotaExceededError",
            Self::Aborted => "AbortError",
            _ => "Error",
        }
    }

    fn details(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Spawn {
                program,
                errno,
                args,
                ..
            } => vec![
                ("errno", (*errno).into()),
                ("syscall", format!("spawn {program}").into()),
                ("path", program.as_str().into()),
                ("spawnargs", args.clone().into()),
            ],
            Self::System { syscall, errno, .. } => {
                vec![("errno", (*errno).into()), ("syscall", (*syscall).into())]
            }
            Self::Invalid { param, reason } => vec![
                ("param", (*param).into()),
                ("reason", reason.as_str().into()),
            ],
            Self::IdTaken(_) => vec![("param", "id".into())],
            Self::NoProgram => vec![("param", "args".into())],
            Self::BrokenPipe | Self::Backlog { .. } => vec![("syscall", "write".into())],
            _ => Vec::new(),
        }
    }
}
