//! The endpoints: their paths, and how they are asked.

use super::error::ApiError;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Health,
    Models,
    Chat,
    Completions,
    Embeddings,
    Tokenize,
    Detokenize,
}

const ALL: [(&str, Endpoint); 7] = [
    ("/health", Endpoint::Health),
    ("/v1/models", Endpoint::Models),
    ("/v1/chat/completions", Endpoint::Chat),
    ("/v1/completions", Endpoint::Completions),
    ("/v1/embeddings", Endpoint::Embeddings),
    ("/tokenize", Endpoint::Tokenize),
    ("/detokenize", Endpoint::Detokenize),
];

/// What is counted for paths that are no endpoint.
pub(super) const OTHER: &str = "other";

impl Endpoint {
    /// The endpoint of a path, and what follows it: the name of a model.
    pub fn of(path: &str) -> Option<(Self, &str)> {
        if let Some((_, endpoint)) = ALL.iter().find(|(known, _)| *known == path) {
            return Some((*endpoint, ""));
        }
        let model = path.strip_prefix("/v1/models/")?;
        Some((Self::Models, model))
    }

    /// Its path.
    pub fn path(self) -> &'static str {
        let found = ALL.iter().find(|(_, endpoint)| *endpoint == self);
        found.map_or(OTHER, |(path, _)| path)
    }

    /// Whether it is work for a model, of which only so much is done at once.
    pub fn is_work(self) -> bool {
        matches!(self, Self::Chat | Self::Completions | Self::Embeddings)
    }

    /// The methods that it takes.
    pub fn methods(self) -> &'static str {
        match self {
            Self::Health | Self::Models => "GET, HEAD, OPTIONS",
            _ => "GET, POST, OPTIONS",
        }
    }

    /// Checks a method.
    ///
    /// # Errors
    /// 405.
    pub fn check(self, method: &str) -> Result<(), ApiError> {
        if self.methods().split(", ").any(|allowed| allowed == method) {
            Ok(())
        } else {
            Err(ApiError::method(method, self.path()))
        }
    }
}
