//! All tests: Rust, the types of the script library, and the suites that run in a WebView.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::Lines;
use crate::{Outcome, Reported, codegen, process, setup};

/// The suites that `oroc run --test` runs.
const SUITES: &str = "tests/scripts";
/// The suite of calls, which runs over each way that a call can take as well.
const CALLS: &str = "ipc.test.js";
/// The ways, as the setting `ipc_transport` names them. By itself a suite takes the best.
const TRANSPORTS: [&str; 3] = ["direct", "message", "scheme"];
const SUITE_LIMIT: Duration = Duration::from_secs(300);
const CARGO_LIMIT: Duration = Duration::from_secs(3600);

/// How many tests passed and failed, and what failed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// Where the failures are.
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: &str, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        if other.failed > 0 {
            self.failures
                .push(format!("{name}: {} failed", other.failed));
        }
        self.failures.extend(
            other
                .failures
                .into_iter()
                .map(|why| format!("{name}: {why}")),
        );
    }

    /// Something failed that is not a test of its own: a program ended badly.
    fn fail(&mut self, why: String) {
        self.failed += 1;
        self.failures.push(why);
    }
}

/// Runs all tests, on a virtual display where there is one. The last line is `N passed, N failed`.
///
/// # Errors
/// A test fails, or something does not build.
pub fn run(root: &Path) -> Outcome {
    if !process::in_session() {
        setup::run(setup::Need::Scripts)?;
        process::run(root, "cargo", ["test", "--workspace", "--no-run"])?;
        codegen::build_oroc(root, false)?;
        codegen::install_packages(&root.join("scripts"))?;
        if process::has("xvfb-run") && process::has("dbus-run-session") {
            return process::rerun_in_session(root, &["test"]);
        }
    }
    let mut total = Tally::default();
    total.add("cargo test", cargo_tests(root, &[], None));
    // The kernels that any processor can run make two contexts where others make one.
    total.add(
        "least kernels",
        cargo_tests(root, &["--test", "engine"], Some("least")),
    );
    if let Err(error) = process::run(&root.join("scripts"), "npm", ["run", "--silent", "check"]) {
        total.fail(format!("TypeScript: {error}"));
    }
    let oroc = codegen::target_dir(root)?.join("debug/oroc");
    match suites(&root.join(SUITES)) {
        Ok(suites) => {
            for suite in suites {
                let name = suite.strip_prefix(root).unwrap_or(&suite);
                total.add(
                    &name.to_string_lossy(),
                    script_tests(root, &oroc, &suite, None),
                );
                if suite.ends_with(CALLS) {
                    for transport in TRANSPORTS {
                        total.add(
                            transport,
                            script_tests(root, &oroc, &suite, Some(transport)),
                        );
                    }
                }
            }
        }
        Err(error) => total.fail(error.to_string()),
    }

    println!();
    for failure in &total.failures {
        println!("FAILED {failure}");
    }
    if total.skipped > 0 {
        println!("{} skipped", total.skipped);
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 {
        Ok(())
    } else {
        // The count is the last line.
        Err(Reported.into())
    }
}

fn cargo_tests(root: &Path, targets: &[&str], kernels: Option<&str>) -> Tally {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(targets)
        .current_dir(root);
    if let Some(kernels) = kernels {
        cargo.env("ORO_AI_KERNELS", kernels);
    }
    println!("$ {}", process::line_of(&cargo));
    let mut tally = Tally::default();
    let count = |line: &str| {
        if let Some((passed, failed)) = cargo_result(line) {
            tally.passed += passed;
            tally.failed += failed;
        }
    };
    let ended = Lines::start(cargo, CARGO_LIMIT).and_then(|lines| lines.drain(count));
    match ended {
        Ok(status) if status.success() || tally.failed > 0 => {}
        Ok(status) => tally.fail(format!("ended with {status}, and no test says why")),
        Err(error) => tally.fail(error.to_string()),
    }
    tally
}

/// The counts in `test result: ok. 12 passed; 1 failed; 0 ignored; …`.
fn cargo_result(line: &str) -> Option<(u64, u64)> {
    let counts = line.trim().strip_prefix("test result: ")?;
    let count = |word: &str| {
        let before = counts
            .split(';')
            .find_map(|part| part.trim().strip_suffix(word))?;
        before
            .rsplit(' ')
            .find(|word| !word.is_empty())?
            .parse()
            .ok()
    };
    Some((count("passed")?, count("failed")?))
}

/// The files `*.test.ts`, `*.test.js` and `*.test.mjs` of a folder, sorted.
fn suites(dir: &Path) -> Outcome<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let entries = fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if [".test.ts", ".test.js", ".test.mjs"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            found.insert(path);
        }
    }
    if found.is_empty() {
        return Err(format!("no suites in {}", dir.display()).into());
    }
    Ok(found)
}

fn script_tests(root: &Path, oroc: &Path, suite: &Path, transport: Option<&str>) -> Tally {
    let mut command = Command::new(oroc);
    if let Some(transport) = transport {
        command.env("ORO_IPC_TRANSPORT", transport);
    }
    let mut test = std::ffi::OsString::from("--test=");
    test.push(suite);
    command
        .args(["run", "--headless"])
        .arg(test)
        .current_dir(root);
    println!("\n$ {}", process::line_of(&command));
    let mut tap = Tap::default();
    let ended =
        Lines::start(command, SUITE_LIMIT).and_then(|lines| lines.drain(|line| tap.line(line)));
    let mut tally = tap.finish();
    match ended {
        Ok(status) if status.success() || tally.failed > 0 => {}
        Ok(status) => tally.fail(format!("ended with {status}, and no test says why")),
        Err(error) => tally.fail(error.to_string()),
    }
    tally
}

/// Counts the tests of a TAP 13 stream. Lines that are not TAP are the tests' own output.
#[derive(Debug, Default)]
struct Tap {
    tally: Tally,
    plan: Option<u64>,
    ran: u64,
    bailed_out: bool,
}

impl Tap {
    fn line(&mut self, line: &str) {
        let (result, rest) = match (line.strip_prefix("ok"), line.strip_prefix("not ok")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return self.control(line),
        };
        if !rest.is_empty() && !rest.starts_with(' ') {
            return;
        }
        self.ran += 1;
        let directive = rest
            .split_once(" # ")
            .map_or("", |(_, directive)| directive);
        let directive = directive.trim_start().to_ascii_uppercase();
        if directive.starts_with("SKIP") || directive.starts_with("TODO") {
            self.tally.skipped += 1;
        } else if result {
            self.tally.passed += 1;
        } else {
            self.tally.failed += 1;
            self.tally.failures.push(rest.trim().to_owned());
        }
    }

    fn control(&mut self, line: &str) {
        if let Some(reason) = line.strip_prefix("Bail out!") {
            self.bailed_out = true;
            self.tally.fail(format!("bailed out:{reason}"));
        } else if let Some(count) = line.strip_prefix("1..") {
            let count = count.split(' ').next().unwrap_or_default();
            self.plan = count.parse().ok().or(self.plan);
        }
    }

    fn finish(mut self) -> Tally {
        match self.plan {
            _ if self.bailed_out => {}
            None => self.tally.fail("no plan: the suite did not end".to_owned()),
            Some(0) => self.tally.fail("the suite has no tests".to_owned()),
            Some(plan) if plan != self.ran => {
                self.tally
                    .fail(format!("{plan} tests were planned, {} ran", self.ran));
            }
            Some(_) => {}
        }
        self.tally
    }
}

#[cfg(test)]
mod tests {
    use super::{Tap, cargo_result};

    #[test]
    fn results_of_cargo() {
        let check = |line: &str, expected| assert_eq!(cargo_result(line), expected, "{line}");
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; \
                  finished in 0.07s";
        check(ok, Some((12, 0)));
        check(
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured",
            Some((3, 2)),
        );
        check("test a::result ... ok", None);
        check("test result: ok.", None);
    }

    #[test]
    fn tap_streams() {
        let check = |text: &str, expected: [u64; 3], failures: &[&str]| {
            let mut tap = Tap::default();
            text.lines().for_each(|line| tap.line(line));
            let tally = tap.finish();
            assert_eq!(
                [tally.passed, tally.failed, tally.skipped],
                expected,
                "{text}"
            );
            assert_eq!(tally.failures, failures, "{text}");
        };
        check(
            "TAP version 13\n# a\nok 1 a\nok 2\nokay\n1..2\n# ok",
            [2, 0, 0],
            &[],
        );
        check(
            "1..2\nok 1 a # SKIP no\nnot ok 2 b # TODO yet",
            [0, 0, 2],
            &[],
        );
        check(
            "1..2\nok 1 a\nnot ok 2 b\n  ---\n  ok\n  ...",
            [1, 1, 0],
            &["2 b"],
        );
        // A suite that dies says so.
        check("ok 1 a", [1, 1, 0], &["no plan: the suite did not end"]);
        check("1..3\nok 1 a", [1, 1, 0], &["3 tests were planned, 1 ran"]);
        check("1..0", [0, 1, 0], &["the suite has no tests"]);
        check(
            "1..1\nok 1\nBail out! gone",
            [1, 1, 0],
            &["bailed out: gone"],
        );
    }
}
