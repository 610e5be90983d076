//! The files of an app, as its pages load them.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use bevy_ecs::prelude::Resource;
use oro_engine::bytes::Bytes;

/// A page's request for a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceRequest {
    /// The path of the address, percent-encoded, with its leading slash.
    pub path: String,
    /// Only the headers are wanted.
    pub head: bool,
    /// The `Range` header.
    pub range: Option<String>,
    /// The `If-None-Match` header.
    pub if_none_match: Option<String>,
    /// The `Accept` header.
    pub accept: Option<String>,
}

/// The answer to a [`ResourceRequest`], in the terms of HTTP.
#[derive(Debug)]
pub struct ResourceResponse {
    /// The status code.
    pub status: u16,
    /// The headers, `content-type` among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: ResourceBody,
}

/// The body of a resource.
pub enum ResourceBody {
    /// All of it.
    Bytes(Bytes),
    /// To be read piece by piece, off the UI thread.
    Reader {
        /// Where to read from; it ends after `len` bytes.
        reader: Box<dyn Read + Send>,
        /// How many bytes come.
        len: u64,
    },
}

impl ResourceBody {
    /// No bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self::Bytes(Bytes::default())
    }
}

impl fmt::Debug for ResourceBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Reader { len, .. } => write!(f, "Reader({len})"),
        }
    }
}

/// Reads resources. It may block, so it is called on a job lane.
pub trait ReadResource: Send + Sync {
    /// Answers a request. There is an answer to everything: refusals are 4xx.
    fn read(&self, request: &ResourceRequest) -> ResourceResponse;
}

/// The app's resources: a folder, or what is embedded in the program.
#[derive(Resource, Clone)]
pub struct Resources(pub Arc<dyn ReadResource>);

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resources")
    }
}
