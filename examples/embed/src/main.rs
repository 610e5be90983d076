//! Oro inside a program that has an app, a schedule and a loop of its own. It needs no display,
//! ticks when the program says so, and starts threads only for jobs.
//!
//! `cargo run -p embed`
#![expect(clippy::print_stdout, reason = "an example shows what happens")]

use bevy_app::{App, Update};
use bevy_ecs::prelude::*;
use oro::engine::ingress::Answer;
use oro::engine::request::Response;
use oro::prelude::*;
use serde_json::json;

/// The program's own state: how many frames it has simulated.
#[derive(Resource, Default)]
struct Frame(u32);

/// The program's own work, in its own schedule.
fn simulate(mut frame: ResMut<Frame>) {
    frame.0 += 1;
}

/// The program's loop, until Oro has answered.
fn frames_until(app: &mut App, answer: &Answer) -> Response {
    loop {
        app.update();
        if let Some(response) = answer.try_take() {
            return response;
        }
        std::thread::yield_now();
    }
}

fn main() {
    let mut app = App::new();
    app.init_resource::<Frame>().add_systems(Update, simulate);

    app.add_plugins(HeadlessPlugins).start();
    let ingress = app.world().resource::<Ingress>().clone();

    let stat = ingress.call("fs.stat", &json!({ "path": "." }));
    let result = frames_until(&mut app, &stat).into_json();
    let frames = app.world().resource::<Frame>().0;
    println!("fs.stat answered after {frames} frames: {result:?}");

    app.pause().update();
    println!(
        "Oro is {:?}; its producers rest",
        app.world().resource::<Lifecycle>()
    );

    // The host's own systems run on, and so do the routes that control Oro.
    let ping = ingress.call("ping", &json!({}));
    let result = frames_until(&mut app, &ping).into_json();
    println!("ping: {result:?}");

    app.resume().update();
    println!("Oro is {:?}", app.world().resource::<Lifecycle>());
    app.destroy();
}
