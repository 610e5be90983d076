//! A generation: what is asked, and what comes of it.

use serde::{Deserialize, Serialize};

use super::{AdapterId, AiError, ContextId, ModelId, TokenLogProb};

/// Most stop strings of a generation.
pub const STOP_STRINGS_MAX: usize = 16;
/// Most alternatives whose probability is told for a token.
pub const LOGPROBS_MAX: u8 = 20;
/// Largest context, in tokens.
pub const CONTEXT_SIZE_MAX: u32 = 1 << 20;

/// A piece of a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Segment {
    /// Text.
    Text {
        /// The text.
        text: String,
        /// Whether `<|im_start|>` and its like are control tokens in it. Text of users must say
        /// `false`, or they could pretend to be somebody else.
        special: bool,
    },
    /// Tokens.
    Tokens(Vec<i32>),
    /// All that the context holds already; only at the start.
    Context,
}

impl Segment {
    /// Text in which control tokens are plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            special: false,
        }
    }

    /// Text of a template: control tokens are what they are.
    pub fn special(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            special: true,
        }
    }
}

/// How a token is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 always takes the likeliest token; at most 100.
    pub temperature: f32,
    /// Probability mass to sample from, 0 to 1.
    pub top_p: f32,
    /// Tokens to sample from; 0 is all.
    pub top_k: u32,
    /// Least probability relative to the likeliest token, 0 to 1.
    pub min_p: f32,
    /// The same seed gives the same text; `None` takes another one each time.
    pub seed: Option<u32>,
    /// What makes repetition less likely.
    pub penalties: Penalties,
    /// Added to the logits of tokens; minus infinity forbids one.
    pub logit_bias: Vec<(i32, f32)>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.8,
            top_p: 0.95,
            top_k: 40,
            min_p: 0.05,
            seed: None,
            penalties: Penalties::default(),
            logit_bias: Vec::new(),
        }
    }
}

impl Sampling {
    /// Always the likeliest token.
    #[must_use]
    pub fn greedy() -> Self {
        Self {
            temperature: 0.0,
            ..Self::default()
        }
    }
}

/// What makes repetition less likely.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Penalties {
    /// Tokens that are looked back at; for the two of OpenAI, all that was generated.
    pub last_n: u32,
    /// Divides the logits of tokens that occurred; 1 is off.
    pub repeat: f32,
    /// Taken off a token's logit for every time it was generated, -2 to 2.
    pub frequency: f32,
    /// Taken off a token's logit once if it was generated, -2 to 2.
    pub presence: f32,
}

impl Default for Penalties {
    fn default() -> Self {
        Self {
            last_n: 64,
            repeat: 1.0,
            frequency: 0.0,
            presence: 0.0,
        }
    }
}

/// What the text must look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// The form.
    pub grammar: Grammar,
    /// The form is that of what follows this text; `None` is all of the text. Until the model
    /// writes it, it writes freely.
    pub trigger: Option<String>,
}

/// A form of texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grammar {
    /// GBNF, beginning at `root`.
    Gbnf(String),
    /// A JSON schema, as JSON.
    JsonSchema(String),
}

/// The adapter that a generation uses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdapterUse {
    /// Which.
    pub id: AdapterId,
    /// How strong it is; 0 is not at all.
    pub scale: f32,
}

/// Generates text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generate {
    /// The model.
    pub model: ModelId,
    /// The conversation that it belongs to: what it leaves in the cache can be continued and
    /// dumped.
    pub context: Option<ContextId>,
    /// Tokens of the context; `None` is the model's default.
    pub size: Option<u32>,
    /// The adapter.
    pub adapter: Option<AdapterUse>,
    /// What the model continues.
    pub prompt: Vec<Segment>,
    /// Whether the model's own first token is put in front, if it wants one.
    pub add_bos: bool,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Most tokens of the answer; at least 1. The end of the context ends it too.
    pub max_tokens: u32,
    /// Strings that end the text, and are not part of it; at most [`STOP_STRINGS_MAX`].
    pub stop: Vec<String>,
    /// Goes on where the model would end.
    pub ignore_eos: bool,
    /// Whether control tokens that are generated are part of the text. The one that ends it never
    /// is.
    pub special: bool,
    /// What the text must look like.
    pub constraint: Option<Constraint>,
    /// Tell the probability of each token, and of that many alternatives; at most
    /// [`LOGPROBS_MAX`].
    pub logprobs: Option<u8>,
    /// Milliseconds from now until it is given up.
    pub timeout_ms: Option<u64>,
}

impl Generate {
    /// A generation with the defaults.
    #[must_use]
    pub fn new(model: ModelId, prompt: Vec<Segment>) -> Self {
        Self {
            model,
            context: None,
            size: None,
            adapter: None,
            prompt,
            add_bos: true,
            sampling: Sampling::default(),
            max_tokens: 128,
            stop: Vec::new(),
            ignore_eos: false,
            special: false,
            constraint: None,
            logprobs: None,
            timeout_ms: None,
        }
    }
}

/// What becomes of a generation, in this order: `Started`, any number of `Text`, and one of the
/// two others. `Failed` can come at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GenerateEvent {
    /// The prompt was read, and goes into the model.
    Started {
        /// Tokens of the prompt.
        prompt_tokens: u32,
        /// Those of them that were in the cache.
        cached_tokens: u32,
        /// The seed that was taken.
        seed: u32,
    },
    /// More text. It is whole characters, and no part of a stop string.
    Text {
        /// The text; it may be empty, if there are tokens.
        text: String,
        /// The tokens of it.
        tokens: u32,
        /// Their probabilities, if these were asked for.
        logprobs: Vec<TokenLogProb>,
    },
    /// It ended.
    Finished {
        /// Why.
        reason: Finish,
        /// What it took.
        usage: Usage,
        /// How long it took.
        timings: Timings,
    },
    /// It failed.
    Failed(AiError),
}

/// Why a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finish {
    /// The model ended it, or a stop string did.
    Stop,
    /// As many tokens as were allowed, or as the context has room for.
    Length,
    /// Its time was over.
    Timeout,
    /// Nobody wants it any more.
    Cancelled,
}

/// Tokens of a generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Those of them that were in the cache.
    pub cached_tokens: u32,
    /// Tokens that were generated, with the one that ended it.
    pub completion_tokens: u32,
}

/// Times of a generation, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// From the request until a place was free.
    pub queued_ms: f64,
    /// From then to the first token.
    pub prompt_ms: f64,
    /// From the first token to the last.
    pub decode_ms: f64,
}
