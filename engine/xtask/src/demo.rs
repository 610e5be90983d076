//! The demonstrations: the explorer or the chat, in a window or on a virtual display.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Lines, Next};
use crate::{Outcome, codegen, process, setup};

/// An application that shows what Oro does.
struct Demo {
    /// The name of its folder below `examples`.
    name: &'static str,
    /// What it prints once there is something to see.
    ready: &'static str,
    /// What it is given for its picture.
    args: &'static [&'static str],
}

const DEMOS: [Demo; 2] = [
    Demo {
        name: "explorer",
        ready: "explorer: ready",
        args: &[],
    },
    Demo {
        name: "chat",
        ready: "chat: ready",
        args: &[
            "What is the capital of Norway?",
            "Tell me a story about Anna.",
        ],
    },
];

const READY_LIMIT: Duration = Duration::from_secs(120);
const PAINT_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// A screen that shows more colours than this is not empty; text alone has dozens.
const EMPTY_COLORS_MAX: u32 = 32;

/// Builds Oro and runs a demonstration.
///
/// # Errors
/// There is none of that name, it does not build, does not get ready, or leaves the screen empty.
pub fn run(root: &Path, name: &str) -> Outcome {
    let demo = DEMOS.iter().find(|demo| demo.name == name);
    let demo = demo.ok_or_else(|| {
        let names: Vec<&str> = DEMOS.iter().map(|demo| demo.name).collect();
        format!("no demonstration `{name}`; there are {}", names.join(", "))
    })?;
    let app = format!("examples/{name}");
    if process::in_session() {
        return photograph(root, demo, &app);
    }
    setup::run(setup::Need::Windows)?;
    let oroc = codegen::build_oroc(root, true)?;
    if process::has_display() {
        return process::run(root, &oroc.to_string_lossy(), ["run", &app]);
    }
    process::rerun_in_session(root, &["demo", name])
}

/// Runs it on the virtual display that this process is in, and takes its picture.
fn photograph(root: &Path, demo: &Demo, app: &str) -> Outcome {
    let target = codegen::target_dir(root)?;
    let _manager = WindowManager::start();
    let mut oroc = Command::new(target.join("release/oroc"));
    oroc.args(["run", app, "--"])
        .args(demo.args)
        .current_dir(root);
    let name = demo.name;
    let mut app = Lines::start(oroc, READY_LIMIT)?;
    loop {
        match app.next() {
            Next::Line(line) => {
                println!("{line}");
                if line.starts_with(demo.ready) {
                    break;
                }
            }
            Next::Closed => return Err(format!("the {name} ended before it was ready").into()),
            Next::TimedOut => {
                return Err(format!("the {name} was not ready in {READY_LIMIT:?}").into());
            }
        }
    }
    let path = target.join(format!("demo/{name}.png"));
    screenshot(&path)?;
    app.stop(STOP_LIMIT)?;
    println!("screenshot: {}", path.display());
    Ok(())
}

/// Takes pictures of the screen until one is not empty: a page is painted some time after it says
/// that it is ready.
fn screenshot(path: &Path) -> Outcome {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let deadline = Instant::now() + PAINT_LIMIT;
    let mut last = 0;
    loop {
        let mut import = Command::new("import");
        import.args(["-window", "root"]).arg(path);
        process::read(import)?;
        // The same picture twice is one that is painted to the end.
        let colors = colors(path)?;
        if colors > EMPTY_COLORS_MAX && colors == last {
            return Ok(());
        }
        if Instant::now() > deadline {
            let seen = format!("the last picture has {colors} colours: {}", path.display());
            return if colors > EMPTY_COLORS_MAX {
                Ok(())
            } else {
                Err(seen.into())
            };
        }
        last = colors;
        std::thread::sleep(Duration::from_millis(250));
    }
}

fn colors(path: &Path) -> Outcome<u32> {
    let mut identify = Command::new("identify");
    identify.args(["-format", "%k"]).arg(path);
    let text = process::read(identify)?;
    text.trim()
        .parse()
        .map_err(|_| format!("identify printed {text:?}").into())
}

/// openbox, without which windows have no focus; the demonstration does without it as well.
struct WindowManager(Option<Child>);

impl WindowManager {
    fn start() -> Self {
        let config: PathBuf = "/dev/null".into();
        let mut openbox = Command::new("openbox");
        openbox
            .arg("--config-file")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        WindowManager(openbox.spawn().ok())
    }
}

impl Drop for WindowManager {
    fn drop(&mut self) {
        if let Some(openbox) = &mut self.0 {
            let _ = openbox.kill();
            let _ = openbox.wait();
        }
    }
}
