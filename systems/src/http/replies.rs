//! The way of answers from the tick to the server's thread.
//!
//! A tick answers many requests. Waking the server for each would cost a system call each; so
//! answers are queued, and the server is woken for the first.

use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam::queue::SegQueue;
use oro_engine::request::Response;
use tokio::sync::{Notify, oneshot};

/// Answers on their way. There are never more than requests, which are limited.
#[derive(Default)]
pub(super) struct Replies {
    queue: SegQueue<(oneshot::Sender<Response>, Response)>,
    raised: AtomicBool,
    notify: Notify,
}

impl Replies {
    /// Sends an answer to whoever waits for it. From any thread.
    pub fn push(&self, to: oneshot::Sender<Response>, response: Response) {
        self.queue.push((to, response));
        if !self.raised.swap(true, Ordering::AcqRel) {
            self.notify.notify_one();
        }
    }

    /// Hands answers out, for as long as the server runs.
    pub async fn deliver(&self) {
        loop {
            self.notify.notified().await;
            // Lowered before the queue is drained: what comes meanwhile wakes once more.
            self.raised.store(false, Ordering::Release);
            while let Some((to, response)) = self.queue.pop() {
                // Who no longer waits has cancelled; dropping the answer stops its stream.
                let _ = to.send(response);
            }
        }
    }
}
