//! What llama.cpp takes for granted, and ends the process if it is not so.

use std::collections::HashSet;

use super::head::{F32, INTEGERS};
use super::value::Value;
use super::{Fault, Head, Kind};

/// The key of the vocabulary.
pub(super) const TOKENS: &str = "tokenizer.ggml.tokens";
const TOKENIZER: &str = "tokenizer.ggml.model";
/// Layers of a model.
const LAYERS_MAX: i128 = 512;
/// Experts of a model.
const EXPERTS_MAX: i128 = 1024;
/// Numbers of heads, and of what else is counted for each layer.
const WIDTH_MAX: i128 = 1 << 24;
const ROPE_SCALINGS: &[&str] = &["none", "linear", "yarn", "longrope"];

pub(super) fn check(head: &Head, kind: Kind) -> Result<(), Fault> {
    weights(head)?;
    match kind {
        Kind::Part => Ok(()),
        Kind::Adapter => adapter(head),
        Kind::Model => {
            not_an_adapter(head)?;
            network(head)?;
            vocabulary(head)
        }
    }
}

fn fault(reason: impl Into<String>) -> Fault {
    Fault(reason.into())
}

/// Norms are 32-bit floats, and no weight is of whole numbers.
fn weights(head: &Head) -> Result<(), Fault> {
    for tensor in &head.tensors {
        let name = &tensor.name;
        if INTEGERS.contains(&tensor.type_id) && name.ends_with(".weight") {
            return Err(fault(format!("the weights '{name}' are whole numbers")));
        }
        let is_norm = name.contains("norm") || tensor.dimensions.len() == 1;
        if is_norm && tensor.type_id != F32 && !INTEGERS.contains(&tensor.type_id) {
            return Err(fault(format!("'{name}' is not of 32-bit floats")));
        }
    }
    Ok(())
}

fn adapter(head: &Head) -> Result<(), Fault> {
    for (key, want) in [("general.type", "adapter"), ("adapter.type", "lora")] {
        let is = head.text(key);
        if is != Some(want) {
            let is = is.unwrap_or("missing");
            return Err(fault(format!("'{key}' is {is}, not {want}")));
        }
    }
    Ok(())
}

fn not_an_adapter(head: &Head) -> Result<(), Fault> {
    match head.text("general.type") {
        None | Some("model") => Ok(()),
        Some(other) => Err(fault(format!("'general.type' is {other}, not model"))),
    }
}

/// The numbers that describe the network.
fn network(head: &Head) -> Result<(), Fault> {
    let architecture = head
        .text("general.architecture")
        .ok_or_else(|| fault("'general.architecture' is missing"))?;
    let key = |name: &str| format!("{architecture}.{name}");
    let within = |name: &str, min: i128, max: i128| {
        let key = key(name);
        let wrong =
            |number: i128| fault(format!("'{key}' is {number}, not between {min} and {max}"));
        match head.value(&key) {
            None => Ok(None),
            Some(Value::Number(it)) if (min..=max).contains(it) => Ok(Some(*it)),
            Some(Value::Number(it)) => Err(wrong(*it)),
            Some(Value::Numbers { first, .. }) => {
                match first.iter().find(|it| !(min..=max).contains(*it)) {
                    Some(it) => Err(wrong(*it)),
                    None => Ok(first.iter().max().copied()),
                }
            }
            Some(_) => Err(fault(format!("'{key}' is no number"))),
        }
    };
    let needed = |name: &str, max: i128| {
        let found = within(name, 1, max)?;
        found.ok_or_else(|| fault(format!("'{}' is missing", key(name))))
    };
    let layers = needed("block_count", LAYERS_MAX)?;
    needed("embedding_length", WIDTH_MAX)?;
    needed("context_length", i128::from(i32::MAX))?;
    within("nextn_predict_layers", 0, layers)?;
    for name in [
        "attention.head_count",
        "attention.head_count_kv",
        "feed_forward_length",
    ] {
        within(name, 0, WIDTH_MAX)?;
    }
    for name in [
        "attention.key_length",
        "attention.value_length",
        "rope.dimension_count",
    ] {
        within(name, 0, WIDTH_MAX)?;
    }
    let experts = within("expert_count", 0, EXPERTS_MAX)?.unwrap_or_default();
    let used = within("expert_used_count", 0, experts)?.unwrap_or_default();
    if experts > 0 && used == 0 {
        return Err(fault(format!("none of {experts} experts is used")));
    }
    let groups = within("expert_group_count", 0, (experts - 1).max(0))?.unwrap_or_default();
    let groups_used = within("expert_group_used_count", 0, WIDTH_MAX)?.unwrap_or_default();
    if groups > 1 && (experts % groups != 0 || groups_used == 0 || groups_used >= groups) {
        let reason = format!("{experts} experts in {groups} groups, {groups_used} of them used");
        return Err(fault(reason));
    }
    if let Some(scaling) = head.value(&key("rope.scaling.type")) {
        let known = matches!(scaling, Value::Text(text)
            if ROPE_SCALINGS.iter().any(|it| it.as_bytes() == text));
        if !known {
            let reason = format!(
                "'{}' is none of {ROPE_SCALINGS:?}",
                key("rope.scaling.type")
            );
            return Err(fault(reason));
        }
    }
    for (key, value) in head.keys().filter(|(key, _)| key.ends_with("epsilon")) {
        if let Value::Float(it) = value
            && !(*it >= 0.0 && it.is_finite())
        {
            return Err(fault(format!("'{key}' is {it}, not at least 0")));
        }
    }
    Ok(())
}

/// The vocabulary: without one, any text ends the process, and so do two tokens that are spelt
/// alike, or a byte that has none.
fn vocabulary(head: &Head) -> Result<(), Fault> {
    let tokenizer = head.text(TOKENIZER).unwrap_or("none");
    if ["none", "no_vocab"].contains(&tokenizer) {
        return Err(fault("it has no vocabulary"));
    }
    let Some(Value::Texts { kept, .. }) = head.value(TOKENS) else {
        return Err(fault(format!("'{TOKENS}' is no list of texts")));
    };
    if kept.is_empty() {
        return Err(fault("its vocabulary is empty"));
    }
    let mut spelt = HashSet::with_capacity(kept.len());
    for (at, token) in kept.iter().enumerate() {
        // Named by llama.cpp in a way that could be another token's.
        let named = format!("[EMPTY_{at}]").into_bytes();
        let token = if token.is_empty() {
            named
        } else {
            token.clone()
        };
        if !spelt.insert(token.clone()) {
            let token = String::from_utf8_lossy(&token).into_owned();
            return Err(fault(format!("two tokens are spelt '{token}'")));
        }
    }
    if tokenizer == "llama" {
        let lacks = (0..=u8::MAX).find(|byte| {
            let name = format!("<0x{byte:02X}>");
            !spelt.contains(name.as_bytes()) && !spelt.contains(&[*byte][..])
        });
        if let Some(byte) = lacks {
            return Err(fault(format!(
                "its vocabulary has no token for byte {byte}"
            )));
        }
    }
    // Put in front of or behind texts without a look at what it is.
    let count = i128::try_from(kept.len()).unwrap_or_default();
    for (flag, key) in [
        (
            "tokenizer.ggml.add_bos_token",
            "tokenizer.ggml.bos_token_id",
        ),
        (
            "tokenizer.ggml.add_eos_token",
            "tokenizer.ggml.eos_token_id",
        ),
    ] {
        if let Some(id) = head.number(key)
            && head.number(flag) == Some(1)
            && !(0..count).contains(&id)
        {
            return Err(fault(format!(
                "'{key}' is {id}, and there are {count} tokens"
            )));
        }
    }
    Ok(())
}
