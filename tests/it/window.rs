//! Windows and the bridge, in a real WebView.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::Builder;

use crate::harness::Headless;
use crate::harness::page::{Page, check, pages};
use serde_json::json;

#[test]
fn calls_reach_their_routes_by_every_transport() {
    check("/bridge/index.html", &["--headless"], &[]);
}

#[test]
fn windows_do_as_they_are_told() {
    check("/windows/index.html", &[], &[]);
    check("/windows/index.html", &["--headless"], &[]);
}

#[test]
fn no_body_harms_the_process() {
    check("/bodies/index.html", &["--headless"], &[]);
}

#[test]
fn foreign_frames_reach_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let server = Builder::new().spawn(move || serve(&listener)).unwrap();
    check(
        "/hostile/index.html",
        &["--headless"],
        &[("HOSTILE_ORIGIN", &origin)],
    );
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
    let kill = |pid: u32| {
        let status = std::process::Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status();
        assert!(status.unwrap().success());
    };
    kill(page.web_process());
    // Its waiting call went with it: only the new page's own waits.
    assert_eq!(page.line().as_deref(), Some("here with 1"));
    kill(page.web_process());
    kill_gently(page.app());
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
        let window = ["search", "--sync", "--onlyvisible", "--name", "^Windows$"];
        page.xdotool(&[&window[..], &["windowactivate", "--sync"]].concat());
        page.xdotool(&[&window[..], &["windowminimize"]].concat());
        assert_eq!(page.line().as_deref(), Some("applicationpause"));
        let hidden = ["search", "--name", "^Windows$"];
        page.xdotool(&[&hidden[..], &["windowmap"]].concat());
        assert_eq!(page.line().as_deref(), Some("applicationresume"));
        page.xdotool(&[&window[..], &["windowactivate", "--sync"]].concat());
        page.xdotool(&["key", "alt+F4"]);
        assert_eq!(page.line().as_deref(), Some("applicationstop"));
        let (lines, status) = page.finish();
        assert_eq!(
            (lines, status.code()),
            (vec![], Some(0)),
            "{always_running}"
        );
    }
}

fn kill_gently(pid: u32) {
    let status = std::process::Command::new("kill")
        .arg(pid.to_string())
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
