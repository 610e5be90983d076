//! The process, as pages see it, and the program beside it.

use std::collections::VecDeque;

use oro::components::process::{ProcessExit, ProcessMessage};
use oro::prelude::*;
use serde_json::{Value, json};

use crate::harness::page::{check, pages};
use crate::harness::{Headless, check_cases};

#[test]
fn cases() {
    check_cases("process");
}

#[test]
fn the_surroundings_of_one_app_are_no_other_apps() {
    let before = std::env::current_dir().unwrap();
    let [mut one, mut two] = [Headless::new(), Headless::new()];
    let path = one.path("");
    one.call("internal.setcwd", json!({ "value": path }));
    one.call(
        "process.env.set",
        json!({"key": "ORO_TEST_ONE", "value": "1"}),
    );
    let cwd =
        |headless: &mut Headless| headless.call("process.info", json!({}))["want"]["cwd"].clone();
    assert_eq!(cwd(&mut one).as_str().unwrap(), path.trim_end_matches('/'));
    assert_eq!(cwd(&mut two).as_str().unwrap(), before.to_str().unwrap());
    assert_eq!(std::env::current_dir().unwrap(), before);
    assert!(std::env::var_os("ORO_TEST_ONE").is_none());
    let value = two.call("process.env.get", json!({"key": "ORO_TEST_ONE"}));
    assert!(value["want"]["value"].is_null());
}

#[test]
fn the_process_is_what_proc_says() {
    let told = Headless::new().call("process.info", json!({}))["want"].clone();
    let link = |name: &str| std::fs::read_link(format!("/proc/self/{name}")).unwrap();
    assert_eq!(told["pid"], std::process::id());
    assert_eq!(told["execPath"], link("exe").to_str().unwrap());
    assert_eq!(told["cwd"], link("cwd").to_str().unwrap());
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    assert_eq!(told["ppid"].to_string(), parent.unwrap().trim());
    let words = std::fs::read_to_string("/proc/self/cmdline").unwrap();
    let words: Vec<&str> = words.trim_end_matches('\0').split('\0').collect();
    assert_eq!(told["argv"], json!(words));
}

/// Tells its number, then says after whoever writes to it, and ends with 3.
const BACKEND: &str = "echo \"ipc://send?event=born&value=$$\"; echo noise; \
    while read -r line; do echo \"ipc://send?event=said&value=%22$line%22&index=0\"; done; exit 3";

#[derive(Resource, Default)]
struct Heard {
    messages: VecDeque<ProcessMessage>,
    exits: VecDeque<ProcessExit>,
}

fn listen(
    mut messages: MessageReader<ProcessMessage>,
    mut exits: MessageReader<ProcessExit>,
    mut heard: ResMut<Heard>,
) {
    heard.messages.extend(messages.read().cloned());
    heard.exits.extend(exits.read().cloned());
}

fn beside(words: &[&str]) -> Headless {
    let text = format!("cmd = {}", json!(words));
    let config = Config::builder().text("oro.toml", &text).load();
    let mut headless = Headless::with(config.unwrap().config);
    let listen = listen.after(TickSystems::End);
    headless
        .app
        .init_resource::<Heard>()
        .add_systems(Tick, listen);
    headless
}

/// Ticks until something is heard.
fn hear<T>(headless: &mut Headless, from: fn(&mut Heard) -> &mut VecDeque<T>) -> T {
    let mut heard = None;
    headless.until(|app| {
        heard = from(&mut app.world_mut().resource_mut::<Heard>()).pop_front();
        heard.is_some()
    });
    heard.unwrap()
}

fn message(headless: &mut Headless) -> ProcessMessage {
    hear(headless, |heard| &mut heard.messages)
}

fn exit(headless: &mut Headless) -> ProcessExit {
    hear(headless, |heard| &mut heard.exits)
}

fn open(headless: &mut Headless, force: bool) -> Value {
    headless.call("process.open", json!({ "force": force }))["want"].take()
}

#[test]
fn the_backend_is_one_program_that_speaks_in_lines() {
    let mut headless = beside(&["sh", "-c", BACKEND]);
    let window = oro::components::window::WindowIndex(0);
    let window = headless.app.world_mut().spawn(window).id();
    let write = |headless: &mut Headless, value: &str| {
        headless.call("process.write", json!({ "value": value }))
    };
    assert_eq!(write(&mut headless, "x")["err"]["type"], "NotFoundError");
    let first = open(&mut headless, false);
    assert_eq!(
        (&first["cmd"], &first["argv"][0]),
        (&json!("sh"), &json!("-c"))
    );
    let born = message(&mut headless);
    assert_eq!(
        (&*born.event, &born.value, born.window),
        ("born", &first["pid"], None)
    );
    assert_eq!(open(&mut headless, false), first, "there is one");
    write(&mut headless, "hello");
    let said = message(&mut headless);
    assert_eq!((&*said.event, said.value), ("said", json!("hello")));
    assert_eq!(said.window, Some(window));
    assert_eq!(write(&mut headless, "a\nb")["err"]["param"], "value");
    let second = open(&mut headless, true);
    assert_ne!(second["pid"], first["pid"]);
    headless.until(|_| !std::path::Path::new(&format!("/proc/{}", first["pid"])).exists());
    assert!(headless.call("process.kill", json!({}))["want"].is_object());
    let exit = exit(&mut headless);
    assert_eq!(exit.signal.as_deref(), Some("SIGKILL"));
    assert_eq!(
        headless.call("process.kill", json!({}))["err"]["type"],
        "NotFoundError"
    );
    headless.until(|_| !std::path::Path::new(&format!("/proc/{}", second["pid"])).exists());
}

#[test]
fn the_end_of_a_backend_is_told_and_one_that_cannot_be_is_an_error() {
    let mut headless = beside(&["sh", "-c", "printf 'ipc://send?event=last'; exit 3"]);
    open(&mut headless, false);
    let last = message(&mut headless);
    assert_eq!((&*last.event, last.value), ("last", Value::Null));
    assert_eq!(exit(&mut headless).code, Some(3));
    for (words, code) in [
        (&[][..], "ERR_NO_BACKEND"),
        (&["/nowhere/program"], "ENOENT"),
    ] {
        let mut headless = beside(words);
        let refused = headless.call("process.open", json!({}));
        assert_eq!(refused["err"]["code"], code, "{refused}");
    }
}

#[test]
fn pages_talk_with_the_backend() {
    let script = pages().join("process/backend.sh");
    let cmd = format!("sh {}", script.display());
    check("/process/index.html", &["--headless"], &[("ORO_CMD", &cmd)]);
}
