//! Bytes of tokens into text: whole characters only, and nothing of a stop string.

/// Text that grows by the bytes of tokens, and what of it may be shown.
#[derive(Debug, Default)]
pub(super) struct Output {
    stops: Vec<String>,
    /// What was not shown yet: perhaps the beginning of a stop string.
    held: String,
    /// The beginning of a character.
    tail: Vec<u8>,
}

/// What a token brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// What may be shown.
    pub text: String,
    /// A stop string came up; it and what follows are dropped.
    pub stopped: bool,
}

impl Output {
    /// Empty text that ends at any of some strings; empty ones are none.
    pub fn new(stops: &[String]) -> Self {
        Self {
            stops: stops.iter().filter(|it| !it.is_empty()).cloned().collect(),
            ..Self::default()
        }
    }

    /// Appends the bytes of a token.
    pub fn push(&mut self, bytes: &[u8]) -> Shown {
        self.tail.extend_from_slice(bytes);
        let from = self.held.len();
        self.take_characters();
        if let Some(at) = self.find_stop(from) {
            self.held.truncate(at);
            return Shown {
                text: std::mem::take(&mut self.held),
                stopped: true,
            };
        }
        let keep = self.pending();
        let rest = self.held.split_off(self.held.len() - keep);
        Shown {
            text: std::mem::replace(&mut self.held, rest),
            stopped: false,
        }
    }

    /// Ends the text: what was held back is none of a stop string after all.
    pub fn finish(&mut self) -> String {
        let tail = std::mem::take(&mut self.tail);
        let mut text = std::mem::take(&mut self.held);
        text += &String::from_utf8_lossy(&tail);
        text
    }

    /// Moves whole characters out of the tail. Bytes that are none become U+FFFD.
    fn take_characters(&mut self) {
        let mut rest = &self.tail[..];
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.held += text;
                    rest = &[];
                    break;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    self.held += std::str::from_utf8(valid).unwrap_or_default();
                    rest = after;
                    let Some(wrong) = error.error_len() else {
                        break; // the character goes on in the next token
                    };
                    self.held.push(char::REPLACEMENT_CHARACTER);
                    rest = &rest[wrong..];
                }
            }
        }
        self.tail = rest.to_vec();
    }

    /// Where the first stop string stands, if one ends behind `from`.
    fn find_stop(&self, from: usize) -> Option<usize> {
        let found = self.stops.iter().filter_map(|stop| {
            let mut start = from.saturating_sub(stop.len() - 1);
            while !self.held.is_char_boundary(start) {
                start -= 1;
            }
            Some(start + self.held[start..].find(stop.as_str())?)
        });
        found.min()
    }

    /// Bytes at the end that may be the beginning of a stop string.
    fn pending(&self) -> usize {
        let longest = |stop: &String| {
            let max = (stop.len() - 1).min(self.held.len());
            let mut lengths = (1..=max).rev();
            lengths
                .find(|length| self.held.as_bytes().ends_with(&stop.as_bytes()[..*length]))
                .unwrap_or_default()
        };
        // A beginning that ends inside of a character is none: `held` has whole ones only.
        self.stops.iter().map(longest).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes tokens until it stops; what is shown by each, and by the end.
    fn check(stops: &[&str], tokens: &[&[u8]], shown: &[&str], end: Option<&str>) {
        let stops: Vec<String> = stops.iter().map(|it| (*it).to_owned()).collect();
        let mut output = Output::new(&stops);
        let mut got = Vec::new();
        let mut stopped = false;
        for token in tokens {
            let Shown { text, stopped: now } = output.push(token);
            got.push(text);
            if now {
                stopped = true;
                break;
            }
        }
        let rest = (!stopped).then(|| output.finish());
        assert_eq!(
            (got, rest.as_deref()),
            (shown.iter().map(|it| (*it).to_owned()).collect(), end)
        );
    }

    #[test]
    fn stop_strings_never_leak() {
        check(&["STOP"], &[b"a", b"ST", b"OP", b"b"], &["a", "", ""], None);
        check(&["STOP"], &[b"xSTOPy"], &["x"], None);
        // What looked like one is shown once it cannot be one.
        check(&["STOP"], &[b"ST", b"O", b"x"], &["", "", "STOx"], Some(""));
        check(&["STOP"], &[b"aSTO"], &["a"], Some("STO"));
        check(&["aab"], &[b"aaa", b"b"], &["a", ""], None);
        // The first one counts, also if it ends later.
        check(&["bc", "abcd"], &[b"abc", b"d"], &["a"], None);
        check(&["b", "abc"], &[b"xabc"], &["x"], None);
        check(&["", "\n"], &[b"a", b"\nb"], &["a", ""], None);
        check(&[], &[b"a", b"b"], &["a", "b"], Some(""));
    }

    #[test]
    fn characters_are_whole() {
        check(&[], &[b"\xC3", b"\xA4!"], &["", "ä!"], Some(""));
        check(
            &[],
            &[b"a\xF0\x9F", b"\x99", b"\x82"],
            &["a", "", "🙂"],
            Some(""),
        );
        check(&[], &[b"a\xFFb"], &["a\u{FFFD}b"], Some(""));
        check(&[], &[b"a\xC3"], &["a"], Some("\u{FFFD}"));
        check(&[], &[b"\xC3", b"b"], &["", "\u{FFFD}b"], Some(""));
        // A stop string of characters whose bytes come one by one.
        check(
            &["ä🙂"],
            &[b"x\xC3", b"\xA4\xF0", b"\x9F\x99\x82"],
            &["x", "", ""],
            None,
        );
        check(&["ä🙂"], &[b"\xC3\xA4", b"\xC3\xA4"], &["", "ä"], Some("ä"));
    }
}
