//! Requests for `/tokenize` and `/detokenize`.

use serde::Deserialize;

use super::error::ApiError;
use super::parameter;
use crate::settings::AiSettings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenizeBody {
    content: Option<String>,
    text: Option<String>,
    model: Option<String>,
    add_special: Option<bool>,
    parse_special: Option<bool>,
    with_pieces: Option<bool>,
}

/// A request for the tokens of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenizeRequest {
    /// The model, if one is named.
    pub model: Option<String>,
    /// The text.
    pub content: String,
    /// Whether the tokens that begin and end texts are added.
    pub add_special: bool,
    /// Whether `<|im_start|>` and its like are control tokens in it.
    pub parse_special: bool,
    /// Whether the text of each token is told.
    pub with_pieces: bool,
}

impl TokenizeRequest {
    /// Decodes and checks a request.
    ///
    /// # Errors
    /// 400, which names what is wrong, and 413.
    pub fn parse(query: &str, body: &[u8], settings: &AiSettings) -> Result<Self, ApiError> {
        let given: TokenizeBody = super::input::decode(query, body)?;
        let (name, content) = match (given.content, given.text) {
            (Some(_), Some(_)) => {
                let reason = "'content' is given, too, and means the same";
                return Err(ApiError::invalid("text", reason));
            }
            (Some(content), None) => ("content", content),
            (None, Some(text)) => ("text", text),
            (None, None) => return Err(ApiError::missing("content")),
        };
        let (bytes, max) = (content.len() as u64, settings.limits.prompt_max_bytes);
        if bytes > max {
            return Err(ApiError::prompt_too_large(name, bytes, max));
        }
        Ok(Self {
            model: parameter::model(given.model)?,
            content,
            add_special: given.add_special.unwrap_or(false),
            parse_special: given.parse_special.unwrap_or(false),
            with_pieces: given.with_pieces.unwrap_or(false),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DetokenizeBody {
    tokens: Vec<i32>,
    model: Option<String>,
}

/// A request for the text of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetokenizeRequest {
    /// The model, if one is named.
    pub model: Option<String>,
    /// The tokens.
    pub tokens: Vec<i32>,
}

impl DetokenizeRequest {
    /// Decodes and checks a request.
    ///
    /// # Errors
    /// 400, which names what is wrong.
    pub fn parse(query: &str, body: &[u8]) -> Result<Self, ApiError> {
        let given: DetokenizeBody = super::input::decode(query, body)?;
        Ok(Self {
            model: parameter::model(given.model)?,
            tokens: given.tokens,
        })
    }
}
