//! What a request says, whichever way it says it: a JSON body, the query, or both.
//!
//! Both become one JSON text, which is decoded once; the path to what is wrong names it.

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::error::ApiError;

/// How the text of a query parameter becomes JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It is JSON: a number, an array, an object.
    Json,
    /// It is a switch, in any of the usual spellings.
    Switch,
    /// It is text, unless it is a JSON array or object.
    Either,
    /// It is a list of numbers, with or without brackets.
    Numbers,
}

/// Parameters that are not plain text.
const KINDS: &[(&str, Kind)] = &[
    ("add_special", Kind::Switch),
    ("content", Kind::Either),
    ("echo", Kind::Switch),
    ("frequency_penalty", Kind::Json),
    ("ignore_eos", Kind::Switch),
    ("input", Kind::Either),
    ("logit_bias", Kind::Json),
    ("max_completion_tokens", Kind::Json),
    ("max_tokens", Kind::Json),
    ("messages", Kind::Json),
    ("min_p", Kind::Json),
    ("n", Kind::Json),
    ("parallel_tool_calls", Kind::Switch),
    ("parse_special", Kind::Switch),
    ("presence_penalty", Kind::Json),
    ("repeat_penalty", Kind::Json),
    ("response_format", Kind::Json),
    ("seed", Kind::Json),
    ("stop", Kind::Either),
    ("stream", Kind::Switch),
    ("stream_options", Kind::Json),
    ("temperature", Kind::Json),
    ("tokens", Kind::Numbers),
    ("tool_choice", Kind::Either),
    ("tools", Kind::Json),
    ("top_k", Kind::Json),
    ("top_logprobs", Kind::Json),
    ("top_p", Kind::Json),
    ("with_pieces", Kind::Switch),
];

/// Names that are a switch to one endpoint and a number to another.
const LOGPROBS: &str = "logprobs";

/// The members of an object, in their order.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// Decodes a request. What the query says wins over the body.
///
/// # Errors
/// 400, which names the member that is wrong.
pub fn decode<T: DeserializeOwned>(query: &str, body: &[u8]) -> Result<T, ApiError> {
    let overlay = parse_query(query)?;
    if overlay.is_empty() {
        let body = if body.is_empty() { b"{}" } else { body };
        return decode_json(body);
    }
    let mut members = if body.is_empty() {
        Vec::new()
    } else {
        decode_json::<Members>(body)?.0
    };
    members.retain(|(name, _)| overlay.iter().all(|(other, _)| other != name));
    members.extend(overlay);
    decode_json(join(&members).as_bytes())
}

fn join(members: &[(String, Box<RawValue>)]) -> String {
    let mut text = String::from("{");
    for (at, (name, value)) in members.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&quote(name));
        text.push(':');
        text.push_str(value.get());
    }
    text + "}"
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The parameters of a query as JSON. A parameter that is given more than once is an array.
fn parse_query(query: &str) -> Result<Vec<(String, Box<RawValue>)>, ApiError> {
    let pairs: Vec<(String, String)> = serde_html_form::from_str(query)
        .map_err(|error| ApiError::request(format!("The query cannot be read: {error}")))?;
    let mut members: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in pairs {
        let value = as_json(&name, &value)?;
        match members.iter_mut().find(|(other, _)| *other == name) {
            Some((_, values)) => values.push(value),
            None => members.push((name, vec![value])),
        }
    }
    let members = members.into_iter().map(|(name, mut values)| {
        let text = match values.len() {
            1 => values.remove(0),
            _ => format!("[{}]", values.join(",")),
        };
        let raw = RawValue::from_string(text);
        let raw = raw.map_err(|error| ApiError::invalid(&*name, error))?;
        Ok((name, raw))
    });
    members.collect()
}

fn as_json(name: &str, value: &str) -> Result<String, ApiError> {
    let kind = KINDS.iter().find(|(known, _)| *known == name);
    let raw = |text: &str| {
        let raw: Result<Box<RawValue>, _> = serde_json::from_str(text);
        raw.map(|raw| raw.get().to_owned())
            .map_err(|error| ApiError::invalid(name, format!("'{value}' is not JSON: {error}")))
    };
    match kind.map(|(_, kind)| *kind) {
        Some(Kind::Json) => raw(value),
        Some(Kind::Switch) => switch(value)
            .map(str::to_owned)
            .ok_or_else(|| ApiError::invalid(name, format!("'{value}' is neither true nor false"))),
        Some(Kind::Either) if value.trim_start().starts_with(['[', '{']) => {
            Ok(raw(value).unwrap_or_else(|_| quote(value)))
        }
        Some(Kind::Numbers) if !value.trim_start().starts_with('[') => raw(&format!("[{value}]")),
        Some(Kind::Numbers) => raw(value),
        None if name == LOGPROBS => match value.parse::<u32>() {
            Ok(_) => Ok(value.to_owned()),
            Err(_) => Ok(switch(value).map_or_else(|| quote(value), str::to_owned)),
        },
        Some(Kind::Either) | None => Ok(quote(value)),
    }
}

fn switch(value: &str) -> Option<&'static str> {
    let is = |word: &&str| value.eq_ignore_ascii_case(word);
    if ["true", "1", "on", "yes"].iter().any(is) {
        Some("true")
    } else if ["false", "0", "off", "no"].iter().any(is) {
        Some("false")
    } else {
        None
    }
}

fn decode_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, ApiError> {
    // An array would be taken for the members in their order.
    if json.trim_ascii_start().starts_with(b"[") {
        return Err(ApiError::request("The body is not a JSON object"));
    }
    let mut de = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut de)
        .map_err(|error| explain(&error.path().to_string(), error.inner()))?;
    de.end()
        .map_err(|error| ApiError::request(format!("The body is not one JSON value: {error}")))?;
    Ok(value)
}

/// Turns a decoder's message into the error that names the member.
fn explain(path: &str, error: &serde_json::Error) -> ApiError {
    let message = error.to_string();
    // Both stand for the whole.
    let path = if path == "?" { "." } else { path };
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    let below = |name: &str| {
        if path == "." {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    if message.starts_with("missing field") {
        ApiError::missing(below(quoted()))
    } else if message.starts_with("unknown field") {
        let name = quoted();
        let named = path == name || path.ends_with(&format!(".{name}"));
        ApiError::unknown(if named { path.to_owned() } else { below(name) })
    } else if path == "." {
        ApiError::request(format!("The body cannot be read: {message}"))
    } else {
        ApiError::invalid(path, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "role")]
        _role: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "messages")]
        _messages: Vec<Inner>,
        #[serde(rename = "n")]
        _n: Option<u32>,
    }

    /// What is wrong is named, in bodies as in queries.
    #[test]
    fn what_is_wrong_is_named() {
        for (query, body, param, message) in [
            ("", "{", None, "The body cannot be read: EOF"),
            ("", " []", None, "The body is not a JSON object"),
            ("", "1", None, "The body cannot be read: invalid type"),
            ("", "{}", Some("messages"), "Missing required parameter"),
            ("", r#"{"messages":[]} x"#, None, "The body is not one JSON"),
            ("", r#"{"messages":1}"#, Some("messages"), "invalid type"),
            (
                "",
                r#"{"messages":[{"role":"u"},{"role":7}]}"#,
                Some("messages[1].role"),
                "invalid type: integer `7`",
            ),
            (
                "",
                r#"{"messages":[{}]}"#,
                Some("messages[0].role"),
                "Missing required parameter",
            ),
            (
                "",
                r#"{"messages":[{"role":"u","x":1}]}"#,
                Some("messages[0].x"),
                "Unrecognized request argument",
            ),
            (
                "",
                r#"{"temprature":1}"#,
                Some("temprature"),
                "Unrecognized",
            ),
            ("messages=[", "", Some("messages"), "is not JSON"),
            ("messages=[]&n=x", "", Some("n"), "'x' is not JSON"),
            ("messages=[]&n=-1", "", Some("n"), "invalid value"),
            ("messages=[]&n=1&n=2", "", Some("n"), "invalid type"),
            (
                "messages=[]&stream=maybe",
                "",
                Some("stream"),
                "neither true",
            ),
            ("messages=[]&frob=1", "", Some("frob"), "Unrecognized"),
        ] {
            let error = decode::<Outer>(query, body.as_bytes()).unwrap_err();
            assert_eq!(error.param.as_deref(), param, "{query} {body}: {error:?}");
            assert!(error.message.contains(message), "{query} {body}: {error:?}");
            assert_eq!(error.status, 400);
        }
    }

    #[test]
    fn queries_say_the_same_as_bodies() {
        for (query, body, want) in [
            ("", "", r#"{}"#),
            ("prompt=a%20b+c", "", r#"{"prompt":"a b c"}"#),
            ("prompt=[1]", "", r#"{"prompt":"[1]"}"#),
            ("stop=a&stop=b", "", r#"{"stop":["a","b"]}"#),
            (r#"stop=["a"]"#, "", r#"{"stop":["a"]}"#),
            ("stop=[", "", r#"{"stop":"["}"#),
            ("stream=YES&n=2", "", r#"{"n":2,"stream":true}"#),
            ("tokens=1,2", "", r#"{"tokens":[1,2]}"#),
            ("tokens=[1,2]", "", r#"{"tokens":[1,2]}"#),
            ("logprobs=1", "", r#"{"logprobs":1}"#),
            ("logprobs=true", "", r#"{"logprobs":true}"#),
            (
                "stream=0",
                r#"{"stream":true,"a":[{"b":1}]}"#,
                r#"{"a":[{"b":1}],"stream":false}"#,
            ),
        ] {
            let got: Value = decode(query, body.as_bytes()).unwrap();
            assert_eq!(got.to_string(), want, "{query} {body}");
        }
    }
}
