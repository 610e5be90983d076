//! One request and its answer.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, EXPECT};
use hyper::http::request::Parts;
use hyper::{Request as HttpRequest, StatusCode};
use oro_engine::error::RouteError;
use oro_engine::event_loop::LoopState;
use oro_engine::request::{Address, Client, Head, Request};
use tokio::sync::oneshot;

use super::admission::{Admission, Refusal};
use super::body::{CancelGuard, Share, Unread, collect, drain};
use super::connection::{Activity, Busy};
use super::response::{self, Answer};
use super::server::Shared;

/// Routes that are answered while the app is paused; others would wait, which an HTTP client
/// takes for a failure.
const WHILE_PAUSED: [&str; 2] = ["ping", "diagnostics.query"];

/// Answers a request.
pub(super) async fn answer(
    shared: Arc<Shared>,
    activity: Arc<Activity>,
    request: HttpRequest<Incoming>,
) -> Answer {
    let busy = activity.begin();
    let (parts, mut incoming) = request.into_parts();
    let mut answer = match shared.rules.admit(&parts) {
        Ok(Admission::Preflight) => response::preflight(busy),
        Ok(Admission::Call(address, index)) => {
            call(&shared, &parts, &mut incoming, address, index, busy).await
        }
        Err(refusal) => response::of_refusal(&refusal, busy),
    };
    if shared.rules.cors {
        response::allow_cors(&mut answer);
    }
    if !incoming.is_end_stream() {
        // A body that nobody read. A client that waits to be asked for it is not asked.
        response::close(&mut answer);
        if !parts.headers.contains_key(EXPECT) {
            tokio::spawn(drain(incoming));
        }
    }
    if shared.is_closing() {
        response::close(&mut answer);
    }
    answer
}

async fn call(
    shared: &Arc<Shared>,
    parts: &Parts,
    incoming: &mut Incoming,
    mut address: Address,
    index: Option<u32>,
    busy: Busy,
) -> Answer {
    let client = match shared.client(&mut address.head, index) {
        Ok(client) => client,
        Err(refusal) => return response::of_refusal(&refusal, busy),
    };
    let route = shared.ingress.route(&address.head.source);
    if route.is_some_and(|route| route.window) && shared.windows.0.read().is_empty() {
        return response::no_window(&address.head, busy);
    }
    if let Err(refusal) = shared.check_running(&address.head) {
        return response::of_refusal(&refusal, busy);
    }
    let mut share = Share::new(&shared.body_bytes);
    let body = if incoming.is_end_stream() {
        Ok(bytes::Bytes::new())
    } else {
        read(shared, incoming, &mut share).await
    };
    let body = match body {
        Ok(body) => body,
        Err(Unread { status, error }) => {
            return response::of_refusal(&Refusal::new(address.head, status, error), busy);
        }
    };
    let (sender, receiver) = oneshot::channel();
    let replies = Arc::clone(&shared.replies);
    let send = move |response| replies.push(sender, response);
    let mut request = Request::new(address, client, send);
    if !body.is_empty() {
        let content_type = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        request = request.with_body(content_type.unwrap_or_default(), body);
    }
    // Dropped with this future when the client leaves, which cancels the request.
    let cancel = CancelGuard::new(shared.ingress.clone(), request.cancel.clone());
    shared.arrivals.push(request);
    match shared.within_timeout(receiver).await {
        Some(Ok(wire)) => response::of_route(wire, cancel, busy),
        Some(Err(_)) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            response::of_refusal(&shared.late(parts, status, RouteError::aborted()), busy)
        }
        None => {
            let waited_ms = shared.timeout.unwrap_or(Duration::MAX).as_millis();
            let error = RouteError::timeout(u64::try_from(waited_ms).unwrap_or(u64::MAX));
            let refusal = shared.late(parts, StatusCode::GATEWAY_TIMEOUT, error);
            response::of_refusal(&refusal, busy)
        }
    }
}

async fn read(
    shared: &Shared,
    incoming: &mut Incoming,
    share: &mut Share,
) -> Result<bytes::Bytes, Unread> {
    let declared = incoming.size_hint().exact().unwrap_or(0);
    let declared = usize::try_from(declared).unwrap_or(usize::MAX);
    if declared > shared.body_max {
        return Err(Unread::too_large(declared, shared.body_max));
    }
    collect(incoming, shared.body_max, &shared.limits, share).await
}

impl Shared {
    /// Who asks: another process, for the window that it chose, or the first one.
    fn client(&self, head: &mut Head, index: Option<u32>) -> Result<Client, Refusal> {
        let named = index.or(head.index);
        let window = self.windows.0.read().get(&named.unwrap_or(0)).copied();
        if let (Some(index), None) = (index, window) {
            let mut error = RouteError::not_found(&head.url);
            error.message = format!("window {index} not found");
            let error = error.with("index", index);
            return Err(Refusal::new(
                std::mem::take(head),
                StatusCode::NOT_FOUND,
                error,
            ));
        }
        head.index = named;
        Ok(Client::Http(window))
    }

    /// Refuses a request that was submitted. Its address went with it and is read again, because
    /// this is rare and a copy for each request is not free.
    fn late(&self, parts: &Parts, status: StatusCode, error: RouteError) -> Refusal {
        let head = match self.rules.admit(parts) {
            Ok(Admission::Call(address, _)) => address.head,
            _ => Head::default(),
        };
        Refusal::new(head, status, error)
    }

    fn check_running(&self, head: &Head) -> Result<(), Refusal> {
        let state = self.event_loop.state();
        if !matches!(
            state,
            LoopState::Paused | LoopState::Stopped | LoopState::Shutdown
        ) {
            return Ok(());
        }
        let anyway = WHILE_PAUSED
            .iter()
            .any(|name| head.source.eq_ignore_ascii_case(name));
        if anyway && state == LoopState::Paused {
            return Ok(());
        }
        let error = RouteError::new("InvalidStateError", "EAGAIN", "the application is paused");
        Err(Refusal::new(
            head.clone(),
            StatusCode::SERVICE_UNAVAILABLE,
            error,
        ))
    }

    /// `None` after the configured time.
    async fn within_timeout<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        match self.timeout {
            Some(timeout) => tokio::time::timeout(timeout, future).await.ok(),
            None => Some(future.await),
        }
    }
}
