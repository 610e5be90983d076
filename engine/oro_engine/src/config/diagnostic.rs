//! Where a setting came from, and what is wrong with one.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Where the value of a key came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The table of keys.
    Default,
    /// A file: `oro.toml` or `.ororc`.
    File {
        /// The file, as it was opened.
        path: Arc<Path>,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
    },
    /// An environment variable of this name.
    Env(Arc<str>),
    /// The command line, or the program that embeds the runtime.
    Override,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => out.write_str("default"),
            Origin::File { path, line, column } => {
                write!(out, "{}:{line}:{column}", path.display())
            }
            Origin::Env(name) => write!(out, "env {name}"),
            Origin::Override => out.write_str("override"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a diagnostic refuses the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The configuration is used; the author should look.
    Warning,
    /// The configuration is refused.
    Error,
}

/// What is wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// No such key.
    UnknownKey {
        /// The known key that is spelled most alike, if any is close.
        nearest: Option<String>,
    },
    /// A name that its family accepts, but that is very close to a well-known one.
    MaybeMisspelled {
        /// The well-known key.
        nearest: String,
    },
    /// The value does not have the key's type or range.
    Invalid {
        /// What the key takes, as in `an integer from 1 to 65535`.
        expected: String,
    },
    /// The key is set twice in one file, by a nested and a flattened spelling.
    Duplicate {
        /// Line of the other one.
        line: usize,
    },
    /// A value without quotes that TOML does not know; it was read as a string.
    BareValue,
    /// A setting that only the package may loosen came from outside of it, and was ignored.
    MayOnlyTighten,
    /// The file is not TOML.
    Syntax(String),
    /// The file cannot be read.
    Unreadable(String),
    /// Two settings contradict each other.
    Conflict(String),
}

/// One finding about the configuration, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it refuses the configuration.
    pub severity: Severity,
    /// The place.
    pub origin: Origin,
    /// The flattened key as it was written; empty for a whole file.
    pub key: String,
    /// The value as it was written, `(hidden)` for a secret; empty for a whole file.
    pub value: String,
    /// What is wrong.
    pub problem: Problem,
}

impl Diagnostic {
    /// The known key that the author may have meant.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        match &self.problem {
            Problem::UnknownKey { nearest } => nearest.as_deref(),
            Problem::MaybeMisspelled { nearest } => Some(nearest),
            _ => None,
        }
    }

    /// The line in its file, for findings that come from one.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self.origin {
            Origin::File { line, .. } => Some(line),
            _ => None,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic {
            severity,
            origin,
            key,
            value,
            problem,
        } = self;
        let word = match severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(out, "{origin}: {word}: ")?;
        match problem {
            Problem::UnknownKey {
                nearest: Some(nearest),
            } => {
                write!(
                    out,
                    "unknown key '{key}' (= {value}); did you mean '{nearest}'?"
                )
            }
            Problem::UnknownKey { nearest: None } => {
                write!(out, "unknown key '{key}' (= {value})")
            }
            Problem::MaybeMisspelled { nearest } => {
                write!(
                    out,
                    "'{key}' (= {value}) has no effect; did you mean '{nearest}'?"
                )
            }
            Problem::Invalid { expected } => write!(out, "'{key}' takes {expected}, not {value}"),
            Problem::Duplicate { line } => {
                write!(out, "'{key}' (= {value}) is set already in line {line}")
            }
            Problem::BareValue => {
                write!(
                    out,
                    "'{key}' has a value without quotes; it was read as {value}"
                )
            }
            Problem::MayOnlyTighten => {
                write!(
                    out,
                    "'{key}' may only be tightened from outside; {value} is ignored"
                )
            }
            Problem::Syntax(message) => write!(out, "not TOML: {message}"),
            Problem::Unreadable(message) => write!(out, "cannot be read: {message}"),
            Problem::Conflict(message) => write!(out, "'{key}' (= {value}) {message}"),
        }
    }
}

/// The configuration was refused. Warnings that were found on the way are kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// All findings, in the order of the sources. At least one is an error.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{diagnostic}")?;
        }
        Ok(())
    }
}
