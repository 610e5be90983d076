//! The direct bridge: requests, answers, events and streams over a socket of our own to each
//! document, instead of the WebView's channels.
//!
//! One connection is one document. What came is read before requests are carried to their
//! handlers, and all answers and events of a tick leave in one write per document.

mod client;
mod socket;

use std::fs::DirBuilder;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;
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
use oro_engine::queue::Queue;
use oro_engine::reactor::{Interest, Reactor, Token};
use oro_engine::request::Reply;
use oro_engine::router::Routes;
use oro_engine::tick::{DispatchSystems, EmitSystems, Startup, Tick};
use oro_engine::topic::{Emissions, Target};

use self::client::{Context, DirectClient, End, State, welcome};
use self::socket::Socket;

/// Connections that have not said hello yet, at most.
const NEW_MAX: usize = 64;
/// How long a connection may take for its hello.
const HELLO_MAX: Duration = Duration::from_secs(5);

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
            .insert_resource(Answers(Arc::new(Queue::new(usize::MAX))))
            .init_resource::<Names>()
            .add_systems(Startup, listen)
            .add_systems(
                Tick,
                (
                    (accept, receive)
                        .chain()
                        .in_set(DispatchSystems::Receive)
                        .run_if(any_client),
                    (answer, emit, flush)
                        .chain()
                        .in_set(EmitSystems::Flush)
                        .run_if(any_client),
                ),
            );
    }
}

/// The socket that documents connect to. Its folder is removed with it.
#[derive(Resource)]
struct Listener {
    socket: UnixListener,
    path: PathBuf,
    token: Option<Token>,
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

/// Answers on their way to their connections.
#[derive(Resource, Clone)]
struct Answers(Arc<Queue<(Entity, u32, Reply)>>);

impl Answers {
    fn push(&self, client: Entity, seq: u32, reply: Reply) {
        // The queue has no limit of its own: open calls are limited per connection.
        let _ = self.0.push((client, seq, reply));
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

/// Whether a document is connected, has just left or knocks.
fn any_client(
    listener: Res<Listener>,
    answers: Res<Answers>,
    reactor: Res<Reactor>,
    clients: Query<(), With<DirectClient>>,
) -> bool {
    !clients.is_empty() || !answers.0.is_empty() || knocks(&listener, &reactor)
}

fn knocks(listener: &Listener, reactor: &Reactor) -> bool {
    let mut ready = reactor.ready().iter();
    ready.any(|ready| Some(ready.token) == listener.token)
}

fn accept(
    listener: Res<Listener>,
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
    while let Ok((mut stream, _)) = listener.socket.accept() {
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
    (answers, names): (Res<Answers>, Res<Names>),
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
        let peer = rustix::net::sockopt::socket_peercred(&client.socket.stream);
        let pid = peer
            .map(|peer| peer.pid.as_raw_nonzero().get())
            .unwrap_or_default();
        let mut admit = |hello: &Hello| {
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
            answers: &answers,
            names: &names.names,
            admit: &mut admit,
            welcome: &names.welcome,
        };
        let received = client.receive(entity, &mut context);
        if let (State::New, State::Open { window, main }) = (was, client.state) {
            commands.entity(entity).insert(OwnedBy(window));
            if main {
                commands.entity(window).try_insert(Connected(entity));
            }
        }
        match received {
            Ok(again) => more |= again,
            Err(end) => close(entity, &client, &end, &mut commands),
        }
    }
    if more {
        reactor.waker().wake();
    }
}

/// Ends a connection; its open calls are dropped with its entity's streams and tokens.
fn close(entity: Entity, client: &DirectClient, end: &End, commands: &mut Commands) {
    match end {
        End::Io(_) => tracing::debug!(%end, "a document has left"),
        End::Broken(_) | End::Refused(_) => tracing::warn!(%end, "a connection was cut off"),
    }
    if let State::Open { window, main: true } = client.state {
        commands.queue(move |world: &mut World| {
            // A reloaded page may have connected already.
            let Ok(mut window) = world.get_entity_mut(window) else {
                return;
            };
            if window.get::<Connected>() == Some(&Connected(entity)) {
                window.remove::<Connected>();
            }
        });
    }
    commands.entity(entity).try_despawn();
}

fn answer(answers: Res<Answers>, mut clients: Query<&mut DirectClient>, event_loop: Res<Loop>) {
    while let Some((entity, seq, reply)) = answers.0.pop() {
        // The document may have left meanwhile.
        if let Ok(mut client) = clients.get_mut(entity)
            && let Err(end) = client.answer(seq, reply, &event_loop)
        {
            tracing::error!(%end, "an answer cannot be sent");
        }
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
        let (mut json, mut count) = (Vec::from(*b"["), 0);
        for event in emissions.iter() {
            if event.target != Target::All && event.target != Target::Window(window) {
                continue;
            }
            if count > 0 {
                json.push(b',');
            }
            count += 1;
            json.extend_from_slice(b"[\"");
            // Topic names are ours: dotted words that need no escape.
            json.extend_from_slice(event.name.as_bytes());
            json.extend_from_slice(b"\",");
            json.extend_from_slice(event.json.as_bytes());
            json.push(b']');
        }
        json.push(b']');
        if count > 0
            && let Err(end) = client.emit(&json, count)
        {
            tracing::error!(%end, "events cannot be sent");
        }
    }
}

fn flush(
    mut clients: Query<(Entity, &mut DirectClient)>,
    (event_loop, ingress): (Res<Loop>, Res<Ingress>),
    mut commands: Commands,
) {
    for (entity, mut client) in &mut clients {
        let client = &mut *client;
        let flushed = client.pump().and_then(|()| Ok(client.socket.flush()?));
        if let Err(end) = flushed {
            close(entity, client, &end, &mut commands);
        } else if client.starved(&ingress) {
            event_loop.wake();
        }
    }
}
