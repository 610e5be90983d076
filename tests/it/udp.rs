//! UDP: through routes as a page uses it, and as components.

use std::net::{SocketAddr, UdpSocket as StdSocket};
use std::time::Duration;

use oro::components::udp::{
    Datagrams, DatagramsReceived, UdpErrorEvent, UdpFailed, UdpInbox, UdpMessage, UdpOutbox,
    UdpSocket,
};
use oro::ecs::prelude::*;
use oro::engine::request::Payload;
use oro::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Headless, PATIENCE, check_cases, show};

#[test]
fn cases() {
    check_cases("udp");
}

/// A window that uses sockets.
struct Page {
    headless: Headless,
    window: Entity,
}

impl Page {
    fn new(backlog_max_bytes: usize) -> Self {
        let limits = [("udp_backlog_max_bytes", backlog_max_bytes.to_string())];
        let config = Config::builder().overrides(limits).load().unwrap().config;
        let mut headless = Headless::with(config);
        let window = headless.app.world_mut().spawn_empty().id();
        Self { headless, window }
    }

    fn ask(&mut self, route: &str, params: Value, body: Option<Vec<u8>>) -> Value {
        let client = Client::Window(self.window);
        let answer = self.headless.send(client, route, &params, body);
        show(self.headless.wait(&answer))
    }

    fn call(&mut self, route: &str, params: Value) -> Value {
        self.ask(route, params, None)["want"].take()
    }

    /// A socket that receives, and its address.
    fn listen(&mut self, id: &str, address: &str) -> SocketAddr {
        let bound = self.call("udp.bind", json!({"id": id, "port": 0, "address": address}));
        let port = bound["port"].as_u64().unwrap() as u16;
        self.call("udp.readStart", json!({"id": id}));
        SocketAddr::new(address.parse().unwrap(), port)
    }

    /// Sends datagrams in one batch.
    fn send(&mut self, id: &str, datagrams: &[(SocketAddr, Vec<u8>)]) -> Value {
        let mut batch = Datagrams::default();
        for (to, payload) in datagrams {
            batch.push(*to, payload);
        }
        let body = batch.take_frame(usize::MAX);
        self.ask("udp.sendBatch", json!({"id": id}), Some(body))
    }

    /// Takes what has arrived until there are `count` datagrams.
    fn receive(&mut self, id: &str, count: usize) -> Vec<(SocketAddr, Vec<u8>)> {
        let started = std::time::Instant::now();
        let mut all = Vec::new();
        while all.len() < count {
            assert!(
                started.elapsed() < PATIENCE,
                "{} of {count} came",
                all.len()
            );
            let client = Client::Window(self.window);
            let params = json!({"id": id, "max": 100_000});
            let answer = self.headless.send(client, "udp.recv", &params, None);
            let Ok(Payload::Bytes(frame)) = self.headless.wait(&answer).reply else {
                panic!("{id}: no bytes");
            };
            let mut datagrams = Datagrams::default();
            datagrams.push_frame(&frame).unwrap();
            let each = datagrams.iter();
            all.extend(each.map(|(from, payload)| (from.unwrap(), payload.to_vec())));
        }
        all
    }

    /// Ticks until the page has heard an event.
    fn hear<T: Message + Clone>(&mut self) -> T {
        let mut heard = None;
        self.headless.until(|app| {
            let messages = app.world().resource::<Messages<T>>();
            heard = messages.iter_current_update_messages().next().cloned();
            heard.is_some()
        });
        heard.unwrap()
    }

    fn state(&mut self, id: &str) -> Value {
        self.ask("udp.getState", json!({"id": id}), None)
    }

    fn pause(&mut self) {
        self.headless.app.pause();
        self.headless.app.update();
    }

    fn resume(&mut self) {
        self.headless.app.resume();
        self.headless.app.update();
    }
}

/// A socket outside of the runtime.
fn outside() -> StdSocket {
    let socket = StdSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// How many sockets this process has open on a port.
fn open_on(port: u16) -> usize {
    let hex = format!(":{port:04X} ");
    let table = |path| std::fs::read_to_string(path).unwrap_or_default();
    let all = table("/proc/self/net/udp") + &table("/proc/self/net/udp6");
    all.lines()
        .filter(|line| {
            line.split_once(": ").is_some_and(|(_, rest)| {
                rest.split_once(' ')
                    .is_some_and(|(local, _)| format!("{local} ").ends_with(&hex))
            })
        })
        .count()
}

#[test]
fn datagrams_of_all_sizes_go_there_and_back_with_their_borders() {
    let mut page = Page::new(64 << 20);
    for address in ["127.0.0.1", "::1"] {
        let (a, b) = (
            format!("1{address}").len().to_string(),
            format!("22{address}").len().to_string(),
        );
        let to = page.listen(&a, address);
        let from = page.listen(&b, address);
        let mut sizes = vec![0, 1, 1, 1, 0, 0, 1472, 65_507];
        sizes.extend([1200; 40]);
        sizes.extend([1200 - 1, 64, 64, 64, 63]);
        let all: Vec<_> = (0..)
            .zip(&sizes)
            .map(|(n, size)| (to, vec![n as u8; *size]))
            .collect();
        // in parts, because the kernel's buffer is not endless
        for part in all.chunks(8) {
            let sent = page.send(&b, part);
            assert_eq!(sent["want"]["sent"], part.len(), "{address}: {sent}");
            let got = page.receive(&a, part.len());
            let want: Vec<_> = part
                .iter()
                .map(|(_, payload)| (from, payload.clone()))
                .collect();
            assert_eq!(got, want, "{address}");
        }
        page.call("udp.close", json!({"id": a}));
        page.call("udp.close", json!({"id": b}));
    }
}

#[test]
fn a_batch_says_which_datagrams_were_refused_and_sends_the_others() {
    let mut page = Page::new(1 << 20);
    let to = page.listen("1", "127.0.0.1");
    let forbidden = SocketAddr::from(([255, 255, 255, 255], 9));
    let all: Vec<_> = [to, forbidden, forbidden, to, forbidden, to]
        .into_iter()
        .enumerate()
        .map(|(n, to)| (to, vec![n as u8; 3]))
        .collect();
    let sent = page.send("1", &all);
    let message = "send EACCES 255.255.255.255:9";
    let want = json!({"id": "1", "sent": 3, "failed": [
        {"index": 1, "count": 2, "code": "EACCES", "message": message},
        {"index": 4, "count": 1, "code": "EACCES", "message": message},
    ]});
    assert_eq!(sent["want"], want);
    let got: Vec<u8> = page
        .receive("1", 3)
        .iter()
        .map(|(_, payload)| payload[0])
        .collect();
    assert_eq!(got, [0, 3, 5]);
}

#[test]
fn a_page_is_told_once_and_what_it_does_not_take_is_counted_when_dropped() {
    let mut page = Page::new(4096);
    let to = page.listen("1", "127.0.0.1");
    let peer = outside();
    peer.send_to(b"first", to).unwrap();
    let event: UdpMessage = page.hear();
    assert_eq!(
        (event.id, event.count, event.bytes, event.dropped),
        (Id(1), 1, 5, 0)
    );
    assert_eq!(event.window, Some(page.window));
    for _ in 0..50 {
        peer.send_to(&[7; 1000], to).unwrap();
    }
    page.headless.until(|app| {
        let messages = app.world().resource::<Messages<UdpMessage>>();
        assert_eq!(
            messages.iter_current_update_messages().count(),
            0,
            "told already"
        );
        let mut inboxes = app.world_mut().query::<&UdpInbox>();
        let inbox = inboxes.single(app.world()).unwrap();
        assert!(inbox.datagrams.footprint() <= 4096);
        inbox.datagrams.len() as u64 + inbox.dropped == 51
    });
    let state = page.state("1");
    let queued = state["want"]["queued"].as_u64().unwrap();
    assert!((2..=4).contains(&queued), "{state}");
    assert_eq!(page.receive("1", queued as usize).len() as u64, queued);
    // taken to the end: told again
    assert!(page.ask("udp.recv", json!({"id": "1"}), None)["bytes"] == "");
    peer.send_to(b"again", to).unwrap();
    let event: UdpMessage = page.hear();
    assert_eq!((event.count, event.dropped), (1, 51 - queued));
}

#[test]
fn a_pause_frees_the_port_and_the_resume_takes_it_again() {
    let mut page = Page::new(1 << 20);
    let to = page.listen("1", "127.0.0.1");
    let peer = outside();
    let peer_port = peer.local_addr().unwrap().port();
    page.call("udp.connect", json!({"id": "2", "port": peer_port}));
    page.call("udp.readStart", json!({"id": "2"}));
    page.call("udp.setTTL", json!({"id": "2", "ttl": 33}));
    let name = page.call("udp.getSockName", json!({"id": "2"}));
    let local = name["port"].as_u64().unwrap() as u16;
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let mut before = None;
    for cycle in 0..20 {
        page.pause();
        assert_eq!(
            (open_on(to.port()), open_on(local)),
            (0, 0),
            "cycle {cycle}"
        );
        drop(StdSocket::bind(to).unwrap());
        // asked in the pause, answered after it
        let client = Client::Window(page.window);
        let held = page
            .headless
            .send(client, "udp.getSockName", &json!({"id": "1"}), None);
        page.headless.app.update();
        assert!(held.try_recv().is_err());
        page.resume();
        let name = show(page.headless.wait(&held));
        assert_eq!(name["want"]["port"], to.port());
        peer.send_to(&[cycle], to).unwrap();
        peer.send_to(&[cycle, 1], ("127.0.0.1", local)).unwrap();
        assert_eq!(page.receive("1", 1)[0].1, [cycle]);
        assert_eq!(page.receive("2", 1)[0].1, [cycle, 1]);
        page.ask("udp.send", json!({"id": "2"}), Some(vec![cycle]));
        assert_eq!(peer.recv(&mut [0; 9]).unwrap(), 1);
        let now = (
            descriptors(),
            page.headless.app.world().entities().count_spawned(),
        );
        let (fds, entities) = *before.get_or_insert(now);
        assert!(
            now.1 == entities,
            "cycle {cycle}: entities {entities} became {}",
            now.1
        );
        // other tests run beside this one
        assert!(
            now.0 < fds + 200,
            "cycle {cycle}: {fds} descriptors became {}",
            now.0
        );
    }
    // paused and resumed within a tick: nothing changes
    page.headless.app.pause();
    page.resume();
    peer.send_to(&[99], to).unwrap();
    assert_eq!(page.receive("1", 1)[0].1, [99]);
}

#[test]
fn a_port_that_was_taken_in_the_pause_is_an_error_event_and_closes() {
    let mut page = Page::new(1 << 20);
    let to = page.listen("1", "127.0.0.1");
    page.pause();
    let thief = StdSocket::bind(to).unwrap();
    page.headless.app.resume();
    let event: UdpErrorEvent = page.hear();
    assert_eq!(
        (event.id, event.code.as_str(), event.closed),
        (Id(1), "EADDRINUSE", true)
    );
    assert_eq!(event.message, format!("bind EADDRINUSE {to}"));
    assert_eq!(event.syscall.as_deref(), Some("bind"));
    assert_eq!(event.window, Some(page.window));
    assert_eq!(
        page.state("1")["err"]["code"],
        "ERR_SOCKET_DGRAM_NOT_RUNNING"
    );
    drop(thief);
    let again = json!({"id": "1", "port": to.port(), "address": "127.0.0.1"});
    assert_eq!(page.call("udp.bind", again)["port"], to.port());
}

#[test]
fn sockets_belong_to_their_window_and_close_with_it() {
    let mut page = Page::new(1 << 20);
    page.headless.app.update();
    let before = page.headless.app.world().entities().count_spawned() - 1;
    let to = page.listen("1", "127.0.0.1");
    let first = page.window;
    page.window = page.headless.app.world_mut().spawn_empty().id();
    for route in ["udp.getState", "udp.close", "udp.readStop", "udp.recv"] {
        let refused = page.ask(route, json!({"id": "1"}), None);
        assert_eq!(
            refused["err"]["code"], "ERR_SOCKET_DGRAM_NOT_RUNNING",
            "{route}"
        );
    }
    // the same id is another socket
    let other = page.listen("1", "127.0.0.1");
    assert_ne!(to, other);
    page.headless.app.world_mut().despawn(first);
    assert_eq!((open_on(to.port()), open_on(other.port())), (0, 1));
    assert_eq!(
        page.call("udp.getSockName", json!({"id": "1"}))["port"],
        other.port()
    );
    page.headless.app.world_mut().despawn(page.window);
    assert_eq!(open_on(other.port()), 0);
    page.headless.app.update();
    assert_eq!(page.headless.app.world().entities().count_spawned(), before);
}

#[test]
fn a_refused_datagram_of_a_connected_socket_is_an_error_event() {
    let mut page = Page::new(1 << 20);
    let nobody = outside().local_addr().unwrap();
    page.call("udp.connect", json!({"id": "1", "port": nobody.port()}));
    page.call("udp.readStart", json!({"id": "1"}));
    page.ask("udp.send", json!({"id": "1"}), Some(b"x".to_vec()));
    let event: UdpErrorEvent = page.hear();
    assert_eq!((event.code.as_str(), event.closed), ("ECONNREFUSED", false));
    assert_eq!(page.state("1")["want"]["active"], true);
}

#[test]
fn multicast_reaches_the_members_of_a_group() {
    let mut page = Page::new(1 << 20);
    let group = SocketAddr::from(([239, 255, 77, 7], 0));
    let local = page.call("udp.bind", json!({"id": "1", "port": 0, "reuseAddr": true}));
    let port = local["port"].as_u64().unwrap() as u16;
    page.call("udp.readStart", json!({"id": "1"}));
    let params = json!({"id": "1", "address": group.ip(), "interface": "127.0.0.1"});
    page.call("udp.addMembership", params);
    page.call(
        "udp.setMulticastInterface",
        json!({"id": "1", "interface": "127.0.0.1"}),
    );
    // membership and interface outlive a pause
    for cycle in 0..2 {
        let to = SocketAddr::new(group.ip(), port);
        let sent = page.send("1", &[(to, vec![cycle])]);
        assert_eq!(sent["want"]["sent"], 1, "{sent}");
        assert_eq!(page.receive("1", 1)[0].1, [cycle]);
        page.pause();
        page.resume();
    }
}

#[test]
fn one_sender_of_a_group_is_heard_and_others_are_not() {
    let mut page = Page::new(1 << 20);
    let local = page.call("udp.bind", json!({"id": "1", "port": 0, "reuseAddr": true}));
    let to = SocketAddr::from(([232, 77, 7, 1], local["port"].as_u64().unwrap() as u16));
    page.call("udp.readStart", json!({"id": "1"}));
    let lo = "127.0.0.1";
    page.call(
        "udp.setMulticastInterface",
        json!({"id": "1", "interface": lo}),
    );
    let source = json!({"id": "1", "address": to.ip(), "source": lo, "interface": lo});
    page.call("udp.addMembership", source.clone());
    // a pause closes the socket, and the resume joins again
    for cycle in 0..2 {
        page.send("1", &[(to, vec![cycle])]);
        assert_eq!(page.receive("1", 1)[0].1, [cycle]);
        page.pause();
        page.resume();
    }
    page.call("udp.dropMembership", source);
    let other = json!({"id": "1", "address": to.ip(), "source": "127.0.0.9", "interface": lo});
    page.call("udp.addMembership", other);
    page.send("1", &[(to, vec![7])]);
    page.send(
        "1",
        &[(SocketAddr::from(([127, 0, 0, 1], to.port())), vec![8])],
    );
    assert_eq!(
        page.receive("1", 1)[0].1,
        [8],
        "only what was sent to it alone"
    );
}

/// Echoes every datagram, as a host program would.
fn echo(
    mut received: MessageReader<DatagramsReceived>,
    mut sockets: Query<(&mut UdpInbox, &mut UdpOutbox)>,
) {
    for message in received.read() {
        let (mut inbox, mut outbox) = sockets.get_mut(message.socket).unwrap();
        assert_eq!(inbox.datagrams.len(), message.count);
        for (run, payload) in inbox.datagrams.runs() {
            outbox.0.push_run(run, payload);
        }
        inbox.datagrams.clear();
    }
}

#[test]
fn host_programs_use_sockets_as_components() {
    let mut headless = Headless::new();
    headless
        .app
        .add_systems(Tick, echo.in_set(TickSystems::Update));
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let world = headless.app.world_mut();
    let socket = world.spawn(UdpSocket::bind(any)).id();
    world.flush();
    let local = world.get::<UdpSocket>(socket).unwrap().local;
    assert_ne!(local.port(), 0);
    let peer = outside();
    peer.connect(local).unwrap();
    for n in 0..50 {
        peer.send(&[n; 10]).unwrap();
    }
    peer.set_nonblocking(true).unwrap();
    let mut back = Vec::new();
    headless.until(|_| {
        let mut buffer = [0; 100];
        while let Ok(size) = peer.recv(&mut buffer) {
            back.push((buffer[0], size));
        }
        back.len() == 50
    });
    assert!((0..50).map(|n| (n, 10)).eq(back));
    // one that cannot be opened tells its observers and is removed
    let world = headless.app.world_mut();
    world.init_resource::<Failed>();
    let taken = world.spawn_empty().id();
    world
        .entity_mut(taken)
        .observe(|on: On<UdpFailed>, mut failed: ResMut<Failed>| {
            failed.0.push(on.error.to_string());
        });
    world.entity_mut(taken).insert(UdpSocket::bind(local));
    world.flush();
    assert_eq!(
        world.resource::<Failed>().0,
        [format!("bind EADDRINUSE {local}")]
    );
    assert!(world.get::<UdpSocket>(taken).is_none());
    // inserted again: another port, the old one is free
    world.entity_mut(socket).insert(UdpSocket::bind(any));
    world.flush();
    assert_eq!(open_on(local.port()), 0);
    let now = world.get::<UdpSocket>(socket).unwrap().local;
    assert_eq!(open_on(now.port()), 1);
    world.entity_mut(socket).remove::<UdpSocket>();
    world.flush();
    assert_eq!(open_on(now.port()), 0);
}

#[derive(Resource, Default)]
struct Failed(Vec<String>);

#[test]
fn many_sockets_cost_nothing_while_they_are_silent() {
    let mut headless = Headless::new();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let world = headless.app.world_mut();
    let sockets: Vec<Entity> = (0..300)
        .map(|_| world.spawn(UdpSocket::bind(any)).id())
        .collect();
    world.flush();
    let peer = outside();
    let speak = [3, 99, 200];
    for n in speak {
        let to = world.get::<UdpSocket>(sockets[n]).unwrap().local;
        peer.send_to(&[n as u8], to).unwrap();
    }
    let mut heard = Vec::new();
    headless.until(|app| {
        let messages = app.world().resource::<Messages<DatagramsReceived>>();
        heard.extend(
            messages
                .iter_current_update_messages()
                .map(|message| message.socket),
        );
        heard.len() == speak.len()
    });
    heard.sort_unstable();
    let mut want = speak.map(|n| sockets[n]);
    want.sort_unstable();
    assert_eq!(heard, want);
    headless.advance(Duration::from_secs(1));
    headless.app.update();
}
