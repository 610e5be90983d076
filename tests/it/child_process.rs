//! Child processes: through routes as a page uses them, and as components.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio as StdStdio};
use std::time::{Duration, Instant};

use oro::components::child_process::{
    ChildExitEvent, ChildExited, ChildFailed, ChildInput, ChildOutput, ChildProcess, ChildResult,
    ChildStarted, Stdio,
};
use oro::ecs::prelude::*;
use oro::engine::request::Payload;
use oro::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Headless, PATIENCE, check_cases, show};

#[test]
fn cases() {
    check_cases("child_process");
}

/// Ends that pages were told of.
#[derive(Resource, Default)]
struct Exits(VecDeque<ChildExitEvent>);

fn note_exits(mut events: MessageReader<ChildExitEvent>, mut exits: ResMut<Exits>) {
    exits.0.extend(events.read().cloned());
}

/// A window that starts children.
struct Page {
    headless: Headless,
    window: Entity,
}

impl Page {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        let settings = settings
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned()));
        let config = Config::builder().overrides(settings).load().unwrap().config;
        let mut headless = Headless::with(config);
        headless.app.init_resource::<Exits>();
        let after = note_exits.after(TickSystems::End);
        headless.app.add_systems(Tick, after);
        let window = headless.app.world_mut().spawn_empty().id();
        Self { headless, window }
    }

    fn ask(&mut self, route: &str, params: Value, body: Option<Vec<u8>>) -> Value {
        let client = Client::Window(self.window);
        let answer = self.headless.send(client, route, &params, body);
        show(self.headless.wait(&answer))
    }

    /// Starts a child: its process.
    fn spawn(&mut self, id: &str, words: &[&str]) -> u32 {
        let answer = self.ask(
            "child_process.spawn",
            json!({"id": id, "args": words}),
            None,
        );
        let pid = answer["want"]["pid"].as_u64();
        u32::try_from(pid.unwrap_or_else(|| panic!("{words:?}: {answer}"))).unwrap()
    }

    /// The next bytes of an output; empty at its end.
    fn read(&mut self, id: &str, fd: u8) -> Vec<u8> {
        let client = Client::Window(self.window);
        let params = json!({"id": id, "fd": fd});
        let answer = self
            .headless
            .send(client, "child_process.read", &params, None);
        match self.headless.wait(&answer).reply {
            Ok(Payload::Bytes(bytes)) => bytes.to_vec(),
            other => panic!("{id} {fd}: no bytes: {other:?}"),
        }
    }

    fn read_all(&mut self, id: &str, fd: u8) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let bytes = self.read(id, fd);
            if bytes.is_empty() {
                return all;
            }
            all.extend(bytes);
        }
    }

    /// The next end that the page hears of.
    fn hear_exit(&mut self) -> (String, Option<i32>, Option<String>) {
        let mut heard = None;
        self.headless.until(|app| {
            heard = app.world_mut().resource_mut::<Exits>().0.pop_front();
            heard.is_some()
        });
        let ChildExitEvent {
            id, code, signal, ..
        } = heard.unwrap();
        (id.to_string(), code, signal)
    }

    /// Runs a program to its end: what is told of it, its output, its errors.
    fn exec(&mut self, params: Value, input: &[u8]) -> (ChildResult, Vec<u8>, Vec<u8>) {
        let client = Client::Window(self.window);
        let (body, params) = if input.is_empty() {
            (None, params)
        } else {
            let words = params["args"].as_array().unwrap().iter();
            let words: Vec<&str> = words.map(|word| word.as_str().unwrap()).collect();
            let mut params = params.clone();
            params["args"] = words.join("\u{1}").into();
            (Some(input.to_vec()), params)
        };
        let answer = self
            .headless
            .send(client, "child_process.exec", &params, body);
        let reply = self.headless.wait(&answer).reply;
        let Ok(Payload::Bytes(frame)) = reply else {
            panic!("{params}: {reply:?}");
        };
        let (len, rest) = frame.split_first_chunk::<4>().unwrap();
        let (head, rest) = rest.split_at(u32::from_le_bytes(*len) as usize);
        let result: ChildResult = serde_json::from_slice(head).unwrap();
        let (stdout, stderr) = rest.split_at(result.stdout);
        assert_eq!(stderr.len(), result.stderr);
        (result.clone(), stdout.to_vec(), stderr.to_vec())
    }
}

/// Whether a process is there and no zombie.
fn lives(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        let state = stat.rsplit_once(") ").map(|(_, rest)| rest.as_bytes()[0]);
        state != Some(b'Z') && state != Some(b'X')
    })
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "{what}: it does not happen");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn bytes_of_all_values_and_sizes_go_there_and_back() {
    let mut page = Page::new();
    page.spawn("1", &["cat"]);
    let all: Vec<u8> = (0..12_000_000_u32).map(|n| (n ^ (n >> 8)) as u8).collect();
    // Far more than the pipes hold: the write is answered when the child has taken it.
    let client = Client::Window(page.window);
    let params = json!({"id": "1", "end": true});
    let answer = page
        .headless
        .send(client, "child_process.write", &params, Some(all.clone()));
    page.headless.app.update();
    assert!(answer.is_empty(), "more was taken than the pipes hold");
    assert!(page.read_all("1", 1) == all, "the bytes differ");
    assert_eq!(show(page.headless.wait(&answer)), json!({"want": {}}));
    assert!(page.read_all("1", 2).is_empty());
    assert_eq!(page.hear_exit(), ("1".into(), Some(0), None));
}

#[test]
fn an_output_that_nobody_reads_stops_the_child_and_not_the_application() {
    let mut page = Page::new();
    let pid = page.spawn("1", &["yes"]);
    page.read("1", 1);
    let written = || {
        let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
        let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
        line.and_then(|count| count.parse::<u64>().ok()).unwrap()
    };
    let mut before = 0;
    page.headless.until(|_| {
        let now = written();
        std::mem::replace(&mut before, now) == now
    });
    assert!(before < 8 << 20, "{before} bytes were read ahead");
    page.ask("child_process.close", json!({"id": "1", "fd": 1}), None);
    assert_eq!(page.hear_exit(), ("1".into(), None, Some("SIGPIPE".into())));
}

#[test]
fn ends_are_told_as_they_are() {
    let mut page = Page::new();
    for (script, code, signal) in [
        ("exit 0", Some(0), None),
        ("exit 255", Some(255), None),
        ("kill -9 $$", None, Some("SIGKILL")),
        ("kill -SEGV $$", None, Some("SIGSEGV")),
    ] {
        page.spawn("1", &["sh", "-c", script]);
        let exit = page.hear_exit();
        assert_eq!(
            exit,
            ("1".into(), code, signal.map(str::to_owned)),
            "{script}"
        );
        page.ask("child_process.close", json!({"id": "1", "fd": 1}), None);
        page.ask("child_process.close", json!({"id": "1", "fd": 2}), None);
    }
    for (word, name) in [
        (json!("sigint"), "SIGINT"),
        (json!(15), "SIGTERM"),
        (json!("9"), "SIGKILL"),
        (Value::Null, "SIGTERM"),
    ] {
        let pid = page.spawn("2", &["sh", "-c", "echo ready; exec sleep 1000"]);
        page.read("2", 1);
        let killed = page.ask(
            "child_process.kill",
            json!({"id": "2", "signal": word}),
            None,
        );
        assert_eq!(killed, json!({"want": {}}));
        assert_eq!(page.hear_exit(), ("2".into(), None, Some(name.into())));
        assert!(page.read_all("2", 1).is_empty() && page.read_all("2", 2).is_empty());
        assert!(!lives(pid));
    }
    let gone = page.ask("child_process.kill", json!({"id": "2"}), None);
    assert_eq!(gone["err"]["type"], "NotFoundError");
    // What a child has started hears it too.
    let all = family(&mut page, "3");
    page.ask("child_process.kill", json!({"id": "3"}), None);
    page.headless.until(|_| !all.iter().any(|pid| lives(*pid)));
}

#[test]
fn programs_run_to_their_end_with_input_output_and_limits() {
    let mut page = Page::new();
    let script = "cat; echo wrong >&2; exit 7";
    let (result, stdout, stderr) = page.exec(json!({"args": ["sh", "-c", script]}), b"\0in\xff");
    assert_eq!((result.code, result.signal), (Some(7), None));
    assert_eq!(
        (&stdout[..], &stderr[..]),
        (&b"\0in\xff"[..], &b"wrong\n"[..])
    );
    assert!(result.pid > 0 && !result.timed_out && result.overflow.is_none());

    let slow = json!({"args": ["sh", "-c", "echo a; sleep 1000"], "timeout": 20});
    let client = Client::Window(page.window);
    let answer = page
        .headless
        .send(client, "child_process.exec", &slow, None);
    // The clock stands still, so the time is over when the test says so.
    page.headless.until(|app| {
        let mut handles = app.world_mut().query::<&ChildOutput>();
        handles
            .iter(app.world())
            .any(|output| !output.stdout.is_empty())
    });
    page.headless.advance(Duration::from_secs(1));
    let reply = page.headless.wait(&answer).reply;
    let Ok(Payload::Bytes(frame)) = reply else {
        panic!("{reply:?}");
    };
    let text = String::from_utf8_lossy(&frame);
    assert!(
        text.contains(r#""signal":"SIGTERM""#) && text.contains(r#""timedOut":true"#),
        "{text}"
    );
    assert!(text.ends_with("a\n"), "{text}");

    let (result, stdout, _) = page.exec(json!({"args": ["yes"], "maxBuffer": 10}), b"");
    assert_eq!(result.overflow.as_deref(), Some("stdout"));
    assert_eq!(stdout, b"y\ny\ny\ny\ny\n");
    let (result, stdout, _) = page.exec(json!({"args": ["printf", "12345"], "maxBuffer": 5}), b"");
    assert_eq!((result.overflow, &stdout[..]), (None, &b"12345"[..]));
}

/// A shell with children of its own, which print their numbers.
const FAMILY: &str = "sleep 1000 & echo $!; sleep 1000 & echo $!; echo $$; wait";

fn numbers(lines: &[u8]) -> Vec<u32> {
    let text = String::from_utf8_lossy(lines);
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn family(page: &mut Page, id: &str) -> Vec<u32> {
    page.spawn(id, &["sh", "-c", FAMILY]);
    let mut lines = Vec::new();
    while lines.iter().filter(|byte| **byte == b'\n').count() < 3 {
        lines.extend(page.read(id, 1));
    }
    numbers(&lines)
}

#[test]
fn children_and_theirs_die_with_their_window_and_leave_no_zombies() {
    let mut page = Page::new();
    let pids = family(&mut page, "1");
    assert!(pids.iter().all(|pid| lives(*pid)));
    // One that has ended itself, while its child keeps the pipe open.
    page.spawn("2", &["sh", "-c", "sleep 1000 & echo $!"]);
    let orphan = numbers(&page.read("2", 1))[0];
    assert_eq!(page.hear_exit().0, "2");
    assert!(lives(orphan));
    let window = page.window;
    page.headless.app.world_mut().despawn(window);
    let zombie = |pid: u32| std::path::Path::new(&format!("/proc/{pid}")).exists();
    let all = [pids.clone(), vec![orphan]].concat();
    // The shell, the last of its lines, was ours to collect.
    page.headless
        .until(|_| all.iter().all(|pid| !lives(*pid)) && !zombie(pids[2]));
}

#[test]
fn a_child_in_a_session_of_its_own_stays() {
    let mut page = Page::new();
    let params = json!({"id": "1", "args": ["sleep", "1000"], "detached": true,
        "stdin": "ignore", "stdout": "ignore", "stderr": "ignore"});
    let answer = page.ask("child_process.spawn", params, None);
    let pid = u32::try_from(answer["want"]["pid"].as_u64().unwrap()).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let session = stat
        .rsplit_once(") ")
        .unwrap()
        .1
        .split(' ')
        .nth(3)
        .unwrap()
        .to_owned();
    assert_eq!(session, pid.to_string());
    let window = page.window;
    page.headless.app.world_mut().despawn(window);
    page.headless.app.update();
    assert!(lives(pid));
    Command::new("kill").arg(pid.to_string()).status().unwrap();
    // Collected although nobody knows it any more.
    page.headless
        .until(|_| !std::path::Path::new(&format!("/proc/{pid}")).exists());
}

const VICTIM: &str = "ORO_TEST_VICTIM";

/// A whole application that is killed, with children, is followed by all of them.
#[test]
fn children_and_theirs_die_with_an_application_that_is_killed() {
    if std::env::var_os(VICTIM).is_some() {
        let mut page = Page::new();
        let mut all = family(&mut page, "1");
        all.extend(family(&mut page, "2"));
        // An orphan of the child, which the parent-death signal does not reach.
        page.spawn("3", &["sh", "-c", "sleep 1000 & echo $!"]);
        all.extend(numbers(&page.read("3", 1)));
        page.hear_exit();
        let all: Vec<String> = all.iter().map(u32::to_string).collect();
        writeln!(std::io::stderr(), "victims {}", all.join(" ")).unwrap();
        loop {
            page.headless.app.update();
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    let name = "child_process::children_and_theirs_die_with_an_application_that_is_killed";
    let mut app = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(VICTIM, "1")
        .stdout(StdStdio::null())
        .stderr(StdStdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(app.stderr.take().unwrap()).lines();
    let victims = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("victims ").map(str::to_owned));
    let victims: Vec<u32> = victims
        .expect("the children start")
        .split(' ')
        .map(|pid| pid.parse().unwrap())
        .collect();
    assert_eq!(victims.len(), 7);
    let alive = victims.iter().filter(|pid| lives(**pid)).count();
    assert_eq!(alive, 7);
    app.kill().unwrap();
    app.wait().unwrap();
    wait_until("the children die", || {
        !victims.iter().any(|pid| lives(*pid))
    });
}

#[test]
fn a_pause_leaves_output_in_the_pipe_and_ends_untold() {
    let mut page = Page::new();
    page.spawn("1", &["sh", "-c", "read line; echo $line; exit 4"]);
    page.headless.app.pause();
    page.headless.app.update();
    let client = Client::Window(page.window);
    let (read, write) = ("child_process.read", "child_process.write");
    let params = json!({"id": "1", "fd": 1});
    let answer = page.headless.send(client, read, &params, None);
    let line = Some(b"late\n".to_vec());
    let written = page.headless.send(client, write, &json!({"id": "1"}), line);
    for _ in 0..20 {
        page.headless.app.update();
    }
    assert!(
        answer.is_empty() && written.is_empty(),
        "answered while paused"
    );
    page.headless.app.resume();
    let got = show(page.headless.wait(&answer));
    assert_eq!(got, json!({"bytes": "late\n"}));
    assert_eq!(page.hear_exit(), ("1".into(), Some(4), None));

    // An end in the pause is told after it, although the reactor tells only once.
    let pid = page.spawn("2", &["sh", "-c", "read line; exit 5"]);
    page.headless.app.pause();
    page.headless.app.update();
    Command::new("kill").arg(pid.to_string()).status().unwrap();
    wait_until("it ends", || !lives(pid));
    for _ in 0..20 {
        page.headless.app.update();
    }
    page.headless.app.resume();
    assert_eq!(page.hear_exit(), ("2".into(), None, Some("SIGTERM".into())));
}

#[derive(Resource, Default)]
struct Heard(Vec<String>, u32);

fn observed(headless: &mut Headless) {
    let app = &mut headless.app;
    app.init_resource::<Heard>();
    app.add_observer(|on: On<ChildStarted>, mut heard: ResMut<Heard>| {
        heard.1 = on.pid;
        heard.0.push("started".into());
    });
    app.add_observer(|on: On<ChildExited>, mut heard: ResMut<Heard>| {
        heard.0.push(format!("{:?}", on.status.code));
    });
    app.add_observer(|on: On<ChildFailed>, mut heard: ResMut<Heard>| {
        heard.0.push(on.error.to_string());
    });
}

#[test]
fn rust_programs_insert_a_child_and_hear_of_it() {
    let mut headless = Headless::new();
    observed(&mut headless);
    let world = headless.app.world_mut();
    let child = ChildProcess::new("sh", ["-c", "read line; echo got $line; exit 3"]);
    let child = world.spawn(child).id();
    let none = world.spawn(ChildProcess::new("oro-none", [""; 0])).id();
    world
        .get_mut::<ChildInput>(child)
        .unwrap()
        .bytes
        .extend_from_slice(b"it\n");
    headless.until(|app| app.world().resource::<Heard>().0.len() >= 3);
    headless.until(|app| {
        let output = app.world().get::<ChildOutput>(child).unwrap();
        output.ended == [true, true] && output.stdout == "got it\n"
    });
    let mut heard = std::mem::take(&mut headless.app.world_mut().resource_mut::<Heard>().0);
    heard.sort();
    assert_eq!(heard, ["Some(3)", "spawn oro-none ENOENT", "started"]);
    assert!(headless.app.world().get::<ChildProcess>(none).is_none());
    // Removing the component kills.
    let world = headless.app.world_mut();
    let sleep = ChildProcess::new("sleep", ["1000"]).stdio([Stdio::Ignore; 3]);
    world.entity_mut(child).insert(sleep);
    headless.until(|app| app.world().resource::<Heard>().0.len() == 1);
    let pid = headless.app.world().resource::<Heard>().1;
    assert!(lives(pid));
    headless
        .app
        .world_mut()
        .entity_mut(child)
        .remove::<ChildProcess>();
    headless.until(|_| !lives(pid));
}

#[test]
fn limits_and_permission() {
    let mut page = Page::with(&[
        ("child_processes_max", "2"),
        ("child_input_max_bytes", "10"),
    ]);
    page.spawn("1", &["sleep", "1000"]);
    page.spawn("2", &["sleep", "1000"]);
    for route in ["child_process.spawn", "child_process.exec"] {
        let refused = page.ask(route, json!({"args": ["true"]}), None);
        assert_eq!(refused["err"]["code"], "EAGAIN", "{refused}");
    }
    // What the pipe holds, what may wait, and what is too much.
    let client = Client::Window(page.window);
    let (route, params) = ("child_process.write", json!({"id": "1"}));
    let first = page
        .headless
        .send(client, route, &params, Some(vec![0; 200_000]));
    page.headless.app.update();
    assert!(first.is_empty());
    let refused = page.ask(route, params, Some(vec![0; 11]));
    assert_eq!(refused["err"]["code"], "ENOBUFS");
    page.ask("child_process.kill", json!({"id": "1"}), None);
    let broken = show(page.headless.wait(&first));
    assert_eq!(broken["err"]["code"], "EPIPE", "{broken}");

    let mut page = Page::with(&[("permissions_allow_child_process", "false")]);
    for route in ["spawn", "exec", "kill"] {
        let refused = page.ask(&format!("child_process.{route}"), json!({}), None);
        assert_eq!(refused["err"]["type"], "NotAllowedError");
    }
}

#[test]
fn many_children_leave_nothing_behind() {
    let mut page = Page::new();
    // The lane's threads and the first descriptors of the reactor.
    page.exec(json!({"args": ["true"]}), b"");
    let entities = |page: &mut Page| {
        page.headless
            .app
            .world_mut()
            .query::<Entity>()
            .iter(page.headless.app.world())
            .count()
    };
    page.headless.app.update();
    let before = entities(&mut page);
    for round in 0..5 {
        let client = Client::Window(page.window);
        let params = json!({"args": ["sh", "-c", "exit 1"]});
        let answers: Vec<_> = (0..20)
            .map(|_| {
                page.headless
                    .send(client, "child_process.exec", &params, None)
            })
            .collect();
        for answer in &answers {
            assert!(page.headless.wait(answer).reply.is_ok(), "{round}");
        }
    }
    page.headless.app.update();
    assert_eq!(entities(&mut page), before);
}
