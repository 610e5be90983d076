//! The invariants of ARCHITECTURE.md name what checks them: a test that is renamed or deleted must
//! not leave its invariant behind with nothing that holds it.

use super::{Repository, Violation};

const DOCUMENT: &str = "ARCHITECTURE.md";
/// Names with at least so many words are taken for tests; shorter ones are types or lints.
const WORDS_MIN: usize = 4;

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let document = repository.text(DOCUMENT);
    let sources: Vec<String> = repository
        .files
        .iter()
        .filter(|path| path.ends_with(".rs"))
        .map(|path| repository.text(path))
        .collect();
    let is_test = |name: &str| {
        let head = format!("fn {name}(");
        sources.iter().any(|source| source.contains(&head))
    };
    let is_path = |path: &str| {
        let inside = format!("{path}/");
        let mut files = repository.files.iter();
        files.any(|file| file == path || file.starts_with(&inside))
    };
    let mut found = Vec::new();
    for (line, row) in document.lines().enumerate() {
        for name in last_cell(row).split('`').skip(1).step_by(2) {
            let missing = if name.contains('/') {
                !is_path(name)
            } else {
                looks_like_test(name) && !is_test(name)
            };
            if missing {
                found.push(Violation {
                    path: DOCUMENT.to_owned(),
                    line: Some(line + 1),
                    message: format!("`{name}` is named as a check and does not exist"),
                });
            }
        }
    }
    found
}

/// The right column of a table with two columns; empty for other lines.
fn last_cell(row: &str) -> &str {
    let cells = row
        .trim()
        .strip_prefix('|')
        .and_then(|row| row.strip_suffix('|'));
    match cells.and_then(|cells| cells.split_once(" | ")) {
        Some((_, right)) if !right.contains(" | ") => right,
        _ => "",
    }
}

fn looks_like_test(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(plain) && name.split('_').count() >= WORDS_MIN
}
