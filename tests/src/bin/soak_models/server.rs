//! The app with its server of models, and requests to it as a page sends them.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use oro::ai::engine::{Engine, WorkerProgram};
use oro::components::endpoint::{
    EndpointBody, EndpointRequest, EndpointResponder, EndpointResponse, Endpoints,
};
use oro::engine::stream::{ByteStream, Next};
use oro::prelude::*;
use serde_json::Value;

/// The argument by which this program is its own worker.
pub const WORKER: &str = "worker";
/// How long an answer may take: long, so that all can be stopped for a while and go on.
const PATIENCE: Duration = Duration::from_secs(900);

/// The app in a thread of its own.
pub struct Server {
    endpoints: Endpoints,
    ingress: Ingress,
    engine: Engine,
    event_loop: Loop,
    window: Entity,
}

/// A request that was sent.
pub struct Asked {
    answer: Receiver<EndpointResponse>,
    cancel: CancelToken,
}

impl Server {
    pub fn start() -> Self {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models");
        let models = models.to_str().unwrap().to_owned();
        let settings = [
            ("ai_llm_default_model", "tiny-chat"),
            ("ai_llm_model_path", &models),
            ("ai_llm_rate_limit_concurrency", "4"),
            // Two contexts then share what is asked.
            ("ai_llm_n_threads", "2"),
            ("ai_llm_debug_route_metrics", "on"),
        ];
        let settings = settings.map(|(key, value)| (key, value.to_owned()));
        let (sender, receiver) = sync_channel(1);
        let run = move || {
            let config = Config::builder().overrides(settings).load();
            let mut app = App::empty();
            app.insert_resource(config.unwrap().config)
                .insert_resource(WorkerProgram::running(&[WORKER]).unwrap())
                .add_plugins((HeadlessPlugins, oro::ai::AiPlugins))
                .start();
            let window = app.world_mut().spawn_empty().id();
            let world = app.world();
            let server = Self {
                endpoints: world.resource::<Endpoints>().clone(),
                ingress: world.resource::<Ingress>().clone(),
                engine: world.resource::<Engine>().clone(),
                event_loop: world.resource::<Loop>().clone(),
                window,
            };
            sender.send(server).unwrap();
            app.run();
        };
        std::thread::Builder::new().spawn(run).unwrap();
        receiver.recv().unwrap()
    }

    /// Calls a route as the program that embeds the app does.
    pub fn call(&self, route: &str, params: &Value) -> Value {
        let answer = self.ingress.call(route, params).wait(PATIENCE);
        answer.unwrap_or_else(|error| panic!("{route} {params}: {error:?}"))
    }

    /// Posts to an endpoint, and does not wait.
    pub fn post(&self, path: &str, body: &str) -> Asked {
        self.send("POST", path, body)
    }

    pub fn get(&self, path: &str) -> Asked {
        self.send("GET", path, "")
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Asked {
        let (sender, answer) = sync_channel(1);
        let cancel = CancelToken::new();
        self.endpoints.submit(EndpointRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: String::new(),
            content_type: Some("application/json".to_owned()),
            body: Ok(body.as_bytes().to_vec().into()),
            window: self.window,
            cancel: cancel.clone(),
            responder: EndpointResponder::new(move |response| drop(sender.send(response))),
        });
        Asked { answer, cancel }
    }

    /// The client of a request leaves before there is an answer.
    pub fn leave(&self, asked: Asked) {
        self.ingress.cancel(&asked.cancel);
    }

    /// How many entities there are.
    pub fn entities(&self) -> usize {
        let (sender, receiver) = sync_channel(1);
        let count = move |world: &mut World| {
            let count = world.query::<Entity>().iter(world).count();
            let _ = sender.send(count);
        };
        self.event_loop.dispatch(count).unwrap();
        receiver.recv_timeout(PATIENCE).unwrap()
    }

    /// The process that computes.
    pub fn worker(&self) -> Option<u32> {
        let (sender, receiver) = sync_channel(1);
        self.engine.telemetry(move |told| drop(sender.send(told)));
        receiver.recv_timeout(PATIENCE).unwrap().unwrap().worker_pid
    }
}

impl Asked {
    pub fn response(&self) -> EndpointResponse {
        self.answer.recv_timeout(PATIENCE).unwrap()
    }

    /// The answer, if it comes within a time.
    pub fn within(&self, time: Duration) -> Option<EndpointResponse> {
        match self.answer.recv_timeout(time) {
            Ok(response) => Some(response),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("it was not answered"),
        }
    }

    /// Status and body.
    pub fn answer(&self) -> (u16, String) {
        let response = self.response();
        let body = match response.body {
            EndpointBody::Bytes(bytes) => bytes.to_vec(),
            EndpointBody::Stream(stream) => read(&stream, usize::MAX),
        };
        (response.status, String::from_utf8(body).unwrap())
    }
}

/// Reads a stream until its end, or until so many chunks came.
pub fn read(stream: &ByteStream, chunks: usize) -> Vec<u8> {
    let (told, news): (SyncSender<()>, _) = sync_channel(1);
    stream.on_data(move || {
        let _ = told.try_send(());
    });
    let (mut all, mut count) = (Vec::new(), 0);
    while count < chunks {
        match stream.next() {
            Next::Chunk(chunk) => {
                all.extend_from_slice(&chunk);
                count += 1;
            }
            Next::Empty => news.recv_timeout(PATIENCE).unwrap(),
            Next::End => break,
        }
    }
    all
}
