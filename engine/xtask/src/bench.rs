//! The benchmarks.

use std::path::Path;

use crate::{Outcome, process, setup};

/// The benchmark that opens windows, and compares programs that are built before.
const WINDOWS: &str = "start";

/// Runs `cargo bench` for the benchmarks, with a filter if one is given. On a virtual display if
/// one of them needs it.
pub fn run(root: &Path, arguments: &[&str]) -> Outcome {
    let windows = arguments.iter().all(|word| WINDOWS.contains(word));
    if windows && !process::in_session() {
        setup::run(setup::Need::Windows)?;
        for program in [
            ["oro_cli", "--bin", "oroc"],
            ["oro_platform", "--example", "bare"],
        ] {
            let build = ["build", "--release", "--package"]
                .into_iter()
                .chain(program);
            process::run(root, "cargo", build)?;
        }
        let words: Vec<&str> = ["bench"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        return process::rerun_in_session(root, &words);
    }
    let mut words = vec!["bench", "--package", "oro_benches"];
    if !arguments.is_empty() {
        words.push("--");
        words.extend(arguments);
    }
    process::run(root, "cargo", words)
}
