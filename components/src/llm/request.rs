//! What the engine is asked, except models and generations.

use serde::{Deserialize, Serialize};

use super::{AdapterUse, ContextId, ModelId, Segment};

/// Most texts that are embedded by one request.
pub const EMBED_INPUTS_MAX: usize = 2048;

/// Makes tokens of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokenize {
    /// The model whose tokens are meant.
    pub model: ModelId,
    /// The text; [`Segment::Context`] is refused.
    pub text: Vec<Segment>,
    /// Whether the model's own first token is put in front, if it wants one.
    pub add_bos: bool,
    /// Whether the bytes of each token are wanted too.
    pub pieces: bool,
}

/// Makes text of tokens. The answer is bytes: the tokens may end inside of a character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detokenize {
    /// The model whose tokens are meant.
    pub model: ModelId,
    /// The tokens; one that the model does not have is refused.
    pub tokens: Vec<i32>,
}

/// Makes vectors of texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embed {
    /// The model.
    pub model: ModelId,
    /// The texts, at most [`EMBED_INPUTS_MAX`]; none may be empty.
    pub inputs: Vec<Vec<Segment>>,
    /// Whether the model's own first and last tokens are put around each, if it wants them.
    pub add_special: bool,
}

/// Gives a context the state that another one was dumped as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restore {
    /// The context; what it holds is forgotten.
    pub context: ContextId,
    /// The model that it is for.
    pub model: ModelId,
    /// Tokens of the context; `None` is the model's default.
    pub size: Option<u32>,
    /// The adapter that the context uses.
    pub adapter: Option<AdapterUse>,
    /// What a dump gave. Bytes of anybody else are refused, or only their tokens are taken.
    #[serde(with = "bytes")]
    pub state: Vec<u8>,
}

/// For `#[serde(with)]`: bytes as one piece instead of a list of numbers.
pub mod bytes {
    use serde::{Deserializer, Serializer, de};

    /// Writes them.
    ///
    /// # Errors
    /// The serialiser's.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    /// Reads them.
    ///
    /// # Errors
    /// The deserialiser's.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(bytes.to_vec())
            }

            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Self::Value, E> {
                Ok(bytes)
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}
