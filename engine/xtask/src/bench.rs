//! The benchmarks.

use std::path::Path;

use crate::{Outcome, process, setup};

/// The benchmark that opens windows, and compares programs that are built before.
const WINDOWS: &str = "start";

/// Runs `cargo bench` for the benchmarks: those that `arguments` name, or all, with the other words
/// as filters. On a virtual display if one of them needs it.
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
    // A name selects its program: to the others, some of which take a folder, it would be an
    // argument.
    let is_name = |word: &&&str| root.join(format!("benches/{word}.rs")).is_file();
    let (names, filters): (Vec<&str>, Vec<&str>) = arguments.iter().partition(is_name);
    let mut words = vec!["bench", "--package", "oro_benches"];
    words.extend(names.iter().flat_map(|name| ["--bench", name]));
    if !filters.is_empty() {
        words.push("--");
        words.extend(filters);
    }
    process::run(root, "cargo", words)
}
