//! What child processes cost: 500 runs of a program that does nothing, one after the other and 16
//! at once, without pipes and with.
//!
//! One run prints one line of JSON, in runs a second. `spawn/compare.py` puts it beside others.
#![expect(clippy::print_stdout, reason = "a benchmark reports")]

use std::time::Instant;

use oro::components::child_process::{ChildExited, ChildProcess, Stdio};
use oro::prelude::*;
use oro_benches as _;

const PROGRAM: &str = "/bin/true";
const COUNT: usize = 500;
const WARM_UP: usize = 10;

/// What is measured, and how far it is.
#[derive(Resource)]
struct Run {
    stdio: [Stdio; 3],
    to_start: usize,
    to_end: usize,
}

fn child(run: &Run) -> ChildProcess {
    ChildProcess::new(PROGRAM, [""; 0]).stdio(run.stdio)
}

fn next(
    exited: On<ChildExited>,
    mut run: ResMut<Run>,
    mut commands: Commands,
    mut exit: MessageWriter<AppExit>,
) {
    assert_eq!(exited.status.code, Some(0));
    commands.entity(exited.child).despawn();
    run.to_end -= 1;
    if run.to_start > 0 {
        run.to_start -= 1;
        commands.spawn(child(&run));
    } else if run.to_end == 0 {
        exit.write(AppExit::Success);
    }
}

/// Runs a second.
fn measure(stdio: [Stdio; 3], parallel: usize, count: usize) -> f64 {
    let mut app = App::empty();
    app.add_plugins(HeadlessPlugins);
    app.start();
    app.update();
    app.insert_resource(Run {
        stdio,
        to_start: count - parallel,
        to_end: count,
    })
    .add_observer(next);
    let begin = Instant::now();
    for _ in 0..parallel {
        let first = child(app.world().resource::<Run>());
        app.world_mut().spawn(first);
    }
    assert_eq!(app.run(), AppExit::Success);
    count as f64 / begin.elapsed().as_secs_f64()
}

fn main() {
    let mut results = Vec::new();
    for (name, stdio) in [("ignore", [Stdio::Ignore; 3]), ("pipes", [Stdio::Pipe; 3])] {
        measure(stdio, 1, WARM_UP);
        for (way, parallel) in [("seq", 1), ("16", 16)] {
            let rate = measure(stdio, parallel, COUNT);
            results.push(format!(r#""{name}_{way}_per_s":{rate:.0}"#));
        }
    }
    println!("{{{}}}", results.join(","));
}
