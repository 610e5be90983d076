//! The server's thread: accepts connections and ends those that are too slow.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use oro_components::http::HttpLimits;
use oro_engine::event_loop::Loop;
use oro_engine::ingress::Ingress;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::Windows;
use super::admission::Rules;
use super::batch::{Arrivals, Replies};
use super::connection::{Connections, Member, Tracked};
use super::exchange::answer;

/// How long requests under way may take once the server closes.
const CLOSE_MAX: Duration = Duration::from_secs(1);
/// How often a closing server looks whether all is done.
const CLOSE_POLL: Duration = Duration::from_millis(10);
/// How long a connection must be quiet before a closing server ends it: its last answer may
/// still be in a buffer.
const QUIET: Duration = Duration::from_millis(50);
/// How long the rest of a malformed request is read.
const LINGER_MAX: Duration = Duration::from_secs(1);
/// The pause after the system had no file descriptor for a connection.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);
/// Connections that the system may hold until they are accepted.
const BACKLOG: i32 = 1024;

/// The answer to a connection for which there is no place.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    retry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// What the server and its requests share.
pub(super) struct Shared {
    pub rules: Rules,
    pub limits: HttpLimits,
    /// How long a route may take.
    pub timeout: Option<Duration>,
    /// The largest request body, in bytes.
    pub body_max: usize,
    pub ingress: Ingress,
    pub event_loop: Loop,
    pub windows: Windows,
    pub arrivals: Arrivals,
    pub replies: Arc<Replies>,
    /// Bytes of request bodies in memory.
    pub body_bytes: Arc<AtomicUsize>,
    closing: AtomicBool,
    close: Notify,
}

impl Shared {
    pub fn new(
        rules: Rules,
        limits: HttpLimits,
        timeout: Option<Duration>,
        body_max: usize,
        ingress: Ingress,
        event_loop: Loop,
        windows: Windows,
    ) -> Self {
        Self {
            rules,
            limits,
            timeout,
            body_max,
            ingress,
            event_loop,
            windows,
            arrivals: Arrivals::default(),
            replies: Arc::default(),
            body_bytes: Arc::default(),
            closing: AtomicBool::new(false),
            close: Notify::new(),
        }
    }

    /// Asks the server to end.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.close.notify_one();
    }

    /// Whether the server is about to end.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }
}

/// Starts the server's thread.
///
/// # Errors
/// The operating system's: no thread or no file descriptor is left.
pub(super) fn spawn(shared: Arc<Shared>, listener: TcpListener) -> io::Result<JoinHandle<()>> {
    #[cfg(unix)]
    rustix::net::listen(&listener, BACKLOG)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = {
        let _context = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    let serve = move || runtime.block_on(serve(shared, listener));
    std::thread::Builder::new()
        .name("oro-http".into())
        .spawn(serve)
}

async fn serve(shared: Arc<Shared>, listener: tokio::net::TcpListener) {
    let connections = Arc::new(Connections::new(shared.limits));
    let opened = Arc::new(Notify::new());
    let replies = Arc::clone(&shared.replies);
    tokio::spawn(async move { replies.deliver().await });
    let arrivals = Arc::clone(&shared);
    tokio::spawn(async move { arrivals.arrivals.submit_to(&arrivals.ingress).await });
    let watch = watch(Arc::clone(&connections), Arc::clone(&opened), shared.limits);
    let watch = tokio::spawn(watch);
    let accept = accept(
        Arc::clone(&shared),
        listener,
        Arc::clone(&connections),
        opened,
    );
    let accept = tokio::spawn(accept);
    shared.close.notified().await;
    accept.abort();
    watch.abort();
    let end = async {
        while connections.end_idle(QUIET) {
            sleep(CLOSE_POLL).await;
        }
    };
    // What is still open after that ends with the runtime.
    let _ = timeout(CLOSE_MAX, end).await;
}

async fn accept(
    shared: Arc<Shared>,
    listener: tokio::net::TcpListener,
    connections: Arc<Connections>,
    opened: Arc<Notify>,
) {
    let mut builder = http1::Builder::new();
    // Not `pipeline_flush`: with it, a body is buffered without a limit.
    builder
        .max_header_size(shared.limits.head_max_bytes)
        .max_headers(shared.limits.headers_max);
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                // Out of file descriptors, most likely: an idle connection may give one back.
                connections.sweep();
                sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let Some(member) = connections.admit() else {
            let _ = stream.try_write(FULL);
            continue;
        };
        let id = member.id;
        let task = tokio::spawn(connection(
            Arc::clone(&shared),
            builder.clone(),
            stream,
            member,
        ));
        connections.attach(id, task.abort_handle());
        opened.notify_one();
    }
}

async fn connection(
    shared: Arc<Shared>,
    builder: http1::Builder,
    stream: TcpStream,
    member: Member,
) {
    let io = TokioIo::new(Tracked::new(stream, Arc::clone(&member.activity)));
    let service = service_fn(|request| {
        let answer = answer(Arc::clone(&shared), Arc::clone(&member.activity), request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let mut connection = builder.serve_connection(io, service);
    if let Err(error) = (&mut connection).await {
        // The client left, or sent what is not HTTP; it has been told.
        tracing::debug!(%error, "a connection failed");
        if error.is_parse() {
            let _ = timeout(LINGER_MAX, linger(connection.into_parts().io.into_inner())).await;
        }
    }
}

/// Reads on for a moment after an error was told. Closing a socket with unread bytes would reset
/// the connection and take the answer with it.
async fn linger(mut stream: Tracked) {
    if stream.shutdown().await.is_ok() {
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    }
}

/// Ends slow connections. Sleeps while there are none.
async fn watch(connections: Arc<Connections>, opened: Arc<Notify>, limits: HttpLimits) {
    let period = limits.head_timeout.min(limits.write_timeout) / 4;
    loop {
        if connections.sweep() {
            sleep(period.max(CLOSE_POLL)).await;
        } else {
            opened.notified().await;
        }
    }
}
