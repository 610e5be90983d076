//! What datagrams cost on the loopback: a stream to one receiver, a stream to several, and an
//! echo.
//!
//! Without a role it runs all roles against each other, in processes of their own. A role prints
//! one line of JSON: `recv PORT [SOCKETS]`, `send PORT BYTES SECONDS [SOCKETS]`, `echo PORT`,
//! `ping PORT BYTES COUNT`.
#![expect(clippy::print_stdout, reason = "a benchmark reports")]
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use oro::components::timers::{Timer, TimerFired};
use oro::components::udp::{DatagramsReceived, UdpInbox, UdpOutbox, UdpSocket};
use oro::prelude::*;
use oro_benches as _;

/// A receiver ends when nothing comes for so long.
const SILENCE: Duration = Duration::from_millis(400);
/// Datagrams that a sender writes in a tick.
const WRITTEN_PER_TICK: usize = 4096;

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn app() -> App {
    let mut app = App::empty();
    app.add_plugins(HeadlessPlugins);
    app.start();
    app
}

#[derive(Resource, Default)]
struct Count {
    datagrams: usize,
    bytes: usize,
    first: Option<Instant>,
    last: Option<Instant>,
    told: usize,
}

fn count(
    mut received: MessageReader<DatagramsReceived>,
    mut inboxes: Query<&mut UdpInbox>,
    mut count: ResMut<Count>,
) {
    for message in received.read() {
        let mut inbox = inboxes.get_mut(message.socket).unwrap();
        let now = Instant::now();
        count.first.get_or_insert(now);
        count.last = Some(now);
        // Each is looked at, as a receiver would.
        let bytes = inbox.datagrams.iter().map(|(_, payload)| payload.len());
        count.bytes += bytes.sum::<usize>();
        count.datagrams += message.count;
        inbox.datagrams.clear();
    }
}

/// Ends the app when nothing has come since the last look.
fn end(_: On<TimerFired>, mut count: ResMut<Count>, mut exit: MessageWriter<AppExit>) {
    if count.datagrams > 0 && count.told == count.datagrams {
        let seconds = (count.last.unwrap() - count.first.unwrap()).as_secs_f64();
        println!(
            r#"{{"received":{},"pps":{:.0},"MiB_s":{:.1}}}"#,
            count.datagrams,
            count.datagrams as f64 / seconds,
            count.bytes as f64 / seconds / 1_048_576.0,
        );
        exit.write(AppExit::Success);
    }
    count.told = count.datagrams;
}

fn receive(port: u16, sockets: u16) {
    let mut app = app();
    app.init_resource::<Count>()
        .add_observer(end)
        .add_systems(Tick, count.in_set(TickSystems::Update));
    for n in 0..sockets {
        app.world_mut().spawn(UdpSocket::bind(local(port + n)));
    }
    app.world_mut().spawn(Timer::every(SILENCE));
    app.world_mut().flush();
    println!("ready");
    app.run();
}

#[derive(Resource)]
struct Sender {
    payload: Vec<u8>,
    to: Vec<SocketAddr>,
    started: Instant,
    ends: Duration,
    sent: usize,
}

fn write(
    mut outboxes: Query<&mut UdpOutbox>,
    mut sender: ResMut<Sender>,
    event_loop: Res<Loop>,
    mut exit: MessageWriter<AppExit>,
) {
    if sender.started.elapsed() >= sender.ends {
        exit.write(AppExit::Success);
        let pps = sender.sent as f64 / sender.started.elapsed().as_secs_f64();
        println!(r#"{{"sent":{},"pps":{pps:.0}}}"#, sender.sent);
        return;
    }
    for mut outbox in &mut outboxes {
        if !outbox.0.is_empty() {
            continue;
        }
        for n in 0..WRITTEN_PER_TICK {
            let to = sender.to[n % sender.to.len()];
            outbox.0.push(to, &sender.payload);
        }
        sender.sent += WRITTEN_PER_TICK;
    }
    event_loop.wake();
}

fn send(port: u16, size: usize, seconds: u64, sockets: u16) {
    let mut app = app();
    app.insert_resource(Sender {
        payload: vec![65; size],
        to: (0..sockets).map(|n| local(port + n)).collect(),
        started: Instant::now(),
        ends: Duration::from_secs(seconds),
        sent: 0,
    })
    .add_systems(Tick, write.in_set(TickSystems::Update));
    let mut socket = UdpSocket::bind(local(0));
    socket.receiving = false;
    app.world_mut().spawn(socket);
    app.run();
}

fn reflect(
    mut received: MessageReader<DatagramsReceived>,
    mut sockets: Query<(&mut UdpInbox, &mut UdpOutbox)>,
) {
    for message in received.read() {
        let (mut inbox, mut outbox) = sockets.get_mut(message.socket).unwrap();
        for (run, payload) in inbox.datagrams.runs() {
            outbox.0.push_run(run, payload);
        }
        inbox.datagrams.clear();
    }
}

fn echo(port: u16) {
    let mut app = app();
    app.add_systems(Tick, reflect.in_set(TickSystems::Update));
    app.world_mut().spawn(UdpSocket::bind(local(port)));
    app.world_mut().flush();
    println!("ready");
    app.run();
}

/// Plain blocking calls, so that only the echo is measured.
fn ping(port: u16, size: usize, count: usize) {
    let socket = std::net::UdpSocket::bind(local(0)).unwrap();
    socket.connect(local(port)).unwrap();
    let (payload, mut answer) = (vec![65; size], [0; 65_536]);
    let mut times = Vec::with_capacity(count);
    for n in 0..count + 500 {
        let begin = Instant::now();
        socket.send(&payload).unwrap();
        socket.recv(&mut answer).unwrap();
        if n >= 500 {
            times.push(begin.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    println!(
        r#"{{"n":{count},"p50_us":{:.1},"p99_us":{:.1}}}"#,
        times[count / 2],
        times[count * 99 / 100]
    );
}

/// Starts a role in a process of its own and waits until it is ready.
fn start(words: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(words.split(' '))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    (child, lines)
}

fn all() {
    for (name, port, sockets) in [("one receiver", 9701, 1), ("16 receivers", 9711, 16)] {
        let (mut child, mut lines) = start(&format!("recv {port} {sockets}"));
        println!("{name}:");
        send(port, 64, 2, sockets);
        child.wait().unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        println!("{}", line.trim());
    }
    let (mut child, _lines) = start("echo 9731");
    println!("echo:");
    ping(9731, 64, 5000);
    child.kill().unwrap();
    child.wait().unwrap();
}

fn main() {
    // `cargo bench` adds `--bench`.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let number = |n: usize| words.get(n).and_then(|word| word.parse::<u64>().ok());
    let port = number(1).unwrap_or(9701) as u16;
    let size = number(2).unwrap_or(64) as usize;
    match words.first().map(String::as_str) {
        Some("recv") => receive(port, number(2).unwrap_or(1) as u16),
        Some("send") => send(
            port,
            size,
            number(3).unwrap_or(2),
            number(4).unwrap_or(1) as u16,
        ),
        Some("echo") => echo(port),
        Some("ping") => ping(port, size, number(3).unwrap_or(5000) as usize),
        _ => all(),
    }
}
