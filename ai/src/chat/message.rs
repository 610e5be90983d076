//! Conversations as data: who said what, and the tools that there are.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The application, about how to answer.
    #[serde(alias = "developer")]
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// A tool that the model called.
    Tool,
}

impl Role {
    /// The name of the role in templates.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said; a call of tools may come without.
    pub content: Option<String>,
    /// The name of who says it.
    pub name: Option<String>,
    /// The tools that the model called.
    pub tool_calls: Vec<ToolCall>,
    /// The call that this is the result of.
    pub tool_call_id: Option<String>,
}

impl Message {
    /// A turn that is text alone.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self {
            role,
            content: Some(content.into()),
            name: None,
            tool_calls: Vec::new(),
            tool_call_id: None,
        }
    }
}

/// A tool that the model calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// Names the call, for its result.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its arguments: the JSON text that the model wrote.
    pub arguments: String,
}

/// A tool that the model may call.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The JSON schema of its arguments.
    pub parameters: Option<Box<RawValue>>,
}

impl PartialEq for Tool {
    fn eq(&self, other: &Self) -> bool {
        let schema = |tool: &'_ Self| tool.parameters.as_ref().map(|it| it.get().to_owned());
        (&self.name, &self.description, schema(self))
            == (&other.name, &other.description, schema(other))
    }
}

impl Tool {
    /// The tool in the form in which models are trained to read it.
    #[must_use]
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Outer<'a> {
            r#type: &'static str,
            function: Inner<'a>,
        }
        #[derive(Serialize)]
        struct Inner<'a> {
            name: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            description: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            parameters: Option<&'a RawValue>,
        }
        let function = Inner {
            name: &self.name,
            description: self.description.as_deref(),
            parameters: self.parameters.as_deref(),
        };
        // Text and JSON; it cannot fail to be JSON.
        serde_json::to_string(&Outer {
            r#type: "function",
            function,
        })
        .unwrap_or_default()
    }
}
