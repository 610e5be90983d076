//! The runtime without a display, reachable over HTTP: what `compare.py` measures.
//!
//! `server PORT` prints `ready` once it listens.

use std::io::Write;

use oro::app::App;
use oro::components::http::HttpServer;
use oro::prelude::*;
use oro::systems::http::HttpIpcPlugin;
use oro_benches as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).unwrap_or_default().parse()?;
    let text = "[http.ipc]\nenable = true";
    let config = Config::builder().text("oro.toml", text).load()?.config;
    let mut app = App::empty();
    let plugin = HttpIpcPlugin {
        port: Some(port),
        ..HttpIpcPlugin::default()
    };
    app.insert_resource(config)
        .add_plugins(HeadlessPlugins.set(plugin))
        .start();
    if let HttpServer::Refused(error) = app.world().resource::<HttpServer>() {
        return Err(error.clone().into());
    }
    writeln!(std::io::stdout(), "ready")?;
    app.run();
    Ok(())
}
