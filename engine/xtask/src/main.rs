//! Tasks of the workspace: `cargo xtask <task>`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program"
)]

mod bench;
mod ci;
mod codegen;
mod demo;
mod process;
mod setup;
mod test;
mod tidy;

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a task gives back; the error is printed as it is.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// A failure that the task has told about already.
#[derive(Debug)]
struct Reported;

impl fmt::Display for Reported {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("failed; see above")
    }
}

impl Error for Reported {}

const USAGE: &str = "\
Usage: cargo xtask <task>

  setup            Install the system packages that building and testing need (Debian, Ubuntu)
  demo [name]      Build Oro and open the explorer, or `chat`; with no display, leave a screenshot
  test             Run all tests: Rust, TypeScript, and the suites in the WebView
  ci               Everything that must hold before a change lands
  tidy             Check the shape of the repository
  codegen          Generate the route types and build the script library
  codegen --check  Fail if what is checked in differs from what would be generated
  bench [name]     Run the benchmarks, or those whose name contains `name`
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Reported>() => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Outcome {
    let root = root();
    match arguments {
        ["setup"] => setup::run(setup::Need::Scripts),
        ["demo"] => demo::run(&root, "explorer"),
        ["demo", name] => demo::run(&root, name),
        ["test"] => test::run(&root),
        ["ci"] => ci::run(&root),
        ["tidy"] => tidy::run(&root),
        ["codegen"] => codegen::run(&root, codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(&root, codegen::Mode::Check),
        ["bench", rest @ ..] => bench::run(&root, rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("unknown task `{}`\n\n{USAGE}", arguments.join(" ")).into()),
    }
}

/// The root of the workspace, two folders above this package.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package
        .ancestors()
        .nth(2)
        .map_or_else(|| PathBuf::from("."), PathBuf::from)
}
