//! Calls of tools in the text of a model: `<tool_call>{"name": …, "arguments": …}</tool_call>`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::message::{Message, Role, Tool};

/// What begins a call.
pub const OPEN: &str = "<tool_call>";
/// What ends one.
pub const CLOSE: &str = "</tool_call>";

/// A piece of what a model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text for the user.
    Text(String),
    /// A call of a tool.
    Call {
        /// The tool.
        name: String,
        /// Its arguments, as JSON.
        arguments: String,
    },
}

/// Finds calls in a text that comes piece by piece.
#[derive(Debug, Default)]
pub struct CallReader {
    names: Vec<String>,
    pending: String,
    inside: bool,
    found: bool,
}

impl CallReader {
    /// Finds calls of these tools.
    #[must_use]
    pub fn new(tools: &[Tool]) -> Self {
        Self {
            names: tools.iter().map(|tool| tool.name.clone()).collect(),
            ..Self::default()
        }
    }

    /// Takes more text; gives what is certain.
    pub fn push(&mut self, text: &str) -> Vec<Piece> {
        if self.names.is_empty() {
            return whole(text.to_owned()).into_iter().collect();
        }
        self.pending.push_str(text);
        let mut pieces = Vec::new();
        loop {
            let mark = if self.inside { CLOSE } else { OPEN };
            let Some(at) = self.pending.find(mark) else {
                break;
            };
            let rest = self.pending.split_off(at + mark.len());
            let mut before = std::mem::replace(&mut self.pending, rest);
            before.truncate(at);
            pieces.extend(if self.inside {
                Some(self.call(&before, true))
            } else {
                self.text(before.trim_end())
            });
            self.inside = !self.inside;
        }
        if !self.inside {
            // Blanks in front of a call belong to it.
            let certain = certain(&self.pending).trim_end().len();
            let rest = self.pending.split_off(certain);
            let text = std::mem::replace(&mut self.pending, rest);
            pieces.extend(self.text(&text));
        }
        pieces
    }

    /// The text has ended; gives what is left.
    pub fn finish(&mut self) -> Option<Piece> {
        let rest = std::mem::take(&mut self.pending);
        if std::mem::take(&mut self.inside) {
            return Some(self.call(&rest, false));
        }
        self.text(&rest)
    }

    /// Whether a call was found.
    #[must_use]
    pub fn found(&self) -> bool {
        self.found
    }

    fn text(&self, text: &str) -> Option<Piece> {
        // Between calls there are only blanks.
        let blank = self.found && text.trim().is_empty();
        whole(text.to_owned()).filter(|_| !blank)
    }

    /// A call; or the text that looked like one.
    fn call(&mut self, inside: &str, closed: bool) -> Piece {
        match parse(inside).filter(|(name, _)| self.names.contains(name)) {
            Some((name, arguments)) => {
                self.found = true;
                Piece::Call { name, arguments }
            }
            None => {
                let close = if closed { CLOSE } else { "" };
                Piece::Text(format!("{OPEN}{inside}{close}"))
            }
        }
    }
}

fn whole(text: String) -> Option<Piece> {
    (!text.is_empty()).then_some(Piece::Text(text))
}

/// The text without an end that may become the beginning of a call.
fn certain(text: &str) -> &str {
    let begins = |len: &usize| text.ends_with(&OPEN[..*len]);
    let held = (1..OPEN.len()).rev().find(begins).unwrap_or(0);
    &text[..text.len() - held]
}

fn parse(inside: &str) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Call<'a> {
        name: String,
        #[serde(borrow, alias = "parameters")]
        arguments: Option<&'a RawValue>,
    }
    let call: Call<'_> = serde_json::from_str(inside.trim()).ok()?;
    let arguments = call.arguments.map_or("{}", RawValue::get);
    // Some models write the arguments as JSON in a string.
    let unquoted = serde_json::from_str::<String>(arguments).ok();
    Some((call.name, unquoted.unwrap_or_else(|| arguments.to_owned())))
}

/// Tells a model of tools whose template does not, or not in the form that is read here.
#[must_use]
pub fn tell(messages: &[Message], tools: &[Tool]) -> Vec<Message> {
    let mut told: Vec<Message> = messages.iter().map(flatten).collect();
    if tools.is_empty() {
        return told;
    }
    let list: Vec<String> = tools.iter().map(Tool::json).collect();
    let text = format!(
        "You can call these tools, each described by a JSON object:\n{}\n\
         To call one, answer with its name and arguments in this form:\n\
         {OPEN}\n{{\"name\": \"…\", \"arguments\": {{…}}}}\n{CLOSE}",
        list.join("\n")
    );
    match told.first_mut() {
        Some(first) if first.role == Role::System => {
            let content = first.content.get_or_insert_default();
            content.push_str("\n\n");
            content.push_str(&text);
        }
        _ => told.insert(0, Message::new(Role::System, text)),
    }
    told
}

/// A turn as text alone.
fn flatten(message: &Message) -> Message {
    let content = message.content.clone().unwrap_or_default();
    if message.role == Role::Tool {
        let result = format!("<tool_response>\n{content}\n</tool_response>");
        return Message::new(Role::User, result);
    }
    let calls = message.tool_calls.iter().map(|call| {
        let (name, arguments) = (&call.name, &call.arguments);
        format!("{OPEN}\n{{\"name\": \"{name}\", \"arguments\": {arguments}}}\n{CLOSE}")
    });
    let parts = Some(content).filter(|content| !content.is_empty());
    let parts: Vec<String> = parts.into_iter().chain(calls).collect();
    Message {
        name: message.name.clone(),
        ..Message::new(message.role, parts.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools() -> Vec<Tool> {
        let tool = |name: &str| Tool {
            name: name.to_owned(),
            description: None,
            parameters: None,
        };
        vec![tool("now"), tool("add")]
    }

    /// The pieces of a text that comes in parts of any size, texts joined.
    fn read(text: &str, size: usize) -> Vec<Piece> {
        let mut reader = CallReader::new(&tools());
        let chars: Vec<char> = text.chars().collect();
        let parts = chars
            .chunks(size)
            .map(|part| part.iter().collect::<String>());
        let mut pieces: Vec<Piece> = parts.flat_map(|part| reader.push(&part)).collect();
        pieces.extend(reader.finish());
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (_, piece) => joined.push(piece),
            }
        }
        joined
    }

    #[test]
    fn calls_are_found_however_the_text_is_cut() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let call = |name: &str, arguments: &str| Piece::Call {
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        };
        for (given, want) in [
            ("", vec![]),
            ("Hello.", vec![text("Hello.")]),
            (" a < b <tool_cal ", vec![text(" a < b <tool_cal ")]),
            (
                "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>",
                vec![call("now", "{}")],
            ),
            (
                "Wait.\n<tool_call>{\"name\":\"add\",\"arguments\":{\"a\": [1]}}",
                vec![text("Wait."), call("add", "{\"a\": [1]}")],
            ),
            (
                "<tool_call>{\"name\":\"now\"}</tool_call>\n\
                 <tool_call>{\"name\":\"add\",\"parameters\":\"{\\\"a\\\":1}\"}</tool_call>\nDone.",
                vec![call("now", "{}"), call("add", "{\"a\":1}"), text("\nDone.")],
            ),
            // What only looks like a call is text.
            (
                "<tool_call>{\"name\":\"rm\"}</tool_call>",
                vec![text("<tool_call>{\"name\":\"rm\"}</tool_call>")],
            ),
            ("<tool_call>{\"na", vec![text("<tool_call>{\"na")]),
            ("é<tool_call", vec![text("é<tool_call")]),
        ] {
            for size in [1, 2, 3, 7, 1000] {
                assert_eq!(read(given, size), want, "{given:?} by {size}");
            }
        }
    }

    #[test]
    fn text_goes_through_where_there_are_no_tools() {
        let mut reader = CallReader::new(&[]);
        let pieces = reader.push("<tool_call>");
        assert_eq!(pieces, [Piece::Text("<tool_call>".to_owned())]);
        assert_eq!((reader.finish(), reader.found()), (None, false));
    }
}
