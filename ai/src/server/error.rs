//! Errors in the form that clients of OpenAI's interface know.

use oro_components::llm::AiError;
use serde::Serialize;

/// Longest message; values that are wrong may be long.
const MESSAGE_BYTES_MAX: usize = 400;

/// An error as it travels: a status, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, with the value that caused it.
    pub message: String,
    /// The stable code.
    pub code: &'static str,
    /// The member of the request that is wrong.
    pub param: Option<String>,
    /// Seconds after which asking again may succeed.
    pub retry_after: Option<u64>,
}

impl ApiError {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > MESSAGE_BYTES_MAX {
            message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX));
            message.push('…');
        }
        Self {
            status,
            message,
            code,
            param: None,
            retry_after: None,
        }
    }

    fn about(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// 400: the request as a whole cannot be understood.
    pub fn request(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// 400: a member of the request is wrong.
    pub fn invalid(param: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        let param = param.into();
        Self::request(format!("Invalid '{param}': {reason}")).about(param)
    }

    /// 400: a member of the request is not there.
    pub fn missing(param: impl Into<String>) -> Self {
        let param = param.into();
        Self::request(format!("Missing required parameter: '{param}'")).about(param)
    }

    /// 400: a member of the request is none that is known.
    pub fn unknown(param: impl Into<String>) -> Self {
        let param = param.into();
        Self::request(format!("Unrecognized request argument: '{param}'")).about(param)
    }

    /// 400: the prompt leaves no room for an answer.
    pub fn context(prompt_tokens: u32, n_ctx: u32) -> Self {
        let message = format!(
            "This model's context has room for {n_ctx} tokens; the prompt has {prompt_tokens}"
        );
        Self::new(400, "context_length_exceeded", message)
    }

    /// 403: the configuration lets no page use models.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "permission_denied", message)
    }

    /// 404: nothing is at this path.
    pub fn not_found(path: &str) -> Self {
        Self::new(404, "not_found", format!("There is no endpoint '{path}'"))
    }

    /// 404: no such model is loaded.
    pub fn model_not_found(name: &str) -> Self {
        let message = format!("The model '{name}' does not exist");
        Self::new(404, "model_not_found", message).about("model")
    }

    /// 405: the endpoint is not asked this way.
    pub fn method(method: &str, path: &str) -> Self {
        let message = format!("'{path}' does not take {method}");
        Self::new(405, "method_not_allowed", message)
    }

    /// 408: its time was over.
    pub fn timeout() -> Self {
        Self::new(408, "timeout", "The request took longer than it may")
    }

    /// 413: the body has too many bytes; so many were read.
    pub fn body_too_large(max: usize) -> Self {
        let message = format!("The body has more than {max} bytes");
        Self::new(413, "payload_too_large", message)
    }

    /// 413: a prompt has too many bytes.
    pub fn prompt_too_large(param: &str, bytes: u64, max: u64) -> Self {
        let message = format!("'{param}' has {bytes} bytes; {max} are allowed");
        Self::new(413, "payload_too_large", message).about(param)
    }

    /// 415: the body is none that can be read.
    pub fn unsupported_body(message: impl Into<String>) -> Self {
        Self::new(415, "unsupported_media_type", message)
    }

    /// 429: too many requests in a time, or at once.
    pub fn rate_limited(message: impl Into<String>, retry_after: u64) -> Self {
        let mut error = Self::new(429, "rate_limit_exceeded", message);
        error.retry_after = Some(retry_after.max(1));
        error
    }

    /// 500: a fault of ours, or of the model.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "server_error", message)
    }

    /// 503: there is no model to ask.
    pub fn no_model(message: impl Into<String>) -> Self {
        Self::new(503, "no_model_loaded", message)
    }

    /// 503: it cannot be done now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        let mut error = Self::new(503, "service_unavailable", message);
        error.retry_after = Some(1);
        error
    }

    /// What the engine says, for a request whose prompt is in the member `prompt`.
    pub fn of_engine(error: AiError, prompt: &str) -> Self {
        let message = error.to_string();
        match error {
            AiError::ContextOverflow {
                prompt_tokens,
                n_ctx,
            } => Self::context(prompt_tokens, n_ctx).about(prompt),
            AiError::InvalidParameter { name, reason } => Self::invalid(name, reason),
            AiError::InvalidGrammar(reason) => Self::invalid("response_format", reason),
            AiError::NotSupported(_) => Self::request(message),
            AiError::ModelNotFound { .. }
            | AiError::InvalidModel { .. }
            | AiError::ModelNotLoaded(_) => Self::no_model(message),
            AiError::Busy { .. } => Self::rate_limited(message, 1),
            AiError::WorkerDied(_)
            | AiError::WorkerFailed(_)
            | AiError::OutOfMemory { .. }
            | AiError::Aborted => Self::unavailable(message),
            _ => Self::internal(message),
        }
    }

    fn kind(&self) -> &'static str {
        match self.status {
            403 => "permission_error",
            408 => "timeout_error",
            429 => "rate_limit_exceeded",
            500.. => "server_error",
            _ => "invalid_request_error",
        }
    }

    /// The error as JSON.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let error = Inner {
            message: &self.message,
            kind: self.kind(),
            code: self.code,
            param: self.param.as_deref(),
        };
        // Text alone; it cannot fail to be JSON.
        serde_json::to_vec(&Body { error }).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    code: &'static str,
    param: Option<&'a str>,
}
