//! Prompts from conversations, by the model's own template.
//!
//! Templates are in Jinja, and come with the model: one may be broken or hostile, so it gets a
//! limited amount of work. What people write is kept apart from it, see [`guard`](super::guard).

use std::time::{SystemTime, UNIX_EPOCH};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Value, context};
use minijinja_contrib::pycompat::unknown_method_callback;
use oro_components::llm::{ModelInfo, Segment};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::guard::Guard;
use super::message::{Message, Tool, ToolCall};
use super::tool;

/// Work that a template may do; about a quarter of a second.
const FUEL: u64 = 4_000_000;
/// Larger templates are not even read.
const SOURCE_BYTES_MAX: usize = 256 << 10;
/// The name under which the template is known to its environment.
const NAME: &str = "chat";
/// What models without a template get.
const CHATML: &str = "{%- for message in messages %}\
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}\
    {%- endfor %}\
    {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}";

/// Why there is no prompt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The template itself is wrong.
    #[error("the model's chat template cannot be used: {0}")]
    Broken(String),
    /// The template refuses the conversation.
    #[error("the model's chat template refuses it: {0}")]
    Refused(String),
}

/// The chat template of a model.
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    guard: Guard,
    bos: String,
    eos: String,
    /// It shows tools in the form that is understood here.
    shows_tools: bool,
}

impl ChatTemplate {
    /// The template of a model; ChatML if it has none.
    ///
    /// # Errors
    /// If it is no template.
    pub fn new(model: &ModelInfo) -> Result<Self, TemplateError> {
        let source = model.chat_template.as_deref().unwrap_or(CHATML);
        if source.len() > SOURCE_BYTES_MAX {
            let reason = format!("it has {} bytes", source.len());
            return Err(TemplateError::Broken(reason));
        }
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(|error| TemplateError::Broken(explain(&error)))?;
        let mut environment = Environment::new();
        environment.set_syntax(syntax);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.add_filter("tojson", tojson);
        environment.add_function("raise_exception", raise_exception);
        environment.add_function("strftime_now", strftime_now);
        environment
            .add_template_owned(NAME, source.to_owned())
            .map_err(|error| TemplateError::Broken(explain(&error)))?;
        Ok(Self {
            environment,
            guard: Guard::new(&model.control_tokens),
            bos: model.bos_token.clone().unwrap_or_default(),
            eos: model.eos_token.clone().unwrap_or_default(),
            shows_tools: source.contains("tools") && source.contains(tool::OPEN),
        })
    }

    /// The prompt of a conversation, which ends where the model begins to answer.
    ///
    /// # Errors
    /// If the template refuses it.
    pub fn render(&self, messages: &[Message], tools: &[Tool]) -> Result<Prompt, TemplateError> {
        let told;
        let (messages, tools) = if self.shows_tools {
            (messages, tools)
        } else {
            told = tool::tell(messages, tools);
            (told.as_slice(), &[][..])
        };
        let messages: Vec<Value> = messages.iter().map(|it| self.message(it)).collect();
        let tools: Vec<Value> = tools.iter().map(|tool| self.json(&tool.json())).collect();
        let tools = if tools.is_empty() {
            Value::from(())
        } else {
            Value::from(tools)
        };
        let refused = |error: Error| match error.kind() {
            ErrorKind::OutOfFuel => TemplateError::Broken("it takes too long".to_owned()),
            _ => TemplateError::Refused(explain(&error)),
        };
        let template = self.environment.get_template(NAME).map_err(refused)?;
        let rendered = template
            .render(context! {
                messages,
                tools,
                add_generation_prompt => true,
                bos_token => &*self.bos,
                eos_token => &*self.eos,
            })
            .map_err(refused)?;
        Ok(Prompt {
            add_bos: self.bos.is_empty() || !rendered.starts_with(&self.bos),
            segments: self.guard.split(&rendered),
        })
    }

    fn message(&self, message: &Message) -> Value {
        let text = |text: &str| Value::from(self.guard.mark(text));
        let mut members = vec![
            ("role", Value::from(message.role.name())),
            (
                "content",
                text(message.content.as_deref().unwrap_or_default()),
            ),
        ];
        if let Some(name) = &message.name {
            members.push(("name", text(name)));
        }
        if let Some(id) = &message.tool_call_id {
            members.push(("tool_call_id", text(id)));
        }
        if !message.tool_calls.is_empty() {
            let calls = message.tool_calls.iter().map(|call| self.call(call));
            members.push(("tool_calls", calls.collect()));
        }
        members.into_iter().collect()
    }

    fn call(&self, call: &ToolCall) -> Value {
        // Most templates write arguments as JSON by themselves.
        let parsed = self.json(&call.arguments);
        let arguments = if parsed.kind() == ValueKind::Map {
            parsed
        } else {
            Value::from(self.guard.mark(&call.arguments))
        };
        let function = context! { name => self.guard.mark(&call.name), arguments };
        context! { id => self.guard.mark(&call.id), type => "function", function }
    }

    /// A JSON text as a value, with its texts marked. What is no JSON is nothing.
    fn json(&self, json: &str) -> Value {
        let value: Value = serde_json::from_str(json).unwrap_or_default();
        self.marked(&value)
    }

    fn marked(&self, value: &Value) -> Value {
        let children = || value.try_iter().into_iter().flatten();
        match value.kind() {
            ValueKind::String => Value::from(self.guard.mark(value.as_str().unwrap_or_default())),
            ValueKind::Seq => children().map(|item| self.marked(&item)).collect(),
            ValueKind::Map => {
                let pairs = children().map(|key| {
                    let item = value.get_item(&key).unwrap_or_default();
                    (self.marked(&key), self.marked(&item))
                });
                Value::from_pairs(pairs)
            }
            _ => value.clone(),
        }
    }
}

/// What a model continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The text.
    pub segments: Vec<Segment>,
    /// Whether the token that begins texts is still to be put in front.
    pub add_bos: bool,
}

/// What an error says, with what caused it.
fn explain(error: &Error) -> String {
    let detail = error.detail().map(str::to_owned);
    let text = detail.unwrap_or_else(|| error.kind().to_string());
    match error.line() {
        Some(line) if error.kind() != ErrorKind::InvalidOperation => {
            format!("{text} (line {line})")
        }
        _ => text,
    }
}

fn raise_exception(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

/// JSON as Python writes it, which is what models were trained on.
struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
    ) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

fn tojson(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let indent = options.get::<Option<usize>>("indent")?;
    // Python's other options are about escapes and the order of keys, which stay as they are.
    let _ = options.get::<Option<bool>>("ensure_ascii")?;
    let _ = options.get::<Option<bool>>("sort_keys")?;
    options.assert_all_used()?;
    let mut out = Vec::new();
    let failed = |error: serde_json::Error| {
        Error::new(ErrorKind::BadSerialization, "not JSON").with_source(error)
    };
    match indent {
        Some(width) => {
            let indent = " ".repeat(width.min(8));
            let pretty = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
            value
                .serialize(&mut Serializer::with_formatter(&mut out, pretty))
                .map_err(failed)?;
        }
        None => value
            .serialize(&mut Serializer::with_formatter(&mut out, Python))
            .map_err(failed)?,
    }
    Ok(Value::from(String::from_utf8_lossy(&out).into_owned()))
}

/// The time as a template wants it: the codes of dates, and the most usual ones of times.
fn strftime_now(format: String) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    strftime(&format, now.map_or(0, |now| now.as_secs()))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];

fn strftime(format: &str, seconds: u64) -> String {
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let month_name = MONTHS[month as usize - 1];
    let day_name = DAYS[(seconds / 86_400 % 7) as usize];
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('Y') => out += &year.to_string(),
            Some('y') => out += &format!("{:02}", year % 100),
            Some('m') => out += &format!("{month:02}"),
            Some('d') => out += &format!("{day:02}"),
            Some('B') => out += month_name,
            Some('b') => out += &month_name[..3],
            Some('A') => out += day_name,
            Some('a') => out += &day_name[..3],
            Some('H') => out += &format!("{hour:02}"),
            Some('M') => out += &format!("{minute:02}"),
            Some('S') => out += &format!("{second:02}"),
            Some('%') | None => out.push('%'),
            Some(other) => out.extend(['%', other]),
        }
    }
    out
}

/// Year, month and day of the `day`th day after 1 January 1970, in the Gregorian calendar.
fn date(day: u64) -> (u64, u64, u64) {
    // Counted from 1 March of a year that a leap day follows.
    let day = day + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year;
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}
