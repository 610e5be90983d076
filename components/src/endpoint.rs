//! What a service answers at the app's own addresses, below one path; no files are served there.
//!
//! The UI thread checks who asks, and hands the request to the World through [`Endpoints`].

use std::fmt;
use std::sync::Arc;

use bevy_ecs::prelude::*;
use oro_engine::bytes::Bytes;
use oro_engine::cancel::CancelToken;
use oro_engine::queue::Queue;
use oro_engine::stream::ByteStream;

/// A page's request to an endpoint.
#[derive(Debug)]
pub struct EndpointRequest {
    /// The method, in capitals.
    pub method: String,
    /// The path below that of all endpoints, decoded: `/health`.
    pub path: String,
    /// The query, percent-encoded, without its question mark.
    pub query: String,
    /// The type of the body.
    pub content_type: Option<String>,
    /// The body.
    pub body: Result<Bytes, BodyError>,
    /// The window of the page.
    pub window: Entity,
    /// Turns true when the page no longer wants the answer.
    pub cancel: CancelToken,
    /// The way back.
    pub responder: EndpointResponder,
}

/// Why there is no body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It has more bytes than allowed.
    TooLarge,
    /// The WebView could not read it.
    Unreadable(String),
}

/// The answer of an endpoint, in the terms of HTTP.
#[derive(Debug)]
pub struct EndpointResponse {
    /// The status code.
    pub status: u16,
    /// The type of the body.
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: EndpointBody,
}

/// The body of an answer.
#[derive(Debug)]
pub enum EndpointBody {
    /// All of it.
    Bytes(Bytes),
    /// As it is made.
    Stream(ByteStream),
}

/// The way back to the page, to be used once. Dropping it unused answers with status 503.
pub struct EndpointResponder(Option<Box<dyn FnOnce(EndpointResponse) + Send + Sync>>);

impl EndpointResponder {
    /// Answers through `send`.
    pub fn new(send: impl FnOnce(EndpointResponse) + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(send)))
    }

    /// Answers.
    pub fn send(mut self, response: EndpointResponse) {
        if let Some(send) = self.0.take() {
            send(response);
        }
    }
}

impl Drop for EndpointResponder {
    fn drop(&mut self) {
        if let Some(send) = self.0.take() {
            send(EndpointResponse {
                status: 503,
                content_type: "text/plain; charset=utf-8",
                headers: Vec::new(),
                body: EndpointBody::Bytes(Bytes::from(b"Not available".as_slice())),
            });
        }
    }
}

impl fmt::Debug for EndpointResponder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointResponder")
    }
}

/// Requests that may wait for the tick.
const QUEUED_MAX: usize = 1024;

struct Shared {
    prefix: Vec<String>,
    body_max: usize,
    queue: Queue<EndpointRequest>,
    wake: Box<dyn Fn() + Send + Sync>,
}

/// The queue of requests to endpoints. Clones are handles to the same one.
#[derive(Resource, Clone)]
pub struct Endpoints(Arc<Shared>);

impl Endpoints {
    /// Endpoints below the path `prefix`, which take bodies of `body_max` bytes; `wake` makes the
    /// World look at the queue.
    #[must_use]
    pub fn new(prefix: &str, body_max: usize, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared {
            prefix: names(prefix),
            body_max,
            queue: Queue::new(QUEUED_MAX),
            wake: Box::new(wake),
        }))
    }

    /// The largest body, in bytes.
    #[must_use]
    pub fn body_max(&self) -> usize {
        self.0.body_max
    }

    /// The path below that of all endpoints, if an address of the app is one of them. Addresses
    /// that a file server would take for the same are the same.
    #[must_use]
    pub fn below(&self, path: &str) -> Option<String> {
        let names = names(path);
        let rest = names.strip_prefix(self.0.prefix.as_slice())?;
        Some(format!("/{}", rest.join("/")))
    }

    /// Hands a request to the World. If too many wait it is dropped, which answers it.
    pub fn submit(&self, request: EndpointRequest) {
        if self.0.queue.push(request).is_ok() {
            (self.0.wake)();
        }
    }

    /// Takes the oldest request.
    #[must_use]
    pub fn next(&self) -> Option<EndpointRequest> {
        self.0.queue.pop()
    }

    /// How many requests wait.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.0.queue.len()
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints")
            .field("prefix", &self.0.prefix)
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}

/// The names of a path, decoded, without what leads nowhere.
fn names(path: &str) -> Vec<String> {
    let mut names = Vec::new();
    for name in path.split('/') {
        match decode(name).as_str() {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.extend(name.split('/').map(str::to_owned)),
        }
    }
    names
}

/// A percent-encoded name. What is no UTF-8 is replaced, and matches nothing.
fn decode(name: &str) -> String {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.first().copied().zip(after.get(1).copied());
        let decoded = pair.and_then(|(high, low)| Some(digit(high)? << 4 | digit(low)?));
        match decoded.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(u8::try_from(byte).unwrap_or_default());
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_mean_an_endpoint_are_one() {
        let endpoints = Endpoints::new("/ai/llama", 1, || {});
        for (path, want) in [
            ("/ai/llama", Some("/")),
            ("/ai/llama/", Some("/")),
            ("/ai/llama/v1/models", Some("/v1/models")),
            ("//ai/./llama//health", Some("/health")),
            ("/x/../ai/llama/health", Some("/health")),
            ("/ai/llam%61/h%65alth", Some("/health")),
            ("/ai%2Fllama/health", Some("/health")),
            ("/ai/llama/..", None),
            ("/ai/llama2/health", None),
            ("/AI/llama/health", None),
            ("/ai", None),
            ("/", None),
            ("/ai/llama%", None),
            ("/ai/llama%0", None),
            ("/ai/llama/%ff", Some("/\u{FFFD}")),
        ] {
            assert_eq!(endpoints.below(path).as_deref(), want, "{path}");
        }
    }

    #[test]
    fn a_request_that_nobody_answers_is_answered_once() {
        let answers = Arc::new(std::sync::Mutex::new(Vec::new()));
        let sent = Arc::clone(&answers);
        drop(EndpointResponder::new(move |response| {
            sent.lock().unwrap().push(response.status);
        }));
        assert_eq!(*answers.lock().unwrap(), [503]);
    }
}
