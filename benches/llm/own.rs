//! The server of the app: requests and events of a page, through the World and a worker process.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use oro::components::endpoint::{
    EndpointBody, EndpointRequest, EndpointResponder, EndpointResponse, Endpoints,
};
use oro::engine::stream::{ByteStream, Next};
use oro::engine::timing::Timings;
use oro::prelude::*;

use crate::http::{Events, body};
use crate::{Server, Streamed, worker};

/// An app without a window, and its runtime thread.
pub struct Own {
    endpoints: Endpoints,
    window: Entity,
    event_loop: Loop,
    thread: Option<JoinHandle<()>>,
}

impl Own {
    pub fn start(model: &Path, threads: Option<u32>) -> Self {
        let stem = model.file_stem().unwrap().to_str().unwrap().to_owned();
        let folder = model.parent().unwrap().to_str().unwrap().to_owned();
        let mut settings = vec![
            ("ai_llm_default_model", stem),
            ("ai_llm_model_path", folder),
            ("ai_llm_rate_limit_concurrency", "8".to_owned()),
        ];
        settings.extend(threads.map(|count| ("ai_llm_n_threads", count.to_string())));
        let (sender, receiver) = sync_channel(1);
        let run = move || {
            let config = Config::builder().overrides(settings).load().unwrap().config;
            let mut app = App::empty();
            app.insert_resource(config)
                .insert_resource(worker())
                .add_plugins((HeadlessPlugins, oro::ai::AiPlugins))
                .start();
            let window = app.world_mut().spawn_empty().id();
            let world = app.world();
            let endpoints = world.resource::<Endpoints>().clone();
            sender
                .send((endpoints, window, world.resource::<Loop>().clone()))
                .unwrap();
            app.run();
        };
        let thread = std::thread::Builder::new().spawn(run).unwrap();
        let (endpoints, window, event_loop) = receiver.recv().unwrap();
        Self {
            endpoints,
            window,
            event_loop,
            thread: Some(thread),
        }
    }

    /// The 99th percentile of the ticks, at most twice the true one, and the longest.
    pub fn ticks(&self) -> (f64, f64) {
        let (sender, receiver) = sync_channel(1);
        let tell = move |world: &mut World| {
            let stats = world.resource::<Timings>().tick.stats();
            let _ = sender.send((stats.p99_us, stats.max_us));
        };
        self.event_loop.dispatch(tell).unwrap();
        receiver.recv().unwrap()
    }

    fn ask(&self, body: String) -> EndpointResponse {
        let (sender, receiver) = sync_channel(1);
        let (method, path) = ("POST".to_owned(), "/v1/completions".to_owned());
        self.endpoints.submit(EndpointRequest {
            method,
            path,
            query: String::new(),
            content_type: Some("application/json".to_owned()),
            body: Ok(body.into_bytes().into()),
            window: self.window,
            cancel: CancelToken::new(),
            responder: EndpointResponder::new(move |response| drop(sender.send(response))),
        });
        receiver.recv().unwrap()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.event_loop.destroy().unwrap();
        self.thread.take().unwrap().join().unwrap();
    }
}

/// The next chunk of a stream; waits for it.
fn next(stream: &ByteStream, news: &Receiver<()>) -> Option<Vec<u8>> {
    loop {
        match stream.next() {
            Next::Chunk(chunk) => return Some(chunk.to_vec()),
            Next::End => return None,
            Next::Empty => news.recv().unwrap(),
        }
    }
}

impl Server for Own {
    fn complete(&self, _: u32, prompt: &[i32], predict: u32) -> Streamed {
        let body = body(prompt, predict);
        let started = Instant::now();
        let response = self.ask(body);
        let stream = match response.body {
            EndpointBody::Stream(stream) => stream,
            EndpointBody::Bytes(bytes) => panic!("{}", String::from_utf8_lossy(&bytes)),
        };
        let (told, news): (SyncSender<()>, _) = sync_channel(1);
        stream.on_data(move || {
            let _ = told.try_send(());
        });
        let mut events = Events::default();
        while let Some(chunk) = next(&stream, &news) {
            // Events are written whole.
            chunk
                .split(|byte| *byte == b'\n')
                .for_each(|line| events.line(line));
        }
        Streamed {
            tokens: events.tokens,
            first: events.first.unwrap() - started,
        }
    }
}
