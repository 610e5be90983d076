//! Errors that cross the bridge.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

/// The error type of a service: a `thiserror` enum whose every case has a stable code.
pub trait ErrorCode: std::error::Error {
    /// The code that programs compare with: as Node spells it (`ENOENT`, `ERR_INVALID_ARG`).
    fn code(&self) -> Cow<'static, str>;

    /// The name of the error class that JavaScript sees, such as `NotFoundError`.
    fn kind(&self) -> &'static str {
        "Error"
    }

    /// Further members of the error object, such as the path that was refused.
    fn details(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }
}

/// An error as it travels: the `err` member of the envelope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RouteError {
    /// What went wrong, with the value that caused it.
    pub message: String,
    /// The name of the error class (`SecurityError`, `NotFoundError`, …).
    #[serde(rename = "type", skip_serializing_if = "str::is_empty")]
    pub kind: Cow<'static, str>,
    /// The stable code, empty if there is none.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub code: Cow<'static, str>,
    /// Further members.
    #[serde(flatten)]
    pub details: Map<String, Value>,
    /// The HTTP status of the answer: 200 unless the request never reached a handler.
    #[serde(skip)]
    pub status: u16,
}

impl RouteError {
    /// An error of the given class and code; the answer's status is 200.
    pub fn new(
        kind: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            message: message.into(),
            kind: kind.into(),
            code: code.into(),
            details: Map::new(),
            status: 200,
        }
    }

    fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a member to the error object.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// 404: no such route.
    pub fn not_found(url: &str) -> Self {
        Self::new("NotFoundError", "", "Not found")
            .with("url", url)
            .with_status(404)
    }

    /// 403: the caller may not do this.
    pub fn security(message: impl Into<String>) -> Self {
        Self::new("SecurityError", "EACCES", message).with_status(403)
    }

    /// The user's configuration denies the permission that the route needs.
    #[must_use]
    pub fn permission(permission: &str) -> Self {
        let message = format!("permission '{permission}' is denied by the configuration");
        Self::new("NotAllowedError", "ERR_PERMISSION_DENIED", message)
    }

    /// This platform or build does not offer what was asked for.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new("NotSupportedError", "ERR_NOT_SUPPORTED", message)
    }

    /// A required parameter is missing or empty.
    #[must_use]
    pub fn missing(param: &str) -> Self {
        let message = format!("Expecting '{param}' in parameters");
        Self::new("TypeError", "ERR_INVALID_ARG", message).with("param", param)
    }

    /// A parameter could not be understood.
    #[must_use]
    pub fn invalid(param: &str, reason: &str) -> Self {
        let message = format!("Invalid '{param}' given in parameters");
        let error = Self::new("TypeError", "ERR_INVALID_ARG", message).with("param", param);
        if reason.is_empty() {
            error
        } else {
            error.with("reason", reason)
        }
    }

    /// The caller left, its window closed, or the runtime stops.
    #[must_use]
    pub fn aborted() -> Self {
        Self::new("AbortError", "ABORT_ERR", "The operation was aborted")
    }

    /// 408: no answer in time.
    #[must_use]
    pub fn timeout(waited_ms: u64) -> Self {
        let message = format!("no answer within {waited_ms} ms");
        Self::new("TimeoutError", "ETIMEDOUT", message).with_status(408)
    }

    /// 413: the body is larger than the route accepts.
    #[must_use]
    pub fn too_large(len: usize, max: usize) -> Self {
        let message = format!("body of {len} bytes exceeds the limit of {max}");
        Self::new("RangeError", "ERR_BODY_TOO_LARGE", message).with_status(413)
    }

    /// 415: the body cannot be read safely, or the route takes none.
    pub fn unsupported_body(message: impl Into<String>) -> Self {
        Self::new("TypeError", "ERR_UNSUPPORTED_BODY", message).with_status(415)
    }

    /// 429: a queue is full; asking again later may succeed.
    #[must_use]
    pub fn busy(what: &str, max: usize) -> Self {
        let message = format!("too many {what}: the limit is {max}");
        Self::new("QuotaExceededError", "EAGAIN", message).with_status(429)
    }

    /// A fault of ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new("InternalError", "ERR_INTERNAL", message)
    }
}

impl<E: ErrorCode> From<E> for RouteError {
    fn from(error: E) -> Self {
        let mut out = Self::new(error.kind(), error.code(), error.to_string());
        for (name, value) in error.details() {
            out.details.insert(name.to_owned(), value);
        }
        out
    }
}

/// The error of a route that cannot fail.
#[derive(Debug, thiserror::Error)]
pub enum Infallible {}

impl ErrorCode for Infallible {
    fn code(&self) -> Cow<'static, str> {
        match *self {}
    }
}
