//! Limits of grammars and JSON schemas: llama.cpp hangs or overflows its stack on some.

use llama_cpp_2::json_schema_to_grammar;
use oro_components::llm::AiError;
use serde_json::Value;

/// Bytes of a schema.
const SCHEMA_MAX_BYTES: usize = 64 << 10;
/// Levels of a schema.
const DEPTH_MAX: usize = 64;
/// Parts of a schema once it is written out: some parts are, more than once.
const PARTS_MAX: usize = 65_536;
/// Properties of an object that may be missing, and those that `allOf` merges: each is written
/// out with all that follow it.
const OPTIONAL_MAX: usize = 128;
const MERGED_MAX: usize = 512;
/// Largest count in a schema: each is written out as that many rules.
const COUNT_MAX: u64 = 2000;
/// Bytes of a grammar.
const GBNF_MAX_BYTES: usize = 256 << 10;
/// Levels of parentheses in a grammar.
const GBNF_DEPTH_MAX: usize = 64;
/// What all repetitions of a grammar may come to, as bytes of what is repeated.
const REPEATED_MAX: u64 = 2 << 20;
/// What a repetition costs besides, for each time.
const REPEATED_COST: u64 = 16;

/// A JSON schema as a grammar.
pub(super) fn to_gbnf(schema: &str) -> Result<String, AiError> {
    let invalid = |reason: String| AiError::InvalidGrammar(reason);
    if schema.len() > SCHEMA_MAX_BYTES {
        let reason = format!(
            "a schema of {} bytes, at most {SCHEMA_MAX_BYTES}",
            schema.len()
        );
        return Err(invalid(reason));
    }
    let value: Value = serde_json::from_str(schema)
        .map_err(|error| invalid(format!("the schema is no JSON: {error}")))?;
    let mut schema_check = SchemaCheck {
        root: &value,
        parts: 0,
        merged: 0,
    };
    schema_check.visit(&value, "", 0, false)?;
    let gbnf = json_schema_to_grammar(schema)
        .map_err(|error| invalid(format!("the schema cannot be followed: {error}")))?;
    check_gbnf(&gbnf)?;
    Ok(gbnf)
}

/// Refuses what llama.cpp would not come back from.
struct SchemaCheck<'s> {
    root: &'s Value,
    parts: usize,
    merged: usize,
}

impl SchemaCheck<'_> {
    /// Looks at a part. `at` is where in the schema; `merges` is whether it is merged into another
    /// one, which follows references again and again.
    fn visit(
        &mut self,
        value: &Value,
        at: &str,
        depth: usize,
        merges: bool,
    ) -> Result<(), AiError> {
        let invalid = |reason: String| AiError::InvalidGrammar(format!("{reason} at '{at}'"));
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(invalid(format!("more than {PARTS_MAX} parts")));
        }
        if depth > DEPTH_MAX {
            return Err(invalid(format!("more than {DEPTH_MAX} levels")));
        }
        match value {
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    self.visit(item, &format!("{at}/{place}"), depth + 1, merges)?;
                }
            }
            Value::Object(members) => {
                check_counts(members).map_err(invalid)?;
                self.check_properties(members, merges).map_err(invalid)?;
                if merges
                    && let Some(Value::String(reference)) = members.get("$ref")
                    && let Some(target) = find(self.root, reference)
                {
                    self.visit(target, reference, depth + 1, true)?;
                }
                // With several types, all of it is written once for each.
                let types = members.get("type").and_then(Value::as_array);
                for _ in 0..types.map_or(1, Vec::len) {
                    for (name, member) in members {
                        let merges = match name.as_str() {
                            "allOf" => true,
                            "anyOf" | "oneOf" => merges,
                            _ => false,
                        };
                        self.visit(member, &format!("{at}/{name}"), depth + 1, merges)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn check_properties(&mut self, members: &Members, merges: bool) -> Result<(), String> {
        let count = |name: &str| match members.get(name) {
            Some(Value::Object(all)) => all.len(),
            Some(Value::Array(all)) => all.len(),
            _ => 0,
        };
        let properties = count("properties");
        if properties.saturating_sub(count("required")) > OPTIONAL_MAX {
            return Err(format!(
                "more than {OPTIONAL_MAX} properties that are not required"
            ));
        }
        self.merged += if merges { properties } else { 0 };
        if self.merged > MERGED_MAX {
            return Err(format!("more than {MERGED_MAX} properties to be merged"));
        }
        Ok(())
    }
}

type Members = serde_json::Map<String, Value>;

/// What a reference means, as llama.cpp understands it.
fn find<'s>(root: &'s Value, reference: &str) -> Option<&'s Value> {
    let names = reference.strip_prefix("#/")?.split('/');
    names.into_iter().try_fold(root, |value, name| match value {
        Value::Object(members) => members.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

fn check_counts(members: &Members) -> Result<(), String> {
    for (min, max) in [("minLength", "maxLength"), ("minItems", "maxItems")] {
        let number = |name: &str| match members.get(name) {
            None | Some(Value::Object(_) | Value::Array(_)) => Ok(None),
            Some(it) => match it.as_u64() {
                Some(count) if count <= COUNT_MAX => Ok(Some(count)),
                _ => Err(format!("{name} is {it}, not from 0 to {COUNT_MAX}")),
            },
        };
        if let (Some(least), Some(most)) = (number(min)?, number(max)?)
            && least > most
        {
            return Err(format!("{min} is {least}, more than {max}, {most}"));
        }
    }
    Ok(())
}

/// Refuses grammars that are too large or too deep, and repetitions that never end.
pub(super) fn check_gbnf(gbnf: &str) -> Result<(), AiError> {
    let invalid = |reason: String| Err(AiError::InvalidGrammar(reason));
    if gbnf.len() > GBNF_MAX_BYTES {
        return invalid(format!("{} bytes, at most {GBNF_MAX_BYTES}", gbnf.len()));
    }
    if gbnf.contains('\0') {
        return invalid("it has a byte 0".to_owned());
    }
    let bytes = gbnf.as_bytes();
    // Where the groups that are open begin, and what a repetition would repeat.
    let (mut groups, mut item) = (Vec::new(), 0);
    let (mut at, mut repeated) = (0, 0_u64);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => at = behind(bytes, at, b'"'),
            b'[' => at = behind(bytes, at, b']'),
            b'<' => at = find_byte(bytes, at, b">"),
            b'#' => {
                at = find_byte(bytes, at, b"\r\n");
                continue;
            }
            b'(' => groups.push(start),
            b')' => {
                item = groups.pop().unwrap_or(start);
                continue;
            }
            b'{' => {
                at = behind(bytes, at, b'}');
                let braces = gbnf.get(start..at).unwrap_or_default();
                let times = times(braces).map_err(AiError::InvalidGrammar)?;
                let cost = (start - item) as u64 + REPEATED_COST;
                repeated = repeated.saturating_add(times.saturating_mul(cost));
                continue;
            }
            b'*' | b'+' | b'?' | b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ if is_name(*byte) => {
                let name = bytes[at..].iter().take_while(|byte| is_name(**byte));
                at += name.count();
            }
            _ => {}
        }
        item = start;
        if groups.len() > GBNF_DEPTH_MAX {
            return invalid(format!("more than {GBNF_DEPTH_MAX} levels of parentheses"));
        }
    }
    if repeated > REPEATED_MAX {
        return invalid("its repetitions are too large".to_owned());
    }
    Ok(())
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// The place behind the next `end` that no backslash makes a part of what it would end.
fn behind(bytes: &[u8], mut at: usize, end: u8) -> usize {
    while let Some(byte) = bytes.get(at) {
        at += if *byte == b'\\' { 2 } else { 1 };
        if *byte == end {
            break;
        }
    }
    at.min(bytes.len())
}

/// The place of the next byte that is one of `ends`.
fn find_byte(bytes: &[u8], at: usize, ends: &[u8]) -> usize {
    let rest = bytes[at..].iter();
    at + rest.take_while(|byte| !ends.contains(byte)).count()
}

/// How often something is repeated at most, by what is written in braces.
fn times(braces: &str) -> Result<u64, String> {
    let inner = braces.trim_matches(['{', '}']);
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (least, most) = match inner.split_once(',') {
        None => (number(inner), number(inner)),
        Some((least, most)) if most.trim().is_empty() => (number(least), number(least)),
        Some((least, most)) => (number(least), number(most)),
    };
    match (least, most) {
        (Some(least), Some(most)) if least <= most && most <= COUNT_MAX => Ok(most),
        _ => Err(format!(
            "the repetition '{braces}' is not of two numbers up to {COUNT_MAX} in their order"
        )),
    }
}
