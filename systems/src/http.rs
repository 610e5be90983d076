//! The HTTP bridge: routes for other processes, off unless the configuration asks for it.
//!
//! The server has a thread of its own. It reads requests, puts them where those of pages are put
//! ([`Ingress`]), and is told of their answers through a queue; so a request over HTTP meets the
//! same gates and the same tick as one of a page, and a slow client delays nobody.

mod admission;
mod batch;
mod body;
mod connection;
mod exchange;

mod response;
mod server;

use std::collections::BTreeMap;
use std::net::{TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use oro_components::http::{HostRule, HttpError, HttpLimits, HttpServer};
use oro_components::window::WindowIndex;
use oro_engine::config::{Config, keys};
use oro_engine::event_loop::Loop;
use oro_engine::ingress::Ingress;
use oro_engine::tick::{Shutdown, Startup, Tick, TickSystems};
use parking_lot::RwLock;

use admission::Rules;
use server::Shared;

/// Routes over HTTP, as `[http.ipc]` of the configuration says; the state is in [`HttpServer`].
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpIpcPlugin {
    /// Replaces `http_ipc_port`. Here, and only here, 0 means a port that the system chooses.
    pub port: Option<u16>,
    /// Limits that have no setting.
    pub limits: HttpLimits,
}

impl Plugin for HttpIpcPlugin {
    fn build(&self, app: &mut App) {
        let plugin = *self;
        app.init_resource::<HttpServer>()
            .init_resource::<Windows>()
            .add_observer(add_window)
            .add_observer(remove_window)
            .add_systems(Startup, move |world: &mut World| start(world, &plugin))
            .add_systems(
                Tick,
                (
                    batch::begin_tick
                        .run_if(resource_exists::<Running>)
                        .before(TickSystems::Begin),
                    end_tick.after(TickSystems::End),
                ),
            )
            .add_systems(Shutdown, stop);
    }
}

/// Windows by their index; the server's thread reads it.
#[derive(Resource, Clone, Default)]
struct Windows(Arc<RwLock<BTreeMap<u32, Entity>>>);

fn add_window(added: On<Insert<WindowIndex>>, indexes: Query<&WindowIndex>, windows: Res<Windows>) {
    if let Ok(index) = indexes.get(added.entity) {
        windows.0.write().insert(index.0, added.entity);
    }
}

fn remove_window(gone: On<Discard<WindowIndex>>, windows: Res<Windows>) {
    windows.0.write().retain(|_, window| *window != gone.entity);
}

/// The running server. Dropping it ends its thread.
#[derive(Resource)]
struct Running {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.close();
        if let Some(thread) = self.thread.take() {
            // It has logged its own panic, if that is how it ended.
            let _ = thread.join();
        }
    }
}

fn start(world: &mut World, plugin: &HttpIpcPlugin) {
    let config = world.resource::<Config>().clone();
    if !config.get(keys::HTTP_IPC_ENABLE) {
        return;
    }
    let state = match listen(world, &config, plugin) {
        Ok(state) => state,
        Err(error) => {
            if error == HttpError::NoPort {
                tracing::warn!("{error}");
            } else {
                tracing::error!("{error}");
            }
            HttpServer::Refused(error)
        }
    };
    world.insert_resource(state);
}

fn listen(
    world: &mut World,
    config: &Config,
    plugin: &HttpIpcPlugin,
) -> Result<HttpServer, HttpError> {
    let host = config.get(keys::HTTP_IPC_HOST);
    let configured = Some(config.get(keys::HTTP_IPC_PORT)).filter(|port| *port != 0);
    let port = plugin.port.or(configured).ok_or(HttpError::NoPort)?;
    let key = config
        .get(keys::HTTP_IPC_SHARED_KEY)
        .filter(|key| !key.is_empty());
    let refused = |error: std::io::Error| HttpError::Bind {
        host: host.to_owned(),
        port,
        reason: error.to_string(),
    };
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<_> = (name, port).to_socket_addrs().map_err(refused)?.collect();
    if key.is_none() && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(HttpError::NoKey(host.to_owned()));
    }
    let listener = TcpListener::bind(&*addresses).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let body_max = usize::try_from(config.get(keys::HTTP_IPC_MAX_BODY_BYTES)).unwrap_or(usize::MAX);
    let ingress = world.resource::<Ingress>().clone();
    let shared = Arc::new(Shared::new(
        Rules {
            prefix: config
                .get(keys::HTTP_IPC_PATH)
                .trim_end_matches('/')
                .to_owned(),
            host: HostRule::new(host),
            cors: config.get(keys::HTTP_IPC_ALLOW_CORS),
            key: key.map(str::to_owned),
        },
        plugin.limits,
        Some(config.get(keys::HTTP_IPC_TIMEOUT_MS)).filter(|timeout| *timeout > Duration::ZERO),
        body_max.min(ingress.body_max()),
        ingress,
        world.resource::<Loop>().clone(),
        world.resource::<Windows>().clone(),
    ));
    let thread = server::spawn(Arc::clone(&shared), listener).map_err(refused)?;
    world.insert_resource(Running {
        shared,
        thread: Some(thread),
    });
    tracing::info!(%address, "routes can be called over HTTP");
    Ok(HttpServer::Listening(address))
}

fn end_tick(running: Option<Res<Running>>) {
    if let Some(running) = running {
        running.shared.replies.end_tick();
    }
}

/// Takes no more connections; requests that are under way still get their answers.
fn stop(running: Option<Res<Running>>, mut state: ResMut<HttpServer>) {
    if let Some(running) = running {
        running.shared.close();
        *state = HttpServer::Off;
    }
}
