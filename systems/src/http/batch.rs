//! Requests on their way to the tick, and answers on their way back, many at a time.
//!
//! A wake of another thread costs a system call on each side, more than the work for a small
//! request. So requests that arrive together are submitted together, and the answers of a tick are
//! handed over at its end, with one wake each.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam::queue::SegQueue;
use oro_engine::envelope::Wire;
use oro_engine::ingress::Ingress;
use oro_engine::request::{Request, Response};
use tokio::sync::{Notify, oneshot};

/// How often the sockets are looked at for one batch.
const GATHERED_MAX: usize = 8;

thread_local! {
    /// Whether this thread is in a tick, whose end will hand over what is answered in it.
    static IN_TICK: Cell<bool> = const { Cell::new(false) };
}

/// Items from tasks or threads to one task, which is woken for the first of many.
struct Batch<T> {
    queue: SegQueue<T>,
    raised: AtomicBool,
    notify: Notify,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self {
            queue: SegQueue::new(),
            raised: AtomicBool::new(false),
            notify: Notify::new(),
        }
    }
}

impl<T> Batch<T> {
    fn wake(&self) {
        if !self.raised.swap(true, Ordering::AcqRel) {
            self.notify.notify_one();
        }
    }

    /// Waits until there is something.
    async fn woken(&self) {
        self.notify.notified().await;
    }

    /// Takes what is there.
    fn drain(&self) -> impl Iterator<Item = T> {
        // Lowered before the queue is drained: what comes meanwhile wakes once more.
        self.raised.store(false, Ordering::Release);
        std::iter::from_fn(|| self.queue.pop())
    }
}

/// Requests that wait for the others that arrived with them.
#[derive(Default)]
pub(super) struct Arrivals(Batch<Request>);

impl Arrivals {
    /// Submits a request soon: once the connections that are ready now have been read.
    pub fn push(&self, request: Request) {
        self.0.queue.push(request);
        self.0.wake();
    }

    /// Submits requests, for as long as the server runs.
    pub async fn submit_to(&self, ingress: &Ingress) {
        loop {
            self.0.woken().await;
            self.gather().await;
            ingress.submit_all(self.0.drain());
        }
    }

    /// Looks at the sockets again for as long as that brings requests. A busy server makes fewer
    /// and larger batches so; to a lonely request it adds the time of one look.
    async fn gather(&self) {
        let mut before = self.0.queue.len();
        for _ in 0..GATHERED_MAX {
            tokio::task::yield_now().await;
            let now = self.0.queue.len();
            if now == before {
                break;
            }
            before = now;
        }
    }
}

/// Answers on their way. There are never more than requests, which are limited.
#[derive(Default)]
pub(super) struct Replies(Batch<(oneshot::Sender<Wire>, Wire)>);

impl Replies {
    /// Sends an answer to whoever waits for it. From any thread, which also encodes it: the
    /// server's own has the most to do.
    pub fn push(&self, to: oneshot::Sender<Wire>, response: Response) {
        self.0.queue.push((to, response.into()));
        if !IN_TICK.get() {
            self.0.wake();
        }
    }

    /// Hands answers out, for as long as the server runs.
    pub async fn deliver(&self) {
        loop {
            self.0.woken().await;
            for (to, answer) in self.0.drain() {
                // Who no longer waits has cancelled; dropping the answer stops its stream.
                drop(to.send(answer));
            }
        }
    }

    /// The end of a tick: hands over what was answered in it.
    pub fn end_tick(&self) {
        IN_TICK.set(false);
        if !self.0.queue.is_empty() {
            self.0.wake();
        }
    }
}

/// The begin of a tick, whose end calls [`Replies::end_tick`].
pub(super) fn begin_tick() {
    IN_TICK.set(true);
}
