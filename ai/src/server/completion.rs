//! Requests for `/v1/completions`: a text that is continued.

use oro_components::llm::Segment;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::ApiError;
use super::parameter::{TextRequest, alternatives, text_body};
use crate::settings::AiSettings;

text_body! {
    /// A completion as it came.
    Body {
        #[serde(deserialize_with = "prompt")]
        prompt: Segment,
        echo: Option<bool>,
        logprobs: Option<u32>,
    }
}

/// A request for the continuation of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct CompletionRequest {
    /// What it has in common with others.
    pub text: TextRequest,
    /// The text, or its tokens.
    pub prompt: Segment,
    /// Whether the answer begins with the prompt.
    pub echo: bool,
}

impl CompletionRequest {
    /// Decodes and checks a request.
    ///
    /// # Errors
    /// 400, which names what is wrong, and 413.
    pub fn parse(query: &str, body: &[u8], settings: &AiSettings) -> Result<Self, ApiError> {
        let mut given: Body = super::input::decode(query, body)?;
        if let Segment::Text { text, .. } = &given.prompt {
            let (bytes, max) = (text.len() as u64, settings.limits.prompt_max_bytes);
            if bytes > max {
                return Err(ApiError::prompt_too_large("prompt", bytes, max));
            }
        }
        let logprobs = given.logprobs.map(|count| alternatives("logprobs", count));
        Ok(Self {
            text: given.parameters().check(settings, logprobs.transpose()?)?,
            prompt: given.prompt,
            echo: given.echo.unwrap_or(false),
        })
    }
}

/// A text, or the tokens of one. Several prompts are several requests.
fn prompt<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Segment, D::Error> {
    let tokens = |values: Vec<Value>| -> Option<Vec<i32>> {
        let token = |value: Value| i32::try_from(value.as_i64()?).ok();
        values.into_iter().map(token).collect()
    };
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(Segment::text(text)),
        Value::Array(values) if values.is_empty() => Err(D::Error::custom("it has no tokens")),
        Value::Array(values) if values[0].is_i64() => tokens(values)
            .map(Segment::Tokens)
            .ok_or_else(|| D::Error::custom("not all of it are tokens")),
        Value::Array(_) => Err(D::Error::custom(
            "one prompt is expected, not an array of prompts; ask once for each",
        )),
        other => Err(D::Error::custom(format!(
            "{other} is neither a string nor an array of tokens"
        ))),
    }
}
