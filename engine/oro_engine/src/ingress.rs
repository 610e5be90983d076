//! Where requests enter, from any thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bevy_ecs::prelude::Resource;
use crossbeam::channel;
use serde::Serialize;
use serde_json::Value;

use crate::bytes::Bytes;
use crate::cancel::CancelToken;
use crate::error::RouteError;
use crate::queue::Queue;
use crate::reactor::Waker;
use crate::request::{Address, Client, Request, Response};
use crate::route::{RawCall, Route};
use crate::router::{Entry, Handler, OutputKind, RouteMeta, RouteTable};

/// The entrance for requests. Clones are handles to the same queue.
///
/// Refusals (unknown route, denied permission, body too large, queue full) and pure routes are
/// answered on the spot, on the caller's thread; everything else is queued for the tick.
#[derive(Resource, Clone)]
pub struct Ingress(Arc<Shared>);

struct Shared {
    table: OnceLock<RouteTable>,
    queue: Queue<(usize, Request)>,
    cancelled: AtomicBool,
    closed: AtomicBool,
    waker: Waker,
    body_max: usize,
}

impl Ingress {
    pub(crate) fn new(waker: Waker, queued_max: usize, body_max: usize) -> Self {
        Self(Arc::new(Shared {
            table: OnceLock::new(),
            queue: Queue::new(queued_max),
            cancelled: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            waker,
            body_max,
        }))
    }

    /// Makes the table final. Requests that came before are refused as aborted.
    pub(crate) fn open(&self, table: RouteTable) {
        // A second call would come from a second `finish`, which bevy does not make.
        let _ = self.0.table.set(table);
    }

    pub(crate) fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        while self.0.queue.pop().is_some() {}
    }

    /// Takes a request in. Its responder is called exactly once, now or later, here or on the
    /// runtime thread.
    pub fn submit(&self, request: Request) {
        if self.enqueue(request) {
            self.0.waker.wake();
        }
    }

    /// As [`submit`](Self::submit) for each of many, with one wake.
    pub fn submit_all(&self, requests: impl IntoIterator<Item = Request>) {
        let mut queued = false;
        for request in requests {
            queued |= self.enqueue(request);
        }
        if queued {
            self.0.waker.wake();
        }
    }

    /// As [`submit`](Self::submit), for transports that run in the tick before
    /// [`DispatchSystems::Route`](crate::tick::DispatchSystems::Route): the loop is awake already.
    pub fn submit_in_tick(&self, request: Request) {
        self.enqueue(request);
    }

    /// True if the request waits for the tick now.
    fn enqueue(&self, request: Request) -> bool {
        let Some(table) = self.0.table.get() else {
            return false; // dropping it answers
        };
        let at = match self.gate(table, &request) {
            Ok(at) => at,
            Err(error) => {
                request.responder.send(Err(error));
                return false;
            }
        };
        if let Some(Entry {
            handler: Handler::Pure(function),
            ..
        }) = table.get(at)
        {
            let (raw, responder) = RawCall::new(request);
            responder.send(function(raw));
            return false;
        }
        if self.0.closed.load(Ordering::Acquire) {
            return false; // dropping it answers
        }
        match self.0.queue.push((at, request)) {
            Ok(()) => true,
            Err((_, request)) => {
                let busy = RouteError::busy("requests", self.queued_max());
                request.responder.send(Err(busy));
                false
            }
        }
    }

    /// The one gate that every request passes before it costs anything.
    fn gate(&self, table: &RouteTable, request: &Request) -> Result<usize, RouteError> {
        let head = request.head();
        let not_found = || {
            let has_address = !head.url.is_empty();
            RouteError::not_found(if has_address { &head.url } else { &head.source })
        };
        let at = table.find(&head.source).ok_or_else(not_found)?;
        let entry = table.get(at).ok_or_else(not_found)?;
        if matches!(request.client, Client::Http(_)) && entry.internal {
            return Err(not_found());
        }
        if let Some(refusal) = &entry.refusal {
            return Err(refusal.clone());
        }
        if head.sync && entry.meta.output == OutputKind::Stream {
            return Err(RouteError::unsupported(format!(
                "`{}` answers with a stream, which cannot be waited for",
                entry.meta.name
            )));
        }
        if request.body.len() > self.0.body_max {
            return Err(RouteError::too_large(request.body.len(), self.0.body_max));
        }
        Ok(at)
    }

    /// Calls a route from Rust with its own struct, with the host's rights. `respond` gets the
    /// route's own output, once, as with [`submit`](Self::submit); nothing of it becomes JSON.
    /// What is returned cancels the call, by [`cancel`](Self::cancel).
    pub fn invoke<R: Route + Sync>(
        &self,
        params: R,
        body: Bytes,
        respond: impl FnOnce(Result<R::Output, RouteError>) + Send + Sync + 'static,
    ) -> CancelToken {
        let request = Request::typed::<R>(params, body, respond);
        let cancel = request.cancel.clone();
        self.submit(request);
        cancel
    }

    /// Calls a route from Rust, with the host's rights. JSON parameters only.
    pub fn call(&self, route: &str, params: &impl Serialize) -> Answer {
        let (tx, rx) = channel::bounded(1);
        let cancel = CancelToken::new();
        let send = move |response| drop(tx.send(response));
        match (
            Address::parse(&format!("ipc://{route}")),
            serde_json::to_vec(params),
        ) {
            (Ok(address), Ok(json)) => {
                let mut request = Request::new(address, Client::Host, send);
                request.cancel = cancel.clone();
                self.submit(request.with_body(crate::envelope::JSON, json.into()));
            }
            (Err(error), _) => send(Response {
                head: Default::default(),
                reply: Err(error),
            }),
            (_, Err(error)) => {
                let error = RouteError::invalid("params", &error.to_string());
                send(Response {
                    head: Default::default(),
                    reply: Err(error),
                });
            }
        }
        Answer {
            rx,
            cancel,
            ingress: self.clone(),
        }
    }

    /// Tells the runtime that `cancel` was cancelled, so that the request is dropped soon.
    pub fn cancel(&self, cancel: &CancelToken) {
        cancel.cancel();
        self.0.cancelled.store(true, Ordering::Release);
        self.0.waker.wake();
    }

    /// What is known of a route, by its name in any case. `None` before the app is built.
    #[must_use]
    pub fn route(&self, name: &str) -> Option<&RouteMeta> {
        let table = self.0.table.get()?;
        table.get(table.find(name)?).map(|entry| &entry.meta)
    }

    /// Whether a route answers with something else than JSON. Unknown routes answer with JSON.
    #[must_use]
    pub fn is_binary(&self, name: &str) -> bool {
        self.route(name)
            .is_some_and(|meta| meta.output != OutputKind::Json)
    }

    /// How many requests wait for the tick.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.0.queue.len()
    }

    /// How many requests may wait.
    #[must_use]
    pub fn queued_max(&self) -> usize {
        self.0.queue.max()
    }

    /// The largest body that a request may carry, in bytes.
    #[must_use]
    pub fn body_max(&self) -> usize {
        self.0.body_max
    }

    pub(crate) fn has_requests(&self) -> bool {
        !self.0.queue.is_empty()
    }

    pub(crate) fn pop(&self) -> Option<(usize, Request)> {
        self.0.queue.pop()
    }

    pub(crate) fn entry(&self, at: usize) -> Option<&Entry> {
        self.0.table.get()?.get(at)
    }

    pub(crate) fn wake(&self) {
        self.0.waker.wake();
    }

    pub(crate) fn take_cancelled(&self) -> bool {
        self.0.cancelled.swap(false, Ordering::AcqRel)
    }
}

/// The answer to a call from Rust. Dropping it cancels the call.
pub struct Answer {
    rx: channel::Receiver<Response>,
    cancel: CancelToken,
    ingress: Ingress,
}

impl Answer {
    /// The answer, if it is there.
    pub fn try_take(&self) -> Option<Response> {
        self.rx.try_recv().ok()
    }

    /// Waits for the answer. Not for the thread that runs the tick, which would wait for itself.
    ///
    /// # Errors
    /// `TimeoutError` if there is none in time; else the route's own error.
    pub fn wait(self, timeout: Duration) -> Result<Value, RouteError> {
        match self.rx.recv_timeout(timeout) {
            Ok(response) => response.into_json(),
            Err(_) => Err(RouteError::timeout(timeout.as_millis() as u64)),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if self.rx.is_empty() {
            self.ingress.cancel(&self.cancel);
        }
    }
}
