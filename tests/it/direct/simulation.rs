//! Documents that behave as the kernel and the network of a bad day let them: they write and read
//! in pieces, cancel, give too little credit, and vanish. Whatever happens, each call is answered
//! once, and nothing is left of those who are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use oro::engine::frame::{self, FLAG_ATTACHED, FLAG_LAST, FLAG_SHARED, FLAG_STREAM, Header, Kind};
use serde_json::{Value, json};

use super::{Bench, Document, number};

/// Numbers that depend on the seed alone.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// What the document knows of its calls.
#[derive(Default)]
struct Calls {
    open: BTreeSet<u32>,
    cancelled: BTreeSet<u32>,
    /// Streams with what came of them and was not given back as credit.
    streams: BTreeMap<u32, u32>,
    /// What attached bodies count for that were not given back as credit.
    bodies: u64,
    /// Bodies in shared memory that the runtime does not know to be taken.
    shared: u32,
    answered: BTreeSet<u32>,
}

impl Calls {
    fn take(&mut self, header: Header, payload: &[u8], seed: u64) {
        let seq = header.seq;
        if header.flags & FLAG_SHARED != 0 {
            self.shared += 1;
        } else if header.flags & FLAG_ATTACHED != 0 {
            self.bodies += frame::body_cost(frame::attached_len(payload).unwrap());
        }
        match header.kind {
            Kind::Push | Kind::Welcome | Kind::Region | Kind::Taken => return,
            Kind::Chunk => {
                let ended = header.flags & FLAG_LAST != 0;
                if self.cancelled.contains(&seq) {
                    return;
                }
                let had = self.streams.get_mut(&seq);
                let had = had.unwrap_or_else(|| panic!("seed {seed}: {seq} is no open stream"));
                *had += payload.len() as u32;
                if ended {
                    self.streams.remove(&seq);
                }
                return;
            }
            Kind::Response | Kind::Error => {}
            kind => panic!("seed {seed}: the runtime says {kind:?}"),
        }
        assert!(self.answered.insert(seq), "seed {seed}: {seq} twice");
        let open = self.open.remove(&seq);
        assert!(
            open || self.cancelled.contains(&seq),
            "seed {seed}: nobody asked {seq}"
        );
        if header.flags & FLAG_STREAM != 0 && !self.cancelled.contains(&seq) {
            self.streams.insert(seq, 0);
        }
    }

    fn is_done(&self) -> bool {
        self.open.is_empty() && self.streams.is_empty()
    }
}

struct Run<'b> {
    bench: &'b mut Bench,
    document: Document,
    random: Random,
    seed: u64,
    unsent: Vec<u8>,
    calls: Calls,
    seq: u32,
}

impl Run<'_> {
    /// One random thing.
    fn step(&mut self, routes: &[(u16, Value)]) {
        match self.random.below(10) {
            0..3 => {
                let (route, params) = &routes[self.random.below(routes.len())];
                self.seq += 1;
                let json = serde_json::to_vec(params).unwrap();
                let len = (json.len() as u32).to_le_bytes();
                self.say(Kind::Request, *route, self.seq, &[&len, &json]);
                self.calls.open.insert(self.seq);
            }
            3 => {
                // Any number: of an open call, of one that was answered, of none.
                let seq = self.random.below(self.seq as usize + 2) as u32;
                self.say(Kind::Cancel, 0, seq, &[]);
                self.calls.open.remove(&seq);
                self.calls.streams.remove(&seq);
                self.calls.cancelled.insert(seq);
            }
            4 if self.random.below(2) == 0 => self.credit_bodies(),
            4 => self.credit(),
            5 => self.send(),
            6 | 7 => self.receive(),
            _ => self.bench.app.update(),
        }
    }

    fn say(&mut self, kind: Kind, route: u16, seq: u32, payload: &[&[u8]]) {
        frame::write(&mut self.unsent, kind, 0, route, seq, payload);
    }

    /// Gives credit for some of the bodies that came.
    fn credit_bodies(&mut self) {
        let taken = self.calls.shared - self.random.below(self.calls.shared as usize) as u32;
        self.calls.shared -= taken;
        self.say(Kind::Taken, 0, 0, &[&taken.to_le_bytes()]);
        let some = self.calls.bodies - self.random.below(self.calls.bodies as usize) as u64;
        self.calls.bodies -= some;
        self.say(Kind::Credit, 0, 0, &[&(some as u32).to_le_bytes()]);
    }

    /// Gives credit for what came of some stream, or for a stream that is not there.
    fn credit(&mut self) {
        let at = self.random.below(self.calls.streams.len() + 1);
        let stream = self.calls.streams.iter_mut().nth(at);
        let (seq, bytes) = stream.map_or((9_999_999, 1), |(seq, had)| (*seq, std::mem::take(had)));
        self.say(Kind::Credit, 0, seq, &[&bytes.to_le_bytes()]);
    }

    /// Writes some of what waits, in the middle of a frame as likely as not.
    fn send(&mut self) {
        let some = self.random.below(self.unsent.len() + 1);
        match self.document.stream.write(&self.unsent[..some]) {
            Ok(sent) => drop(self.unsent.drain(..sent)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("seed {}: {error}", self.seed),
        }
    }

    /// Reads some of what is there.
    fn receive(&mut self) {
        let mut buffer = vec![0; 1 + self.random.below(70_000)];
        match self.document.stream.read(&mut buffer) {
            Ok(0) => panic!("seed {}: cut off", self.seed),
            Ok(got) => self.document.received.extend_from_slice(&buffer[..got]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("seed {}: {error}", self.seed),
        }
        while let Some((header, payload)) = frame::read(&self.document.received).unwrap() {
            let size = frame::HEADER + payload.len();
            self.calls.take(header, payload, self.seed);
            self.document.received.drain(..size);
        }
    }

    /// Lets everything come to its end.
    fn finish(mut self) {
        let started = Instant::now();
        while !self.unsent.is_empty() || !self.calls.is_done() {
            self.send();
            self.bench.app.update();
            self.receive();
            if self.calls.bodies > 0 || self.calls.shared > 0 {
                self.credit_bodies();
            }
            for _ in 0..self.calls.streams.len() {
                self.credit();
            }
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "seed {}: {} calls and {} streams are open",
                self.seed,
                self.calls.open.len(),
                self.calls.streams.len()
            );
        }
        let asked = 1..=self.seq;
        for seq in asked.filter(|seq| !self.calls.cancelled.contains(seq)) {
            let answered = self.calls.answered.contains(&seq);
            assert!(answered, "seed {}: {seq} was not answered", self.seed);
        }
    }
}

/// `SEEDS` runs, or a few. All of them: `SEEDS=10000 cargo test -p oro_tests --test it -- each_call`
#[test]
fn each_call_is_answered_once_whatever_the_peer_does() {
    let seeds = std::env::var("SEEDS").map_or(150, |seeds| seeds.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let (small, large) = (dir.path().join("small"), dir.path().join("large"));
    std::fs::write(&small, vec![1; 60_000]).unwrap();
    std::fs::write(&large, vec![1; 100_000]).unwrap();
    let mut bench = Bench::new();
    let (first, names) = bench.open();
    let route = |name: &str, params: Value| (number(&names, name), params);
    let stream = json!({"chunks": 3, "chunkSize": 700_000, "interval": 0});
    let routes = [
        route("ping", json!({})),
        route("platform.primordials", json!({})),
        route("timers.setTimeout", json!({"timeout": 1, "wait": true})),
        route("fs.readFile", json!({"path": small})),
        route("fs.readFile", json!({"path": large})),
        route("fs.stat", json!({"path": "/no/such"})),
        route("fs.stat", json!({})),
        route("diagnostics.stream.chunks", stream),
        (u16::MAX, json!({})),
    ];
    drop(first);
    let mut settled = None;
    for seed in 0..seeds {
        let (document, _) = bench.open();
        let mut run = Run {
            bench: &mut bench,
            document,
            random: Random(seed),
            seed,
            unsent: Vec::new(),
            calls: Calls::default(),
            seq: 0,
        };
        for _ in 0..run.random.below(120) {
            run.step(&routes);
        }
        if run.random.below(4) > 0 {
            run.finish();
        } else {
            drop(run); // in the middle of whatever it was
        }
        let started = Instant::now();
        let settled = *settled.get_or_insert_with(|| idle(&mut bench));
        while bench.app.world().entities().count_spawned() > settled {
            bench.app.update();
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "seed {seed}: entities are left"
            );
        }
    }
}

/// How many entities there are when nothing happens.
fn idle(bench: &mut Bench) -> u32 {
    let started = Instant::now();
    let mut last = u32::MAX;
    while started.elapsed() < Duration::from_millis(300) {
        bench.app.update();
        last = last.min(bench.app.world().entities().count_spawned());
    }
    last
}
