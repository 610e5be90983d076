//! `oroc run`: an application in its window.

mod overlay;
mod signal;
#[cfg(target_os = "linux")]
mod startup;
mod watchdog;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use oro::app::{App, AppExit};
use oro::components::host::PageArgs;
use oro::components::resource::Resources;
use oro::engine::config::{Config, keys};
use oro::engine::event_loop::{Loop, LoopState};
use oro::{DefaultPlugins, Surface};
use serde_json::{Map, Value};

use crate::args::RunArgs;
use crate::report::{Failure, Outcome, complain};
use crate::target::{Page, Target, address};
use crate::{config, doctor};
use overlay::Overlay;

/// Runs until the application ends; its exit code is ours.
pub fn run(args: RunArgs) -> Outcome {
    let target = Target::new(args.target.as_deref(), args.test.as_deref())?;
    let is_test = matches!(target.page, Page::Test(_));
    let config = configure(&target, &args)?;
    if target.page == Page::Configured {
        check_index(&target.dir, &config)?;
    }
    let overlay = generate(&target, &config)?;
    let argv = argv(&args, &target);
    let surface = Surface {
        headless: config.get(keys::HEADLESS),
    };
    let timeout = args.timeout;

    let exit = oro::run(surface, move || {
        let mut app = App::empty();
        app.insert_resource(config).insert_resource(argv);
        #[cfg(all(target_os = "linux", feature = "ai"))]
        isolate_models(&mut app);
        app.add_plugins(DefaultPlugins);
        if let Some(page) = overlay {
            let world = app.world_mut();
            let below = world.remove_resource::<Resources>();
            world.insert_resource(Resources(Arc::new(Overlay { page, below })));
        }
        #[cfg(target_os = "linux")]
        startup::release_code_after(&mut app);
        let event_loop = app.world().resource::<Loop>();
        // Not earlier: the platform sets environment variables before there are other threads.
        signal::watch(event_loop.clone());
        if is_test {
            watchdog::watch(event_loop.clone(), timeout);
        }
        app
    });
    if let Some(code) = watchdog::fired() {
        complain(format_args!(
            "oroc: the test has not ended within {timeout:?}"
        ));
        return Ok(ExitCode::from(code));
    }
    match (exit, signal::received()) {
        (_, Some(code)) => Ok(ExitCode::from(code)),
        (AppExit::Success, None) => Ok(ExitCode::SUCCESS),
        (AppExit::Error(code), None) => {
            if let Some(why) = doctor::no_display() {
                complain(format_args!("oroc: {why}; `oroc doctor` tells more"));
            }
            Ok(ExitCode::from(code.get()))
        }
    }
}

/// Lets language models run in a process of their own: this program, by a hidden command.
#[cfg(all(target_os = "linux", feature = "ai"))]
fn isolate_models(app: &mut App) {
    match oro::ai::engine::WorkerProgram::running(&["ai-worker"]) {
        Ok(program) => {
            app.insert_resource(program);
        }
        Err(error) => tracing::warn!(%error, "models run in the application's own process"),
    }
}

/// The configuration of the target, with what the command line says.
fn configure(target: &Target, args: &RunArgs) -> Result<Config, Failure> {
    let index = match &target.page {
        Page::Configured => None,
        Page::File(name) => address(Path::new(""), name),
        Page::Script(_) | Page::Test(_) => Some(overlay::PATH.to_owned()),
    };
    let mut settings = Vec::new();
    if args.headless {
        settings.push(("headless", "true"));
    }
    if args.debug {
        settings.push(("debug", "true"));
    }
    if target.serves_dir {
        settings.push(("webview_root", "."));
    }
    if let Some(index) = &index {
        settings.push(("webview_index", index.as_str()));
    }
    let config = config::load(&target.dir, &settings)?;
    #[cfg(feature = "ai")]
    oro::ai::AiSettings::from_config(&config).map_err(Failure::failed)?;
    Ok(config)
}

/// Tells a folder that is no application from one that is. Only what is certain is refused: an
/// index may come from a mount, or from elsewhere.
fn check_index(dir: &Path, config: &Config) -> Result<(), Failure> {
    let index = config.get(keys::WEBVIEW_INDEX);
    let path = index.split(['?', '#']).next().unwrap_or_default();
    let root = config.resolve(&config.get(keys::WEBVIEW_ROOT).to_string_lossy());
    let file = root.join(path.trim_start_matches('/'));
    let exists = file.exists() || file.with_extension("html").exists() || path.contains('%');
    if exists || !path.starts_with('/') || config.mounts().next().is_some() {
        return Ok(());
    }
    let (dir, file) = (dir.display(), file.display());
    Err(Failure::usage(format!(
        "`{dir}` is no application: there is no `{file}`; `oroc init` makes one"
    )))
}

/// The page of ours, if the target needs one.
fn generate(target: &Target, config: &Config) -> Result<Option<String>, Failure> {
    let outside = |file: &Path, root: &Path| {
        let (file, root) = (file.display(), root.display());
        Failure::usage(format!(
            "`{file}` is not in the folder that is served, `{root}`"
        ))
    };
    match &target.page {
        Page::Configured | Page::File(_) => Ok(None),
        Page::Script(name) => {
            let path = address(Path::new(""), name).ok_or_else(|| outside(name, &target.dir))?;
            Ok(Some(overlay::script_page(&path)))
        }
        Page::Test(file) => {
            let root = config.resolve(&config.get(keys::WEBVIEW_ROOT).to_string_lossy());
            let root = root.canonicalize().unwrap_or(root);
            let path = address(&root, file).ok_or_else(|| outside(file, &root))?;
            Ok(Some(overlay::test_page(&path)))
        }
    }
}

/// `process.argv`: the program, what it runs, and the application's own arguments.
fn argv(args: &RunArgs, target: &Target) -> PageArgs {
    let program = std::env::current_exe().unwrap_or_else(|_| "oroc".into());
    let target = match &target.page {
        Page::Configured => target.dir.clone(),
        Page::File(file) | Page::Script(file) | Page::Test(file) => target.dir.join(file),
    };
    let argv: Vec<Value> = [program, target]
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .chain(args.args.iter().cloned())
        .map(Value::from)
        .collect();
    PageArgs(Map::from_iter([("argv".to_owned(), Value::from(argv))]))
}

/// Ends the application with a code, in order: pages hear of it first. One that is paused runs no
/// callbacks, so its loop is ended directly.
fn end(event_loop: &Loop, code: u8) {
    let asleep = matches!(event_loop.state(), LoopState::Paused | LoopState::Stopped);
    let ended = if asleep {
        event_loop.destroy()
    } else {
        event_loop.dispatch(move |world| oro::systems::window::exit(world, code))
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "the application ends already");
    }
}
