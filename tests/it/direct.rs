//! The direct bridge, from the document's side of the socket: this test says what the web process
//! extension says, and also what it never would.

mod simulation;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use oro::components::direct::{Connected, DirectAccess, WebPage};
use oro::engine::frame::{self, FLAG_ATTACHED, Header, Hello, Kind, TOKEN};
use oro::prelude::*;
use serde_json::{Value, json};

const PAGE: u64 = 41;

struct Bench {
    app: App,
    access: DirectAccess,
    window: Entity,
}

impl Bench {
    fn new() -> Self {
        let mut app = App::empty();
        app.add_plugins(HeadlessPlugins);
        app.start();
        let window = app.world_mut().spawn(WebPage(PAGE)).id();
        let access = app.world().resource::<DirectAccess>().clone();
        Self {
            app,
            access,
            window,
        }
    }

    fn hello(&self) -> Hello {
        let hex = self.access.issue().unwrap();
        let mut token = [0; TOKEN];
        for (at, byte) in token.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        }
        Hello {
            token,
            page: PAGE,
            main: true,
        }
    }

    fn connect(&self) -> Document {
        let stream = UnixStream::connect(self.access.socket()).unwrap();
        stream.set_nonblocking(true).unwrap();
        Document {
            stream,
            received: Vec::new(),
            ended: false,
        }
    }

    /// A document that was admitted, and the numbers of the routes.
    fn open(&mut self) -> (Document, Vec<String>) {
        let mut document = self.connect();
        let hello = self.hello();
        document.say(Kind::Hello, 0, 0, 0, &[&hello.encode()]);
        let (header, payload) = self.answer(&mut document);
        assert_eq!(header.kind, Kind::Welcome);
        let welcome: Value = serde_json::from_slice(&payload).unwrap();
        let routes = welcome["routes"].as_array().unwrap();
        (
            document,
            routes
                .iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect(),
        )
    }

    /// Ticks until a frame is there.
    fn answer(&mut self, document: &mut Document) -> (Header, Vec<u8>) {
        let started = Instant::now();
        loop {
            self.app.update();
            if let Some(frame) = document.frame() {
                return frame;
            }
            assert!(!document.ended, "the connection was ended");
            assert!(started.elapsed() < Duration::from_secs(10), "no frame");
        }
    }

    /// Ticks until the runtime has ended the connection.
    fn cut_off(&mut self, document: &mut Document) -> bool {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(10) {
            self.app.update();
            while document.frame().is_some() {}
            if document.ended {
                return true;
            }
        }
        false
    }
}

struct Document {
    stream: UnixStream,
    received: Vec<u8>,
    ended: bool,
}

impl Document {
    fn say(&mut self, kind: Kind, flags: u8, route: u16, seq: u32, payload: &[&[u8]]) {
        let mut bytes = Vec::new();
        frame::write(&mut bytes, kind, flags, route, seq, payload);
        self.stream.write_all(&bytes).unwrap();
    }

    fn ask(&mut self, route: u16, seq: u32, params: &Value, body: &[u8]) {
        let json = if params.is_null() {
            Vec::new()
        } else {
            serde_json::to_vec(params).unwrap()
        };
        let len = (json.len() as u32).to_le_bytes();
        self.say(Kind::Request, 0, route, seq, &[&len, &json, body]);
    }

    /// The next frame that a page would see.
    fn frame(&mut self) -> Option<(Header, Vec<u8>)> {
        let mut buffer = [0; 65_536];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break self.ended = true,
                Ok(got) => self.received.extend_from_slice(&buffer[..got]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(_) => break self.ended = true,
            }
        }
        loop {
            let (header, payload) = frame::read(&self.received).unwrap()?;
            let payload = payload.to_vec();
            self.received.drain(..frame::HEADER + payload.len());
            if !matches!(header.kind, Kind::Region | Kind::Taken) {
                return Some((header, payload));
            }
        }
    }
}

fn number(routes: &[String], name: &str) -> u16 {
    routes.iter().position(|route| route == name).unwrap() as u16
}

#[test]
fn every_call_is_answered_once_with_its_own_answer() {
    let mut bench = Bench::new();
    let (mut document, routes) = bench.open();
    let ping = number(&routes, "ping");
    let calls = 5_000_u32;
    let mut answers = Vec::new();
    for seq in 1..=calls {
        let route = if seq % 10 == 0 { u16::MAX } else { ping };
        document.ask(route, seq, &Value::Null, b"");
        if seq % 200 == 0 {
            bench.app.update();
            answers.extend(std::iter::from_fn(|| document.frame()));
        }
    }
    while answers.len() < calls as usize {
        answers.push(bench.answer(&mut document));
    }
    let mut answered = vec![false; calls as usize + 1];
    for (header, payload) in answers {
        assert!(
            !std::mem::replace(&mut answered[header.seq as usize], true),
            "answered twice"
        );
        if header.seq % 10 == 0 {
            assert_eq!(header.kind, Kind::Error);
            let error: Value = serde_json::from_slice(&payload).unwrap();
            assert_eq!(error["type"], "NotFoundError");
        } else {
            assert_eq!(
                (header.kind, payload.as_slice()),
                (Kind::Response, &b"\"pong\""[..])
            );
        }
    }
    assert!(document.frame().is_none());
    // parameters are checked like those of any transport
    document.ask(
        number(&routes, "timers.clearTimeout"),
        9,
        &json!({"id": "x"}),
        b"",
    );
    let (header, payload) = bench.answer(&mut document);
    let error: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!((header.kind, &error["param"]), (Kind::Error, &json!("id")));
}

#[test]
fn only_admitted_processes_get_in_and_broken_peers_are_cut_off() {
    let mut bench = Bench::new();
    let hello = bench.hello();
    let (good, long) = (
        hello.encode(),
        (frame::PAYLOAD_MAX as u32 + 1).to_le_bytes(),
    );
    let wrong_token = Hello {
        token: [9; TOKEN],
        ..hello
    }
    .encode();
    let wrong_page = Hello {
        page: 7,
        ..bench.hello()
    }
    .encode();
    let mut wrong_version = bench.hello().encode();
    wrong_version[0] = 99;
    let framed = |kind: u8, payload: &[u8]| {
        let mut bytes = (payload.len() as u32).to_le_bytes().to_vec();
        bytes.extend([kind, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(payload);
        bytes
    };
    let mut oversize = long.to_vec();
    oversize.extend([3, 0, 0, 0, 0, 0, 0, 0]);
    for (what, bytes) in [
        ("no hello", framed(3, &[0; 4])),
        ("a wrong token", framed(1, &wrong_token)),
        ("a wrong page", framed(1, &wrong_page)),
        ("a wrong version", framed(1, &wrong_version)),
        ("a short hello", framed(1, &good[..9])),
        ("an unknown kind", framed(77, b"")),
        ("an oversize frame", oversize),
        (
            "a second hello",
            [framed(1, &bench.hello().encode()), framed(1, &good)].concat(),
        ),
        (
            "parameters longer than their frame",
            [
                framed(1, &bench.hello().encode()),
                framed(3, &[9, 9, 9, 9, 1]),
            ]
            .concat(),
        ),
        (
            "an answer, which only the runtime gives",
            [framed(1, &bench.hello().encode()), framed(4, b"{}")].concat(),
        ),
    ] {
        let mut document = bench.connect();
        document.stream.write_all(&bytes).unwrap();
        assert!(bench.cut_off(&mut document), "{what}");
    }
    let mut attached = bench.connect();
    attached
        .stream
        .write_all(&framed(1, &bench.hello().encode()))
        .unwrap();
    attached.say(
        Kind::Request,
        FLAG_ATTACHED,
        0,
        1,
        &[&[0; 4], &8_u64.to_le_bytes()],
    );
    assert!(
        bench.cut_off(&mut attached),
        "an attached body without a file"
    );
    let (mut document, routes) = bench.open();
    document.ask(number(&routes, "ping"), 1, &Value::Null, b"");
    assert_eq!(
        bench.answer(&mut document).0.kind,
        Kind::Response,
        "others are served"
    );
}

#[test]
fn a_document_that_leaves_takes_its_calls_with_it() {
    let mut bench = Bench::new();
    bench.app.update();
    let before = bench.app.world().entities().count_spawned();
    let (mut document, routes) = bench.open();
    assert!(bench.app.world().get::<Connected>(bench.window).is_some());
    let wait = number(&routes, "timers.setTimeout");
    for seq in 1..=100 {
        document.ask(wait, seq, &json!({"timeout": 600_000, "wait": true}), b"");
    }
    document.ask(number(&routes, "ping"), 101, &Value::Null, b"");
    assert_eq!(bench.answer(&mut document).0.seq, 101);
    assert!(bench.app.world().entities().count_spawned() > before + 100);
    document.say(Kind::Cancel, 0, 0, 1, &[]);
    drop(document);
    let started = Instant::now();
    while bench.app.world().entities().count_spawned() > before {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "entities are left"
        );
        bench.app.update();
    }
    assert!(bench.app.world().get::<Connected>(bench.window).is_none());
}

#[test]
fn events_reach_the_documents_of_their_window_in_order() {
    let mut bench = Bench::new();
    let other = bench.app.world_mut().spawn(WebPage(PAGE + 1)).id();
    let (mut document, _) = bench.open();
    let mut stranger = bench.connect();
    let hello = Hello {
        page: PAGE + 1,
        ..bench.hello()
    };
    stranger.say(Kind::Hello, 0, 0, 0, &[&hello.encode()]);
    assert_eq!(bench.answer(&mut stranger).0.kind, Kind::Welcome);
    let emit = |bench: &mut Bench, target, json: &str| {
        use oro::engine::topic::{Emission, Outbox};
        let emission = Emission {
            target,
            name: "test.event".into(),
            json: json.to_owned(),
        };
        assert!(bench.app.world().resource::<Outbox>().push(emission));
    };
    let window = bench.window;
    for n in 0..50 {
        emit(&mut bench, Target::Window(window), &n.to_string());
    }
    emit(&mut bench, Target::Window(other), "\"for another\"");
    emit(&mut bench, Target::All, "\"for all\"");
    let (header, payload) = bench.answer(&mut document);
    assert_eq!(header.kind, Kind::Push);
    let mut want: Vec<Value> = (0..50).map(|n| json!(["test.event", n])).collect();
    want.push(json!(["test.event", "for all"]));
    assert_eq!(
        serde_json::from_slice::<Value>(&payload).unwrap(),
        Value::from(want)
    );
    let (_, payload) = bench.answer(&mut stranger);
    let want = json!([["test.event", "for another"], ["test.event", "for all"]]);
    assert_eq!(serde_json::from_slice::<Value>(&payload).unwrap(), want);
}
