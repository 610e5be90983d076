//! Windows and the bridge, in a real WebView.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::Builder;
use std::time::{Duration, Instant};

use crate::harness::page::{Page, check, pages};
use crate::harness::{Headless, PATIENCE};
use serde_json::json;

#[test]
fn calls_reach_their_routes_by_every_transport() {
    check("/bridge/index.html", &["--headless"], &[]);
}

/// The ways of a call, as the setting `ipc_transport` names them.
const RUNGS: [&str; 3] = ["direct", "message", "scheme"];

#[test]
fn each_rung_does_what_the_others_do() {
    for rung in RUNGS {
        let env = [("ORO_IPC_TRANSPORT", rung)];
        check("/rungs/index.html", &["--headless"], &env);
    }
}

#[test]
fn windows_do_as_they_are_told() {
    check("/windows/index.html", &[], &[]);
    check("/windows/index.html", &["--headless"], &[]);
}

#[test]
fn no_body_harms_the_process() {
    let env = [("ORO_WEBVIEW_PRELOAD_SKIP_ALLOWED", "true")];
    check("/bodies/index.html", &["--headless"], &env);
}

#[test]
fn windows_frames_and_workers_keep_their_answers_apart() {
    for rung in RUNGS {
        let env = [("ORO_IPC_TRANSPORT", rung)];
        check("/apart/index.html", &["--headless"], &env);
    }
}

#[test]
fn foreign_frames_reach_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let server = Builder::new().spawn(move || serve(&listener)).unwrap();
    for rung in RUNGS {
        check(
            "/hostile/index.html",
            &["--headless"],
            &[
                ("HOSTILE_ORIGIN", &origin),
                ("ORO_AI_LLM_DEBUG_ROUTE_METRICS", "on"),
                ("ORO_IPC_TRANSPORT", rung),
            ],
        );
    }
    assert!(!server.is_finished(), "the hostile server has failed");
}

/// Serves the hostile page to whoever asks, until the test ends.
fn serve(listener: &TcpListener) {
    let frame = std::fs::read_to_string(pages().join("hostile/frame.html")).unwrap();
    let data = frame
        .replace("FRAME", "nested")
        .replace('%', "%25")
        .replace('#', "%23")
        .replace('?', "%3F");
    let nested = format!(
        "<!doctype html><iframe src=\"data:text/html,{}\"></iframe>",
        data.replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('\n', "%0A")
    );
    let pages: Arc<[String; 2]> = Arc::new([frame, nested]);
    for stream in listener.incoming() {
        // WebKit opens connections ahead of time, on which nothing may come.
        let (stream, pages) = (stream.unwrap(), Arc::clone(&pages));
        Builder::new()
            .spawn(move || answer(stream, &pages))
            .unwrap();
    }
}

fn answer(mut stream: TcpStream, pages: &[String; 2]) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    let _ = lines.find(|line| line.as_ref().is_ok_and(String::is_empty));
    let body = &pages[usize::from(first.contains("/nested"))];
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n";
    let _ = write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len());
}

#[test]
fn a_page_whose_process_dies_is_loaded_again_once() {
    let page = Page::start(&pages(), "/crash/index.html", &["--headless"], &[]);
    assert_eq!(page.line().as_deref(), Some("here with 1"));
    signal("-9", page.web_process());
    // Its waiting call went with it: only the new page's own waits.
    assert_eq!(page.line().as_deref(), Some("here with 1"));
    signal("-9", page.web_process());
    signal("-15", page.app());
    let (lines, _) = page.finish();
    assert_eq!(lines, [""; 0], "it was loaded a third time");
}

#[test]
fn pages_hear_when_the_user_leaves_returns_and_closes() {
    // Natively paused or not, pages hear the same, and the window can be closed.
    for always_running in ["true", "false"] {
        let env = [("ORO_LIFECYCLE_DESKTOP_ALWAYS_RUNNING", always_running)];
        let page = Page::start(&pages(), "/stop/index.html", &[], &env);
        assert_eq!(page.line().as_deref(), Some("ready"));
        let window = ["search", "--onlyvisible", "--name", "^Windows$"];
        let focus = [&window[..], &["windowactivate", "--sync"]].concat();
        let minimize = [&window[..], &["windowminimize"]].concat();
        page.provoke("applicationpause", &[&focus, &minimize]);
        let map = ["search", "--name", "^Windows$", "windowmap"];
        page.provoke("applicationresume", &[&map]);
        let at = ["mousemove", "--window", "%1", "100", "100", "click", "1"];
        let click = [&window[..], &at].concat();
        page.provoke("clicked", &[&focus, &click]);
        let close = ["key", "alt+F4"];
        page.provoke("prevented", &[&focus, &close]);
        page.provoke("applicationstop", &[&focus, &close]);
        let (lines, status) = page.finish();
        assert_eq!(
            (lines, status.code()),
            (vec![], Some(0)),
            "{always_running}"
        );
    }
}

/// As many as the variable says.
fn times(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |times| times.parse().unwrap())
}

/// Kills the process of the page in the middle of calls, bodies, streams, events and a blocking
/// call. More often: `KILLS=100 PAGE_S=900 cargo test -p oro_tests --test it -- in_mid_flight`
#[test]
fn a_page_killed_in_mid_flight_leaves_nothing_and_comes_again() {
    let page = Page::start(
        &pages(),
        "/killed/index.html",
        &["--headless", "--again"],
        &[],
    );
    let mut open_files = None;
    for kill in 0..times("KILLS", 5) {
        let line = page.line();
        assert_eq!(line.as_deref(), Some("here, 0,0,0 left"), "after {kill}");
        let now = files(page.app());
        let first = *open_files.get_or_insert(now);
        assert!(now <= first + FILES_SLACK, "{now} open files, not {first}");
        // Each time a little later.
        std::thread::sleep(Duration::from_millis(kill as u64 % 50));
        signal("-9", page.web_process());
    }
    assert_eq!(page.line().as_deref(), Some("here, 0,0,0 left"));
    signal("-15", page.app());
    page.finish();
}

/// Files that may be open more at one moment than at another.
const FILES_SLACK: usize = 16;

fn files(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .count()
}

/// Memory may grow by this much over its start. Of 300,000 calls and events each could keep 250
/// bytes of the page, and 50 of the app.
const WEB_GROWTH_MAX: u64 = 72 << 20;
const APP_GROWTH_MAX: u64 = 16 << 20;

/// For two million of each: `FLOOD=40 PAGE_S=900 cargo test -p oro_tests --test it -- flood`
#[test]
#[expect(
    clippy::print_stderr,
    reason = "the figures are for whoever asked for a longer run"
)]
fn a_flood_of_calls_and_events_leaves_no_memory_behind() {
    let rounds = times("FLOOD", 3);
    let env = [("FLOOD", &*rounds.to_string())];
    let page = Page::start(&pages(), "/flood/index.html", &["--headless"], &env);
    assert_eq!(page.line().as_deref(), Some("before"));
    let resident = || (resident(page.app()), resident(page.web_process()));
    let (app, web) = resident();
    for _ in 0..rounds {
        let line = page.line();
        assert_eq!(line.as_deref(), Some("50000 answers, 50000 events"));
    }
    assert_eq!(page.line().as_deref(), Some("after"));
    let started = Instant::now();
    loop {
        let (app_now, web_now) = resident();
        if app_now <= app + APP_GROWTH_MAX && web_now <= web + WEB_GROWTH_MAX {
            eprintln!("app {app} to {app_now}, page {web} to {web_now}");
            break;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "the app has {app_now} bytes, it had {app}; its page has {web_now}, it had {web}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    signal("-15", page.app());
}

/// Bytes of memory that a process uses.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap() << 10
}

fn signal(signal: &str, pid: u32) {
    let status = std::process::Command::new("kill")
        .args([signal, &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn an_app_without_a_display_says_so() {
    let mut app = Headless::new();
    let answer = app.call("window.create", json!({}));
    assert_eq!(answer["err"]["type"], "NotSupportedError", "{answer}");
    assert_eq!(
        app.call("application.getWindows", json!({})),
        json!({ "want": [] })
    );
}
