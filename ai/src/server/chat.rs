//! Requests for `/v1/chat/completions`: a conversation that is continued.

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::ApiError;
use super::parameter::{TextRequest, logprobs, text_body};
use crate::chat::message::{Message, Role, Tool, ToolCall};
use crate::settings::AiSettings;

/// Most tools of a request.
const TOOLS_MAX: usize = 128;
/// Longest name of a tool.
const TOOL_NAME_BYTES_MAX: usize = 64;

text_body! {
    /// A chat as it came.
    Body {
        messages: Vec<GivenMessage>,
        #[serde(default)]
        tools: Option<Vec<GivenTool>>,
        #[serde(default, deserialize_with = "tool_choice")]
        tool_choice: Option<ToolChoice>,
        parallel_tool_calls: Option<bool>,
        response_format: Option<GivenFormat>,
        logprobs: Option<bool>,
        top_logprobs: Option<u32>,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenMessage {
    role: Role,
    #[serde(default, deserialize_with = "content")]
    content: Option<String>,
    name: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<GivenCall>>,
    tool_call_id: Option<String>,
    // Answers have these, and are sent back as they came.
    #[serde(rename = "refusal")]
    _refusal: Option<IgnoredAny>,
    #[serde(rename = "annotations")]
    _annotations: Option<IgnoredAny>,
    #[serde(rename = "audio")]
    _audio: Option<IgnoredAny>,
    #[serde(rename = "function_call")]
    _function_call: Option<IgnoredAny>,
    #[serde(rename = "parsed")]
    _parsed: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct GivenCall {
    id: String,
    #[serde(rename = "type")]
    _kind: Option<FunctionType>,
    function: GivenFunction,
}

#[derive(Deserialize)]
struct GivenFunction {
    name: String,
    arguments: String,
}

/// The only kind of tools that there is.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FunctionType {
    Function,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenTool {
    #[serde(rename = "type")]
    _kind: FunctionType,
    function: GivenDefinition,
}

#[derive(Deserialize)]
struct GivenDefinition {
    name: String,
    description: Option<String>,
    parameters: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenFormat {
    #[serde(rename = "type")]
    kind: FormatType,
    json_schema: Option<GivenSchema>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum FormatType {
    Text,
    JsonObject,
    JsonSchema,
}

#[derive(Deserialize)]
struct GivenSchema {
    schema: Option<Box<RawValue>>,
}

/// Which tools the model calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// The ones that it likes to.
    #[default]
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// This one.
    Named(String),
}

/// What the answer must look like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text.
    #[default]
    Text,
    /// JSON of this schema.
    Json(String),
}

/// A request for the next turn of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// What it has in common with others.
    pub text: TextRequest,
    /// The conversation; at least one turn.
    pub messages: Vec<Message>,
    /// The tools that there are.
    pub tools: Vec<Tool>,
    /// Which of them the model calls.
    pub tool_choice: ToolChoice,
    /// Whether it may call several at once.
    pub parallel_tool_calls: bool,
    /// What the answer must look like.
    pub format: Format,
}

impl ChatRequest {
    /// Decodes and checks a request.
    ///
    /// # Errors
    /// 400, which names what is wrong, and 413.
    pub fn parse(query: &str, body: &[u8], settings: &AiSettings) -> Result<Self, ApiError> {
        let mut given: Body = super::input::decode(query, body)?;
        let logprobs = logprobs(given.logprobs, given.top_logprobs)?;
        let text = given.parameters().check(settings, logprobs)?;
        let messages = messages(given.messages, settings.limits.prompt_max_bytes)?;
        let tools = tools(given.tools.unwrap_or_default())?;
        let tool_choice = check_choice(given.tool_choice.unwrap_or_default(), &tools)?;
        let format = given.response_format.map_or(Ok(Format::Text), format)?;
        if format != Format::Text && !tools.is_empty() && tool_choice == ToolChoice::Auto {
            let reason =
                "an answer that must be JSON cannot call tools; set 'tool_choice' to 'none'";
            return Err(ApiError::invalid("response_format", reason));
        }
        Ok(Self {
            text,
            messages,
            tools,
            tool_choice,
            parallel_tool_calls: given.parallel_tool_calls.unwrap_or(true),
            format,
        })
    }

    /// The tool that is called without asking the model, if the request leaves it no choice.
    #[must_use]
    pub fn forced_tool(&self) -> Option<&Tool> {
        match &self.tool_choice {
            ToolChoice::Required => self.tools.first(),
            ToolChoice::Named(name) => self.tools.iter().find(|tool| tool.name == *name),
            ToolChoice::Auto | ToolChoice::None => None,
        }
    }

    /// The tools that the model is told of.
    #[must_use]
    pub fn offered_tools(&self) -> &[Tool] {
        match self.tool_choice {
            ToolChoice::None => &[],
            _ => &self.tools,
        }
    }
}

fn messages(given: Vec<GivenMessage>, bytes_max: u64) -> Result<Vec<Message>, ApiError> {
    if given.is_empty() {
        return Err(ApiError::invalid("messages", "it is empty"));
    }
    let content = |message: &GivenMessage| message.content.as_ref().map_or(0, String::len);
    let bytes = given.iter().map(content).sum::<usize>() as u64;
    if bytes > bytes_max {
        return Err(ApiError::prompt_too_large("messages", bytes, bytes_max));
    }
    let numbered = given.into_iter().enumerate();
    numbered.map(|(at, given)| message(at, given)).collect()
}

fn message(at: usize, given: GivenMessage) -> Result<Message, ApiError> {
    let member = |name: &str| format!("messages[{at}].{name}");
    let calls = given.tool_calls.unwrap_or_default();
    if given.role != Role::Assistant && !calls.is_empty() {
        return Err(ApiError::invalid(
            member("tool_calls"),
            "only an assistant calls tools",
        ));
    }
    if given.content.is_none() && calls.is_empty() {
        return Err(ApiError::missing(member("content")));
    }
    if given.role == Role::Tool && given.tool_call_id.is_none() {
        return Err(ApiError::missing(member("tool_call_id")));
    }
    let call = |call: GivenCall| ToolCall {
        id: call.id,
        name: call.function.name,
        arguments: call.function.arguments,
    };
    Ok(Message {
        role: given.role,
        content: given.content,
        name: given.name,
        tool_calls: calls.into_iter().map(call).collect(),
        tool_call_id: given.tool_call_id,
    })
}

fn tools(given: Vec<GivenTool>) -> Result<Vec<Tool>, ApiError> {
    if given.len() > TOOLS_MAX {
        let reason = format!("it has {} tools; the limit is {TOOLS_MAX}", given.len());
        return Err(ApiError::invalid("tools", reason));
    }
    let numbered = given.into_iter().enumerate();
    numbered
        .map(|(at, GivenTool { function, .. })| tool(at, function))
        .collect()
}

fn tool(at: usize, given: GivenDefinition) -> Result<Tool, ApiError> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let name = &given.name;
    if name.is_empty() || name.len() > TOOL_NAME_BYTES_MAX || !name.bytes().all(is_word) {
        let reason = format!(
            "'{name}' is not 1 to {TOOL_NAME_BYTES_MAX} letters, digits, underscores and hyphens"
        );
        return Err(ApiError::invalid(
            format!("tools[{at}].function.name"),
            reason,
        ));
    }
    let schema = given.parameters.as_deref().map(RawValue::get);
    if schema.is_some_and(|schema| !schema.starts_with('{')) {
        let param = format!("tools[{at}].function.parameters");
        return Err(ApiError::invalid(param, "a JSON schema is an object"));
    }
    Ok(Tool {
        name: given.name,
        description: given.description,
        parameters: given.parameters,
    })
}

fn check_choice(choice: ToolChoice, tools: &[Tool]) -> Result<ToolChoice, ApiError> {
    match &choice {
        ToolChoice::Required if tools.is_empty() => {
            Err(ApiError::invalid("tool_choice", "there are no 'tools'"))
        }
        ToolChoice::Named(name) if tools.iter().all(|tool| tool.name != *name) => {
            let reason = format!("there is no tool '{name}'");
            Err(ApiError::invalid("tool_choice", reason))
        }
        _ => Ok(choice),
    }
}

fn format(given: GivenFormat) -> Result<Format, ApiError> {
    let schema = given.json_schema.and_then(|given| given.schema);
    match (given.kind, schema) {
        (FormatType::Text, _) => Ok(Format::Text),
        (FormatType::JsonObject, _) => Ok(Format::Json(r#"{"type":"object"}"#.into())),
        (FormatType::JsonSchema, Some(schema)) => Ok(Format::Json(schema.get().to_owned())),
        (FormatType::JsonSchema, None) => {
            Err(ApiError::missing("response_format.json_schema.schema"))
        }
    }
}

/// Text, or parts of which all are text.
fn content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Array(parts) => {
            let texts: Result<String, String> = parts.iter().map(part).collect();
            texts.map(Some).map_err(D::Error::custom)
        }
        other => Err(D::Error::custom(format!(
            "{other} is neither a string nor an array of parts"
        ))),
    }
}

fn part(part: &Value) -> Result<&str, String> {
    let kind = part["type"].as_str().unwrap_or_default();
    let member = if kind == "refusal" { "refusal" } else { "text" };
    match (kind, part[member].as_str()) {
        ("text" | "refusal", Some(text)) => Ok(text),
        ("text" | "refusal", None) => Err(format!("a part has no '{member}'")),
        _ => Err(format!("a part is '{kind}'; only text is understood")),
    }
}

/// A word, or the name of a tool.
fn tool_choice<'de, D: Deserializer<'de>>(d: D) -> Result<Option<ToolChoice>, D::Error> {
    let value = Value::deserialize(d)?;
    let named = value["function"]["name"].as_str();
    match (value.as_str(), named) {
        _ if value.is_null() => Ok(None),
        (Some("auto"), _) => Ok(Some(ToolChoice::Auto)),
        (Some("none"), _) => Ok(Some(ToolChoice::None)),
        (Some("required"), _) => Ok(Some(ToolChoice::Required)),
        (None, Some(name)) if value["type"] == "function" => {
            Ok(Some(ToolChoice::Named(name.to_owned())))
        }
        _ => Err(D::Error::custom(format!(
            "{value} is neither 'auto', 'none', 'required' nor a function"
        ))),
    }
}
