//! Parameters and results of the routes.
//!
//! A page names its children itself, by random ids; an id of one window means nothing to another.

use std::collections::BTreeMap;

use oro_engine::bytes::Bytes;
use oro_engine::id::Id;
use oro_engine::route::{Empty, Route};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChildError, Stdio};

/// What separates words where they travel as one text.
const SEPARATOR: char = '\u{1}';

/// The program and its arguments: a list, or one text with U+0001 between them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Words {
    /// Each word as it is.
    List(Vec<String>),
    /// Words with U+0001 between them.
    Text(String),
}

impl Words {
    /// The words.
    #[must_use]
    pub fn into_list(self) -> Vec<String> {
        match self {
            Self::List(words) => words,
            Self::Text(text) => text.split(SEPARATOR).map(str::to_owned).collect(),
        }
    }
}

/// An environment: names and values, or one text of `NAME=value` with U+0001 between them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Variables {
    /// Values by their names.
    Map(BTreeMap<String, String>),
    /// `NAME=value` with U+0001 between them.
    Text(String),
}

impl Variables {
    /// Names and values. An entry without `=` is the name of an empty value.
    #[must_use]
    pub fn into_pairs(self) -> Vec<(String, String)> {
        match self {
            Self::Map(map) => map.into_iter().collect(),
            Self::Text(text) => text
                .split(SEPARATOR)
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }
}

/// A signal, by its number or by its name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SignalWord {
    /// Its number.
    Number(i32),
    /// Its name, such as `SIGTERM`, or its number in digits.
    Name(String),
}

macro_rules! routes {
    ($(
        $(#[$meta:meta])*
        $params:ident $name:literal $(body $body:literal)? $(control $control:literal)?
        -> $output:ty {
            $($(#[$field_meta:meta])* $field:ident: $ty:ty,)*
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $params {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        impl Route for $params {
            const NAME: &'static str = $name;
            const PERMISSION: Option<&'static str> = Some("child_process");
            $(const BODY: bool = $body;)?
            $(const CONTROL: bool = $control;)?
            type Output = $output;
            type Error = ChildError;
        }
    )+};
}

routes! {
    /// Starts a child process; the event `child_process.exit` tells of its end. It is forgotten
    /// when its outputs were read to their end as well, or closed.
    ChildSpawn "child_process.spawn" -> ChildSpawned {
        /// The child, for the other calls; random unless given.
        id: Option<Id>,
        /// The program and its arguments.
        args: Words,
        /// What the program sees as its own name.
        argv0: Option<String>,
        /// Its working directory; the application's unless given.
        cwd: Option<String>,
        /// Its whole environment; the application's unless given.
        env: Option<Variables>,
        /// Where its input comes from.
        #[serde(default)]
        stdin: Stdio,
        /// Where its output goes.
        #[serde(default)]
        stdout: Stdio,
        /// Where its errors go.
        #[serde(default)]
        stderr: Stdio,
        /// It is in a session of its own and outlives the window and the application.
        #[serde(default)]
        detached: bool,
        /// The user that it runs as.
        uid: Option<u32>,
        /// The group that it runs as.
        gid: Option<u32>,
        /// Milliseconds that it may run; 0 is no limit.
        timeout: Option<f64>,
        /// The signal that ends it then; `SIGTERM` unless given.
        kill_signal: Option<SignalWord>,
    }
    /// Runs a program to its end. The body is its input. The answer is a frame: 4 bytes with the
    /// length of a JSON object (little-endian), the object (`pid`, `code`, `signal`, `stdout` and
    /// `stderr` with their lengths, `timedOut`, `overflow` with the output that was too long), the
    /// bytes of the output, the bytes of the errors.
    ChildExec "child_process.exec" body true -> Bytes {
        /// The program and its arguments.
        args: Words,
        /// What the program sees as its own name.
        argv0: Option<String>,
        /// Its working directory; the application's unless given.
        cwd: Option<String>,
        /// Its whole environment; the application's unless given.
        env: Option<Variables>,
        /// Where its output goes: to the answer unless given.
        #[serde(default)]
        stdout: Stdio,
        /// Where its errors go: to the answer unless given.
        #[serde(default)]
        stderr: Stdio,
        /// The user that it runs as.
        uid: Option<u32>,
        /// The group that it runs as.
        gid: Option<u32>,
        /// Milliseconds that it may run; 0 is no limit.
        timeout: Option<f64>,
        /// The signal that ends it when its time is over or it writes too much; `SIGTERM` unless
        /// given.
        kill_signal: Option<SignalWord>,
        /// Most bytes of output, and of errors; 1 MiB unless given.
        max_buffer: Option<f64>,
    }
    /// Takes what a child has written: waits until there is something. No bytes: that was
    /// all.
    ChildRead "child_process.read" -> Bytes {
        /// The child.
        id: Id,
        /// 1 is its output, 2 its errors.
        fd: u8,
        /// Most bytes to take; all that there are unless given.
        max: Option<usize>,
    }
    /// Writes the body to the input of a child. Answers when the child's pipe has taken all.
    ChildWrite "child_process.write" body true -> Empty {
        /// The child.
        id: Id,
        /// The input ends after these bytes.
        #[serde(default)]
        end: bool,
    }
    /// Closes the input or an output of a child. A child that writes to a closed output gets
    /// `SIGPIPE`.
    ChildClose "child_process.close" -> Empty {
        /// The child.
        id: Id,
        /// 0 is its input, 1 its output, 2 its errors.
        fd: u8,
    }
    /// Sends a signal to a child and its process group.
    ChildKill "child_process.kill" control true -> Empty {
        /// The child.
        id: Id,
        /// The signal; `SIGTERM` unless given. 0 only asks whether it runs.
        signal: Option<SignalWord>,
    }
}

/// A child process that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChildSpawned {
    /// The child.
    pub id: Id,
    /// The number of its process.
    pub pid: u32,
}

/// What the frame of `child_process.exec` begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildResult {
    /// The number of its process.
    pub pid: u32,
    /// What it ended with; null if a signal ended it.
    pub code: Option<i32>,
    /// The name of the signal that ended it.
    pub signal: Option<String>,
    /// Bytes of output.
    pub stdout: usize,
    /// Bytes of errors.
    pub stderr: usize,
    /// Its time was over.
    pub timed_out: bool,
    /// `stdout` or `stderr`: what was longer than allowed.
    pub overflow: Option<String>,
}
