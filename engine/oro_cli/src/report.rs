//! How the program speaks: results on stdout, one line on stderr when it fails, an exit code.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The command line asks for something that cannot be: exit code 2.
    Usage(String),
    /// The work failed: exit code 1.
    Failed(String),
}

impl Failure {
    /// A failure of the command line.
    pub fn usage(message: impl Display) -> Self {
        Self::Usage(message.to_string())
    }

    /// A failure of the work.
    pub fn failed(message: impl Display) -> Self {
        Self::Failed(message.to_string())
    }
}

/// What a command ends with.
pub type Outcome = Result<ExitCode, Failure>;

/// Prints text to stdout. A reader that has left (`oroc routes | head`) is no error.
///
/// # Errors
/// If stdout cannot be written, for instance because the disk is full.
pub fn print(text: impl Display) -> Result<(), Failure> {
    let mut out = stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("cannot write the output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a line to stderr. There is nobody to tell if that fails.
pub fn complain(text: impl Display) {
    let _ = writeln!(stderr().lock(), "{text}");
}

/// Turns an outcome into the code of the process, and says why it failed.
pub fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(Failure::Usage(message)) => {
            complain(format_args!("oroc: {message}"));
            ExitCode::from(2)
        }
        Err(Failure::Failed(message)) => {
            complain(format_args!("oroc: {message}"));
            ExitCode::FAILURE
        }
    }
}
