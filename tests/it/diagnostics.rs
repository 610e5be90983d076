//! What lives in the runtime, and streams.

use std::time::Duration;

use oro::engine::request::Payload;
use oro::engine::stream::{ByteStream, Next};
use oro::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Headless, check_cases};

#[test]
fn cases() {
    check_cases("diagnostics");
}

#[test]
fn the_census_counts_what_lives() {
    let mut headless = Headless::new();
    let census =
        |headless: &mut Headless| headless.call("diagnostics.query", json!({}))["want"].clone();
    let path = headless.path("");
    headless.call("fs.opendir", json!({"path": path, "id": "12"}));
    headless.call("fs.watch", json!({"path": path, "id": "1"}));
    let id = headless.call("timers.setTimeout", json!({"timeout": 1000}))["want"]["id"].clone();
    let got = census(&mut headless);
    assert_eq!(
        got["fs"]["descriptors"]["handles"],
        json!({"count": 1, "ids": ["12"]})
    );
    assert_eq!(got["fs"]["watchers"]["handles"]["count"], 1, "{got}");
    assert_eq!(got["timers"]["timeout"]["handles"]["count"], 1, "{got}");
    assert_eq!(got["paused"], false);
    headless.call("fs.closedir", json!({"id": "12"}));
    headless.call("timers.clearTimeout", json!({"id": id}));
    headless.app.pause();
    headless.app.update();
    headless.app.update();
    let got = census(&mut headless);
    assert_eq!(got["fs"]["descriptors"]["handles"]["count"], 0);
    assert_eq!(got["fs"]["watchers"]["handles"]["count"], 0);
    assert_eq!(got["timers"]["timeout"]["handles"]["count"], 0);
    assert_eq!(got["paused"], true, "answered while paused");
}

fn stream(headless: &mut Headless, client: Client, route: &str, params: Value) -> ByteStream {
    let answer = headless.send(client, route, &params, None);
    match headless.wait(&answer).reply {
        Ok(Payload::Stream(stream)) => stream,
        other => panic!("{route}: {other:?}"),
    }
}

/// What is there at this moment, and whether the stream is over.
fn take(stream: &ByteStream) -> (Vec<Vec<u8>>, bool) {
    let mut chunks = Vec::new();
    loop {
        match stream.next() {
            Next::Chunk(chunk) => chunks.push(chunk.to_vec()),
            Next::Empty => return (chunks, false),
            Next::End => return (chunks, true),
        }
    }
}

#[test]
fn a_stream_comes_piece_by_piece_at_its_interval_and_not_while_paused() {
    let mut headless = Headless::new();
    let params = json!({"chunks": 3, "chunkSize": 10, "interval": 50});
    let stream = stream(
        &mut headless,
        Client::Host,
        "diagnostics.stream.chunks",
        params,
    );
    assert_eq!(stream.content_type(), "application/octet-stream");
    assert_eq!(
        take(&stream),
        (vec![vec![0; 10]], false),
        "the first comes at once"
    );
    let after = |headless: &mut Headless, ms| {
        headless.advance(Duration::from_millis(ms));
        headless.app.update();
        take(&stream)
    };
    assert_eq!(after(&mut headless, 40), (vec![], false));
    assert_eq!(after(&mut headless, 20), (vec![vec![1; 10]], false));
    headless.app.pause();
    headless.app.update();
    headless.app.update();
    assert_eq!(after(&mut headless, 500), (vec![], false));
    headless.app.resume();
    headless.app.update();
    assert_eq!(after(&mut headless, 50), (vec![vec![2; 10]], true));
}

#[test]
fn events_are_server_sent_events() {
    let mut headless = Headless::new();
    let params = json!({"count": 2, "interval": 0});
    let stream = stream(
        &mut headless,
        Client::Host,
        "diagnostics.stream.sse",
        params,
    );
    assert_eq!(stream.content_type(), "text/event-stream");
    headless.advance(Duration::from_millis(2));
    headless.app.update();
    let (chunks, over) = take(&stream);
    let text = String::from_utf8(chunks.concat()).unwrap();
    let want = "id: 0\nevent: tick\ndata: {\"index\":0,\"count\":2}\n\n\
                id: 1\nevent: tick\ndata: {\"index\":1,\"count\":2}\n\n";
    assert_eq!((text.as_str(), over), (want, true));
}

#[test]
fn a_stream_ends_with_its_reader_and_with_its_window() {
    let mut headless = Headless::new();
    let window = headless.app.world_mut().spawn_empty().id();
    headless.app.update();
    let before = headless.app.world().entities().count_spawned();
    let params = json!({"chunks": 10_000, "chunkSize": 1 << 20, "interval": 1});
    let route = "diagnostics.stream.chunks";
    let read = stream(&mut headless, Client::Host, route, params.clone());
    let owned = stream(&mut headless, Client::Window(window), route, params);
    for _ in 0..20 {
        headless.advance(Duration::from_millis(1));
        headless.app.update();
    }
    // nobody reads: what waits is bounded, whatever the interval
    let (chunks, _) = take(&read);
    assert!(chunks.len() <= 2, "{} chunks of a MiB wait", chunks.len());
    drop(read);
    headless.app.world_mut().despawn(window);
    headless.advance(Duration::from_millis(5));
    headless.app.update();
    headless.app.update();
    let (_, over) = take(&owned);
    assert!(over);
    assert_eq!(
        headless.app.world().entities().count_spawned(),
        before - 1,
        "only the window is gone"
    );
}
