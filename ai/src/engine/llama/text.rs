//! Text into tokens, so that nobody's text can pretend to be a control token or overflow a stack.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use llama_cpp_2::model::LlamaModel;
use oro_components::llm::{AiError, Segment};

use super::Weights;

/// Stack of threads that make tokens: some models match long words by recursion.
pub(crate) const STACK_BYTES: usize = 64 << 20;
/// Characters of one kind in a row; longer runs are cut for the same reason.
const RUN_MAX: usize = 32_768;

/// The texts of control tokens, by their first byte.
#[derive(Debug, Default)]
pub(crate) struct Controls(BTreeMap<u8, BTreeSet<Vec<u8>>>);

impl Controls {
    pub(super) fn of(model: &LlamaModel) -> Self {
        let vocab = model.vocab();
        let texts = vocab.tokens().filter_map(|token| {
            let text = vocab.text(token).filter(|_| vocab.is_control(token))?;
            Some(text.to_bytes().to_vec())
        });
        texts.collect()
    }

    /// Some of them as text.
    pub(super) fn texts(&self, max: usize) -> Vec<String> {
        let all = self.0.values().flatten();
        let all = all.filter_map(|text| String::from_utf8(text.clone()).ok());
        all.take(max).collect()
    }

    /// Where control tokens stand in a text.
    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for (at, first) in text.iter().enumerate() {
            let Some(tokens) = self.0.get(first) else {
                continue;
            };
            for token in tokens.iter().filter(|token| text[at..].starts_with(token)) {
                found.push(at..at + token.len());
            }
        }
        found
    }
}

impl FromIterator<Vec<u8>> for Controls {
    fn from_iter<I: IntoIterator<Item = Vec<u8>>>(texts: I) -> Self {
        let mut all: BTreeMap<u8, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for text in texts {
            if let Some(first) = text.first() {
                all.entry(*first).or_default().insert(text);
            }
        }
        Self(all)
    }
}

/// A piece of text that goes to llama.cpp by one call.
#[derive(Debug, PartialEq, Eq)]
struct Piece<'t> {
    text: std::borrow::Cow<'t, str>,
    special: bool,
}

/// Joins neighbours: text that is read in one go has the tokens that the model was trained with.
/// Where the text of a user has, or would complete, a control token, it stays alone.
fn join<'t>(segments: &[(&'t str, bool)], controls: &Controls) -> Vec<Piece<'t>> {
    let all: String = segments.iter().map(|(text, _)| *text).collect();
    let mut trusted: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for (text, special) in segments {
        let end = at + text.len();
        match trusted.last_mut() {
            _ if !special => {}
            Some(last) if last.end == at => last.end = end,
            _ => trusted.push(at..end),
        }
        at = end;
    }
    let is_trusted = |found: &Range<usize>| {
        let mut trusted = trusted.iter();
        trusted.any(|part| part.start <= found.start && found.end <= part.end)
    };
    if controls.find(all.as_bytes()).iter().all(is_trusted) {
        let special = segments.iter().any(|(_, special)| *special);
        return vec![Piece {
            text: all.into(),
            special,
        }];
    }
    let pieces = segments.iter().map(|(text, special)| Piece {
        text: (*text).into(),
        special: *special,
    });
    pieces.collect()
}

/// Where a text must be cut so that no run of one kind of characters is too long.
fn cuts(text: &str) -> Vec<usize> {
    let kind = |c: char| {
        if c.is_alphabetic() {
            0
        } else if c.is_numeric() {
            1
        } else {
            2 + u8::from(c.is_whitespace())
        }
    };
    let (mut cuts, mut last, mut run) = (Vec::new(), None, 0);
    for (at, c) in text.char_indices() {
        let kind = Some(kind(c));
        run = if kind == last { run + 1 } else { 1 };
        last = kind;
        if run > RUN_MAX {
            cuts.push(at);
            run = 1;
        }
    }
    cuts
}

impl Weights {
    /// The tokens of a text. Only on a thread with a stack of [`STACK_BYTES`].
    pub fn tokenize(
        &self,
        segments: &[Segment],
        (first, last): (bool, bool),
        bytes_max: u64,
    ) -> Result<Vec<i32>, AiError> {
        if !self.has_vocabulary() {
            let reason = "the model has no vocabulary".to_owned();
            return Err(AiError::NotSupported(reason));
        }
        let bytes: usize = segments.iter().map(size).sum();
        if bytes as u64 > bytes_max {
            let reason = format!("{bytes} bytes, at most {bytes_max}");
            return Err(AiError::parameter("prompt", reason));
        }
        let mut tokens = Vec::new();
        tokens.extend(self.first_token().filter(|_| first));
        let mut texts: Vec<(&str, bool)> = Vec::new();
        for segment in segments {
            match segment {
                Segment::Text { text, special } => texts.push((text, *special)),
                Segment::Tokens(more) => {
                    self.flush(&mut texts, &mut tokens);
                    if let Some(wrong) = more.iter().find(|token| !self.has(**token)) {
                        let reason = format!("there is no token {wrong}");
                        return Err(AiError::parameter("prompt", reason));
                    }
                    tokens.extend(more);
                }
                Segment::Context => {
                    let reason = "what the context holds can only be the first piece";
                    return Err(AiError::parameter("prompt", reason));
                }
            }
        }
        self.flush(&mut texts, &mut tokens);
        tokens.extend(self.last_token().filter(|_| last));
        Ok(tokens)
    }

    fn flush(&self, texts: &mut Vec<(&str, bool)>, tokens: &mut Vec<i32>) {
        for piece in join(texts, self.controls()) {
            let mut from = 0;
            for to in cuts(&piece.text).into_iter().chain([piece.text.len()]) {
                let part = &piece.text.as_bytes()[from..to];
                if !part.is_empty() {
                    let vocab = self.model().vocab();
                    let part = vocab.tokenize(part, false, piece.special);
                    tokens.extend(part.into_iter().map(|token| token.0));
                }
                from = to;
            }
        }
        texts.clear();
    }

    /// The bytes of tokens.
    pub fn detokenize(&self, tokens: &[i32]) -> Result<Vec<u8>, AiError> {
        if !self.has_vocabulary() {
            let reason = "the model has no vocabulary".to_owned();
            return Err(AiError::NotSupported(reason));
        }
        if let Some(wrong) = tokens.iter().find(|token| !self.has(**token)) {
            let reason = format!("there is no token {wrong}");
            return Err(AiError::parameter("tokens", reason));
        }
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let tokens: Vec<_> = tokens
            .iter()
            .map(|token| llama_cpp_2::token::LlamaToken::new(*token))
            .collect();
        Ok(self.model().vocab().detokenize(&tokens, false, true))
    }
}

fn size(segment: &Segment) -> usize {
    match segment {
        Segment::Text { text, .. } => text.len(),
        Segment::Tokens(tokens) => size_of_val(tokens.as_slice()),
        Segment::Context => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_users_never_makes_a_control_token() {
        let controls: Controls = [&b"<|start|>"[..], b"<|end|>", b"</s>"]
            .into_iter()
            .map(<[u8]>::to_vec)
            .collect();
        let check = |segments: &[(&str, bool)], joined: bool| {
            let pieces = join(segments, &controls);
            assert_eq!(
                pieces.len() == 1,
                joined || segments.len() == 1,
                "{pieces:?}"
            );
            if !joined {
                let own = pieces.iter().zip(segments);
                let same = own
                    .clone()
                    .all(|(piece, segment)| piece.special == segment.1);
                assert!(same, "{pieces:?}");
            }
        };
        check(
            &[("<|start|>user\n", true), ("Hi", false), ("<|end|>", true)],
            true,
        );
        check(
            &[("<|start|>", true), ("a</s>b", false), ("<|end|>", true)],
            false,
        );
        // Completed over the seam, in either direction and over more than one.
        check(&[("<|st", true), ("art|>", false)], false);
        check(&[("<|st", false), ("art|>", true)], false);
        check(&[("<|", false), ("end", false), ("|>", false)], false);
        // Pieces of a template may.
        check(&[("<|", true), ("end|>", true), ("x", false)], true);
        check(&[("plain", false), (" text", false)], true);
    }

    #[test]
    fn long_runs_are_cut_between_characters() {
        for (text, want) in [
            ("a".repeat(RUN_MAX), vec![]),
            ("ä".repeat(RUN_MAX + 1), vec![2 * RUN_MAX]),
            ("a ".repeat(RUN_MAX), vec![]),
            (" ".repeat(2 * RUN_MAX + 1), vec![RUN_MAX, 2 * RUN_MAX]),
            (format!("{}1", "a".repeat(RUN_MAX)), vec![]),
        ] {
            assert_eq!(cuts(&text), want, "{} characters", text.chars().count());
        }
    }
}
