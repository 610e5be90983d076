//! Answers in the form that clients of OpenAI's interface know.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use oro_components::llm::{LogProb, Timings, TokenLogProb, Usage};
use serde::{Serialize, Serializer};

use super::embedding::Encoding;
use crate::chat::message::ToolCall;

/// Counts of tokens.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct UsageReport {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
    prompt_tokens_details: PromptDetails,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct PromptDetails {
    cached_tokens: u32,
}

impl UsageReport {
    /// The count of several texts from one prompt, which is counted once.
    pub fn of(all: impl IntoIterator<Item = Usage>) -> Self {
        let mut report = Self::default();
        for (at, usage) in all.into_iter().enumerate() {
            report.completion_tokens += usage.completion_tokens;
            report.prompt_tokens = report.prompt_tokens.max(usage.prompt_tokens);
            if at == 0 {
                report.prompt_tokens_details.cached_tokens = usage.cached_tokens;
            }
        }
        report.total_tokens = report.prompt_tokens + report.completion_tokens;
        report
    }

    /// The count of a prompt alone.
    pub fn prompt(prompt_tokens: u32) -> Self {
        Self {
            prompt_tokens,
            total_tokens: prompt_tokens,
            ..Self::default()
        }
    }
}

/// How long a text took; what clients of llama.cpp's server know.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct TimingReport {
    queued_ms: f64,
    prompt_n: u32,
    prompt_ms: f64,
    cache_n: u32,
    predicted_n: u32,
    predicted_ms: f64,
    predicted_per_second: f64,
}

impl TimingReport {
    pub fn of(usage: Usage, timings: Timings) -> Self {
        let round = |ms: f64| (ms * 1e3).round() / 1e3;
        // The first token comes with the prompt.
        let decoded = f64::from(usage.completion_tokens.saturating_sub(1));
        let rate = if timings.decode_ms > 0.0 {
            decoded * 1e3 / timings.decode_ms
        } else {
            0.0
        };
        Self {
            queued_ms: round(timings.queued_ms),
            prompt_n: usage.prompt_tokens - usage.cached_tokens.min(usage.prompt_tokens),
            prompt_ms: round(timings.prompt_ms),
            cache_n: usage.cached_tokens,
            predicted_n: usage.completion_tokens,
            predicted_ms: round(timings.decode_ms),
            predicted_per_second: round(rate),
        }
    }
}

/// Why a text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FinishReason {
    Stop,
    Length,
    ToolCalls,
}

/// A call of a tool.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallReport {
    /// Its place among the calls; only in streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    id: String,
    r#type: &'static str,
    function: FunctionReport,
}

#[derive(Clone, Debug, Serialize)]
struct FunctionReport {
    name: String,
    arguments: String,
}

impl CallReport {
    pub fn of(call: &ToolCall, index: Option<usize>) -> Self {
        Self {
            index,
            id: call.id.clone(),
            r#type: "function",
            function: FunctionReport {
                name: call.name.clone(),
                arguments: call.arguments.clone(),
            },
        }
    }
}

/// The probabilities of tokens, as chats have them.
#[derive(Debug, Serialize)]
pub(crate) struct ChatLogProbs {
    content: Vec<ChatLogProb>,
}

#[derive(Debug, Serialize)]
struct ChatLogProb {
    #[serde(flatten)]
    chosen: TokenReport,
    top_logprobs: Vec<TokenReport>,
}

#[derive(Debug, Serialize)]
struct TokenReport {
    token: String,
    logprob: f32,
    bytes: Vec<u8>,
}

impl TokenReport {
    fn of(token: &LogProb) -> Self {
        Self {
            token: text(token),
            logprob: finite(token.logprob),
            bytes: token.bytes.clone(),
        }
    }
}

fn text(token: &LogProb) -> String {
    String::from_utf8_lossy(&token.bytes).into_owned()
}

/// JSON has no infinity.
fn finite(logprob: f32) -> f32 {
    logprob.max(-9999.0)
}

impl ChatLogProbs {
    pub fn of(tokens: &[TokenLogProb]) -> Self {
        let report = |token: &TokenLogProb| ChatLogProb {
            chosen: TokenReport::of(&token.chosen),
            top_logprobs: token.top.iter().map(TokenReport::of).collect(),
        };
        Self {
            content: tokens.iter().map(report).collect(),
        }
    }
}

/// The probabilities of tokens, as completions have them.
#[derive(Debug, Serialize)]
pub(crate) struct TextLogProbs {
    tokens: Vec<String>,
    token_logprobs: Vec<f32>,
    top_logprobs: Vec<BTreeMap<String, f32>>,
    text_offset: Vec<usize>,
}

impl TextLogProbs {
    /// Of tokens whose text begins at `offset` characters.
    pub fn of(tokens: &[TokenLogProb], mut offset: usize) -> Self {
        let mut report = Self {
            tokens: Vec::new(),
            token_logprobs: Vec::new(),
            top_logprobs: Vec::new(),
            text_offset: Vec::new(),
        };
        for token in tokens {
            let chosen = text(&token.chosen);
            report.text_offset.push(offset);
            offset += chosen.chars().count();
            report.tokens.push(chosen);
            report.token_logprobs.push(finite(token.chosen.logprob));
            let top = token.top.iter().map(|it| (text(it), finite(it.logprob)));
            report.top_logprobs.push(top.collect());
        }
        report
    }
}

/// What all answers that are texts begin with.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<'a, C> {
    pub id: &'a str,
    pub object: &'static str,
    pub created: u64,
    pub model: &'a str,
    pub choices: Vec<C>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timings: Option<TimingReport>,
}

/// One text of a chat, all of it.
#[derive(Debug, Serialize)]
pub(crate) struct ChatChoice {
    pub index: u32,
    pub message: AnswerMessage,
    pub logprobs: Option<ChatLogProbs>,
    pub finish_reason: FinishReason,
}

/// What the model says.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerMessage {
    role: &'static str,
    content: Option<String>,
    refusal: (),
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<CallReport>,
}

impl AnswerMessage {
    pub fn new(content: Option<String>, calls: &[ToolCall]) -> Self {
        Self {
            role: "assistant",
            content,
            refusal: (),
            tool_calls: calls.iter().map(|it| CallReport::of(it, None)).collect(),
        }
    }
}

/// One text of a chat, as far as it has come.
#[derive(Debug, Serialize)]
pub(crate) struct ChatDelta {
    pub index: u32,
    pub delta: Delta,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<ChatLogProbs>,
    pub finish_reason: Option<FinishReason>,
}

/// What is new.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Delta {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<CallReport>,
}

/// One text that continues a prompt, all of it or what is new.
#[derive(Debug, Serialize)]
pub(crate) struct TextChoice {
    pub text: String,
    pub index: u32,
    pub logprobs: Option<TextLogProbs>,
    pub finish_reason: Option<FinishReason>,
}

/// A list of things.
#[derive(Debug, Serialize)]
pub(crate) struct List<T> {
    pub object: &'static str,
    pub data: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageReport>,
}

impl<T> List<T> {
    pub fn new(data: Vec<T>) -> Self {
        Self {
            object: "list",
            data,
            model: None,
            usage: None,
        }
    }
}

/// A text as a vector.
#[derive(Debug, Serialize)]
pub(crate) struct EmbeddingReport {
    pub object: &'static str,
    pub index: usize,
    pub embedding: Vector,
}

/// A vector, in the form that was asked for.
#[derive(Debug)]
pub(crate) struct Vector(pub Vec<f32>, pub Encoding);

impl Serialize for Vector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.1 {
            Encoding::Float => self.0.serialize(serializer),
            Encoding::Base64 => {
                let bytes: Vec<u8> = self.0.iter().flat_map(|it| it.to_le_bytes()).collect();
                serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
            }
        }
    }
}
