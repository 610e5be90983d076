//! Routes of conversations, and the event by which pages hear what a model says.

use bevy_ecs::prelude::*;
use oro_engine::id::Id;
use oro_engine::route::Empty;
use oro_engine::topic::{Target, Topic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::route::route;
use super::{AiError, Usage};

/// Says something to the model of a context, and answers once the model has answered. What it says
/// comes as events `ai.chat.text`. Both become turns of the conversation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionMessage {
    /// The context.
    pub id: Id,
    /// What is said; the body unless given.
    pub prompt: Option<String>,
    /// Who says it: `user`, or `system` for what holds for all of the conversation and is not
    /// answered.
    #[serde(default)]
    pub role: MessageRole,
    /// Strings that end the answer, with the character U+0001 between them.
    pub antiprompts: Option<String>,
    /// Most tokens of the answer; `ai_llm_default_max_tokens` unless given.
    pub max_tokens: Option<u32>,
}
route!(
    SessionMessage,
    "ai.chat.session.message",
    SessionAnswer,
    BODY = true
);

/// Who says something to a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MessageRole {
    /// The user.
    #[default]
    User,
    /// The application.
    System,
}

/// Has the model go on with a text, as it is, behind all that its context holds. It becomes no
/// turn of the conversation. What the model writes comes as events `ai.chat.text`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionGenerate {
    /// The context.
    pub id: Id,
    /// The text; the body unless given.
    pub prompt: Option<String>,
    /// Strings that end the answer, with the character U+0001 between them.
    pub antiprompts: Option<String>,
    /// Most tokens of the answer; `ai_llm_default_max_tokens` unless given.
    pub max_tokens: Option<u32>,
}
route!(
    SessionGenerate,
    "ai.chat.session.generate",
    SessionAnswer,
    BODY = true
);

/// What a model has said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionAnswer {
    /// All of it.
    pub text: String,
    /// Why it ended.
    pub finish_reason: EndReason,
    /// Tokens of what the model has read.
    pub prompt_tokens: u32,
    /// Those of them that it had read before.
    pub cached_tokens: u32,
    /// Tokens of what it has said.
    pub completion_tokens: u32,
}

impl SessionAnswer {
    /// What was said, why it ended, and what it took.
    #[must_use]
    pub fn of(text: String, finish_reason: EndReason, usage: Usage) -> Self {
        Self {
            text,
            finish_reason,
            prompt_tokens: usage.prompt_tokens,
            cached_tokens: usage.cached_tokens,
            completion_tokens: usage.completion_tokens,
        }
    }
}

/// Why a model has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EndReason {
    /// It was done, or has said what was to end it.
    Stop,
    /// It has said as much as it may.
    Length,
    /// Its time was over.
    Timeout,
    /// It was told to stop.
    Abort,
}

/// Ends what the model of a context is saying. What it has said is its answer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionAbort {
    /// The context.
    pub id: Id,
}
route!(SessionAbort, "ai.chat.session.abort", Empty);

/// The turns of the conversation in a context, the first one first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionHistory {
    /// The context.
    pub id: Id,
}
route!(SessionHistory, "ai.chat.session.history", Vec<TurnReport>);

/// A turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TurnReport {
    /// Its number in the conversation.
    pub id: Id,
    /// Who said it: `system`, `user` or `assistant`.
    pub role: String,
    /// What was said.
    pub content: String,
}

/// The conversations of the caller.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatList {}
route!(ChatList, "ai.chat.list", Vec<ChatReport>);

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChatReport {
    /// The id of its context.
    pub id: Id,
    /// Its model's id.
    pub model: Id,
    /// How many turns it has.
    pub messages: usize,
}

/// Answers a chat as OpenAI's `/v1/chat/completions` does, all at once. The parameters are those
/// of OpenAI; streams are only at the server's own address.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ChatCompletions {
    /// The request: `messages` and whatever else OpenAI's interface knows.
    #[serde(flatten)]
    pub request: Map<String, Value>,
}

impl oro_engine::route::Route for ChatCompletions {
    const NAME: &'static str = "ai.chat.completions";
    const PERMISSION: Option<&'static str> = Some("ai");
    type Output = Value;
    type Error = oro_engine::error::RouteError;
}

/// The model of a context has said something.
#[derive(Message, Clone, Debug, Serialize, JsonSchema)]
pub struct ChatText {
    /// The context.
    pub id: Id,
    /// What it said; empty at the end.
    pub text: String,
    /// Whether it has ended.
    pub eog: bool,
    #[serde(skip)]
    #[schemars(skip)]
    #[doc(hidden)]
    pub window: Option<Entity>,
}

impl Topic for ChatText {
    const NAME: &'static str = "ai.chat.text";

    fn target(&self) -> Target {
        self.window.map_or(Target::All, Target::Window)
    }
}
