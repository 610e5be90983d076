//! The form of an answer on the wire.
//!
//! JSON results and all errors travel in an envelope, `{source, token, id, data}` or
//! `{source, token, id, err}`; bytes and streams travel as they are.

use std::borrow::Cow;

use serde::Serialize;

use crate::error::RouteError;
use crate::id::Id;
use crate::queued_response::QueuedResponse;
use crate::request::{Head, Payload, Response};
use crate::stream::ByteStream;

/// The content type of envelopes.
pub const JSON: &str = "application/json";
/// The content type of binary results that name none.
pub const OCTET_STREAM: &str = "application/octet-stream";

/// The body of an answer.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Bytes(::bytes::Bytes),
    /// Parts, as they are made.
    Stream(ByteStream),
}

/// An answer in the terms of HTTP, which the `ipc:` scheme and the HTTP bridge both speak.
#[derive(Debug)]
pub struct Wire {
    /// The status code.
    pub status: u16,
    /// The content type of the body.
    pub content_type: Cow<'static, str>,
    /// More headers, with names in lower case.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Body,
}

/// The envelope up to what it carries, with room for that.
fn begin(head: &Head, room: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(48 + head.source.len() + head.seq.len() + room);
    for (key, value) in [
        ("{\"source\":", Some(head.source.as_str())),
        (",\"token\":", head.token.as_deref()),
        (",\"id\":", Some(head.seq.as_str())),
    ] {
        body.extend_from_slice(key.as_bytes());
        write(&mut body, &value);
    }
    body
}

fn write(body: &mut Vec<u8>, value: &impl Serialize) {
    // Texts and errors always encode; a gap would be noticed at once.
    let _ = serde_json::to_writer(body, value);
}

/// The envelope of an error.
#[must_use]
pub fn error(head: &Head, error: &RouteError) -> Vec<u8> {
    let mut body = begin(head, 128);
    body.extend_from_slice(b",\"err\":");
    write(&mut body, error);
    body.push(b'}');
    body
}

/// The envelope of a result that waits to be fetched.
#[must_use]
pub fn queued(head: &Head, id: Id) -> Vec<u8> {
    let mut body = begin(head, 40);
    body.extend_from_slice(b",\"queuedResponse\":");
    write(&mut body, &id);
    body.push(b'}');
    body
}

/// The envelope of a result, which is JSON already and not looked at again.
#[must_use]
pub fn data(head: &Head, json: &[u8]) -> Vec<u8> {
    let mut body = begin(head, json.len() + 9);
    body.extend_from_slice(b",\"data\":");
    body.extend_from_slice(json);
    body.push(b'}');
    body
}

impl From<Response> for Wire {
    fn from(Response { head, reply }: Response) -> Self {
        let (status, content_type, body) = match reply {
            Ok(Payload::Json(json)) => (200, JSON, Body::Bytes(data(&head, &json).into())),
            Ok(Payload::Bytes(bytes)) => (200, OCTET_STREAM, Body::Bytes(bytes.0)),
            Ok(Payload::Stream(stream)) => (200, stream.content_type(), Body::Stream(stream)),
            // Who gets it asked for it, and has no need of an envelope.
            Ok(Payload::Value(_)) => {
                let err = RouteError::internal("the answer is for the program alone");
                (err.status, JSON, Body::Bytes(error(&head, &err).into()))
            }
            Ok(Payload::Queued(QueuedResponse {
                content_type,
                headers,
                body,
            })) => {
                return Self {
                    status: 200,
                    content_type,
                    headers,
                    body,
                };
            }
            Err(err) => (err.status, JSON, Body::Bytes(error(&head, &err).into())),
        };
        Self {
            status,
            content_type: content_type.into(),
            headers: Vec::new(),
            body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(wire: Wire) -> (u16, Cow<'static, str>, String) {
        let body = match wire.body {
            Body::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Body::Stream(_) => "<stream>".to_owned(),
        };
        (wire.status, wire.content_type, body)
    }

    #[test]
    fn answers_have_the_documented_form() {
        let head = || Head {
            source: "a.b".into(),
            seq: "R1".into(),
            ..Head::default()
        };
        let token = || Head {
            token: Some("t".into()),
            ..head()
        };
        let unknown = RouteError::not_found("ipc://a.b");
        for (head, reply, want) in [
            (
                head(),
                Ok(Payload::Json(b"\"pong\"".to_vec())),
                (
                    200,
                    JSON,
                    r#"{"source":"a.b","token":null,"id":"R1","data":"pong"}"#,
                ),
            ),
            (
                token(),
                Ok(Payload::Bytes(b"raw"[..].into())),
                (200, OCTET_STREAM, "raw"),
            ),
            (
                token(),
                Err(unknown),
                (
                    404,
                    JSON,
                    r#"{"source":"a.b","token":"t","id":"R1","err":{"message":"Not found","type":"NotFoundError","url":"ipc://a.b"}}"#,
                ),
            ),
        ] {
            let (status, content_type, body) = text(Response { head, reply }.into());
            assert_eq!((status, &*content_type, body.as_str()), want);
        }
    }
}
