//! What lives in the runtime at this moment, and streams to try transports with.

use oro_engine::error::Infallible;
use oro_engine::id::Id;
use oro_engine::route::Route;
use oro_engine::stream::ByteStream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::number::Int;

/// What lives in the runtime at this moment, by kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagnosticsQuery {}

impl Route for DiagnosticsQuery {
    const NAME: &'static str = "diagnostics.query";
    const CONTROL: bool = true;
    type Output = Census;
    type Error = Infallible;
}

/// What lives in the runtime.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Census {
    /// Whether the app is paused.
    pub paused: bool,
    /// Child processes, of pages and of the program.
    #[serde(rename = "childProcess")]
    pub child_process: Kind,
    /// UDP sockets, of pages and of the program.
    pub udp: Kind,
    /// Files.
    pub fs: FsCensus,
    /// Timers of pages.
    pub timers: TimersCensus,
    /// The loop. The member's name is the one that programs know from libuv.
    pub uv: LoopCensus,
}

/// Living things of one kind.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Kind {
    /// The things.
    pub handles: Handles,
}

/// Living things.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Handles {
    /// How many.
    pub count: usize,
    /// Their ids, where they have some.
    pub ids: Vec<Id>,
}

/// Living things of the `fs` service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FsCensus {
    /// Open files and directories.
    pub descriptors: Kind,
    /// Watched files and directories, of pages and of the program.
    pub watchers: Kind,
}

/// Living things of the `timers` service.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct TimersCensus {
    /// Timers that fire once.
    pub timeout: Kind,
    /// Timers that fire again and again.
    pub interval: Kind,
    /// Timers of the next tick.
    pub immediate: Kind,
}

/// The loop.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoopCensus {
    /// Its figures.
    pub metrics: LoopMetrics,
    /// Requests whose answer is still to come.
    pub active_requests: usize,
}

/// Figures of the loop.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoopMetrics {
    /// Ticks since the start.
    pub loop_count: u64,
    /// Wakes from other threads since the start.
    pub events: u64,
    /// Requests and callbacks that wait for the tick.
    pub events_waiting: usize,
}

/// Streams server-sent events: the first at once, the others at intervals.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamSse {
    /// How many events, from 0 to 10,000; 5 if not given.
    pub count: Option<Int<i64>>,
    /// Milliseconds between them, from 0 to 60,000; 100 if not given.
    pub interval: Option<Int<i64>>,
}

impl Route for StreamSse {
    const NAME: &'static str = "diagnostics.stream.sse";
    type Output = ByteStream;
    type Error = StreamError;
}

/// Streams chunks of bytes: the first at once, the others at intervals.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StreamChunks {
    /// How many chunks, from 0 to 10,000; 5 if not given.
    pub chunks: Option<Int<i64>>,
    /// Bytes of each, from 1 to 1,048,576; 1,024 if not given.
    pub chunk_size: Option<Int<i64>>,
    /// Milliseconds between them, from 0 to 60,000; 100 if not given.
    pub interval: Option<Int<i64>>,
}

impl Route for StreamChunks {
    const NAME: &'static str = "diagnostics.stream.chunks";
    type Output = ByteStream;
    type Error = StreamError;
}

/// What can go wrong with a stream before it begins.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// A number is outside of its limits.
    #[error("'{param}' must be from {min} to {max}, not {value}")]
    OutOfRange {
        /// The parameter.
        param: &'static str,
        /// What was given.
        value: i64,
        /// The least that is accepted.
        min: i64,
        /// The most that is accepted.
        max: i64,
    },
}

impl oro_engine::error::ErrorCode for StreamError {
    fn code(&self) -> std::borrow::Cow<'static, str> {
        "ERR_OUT_OF_RANGE".into()
    }

    fn kind(&self) -> &'static str {
        "RangeError"
    }

    fn details(&self) -> Vec<(&'static str, serde_json::Value)> {
        let Self::OutOfRange { param, .. } = self;
        vec![("param", (*param).into())]
    }
}
