//! Clients that send too much or too slowly.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use oro::components::http::HttpLimits;

use super::client::{Connection, ask, get, request};
use super::server::{self, Server, until};
use super::{PING, check, check_text, default_server};

#[test]
fn a_hundred_mebibytes_are_refused_and_the_next_request_is_answered() {
    let server = default_server();
    for head in [
        get("/ipc/test.echo", &["Content-Length: 104857600"]),
        get("/ipc/test.echo", &["Transfer-Encoding: chunked"]) + "6400000\r\n",
    ] {
        let mut connection = Connection::open(server.address());
        connection.send(head).unwrap();
        let part = vec![b'x'; 1 << 20];
        // The server may end the connection before it has read all.
        let sent = (0..100)
            .take_while(|_| connection.send(&part).is_ok())
            .count();
        let answer = connection.answer().unwrap_or_default();
        assert_eq!(answer.status, 413, "after {sent} MiB");
        let next = ask(server.address(), get("/ipc/ping", &[]));
        assert_eq!(next.body, PING.as_bytes());
    }
}

#[test]
fn all_bodies_together_have_a_limit() {
    let limits = HttpLimits {
        bodies_max_bytes: 1 << 20,
        body_timeout: server::WAIT_MAX,
        ..HttpLimits::default()
    };
    let server = Server::start("", limits);
    let part = "a".repeat(700 << 10);
    let whole = get("/ipc/test.echo", &["Content-Length: 800000"]) + &part;
    until("the second body finds no room", || {
        let mut first = Connection::open(server.address());
        first.send(&whole).unwrap();
        let mut second = Connection::open(server.address());
        let _ = second.send(get("/ipc/test.echo", &["Content-Length: 716800"]) + &part);
        let answer = second.answer().unwrap();
        if answer.status != 429 {
            return false; // it was read before the first one
        }
        assert!(answer.header("retry-after").is_some());
        first.send("a".repeat(800_000 - part.len())).unwrap();
        assert_eq!(first.answer().unwrap().body.len(), 800_000);
        true
    });
    until("the room is given back", || {
        ask(
            server.address(),
            request("PUT", "/ipc/test.echo", &[], &part),
        )
        .status
            == 200
    });
}

#[test]
fn heads_have_limits() {
    let server = default_server();
    let long = |len: usize| get("/ipc/ping", &[&format!("X: {}", "a".repeat(len))]);
    let many = |count: usize| get("/ipc/ping", &vec!["X: y"; count]);
    check(
        &server,
        &[
            (long(10_000), 200, &[PING]),
            (many(90), 200, &[PING]),
            (long(100_000), 431, &[]),
            (many(1000), 431, &[]),
            (
                get(&format!("/ipc/ping?x={}", "a".repeat(10_000)), &[]),
                200,
                &[PING],
            ),
            (
                get(&format!("/ipc/ping?x={}", "a".repeat(70_000)), &[]),
                431,
                &[],
            ),
        ],
    );
}

#[test]
fn slow_clients_are_sent_away() {
    let limits = HttpLimits {
        head_timeout: Duration::from_millis(400),
        body_timeout: Duration::from_millis(200),
        ..HttpLimits::default()
    };
    let server = Server::start("", limits);
    let slow = get("/ipc/test.echo", &["Content-Length: 10"]) + "abc";
    let answer = ask(server.address(), slow);
    assert_eq!(answer.status, 408);
    check_text(
        &answer,
        &["TimeoutError", "connection: close"],
        "a slow body",
    );
    let mut silent = Connection::open(server.address());
    let mut slow = Connection::open(server.address());
    slow.send("GET /ipc/ping HTTP/1.1\r\n").unwrap();
    let mut idle = Connection::open(server.address());
    idle.send(get("/ipc/ping", &[])).unwrap();
    assert_eq!(idle.answer().unwrap().status, 200);
    assert!(silent.is_closed() && slow.is_closed() && idle.is_closed());
}

#[test]
fn five_hundred_slow_connections_keep_nobody_out() {
    for (connections_max, name) in [(512, "room"), (64, "no room")] {
        let limits = HttpLimits {
            connections_max,
            head_timeout: Duration::from_secs(2),
            ..HttpLimits::default()
        };
        let server = Server::start("", limits);
        let mut slow: Vec<_> = (0..500)
            .map(|_| {
                let mut connection = Connection::open(server.address());
                let _ = connection.send("GET /ipc/ping HTTP/1.1\r\nX-");
                connection
            })
            .collect();
        for _ in 0..20 {
            let answer = ask(server.address(), get("/ipc/ping", &[]));
            assert_eq!(answer.body, PING.as_bytes(), "{name}");
            for connection in slow.iter_mut().take(50) {
                let _ = connection.send("a");
            }
        }
        assert!(
            slow.iter_mut().all(Connection::is_closed),
            "{name}: each is sent away"
        );
    }
    // when all places are taken by requests, the next is told so
    let limits = HttpLimits {
        connections_max: 2,
        ..HttpLimits::default()
    };
    let server = Server::start("", limits);
    let mut busy = [
        Connection::open(server.address()),
        Connection::open(server.address()),
    ];
    for connection in &mut busy {
        connection.send(get("/ipc/test.never", &[])).unwrap();
    }
    until("both wait", || server.seen.waiting.load(SeqCst) == 2);
    assert_eq!(ask(server.address(), get("/ipc/ping", &[])).status, 503);
    drop(busy);
    until("a place is free", || {
        ask(server.address(), get("/ipc/ping", &[])).status == 200
    });
}
