//! What holds for every file: its size, its first line, and words that are not left behind.

use super::{Repository, Violation};

/// Lines of a source file.
const LINES_MAX: usize = 800;
/// Bytes of a file that is not listed in [`LARGE`].
const BYTES_MAX: usize = 100_000;

/// Files that may be large, by how their paths begin, and why.
const LARGE: &[(&str, &str)] = &[
    ("Cargo.lock", "written by cargo"),
    ("scripts/package-lock.json", "written by npm"),
    (
        "scripts/dist/",
        "the built library; building oroc needs no Node",
    ),
    ("tests/fixtures/", "input of tests"),
    ("examples/explorer/screenshot.png", "shown in the README"),
    (".github/screenshot.png", "shown in the README"),
];

/// Sources whose lines are counted.
const SOURCES: &[&str] = &["rs", "ts", "js", "mjs", "css", "html", "sh", "py"];
/// Sources that a program writes.
const GENERATED: &[&str] = &["scripts/dist/", "scripts/src/generated/"];

const UNFINISHED: &str = "do it, or write down what is missing where users look";

/// Words that must not be left in a Rust or script file, in two halves so that this file has none.
const LEFT_BEHIND: &[(&str, &str, &str)] = &[
    ("FIX", "ME", UNFINISHED),
    ("// TO", "DO", UNFINISHED),
    ("//! TO", "DO", UNFINISHED),
    ("dbg", "!(", "a debugging aid"),
    (
        "#[al",
        "low(",
        "write `#[expect(…, reason = …)]`, which tells when it is not needed",
    ),
    (
        "#![al",
        "low(",
        "write `#![expect(…, reason = …)]`, which tells when it is not needed",
    ),
    ("#[ign", "ore", "a test that does not run proves nothing"),
];

/// Places outside of the repository, in two halves.
const OUTSIDE: &[(&str, &str)] = &[("../sha", "red"), ("/work/", "shared")];

/// The facade, which has no code of its own.
const FACADE: &str = "engine/oro/src/";

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    repository
        .files
        .iter()
        .flat_map(|path| file(repository, path))
        .collect()
}

fn file(repository: &Repository, path: &str) -> Vec<Violation> {
    let bytes = repository.bytes(path);
    let mut found = Vec::new();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
    if bytes.len() > BYTES_MAX && !LARGE.iter().any(|(prefix, _)| path.starts_with(prefix)) {
        let message = format!(
            "{} bytes, at most {BYTES_MAX}: see LARGE in tidy",
            bytes.len()
        );
        found.push(Violation::new(path, message));
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return found;
    };
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if SOURCES.contains(&extension) && !begins(GENERATED) {
        let count = text.lines().count();
        if count > LINES_MAX {
            let message = format!("{count} lines, at most {LINES_MAX}: split it");
            found.push(Violation::new(path, message));
        }
        found.extend(words(path, &text));
    }
    if extension == "rs" && !has_module_docs(&text) {
        found.push(Violation::new(
            path,
            "begin with `//!`: what the module is for",
        ));
    }
    for (line, row) in text.lines().enumerate() {
        let is_code = !row.trim_start().starts_with("//");
        if path.starts_with(FACADE) && is_code && contains_word(row, "fn") {
            let message = "the facade has code of its own: only `pub use` and plugin groups".into();
            found.push(Violation {
                path: path.to_owned(),
                line: Some(line + 1),
                message,
            });
        }
        if OUTSIDE
            .iter()
            .any(|(start, end)| row.contains(&format!("{start}{end}")))
        {
            let message = "names a place outside of the repository".to_owned();
            found.push(Violation {
                path: path.to_owned(),
                line: Some(line + 1),
                message,
            });
        }
    }
    found
}

fn words(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for (line, row) in text.lines().enumerate() {
        for (start, end, why) in LEFT_BEHIND {
            let word = format!("{start}{end}");
            if contains_word(row, &word) {
                let message = format!("`{word}` left behind: {why}");
                found.push(Violation {
                    path: path.to_owned(),
                    line: Some(line + 1),
                    message,
                });
            }
        }
    }
    found
}

/// Whether a line has the word, not as a part of a longer one.
fn contains_word(row: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    row.match_indices(word).any(|(at, _)| {
        let last = word.chars().next_back();
        let (before, after) = (
            row[..at].chars().next_back(),
            row[at + word.len()..].chars().next(),
        );
        let first = word.chars().next();
        !(is_part(first) && is_part(before) || is_part(last) && is_part(after))
    })
}

/// Whether the module begins with its documentation, after inner attributes at most.
fn has_module_docs(text: &str) -> bool {
    let mut rows = text.lines().map(str::trim).filter(|row| !row.is_empty());
    let first = rows.find(|row| !row.starts_with("#!["));
    first.is_some_and(|row| row.starts_with("//!") && row.len() > "//!".len())
}
