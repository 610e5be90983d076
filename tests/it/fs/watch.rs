//! Watchers: what is told, when, to whom, and what ends them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use oro::components::fs::{PathWatcher, PathsChanged, WatchEnded, WatchStarted};
use oro::ecs::prelude::*;
use oro::engine::topic::Emissions;
use oro::prelude::*;
use serde_json::{Value, json};

use super::sandbox::{Scene, Swap};
use crate::harness::page::Page;
use crate::harness::{Headless, PATIENCE, alone, show};

const QUIET: Duration = Duration::from_millis(250);

/// Watches a path as the page of a window.
fn watch(headless: &mut Headless, client: Client, params: &Value) -> Value {
    let answer = headless.send(client, "fs.watch", params, None);
    show(headless.wait(&answer))
}

/// The events of the tick that was, as `[id, events, path]`.
fn events(app: &App) -> Vec<Value> {
    let emissions = app.world().resource::<Emissions>().iter();
    emissions
        .filter(|emission| emission.name == "fs.watch")
        .map(|emission| {
            let event: Value = serde_json::from_str(&emission.json).unwrap();
            json!([event["id"], event["events"], event["path"]])
        })
        .collect()
}

/// Lets time pass in small steps until `done` has seen enough of what is told.
fn listen(headless: &mut Headless, mut done: impl FnMut(&[Value]) -> bool) -> Vec<Value> {
    let (mut all, started) = (Vec::new(), Instant::now());
    while !done(&all) {
        headless.advance(Duration::from_millis(5));
        headless.app.update();
        all.extend(events(&headless.app));
        let last = &all[all.len().saturating_sub(10)..];
        assert!(started.elapsed() < PATIENCE, "it is not told: {last:?}");
        std::thread::sleep(Duration::from_micros(200));
    }
    all
}

/// All that is told within a time in which nothing more should be.
fn rest(headless: &mut Headless) -> Vec<Value> {
    let until = headless.app.world().resource::<Clock>().now() + 20 * QUIET;
    let mut all = Vec::new();
    while headless.app.world().resource::<Clock>().now() < until {
        headless.advance(Duration::from_millis(25));
        headless.app.update();
        all.extend(events(&headless.app));
        std::thread::sleep(Duration::from_millis(1));
    }
    all
}

/// Lets everything happen that happens by itself, while time stands still.
fn settle(headless: &mut Headless) {
    let mut idle = 0;
    headless.until(|app| {
        std::thread::sleep(Duration::from_millis(1));
        let works = app.world().resource::<Jobs>().depth() != (0, 0);
        idle = if works { 0 } else { idle + 1 };
        idle > 200
    });
}

fn window(headless: &mut Headless) -> Client {
    Client::Window(headless.app.world_mut().spawn_empty().id())
}

/// Threads of this process that read what the system tells.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("notify")).count()
}

#[test]
fn what_has_changed_is_told_once_its_path_is_quiet() {
    let mut headless = Headless::new();
    let client = window(&mut headless);
    fs::write(headless.path("old"), "1").unwrap();
    let params = json!({"path": headless.path(""), "id": "1"});
    assert_eq!(watch(&mut headless, client, &params)["want"]["id"], "1");
    fs::write(headless.path("new"), "1").unwrap();
    fs::write(headless.path("old"), "2").unwrap();
    // nothing is told while time stands still, however much happens
    for _ in 0..50 {
        headless.app.update();
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(events(&headless.app), [Value::Null; 0]);
    }
    fs::remove_file(headless.path("old")).unwrap();
    let mut told = listen(&mut headless, |all| all.len() == 2);
    told.sort_by_key(Value::to_string);
    let want = [
        json!(["1", ["rename", "change"], "new"]),
        json!(["1", ["rename"], "old"]),
    ];
    assert_eq!(told, want);
    assert_eq!(rest(&mut headless), [Value::Null; 0], "nothing comes twice");
    // who has ended it hears no more
    fs::write(headless.path("late"), "1").unwrap();
    let stop = headless.send(client, "fs.stopWatch", &json!({"id": "1"}), None);
    assert_eq!(show(headless.wait(&stop))["want"]["id"], "1");
    assert_eq!(rest(&mut headless), [Value::Null; 0]);
    let again = headless.send(client, "fs.stopWatch", &json!({"id": "1"}), None);
    assert_eq!(show(headless.wait(&again))["err"]["code"], "ENOTOPEN");
}

#[test]
fn a_directory_is_shared_by_its_watchers_and_ends_with_the_last() {
    alone(
        "fs::watch::a_directory_is_shared_by_its_watchers_and_ends_with_the_last",
        || {
            let mut headless = Headless::new();
            let windows = [0, 1].map(|_| headless.app.world_mut().spawn_empty().id());
            let path = headless.path("");
            fs::write(headless.path("file"), "1").unwrap();
            for (window, id, path) in [
                (windows[0], "1", path.clone()),
                (windows[0], "2", path.clone()),
                (windows[1], "1", path),
                (windows[1], "3", headless.path("file")),
            ] {
                let params = json!({"path": path, "id": id, "recursive": true});
                assert_eq!(
                    watch(&mut headless, Client::Window(window), &params)["want"]["id"],
                    id
                );
            }
            let params = json!({"path": headless.path(""), "id": "1"});
            let taken = watch(&mut headless, Client::Window(windows[1]), &params);
            assert_eq!(taken["err"]["code"], "ERR_ID_TAKEN");
            assert_eq!(threads(), 1, "one thread for all");
            fs::write(headless.path("file"), "2").unwrap();
            assert_eq!(listen(&mut headless, |all| all.len() == 4).len(), 4);
            headless.app.world_mut().despawn(windows[0]);
            fs::write(headless.path("file"), "3").unwrap();
            let told = listen(&mut headless, |all| all.len() == 2);
            let ids: BTreeSet<&str> = told
                .iter()
                .map(|event| event[0].as_str().unwrap())
                .collect();
            assert_eq!(ids, BTreeSet::from(["1", "3"]));
            assert_eq!(threads(), 1);
            headless.app.world_mut().despawn(windows[1]);
            headless.until(|_| threads() == 0);
            let jobs = headless.app.world().resource::<Jobs>().clone();
            headless.until(|_| jobs.depth() == (0, 0));
            let open = fs::read_dir("/proc/self/fd").unwrap();
            let links = open.filter_map(|fd| fs::read_link(fd.unwrap().path()).ok());
            let left: Vec<_> = links
                .filter(|link| {
                    link.starts_with(headless.dir.path())
                        || link.to_str().is_some_and(|link| link.contains("inotify"))
                })
                .collect();
            assert!(left.is_empty(), "{left:?}");
        },
    );
}

#[test]
fn a_pause_ends_all_watchers_and_the_resume_begins_none() {
    let mut headless = Headless::new();
    let client = window(&mut headless);
    for (id, poll) in [("1", false), ("2", true)] {
        let params = json!({"path": headless.path(""), "id": id, "poll": poll});
        watch(&mut headless, client, &params);
    }
    let path = headless.dir.path().to_owned();
    let rust = headless.app.world_mut().spawn(PathWatcher::new(path)).id();
    headless.until(|app| app.world().resource::<Jobs>().depth() == (0, 0));
    // one that begins in the last tick before the pause
    let params = json!({"path": headless.path(""), "id": "3"});
    let late = headless.send(client, "fs.watch", &params, None);
    headless.app.pause();
    headless.app.update();
    let mut told = events(&headless.app);
    headless.until(|app| {
        told.extend(events(app));
        late.try_recv().is_ok() || told.len() == 3
    });
    told.sort_by_key(Value::to_string);
    let close = |id: &str| json!([id, ["close"], null]);
    assert_eq!(told[..2], [close("1"), close("2")]);
    assert!(headless.app.world().get::<PathWatcher>(rust).is_none());
    fs::write(headless.path("file"), "1").unwrap();
    headless.app.resume();
    assert_eq!(rest(&mut headless), [Value::Null; 0]);
    let census = headless.call("diagnostics.query", json!({}));
    assert_eq!(census["want"]["fs"]["watchers"]["handles"]["count"], 0);
    // their ids are free
    let params = json!({"path": headless.path(""), "id": "1"});
    assert_eq!(watch(&mut headless, client, &params)["want"]["id"], "1");
}

#[test]
fn a_tree_that_grows_while_it_is_watched_is_told_of_whole() {
    let mut headless = Headless::new();
    let client = window(&mut headless);
    let params = json!({"path": headless.path(""), "recursive": true});
    watch(&mut headless, client, &params);
    let mut want = BTreeSet::new();
    for n in 0..300 {
        let mut path = String::new();
        for part in [
            format!("a{}", n % 7),
            format!("b{}", n % 23),
            format!("c{n}"),
        ] {
            path = if path.is_empty() {
                part
            } else {
                format!("{path}/{part}")
            };
            want.insert(path.clone());
        }
        fs::create_dir_all(headless.path(&path)).unwrap();
        fs::write(headless.path(&format!("{path}/leaf")), "1").unwrap();
        want.insert(format!("{path}/leaf"));
        if n % 50 == 0 {
            headless.app.update(); // a tick in between
        }
    }
    settle(&mut headless);
    let paths = |all: &[Value]| -> BTreeSet<String> {
        let renamed = all.iter().filter(|event| event[1][0] == "rename");
        renamed
            .map(|event| event[2].as_str().unwrap().to_owned())
            .collect()
    };
    let told = listen(&mut headless, |all| {
        all.len() >= want.len() && paths(all) == want
    });
    assert_eq!(told.len(), want.len(), "each path once");
    // what was moved away is not watched, what is in it is known by its new name
    fs::rename(headless.path("a0"), headless.path("moved")).unwrap();
    let moved = |all: &[Value]| {
        all.iter().any(|event| event[2] == "moved/b0/c0/leaf")
            && all.iter().any(|event| event[2] == "a0")
    };
    listen(&mut headless, moved);
    fs::write(headless.path("moved/b0/c0/leaf"), "more").unwrap();
    let told = listen(&mut headless, |all| !all.is_empty());
    assert!(
        told.iter()
            .all(|event| event[2].as_str().unwrap().starts_with("moved/")),
        "{told:?}"
    );
    fs::remove_dir_all(headless.path("")).unwrap();
    // the watched directory itself
    listen(&mut headless, |all| all.iter().any(|event| event[2] == ""));
    fs::create_dir(headless.path("")).unwrap();
}

#[test]
fn more_changes_than_can_be_told_are_told_as_such() {
    let mut headless = Headless::new();
    let client = window(&mut headless);
    let params = json!({"path": headless.path(""), "id": "1"});
    watch(&mut headless, client, &params);
    for n in 0..10_500 {
        fs::write(headless.path(&n.to_string()), "").unwrap();
    }
    let told = listen(&mut headless, |all| !all.is_empty());
    assert_eq!(told, [json!(["1", ["change"], null])]);
    assert_eq!(rest(&mut headless), [Value::Null; 0]);
}

/// What Rust programs hear.
#[derive(Resource, Default)]
struct Heard {
    begun: usize,
    changes: Vec<String>,
    errors: Vec<String>,
}

#[test]
fn rust_programs_insert_a_watcher_and_hear_of_changes() {
    let mut headless = Headless::new();
    headless
        .app
        .init_resource::<Heard>()
        .add_observer(|_: On<WatchStarted>, mut heard: ResMut<Heard>| heard.begun += 1)
        .add_observer(|changed: On<PathsChanged>, mut heard: ResMut<Heard>| {
            for change in &changed.changes {
                heard
                    .changes
                    .push(change.path.clone().unwrap().display().to_string());
            }
        })
        .add_observer(|ended: On<WatchEnded>, mut heard: ResMut<Heard>| {
            heard.errors.push(
                ended
                    .error
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            );
        });
    let path = headless.path("sub/file");
    fs::create_dir(headless.path("sub")).unwrap();
    fs::write(&path, "1").unwrap();
    let world = headless.app.world_mut();
    let watcher = world.spawn(PathWatcher::new(&path)).id();
    let none = world.spawn(PathWatcher::new("/no/such")).id();
    let heard = |app: &App| {
        let heard = app.world().resource::<Heard>();
        (heard.begun, heard.errors.len())
    };
    headless.until(|app| heard(app) == (1, 1));
    fs::write(&path, "2").unwrap();
    listen_until(&mut headless, |app| {
        !app.world().resource::<Heard>().changes.is_empty()
    });
    let got = headless.app.world().resource::<Heard>();
    assert_eq!(got.changes, ["file"]);
    assert_eq!(
        got.errors,
        ["ENOENT: no such file or directory, watch '/no/such'"]
    );
    assert!(headless.app.world().get::<PathWatcher>(none).is_none());
    headless
        .app
        .world_mut()
        .entity_mut(watcher)
        .remove::<PathWatcher>();
    fs::write(&path, "3").unwrap();
    rest(&mut headless);
    assert_eq!(headless.app.world().resource::<Heard>().changes.len(), 1);
}

fn listen_until(headless: &mut Headless, mut done: impl FnMut(&App) -> bool) {
    let started = Instant::now();
    while !done(&headless.app) {
        headless.advance(Duration::from_millis(5));
        headless.app.update();
        assert!(started.elapsed() < PATIENCE, "it does not happen");
        std::thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn what_is_outside_is_not_watched_whatever_is_exchanged() {
    let mut scene = Scene::new();
    let inside = scene.headless.dir.path().to_owned();
    fs::create_dir_all(inside.join("tree/a/b")).unwrap();
    symlink(scene.outside.path(), inside.join("tree/a/link")).unwrap();
    symlink(scene.outside.path(), inside.join("link")).unwrap();
    fs::create_dir(inside.join("folder")).unwrap();
    let swap = Swap::begin(vec![
        (inside.join("tree/a/b"), inside.join("tree/a/link")),
        (inside.join("folder"), inside.join("link")),
    ]);
    let (mut begun, mut told) = (0, Vec::new());
    for n in 0..60 {
        let path = inside.join(if n % 2 == 0 { "tree" } else { "folder" });
        let params = json!({"path": path, "recursive": true, "poll": n % 3 == 0});
        let got = watch(&mut scene.headless, scene.window, &params);
        begun += usize::from(got.get("want").is_some());
        fs::write(scene.outside.path().join(format!("outside{n}")), "").unwrap();
        scene.headless.advance(Duration::from_millis(50));
        scene.headless.app.update();
        told.extend(events(&scene.headless.app));
    }
    drop(swap);
    told.extend(rest(&mut scene.headless));
    assert!(begun > 20, "{begun}");
    assert!(told.len() > 20, "{}", told.len());
    let leaked = told
        .iter()
        .find(|event| event.to_string().contains("outside"));
    assert_eq!(leaked, None);
}

#[test]
fn as_many_watchers_as_may_be() {
    let loaded = Config::builder()
        .text("oro.toml", "filesystem_watchers_max = 2")
        .load();
    let mut headless = Headless::with(loaded.unwrap().config);
    let client = window(&mut headless);
    let codes = [0, 1, 2].map(|id| {
        let params = json!({"path": headless.path(""), "id": id.to_string()});
        watch(&mut headless, client, &params)["err"]["code"].clone()
    });
    assert_eq!(codes, [Value::Null, Value::Null, json!("EMFILE")]);
}

#[test]
fn served_files_that_change_are_told_to_all_pages() {
    let dir = tempfile::tempdir().unwrap();
    let text = "webview_watch = true";
    let loaded = Config::builder()
        .app_dir(dir.path())
        .text("oro.toml", text)
        .load();
    fs::create_dir(dir.path().join("node_modules")).unwrap();
    let mut headless = Headless::with(loaded.unwrap().config);
    headless.until(|app| app.world().resource::<Jobs>().depth() == (0, 0));
    fs::write(dir.path().join("node_modules/x.js"), "1").unwrap();
    fs::write(dir.path().join(".hidden"), "1").unwrap();
    fs::write(dir.path().join("page.html"), "1").unwrap();
    let mut told = Vec::new();
    listen_until(&mut headless, |app| {
        let emissions = app.world().resource::<Emissions>().iter();
        let changes = emissions.filter(|emission| emission.name == "filedidchange");
        told.extend(changes.map(|emission| emission.json.clone()));
        !told.is_empty()
    });
    assert_eq!(told, [r#"{"path":"page.html"}"#]);
}

#[test]
fn pages_are_loaded_again_when_their_files_change_unless_they_prevent_it() {
    let dir = tempfile::tempdir().unwrap();
    let page = |text: &str| {
        let script = "<!doctype html><script type=module>
            const print = (value) => fetch('ipc://test.print', {
              method: 'POST',
              headers: { 'Runtime-Body': 'bytes', 'content-type': 'application/json' },
              body: JSON.stringify({ value }),
            });
            addEventListener('filedidchange', (event) => {
              if (event.detail.path !== 'index.html') event.preventDefault();
              print(`changed ${event.detail.path}`);
            });
            print('TEXT');
            </script>";
        fs::write(dir.path().join("index.html"), script.replace("TEXT", text)).unwrap();
    };
    page("first");
    let env = [
        ("ORO_WEBVIEW_WATCH", "true"),
        ("ORO_FILESYSTEM_WATCH_DEBOUNCE_MS", "50"),
    ];
    let shown = Page::start(dir.path(), "/index.html", &["--headless"], &env);
    assert_eq!(shown.line().as_deref(), Some("first"));
    // Until it is watched.
    let provoke = |name: &str, want: &str| {
        let started = Instant::now();
        loop {
            fs::write(dir.path().join(name), format!("{:?}", started.elapsed())).unwrap();
            match shown.line_within(Duration::from_secs(1)) {
                Some(line) if line == want => return,
                other => assert!(started.elapsed() < PATIENCE, "{other:?} for {want}"),
            }
        }
    };
    provoke("style.css", "changed style.css");
    page("second");
    let mut lines = std::iter::from_fn(|| shown.line());
    assert!(lines.any(|line| line == "second"), "it is not loaded again");
}
