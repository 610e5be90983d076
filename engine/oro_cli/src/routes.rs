//! `oroc routes`: what pages can call, as text, TypeScript, OpenRPC or Markdown.

use std::fmt::Write as _;
use std::process::ExitCode;

use oro::app::App;
use oro::engine::router::{OutputKind, Place, Routes};
use oro::engine::topic::Topics;
use oro::engine::{describe, typescript};

use crate::args::Format;
use crate::report::{Failure, Outcome, print};

/// Prints all routes and topics.
pub fn run(app: &App, format: Format) -> Outcome {
    let routes = app.world().resource::<Routes>();
    let topics = app.world().resource::<Topics>();
    let out = match format {
        Format::Text => text(routes, topics),
        Format::Ts => typescript::module(routes, topics),
        Format::Openrpc => {
            let document = describe::openrpc(routes, topics);
            serde_json::to_string_pretty(&document).map_err(Failure::failed)? + "\n"
        }
        Format::Md => describe::markdown(routes),
    };
    print(out)?;
    Ok(ExitCode::SUCCESS)
}

fn text(routes: &Routes, topics: &Topics) -> String {
    let mut out = String::new();
    let width = routes
        .iter()
        .map(|route| route.name.len())
        .max()
        .unwrap_or_default();
    for route in routes.iter() {
        let place = match route.place {
            Place::Tick => "tick",
            Place::Deferred => "deferred",
            Place::Job(_) => "job",
            Place::Pure => "pure",
        };
        let output = match route.output {
            OutputKind::Json => "json",
            OutputKind::Bytes => "bytes",
            OutputKind::Stream => "stream",
        };
        let mut notes = Vec::new();
        if route.body {
            notes.push("body".to_owned());
        }
        if route.control {
            notes.push("also while paused".to_owned());
        }
        notes.extend(route.permission.map(|name| format!("permission {name}")));
        let line = format!(
            "{:width$}  {place:8}  {output:6}  {}",
            route.name,
            notes.join(", ")
        );
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for topic in topics.iter() {
        let _ = writeln!(out, "{:width$}  event", topic.name);
    }
    out
}
