//! Child processes: entities that run a program, and the routes by which pages use them.

mod error;
mod route;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use bevy_ecs::prelude::*;
use bytes::BytesMut;
use oro_engine::id::Id;
use oro_engine::topic::{Target, Topic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use error::ChildError;
pub use route::*;

/// A program to run as a child process. Inserting it starts the child; removing it, or despawning
/// its entity, kills the child and all that it started in its process group.
///
/// [`ChildStarted`] is triggered on the entity when the program runs, [`ChildFailed`] if it cannot
/// be started, and [`ChildExited`] at its end. Children that are not [`detached`](Self::detached)
/// end with the application, however that ends.
#[derive(Component, Clone, Debug)]
#[component(immutable)]
#[require(ChildInput, ChildOutput)]
pub struct ChildProcess {
    /// The program: a path, or a name that is looked for in `PATH`. No shell is involved.
    pub program: OsString,
    /// Its arguments, each as it is.
    pub args: Vec<OsString>,
    /// What the program sees as its own name; `program` unless given.
    pub argv0: Option<OsString>,
    /// Its working directory, which counts from the application's; the same unless given.
    pub cwd: Option<PathBuf>,
    /// Its whole environment; the application's unless given.
    pub env: Option<Vec<(OsString, OsString)>>,
    /// Where its standard input, output and errors lead.
    pub stdio: [Stdio; 3],
    /// It is in a session of its own, and stays when its entity or the application goes.
    pub detached: bool,
    /// The user that it runs as, if the application may become that user.
    pub uid: Option<u32>,
    /// The group that it runs as.
    pub gid: Option<u32>,
    /// How long it may run; then it gets [`kill_signal`](Self::kill_signal).
    pub timeout: Option<Duration>,
    /// The number of the signal that ends it when its time is over; `SIGTERM` unless changed.
    pub kill_signal: i32,
    /// Bytes that are read ahead of whoever takes them from [`ChildOutput`], for each of both
    /// outputs. A child that writes more waits.
    pub output_max_bytes: usize,
}

/// The number of `SIGTERM`, the same on all systems.
const TERM: i32 = 15;
/// See [`ChildProcess::output_max_bytes`].
const OUTPUT_MAX_BYTES: usize = 1 << 20;

impl ChildProcess {
    /// A program with its arguments, whose input and outputs are pipes.
    pub fn new<A: Into<OsString>>(
        program: impl Into<OsString>,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            argv0: None,
            cwd: None,
            env: None,
            stdio: [Stdio::Pipe; 3],
            detached: false,
            uid: None,
            gid: None,
            timeout: None,
            kill_signal: TERM,
            output_max_bytes: OUTPUT_MAX_BYTES,
        }
    }

    /// Sets where input, output and errors lead.
    #[must_use]
    pub fn stdio(mut self, stdio: [Stdio; 3]) -> Self {
        self.stdio = stdio;
        self
    }
}

/// Where an input or output of a child leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stdio {
    /// To the application: [`ChildInput`], [`ChildOutput`].
    #[default]
    #[serde(alias = "true")]
    Pipe,
    /// Nowhere: `/dev/null`.
    #[serde(alias = "false")]
    Ignore,
    /// To where the application's own leads.
    Inherit,
}

/// What a child still has to read.
#[derive(Component, Debug, Default)]
pub struct ChildInput {
    /// Bytes that were not written yet.
    pub bytes: BytesMut,
    /// The input ends after these bytes.
    pub end: bool,
}

/// What a child has written and nobody has taken yet.
#[derive(Component, Debug, Default)]
pub struct ChildOutput {
    /// Its standard output.
    pub stdout: BytesMut,
    /// Its errors.
    pub stderr: BytesMut,
    /// Standard output and errors have ended: no bytes come after those that are here.
    pub ended: [bool; 2],
}

/// How a child ended. Both are `None` if another part of the program took the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildStatus {
    /// What it ended with, if it ended by itself.
    pub code: Option<i32>,
    /// The number of the signal that ended it.
    pub signal: Option<i32>,
}

/// A child runs its program.
#[derive(EntityEvent, Clone, Copy, Debug)]
pub struct ChildStarted {
    /// The child.
    #[event_target]
    pub child: Entity,
    /// Its number.
    pub pid: u32,
}

/// A child has ended. Output may still be on its way: see [`ChildOutput::ended`].
#[derive(EntityEvent, Clone, Copy, Debug)]
pub struct ChildExited {
    /// The child.
    #[event_target]
    pub child: Entity,
    /// How it ended.
    pub status: ChildStatus,
}

/// A child could not be started; the component [`ChildProcess`] was removed.
#[derive(EntityEvent, Clone, Debug)]
pub struct ChildFailed {
    /// What would have been the child.
    #[event_target]
    pub child: Entity,
    /// Why.
    pub error: ChildError,
}

/// A child of a page has ended.
#[derive(Message, Clone, Debug, Serialize, JsonSchema)]
pub struct ChildExitEvent {
    /// The child.
    pub id: Id,
    /// What it ended with; null if a signal ended it.
    pub code: Option<i32>,
    /// The name of the signal that ended it, such as `SIGTERM`.
    pub signal: Option<String>,
    /// The window that started it.
    #[serde(skip)]
    pub window: Option<Entity>,
}

impl Topic for ChildExitEvent {
    const NAME: &'static str = "child_process.exit";

    fn target(&self) -> Target {
        self.window.map_or(Target::All, Target::Window)
    }
}
