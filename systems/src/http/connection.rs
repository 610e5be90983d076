//! Connections: how many, what each is doing, and which must go.
//!
//! Slow clients are found by one watchdog instead of a timer for each step of each request.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use oro_components::http::HttpLimits;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

/// What a connection is doing. Times are milliseconds since the server's start.
#[derive(Default)]
pub(super) struct Activity {
    started: Option<Instant>,
    /// A request is under way, from its head to the last byte of its answer's body.
    busy: AtomicBool,
    /// When the connection was made, or bytes of an answer left last.
    quiet_since_ms: AtomicU64,
    /// Since when the client takes no more bytes; 0 while it does.
    stuck_since_ms: AtomicU64,
}

impl Activity {
    fn now_ms(&self) -> u64 {
        let elapsed = self.started.map(|started| started.elapsed().as_millis());
        elapsed.map_or(1, |elapsed| (elapsed as u64).max(1))
    }

    /// Marks the begin of a request; its end is the drop of the guard.
    pub fn begin(self: &Arc<Self>) -> Busy {
        self.busy.store(true, Relaxed);
        Busy(Arc::clone(self))
    }

    fn overdue(&self, now_ms: u64, limits: &HttpLimits) -> bool {
        let since =
            |since: u64, max: Duration| u128::from(now_ms - since.min(now_ms)) >= max.as_millis();
        let stuck = self.stuck_since_ms.load(Relaxed);
        if stuck != 0 {
            return since(stuck, limits.write_timeout);
        }
        !self.busy.load(Relaxed) && since(self.quiet_since_ms.load(Relaxed), limits.head_timeout)
    }
}

/// A request under way.
pub(super) struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.store(false, Relaxed);
    }
}

/// A socket that notes when its client takes bytes and when it does not.
pub(super) struct Tracked {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl Tracked {
    pub fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }

    fn note<T>(&self, written: Poll<T>) -> Poll<T> {
        let activity = &self.activity;
        if written.is_ready() {
            activity.quiet_since_ms.store(activity.now_ms(), Relaxed);
            activity.stuck_since_ms.store(0, Relaxed);
        } else if activity.stuck_since_ms.load(Relaxed) == 0 {
            activity.stuck_since_ms.store(activity.now_ms(), Relaxed);
        }
        written
    }
}

impl AsyncRead for Tracked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Tracked {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

struct Entry {
    activity: Arc<Activity>,
    /// None until the task is there.
    task: Option<AbortHandle>,
}

/// All connections.
pub(super) struct Connections {
    started: Instant,
    limits: HttpLimits,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last: u64,
    entries: HashMap<u64, Entry>,
}

impl Connections {
    pub fn new(limits: HttpLimits) -> Self {
        Self {
            started: Instant::now(),
            limits,
            open: Mutex::default(),
        }
    }

    /// Takes a connection in; if there are too many, in place of the one that is idle longest.
    /// `None` if all are busy.
    pub fn admit(self: &Arc<Self>) -> Option<Member> {
        let mut open = self.open.lock();
        if open.entries.len() >= self.limits.connections_max {
            let idle = open
                .entries
                .iter()
                .filter(|(_, entry)| !entry.activity.busy.load(Relaxed));
            let since = |entry: &Entry| entry.activity.quiet_since_ms.load(Relaxed);
            let oldest = idle
                .min_by_key(|(id, entry)| (since(entry), **id))
                .map(|(id, _)| *id)?;
            if let Some(task) = open.entries.remove(&oldest).and_then(|entry| entry.task) {
                task.abort();
            }
        }
        open.last += 1;
        let id = open.last;
        let activity = Arc::new(Activity {
            started: Some(self.started),
            ..Activity::default()
        });
        activity.quiet_since_ms.store(activity.now_ms(), Relaxed);
        open.entries.insert(
            id,
            Entry {
                activity: Arc::clone(&activity),
                task: None,
            },
        );
        Some(Member {
            id,
            activity,
            connections: Arc::clone(self),
        })
    }

    /// Says which task serves a connection, so that it can be ended.
    pub fn attach(&self, id: u64, task: AbortHandle) {
        if let Some(entry) = self.open.lock().entries.get_mut(&id) {
            entry.task = Some(task);
        }
    }

    /// Ends connections whose clients are too slow. False if there is no connection.
    pub fn sweep(&self) -> bool {
        self.end(|activity, now_ms| activity.overdue(now_ms, &self.limits))
    }

    /// Ends connections on which nothing is under way, except those that only just were quiet.
    /// False if there is no connection left.
    pub fn end_idle(&self, quiet: Duration) -> bool {
        self.end(|activity, now_ms| {
            let since = activity.quiet_since_ms.load(Relaxed);
            let idle = !activity.busy.load(Relaxed) && activity.stuck_since_ms.load(Relaxed) == 0;
            idle && u128::from(now_ms.saturating_sub(since)) >= quiet.as_millis()
        })
    }

    fn end(&self, which: impl Fn(&Activity, u64) -> bool) -> bool {
        let now_ms = self.started.elapsed().as_millis() as u64;
        let mut open = self.open.lock();
        open.entries.retain(|_, entry| {
            let end = which(&entry.activity, now_ms);
            if let (true, Some(task)) = (end, &entry.task) {
                task.abort();
            }
            !end
        });
        !open.entries.is_empty()
    }
}

/// A place among the connections, given back when dropped.
pub(super) struct Member {
    pub id: u64,
    pub activity: Arc<Activity>,
    connections: Arc<Connections>,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.connections.open.lock().entries.remove(&self.id);
    }
}
