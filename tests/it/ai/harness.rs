//! The server of models in a World without a display, with the tiny models of the fixtures.

use std::path::{Path, PathBuf};

use crossbeam::channel::{Receiver, bounded};
use oro::components::endpoint::{
    BodyError, EndpointBody, EndpointRequest, EndpointResponder, EndpointResponse, Endpoints,
};
use oro::engine::stream::{ByteStream, Next};
use oro::prelude::*;
use serde_json::{Value, json};

use crate::harness::Headless;

/// The folder of the models.
pub fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models")
}

/// A server, and the window of a page that asks it.
pub struct Server {
    pub headless: Headless,
    pub window: Entity,
}

/// A request that was sent.
pub struct Asked {
    answer: Receiver<EndpointResponse>,
    cancel: CancelToken,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    /// The body as it came.
    pub text: String,
}

impl Server {
    /// A server whose default model is `tiny-chat`.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With more settings.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let folder = models();
        let mut all = vec![
            ("ai_llm_default_model", "tiny-chat"),
            ("ai_llm_model_path", folder.to_str().unwrap()),
            ("ai_llm_lora_path", folder.to_str().unwrap()),
            // More would be slower while other tests run.
            ("ai_llm_n_threads", "1"),
        ];
        all.extend(settings);
        let config = Config::builder().overrides(all).load().unwrap().config;
        let mut headless = Headless::with_more(config, |app| {
            app.add_plugins(oro::ai::AiPlugins);
        });
        let window = headless.app.world_mut().spawn_empty().id();
        Self { headless, window }
    }

    /// Sends a request and does not wait. The path may have a query.
    pub fn send(&self, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Asked {
        let body: Vec<u8> = body.into();
        self.send_body(method, path, Some("application/json"), Ok(body.into()))
    }

    pub fn send_body(
        &self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: Result<Bytes, BodyError>,
    ) -> Asked {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (sender, answer) = bounded(1);
        let cancel = CancelToken::new();
        let request = EndpointRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            content_type: content_type.map(str::to_owned),
            body,
            window: self.window,
            cancel: cancel.clone(),
            responder: EndpointResponder::new(move |response| drop(sender.send(response))),
        };
        let endpoints = self.headless.app.world().resource::<Endpoints>();
        endpoints.submit(request);
        Asked { answer, cancel }
    }

    /// Waits for the head of an answer.
    pub fn response(&mut self, asked: &Asked) -> EndpointResponse {
        let mut found = None;
        self.headless.until(|_| {
            found = asked.answer.try_recv().ok();
            found.is_some()
        });
        found.unwrap()
    }

    /// Waits for all of an answer.
    pub fn wait(&mut self, asked: &Asked) -> Answer {
        let response = self.response(asked);
        let text = match response.body {
            EndpointBody::Bytes(bytes) => bytes.to_vec(),
            EndpointBody::Stream(stream) => self.read(&stream),
        };
        Answer {
            status: response.status,
            content_type: response.content_type,
            headers: response.headers,
            text: String::from_utf8(text).unwrap(),
        }
    }

    fn read(&mut self, stream: &ByteStream) -> Vec<u8> {
        let mut all = Vec::new();
        self.headless.until(|_| {
            loop {
                match stream.next() {
                    Next::Chunk(chunk) => all.extend_from_slice(&chunk),
                    Next::Empty => return false,
                    Next::End => return true,
                }
            }
        });
        all
    }

    /// Posts and waits.
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        let asked = self.send("POST", path, body.to_string());
        self.wait(&asked)
    }

    /// Gets and waits.
    pub fn get(&mut self, path: &str) -> Answer {
        let asked = self.send("GET", path, "");
        self.wait(&asked)
    }

    /// What `/health` tells.
    pub fn health(&mut self) -> Value {
        self.get("/health").json()
    }

    /// Ticks until nothing of any request is left.
    pub fn until_idle(&mut self) -> Value {
        for _ in 0..100_000 {
            let health = self.health();
            let left = [
                &health["limits"]["running"],
                &health["limits"]["waiting"],
                &health["engine"]["sequences_busy"],
            ];
            if left.iter().all(|count| **count == 0) {
                return health;
            }
        }
        panic!("it does not end: {}", self.health());
    }

    /// How many entities there are.
    pub fn entities(&mut self) -> usize {
        let world = self.headless.app.world_mut();
        world.query::<Entity>().iter(world).count()
    }
}

impl Asked {
    /// The client leaves.
    pub fn leave(&self) {
        self.cancel.cancel();
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Status, code and parameter of an error.
    pub fn error(&self) -> (u16, String, Option<String>) {
        let body = self.json();
        let error = &body["error"];
        assert!(
            error["message"].is_string() && error["type"].is_string(),
            "{body}"
        );
        let code = error["code"].as_str().unwrap_or_default().to_owned();
        (
            self.status,
            code,
            error["param"].as_str().map(str::to_owned),
        )
    }

    /// The events of a stream, without the last one, which must be the end.
    pub fn events(&self) -> Vec<Value> {
        assert_eq!(self.content_type, "text/event-stream", "{}", self.text);
        let mut events: Vec<&str> = self.text.split_terminator("\n\n").collect();
        assert_eq!(events.pop(), Some("data: [DONE]"), "{}", self.text);
        let parse = |event: &&str| {
            let data = event.strip_prefix("data: ");
            let data = data.unwrap_or_else(|| panic!("{event}"));
            serde_json::from_str(data).unwrap()
        };
        events.iter().map(parse).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| *it == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A conversation of one turn, always answered alike.
pub fn question(content: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": content }], "temperature": 0 })
}

/// A request with more members.
pub fn with(mut request: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}
