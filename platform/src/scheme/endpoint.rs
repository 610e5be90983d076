//! Endpoints: what a service answers at addresses of the app. Only its own pages reach them.

use std::rc::Rc;

use oro_components::endpoint::{
    BodyError, EndpointBody, EndpointRequest, EndpointResponder, EndpointResponse,
};
use oro_engine::cancel::CancelToken;
use oro_engine::stream::Pipes;
use webkit2gtk::{URISchemeRequest, URISchemeRequestExt};

use super::answer::AnswerBody;
use super::body::{self, read_marked};
use super::desk::Pending;
use super::ipc::{note_name, window_of};
use super::respond::Reply;
use crate::port::Message;
use crate::site::{Proof, TEXT, Target, query_and_key, target};
use crate::ui::Shared;

/// An answer on its way to the UI thread.
#[derive(Debug)]
pub(crate) struct EndpointAnswer {
    status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: AnswerBody,
}

impl EndpointAnswer {
    /// Called on the thread that made the response.
    fn of(response: EndpointResponse, pipes: &Pipes) -> Self {
        let EndpointResponse {
            status,
            content_type,
            headers,
            body,
        } = response;
        let opened = match body {
            EndpointBody::Bytes(bytes) => Ok(AnswerBody::Bytes(bytes)),
            EndpointBody::Stream(stream) => pipes.open(stream).map(AnswerBody::Pipe),
        };
        opened.map_or_else(
            |error| {
                tracing::error!(%error, "no pipe for a stream");
                Self::plain(503, "No pipe is left")
            },
            |body| Self {
                status,
                content_type,
                headers,
                body,
            },
        )
    }

    fn plain(status: u16, text: &'static str) -> Self {
        Self {
            status,
            content_type: TEXT,
            headers: Vec::new(),
            body: AnswerBody::Bytes(text.as_bytes().into()),
        }
    }
}

/// Takes a request over if it is for an endpoint.
pub(super) fn handle(shared: &Rc<Shared>, request: &URISchemeRequest, uri: &str) -> bool {
    let Some(endpoints) = &shared.parts.endpoints else {
        return false;
    };
    let Target::File(path) = target(uri, &shared.parts.config.bundle) else {
        return false;
    };
    let Some(path) = endpoints.below(path) else {
        return false;
    };
    let headers = request.http_headers();
    let header = |name: &str| headers.as_ref().and_then(|headers| headers.one(name));
    let (origin, mark) = (header("origin"), header("runtime-body"));
    let (query, key) = query_and_key(uri);
    let proof = Proof {
        origin: origin.as_deref(),
        mark: mark.as_deref(),
        key,
    };
    let window = window_of(shared, request.web_view());
    let is_own = proof.holds(&shared.origin, shared.parts.secrets());
    let Some(window) = window.filter(|_| is_own) else {
        finish(shared, request, EndpointAnswer::plain(403, "Forbidden"));
        return true;
    };
    let method = request.http_method().unwrap_or_else(|| "GET".into());
    // Another body than a marked one would end the process.
    let is_marked = mark.as_deref() == Some(shared.parts.mark.as_str());
    let has_body = matches!(method.as_str(), "POST" | "PUT" | "PATCH");
    let body = if has_body && is_marked {
        read_marked(request, endpoints.body_max()).map_err(|error| match error {
            body::BodyError::TooLarge(_) => BodyError::TooLarge,
            body::BodyError::Unreadable(reason) => BodyError::Unreadable(reason),
        })
    } else {
        Ok(Default::default())
    };
    let id = shared.desk.borrow_mut().reserve();
    let (port, pipes, cancel) = (
        shared.port.clone(),
        shared.parts.pipes.clone(),
        CancelToken::new(),
    );
    let pending = Pending::Scheme(request.clone(), None);
    let added = shared
        .desk
        .borrow_mut()
        .add(id, window, cancel.clone(), pending);
    if added.is_err() {
        finish(
            shared,
            request,
            EndpointAnswer::plain(429, "Too many requests"),
        );
        return true;
    }
    note_name(shared, request, id);
    let wanted = EndpointRequest {
        method: method.to_string(),
        path,
        query,
        content_type: header("content-type").map(|value| value.to_string()),
        body,
        window,
        cancel,
        responder: EndpointResponder::new(move |response| {
            port.send(Message::Endpoint(id, EndpointAnswer::of(response, &pipes)));
        }),
    };
    endpoints.submit(wanted);
    true
}

/// Answers a request with what its endpoint made. Only the app's own pages may read it.
pub(crate) fn finish(shared: &Shared, request: &URISchemeRequest, answer: EndpointAnswer) {
    let EndpointAnswer {
        status,
        content_type,
        headers,
        body,
    } = answer;
    let reply = match body {
        AnswerBody::Bytes(bytes) => Reply::bytes(status, content_type, bytes),
        AnswerBody::Pipe(pipe) => Reply::pipe(status, content_type, pipe),
    };
    reply
        .with_all(shared.parts.config.headers.clone())
        .with_all(headers)
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff")
        .finish(request);
}
