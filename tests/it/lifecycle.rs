//! Pause and resume by the user: a window that is minimised and restored, under a window manager.

use std::net::UdpSocket;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::PATIENCE;
use crate::harness::page::{Page, pages};

/// How often the window is minimised. `ORO_LIFECYCLE_ROUNDS` asks for more.
fn rounds() -> usize {
    let set = std::env::var("ORO_LIFECYCLE_ROUNDS");
    set.map_or(6, |rounds| rounds.parse().unwrap())
}

/// Rounds after which nothing more is made for the first time.
const WARM_UP: usize = 2;
/// What a window manager or WebKit may open in between.
const FDS_SLACK: usize = 4;

/// Local ports of UDP that are open, by the kernel's table: what `ss -lun` shows.
fn is_open(port: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/udp").unwrap();
    let mark = format!(":{port:04X} ");
    table.lines().any(|line| {
        let local = line.split_whitespace().nth(1).unwrap_or_default();
        format!("{local} ").ends_with(&mark)
    })
}

/// Whether a process watches a directory, by what the kernel tells of its descriptors.
fn is_watched(process: u32, inode: u64) -> bool {
    let infos = std::fs::read_dir(format!("/proc/{process}/fdinfo")).unwrap();
    let mut infos = infos.filter_map(|info| std::fs::read_to_string(info.unwrap().path()).ok());
    let mark = format!(" ino:{inode:x} ");
    let marked = |line: &str| line.starts_with("inotify ") && line.contains(&mark);
    infos.any(|info| info.lines().any(marked))
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "{what}: it does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_minimised_window_frees_its_ports_freezes_its_timers_and_goes_on_when_restored() {
    let env = [("ORO_LIFECYCLE_DESKTOP_ALWAYS_RUNNING", "false")];
    let page = Page::start(&pages(), "/lifecycle/index.html", &[], &env);
    let line = page.line().unwrap();
    let port: u16 = line.strip_prefix("port ").unwrap().parse().unwrap();
    let line = page.line().unwrap();
    let directory = PathBuf::from(line.strip_prefix("directory ").unwrap());
    let inode = std::fs::metadata(&directory).unwrap().ino();
    let is_watched = || is_watched(page.app(), inode);
    let visible = ["search", "--sync", "--onlyvisible", "--name", "^Windows$"];
    let activate = [&visible[..], &["windowactivate", "--sync"]].concat();
    // Which, so that a failure says what was opened. WebKit watches the memory after some seconds,
    // by files of the kernel that it keeps open.
    let fds = || {
        let open = std::fs::read_dir(format!("/proc/{}/fd", page.app())).unwrap();
        let links = open.filter_map(|fd| std::fs::read_link(fd.unwrap().path()).ok());
        let links = links.map(|link| link.display().to_string());
        let ours = |link: &String| !link.starts_with("/proc/") && !link.starts_with("/sys/");
        let mut links: Vec<String> = links.filter(ours).collect();
        links.sort();
        links
    };
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (mut base, rounds) = ((0, Vec::new()), rounds());
    for round in 0..rounds {
        until("the directory is watched", is_watched);
        let minimise = ["search", "--name", "^Windows$", "windowminimize"];
        if round == 0 {
            page.provoke("applicationpause", &[&activate, &minimise]);
        } else {
            page.provoke("applicationpause", &[&minimise]);
        }
        until("the port is free", || !is_open(port));
        until("the watcher is closed", || !is_watched());
        // Another program may have it meanwhile; what is sent to it now is lost.
        drop(UdpSocket::bind(("127.0.0.1", port)).unwrap());
        peer.send_to(b"lost", ("127.0.0.1", port)).unwrap();
        let restore = ["search", "--name", "^Windows$", "windowmap"];
        page.provoke("applicationresume", &[&restore]);
        let mut told = None;
        until("datagrams flow", || {
            // Refused as long as nobody has the port.
            let _ = peer.send_to(b"go on", ("127.0.0.1", port));
            told = page.line_within(Duration::from_millis(100));
            told.is_some()
        });
        let told: Value = serde_json::from_str(&told.unwrap()).unwrap();
        assert_eq!(told["frozen"], true, "round {round}: {told}");
        assert_eq!(told["watcher"], "closed", "round {round}: {told}");
        let now = (told["entities"].as_u64().unwrap(), fds());
        assert!(
            round <= WARM_UP || now.0 <= base.0,
            "round {round}: from {} to {} entities",
            base.0,
            now.0
        );
        if round <= WARM_UP {
            base = now;
        }
    }
    // WebKit opens some for a moment, so what is left at the end counts.
    until(&format!("{:?} become {:?}", fds(), base.1), || {
        fds().len() <= base.1.len() + FDS_SLACK
    });
    std::fs::remove_dir(directory).unwrap();
}
