//! Standard output and standard error, of a process that the tests can read.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use oro::prelude::*;
use serde_json::json;

use crate::harness::{Headless, PATIENCE, alone, show};

#[test]
fn texts_arrive_whole_and_in_order() {
    let output = alone("console::texts_arrive_whole_and_in_order", || {
        let mut headless = Headless::new();
        // all at once, as a page writes that does not wait
        let mut answers = Vec::new();
        for n in 0..500 {
            let text = format!("{n:03} ä\n");
            answers.push(if n % 2 == 0 {
                headless.send(Client::Host, "stdout", &json!({ "value": text }), None)
            } else {
                headless.send(Client::Host, "stdout", &json!({}), Some(text.into_bytes()))
            });
        }
        for answer in &answers {
            assert_eq!(show(headless.wait(answer)), json!({"want": {}}));
        }
        let none = headless.call("stdout", json!({}));
        assert_eq!(none["err"]["message"], "Expecting 'value' in parameters");
        assert_eq!(
            headless.call("stdout", json!({"value": ""})),
            json!({"want": {}})
        );
        // a text that nobody waited for leaves before the process does
        let last = headless.send(Client::Host, "stdout", &json!({"value": "the last"}), None);
        headless.app.update();
        headless.app.destroy();
        drop(last);
    });
    let Some(output) = output else { return };
    let text = String::from_utf8(output.stdout).unwrap();
    let want: String = (0..500).map(|n| format!("{n:03} ä\n")).collect();
    assert!(text.contains(&(want + "the last")), "{text}");
}

#[test]
fn logs_and_errors_go_to_standard_error() {
    let output = alone("console::logs_and_errors_go_to_standard_error", || {
        let mut headless = Headless::new();
        headless.call("log", json!({"value": "a line"}));
        headless.call("stderr", json!({"value": "no line"}));
        headless.call(
            "stderr",
            json!({"value": "only for debugging", "debug": true}),
        );
    });
    let Some(output) = output else { return };
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("a line\nno line"), "{text}");
    assert!(!text.contains("only for debugging"), "{text}");
}

const READER: &str = "ORO_TEST_READER";

/// Runs a test again as a process whose standard output is a pipe.
fn child(name: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(READER, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_reader_that_leaves_is_an_error_and_not_the_end() {
    if std::env::var_os(READER).is_none() {
        let mut child = child("console::a_reader_that_leaves_is_an_error_and_not_the_end");
        // the test program's own heading comes first, and it would not survive
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("running") {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0);
        }
        drop(output);
        assert!(child.wait().unwrap().success());
        return;
    }
    let mut headless = Headless::new();
    let started = Instant::now();
    // the reader may take a moment to leave
    let code = loop {
        let code = headless.call("stdout", json!({"value": "x\n"}))["err"]["code"].clone();
        if !code.is_null() {
            break code;
        }
        assert!(started.elapsed() < PATIENCE);
    };
    // the test program must not write its result to what is closed
    let survived = headless.call("ping", json!({})) == json!({"want": "pong"});
    std::process::exit(if survived && code == "EPIPE" { 0 } else { 1 });
}

#[test]
fn a_reader_that_stops_holds_up_nobody_and_fills_a_bounded_queue() {
    if std::env::var_os(READER).is_none() {
        let mut child =
            child("console::a_reader_that_stops_holds_up_nobody_and_fills_a_bounded_queue");
        let mut text = Vec::new();
        let mut output = child.stdout.take().unwrap();
        // read only after the child had its say: it ends when everything is written
        let mut first = [0; 1];
        output.read_exact(&mut first).unwrap();
        let started = Instant::now();
        while child_waits(child.id()) {
            assert!(started.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(5));
        }
        output.read_to_end(&mut text).unwrap();
        assert!(child.wait().unwrap().success());
        let written = text.iter().filter(|byte| **byte == b'z').count();
        assert_eq!(written, 16 << 20);
        return;
    }
    let mut headless = Headless::new();
    let megabyte = vec![b'z'; 1 << 20];
    let mut answers: Vec<_> = (0..20)
        .map(|_| headless.send(Client::Host, "stdout", &json!({}), Some(megabyte.clone())))
        .collect();
    // the pipe is full, and the rest of the runtime does not care
    for _ in 0..100 {
        assert_eq!(headless.call("ping", json!({})), json!({"want": "pong"}));
    }
    assert_eq!(
        headless.call("fs.stat", json!({"path": "/"}))["want"]["st_gen"],
        "0"
    );
    let refused: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.try_recv().ok())
        .collect();
    let refused = refused
        .into_iter()
        .map(|response| show(response)["err"]["code"].clone());
    assert_eq!(refused.collect::<Vec<_>>(), vec!["EAGAIN"; 4]);
    std::fs::write(marker(std::process::id()), "").unwrap();
    answers.truncate(16);
    for answer in &answers {
        assert_eq!(show(headless.wait(answer)), json!({"want": {}}));
    }
}

/// A file by which a child says that it has seen enough.
fn marker(pid: u32) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("oro-test-{pid}"))
}

fn child_waits(pid: u32) -> bool {
    std::fs::remove_file(marker(pid)).is_err()
}
