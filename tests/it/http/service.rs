//! Services of the application, called from outside; with a window and without.

use std::net::{SocketAddr, TcpListener};

use serde_json::{Value, json};

use super::client::{ask, get, request};
use super::default_server;
use super::server::{Server, until};
use crate::harness::page::{Page, pages};
use oro::components::http::HttpLimits;

#[test]
fn files_of_any_bytes_are_written_and_read() {
    let server = default_server();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a b").to_str().unwrap().replace(' ', "%20");
    let bytes: Vec<u8> = (0..1 << 20).map(|n: u32| (n ^ n >> 8) as u8).collect();
    let length = format!("Content-Length: {}", bytes.len());
    let write = request(
        "PUT",
        &format!("/ipc/fs.writeFile?path={path}"),
        &[&length],
        "",
    );
    let written = ask(server.address(), [write.as_bytes(), &bytes].concat());
    assert_eq!(written.json()["data"]["result"], bytes.len(), "{written:?}");
    let read = ask(
        server.address(),
        get(&format!("/ipc/fs.readFile?path={path}"), &[]),
    );
    assert_eq!(
        read.header("content-type"),
        Some("application/octet-stream")
    );
    assert!(
        read.body == bytes,
        "{} bytes came back as others",
        read.body.len()
    );
}

#[test]
fn a_timer_that_is_not_waited_for_any_longer_is_cancelled() {
    let server = Server::start("timeout_ms = 500", HttpLimits::default());
    let timers = || {
        let query = ask(server.address(), get("/ipc/diagnostics.query", &[])).json();
        query["data"]["timers"]["timeout"]["handles"]["count"].clone()
    };
    let wait = get("/ipc/timers.setTimeout?timeout=60000&wait=true", &[]);
    let answer = ask(server.address(), wait);
    assert_eq!(answer.status, 504);
    assert_eq!(answer.json()["err"]["type"], "TimeoutError");
    until("the timer is gone", || timers() == json!(0));
}

#[test]
fn a_stream_may_take_longer_than_an_answer() {
    let server = Server::start("timeout_ms = 100", HttpLimits::default());
    let stream = "/ipc/diagnostics.stream.sse?count=5&interval=60";
    let answer = ask(server.address(), get(stream, &[]));
    let text = String::from_utf8(answer.body).unwrap();
    assert_eq!(text.matches("data: ").count(), 5, "{text}");
}

/// Calls a route of the application with a window, with further header lines.
fn call(address: SocketAddr, route: &str, extra: &[&str]) -> (u16, Value) {
    let answer = ask(address, get(&format!("/ipc/{route}"), extra));
    (answer.status, answer.json())
}

#[test]
fn a_window_is_called_from_outside() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let (address, port) = (SocketAddr::from(([127, 0, 0, 1], port)), port.to_string());
    let env = [
        ("ORO_HTTP_IPC_ENABLE", "true"),
        ("ORO_HTTP_IPC_PORT", &*port),
    ];
    let page = Page::start(&pages(), "/http/index.html", &[], &env);
    assert_eq!(page.line().unwrap(), "ready");
    let (_, title) = call(
        address,
        "window.setTitle?targetWindowIndex=0&value=from%20outside",
        &[],
    );
    assert_eq!(title["data"]["title"], "from outside", "{title}");
    let first = ["X-IPC-Window-Index: 0"];
    let (_, eval) = call(address, "window.eval?value=document.title", &first);
    assert_eq!(eval["data"], "HTTP", "{eval}");
    let send = "window.send?event=called&targetWindowIndex=0&value=curl";
    let (status, sent) = call(address, send, &[]);
    assert_eq!(status, 200, "{sent}");
    assert_eq!(page.line().unwrap(), "\"curl\"");
    let (status, none) = call(
        address,
        "window.getTitle?targetWindowIndex=0",
        &["X-IPC-Window-Index: 7"],
    );
    assert_eq!(
        (status, &none["err"]["type"]),
        (404, &json!("NotFoundError")),
        "{none}"
    );
    for hidden in ["internal.setcwd?value=%2F", "oro%3Aai"] {
        assert_eq!(call(address, hidden, &[]).0, 404, "{hidden}");
    }
    assert_eq!(call(address, "application.exit?value=0", &[]).0, 200);
    let (_, status) = page.finish();
    assert_eq!(status.code(), Some(0));
}
