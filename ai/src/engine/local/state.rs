//! Conversations as bytes, and back.
//!
//! llama.cpp trusts the bytes of a state, so it only gets those that this engine has made itself:
//! they carry a code that nobody else can make. Of other dumps the tokens are taken, which are
//! checked, and computed again.

use oro_components::llm::{AiError, ContextId, Restore, Restored};
use serde::{Deserialize, Serialize};

use super::model::{Model, Record};
use super::pool::{Tag, number};
use crate::engine::protocol::{Answer, Bytes};

const MAGIC: [u8; 8] = *b"oro-llm1";
/// Bytes of the code.
const CODE: usize = 32;

/// What is known of a conversation.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Dump {
    /// The model, by what its file says.
    model: [u8; 32],
    /// The adapter, by its file's name and strength.
    adapter: Option<(String, u32)>,
    /// Tokens of the context.
    size: u32,
    tokens: Vec<i32>,
    /// How many of them the state has.
    held: u32,
    state: Bytes,
}

/// A dump as bytes: what it is, the code, the content.
fn seal(dump: &Dump, key: Option<&[u8; 32]>) -> Result<Vec<u8>, AiError> {
    let body = postcard::to_stdvec(dump)
        .map_err(|error| AiError::Inference(format!("the state cannot be written: {error}")))?;
    let mut bytes = Vec::with_capacity(MAGIC.len() + CODE + body.len());
    bytes.extend_from_slice(&MAGIC);
    let code = key.map_or([0; CODE], |key| blake3::keyed_hash(key, &body).into());
    bytes.extend_from_slice(&code);
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// A dump, and whether it is ours.
fn unseal(bytes: &[u8], key: Option<&[u8; 32]>) -> Result<(Dump, bool), AiError> {
    let wrong = |reason: &str| AiError::InvalidState(reason.to_owned());
    let rest = bytes
        .strip_prefix(&MAGIC)
        .ok_or_else(|| wrong("it is none of Oro"))?;
    let (code, body) = rest
        .split_first_chunk::<CODE>()
        .ok_or_else(|| wrong("it is too short"))?;
    // Compared in constant time, by the type.
    let code = blake3::Hash::from_bytes(*code);
    let ours = key.is_some_and(|key| blake3::keyed_hash(key, body) == code);
    let (dump, left) = postcard::take_from_bytes::<Dump>(body)
        .map_err(|error| AiError::InvalidState(format!("it is damaged: {error}")))?;
    if !left.is_empty() {
        return Err(wrong("there are bytes behind its end"));
    }
    Ok((dump, ours))
}

impl Model<'_> {
    /// Writes down a conversation, with what the cache holds of it.
    pub fn dump(&mut self, context: ContextId) -> Result<Answer, AiError> {
        let record = self.records.get(&context);
        let record = record.ok_or(AiError::ContextEmpty(context.0))?;
        let sequences = self.pools.iter().flat_map(|pool| {
            let numbered = pool.sequences.iter().enumerate();
            numbered.map(move |(at, sequence)| (pool, at, sequence))
        });
        let own = sequences.filter(|(_, _, it)| {
            let is_own = it.context == Some(context) && it.running.is_none();
            is_own && it.tag == record.tag && record.tokens.starts_with(&it.held)
        });
        let longest = own.max_by_key(|(_, _, sequence)| sequence.held.len());
        let saved = longest.and_then(|(pool, at, sequence)| {
            let state = pool.cells.save(number(at))?;
            Some((sequence.held.len(), state))
        });
        let (held, state) = saved.unwrap_or_default();
        let dump = Dump {
            model: self.fingerprint(),
            adapter: record.tag.map(|tag| self.adapter_of(tag)),
            size: record.size.unwrap_or(self.info.n_ctx_default),
            tokens: record.tokens.clone(),
            held: u32::try_from(held).unwrap_or_default(),
            state: Bytes(state),
        };
        let bytes = seal(&dump, self.shared.state_key.as_ref())?;
        Ok(Answer::Bytes(Bytes(bytes)))
    }

    /// Takes a conversation up.
    pub fn restore(&mut self, restore: &Restore) -> Result<Answer, AiError> {
        let wrong = |reason: String| AiError::InvalidState(reason);
        let (dump, ours) = unseal(&restore.state, self.shared.state_key.as_ref())?;
        if dump.model != self.fingerprint() {
            return Err(wrong("it is of another model".to_owned()));
        }
        let size = restore.size.unwrap_or(self.info.n_ctx_default);
        if dump.tokens.len() >= size as usize {
            let tokens = dump.tokens.len();
            let reason = format!("it has {tokens} tokens; the context has room for {size}");
            return Err(wrong(reason));
        }
        if let Some(token) = dump.tokens.iter().find(|token| !self.weights.has(**token)) {
            return Err(wrong(format!("the model has no token {token}")));
        }
        let tag = match restore.adapter {
            Some(it) if !self.adapters.contains_key(&it.id) => {
                return Err(AiError::AdapterNotLoaded(it.id.0));
            }
            it => it.and_then(|it| Tag::new(it.id, it.scale)),
        };
        if tag.map(|tag| self.adapter_of(tag)) != dump.adapter {
            return Err(wrong("it was made with another adapter".to_owned()));
        }
        let cached = if ours && dump.size == size {
            self.fill(restore, tag, &dump)
        } else {
            0
        };
        let restored = Restored {
            tokens: u32::try_from(dump.tokens.len()).unwrap_or(u32::MAX),
            cached_tokens: u32::try_from(cached).unwrap_or(u32::MAX),
        };
        let now = self.now();
        let record = Record::new(dump.tokens, restore.size, tag, now);
        self.record(restore.context, record);
        Ok(Answer::Restored(restored))
    }

    /// Puts a state of ours into the cache, if a sequence is free. Returns its tokens.
    #[expect(unsafe_code, reason = "llama.cpp trusts the bytes of a state")]
    fn fill(&mut self, restore: &Restore, tag: Option<Tag>, dump: &Dump) -> usize {
        let held = dump.held as usize;
        let size = dump.size.next_multiple_of(super::memory::CELLS);
        if held == 0 || held > dump.tokens.len() {
            return 0;
        }
        let Ok(Some(at)) = self.pool_for(size, tag, &[], None) else {
            return 0;
        };
        let now = self.now();
        let pool = &mut self.pools[at];
        let Some(target) = pool.oldest_free() else {
            return 0;
        };
        // SAFETY: the code shows that this engine has made the bytes, by `Cells::save`, and the
        // fingerprint that it was for a model with the same file.
        let loaded = unsafe { pool.cells.load(number(target), &dump.state.0) };
        let whole = loaded && pool.cells.held(number(target)) == held;
        if !whole {
            pool.cells.trim(number(target), 0);
        }
        pool.put(
            target,
            restore.context,
            tag,
            if whole { &dump.tokens[..held] } else { &[] },
            now,
        );
        if whole { held } else { 0 }
    }

    fn adapter_of(&self, tag: Tag) -> (String, u32) {
        let adapter = self.adapters.get(&tag.adapter);
        let name = adapter.map(|it| it.name.clone()).unwrap_or_default();
        (name, tag.scale().to_bits())
    }

    /// What tells models apart: all that the file says of itself.
    fn fingerprint(&self) -> [u8; 32] {
        self.weights.fingerprint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump() -> Dump {
        Dump {
            model: [1; 32],
            adapter: Some(("a".to_owned(), 2)),
            size: 256,
            tokens: vec![1, 2, 3],
            held: 2,
            state: Bytes(vec![7; 1000]),
        }
    }

    #[test]
    fn dumps_of_others_are_told_apart() {
        let bytes = seal(&dump(), Some(&[5; 32])).unwrap();
        assert_eq!(unseal(&bytes, Some(&[5; 32])), Ok((dump(), true)));
        assert_eq!(unseal(&bytes, Some(&[6; 32])), Ok((dump(), false)));
        let bytes = seal(&dump(), None).unwrap();
        assert_eq!(unseal(&bytes, None), Ok((dump(), false)));
    }

    #[test]
    fn damaged_dumps_are_refused_or_not_ours() {
        let bytes = seal(&dump(), Some(&[5; 32])).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let ours = unseal(&changed, Some(&[5; 32])).is_ok_and(|(_, ours)| ours);
            assert!(!ours, "byte {at}");
            let ours = unseal(&bytes[..at], Some(&[5; 32])).is_ok_and(|(_, ours)| ours);
            assert!(!ours, "first {at} bytes");
        }
        let longer = [&bytes[..], b"x"].concat();
        assert!(unseal(&longer, Some(&[5; 32])).is_err());
    }
}
