//! The command line as types.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs and describes Oro applications.
#[derive(Debug, Parser)]
#[command(name = "oroc", version, arg_required_else_help = true)]
pub struct Oroc {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new application folder
    Init {
        /// The folder; it is made if it does not exist
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Run an application, a page or a script
    Run(RunArgs),
    /// Show the configuration of an application
    Config(ConfigArgs),
    /// List the routes that pages can call
    Routes {
        /// How to print them
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show what a tick runs, in its order
    Schedule {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Run language models for an application that has started this program
    #[cfg(all(target_os = "linux", feature = "ai"))]
    #[command(hide = true)]
    AiWorker,
    /// Print the versions of Oro and its parts
    Version,
    /// Find out what is missing on this machine
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Options of `oroc run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// An application folder, an .html file or a .js file; the current folder if none is given
    pub target: Option<PathBuf>,
    /// Show no window
    #[arg(long)]
    pub headless: bool,
    /// Run a test file as a module in a page, and end with its result
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
    /// With --test: give up after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "120")]
    pub timeout: Duration,
    /// Development mode: the inspector, and debug messages
    #[arg(short = 'D', long)]
    pub debug: bool,
    /// Arguments for the application (`process.argv`)
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<String>,
}

/// Options of `oroc config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// The application folder
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// List every key, also those that have their default
    #[arg(long)]
    pub list: bool,
    /// Describe one key
    #[arg(long, value_name = "KEY", conflicts_with = "list")]
    pub describe: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Formats of `oroc routes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One line a route
    Text,
    /// A TypeScript module of all types
    Ts,
    /// An OpenRPC document
    Openrpc,
    /// A Markdown page
    Md,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    if seconds > 0.0 && seconds <= 86_400.0 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must be more than 0 and at most 86400 seconds".to_owned())
    }
}
