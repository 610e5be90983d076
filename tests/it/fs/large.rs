//! Large files, many entries, and calls that are interrupted.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use oro::components::fs::FsReadFile;
use oro::prelude::*;
use serde_json::{Value, json};

use super::make_pipe;
use crate::harness::{Headless, alone, show};

/// A figure of this process from the system, in bytes.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kib = line.split_whitespace().nth(1).unwrap();
    kib.parse::<u64>().unwrap() << 10
}

/// How many entries stream; `ORO_FS_ENTRIES=1000000` asks for more.
fn entries() -> usize {
    let set = std::env::var("ORO_FS_ENTRIES");
    set.map_or(100_000, |set| set.parse().unwrap())
}

#[test]
fn a_hundred_thousand_entries_stream_through_bounded_memory() {
    // in a process of its own, because other tests need memory too
    alone(
        "fs::large::a_hundred_thousand_entries_stream_through_bounded_memory",
        || {
            let mut headless = Headless::new();
            let directories = entries() / 1000;
            for directory in 0..directories {
                let directory = headless.dir.path().join(format!("d{directory}"));
                fs::create_dir(&directory).unwrap();
                let first = directory.join("first");
                fs::write(&first, "").unwrap();
                for name in 0..999 {
                    // links, because they cost no inodes
                    fs::hard_link(&first, directory.join(format!("a-rather-long-name-{name}")))
                        .unwrap();
                }
            }
            let params = json!({
                "path": headless.path(""), "recursive": true, "stats": true, "id": "1",
            });
            headless.call("fs.opendir", params);
            let (mut count, mut before) = (0, 0);
            loop {
                let got = headless.call("fs.readdir", json!({"id": "1", "entries": 1000}));
                let got = got["want"].as_array().unwrap().len();
                if got == 0 {
                    break;
                }
                count += got;
                if count == 10_000 {
                    before = memory("VmRSS");
                }
            }
            assert_eq!(count, directories * 1001);
            let grown = memory("VmRSS").saturating_sub(before);
            assert!(
                before > 0 && grown < 2 << 20,
                "{grown} bytes for {count} entries"
            );
        },
    );
}

#[test]
fn a_large_file_is_in_memory_once_while_it_is_read() {
    const SIZE: usize = 256 << 20;
    alone(
        "fs::large::a_large_file_is_in_memory_once_while_it_is_read",
        || {
            let mut headless = Headless::new();
            let path = headless.path("large");
            File::create(&path).unwrap().set_len(SIZE as u64).unwrap();
            let before = memory("VmHWM");
            let (tx, rx) = crossbeam::channel::bounded(1);
            let ingress = headless.app.world().resource::<Ingress>().clone();
            ingress.invoke(FsReadFile { path }, Bytes::default(), move |bytes| {
                tx.send(bytes.unwrap().len()).unwrap();
            });
            let mut read = 0;
            headless.until(|_| {
                read = rx.try_recv().unwrap_or(read);
                read > 0
            });
            assert_eq!(read, SIZE);
            let grown = memory("VmHWM") - before;
            assert!(
                (SIZE as u64..SIZE as u64 * 5 / 4).contains(&grown),
                "{grown} bytes"
            );
        },
    );
}

#[test]
fn offsets_reach_beyond_what_32_bits_count() {
    const AT: u64 = (1 << 32) + 1;
    const SIZE: u64 = 5 << 30;
    let mut headless = Headless::new();
    let path = headless.path("sparse");
    let open =
        json!({"path": path, "flags": libc::O_RDWR | libc::O_CREAT, "mode": 0o600, "id": "1"});
    headless.call("fs.open", open);
    headless.call(
        "fs.ftruncate",
        json!({"id": "1", "offset": SIZE.to_string()}),
    );
    let at = AT.to_string();
    let write = headless.send(
        Client::Host,
        "fs.write",
        &json!({"id": "1", "offset": at}),
        Some(b"far".to_vec()),
    );
    assert_eq!(show(headless.wait(&write))["want"]["result"], 3);
    let read = json!({"id": "1", "offset": (AT - 1).to_string(), "size": 5});
    assert_eq!(headless.bytes("fs.read", read), b"\0far\0");
    let stat = headless.call("fs.fstat", json!({"id": "1"}));
    assert_eq!(stat["want"]["st_size"], SIZE.to_string());
    let mut bytes = [0; 3];
    let file = File::open(&path).unwrap();
    file.read_exact_at(&mut bytes, AT).unwrap();
    assert_eq!(&bytes, b"far");
    file.read_exact_at(&mut bytes, AT & u64::from(u32::MAX))
        .unwrap();
    assert_eq!(bytes, [0; 3], "nothing where 32 bits of the offset lead");
    let truncate = json!({"path": path, "length": (AT + 2).to_string()});
    assert_eq!(headless.call("fs.truncate", truncate)["want"]["result"], 0);
    assert_eq!(file.metadata().unwrap().len(), AT + 2);
}

static INTERRUPTED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn interrupted(_: libc::c_int) {
    INTERRUPTED.fetch_add(1, Ordering::Relaxed);
}

/// Signals interrupt system calls from now on.
#[expect(unsafe_code, reason = "std sets no signal handlers")]
fn let_signals_interrupt() {
    // SAFETY: all zeros is a valid `sigaction`, without `SA_RESTART`; the handler only adds to an
    // atomic number.
    let set = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = interrupted as *const () as usize;
        libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut())
    };
    assert_eq!(set, 0);
}

/// Interrupts all threads of the io lane.
#[expect(unsafe_code, reason = "std sends no signals")]
fn interrupt() {
    for task in fs::read_dir("/proc/self/task").unwrap() {
        let task = task.unwrap();
        if !fs::read_to_string(task.path().join("comm")).is_ok_and(|it| it.starts_with("oro-io")) {
            continue;
        }
        let thread: i32 = task.file_name().to_str().unwrap().parse().unwrap();
        // SAFETY: sends a signal that has a handler; there are no pointers.
        let sent =
            unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), thread, libc::SIGUSR1) };
        assert_eq!(sent, 0);
    }
}

/// Calls that wait for the other end of a pipe are interrupted again and again, and then go on.
#[test]
fn calls_that_signals_interrupt_go_on() {
    alone("fs::large::calls_that_signals_interrupt_go_on", || {
        let_signals_interrupt();
        let mut headless = Headless::new();
        let path = headless.path("pipe");
        make_pipe(&path);
        let content: Vec<u8> = (0..1 << 20).map(|at: u32| at.to_le_bytes()[1]).collect();
        let other_end = || fs::OpenOptions::new().write(true).open(&path).unwrap();
        let read_all = || {
            let mut all = vec![0; content.len()];
            std::io::Read::read_exact(&mut File::open(&path).unwrap(), &mut all).unwrap();
            assert!(all == content);
        };
        let opened =
            |id: &str, flags: i32| json!({"path": path, "flags": flags, "mode": 0, "id": id});
        type Case<'a> = (
            &'a str,
            Value,
            Option<Vec<u8>>,
            Box<dyn FnOnce() + 'a>,
            Value,
        );
        let cases: [Case; 4] = [
            (
                "fs.readFile",
                json!({ "path": path }),
                None,
                Box::new(|| other_end().write_all(b"whole").unwrap()),
                json!({"bytes": "whole"}),
            ),
            (
                "fs.open",
                opened("1", libc::O_RDONLY),
                None,
                Box::new(|| drop(other_end())),
                json!({"want": {"id": "1"}}),
            ),
            (
                "fs.read",
                json!({"id": "2", "size": 9}),
                None,
                Box::new(|| other_end().write_all(b"part").unwrap()),
                json!({"bytes": "part"}),
            ),
            (
                "fs.write",
                json!({"id": "2"}),
                Some(content.clone()),
                Box::new(read_all),
                json!({"want": {"id": "2", "result": content.len()}}),
            ),
        ];
        for (route, params, body, finish, want) in cases {
            if route == "fs.read" {
                // Both ends, so that opening does not wait.
                headless.call("fs.open", opened("2", libc::O_RDWR));
            }
            let answer = headless.send(Client::Host, route, &params, body);
            let before = INTERRUPTED.load(Ordering::Relaxed);
            while INTERRUPTED.load(Ordering::Relaxed) < before + 100 {
                headless.app.update();
                interrupt();
                std::thread::sleep(Duration::from_millis(1));
            }
            assert!(answer.is_empty(), "{route} waits");
            finish();
            let mut got = show(headless.wait(&answer));
            if let Some(answer) = got.get_mut("want").and_then(Value::as_object_mut) {
                answer.remove("fd");
            }
            assert_eq!(got, want, "{route}");
        }
    });
}
