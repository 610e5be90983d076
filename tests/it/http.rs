//! The HTTP bridge through real sockets.

mod client;
mod limit;
mod server;
mod service;
mod smuggling;

use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use oro::components::http::{HttpError, HttpLimits, HttpServer};
use oro::systems::http::HttpIpcPlugin;
use serde_json::json;

use client::{Answer, Connection, ask, get, request};
use server::{CHUNK, Server, until};

const PING: &str = r#"{"source":"ping","token":null,"id":"0","data":"pong"}"#;

/// A request, the status it gets, and what its answer holds: in the body, or as a header line.
type Case<'c> = (String, u16, &'c [&'c str]);

fn check(server: &Server, cases: &[Case<'_>]) {
    for (request, status, want) in cases {
        let answer = ask(server.address(), request);
        let shown = request.chars().take(200).collect::<String>();
        assert_eq!(answer.status, *status, "{shown}\n{answer:?}");
        check_text(&answer, want, &shown);
        let next = ask(server.address(), get("/ipc/ping", &["X-ORO-Auth: s3cret"]));
        assert_eq!(next.status, 200, "after {shown}");
    }
}

fn check_text(answer: &Answer, want: &[&str], about: &str) {
    let mut text: String = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    text += &String::from_utf8_lossy(&answer.body);
    for part in want {
        assert!(
            text.contains(part),
            "{part} is not in the answer to {about}\n{text}"
        );
    }
}

fn default_server() -> Server {
    Server::start("", HttpLimits::default())
}

#[test]
fn routes_are_called_by_path_and_by_header() {
    let server = default_server();
    let bare = |verb: &str| request(verb, "/ipc/ping", &[], "");
    let uri = |uri: &str| get("/ipc", &[&format!("X-IPC-URI: {uri}")]);
    let not_found = r#""err":{"message":"Not found","type":"NotFoundError","url":"ipc://nope"}}"#;
    check(
        &server,
        &[
            (
                bare("GET"),
                200,
                &[PING, "content-type: application/json", "content-length: 53"],
            ),
            (bare("POST"), 200, &[PING]),
            (bare("PUT"), 200, &[PING]),
            (bare("DELETE"), 200, &[PING]),
            (
                bare("PATCH"),
                405,
                &["allow: GET, POST, PUT, DELETE, HEAD", "PATCH"],
            ),
            (bare("OPTIONS"), 405, &["allow: "]),
            (bare("TRACE"), 405, &["allow: "]),
            (bare("BREW"), 405, &["BREW"]),
            (request("CONNECT", "localhost:1", &[], ""), 405, &[]),
            (
                get("/ipc/PING?seq=R7&token=a%26b", &[]),
                200,
                &[r#""token":"a&b","id":"R7""#],
            ),
            (get("/ipc/ping/", &[]), 200, &[PING]),
            (get("http://localhost/ipc/ping", &[]), 200, &[PING]),
            (uri("ipc://ping"), 200, &[PING]),
            (uri("ipc://ping?seq=R7"), 200, &[r#""id":"R7""#]),
            (get("/ipc/", &["x-ipc-uri: ipc://ping"]), 200, &[PING]),
            // nothing there
            (
                get("/ipc/nope", &[]),
                404,
                &[r#"{"source":"nope","token":null,"id":"0","#, not_found],
            ),
            (uri("ipc://nope"), 404, &[not_found]),
            (get("/", &[]), 404, &["NotFoundError"]),
            (get("/ipcping", &[]), 404, &["NotFoundError"]),
            (get("/ipc/a/b", &[]), 404, &["NotFoundError"]),
            (get("/ipc/internal.secret", &[]), 404, &["NotFoundError"]),
            (get("/ipc/Internal.Secret", &[]), 404, &["NotFoundError"]),
            (uri("ipc://internal.secret"), 404, &["NotFoundError"]),
            // cannot be read
            (get("/ipc", &[]), 400, &["X-IPC-URI"]),
            (uri("ping"), 400, &["X-IPC-URI"]),
            (
                uri("oro://app.oro.local/ai/llama/health"),
                400,
                &["X-IPC-URI", "not ipc:"],
            ),
            (uri("http://localhost/ipc/ping"), 400, &["X-IPC-URI"]),
            (uri("ipc://ping?x=%2"), 400, &["X-IPC-URI", "'%'"]),
            (
                get("/ipc", &["X-IPC-URI: ipc://ping", "X-IPC-URI: ipc://nope"]),
                400,
                &["x-ipc-uri"],
            ),
            (
                get("/ipc/ping", &["X-IPC-URI: ipc://ping"]),
                400,
                &["names a route already"],
            ),
            (get("/ipc/%zz", &[]), 400, &["path"]),
            (get("/ipc/ping?x=%", &[]), 400, &["query"]),
            (get("/ipc/ping?x=%ff", &[]), 400, &["UTF-8"]),
            (get("/ipc/ping?index=x", &[]), 400, &["index"]),
            // windows
            (
                get("/ipc/ping", &["X-IPC-Window-Index: x"]),
                400,
                &["X-IPC-Window-Index"],
            ),
            (
                get("/ipc/ping", &["X-IPC-Window-Index: -1"]),
                400,
                &["X-IPC-Window-Index"],
            ),
            (
                get("/ipc/ping", &["X-IPC-Window-Index: 3"]),
                404,
                &["window 3 not found"],
            ),
            (get("/ipc/ping?index=3", &[]), 200, &[PING]),
            (
                get("/ipc/test.window", &[]),
                200,
                &[r#""data":null"#, "x-ipc-no-window: 1"],
            ),
        ],
    );
}

#[test]
fn a_head_has_the_length_and_no_body() {
    let server = default_server();
    let mut connection = Connection::open(server.address());
    connection
        .send(request("HEAD", "/ipc/ping", &[], ""))
        .unwrap();
    let head = connection.head().unwrap();
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("53"))
    );
    connection.send(get("/ipc/ping", &[])).unwrap();
    assert_eq!(
        connection.answer().unwrap().body,
        PING.as_bytes(),
        "HEAD sends no body"
    );
}

#[test]
fn pages_and_rebound_names_are_kept_out() {
    let server = default_server();
    let host = |host: &str| format!("GET /ipc/ping HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let two = "GET /ipc/ping HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n";
    let port = server.address().port();
    check(
        &server,
        &[
            (host("127.0.0.1"), 200, &[PING]),
            (host(&format!("127.0.0.1:{port}")), 200, &[PING]),
            (host("[::1]"), 200, &[PING]),
            (
                host("evil.example"),
                403,
                &["SecurityError", "evil.example"],
            ),
            (
                host(&format!("evil.example:{port}")),
                403,
                &["SecurityError"],
            ),
            (host("127.0.0.1.evil.example"), 403, &["SecurityError"]),
            (host("\u{e9}"), 403, &["SecurityError"]),
            (host(""), 403, &["SecurityError"]),
            (two.into(), 400, &["Host"]),
            ("GET /ipc/ping HTTP/1.1\r\n\r\n".into(), 400, &["Host"]),
            (
                get("http://evil.example/ipc/ping", &[]),
                403,
                &["SecurityError"],
            ),
            (
                get("/ipc/ping", &["Origin: http://evil.example"]),
                403,
                &["SecurityError"],
            ),
            (
                get("/ipc/ping", &["Origin: null"]),
                403,
                &["http_ipc_allow_cors"],
            ),
            (
                get("/ipc/ping", &["Origin: oro://app.oro.local"]),
                403,
                &["SecurityError"],
            ),
            (
                get("/ipc/ping", &["Sec-Fetch-Site: cross-site"]),
                403,
                &["SecurityError"],
            ),
            (
                get("/ipc/ping", &["Sec-Fetch-Site: same-site"]),
                403,
                &["SecurityError"],
            ),
            (get("/ipc/ping", &["Sec-Fetch-Site: none"]), 200, &[PING]),
        ],
    );
    let answer = ask(server.address(), get("/ipc/ping", &[]));
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[test]
fn cors_lets_pages_call() {
    let server = Server::start("allow_cors = true", HttpLimits::default());
    let origin = "Origin: http://page.example";
    let preflight = ["Access-Control-Request-Method: POST", origin];
    let allowed = [
        "access-control-allow-origin: *",
        "access-control-allow-headers: Content-Type, X",
    ];
    check(
        &server,
        &[
            (
                request("OPTIONS", "/ipc/ping", &preflight, ""),
                204,
                &allowed,
            ),
            (
                get("/ipc/ping", &[origin]),
                200,
                &[PING, "access-control-allow-origin: *"],
            ),
            (
                get("/ipc/nope", &[origin]),
                404,
                &["access-control-allow-origin: *"],
            ),
            (
                get("/ipc/ping", &["Sec-Fetch-Site: cross-site"]),
                200,
                &[PING],
            ),
            (
                "GET /ipc/ping HTTP/1.1\r\nHost: evil.example\r\n\r\n".into(),
                403,
                &[],
            ),
        ],
    );
}

#[test]
fn a_shared_key_is_asked_for() {
    let server = Server::start("shared_key = \"s3cret\"", HttpLimits::default());
    let key = |key: &str| get("/ipc/ping", &[&format!("X-ORO-Auth: {key}")]);
    check(
        &server,
        &[
            (key("s3cret"), 200, &[PING]),
            (
                get("/ipc/ping", &[]),
                401,
                &["www-authenticate: ", "X-ORO-Auth", "SecurityError"],
            ),
            (get("/ipc/nope", &[]), 401, &[]),
            (request("PATCH", "/", &[], ""), 401, &[]),
            (key("s3cre"), 403, &["SecurityError"]),
            (key("s3crett"), 403, &["SecurityError"]),
            (key("S3CRET"), 403, &["SecurityError"]),
            (key(""), 403, &["SecurityError"]),
            (
                get("/ipc/ping", &["X-ORO-Auth: s3cret", "X-ORO-Auth: x"]),
                400,
                &["x-oro-auth"],
            ),
        ],
    );
}

#[test]
fn bodies_go_in_and_out_as_they_are() {
    let server = Server::start("max_body_bytes = 1048576", HttpLimits::default());
    let all: Vec<u8> = (0..=255).collect();
    for body in [vec![], all.repeat(1), all.repeat(4096)] {
        let length = format!("Content-Length: {}", body.len());
        let mut sent = get("/ipc/test.echo", &[&length]).into_bytes();
        sent.extend_from_slice(&body);
        let answer = ask(server.address(), sent);
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("content-type"),
            Some("application/octet-stream")
        );
        assert!(
            answer.body == body,
            "{} bytes came back as others",
            body.len()
        );
    }
    let chunked = get("/ipc/test.echo", &["Transfer-Encoding: chunked"]);
    let json = request(
        "POST",
        "/ipc/test.echo",
        &["Content-Type: application/json"],
        "{}",
    );
    let refused = r#""type":"RangeError","code":"ERR_BODY_TOO_LARGE""#;
    check(
        &server,
        &[
            (
                format!("{chunked}3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX: y\r\n\r\n"),
                200,
                &["abcdefg"],
            ),
            (json, 200, &["content-length: 0"]),
            (
                request("PUT", "/ipc/test.echo", &[], &"a".repeat(1 << 20)),
                200,
                &[],
            ),
            (
                request("PUT", "/ipc/test.echo", &[], &"a".repeat((1 << 20) + 1)),
                413,
                &[refused],
            ),
            (
                format!("{chunked}200000\r\n{}", "a".repeat(1 << 21)),
                413,
                &[refused],
            ),
        ],
    );
    // a client that asks first is told before it sends anything
    let mut asking = Connection::open(server.address());
    asking
        .send(get(
            "/ipc/test.echo",
            &["Expect: 100-continue", "Content-Length: 3"],
        ))
        .unwrap();
    assert_eq!(asking.head().unwrap().status, 100);
    asking.send("abc").unwrap();
    assert_eq!(asking.answer().unwrap().body, b"abc");
    let mut refused = Connection::open(server.address());
    let headers = ["Expect: 100-continue", "Content-Length: 99999999"];
    refused.send(get("/ipc/test.echo", &headers)).unwrap();
    assert_eq!(refused.head().unwrap().status, 413);
}

#[test]
fn connections_are_kept_and_pipelined_requests_stay_in_order() {
    let server = default_server();
    let mut connection = Connection::open(server.address());
    for id in 0..3 {
        connection
            .send(get(&format!("/ipc/ping?seq=R{id}"), &[]))
            .unwrap();
        assert_eq!(connection.answer().unwrap().json()["id"], format!("R{id}"));
    }
    let many: String = (0..100)
        .map(|id| get(&format!("/ipc/ping?seq=R{id}"), &[]))
        .collect();
    connection.send(many).unwrap();
    for id in 0..100 {
        assert_eq!(connection.answer().unwrap().json()["id"], format!("R{id}"));
    }
    connection
        .send(get("/ipc/ping", &["Connection: close"]))
        .unwrap();
    assert_eq!(connection.answer().unwrap().status, 200);
    assert!(connection.is_closed());
    let mut old = Connection::open(server.address());
    old.send("GET /ipc/ping HTTP/1.0\r\nHost: localhost\r\n\r\n")
        .unwrap();
    assert_eq!(old.answer().unwrap().body, PING.as_bytes());
    assert!(old.is_closed());
}

#[test]
fn a_slow_route_is_given_up_and_cancelled() {
    let server = Server::start("timeout_ms = 200", HttpLimits::default());
    let answer = ask(server.address(), get("/ipc/test.never?seq=R1", &[]));
    assert_eq!(answer.status, 504);
    let err =
        json!({"type": "TimeoutError", "code": "ETIMEDOUT", "message": "no answer within 200 ms"});
    let want = json!({"source": "test.never", "token": null, "id": "R1", "err": err});
    assert_eq!(answer.json(), want);
    until("the handler is cancelled", || {
        server.seen.waiting.load(SeqCst) == 0
    });
}

#[test]
fn a_client_that_leaves_cancels_its_request() {
    let server = default_server();
    let mut gone = Connection::open(server.address());
    gone.send(get("/ipc/test.never", &[])).unwrap();
    until("the handler waits", || {
        server.seen.waiting.load(SeqCst) == 1
    });
    drop(gone);
    until("the handler is cancelled", || {
        server.seen.waiting.load(SeqCst) == 0
    });
    assert_eq!(ask(server.address(), get("/ipc/ping", &[])).status, 200);
}

#[test]
fn streams_wait_for_their_reader_and_end_with_it() {
    let limits = HttpLimits {
        write_timeout: Duration::from_millis(400),
        ..HttpLimits::default()
    };
    let server = Server::start("", limits);
    let seen = &server.seen;
    let mut reader = Connection::open(server.address());
    reader.send(get("/ipc/test.flood", &[])).unwrap();
    let head = reader.head().unwrap();
    assert_eq!(head.header("content-type"), Some("application/x-flood"));
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    for _ in 0..100 {
        assert!(!reader.chunk().unwrap().is_empty());
    }
    drop(reader);
    until("the stream ends with its reader", || {
        seen.flooding.load(SeqCst) == 0
    });
    // a reader that does not read: the writer waits, and then the connection ends
    seen.chunks.store(0, SeqCst);
    let mut stuck = Connection::open(server.address());
    stuck.send(get("/ipc/test.flood", &[])).unwrap();
    until("the stream is written", || seen.flooding.load(SeqCst) == 1);
    until("the stream ends with its time", || {
        seen.flooding.load(SeqCst) == 0
    });
    let written = seen.chunks.load(SeqCst) * CHUNK;
    assert!(
        written < 32 << 20,
        "{written} bytes were made for a client that reads none"
    );
    let mut head = Connection::open(server.address());
    head.send(request("HEAD", "/ipc/test.flood", &[], ""))
        .unwrap();
    assert_eq!(head.head().unwrap().status, 200);
    until("nobody reads the body of a HEAD", || {
        seen.flooding.load(SeqCst) == 0
    });
}

#[test]
fn pieces_of_a_stream_come_as_they_are_made() {
    let server = default_server();
    let sse = "/ipc/diagnostics.stream.sse";
    let chunks = "/ipc/diagnostics.stream.chunks";
    let events = "event: tick\ndata: {\"index\":0,\"count\":2}\n\nid: 1\nevent: tick\ndata: ";
    let range = r#""type":"RangeError""#;
    check(
        &server,
        &[
            (
                get(&format!("{sse}?count=2&interval=1"), &[]),
                200,
                &[
                    "content-type: text/event-stream",
                    "cache-control: no-store",
                    events,
                ],
            ),
            (
                get(&format!("{chunks}?chunks=3&chunkSize=5&interval=1"), &[]),
                200,
                &[
                    "content-type: application/octet-stream",
                    "transfer-encoding: chunked",
                    "\0\0\0\0\0\u{1}\u{1}\u{1}\u{1}\u{1}\u{2}",
                ],
            ),
            (
                get(&format!("{sse}?count=0"), &[]),
                200,
                &["text/event-stream"],
            ),
            (get(&format!("{sse}?count=10001"), &[]), 200, &[range]),
            (get(&format!("{sse}?interval=60001"), &[]), 200, &[range]),
            (get(&format!("{chunks}?chunks=-1"), &[]), 200, &[range]),
            (
                get(&format!("{chunks}?chunkSize=1048577"), &[]),
                200,
                &[range],
            ),
        ],
    );
    // a stream is an entity of the runtime
    let running = || {
        let timings = ask(server.address(), get("/ipc/diagnostics.timings", &[])).json();
        timings["data"]["entities"].as_u64().unwrap()
    };
    let before = running();
    for path in [
        format!("{sse}?interval=60000"),
        format!("{chunks}?interval=60000"),
    ] {
        let mut reader = Connection::open(server.address());
        reader.send(get(&path, &[])).unwrap();
        assert_eq!(reader.head().unwrap().status, 200);
        assert!(
            !reader.chunk().unwrap().is_empty(),
            "the first comes a minute before the second"
        );
        assert!(running() > before);
        drop(reader);
        until("the stream ends with its reader", || running() == before);
    }
}

#[test]
fn a_paused_app_says_so() {
    let server = default_server();
    server.event_loop.pause().unwrap();
    until("the app is paused", || {
        ask(server.address(), get("/ipc/test.count", &[])).status == 503
    });
    let paused = [
        "InvalidStateError",
        "retry-after: 1",
        r#""source":"test.count""#,
    ];
    check(
        &server,
        &[
            (get("/ipc/test.count", &[]), 503, &paused),
            (get("/ipc/ping", &[]), 200, &[PING]),
        ],
    );
    server.event_loop.resume().unwrap();
    until("the app runs", || {
        ask(server.address(), get("/ipc/test.count", &[])).status == 200
    });
}

#[test]
fn routes_describe_themselves() {
    let server = default_server();
    let answer = ask(server.address(), get("/ipc/rpc.discover", &[])).json();
    let methods = answer["data"]["methods"].as_array().unwrap();
    let ping = methods
        .iter()
        .find(|method| method["name"] == "ping")
        .unwrap();
    assert_eq!(ping["x-curl"], "curl 'http://127.0.0.1:27718/ipc/ping'");
    assert!(methods.iter().all(|method| method["x-curl"].is_string()));
}

#[test]
fn the_end_of_the_runtime_answers_what_is_open() {
    let mut server = default_server();
    let address = server.address();
    let mut open = Connection::open(address);
    open.send(get("/ipc/test.never", &[])).unwrap();
    until("the handler waits", || {
        server.seen.waiting.load(SeqCst) == 1
    });
    server.stop();
    let answer = open.answer().unwrap();
    assert_eq!(answer.json()["err"]["type"], "AbortError");
    assert!(open.is_closed());
    assert!(
        TcpStream::connect(address).is_err(),
        "nothing listens any more"
    );
}

#[test]
fn it_listens_only_as_configured() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let on = |rest: &str| format!("[http.ipc]\nenable = true\n{rest}");
    let of = |config: &str, port: Option<u16>| {
        let server = Server::launch(
            config,
            HttpIpcPlugin {
                port,
                ..HttpIpcPlugin::default()
            },
        );
        let ping = server
            .ingress
            .call("ping", &json!({}))
            .wait(server::WAIT_MAX);
        assert_eq!(ping.unwrap(), "pong", "the app goes on");
        server
    };
    assert!(matches!(of("", Some(0)).state, HttpServer::Off));
    for (config, port, refused) in [
        (
            on(""),
            None,
            "'http_ipc_enable' has no effect without 'http_ipc_port'",
        ),
        (
            on("host = \"0.0.0.0\""),
            Some(0),
            "'0.0.0.0' can be reached from other machines",
        ),
        (
            on("host = \"::\""),
            Some(0),
            "'::' can be reached from other machines",
        ),
        (
            on("host = \"0.0.0.0\"\nshared_key = \"\""),
            Some(0),
            "set 'http_ipc_shared_key'",
        ),
        (
            on(&format!("port = {port}")),
            None,
            "Address already in use",
        ),
        (
            on("host = \"nowhere.invalid\""),
            Some(1),
            "cannot listen at 'nowhere.invalid:1'",
        ),
    ] {
        let HttpServer::Refused(error) = of(&config, port).state.clone() else {
            panic!("it listens: {config}");
        };
        assert!(error.to_string().contains(refused), "{config}: {error}");
        assert_eq!(
            error == HttpError::NoPort,
            port.is_none() && !config.contains("port =")
        );
    }
    drop(taken);
    let server = of(
        &on("host = \"0.0.0.0\"\nshared_key = \"s3cret\"\npath = \"/x/y/\""),
        Some(0),
    );
    let port = server.address().port();
    let local = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let call = |path: &str| ask(local, get(path, &["X-ORO-Auth: s3cret"])).status;
    assert_eq!(
        (call("/x/y/ping"), call("/ipc/ping"), call("/x/yping")),
        (200, 404, 404)
    );
    assert_eq!(
        ask(
            local,
            "GET /x/y/ping HTTP/1.1\r\nHost: 10.1.2.3:80\r\nX-ORO-Auth: s3cret\r\n\r\n"
        )
        .status,
        200
    );
}
