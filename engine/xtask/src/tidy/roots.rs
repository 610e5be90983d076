//! The root has a fixed set of folders and files.

use std::collections::BTreeSet;

use super::{Repository, Violation};

/// Folders are layers. There is no other.
const FOLDERS: &[&str] = &[
    "ai",
    "benches",
    "components",
    "engine",
    "examples",
    "platform",
    "scripts",
    "systems",
    "tests",
];

/// Files of the root; names that begin with a dot are free.
const FILES: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let entries: BTreeSet<(&str, bool)> = repository
        .files
        .iter()
        .map(|path| {
            path.split_once('/')
                .map_or((path.as_str(), false), |(dir, _)| (dir, true))
        })
        .collect();
    let allowed = |(name, is_folder): &(&str, bool)| {
        name.starts_with('.') || if *is_folder { FOLDERS } else { FILES }.contains(name)
    };
    let message = "not an entry of the root: folders are layers, see tidy/roots.rs";
    let found = entries.iter().filter(|entry| !allowed(entry));
    found
        .map(|(name, _)| Violation::new(*name, message))
        .collect()
}
