//! Files and directories.

mod large;
mod sandbox;
mod watch;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;

use oro::components::fs::OpenDescriptor;
use oro::ecs::prelude::*;
use oro::engine::request::Payload;
use oro::prelude::*;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Headless, check_cases, check_cases_as, show};

const O_RDWR: u32 = 2;

#[test]
fn cases() {
    check_cases("fs");
    check_cases_as("fs", |app| {
        Client::Window(app.world_mut().spawn_empty().id())
    });
}

#[test]
fn a_file_that_has_no_size_tells_its_content_all_the_same() {
    let path = "/proc/self/cmdline";
    let got = Headless::new().bytes("fs.readFile", json!({ "path": path }));
    assert_eq!(got, fs::read(path).unwrap());
}

/// Opens a file for reading and writing.
fn open(headless: &mut Headless, client: Client, name: &str, id: Option<&str>) -> String {
    let path = headless.path(name);
    fs::File::create_new(&path).ok();
    let params = json!({"path": path, "flags": O_RDWR, "mode": 0, "id": id});
    let answer = headless.send(client, "fs.open", &params, None);
    let got = show(headless.wait(&answer));
    got["want"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{got}"))
        .to_owned()
}

/// How many descriptors this process has open on files below a directory.
fn descriptors(headless: &Headless) -> usize {
    let below = |entry: std::io::Result<fs::DirEntry>| {
        let link = fs::read_link(entry.ok()?.path()).ok()?;
        link.starts_with(headless.dir.path()).then_some(())
    };
    fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(below)
        .count()
}

/// What may be done with an open file.
#[derive(Clone, Debug)]
enum Operation {
    Read(usize),
    ReadAt(usize, u64),
    Write(Vec<u8>),
    WriteAt(Vec<u8>, u64),
    Truncate(u64),
    Stat,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..200);
    let one = prop_oneof![
        (0..300_usize).prop_map(Operation::Read),
        (0..300_usize, 0..1000_u64).prop_map(|(size, at)| Operation::ReadAt(size, at)),
        bytes().prop_map(Operation::Write),
        (bytes(), 0..1000_u64).prop_map(|(bytes, at)| Operation::WriteAt(bytes, at)),
        (0..1000_u64).prop_map(Operation::Truncate),
        Just(Operation::Stat),
    ];
    prop::collection::vec(one, 1..40)
}

/// A file as it should be.
#[derive(Default)]
struct Model {
    content: Vec<u8>,
    at: usize,
}

impl Model {
    fn read(&self, at: usize, size: usize) -> Vec<u8> {
        let from = at.min(self.content.len());
        self.content[from..(from + size).min(self.content.len())].to_vec()
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let end = at + bytes.len();
        self.content.resize(self.content.len().max(end), 0);
        self.content[at..end].copy_from_slice(bytes);
    }

    /// Does the operation; the result as the routes tell it.
    fn apply(&mut self, operation: &Operation) -> Result<Vec<u8>, u64> {
        match operation {
            Operation::Read(size) => {
                let bytes = self.read(self.at, *size);
                self.at += bytes.len();
                Ok(bytes)
            }
            Operation::ReadAt(size, at) => Ok(self.read(*at as usize, *size)),
            Operation::Write(bytes) => {
                self.write(self.at, bytes);
                self.at += bytes.len();
                Err(bytes.len() as u64)
            }
            Operation::WriteAt(bytes, at) => {
                self.write(*at as usize, bytes);
                Err(bytes.len() as u64)
            }
            Operation::Truncate(length) => {
                self.content.resize(*length as usize, 0);
                Err(0)
            }
            Operation::Stat => Err(self.content.len() as u64),
        }
    }
}

fn request(id: &str, operation: &Operation) -> (&'static str, Value, Option<Vec<u8>>) {
    match operation {
        Operation::Read(size) => ("fs.read", json!({"id": id, "size": size}), None),
        Operation::ReadAt(size, at) => (
            "fs.read",
            json!({"id": id, "size": size, "offset": at.to_string()}),
            None,
        ),
        Operation::Write(bytes) => ("fs.write", json!({"id": id}), Some(bytes.clone())),
        Operation::WriteAt(bytes, at) => (
            "fs.write",
            json!({"id": id, "offset": at}),
            Some(bytes.clone()),
        ),
        Operation::Truncate(length) => ("fs.ftruncate", json!({"id": id, "offset": length}), None),
        Operation::Stat => ("fs.fstat", json!({"id": id}), None),
    }
}

/// All operations are in flight at once; a file must still behave as if they came one by one.
#[test]
fn an_open_file_behaves_like_a_vector_of_bytes() {
    let headless = RefCell::new(Headless::new());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&operations(), |operations| {
        let mut headless = headless.borrow_mut();
        let id = open(&mut headless, Client::Host, "model", None);
        headless.call("fs.ftruncate", json!({"id": id, "offset": 0}));
        let mut model = Model::default();
        let answers: Vec<_> = operations
            .iter()
            .map(|operation| {
                let (route, params, body) = request(&id, operation);
                headless.send(Client::Host, route, &params, body)
            })
            .collect();
        let mut results = Vec::new();
        for answer in &answers {
            results.push(headless.wait(answer).reply);
        }
        headless.call("fs.close", json!({"id": id}));
        for (operation, result) in operations.iter().zip(results) {
            let got = match result.unwrap() {
                Payload::Bytes(bytes) => Ok(bytes.to_vec()),
                Payload::Json(json) => {
                    let json: Value = serde_json::from_slice(&json).unwrap();
                    let size = json["st_size"].as_str().map(|size| size.parse().unwrap());
                    Err(size.or(json["result"].as_u64()).unwrap())
                }
                Payload::Stream(_) | Payload::Queued(_) | Payload::Value(_) => unreachable!(),
            };
            prop_assert_eq!(got, model.apply(operation), "{:?}", operation);
        }
        prop_assert_eq!(fs::read(headless.path("model")).unwrap(), model.content);
        Ok(())
    });
    result.unwrap();
}

#[test]
fn a_handle_is_a_strangers_to_other_windows_and_dies_with_its_own() {
    let mut headless = Headless::new();
    let windows = [0, 1].map(|_| headless.app.world_mut().spawn_empty().id());
    let [one, two] = windows.map(Client::Window);
    open(&mut headless, one, "one", Some("1"));
    open(&mut headless, two, "two", Some("1"));
    assert_eq!(descriptors(&headless), 2);
    let close = |client, headless: &mut Headless| {
        let answer = headless.send(client, "fs.close", &json!({"id": "1"}), None);
        show(headless.wait(&answer))
    };
    assert_eq!(
        close(Client::Host, &mut headless)["err"]["code"],
        "ENOTOPEN"
    );
    assert_eq!(close(two, &mut headless)["want"]["id"], "1");
    assert_eq!(close(two, &mut headless)["err"]["code"], "ENOTOPEN");
    // a request that is under way when its window goes is answered, and nothing stays open
    let opening = json!({"path": headless.path("late"), "flags": O_RDWR | 0o100, "mode": 0o600});
    let late = headless.send(one, "fs.open", &opening, None);
    headless.app.update();
    headless.app.world_mut().despawn(windows[0]);
    let answer = headless.wait(&late);
    assert_eq!(answer.reply.unwrap_err().kind, "AbortError");
    let walk = json!({"path": headless.path("")});
    headless.call("fs.opendir", walk); // the job lane has done what came before
    headless.until(|app| app.world().resource::<Jobs>().depth() == (0, 0));
    assert_eq!(
        headless.call("fs.closeOpenDescriptors", json!({}))["want"][0]["type"],
        "directory"
    );
    headless.until(|app| app.world().resource::<Jobs>().depth() == (0, 0));
    assert_eq!(descriptors(&headless), 0);
    let open = headless
        .app
        .world_mut()
        .query::<&OpenDescriptor>()
        .iter(headless.app.world())
        .count();
    assert_eq!(open, 0);
    // a window that is gone can open nothing
    let gone = headless.send(one, "fs.open", &opening, None);
    assert!(headless.wait(&gone).reply.is_err());
    assert_eq!(descriptors(&headless), 0);
}

#[test]
fn what_was_listed_can_be_opened_whatever_its_name() {
    let mut headless = Headless::new();
    let names: [&[u8]; 5] = [
        b"plain",
        b"\xff\xfe",
        "ä\u{ef80}".as_bytes(),
        b" a\nb&c=%41+",
        b"\xc3(",
    ];
    for name in names {
        let path = headless
            .dir
            .path()
            .join(std::ffi::OsString::from_vec(name.to_vec()));
        fs::write(path, name).unwrap();
    }
    let opened = headless.call("fs.opendir", json!({"path": headless.path("")}));
    let id = opened["want"]["id"].clone();
    let listed = headless.call("fs.readdir", json!({"id": id, "entries": 100}));
    let mut found = BTreeSet::new();
    for entry in listed["want"].as_array().unwrap() {
        let path = headless.path(entry["name"].as_str().unwrap());
        found.insert(headless.bytes("fs.readFile", json!({ "path": path })));
    }
    assert_eq!(found, names.iter().map(|name| name.to_vec()).collect());
}

/// Walks a tree to its end; the paths with their kinds, and the most that one call brought.
fn walk(headless: &mut Headless, path: &str, entries: u32) -> Vec<Value> {
    let params = json!({"path": path, "recursive": true, "id": "1"});
    assert_eq!(headless.call("fs.opendir", params)["want"]["id"], "1");
    let mut all = Vec::new();
    loop {
        let got = headless.call("fs.readdir", json!({"id": "1", "entries": entries}));
        let got = got["want"]
            .as_array()
            .unwrap_or_else(|| panic!("{got}"))
            .clone();
        assert!(got.len() <= entries as usize);
        if got.is_empty() {
            break;
        }
        all.extend(got);
    }
    headless.call("fs.closedir", json!({"id": "1"}));
    all
}

fn path_of(entry: &Value) -> String {
    let (parent, name) = (
        entry["parent"].as_str().unwrap(),
        entry["name"].as_str().unwrap(),
    );
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

#[test]
fn a_walk_finds_everything_once_and_follows_no_link() {
    let mut headless = Headless::new();
    let mut want = BTreeSet::new();
    // deeper than the walk keeps directories open, twice over
    for branch in ["a", "b"] {
        let mut path = branch.to_owned();
        want.insert(path.clone());
        for _ in 0..150 {
            path += "/d";
            want.insert(path.clone());
        }
        fs::create_dir_all(headless.dir.path().join(&path)).unwrap();
        want.insert(format!("{path}/leaf"));
        fs::write(headless.dir.path().join(path).join("leaf"), "").unwrap();
    }
    std::os::unix::fs::symlink("..", headless.dir.path().join("a/up")).unwrap();
    want.insert("a/up".into());
    let root = headless.path("");
    let all = walk(&mut headless, &root, 7);
    let found: BTreeSet<String> = all.iter().map(path_of).collect();
    assert_eq!(all.len(), found.len(), "nothing comes twice");
    assert_eq!(found, want);
    let up = all.iter().find(|entry| entry["name"] == "up").unwrap();
    assert_eq!(up["type"], 3);
}

#[test]
fn an_unreadable_directory_is_told_of_and_passed_over() {
    let mut headless = Headless::new();
    for name in ["a/x", "locked/x", "z/x"] {
        fs::create_dir_all(headless.dir.path().join(name)).unwrap();
    }
    let locked = headless.dir.path().join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let readable = fs::read_dir(&locked).is_ok(); // by root
    let root = headless.path("");
    let all = walk(&mut headless, &root, 100);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
    let entry = all.iter().find(|entry| entry["name"] == "locked").unwrap();
    assert_eq!(all.len(), if readable { 6 } else { 5 }, "{all:?}");
    assert_eq!(entry.get("error").is_none(), readable, "{entry}");
}

#[test]
fn a_read_that_waits_holds_up_its_own_file_only() {
    let mut headless = Headless::new();
    let pipe = headless.path("pipe");
    make_pipe(&pipe);
    // both ends, so that opening does not wait
    let params = json!({"path": pipe, "flags": O_RDWR, "mode": 0, "id": "1"});
    headless.call("fs.open", params);
    let waiting = headless.send(
        Client::Host,
        "fs.read",
        &json!({"id": "1", "size": 10}),
        None,
    );
    let behind: Vec<_> = (0..20)
        .map(|_| headless.send(Client::Host, "fs.fstat", &json!({"id": "1"}), None))
        .collect();
    open(&mut headless, Client::Host, "other", Some("2"));
    assert!(headless.call("fs.fstat", json!({"id": "2"}))["want"]["st_size"] == "0");
    assert!(waiting.is_empty() && behind.iter().all(|answer| answer.is_empty()));
    fs::OpenOptions::new()
        .write(true)
        .open(&pipe)
        .map(|mut file| {
            std::io::Write::write_all(&mut file, b"now").unwrap();
        })
        .unwrap();
    assert_eq!(show(headless.wait(&waiting)), json!({"bytes": "now"}));
    for answer in &behind {
        assert!(show(headless.wait(answer))["want"]["st_size"].is_string());
    }
}

fn make_pipe(path: &str) {
    let status = std::process::Command::new("mkfifo")
        .arg(path)
        .status()
        .unwrap();
    assert!(status.success());
}
