//! `oroc`: makes, runs and describes Oro applications.

mod args;
mod config;
mod doctor;
mod init;
mod report;
mod routes;
mod run;
mod schedule;
mod target;

use std::process::ExitCode;

use clap::Parser as _;
use oro::app::App;
use oro::engine::config::Config;
use tracing_subscriber::EnvFilter;

use args::{Command, Oroc};
use report::{Outcome, complain, finish, print};

/// What the tick allocates is freed by the lanes of jobs and the other way round, where the threads
/// of glibc's allocator wait for each other: with it, 10,000 `fs.stat` take 1.6 times as long.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let Oroc { command } = Oroc::parse();
    log(matches!(&command, Command::Run(run) if run.debug));
    finish(execute(command))
}

fn execute(command: Command) -> Outcome {
    match command {
        Command::Init { dir } => init::run(&dir),
        Command::Run(args) => run::run(args),
        Command::Config(args) => config::run(&args),
        Command::Routes { format } => routes::run(&built(), format),
        Command::Schedule { json } => schedule::run(built(), json),
        #[cfg(all(target_os = "linux", feature = "ai"))]
        Command::AiWorker => Ok(oro::ai::engine::worker_main()),
        Command::Version => version(),
        Command::Doctor { json } => doctor::run(json),
    }
}

/// An app with everything in it, built and not started: no thread, no window.
fn built() -> App {
    let mut app = App::empty();
    app.insert_resource(Config::default())
        .add_plugins(oro::DefaultPlugins);
    app.finish();
    app.cleanup();
    app
}

/// Sends messages to stderr: warnings, or what `ORO_LOG` asks for (`debug`,
/// `oro_platform=trace,warn`).
fn log(debug: bool) {
    let default = if debug {
        "info,oroc=debug,oro_platform=debug,oro_engine=debug"
    } else {
        "warn"
    };
    let filter = match std::env::var("ORO_LOG") {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(&text).unwrap_or_else(|error| {
            complain(format_args!("oroc: ORO_LOG=`{text}` is ignored: {error}"));
            EnvFilter::new(default)
        }),
        _ => EnvFilter::new(default),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .without_time()
        .init();
}

fn version() -> Outcome {
    print(format!(
        "oroc {}\nWebView {}\n{} {}\n",
        env!("CARGO_PKG_VERSION"),
        oro::platform::webview_version()
            .as_deref()
            .unwrap_or("(unknown)"),
        std::env::consts::OS,
        std::env::consts::ARCH,
    ))?;
    Ok(ExitCode::SUCCESS)
}
