//! Answers that are bodies still being made: a bounded queue of byte chunks between a producer
//! (a job or a system) and a transport.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use bevy_app::App;
use parking_lot::{Condvar, Mutex};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer, ser};

use crate::cancel::CancelToken;
use crate::envelope::OCTET_STREAM;

/// Bytes that may wait in a stream before its producer must.
const QUEUED_BYTES_MAX: usize = 1 << 20;

#[derive(Default)]
struct State {
    chunks: VecDeque<::bytes::Bytes>,
    bytes: usize,
    finished: bool,
    closed: bool,
    notify: Option<Arc<dyn Fn() + Send + Sync>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    room: Condvar,
}

/// The reader is gone; what was written is lost and writing more is pointless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reader of the stream is gone")]
pub struct Closed;

/// Makes a stream. `cancel` turns true when the reader leaves, so that a producer which is not
/// writing at that moment notices too.
#[must_use]
pub fn byte_stream(content_type: &'static str, cancel: CancelToken) -> (StreamWriter, ByteStream) {
    let shared = Arc::new(Shared::default());
    let stream = ByteStream {
        shared: Arc::clone(&shared),
        content_type,
        cancel,
    };
    (StreamWriter { shared }, stream)
}

/// The producer's end. Dropping it ends the stream.
pub struct StreamWriter {
    shared: Arc<Shared>,
}

impl StreamWriter {
    /// Appends a chunk; waits while too many bytes are queued. For jobs, not for systems.
    ///
    /// # Errors
    /// When the reader is gone.
    pub fn write(&self, chunk: impl Into<::bytes::Bytes>) -> Result<(), Closed> {
        let mut state = self.shared.state.lock();
        while state.bytes >= QUEUED_BYTES_MAX && !state.closed {
            self.shared.room.wait(&mut state);
        }
        Self::push(state, chunk.into())
    }

    /// Appends a chunk if there is room, else gives it back. For systems.
    ///
    /// # Errors
    /// When the reader is gone.
    pub fn try_write(&self, chunk: ::bytes::Bytes) -> Result<Option<::bytes::Bytes>, Closed> {
        let state = self.shared.state.lock();
        if state.bytes >= QUEUED_BYTES_MAX && !state.closed {
            return Ok(Some(chunk));
        }
        Self::push(state, chunk).map(|()| None)
    }

    fn push(
        mut state: parking_lot::MutexGuard<'_, State>,
        chunk: ::bytes::Bytes,
    ) -> Result<(), Closed> {
        if state.closed {
            return Err(Closed);
        }
        state.bytes += chunk.len();
        state.chunks.push_back(chunk);
        notify(state);
        Ok(())
    }

    /// Whether the reader is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.state.lock().closed
    }
}

/// Tells the transport, outside of the lock.
fn notify(state: parking_lot::MutexGuard<'_, State>) {
    let notify = state.notify.clone();
    drop(state);
    if let Some(notify) = notify {
        notify();
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.finished = true;
        notify(state);
    }
}

/// What a transport finds in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next bytes.
    Chunk(::bytes::Bytes),
    /// Nothing yet; the notification comes when there is.
    Empty,
    /// All was read.
    End,
}

/// The transport's end, and a route's output. Dropping it stops the producer.
pub struct ByteStream {
    shared: Arc<Shared>,
    content_type: &'static str,
    cancel: CancelToken,
}

impl ByteStream {
    /// What the bytes are.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Calls `notify` from the producer's thread whenever there is something new. It must be
    /// short. Called once at once if there is something already.
    pub fn on_data(&self, notify: impl Fn() + Send + Sync + 'static) {
        let mut state = self.shared.state.lock();
        state.notify = Some(Arc::new(notify));
        if state.finished || !state.chunks.is_empty() {
            self::notify(state);
        }
    }

    /// Takes the next chunk without waiting.
    #[must_use]
    pub fn next(&self) -> Next {
        let mut state = self.shared.state.lock();
        match state.chunks.pop_front() {
            Some(chunk) => {
                state.bytes -= chunk.len();
                self.shared.room.notify_one();
                Next::Chunk(chunk)
            }
            None if state.finished => Next::End,
            None => Next::Empty,
        }
    }
}

impl Drop for ByteStream {
    fn drop(&mut self) {
        self.cancel.cancel();
        let mut state = self.shared.state.lock();
        state.closed = true;
        state.chunks.clear();
        self.shared.room.notify_all();
    }
}

impl std::fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByteStream")
            .field("content_type", &self.content_type)
            .finish()
    }
}

impl Serialize for ByteStream {
    /// Always fails: a stream is the whole result of a route.
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(
            "a stream must be the whole result of a route",
        ))
    }
}

impl JsonSchema for ByteStream {
    fn schema_name() -> Cow<'static, str> {
        "ByteStream".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "contentMediaType": OCTET_STREAM, "x-stream": true })
    }
}

#[cfg(unix)]
pub use pipe::Pipes;

/// Adds what moves streams into pipes.
pub(crate) fn build(app: &mut App) {
    #[cfg(unix)]
    pipe::build(app);
    #[cfg(not(unix))]
    let _ = app;
}

#[cfg(unix)]
mod pipe {
    //! Streams that leave through an operating-system pipe: what a WebView reads a response from.

    use std::io::{self, Write};
    use std::os::fd::OwnedFd;
    use std::sync::Arc;

    use bevy_app::App;
    use bevy_ecs::prelude::*;
    use mio::unix::pipe::{self, Sender};

    use super::{ByteStream, Next};
    use crate::queue::Queue;
    use crate::reactor::{Interest, Reactor, Token, Waker};
    use crate::tick::{AfterTick, EmitSystems, Tick};

    /// Streams that may wait for the tick that takes them over.
    const INCOMING_MAX: usize = 4096;

    /// Turns streams into pipes. Clones are handles, for any thread.
    #[derive(Resource, Clone)]
    pub struct Pipes {
        incoming: Arc<Queue<(ByteStream, Sender)>>,
        waker: Waker,
    }

    impl Pipes {
        /// A pipe to read the stream from. Its end is the stream's end; closing it stops the
        /// producer.
        ///
        /// # Errors
        /// If the operating system has no pipe left, or too many streams wait.
        pub fn open(&self, stream: ByteStream) -> io::Result<OwnedFd> {
            let (sender, receiver) = pipe::new()?;
            receiver.set_nonblocking(false)?;
            let full = |_| io::Error::other("too many streams are being opened");
            self.incoming.push((stream, sender)).map_err(full)?;
            self.waker.wake();
            Ok(receiver.into())
        }
    }

    /// A stream on its way into a pipe.
    #[derive(Component)]
    struct PipeStream {
        stream: ByteStream,
        sender: Sender,
        token: Token,
        left: ::bytes::Bytes,
    }

    pub(super) fn build(app: &mut App) {
        let waker = app.world().resource::<Reactor>().waker();
        let incoming = Arc::new(Queue::new(INCOMING_MAX));
        // In `Emit`, because streams keep flowing while the app is paused.
        let adopt = adopt.in_set(EmitSystems::Flush).run_if(any_incoming);
        app.insert_resource(Pipes { incoming, waker })
            .add_systems(Tick, adopt)
            .add_systems(AfterTick, flush.run_if(any_with_component::<PipeStream>));
    }

    fn any_incoming(pipes: Res<Pipes>) -> bool {
        !pipes.incoming.is_empty()
    }

    fn adopt(pipes: Res<Pipes>, mut reactor: ResMut<Reactor>, mut commands: Commands) {
        while let Some((stream, mut sender)) = pipes.incoming.pop() {
            let token = match reactor.register(&mut sender, Interest::WRITABLE) {
                Ok(token) => token,
                Err(error) => {
                    tracing::error!(%error, "cannot wait for a pipe");
                    continue;
                }
            };
            let waker = pipes.waker.clone();
            stream.on_data(move || waker.wake());
            commands.spawn(PipeStream {
                stream,
                sender,
                token,
                left: ::bytes::Bytes::new(),
            });
        }
    }

    fn flush(
        mut streams: Query<(Entity, &mut PipeStream)>,
        reactor: Res<Reactor>,
        mut commands: Commands,
    ) {
        // A reader that leaves is noticed although nothing is written.
        let closed = reactor.ready().iter().filter(|ready| ready.closed);
        let closed: Vec<Token> = closed.map(|ready| ready.token).collect();
        for (entity, mut stream) in &mut streams {
            if closed.contains(&stream.token) || !matches!(stream.write(), Ok(true)) {
                commands.entity(entity).despawn();
            }
        }
    }

    impl PipeStream {
        /// Writes until the pipe is full or the stream is empty. False at the end.
        fn write(&mut self) -> io::Result<bool> {
            loop {
                if self.left.is_empty() {
                    match self.stream.next() {
                        Next::Chunk(chunk) => self.left = chunk,
                        Next::Empty => return Ok(true),
                        Next::End => return Ok(false),
                    }
                }
                match self.sender.write(&self.left) {
                    Ok(written) => drop(self.left.split_to(written)),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
