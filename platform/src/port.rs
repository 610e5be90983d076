//! The way into the UI thread, for all other threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

#[cfg(all(target_os = "linux", not(feature = "portable")))]
use oro_components::resource::ResourceResponse;
use oro_engine::queue::Queue;
use tao::event_loop::EventLoopProxy;

#[cfg(all(target_os = "linux", not(feature = "portable")))]
use crate::scheme::{Answer, EndpointAnswer};

/// Names a request of a page, on the UI thread.
#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub(crate) type RequestId = u64;

/// Messages that may wait. There is at most one for each pending request, besides a few.
const MESSAGES_MAX: usize = 262_144;

/// What other threads tell the UI thread, besides commands about windows.
#[derive(Debug)]
pub(crate) enum Message {
    /// The answer to a request of a page.
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    Answer(RequestId, Answer),
    /// The answer of an endpoint.
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    Endpoint(RequestId, EndpointAnswer),
    /// A resource was read.
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    Resource(RequestId, ResourceResponse),
    /// The World has ended.
    Quit,
}

#[derive(Debug)]
struct Shared {
    messages: Queue<Message>,
    raised: AtomicBool,
    proxy: OnceLock<EventLoopProxy<()>>,
}

/// A handle of the UI thread's queue.
#[derive(Clone, Debug)]
pub(crate) struct Port(Arc<Shared>);

impl Port {
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            messages: Queue::new(MESSAGES_MAX),
            raised: AtomicBool::new(false),
            proxy: OnceLock::new(),
        }))
    }

    /// Says how the UI thread is woken. What came before is found by its first round.
    pub fn attach(&self, proxy: EventLoopProxy<()>) {
        let _ = self.0.proxy.set(proxy);
        self.wake();
    }

    /// Makes the UI thread look at its queues. Wakes that come before it has looked are one.
    pub fn wake(&self) {
        let Some(proxy) = self.0.proxy.get() else {
            return;
        };
        if !self.0.raised.swap(true, Ordering::AcqRel) && proxy.send_event(()).is_err() {
            tracing::debug!("the UI thread has ended");
        }
    }

    /// Called by the UI thread before it looks at its queues.
    pub fn lower(&self) {
        self.0.raised.store(false, Ordering::Release);
    }

    pub fn send(&self, message: Message) {
        if let Err(lost) = self.0.messages.push(message) {
            tracing::error!(?lost, "the UI thread does not read its messages");
        }
        self.wake();
    }

    pub fn next(&self) -> Option<Message> {
        self.0.messages.pop()
    }
}
