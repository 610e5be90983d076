//! A configuration file as a flat list of settings with their places.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::spec::{Known, is_table};
use super::value::Raw;

/// Values without quotes that one file may have before it counts as not being TOML.
const BARE_VALUES_MAX: usize = 64;

/// A place in a file, counted from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    fn of(text: &str, offset: usize) -> Place {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// One setting of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The flattened key.
    pub(super) key: String,
    pub(super) raw: Raw,
    pub(super) place: Place,
    /// Whether the value had no quotes.
    pub(super) bare: bool,
}

/// What makes a file no TOML.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) place: Place,
}

/// Flattens a file: `[http.ipc] port` and `http_ipc_port` are the same key. Entries are in the
/// order of the file.
///
/// A value without quotes that TOML does not know (`host = 127.0.0.1`, `path = /ipc`) is read as
/// a string and marked as bare.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, SyntaxError> {
    let mut text = text.to_owned();
    let mut bare_lines: Vec<usize> = Vec::new();
    loop {
        let error = match DeTable::parse(&text) {
            Ok(table) => {
                let mut flat = Flat {
                    text: &text,
                    bare_lines: &bare_lines,
                    entries: Vec::new(),
                };
                flat.table("", table.get_ref());
                let mut entries = flat.entries;
                entries.sort_by_key(|entry| entry.place);
                return Ok(entries);
            }
            Err(error) => error,
        };
        let place = Place::of(&text, error.span().map_or(0, |span| span.start));
        let repeated = bare_lines.contains(&place.line) || bare_lines.len() >= BARE_VALUES_MAX;
        match quote_bare_value(&text, place.line).filter(|_| !repeated) {
            Some(quoted) => {
                text = quoted;
                bare_lines.push(place.line);
            }
            None => {
                return Err(SyntaxError {
                    message: error.message().to_owned(),
                    place,
                });
            }
        }
    }
}

/// Puts quotes around the value of a line that is `key = value`, with the value a plain word.
fn quote_bare_value(text: &str, line: usize) -> Option<String> {
    let start = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum::<usize>();
    let row = text[start..].lines().next()?;
    let (key, rest) = row.split_once('=')?;
    let is_key_char = |c: char| c.is_ascii_alphanumeric() || "_-. \t".contains(c);
    if key.trim().is_empty() || !key.chars().all(is_key_char) {
        return None;
    }
    let comment = rest
        .char_indices()
        .find(|(at, c)| *c == '#' && rest[..*at].chars().last().is_none_or(char::is_whitespace));
    let value = rest[..comment.map_or(rest.len(), |(at, _)| at)].trim();
    if value
        .chars()
        .any(|c| c.is_control() || "'\"[]{}=".contains(c))
    {
        return None;
    }
    let value_start = start + key.len() + 1 + (rest.len() - rest.trim_start().len());
    // An empty value is written where the line's value would begin, before any comment.
    let value_start = if value.is_empty() {
        start + key.len() + 1
    } else {
        value_start
    };
    let after = &text[value_start + value.len()..];
    Some(format!("{}'{value}'{after}", &text[..value_start]))
}

struct Flat<'t> {
    text: &'t str,
    bare_lines: &'t [usize],
    entries: Vec<Entry>,
}

impl Flat<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let name_text: &str = name.get_ref();
            let key = if prefix.is_empty() {
                name_text.to_owned()
            } else {
                format!("{prefix}_{name_text}")
            };
            self.value(key, name.span(), value);
        }
    }

    fn value(&mut self, key: String, name: Range<usize>, value: &Spanned<DeValue<'_>>) {
        let is_key = matches!(Known::find(&key), Some(Known::Fixed(_))) && !is_table(&key);
        let (raw, span) = match value.get_ref() {
            DeValue::Table(table) if !is_key => return self.table(&key, table),
            other => (raw(other, &self.text[value.span()]), value.span()),
        };
        // A table has no useful span of its own when it comes from a header.
        let span = if span.is_empty() { name } else { span };
        let place = Place::of(self.text, span.start);
        let bare = self.bare_lines.contains(&place.line);
        self.entries.push(Entry {
            key,
            raw,
            place,
            bare,
        });
    }
}

fn raw(value: &DeValue<'_>, written: &str) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.clone().into_owned()),
        DeValue::Boolean(value) => Raw::Bool(*value),
        DeValue::Integer(value) => i64::from_str_radix(value.as_str(), value.radix())
            .map_or_else(|_| Raw::Other(value.to_string()), Raw::Integer),
        DeValue::Float(value) => value
            .as_str()
            .parse()
            .map_or_else(|_| Raw::Other(value.as_str().to_owned()), Raw::Number),
        DeValue::Array(items) => Raw::List(
            items
                .iter()
                .map(|item| raw(item.get_ref(), "a nested value"))
                .collect(),
        ),
        DeValue::Datetime(value) => Raw::Other(value.to_string()),
        DeValue::Table(_) if written.starts_with('{') => Raw::Other(written.to_owned()),
        DeValue::Table(_) => Raw::Other("a table".to_owned()),
    }
}
