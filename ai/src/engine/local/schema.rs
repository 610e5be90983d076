//! Limits of grammars and JSON schemas: llama.cpp hangs or overflows its stack on some.

use llama_cpp_2::json_schema_to_grammar;
use oro_components::llm::AiError;
use serde_json::Value;

/// Bytes of a schema.
const SCHEMA_MAX_BYTES: usize = 64 << 10;
/// Levels of a schema.
const DEPTH_MAX: usize = 64;
/// Largest count in a schema: each is written out as that many rules.
const COUNT_MAX: u64 = 2000;
/// Bytes of a grammar.
const GBNF_MAX_BYTES: usize = 256 << 10;
/// Levels of parentheses in a grammar.
const GBNF_DEPTH_MAX: usize = 64;

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
    check_schema(&value, "", 0)?;
    let gbnf = json_schema_to_grammar(schema)
        .map_err(|error| invalid(format!("the schema cannot be followed: {error}")))?;
    check_gbnf(&gbnf)?;
    Ok(gbnf)
}

/// Refuses what llama.cpp would not come back from. `at` is where in the schema.
fn check_schema(value: &Value, at: &str, depth: usize) -> Result<(), AiError> {
    let invalid = |reason: String| AiError::InvalidGrammar(format!("{reason} at '{at}'"));
    if depth > DEPTH_MAX {
        return Err(invalid(format!("more than {DEPTH_MAX} levels")));
    }
    match value {
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                check_schema(item, &format!("{at}/{place}"), depth + 1)?;
            }
        }
        Value::Object(members) => {
            for (min, max) in [("minLength", "maxLength"), ("minItems", "maxItems")] {
                let number = |name: &str| match members.get(name) {
                    None => Ok(None),
                    Some(Value::Object(_) | Value::Array(_)) => Ok(None),
                    Some(it) => match it.as_u64() {
                        Some(count) if count <= COUNT_MAX => Ok(Some(count)),
                        _ => Err(invalid(format!(
                            "{name} is {it}, not from 0 to {COUNT_MAX}"
                        ))),
                    },
                };
                if let (Some(least), Some(most)) = (number(min)?, number(max)?)
                    && least > most
                {
                    return Err(invalid(format!(
                        "{min} is {least}, more than {max}, {most}"
                    )));
                }
            }
            for (name, member) in members {
                check_schema(member, &format!("{at}/{name}"), depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Refuses grammars that are too large or too deep.
pub(super) fn check_gbnf(gbnf: &str) -> Result<(), AiError> {
    let invalid = |reason: String| Err(AiError::InvalidGrammar(reason));
    if gbnf.len() > GBNF_MAX_BYTES {
        return invalid(format!("{} bytes, at most {GBNF_MAX_BYTES}", gbnf.len()));
    }
    if gbnf.contains('\0') {
        return invalid("it has a byte 0".to_owned());
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in gbnf.bytes() {
        // Those in strings count too: nobody needs so many of them.
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > GBNF_DEPTH_MAX {
        return invalid(format!("more than {GBNF_DEPTH_MAX} levels of parentheses"));
    }
    Ok(())
}
