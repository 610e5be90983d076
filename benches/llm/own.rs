//! The server of the app: requests and events of a page, through the World and a worker process.

use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::JoinHandle;

use oro::components::endpoint::{
    EndpointBody, EndpointRequest, EndpointResponder, EndpointResponse, Endpoints,
};
use oro::engine::stream::{ByteStream, Next};
use oro::engine::timing::Timings;
use oro::prelude::*;

use crate::http::{Events, body};
use crate::{Server, Streamed, worker};

/// An app without a window, its runtime thread, and the way from its bridge.
pub struct Own {
    endpoints: Endpoints,
    window: Entity,
    event_loop: Loop,
    streams: Sender<(usize, ByteStream)>,
    socket: Receiver<Frames>,
    thread: Option<JoinHandle<()>>,
}

/// What a tick has for the page: chunks of streams by their numbers, or their ends.
type Frames = Vec<(usize, Option<Vec<u8>>)>;

/// What bridges do with streams: they empty them into one socket, to which they write after the
/// tick, and whose other end wakes once for all.
#[derive(Resource)]
struct Bridge {
    new: Mutex<Receiver<(usize, ByteStream)>>,
    open: Vec<(usize, ByteStream)>,
    socket: Sender<Frames>,
}

fn carry(mut bridge: ResMut<Bridge>) {
    let bridge = &mut *bridge;
    bridge.open.extend(bridge.new.lock().unwrap().try_iter());
    let mut frames = Frames::new();
    bridge.open.retain(|(number, stream)| {
        loop {
            match stream.next() {
                Next::Chunk(chunk) => frames.push((*number, Some(chunk.to_vec()))),
                Next::Empty => return true,
                Next::End => {
                    frames.push((*number, None));
                    return false;
                }
            }
        }
    });
    if !frames.is_empty() {
        let _ = bridge.socket.send(frames);
    }
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
        let (streams, new) = channel();
        let (to_page, socket) = channel();
        let run = move || {
            let config = Config::builder().overrides(settings).load().unwrap().config;
            let mut app = App::empty();
            app.insert_resource(config)
                .insert_resource(worker())
                .insert_resource(Bridge {
                    new: Mutex::new(new),
                    open: Vec::new(),
                    socket: to_page,
                })
                .add_plugins((HeadlessPlugins, oro::ai::AiPlugins))
                .add_systems(AfterTick, carry)
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
            streams,
            socket,
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

    /// Sends a request. The bridge carries its answer.
    fn ask(&self, number: usize, body: String) {
        let (method, path) = ("POST".to_owned(), "/v1/completions".to_owned());
        let (streams, event_loop) = (self.streams.clone(), self.event_loop.clone());
        let respond = move |response: EndpointResponse| match response.body {
            EndpointBody::Stream(stream) => {
                stream.on_data(move || event_loop.wake());
                let _ = streams.send((number, stream));
            }
            EndpointBody::Bytes(bytes) => panic!("{}", String::from_utf8_lossy(&bytes)),
        };
        self.endpoints.submit(EndpointRequest {
            method,
            path,
            query: String::new(),
            content_type: Some("application/json".to_owned()),
            body: Ok(body.into_bytes().into()),
            window: self.window,
            cancel: CancelToken::new(),
            responder: EndpointResponder::new(respond),
        });
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.event_loop.destroy().unwrap();
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Server for Own {
    fn complete(&self, prompts: &[Vec<i32>], predict: u32) -> Vec<Streamed> {
        let mut events = Vec::new();
        for (number, prompt) in prompts.iter().enumerate() {
            events.push(Events::new());
            self.ask(number, body(prompt, predict));
        }
        let mut open = prompts.len();
        while open > 0 {
            for (number, chunk) in self.socket.recv().unwrap() {
                match chunk {
                    Some(chunk) => events[number].read(&chunk),
                    None => open -= 1,
                }
            }
        }
        events.iter().map(Events::streamed).collect()
    }
}
