//! The `ipc:` scheme: calls of pages, by fetch, XHR (synchronous, too) and EventSource.
//!
//! The request's `Origin` must be exactly that of the app. A missing one is refused, too: frames
//! of other origins send none with images, scripts and frames, and no call of ours lacks it.

use std::rc::Rc;

use bevy_ecs::entity::Entity;
use gtk::glib::translate::ToGlibPtr;
use oro_engine::envelope;
use oro_engine::error::RouteError;
use oro_engine::request::{Address, Client, Head, Payload, Request, Response};
use serde_json::json;
use webkit2gtk::{URISchemeRequest, URISchemeRequestExt, WebView};

use super::answer::{Answer, AnswerBody};
use super::body::{BodyError, read_marked};
use super::desk::{PENDING_MAX, Pending};
use super::respond::Reply;
use crate::port::{Message, RequestId};
use crate::ui::Shared;

/// The route that hands out the secret of the script-message channel, and the mark of bodies to
/// workers without preload.
const SESSION: &str = "internal.session";
/// The route by which the preload tells that a page has given a request up. WebKit does not tell
/// before there is an answer.
const CANCEL: &str = "internal.cancel";

/// Longest name of a request.
const NAME_BYTES_MAX: usize = 64;

/// The headers of answers that scripts may read.
const EXPOSED: &str = "content-type, content-length, runtime-route";

pub(super) fn handle(shared: &Rc<Shared>, request: &URISchemeRequest) {
    tracing::debug!(uri = request.uri().as_deref(), "a page asks");
    let uri = request.uri().unwrap_or_default();
    match accept(shared, request, &uri) {
        Ok(Some((window, id, call))) => submit(shared, request, window, id, call),
        Ok(None) => {}
        Err((status, error)) => refuse(shared, request, &uri, status, &error),
    }
}

type Refusal = (u16, RouteError);

/// The window of a WebView's address, if it is one of ours.
pub(super) fn window_of(shared: &Shared, view: Option<WebView>) -> Option<Entity> {
    let view = view?;
    let pointer: *mut webkit2gtk::ffi::WebKitWebView = view.to_glib_none().0;
    shared.desk.borrow().window(pointer as usize)
}

/// Checks a request and reads it; what needs no route is answered here.
fn accept(
    shared: &Rc<Shared>,
    request: &URISchemeRequest,
    uri: &str,
) -> Result<Option<(Entity, RequestId, Request)>, Refusal> {
    let headers = request.http_headers();
    let header = |name: &str| headers.as_ref().and_then(|headers| headers.one(name));
    let origin = header("origin");
    if origin.as_deref() != Some(shared.origin.as_str()) {
        let from = origin.as_deref().unwrap_or("a page without origin");
        return Err((
            403,
            RouteError::security(format!("{from} may not call routes")),
        ));
    }
    let method = request.http_method().unwrap_or_else(|| "GET".into());
    if method == "OPTIONS" {
        let reply = Reply::bytes(204, "text/plain", Vec::new());
        common(reply, &shared.origin)
            .with(
                "access-control-allow-methods",
                "GET, POST, PUT, PATCH, DELETE, HEAD",
            )
            .with(
                "access-control-allow-headers",
                "*, content-type, runtime-body",
            )
            .finish(request);
        return Ok(None);
    }
    let Some(window) = window_of(shared, request.web_view()) else {
        return Err((403, RouteError::security("the caller belongs to no window")));
    };
    let address = Address::parse(uri).map_err(|error| (400, error))?;
    if address.head.source.eq_ignore_ascii_case(SESSION) {
        let secret = shared.desk.borrow_mut().secret(window);
        let session = |secret| json!({ "secret": secret, "mark": shared.parts.mark });
        let reply = secret.and_then(|secret| Payload::json(&session(secret)));
        let answer = Answer::of(
            Response {
                head: address.head,
                reply,
            },
            &shared.parts.pipes,
        );
        finish(shared, request, answer);
        return Ok(None);
    }
    if address.head.source.eq_ignore_ascii_case(CANCEL) {
        cancel(shared, window, &address.query);
        let reply = Reply::bytes(204, "text/plain", Vec::new());
        common(reply, &shared.origin).finish(request);
        return Ok(None);
    }
    let mut body = None;
    if matches!(method.as_str(), "POST" | "PUT" | "PATCH") {
        let mark = header("runtime-body").unwrap_or_default();
        if mark.is_empty() || mark != shared.parts.mark {
            let message = "the body was not read by the preload";
            return Err((415, RouteError::unsupported_body(message)));
        }
        let max = shared.parts.config.body_max;
        body = Some(read_marked(request, max).map_err(|error| match error {
            BodyError::TooLarge(len) => (413, RouteError::too_large(len, max)),
            BodyError::Unreadable(reason) => (400, RouteError::invalid("body", &reason)),
        })?);
    }
    let pipes = shared.parts.pipes.clone();
    let (id, mut call) = shared.call(window, address, move |response| {
        Answer::of(response, &pipes)
    });
    if let Some(body) = body {
        call = call.with_body(&header("content-type").unwrap_or_default(), body.0);
    }
    Ok(Some((window, id, call)))
}

/// Cancels a request by the name that its page gave it.
fn cancel(shared: &Shared, window: Entity, query: &str) {
    let name = query.strip_prefix("request=").unwrap_or_default();
    let cancel = shared.desk.borrow().named(window, name);
    if let Some(cancel) = cancel {
        shared.parts.ingress.cancel(&cancel);
    }
}

/// Notes the name of a request that its page may give up.
pub(super) fn note_name(shared: &Shared, request: &URISchemeRequest, id: RequestId) {
    let headers = request.http_headers();
    let name = headers.and_then(|headers| headers.one("runtime-request"));
    if let Some(name) = name.filter(|name| name.len() <= NAME_BYTES_MAX) {
        shared.desk.borrow_mut().name(id, name.to_string());
    }
}

fn submit(
    shared: &Rc<Shared>,
    request: &URISchemeRequest,
    window: Entity,
    id: RequestId,
    call: Request,
) {
    let pending = Pending::Scheme(request.clone(), None);
    let cancel = call.cancel.clone();
    let added = shared.desk.borrow_mut().add(id, window, cancel, pending);
    if added.is_err() {
        let busy = RouteError::busy("open requests", PENDING_MAX);
        refuse(shared, request, &call.head().url, busy.status, &busy);
        return;
    }
    note_name(shared, request, id);
    shared.parts.ingress.submit(call);
    // A refusal or a pure route was answered at once.
    shared.deliver();
}

fn refuse(shared: &Shared, request: &URISchemeRequest, uri: &str, status: u16, error: &RouteError) {
    let head = Address::parse(uri).map_or_else(
        |_| Head {
            seq: "0".into(),
            ..Head::default()
        },
        |address| address.head,
    );
    let envelope = envelope::error(&head, error);
    finish(
        shared,
        request,
        Answer::envelope(head.source, status, envelope),
    );
}

/// Answers a request with what its route made.
pub(crate) fn finish(shared: &Shared, request: &URISchemeRequest, answer: Answer) {
    let Answer {
        route,
        status,
        content_type,
        headers,
        body,
    } = answer;
    let reply = match body {
        AnswerBody::Bytes(bytes) => {
            let len = bytes.len().to_string();
            Reply::bytes(status, &content_type, bytes).with("content-length", len)
        }
        AnswerBody::Pipe(pipe) => Reply::pipe(status, &content_type, pipe),
    };
    common(reply, &shared.origin)
        .with("runtime-route", route)
        .with_all(headers)
        .finish(request);
}

fn common(reply: Reply, origin: &str) -> Reply {
    reply
        .with("access-control-allow-origin", origin)
        .with("access-control-allow-credentials", "true")
        .with("access-control-expose-headers", EXPOSED)
        .with("cache-control", "no-store")
        .with("vary", "Origin")
}

impl Shared {
    /// A call whose answer comes back to the desk, under the id that comes with it, as `form`
    /// makes it on the thread that has answered.
    pub(crate) fn call(
        &self,
        window: Entity,
        address: Address,
        form: impl FnOnce(Response) -> Answer + Send + Sync + 'static,
    ) -> (RequestId, Request) {
        let port = self.port.clone();
        let id = self.desk.borrow_mut().reserve();
        let call = Request::new(address, Client::Window(window), move |response| {
            port.send(Message::Answer(id, form(response)));
        });
        (id, call)
    }
}
