//! The shape of the repository, as rules that a machine can check.
//!
//! Each rule is a function from the [`Repository`] to [`Violation`]s; the tests break one rule at
//! a time in a small repository of their own.

mod files;
mod invariants;
mod layers;
mod manifests;
mod roots;
mod slices;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::{Outcome, process};

/// One rule that something in the repository breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The file or folder, from the root.
    pub path: String,
    /// The line, where there is one.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Violation {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Violation {
            path: path.into(),
            line: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}: {}", self.path, self.message),
            None => write!(out, "{}: {}", self.path, self.message),
        }
    }
}

/// What the rules look at: the files that git has or would add, and what cargo knows.
pub struct Repository {
    root: PathBuf,
    /// From the root, with `/`.
    files: BTreeSet<String>,
    metadata: Json,
}

impl Repository {
    /// Lists the files and asks cargo about the packages. Nothing is built or downloaded.
    ///
    /// # Errors
    /// Neither git nor cargo can read it.
    pub fn open(root: &Path) -> Outcome<Self> {
        let mut git = Command::new("git");
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        git.current_dir(root);
        let listed = process::read(git)?;
        // A file that is deleted but not yet committed is still listed.
        let files = listed
            .split('\0')
            .filter(|path| !path.is_empty() && root.join(path).symlink_metadata().is_ok())
            .map(str::to_owned)
            .collect();
        let mut cargo = Command::new("cargo");
        cargo.args(["metadata", "--format-version=1", "--no-deps", "--offline"]);
        cargo.current_dir(root);
        let metadata = serde_json::from_str(&process::read(cargo)?)?;
        Ok(Repository {
            root: root.to_owned(),
            files,
            metadata,
        })
    }

    /// Bytes of a file; none if it cannot be read.
    fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.root.join(path)).unwrap_or_default()
    }

    /// Text of a file; empty for one that is not text.
    fn text(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).unwrap_or_default()
    }

    fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// Names directly in a folder: `udp` for `udp.rs`, and for a folder `udp/` alike.
    fn stems(&self, dir: &str, extension: &str) -> BTreeSet<&str> {
        let in_dir = self
            .files
            .iter()
            .filter_map(|path| path.strip_prefix(dir)?.strip_prefix('/'));
        in_dir
            .filter_map(|path| match path.split_once('/') {
                Some((folder, _)) => Some(folder),
                None => path.strip_suffix(extension)?.strip_suffix('.'),
            })
            .collect()
    }
}

/// Checks every rule.
pub fn check(repository: &Repository) -> Vec<Violation> {
    let rules = [
        roots::check,
        layers::check,
        manifests::check,
        slices::check,
        files::check,
        invariants::check,
    ];
    let mut found: Vec<_> = rules.iter().flat_map(|rule| rule(repository)).collect();
    found.sort();
    found.dedup();
    found
}

/// Checks every rule and prints what breaks one.
///
/// # Errors
/// Something does.
pub fn run(root: &Path) -> Outcome {
    let found = check(&Repository::open(root)?);
    for violation in &found {
        println!("{violation}");
    }
    match found.len() {
        0 => {
            println!("tidy: all rules hold");
            Ok(())
        }
        count => Err(format!("tidy: {count} violations").into()),
    }
}
