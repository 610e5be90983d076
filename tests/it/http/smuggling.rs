//! Requests that hide another one from a careless reader.

use std::sync::atomic::Ordering::SeqCst;

use super::client::{Connection, ask, get};
use super::default_server;
use super::server::Server;

/// Sends bytes that hide a second request from a careless server, then reads all answers.
fn smuggle(server: &Server, bytes: &str) -> Vec<u16> {
    let mut connection = Connection::open(server.address());
    let _ = connection.send(bytes);
    std::iter::from_fn(|| connection.answer())
        .map(|answer| answer.status)
        .collect()
}

const HIDDEN: &str = "GET /ipc/test.count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn shape(headers: &str, body: &str) -> String {
    format!("POST /ipc/ping HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{body}{HIDDEN}")
}

fn check(cases: impl IntoIterator<Item = (String, Vec<u16>)>) {
    let server = default_server();
    for (bytes, want) in cases {
        assert_eq!(smuggle(&server, &bytes), want, "{bytes:?}");
        let calls = server.seen.calls.load(SeqCst);
        assert_eq!(calls, 0, "the hidden request ran: {bytes:?}");
        let next = ask(server.address(), get("/ipc/ping", &[]));
        assert_eq!(next.status, 200, "{bytes:?}");
    }
}

#[test]
fn lengths_and_encodings_hide_no_request() {
    let hidden = HIDDEN;
    let length = format!("Content-Length: {}\r\n", hidden.len());
    let short = format!("Content-Length: {}\r\n", hidden.len() - 1);
    check([
        // both lengths: the connection ends after the answer
        (
            shape(
                &format!("{length}Transfer-Encoding: chunked\r\n"),
                "0\r\n\r\n",
            ),
            vec![200],
        ),
        (
            shape(
                &format!("Transfer-Encoding: chunked\r\n{length}"),
                "0\r\n\r\n",
            ),
            vec![200],
        ),
        // two lengths
        (
            shape(&format!("Content-Length: 0\r\n{length}"), ""),
            vec![400],
        ),
        (shape(&format!("{length}{short}"), ""), vec![400]),
        (shape("Content-Length: 0, 0\r\n", ""), vec![400]),
        // lengths that are no numbers
        (shape("Content-Length: +0\r\n", ""), vec![400]),
        (shape("Content-Length: -1\r\n", ""), vec![400]),
        (shape("Content-Length: 0x0\r\n", ""), vec![400]),
        (shape("Content-Length: \r\n", ""), vec![400]),
        (
            shape("Content-Length: 99999999999999999999\r\n", ""),
            vec![400],
        ),
        // encodings that are not understood
        (
            shape("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
            vec![400],
        ),
        (
            shape("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
            vec![400],
        ),
        (shape("Transfer-Encoding: identity\r\n", ""), vec![400]),
        // HTTP/1.0 knows no chunks
        (
            format!(
                "POST /ipc/ping HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
            ),
            vec![400],
        ),
        // chunks that are malformed end the connection
        (
            shape("Transfer-Encoding: chunked\r\n", "+0\r\n\r\n"),
            vec![400],
        ),
        (
            shape("Transfer-Encoding: chunked\r\n", "0x0\r\n\r\n"),
            vec![400],
        ),
        (
            shape(
                "Transfer-Encoding: chunked\r\n",
                "fffffffffffffffff\r\n\r\n",
            ),
            vec![400],
        ),
        (
            shape("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n0\r\n\r\n"),
            vec![400],
        ),
        (
            shape("Transfer-Encoding: chunked\r\n", "0\n\r\n"),
            vec![400],
        ),
    ]);
}

#[test]
fn malformed_lines_hide_no_request() {
    let hidden = HIDDEN;
    check([
        // malformed lines
        (shape("X: a\r\n b\r\n", ""), vec![400]),
        (shape(" Content-Length: 0\r\n", ""), vec![400]),
        (shape("Content-Length : 0\r\n", ""), vec![400]),
        (shape("X\r\n", ""), vec![400]),
        (shape("X: a\rb\r\n", ""), vec![400]),
        (shape("X: a\0b\r\n", ""), vec![400]),
        (shape("X\0: a\r\n", ""), vec![400]),
        (format!("GET /ipc/ping\r\n\r\n{hidden}"), vec![400]),
        (
            format!("GET /ipc/ping HTTP/1.1 \r\nHost: localhost\r\n\r\n{hidden}"),
            vec![400],
        ),
        (
            format!("GET  /ipc/ping HTTP/1.1\r\nHost: localhost\r\n\r\n{hidden}"),
            vec![400],
        ),
        (
            format!("GET /ipc/ping HTTP/3.1\r\nHost: localhost\r\n\r\n{hidden}"),
            vec![400],
        ),
        (format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{hidden}"), vec![]),
        ("\0".repeat(64) + hidden, vec![400]),
        ("\u{16}\u{3}\u{1}".to_owned() + hidden, vec![400]),
    ]);
}

#[test]
fn what_follows_a_request_is_the_next_one() {
    let (server, hidden) = (default_server(), HIDDEN);
    // a bare line feed ends a line, as it may; and what follows is the next request, as it must
    let bare = "GET /ipc/ping HTTP/1.1\nHost: localhost\n\n".to_owned() + hidden;
    assert_eq!(smuggle(&server, &bare), [200, 200]);
    let same = shape("Content-Length: 0\r\nContent-Length: 0\r\n", "");
    assert_eq!(smuggle(&server, &same), [200, 200]);
    let unknown = format!("GET /ipc/\u{e9} HTTP/1.1\r\nHost: localhost\r\n\r\n{hidden}");
    assert_eq!(smuggle(&server, &unknown), [404, 200]);
}
