//! The direct bridge: requests, answers, events and streams over a socket of our own to each
//! document, instead of the WebView's channels.
//!
//! One connection is one document. What came is read before requests are carried to their
//! handlers, and all answers and events of a tick leave after it, in one write per document.

mod body;
mod client;
mod shared;
mod socket;

use std::fs::DirBuilder;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::time::Duration;

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use mio::net::UnixListener;
use oro_components::direct::{Connected, DirectAccess, WebPage};
use oro_engine::clock::{Alarm, Clock};
use oro_engine::config::{Config, IpcTransport, keys};
use oro_engine::event_loop::Loop;
use oro_engine::frame::Hello;
use oro_engine::ingress::Ingress;
use oro_engine::owner::OwnedBy;
use oro_engine::reactor::{Interest, Reactor, Token};
use oro_engine::router::Routes;
use oro_engine::tick::{AfterTick, DispatchSystems, EmitSystems, Startup, Tick};
use oro_engine::topic::Emissions;

use self::client::{Context, DirectClient, End, State, welcome};
use self::socket::{Socket, is_exhausted};

/// Connections that have not said hello yet, at most.
const NEW_MAX: usize = 64;
/// How long a connection may take for its hello.
const HELLO_MAX: Duration = Duration::from_secs(5);
/// When it is tried again what the system had no descriptor or memory for.
const RETRY_AFTER: Duration = Duration::from_millis(10);

/// Serves documents over a Unix socket in a private folder. Linux and other systems whose WebView
/// loads our extension; elsewhere nobody connects.
#[derive(Default)]
pub struct DirectPlugin;

impl Plugin for DirectPlugin {
    fn build(&self, app: &mut App) {
        let transport = app.world().resource::<Config>().get(keys::IPC_TRANSPORT);
        if !matches!(transport, IpcTransport::Auto | IpcTransport::Direct) {
            return;
        }
        let listener = match Listener::bind() {
            Ok(listener) => listener,
            Err(error) => {
                tracing::warn!(%error, "no direct bridge: pages use the other transports");
                return;
            }
        };
        app.insert_resource(DirectAccess::new(listener.path.clone()))
            .insert_resource(listener)
            .init_resource::<Names>()
            .add_systems(Startup, listen)
            .add_systems(
                Tick,
                (
                    (accept, receive)
                        .chain()
                        .in_set(DispatchSystems::Receive)
                        .run_if(any_client),
                    (answer, emit, pump)
                        .chain()
                        .in_set(EmitSystems::Flush)
                        .run_if(any_client),
                ),
            )
            .add_systems(AfterTick, flush.run_if(any_with_component::<DirectClient>));
    }
}

/// The socket that documents connect to. Its folder is removed with it.
#[derive(Resource)]
struct Listener {
    socket: UnixListener,
    path: PathBuf,
    token: Option<Token>,
    /// There was no descriptor for a connection that still waits.
    waits: bool,
}

impl Listener {
    fn bind() -> io::Result<Self> {
        let base = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let base = base
            .filter(|dir| dir.is_dir())
            .unwrap_or_else(std::env::temp_dir);
        let unique = oro_engine::id::Id::random().map_err(|e| io::Error::other(e.to_string()))?;
        let dir = base.join(format!("oro-{}-{:x}", std::process::id(), unique.0));
        DirBuilder::new().mode(0o700).create(&dir)?;
        let path = dir.join("bridge");
        let socket = UnixListener::bind(&path)?;
        Ok(Self {
            socket,
            path,
            token: None,
            waits: false,
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(dir) = self.path.parent() {
            // Nothing can be done about a folder that does not go.
            let _ = std::fs::remove_dir_all(dir);
        }
    }
}

/// The routes by their numbers, and the greeting that tells them.
#[derive(Resource, Default)]
struct Names {
    names: Vec<&'static str>,
    welcome: Vec<u8>,
}

fn listen(
    mut listener: ResMut<Listener>,
    mut reactor: ResMut<Reactor>,
    mut names: ResMut<Names>,
    routes: Res<Routes>,
) -> Result {
    listener.token = Some(reactor.register(&mut listener.socket, Interest::READABLE)?);
    names.names = routes.iter().map(|meta| meta.name).collect();
    names.welcome = welcome(&names.names);
    Ok(())
}

/// Whether a document is connected or knocks.
fn any_client(
    listener: Res<Listener>,
    reactor: Res<Reactor>,
    clients: Query<(), With<DirectClient>>,
) -> bool {
    !clients.is_empty() || knocks(&listener, &reactor)
}

fn knocks(listener: &Listener, reactor: &Reactor) -> bool {
    let mut ready = reactor.ready().iter();
    listener.waits || ready.any(|ready| Some(ready.token) == listener.token)
}

fn accept(
    mut listener: ResMut<Listener>,
    mut reactor: ResMut<Reactor>,
    clients: Query<(Entity, &DirectClient, &Born)>,
    (clock, alarm, ingress): (Res<Clock>, Res<Alarm>, Res<Ingress>),
    mut commands: Commands,
) {
    let mut new = 0;
    for (entity, client, born) in &clients {
        if client.state != State::New {
            continue;
        }
        let until = born.0 + HELLO_MAX;
        if clock.real() >= until {
            commands.entity(entity).despawn();
        } else {
            new += 1;
            alarm.at_real(until);
        }
    }
    if !knocks(&listener, &reactor) {
        return;
    }
    listener.waits = false;
    loop {
        let mut stream = match listener.socket.accept() {
            Ok((stream, _)) => stream,
            Err(error) => {
                if is_exhausted(&error) {
                    listener.waits = true;
                    alarm.at_real(clock.real() + RETRY_AFTER);
                }
                return;
            }
        };
        if new >= NEW_MAX || !same_user(&stream) {
            continue; // dropping it closes it
        }
        new += 1;
        match reactor.register(&mut stream, Interest::READABLE | Interest::WRITABLE) {
            Ok(token) => {
                let client = DirectClient::new(Socket::new(stream), token, ingress.clone());
                commands.spawn((client, Born(clock.real())));
            }
            Err(error) => tracing::warn!(%error, "a document cannot connect"),
        }
    }
}

/// When a connection was accepted.
#[derive(Component)]
struct Born(Duration);

fn same_user(stream: &impl AsFd) -> bool {
    rustix::net::sockopt::socket_peercred(stream)
        .is_ok_and(|peer| peer.uid == rustix::process::geteuid())
}

fn receive(
    mut clients: Query<(Entity, &mut DirectClient)>,
    pages: Query<(Entity, &WebPage)>,
    (reactor, ingress, access): (Res<Reactor>, Res<Ingress>, Res<DirectAccess>),
    names: Res<Names>,
    mut commands: Commands,
) {
    let mut more = false;
    for (entity, mut client) in &mut clients {
        let token = client.token;
        client.readable |= reactor
            .ready()
            .iter()
            .any(|r| r.token == token && r.readable);
        if !client.readable {
            continue;
        }
        let mut admit = |socket: &Socket, hello: &Hello| {
            let peer = rustix::net::sockopt::socket_peercred(&socket.stream);
            let pid = peer.map_or(0, |peer| peer.pid.as_raw_nonzero().get());
            if !access.admits(&hello.token, pid) {
                return Err("the token is not for this process");
            }
            let window = pages.iter().find(|(_, page)| page.0 == hello.page);
            window
                .map(|(window, _)| window)
                .ok_or("no window has this page")
        };
        let was = client.state;
        let mut context = Context {
            ingress: &ingress,
            names: &names.names,
            admit: &mut admit,
            welcome: &names.welcome,
        };
        let received = client.receive(&mut context);
        if let (State::New, State::Open { window, main }) = (was, client.state) {
            commands.entity(entity).insert(OwnedBy(window));
            if main {
                commands.entity(window).try_insert(Connected(entity));
            }
        }
        match received {
            Ok(again) => more |= again,
            Err(end) => close(entity, &end, &mut commands),
        }
    }
    if more {
        reactor.waker().wake();
    }
}

/// Ends a connection; its open calls are dropped with its entity's streams and tokens.
fn close(entity: Entity, end: &End, commands: &mut Commands) {
    match end {
        End::Io(_) => tracing::debug!(%end, "a document has left"),
        End::Broken(_) | End::Body(_) | End::Refused(_) => {
            tracing::warn!(%end, "a connection was cut off");
        }
    }
    commands.entity(entity).try_despawn();
}

fn answer(mut clients: Query<&mut DirectClient>, event_loop: Res<Loop>) {
    for mut client in &mut clients {
        client.answer(&event_loop);
    }
}

fn emit(emissions: Res<Emissions>, mut clients: Query<&mut DirectClient>) {
    if emissions.is_empty() {
        return;
    }
    for mut client in &mut clients {
        // The top document hands events on to frames of the application inside it.
        let State::Open { window, main: true } = client.state else {
            continue;
        };
        let (json, count) = emissions.json_for(window);
        if count > 0 {
            client.emit(json, count);
        }
    }
}

fn pump(mut clients: Query<&mut DirectClient>, clock: Res<Clock>, alarm: Res<Alarm>) {
    for mut client in &mut clients {
        client.pump();
        if let Some(at) = client.trim(clock.real()) {
            alarm.at_real(at);
        }
    }
}

fn flush(
    mut clients: Query<(Entity, &mut DirectClient)>,
    (event_loop, ingress): (Res<Loop>, Res<Ingress>),
    (clock, alarm): (Res<Clock>, Res<Alarm>),
    mut commands: Commands,
) {
    for (entity, mut client) in &mut clients {
        match client.socket.flush() {
            Ok(()) if client.starved(&ingress) => event_loop.wake(),
            Ok(()) => {}
            Err(error) if is_exhausted(&error) => alarm.at_real(clock.real() + RETRY_AFTER),
            Err(error) => close(entity, &error.into(), &mut commands),
        }
    }
}
