//! Requests of all endpoints that need a model, parsed and checked.

use super::chat::ChatRequest;
use super::completion::CompletionRequest;
use super::embedding::EmbeddingRequest;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::token::{DetokenizeRequest, TokenizeRequest};
use crate::settings::AiSettings;

/// What a client wants of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelRequest {
    /// The next turn of a conversation.
    Chat(Box<ChatRequest>),
    /// The continuation of a text.
    Completion(Box<CompletionRequest>),
    /// Vectors.
    Embedding(EmbeddingRequest),
    /// Tokens.
    Tokenize(TokenizeRequest),
    /// Text of tokens.
    Detokenize(DetokenizeRequest),
}

impl ModelRequest {
    /// Decodes and checks what was sent to a path below that of the server.
    ///
    /// # Errors
    /// 400, which names what is wrong, 404 and 413.
    pub fn parse(
        path: &str,
        query: &str,
        body: &[u8],
        settings: &AiSettings,
    ) -> Result<Self, ApiError> {
        Ok(match Endpoint::of(path) {
            Some((Endpoint::Chat, _)) => {
                Self::Chat(Box::new(ChatRequest::parse(query, body, settings)?))
            }
            Some((Endpoint::Completions, _)) => {
                Self::Completion(Box::new(CompletionRequest::parse(query, body, settings)?))
            }
            Some((Endpoint::Embeddings, _)) => {
                Self::Embedding(EmbeddingRequest::parse(query, body, settings)?)
            }
            Some((Endpoint::Tokenize, _)) => {
                Self::Tokenize(TokenizeRequest::parse(query, body, settings)?)
            }
            Some((Endpoint::Detokenize, _)) => {
                Self::Detokenize(DetokenizeRequest::parse(query, body)?)
            }
            Some((Endpoint::Health | Endpoint::Models, _)) | None => {
                return Err(ApiError::not_found(path));
            }
        })
    }

    /// The model that is named.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        match self {
            Self::Chat(request) => request.text.model.as_deref(),
            Self::Completion(request) => request.text.model.as_deref(),
            Self::Embedding(request) => request.model.as_deref(),
            Self::Tokenize(request) => request.model.as_deref(),
            Self::Detokenize(request) => request.model.as_deref(),
        }
    }
}
