//! Answers, in the terms of HTTP.

use bytes::Bytes;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONNECTION,
    CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use oro_engine::envelope::{self, Body as WireBody, JSON, OCTET_STREAM, Wire};
use oro_engine::request::Head;

use super::admission::{Refusal, VERBS};
use super::body::{AnswerBody, CancelGuard};
use super::connection::Busy;

const NO_WINDOW: HeaderName = HeaderName::from_static("x-ipc-no-window");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// An answer of this server.
pub(super) type Answer = Response<AnswerBody>;

fn whole(status: StatusCode, content_type: &str, body: impl Into<Bytes>, busy: Busy) -> Answer {
    let mut answer = Response::new(AnswerBody::Whole(body.into(), Some(busy)));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, header_of(content_type));
    answer
}

/// A content type as a header; what cannot be one says nothing.
fn header_of(content_type: &str) -> HeaderValue {
    let unknown = |_| HeaderValue::from_static(OCTET_STREAM);
    HeaderValue::from_str(content_type).unwrap_or_else(unknown)
}

/// The answer of a route. `cancel` stops a stream whose client leaves.
pub(super) fn of_route(wire: Wire, mut cancel: CancelGuard, busy: Busy) -> Answer {
    let status = match StatusCode::from_u16(wire.status) {
        // A request timed out inside of the runtime; over HTTP, 408 blames the client.
        Ok(StatusCode::REQUEST_TIMEOUT) => StatusCode::GATEWAY_TIMEOUT,
        Ok(status) => status,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut answer = match wire.body {
        WireBody::Bytes(bytes) => {
            cancel.disarm();
            whole(status, &wire.content_type, bytes, busy)
        }
        WireBody::Stream(stream) => {
            let mut answer = Response::new(AnswerBody::stream(stream, cancel, busy));
            *answer.status_mut() = status;
            let headers = answer.headers_mut();
            headers.insert(CONTENT_TYPE, header_of(&wire.content_type));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            answer
        }
    };
    if status == StatusCode::TOO_MANY_REQUESTS {
        answer
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}

/// The answer to a request that is refused.
pub(super) fn of_refusal(refusal: &Refusal, busy: Busy) -> Answer {
    let body = envelope::error(&refusal.head, &refusal.error);
    let mut answer = whole(refusal.status, JSON, body, busy);
    let header = match refusal.status {
        StatusCode::UNAUTHORIZED => Some((WWW_AUTHENTICATE, "X-ORO-Auth realm=\"ipc\"")),
        StatusCode::METHOD_NOT_ALLOWED => Some((ALLOW, VERBS)),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => Some((RETRY_AFTER, "1")),
        _ => None,
    };
    if let Some((name, value)) = header {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// The answer of a route that acts on a window, while there is none.
pub(super) fn no_window(head: &Head, busy: Busy) -> Answer {
    let mut answer = whole(StatusCode::OK, JSON, envelope::data(head, b"null"), busy);
    answer
        .headers_mut()
        .insert(NO_WINDOW, HeaderValue::from_static("1"));
    answer
}

/// The answer to a browser that asks whether it may call.
pub(super) fn preflight(busy: Busy) -> Answer {
    let mut answer = Response::new(AnswerBody::Whole(Bytes::new(), Some(busy)));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let headers = answer.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(VERBS));
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static(VERBS),
    );
    let names = "Content-Type, X-ORO-Auth, X-IPC-URI, X-IPC-Window-Index";
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(names),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    headers.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    answer
}

/// Lets pages of any origin read the answer.
pub(super) fn allow_cors(answer: &mut Answer) {
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let names = "X-IPC-No-Window, Retry-After";
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(names),
    );
}

/// Makes the answer the last one of its connection.
pub(super) fn close(answer: &mut Answer) {
    answer
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
}
