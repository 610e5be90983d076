//! One request and its one answer, whichever transport it came by.

use std::any::Any;
use std::fmt;

use bevy_ecs::entity::Entity;
use serde::Serialize;
use serde_json::Value;

use crate::bytes::Bytes;
use crate::cancel::CancelToken;
use crate::error::RouteError;
use crate::queued_response::QueuedResponse;
use crate::route::Route;
use crate::stream::ByteStream;

/// Query keys that belong to the transport and are never parameters of a route.
const RESERVED: [&str; 11] = [
    "seq",
    "index",
    "token",
    "nonce",
    "__sync__",
    "runtime-frame-type",
    "runtime-frame-source",
    "runtime-worker-type",
    "runtime-worker-id",
    "runtime-worker-location",
    "runtime-client-id",
];

/// What an answer repeats of its request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The route as the caller spelled it: the envelope's `source`.
    pub source: String,
    /// The caller's sequence: the envelope's `id`. `"0"` when it gave none.
    pub seq: String,
    /// The caller's own correlation token.
    pub token: Option<String>,
    /// The whole address, for the error of an unknown route. Empty if a route's struct was given.
    pub url: String,
    /// The caller blocks its thread until the answer comes.
    pub sync: bool,
    /// The index of the window that the caller names, if it does.
    pub index: Option<u32>,
}

/// An address of the form `ipc://route?key=value&seq=R1`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// What the answer repeats.
    pub head: Head,
    /// The parameters, still percent-encoded, without the transport's own keys.
    pub query: String,
}

impl Address {
    /// Takes an `ipc:` address apart.
    ///
    /// # Errors
    /// If the scheme is not `ipc:`, or no route is named.
    pub fn parse(url: &str) -> Result<Self, RouteError> {
        let bad = |why: &str| RouteError::invalid("url", why).with("url", url);
        let rest = url
            .strip_prefix("ipc:")
            .map(|rest| rest.trim_start_matches('/'))
            .ok_or_else(|| bad("the scheme is not ipc:"))?;
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (route, query) = rest.split_once('?').unwrap_or((rest, ""));
        let route = route.trim_end_matches('/');
        if route.is_empty() || !route.bytes().all(|b| b.is_ascii_graphic() && b != b'/') {
            return Err(bad("no route is named"));
        }
        let mut head = Head {
            source: route.into(),
            seq: "0".into(),
            ..Head::default()
        };
        url.clone_into(&mut head.url);
        let mut kept = String::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !RESERVED.contains(&key) {
                if !kept.is_empty() {
                    kept.push('&');
                }
                kept.push_str(pair);
                continue;
            }
            match key {
                "seq" if !value.is_empty() => value.clone_into(&mut head.seq),
                "token" if !value.is_empty() => head.token = Some(decode(value)),
                "__sync__" => head.sync = value == "true",
                "index" => {
                    let index = value.parse();
                    head.index = Some(index.map_err(|_| RouteError::invalid("index", value))?);
                }
                _ => {}
            }
        }
        Ok(Self { head, query: kept })
    }
}

fn decode(value: &str) -> String {
    let pair: Result<Vec<(String, String)>, _> = serde_html_form::from_str(&format!("v={value}"));
    pair.ok()
        .and_then(|mut pairs| pairs.pop())
        .map_or_else(|| value.to_owned(), |(_, value)| value)
}

/// Parameters as they came.
#[derive(Debug)]
pub enum Params {
    /// `key=value` pairs, percent-encoded.
    Query(String),
    /// A JSON object.
    Json(::bytes::Bytes),
    /// The route's own struct, of a caller in the same program, who gets the route's own output.
    Value(Box<dyn Any + Send + Sync>),
}

/// Who asks. Decides what it may reach and what dies with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// The program that embeds the runtime: trusted.
    Host,
    /// A page, frame or worker of a window.
    Window(Entity),
    /// Another process, by the HTTP bridge; with the window that it chose, if there is one.
    Http(Option<Entity>),
}

impl Client {
    /// The window that owns what this client creates.
    #[must_use]
    pub fn window(self) -> Option<Entity> {
        match self {
            Self::Host => None,
            Self::Window(entity) => Some(entity),
            Self::Http(entity) => entity,
        }
    }
}

/// A request on its way to its handler.
#[derive(Debug)]
pub struct Request {
    /// The parameters.
    pub params: Params,
    /// The raw body; empty when the parameters came as the body.
    pub body: Bytes,
    /// Who asks.
    pub client: Client,
    /// Turns true when the caller no longer wants the answer.
    pub cancel: CancelToken,
    /// The way back.
    pub responder: Responder,
}

impl Request {
    /// A request that answers through `send`.
    pub fn new(
        address: Address,
        client: Client,
        send: impl FnOnce(Response) + Send + Sync + 'static,
    ) -> Self {
        Self {
            params: Params::Query(address.query),
            body: Bytes::default(),
            client,
            cancel: CancelToken::new(),
            responder: Responder::new(address.head, send),
        }
    }

    /// A request of the program itself, which gives the route's struct and gets its output.
    pub(crate) fn typed<R: Route + Sync>(
        params: R,
        body: Bytes,
        respond: impl FnOnce(Result<R::Output, RouteError>) + Send + Sync + 'static,
    ) -> Self {
        let head = Head {
            source: R::NAME.to_owned(),
            ..Head::default()
        };
        let send = move |response: Response| {
            respond(response.reply.and_then(|payload| {
                match payload {
                    Payload::Value(output) => output
                        .downcast::<R::Output>()
                        .map(|output| *output)
                        .map_err(|_| RouteError::internal("the answer is of another type")),
                    _ => Err(RouteError::internal("the answer was encoded")),
                }
            }));
        };
        Self {
            params: Params::Value(Box::new(params)),
            body,
            client: Client::Host,
            cancel: CancelToken::new(),
            responder: Responder::new(head, send),
        }
    }

    /// Gives the request a body. With a JSON content type the body is the parameters.
    #[must_use]
    pub fn with_body(mut self, content_type: &str, body: ::bytes::Bytes) -> Self {
        let essence = content_type.split(';').next().unwrap_or("").trim();
        if essence.eq_ignore_ascii_case("application/json") && !body.is_empty() {
            self.params = Params::Json(body);
        } else {
            self.body = Bytes(body);
        }
        self
    }

    /// What the answer repeats.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.responder.head
    }
}

/// What a handler made of a request.
pub type Reply = Result<Payload, RouteError>;

/// A successful result.
#[derive(Debug)]
pub enum Payload {
    /// Encoded JSON: the envelope's `data`.
    Json(Vec<u8>),
    /// Bytes, which are the whole body of the answer.
    Bytes(Bytes),
    /// Bytes that are still being made.
    Stream(ByteStream),
    /// The route's own output, for a caller who gave [`Params::Value`].
    Value(Box<dyn Any + Send>),
    /// A body with headers of its own.
    Queued(QueuedResponse),
}

impl Payload {
    /// Encodes a value as JSON.
    ///
    /// # Errors
    /// If the value cannot be JSON (a map with keys that are not strings, bytes inside).
    pub fn json(value: &impl Serialize) -> Result<Self, RouteError> {
        let json = serde_json::to_vec(value);
        json.map(Self::Json)
            .map_err(|error| RouteError::internal(error.to_string()))
    }
}

/// The answer to one request.
#[derive(Debug)]
pub struct Response {
    /// What the answer repeats of its request.
    pub head: Head,
    /// The result or the error.
    pub reply: Reply,
}

impl Response {
    /// The result as JSON, for callers in the same process.
    ///
    /// # Errors
    /// The route's own error; or an internal one if the result is not JSON.
    pub fn into_json(self) -> Result<Value, RouteError> {
        match self.reply? {
            Payload::Json(json) => {
                serde_json::from_slice(&json).map_err(|e| RouteError::internal(e.to_string()))
            }
            _ => Err(RouteError::internal(format!(
                "`{}` does not answer with JSON",
                self.head.source
            ))),
        }
    }
}

type Sink = Box<dyn FnOnce(Response) + Send + Sync>;

/// The way back to the caller, to be used once.
///
/// Dropping it unused answers with an `AbortError`, so a request whose owner dies in any way is
/// still answered exactly once.
pub struct Responder {
    head: Head,
    send: Option<Sink>,
}

impl Responder {
    fn new(head: Head, send: impl FnOnce(Response) + Send + Sync + 'static) -> Self {
        Self {
            head,
            send: Some(Box::new(send)),
        }
    }

    /// What the answer will repeat.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Answers.
    pub fn send(mut self, reply: Reply) {
        self.finish(reply);
    }

    /// Answers, where the responder cannot be moved. A second answer is dropped.
    pub(crate) fn answer(&mut self, reply: Reply) {
        self.finish(reply);
    }

    fn finish(&mut self, reply: Reply) {
        if let Some(send) = self.send.take() {
            send(Response {
                head: std::mem::take(&mut self.head),
                reply,
            });
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.finish(Err(RouteError::aborted()));
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_the_keys_of_the_transport() {
        for (url, source, query, seq, index) in [
            ("ipc://ping", "ping", "", "0", None),
            ("ipc:ping", "ping", "", "0", None),
            (
                "ipc://fs.stat/?path=%2Fa%20b&seq=R12&index=0",
                "fs.stat",
                "path=%2Fa%20b",
                "R12",
                Some(0),
            ),
            ("ipc://a?seq=&x=1&&y=2&nonce=9", "a", "x=1&y=2", "0", None),
            ("ipc://a?x=1#y", "a", "x=1", "0", None),
        ] {
            let got = Address::parse(url).unwrap_or_else(|e| panic!("{url}: {e:?}"));
            assert_eq!(got.head.source, source, "{url}");
            assert_eq!(got.query, query, "{url}");
            assert_eq!(
                (got.head.seq.as_str(), got.head.index),
                (seq, index),
                "{url}"
            );
        }
        for url in [
            "http://ping",
            "ipc://",
            "ipc:///?a=1",
            "ipc://a/b",
            "ipc://a?index=x",
            "",
        ] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
        let sync = Address::parse("ipc://a?__sync__=true&token=a%26b").map(|a| a.head);
        assert!(matches!(sync, Ok(Head { sync: true, token: Some(token), .. }) if token == "a&b"));
    }

    #[test]
    fn a_dropped_responder_still_answers_once() {
        let (tx, rx) = crossbeam::channel::unbounded();
        let address = Address::parse("ipc://x?seq=R1").unwrap_or_else(|e| panic!("{e:?}"));
        let request = Request::new(address, Client::Host, move |response| {
            let _ = tx.send(response);
        });
        drop(request);
        let answers: Vec<_> = rx
            .iter()
            .map(|r| (r.head.seq, r.reply.map(|_| ())))
            .collect();
        assert_eq!(answers, [("R1".to_owned(), Err(RouteError::aborted()))]);
    }
}
