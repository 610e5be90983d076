//! Answers on their way to the UI thread, in the form that pages get them in.

use std::borrow::Cow;
use std::os::fd::OwnedFd;

use bevy_ecs::entity::Entity;
use oro_engine::bytes::Bytes;
use oro_engine::envelope::{self, Body, JSON, OCTET_STREAM, Wire};
use oro_engine::error::RouteError;
use oro_engine::queued_response::{QueuedResponse, QueuedResponses};
use oro_engine::request::{Head, Payload, Response};
use oro_engine::stream::Pipes;

/// An answer on its way to the UI thread.
#[derive(Debug)]
pub(crate) struct Answer {
    pub route: String,
    pub status: u16,
    pub content_type: Cow<'static, str>,
    pub headers: Vec<(Cow<'static, str>, String)>,
    pub body: AnswerBody,
}

#[derive(Debug)]
pub(crate) enum AnswerBody {
    Bytes(Bytes),
    Pipe(OwnedFd),
}

impl AnswerBody {
    /// The bytes. A pipe, which is never an envelope, has none.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Pipe(_) => &[],
        }
    }
}

impl Answer {
    /// An answer that is an envelope.
    pub fn envelope(route: String, status: u16, envelope: Vec<u8>) -> Self {
        Self {
            route,
            status,
            content_type: JSON.into(),
            headers: Vec::new(),
            body: AnswerBody::Bytes(envelope.into()),
        }
    }

    /// Brings a response into its form on the wire. Called on the thread that made the response.
    pub fn of(response: Response, pipes: &Pipes) -> Self {
        let head = response.head.clone();
        let Wire {
            status,
            content_type,
            headers,
            body,
        } = Wire::from(response);
        let opened = match body {
            Body::Bytes(bytes) => Ok(AnswerBody::Bytes(bytes.into())),
            Body::Stream(stream) => pipes.open(stream).map(AnswerBody::Pipe),
        };
        match opened {
            Ok(body) => Self {
                route: head.source,
                status,
                content_type,
                headers,
                body,
            },
            Err(error) => {
                let error = RouteError::internal(format!("no pipe for a stream: {error}"));
                let envelope = envelope::error(&head, &error);
                Self::envelope(head.source, 500, envelope)
            }
        }
    }

    /// As [`of`](Self::of), for where only envelopes can go: bytes and streams are left to be
    /// fetched by a page of the window.
    pub fn in_envelope(response: Response, window: Entity, responses: &QueuedResponses) -> Self {
        let Response { head, reply } = response;
        let queued = match reply {
            Ok(Payload::Bytes(bytes)) => Ok(QueuedResponse::bytes(OCTET_STREAM, bytes)),
            Ok(Payload::Stream(stream)) => Ok(QueuedResponse {
                content_type: stream.content_type().into(),
                headers: Vec::new(),
                body: Body::Stream(stream),
            }),
            Ok(Payload::Queued(response)) => Ok(response),
            Ok(Payload::Json(json)) => Err(Ok(json)),
            // Pages do not ask for it.
            Ok(Payload::Value(_)) => Err(Err(RouteError::internal(
                "the answer is for the program alone",
            ))),
            Err(error) => Err(Err(error)),
        };
        let envelope = match queued {
            Err(Ok(json)) => envelope::data(&head, &json),
            Err(Err(error)) => envelope::error(&head, &error),
            Ok(response) => match responses.create(window, response) {
                Ok(id) => envelope::queued(&head, id),
                Err(error) => envelope::error(&head, &error),
            },
        };
        let Head { source, .. } = head;
        Self::envelope(source, 200, envelope)
    }
}
