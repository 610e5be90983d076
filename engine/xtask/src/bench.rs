//! The benchmarks.

use std::path::Path;

use crate::{Outcome, process, setup};

/// Runs `cargo bench` for the benchmarks, with a filter if one is given.
pub fn run(root: &Path, arguments: &[&str]) -> Outcome {
    setup::run(setup::Need::Windows)?;
    let mut words = vec!["bench", "--package", "oro_benches"];
    if !arguments.is_empty() {
        words.push("--");
        words.extend(arguments);
    }
    process::run(root, "cargo", words)
}
