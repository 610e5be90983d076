//! Requests for `/v1/embeddings`: texts as vectors.

use oro_components::llm::Segment;
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::ApiError;
use super::parameter;
use crate::settings::AiSettings;

/// Most texts of one request.
pub const INPUTS_MAX: usize = 2048;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(deserialize_with = "inputs")]
    input: Vec<Segment>,
    model: Option<String>,
    encoding_format: Option<Encoding>,
    dimensions: Option<u32>,
    #[serde(rename = "user")]
    _user: Option<IgnoredAny>,
}

/// How a vector is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As an array of numbers.
    #[default]
    Float,
    /// As the little-endian bytes of its 32-bit numbers.
    Base64,
}

/// A request for the vectors of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingRequest {
    /// The model, if one is named.
    pub model: Option<String>,
    /// The texts, or their tokens; at least one.
    pub inputs: Vec<Segment>,
    /// How the vectors are written.
    pub encoding: Encoding,
    /// Their length, which is the model's or an error.
    pub dimensions: Option<u32>,
}

impl EmbeddingRequest {
    /// Decodes and checks a request.
    ///
    /// # Errors
    /// 400, which names what is wrong, and 413.
    pub fn parse(query: &str, body: &[u8], settings: &AiSettings) -> Result<Self, ApiError> {
        let given: Body = super::input::decode(query, body)?;
        if given.input.is_empty() || given.input.len() > INPUTS_MAX {
            let reason = format!("it has {} texts, not 1 to {INPUTS_MAX}", given.input.len());
            return Err(ApiError::invalid("input", reason));
        }
        let bytes: u64 = given.input.iter().map(|it| bytes_of(it) as u64).sum();
        let max = settings.limits.embed_max_bytes;
        if bytes > max {
            return Err(ApiError::prompt_too_large("input", bytes, max));
        }
        if let Some(at) = given.input.iter().position(|input| bytes_of(input) == 0) {
            return Err(ApiError::invalid(format!("input[{at}]"), "it is empty"));
        }
        Ok(Self {
            model: parameter::model(given.model)?,
            inputs: given.input,
            encoding: given.encoding_format.unwrap_or_default(),
            dimensions: given.dimensions,
        })
    }
}

fn bytes_of(input: &Segment) -> usize {
    match input {
        Segment::Text { text, .. } => text.len(),
        Segment::Tokens(tokens) => tokens.len() * size_of::<i32>(),
        Segment::Context => 0,
    }
}

/// A text, the tokens of one, or an array of either.
fn inputs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Segment>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Array(values) if values.first().is_some_and(|it| !it.is_i64()) => values
            .into_iter()
            .enumerate()
            .map(|(at, value)| {
                input(value).map_err(|why| D::Error::custom(format!("[{at}] {why}")))
            })
            .collect(),
        Value::Array(values) if values.is_empty() => Ok(Vec::new()),
        value => Ok(vec![input(value).map_err(D::Error::custom)?]),
    }
}

fn input(value: Value) -> Result<Segment, String> {
    let token = |value: &Value| i32::try_from(value.as_i64()?).ok();
    match &value {
        Value::String(text) => Ok(Segment::text(text.as_str())),
        Value::Array(values) => {
            let tokens: Option<Vec<i32>> = values.iter().map(token).collect();
            tokens
                .map(Segment::Tokens)
                .ok_or_else(|| "has something that is no token".to_owned())
        }
        other => Err(format!(
            "{other} is neither a string nor an array of tokens"
        )),
    }
}
