//! Bodies: of requests, collected within limits; of answers, whole or as they are made.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::StatusCode;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use oro_components::http::HttpLimits;
use oro_engine::cancel::CancelToken;
use oro_engine::error::RouteError;
use oro_engine::ingress::Ingress;
use oro_engine::stream::{ByteStream, Next};
use parking_lot::Mutex;
use tokio::time::{Instant, timeout_at};

use super::connection::Busy;

/// How long the rest of a refused body is read, so that its sender gets to read the answer.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// A share of the memory that all request bodies may take; given back when dropped.
pub(super) struct Share {
    used: Arc<AtomicUsize>,
    len: usize,
}

impl Share {
    pub fn new(used: &Arc<AtomicUsize>) -> Self {
        Self {
            used: Arc::clone(used),
            len: 0,
        }
    }

    fn grow(&mut self, by: usize, max: usize) -> bool {
        self.len += by;
        self.used.fetch_add(by, Relaxed) + by <= max
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.used.fetch_sub(self.len, Relaxed);
    }
}

/// Why a request body was not read.
pub(super) struct Unread {
    pub status: StatusCode,
    pub error: RouteError,
}

impl Unread {
    fn new(status: StatusCode, error: RouteError) -> Self {
        Self { status, error }
    }

    pub fn too_large(len: usize, max: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            RouteError::too_large(len, max),
        )
    }

    fn slow() -> Self {
        let error = RouteError::new("TimeoutError", "ETIMEDOUT", "the body did not come in time");
        Self::new(StatusCode::REQUEST_TIMEOUT, error)
    }
}

/// Reads a request's body to its end.
pub(super) async fn collect(
    incoming: &mut Incoming,
    max: usize,
    limits: &HttpLimits,
    share: &mut Share,
) -> Result<Bytes, Unread> {
    let last = Instant::now() + limits.body_total_timeout;
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    loop {
        let until = last.min(Instant::now() + limits.body_timeout);
        let frame = timeout_at(until, next(incoming))
            .await
            .map_err(|_| Unread::slow())?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|error| {
            let error = RouteError::invalid("body", &error.to_string());
            Unread::new(StatusCode::BAD_REQUEST, error)
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if !share.grow(data.len(), limits.bodies_max_bytes) {
            let error = RouteError::busy("bytes in request bodies", limits.bodies_max_bytes);
            return Err(Unread::new(StatusCode::TOO_MANY_REQUESTS, error));
        }
        if share.len > max {
            return Err(Unread::too_large(share.len, max));
        }
        if first.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                let expected = incoming.size_hint().lower().min(max as u64) as usize;
                rest.reserve(first.len() + data.len() + expected);
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() {
        first
    } else {
        rest.freeze()
    })
}

async fn next(incoming: &mut Incoming) -> Option<Result<Frame<Bytes>, hyper::Error>> {
    poll_fn(|cx| Pin::new(&mut *incoming).poll_frame(cx)).await
}

/// Throws the rest of a body away for a while. Closing a socket with unread bytes would reset the
/// connection and take the answer with it.
pub(super) async fn drain(mut incoming: Incoming) {
    let until = Instant::now() + DRAIN_MAX;
    while let Ok(Some(Ok(_))) = timeout_at(until, next(&mut incoming)).await {}
}

/// Cancels a request unless it was answered to its end.
pub(super) struct CancelGuard {
    ingress: Ingress,
    token: Option<CancelToken>,
}

impl CancelGuard {
    pub fn new(ingress: Ingress, token: CancelToken) -> Self {
        Self {
            ingress,
            token: Some(token),
        }
    }

    /// The request is answered.
    pub fn disarm(&mut self) {
        self.token = None;
    }
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        if let Some(token) = &self.token {
            self.ingress.cancel(token);
        }
    }
}

/// The body of an answer.
pub(super) enum AnswerBody {
    /// All of it.
    Whole(Bytes, Option<Busy>),
    /// Parts, as they are made.
    Parts(Parts),
}

/// A stream on its way out.
pub(super) struct Parts {
    stream: ByteStream,
    waker: Arc<Mutex<Option<Waker>>>,
    cancel: CancelGuard,
    _busy: Busy,
}

impl AnswerBody {
    pub fn stream(stream: ByteStream, cancel: CancelGuard, busy: Busy) -> Self {
        let waker = Arc::new(Mutex::new(None::<Waker>));
        let wake = Arc::clone(&waker);
        stream.on_data(move || {
            let waker = wake.lock().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        Self::Parts(Parts {
            stream,
            waker,
            cancel,
            _busy: busy,
        })
    }
}

impl Parts {
    fn poll(&mut self, cx: &Context<'_>) -> Poll<Option<Bytes>> {
        // Stored before the look, so that what comes after it wakes.
        *self.waker.lock() = Some(cx.waker().clone());
        match self.stream.next() {
            Next::Chunk(chunk) => Poll::Ready(Some(chunk)),
            Next::Empty => Poll::Pending,
            Next::End => {
                self.cancel.disarm();
                Poll::Ready(None)
            }
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let chunk = match &mut *self {
            Self::Whole(bytes, busy) => {
                drop(busy.take());
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then_some(bytes))
            }
            Self::Parts(parts) => parts.poll(cx),
        };
        chunk.map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes, _) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes, _) => SizeHint::with_exact(bytes.len() as u64),
            Self::Parts(_) => SizeHint::default(),
        }
    }
}
