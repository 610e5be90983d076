//! One connected document: reads its frames, makes requests of them, and writes answers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use oro_components::direct::Connected;
use oro_engine::bytes::Bytes;
use oro_engine::cancel::CancelToken;
use oro_engine::envelope::Body;
use oro_engine::error::RouteError;
use oro_engine::event_loop::Loop;
use oro_engine::frame::{
    self, Broken, FLAG_ADDRESS, FLAG_ATTACHED, FLAG_BYTES, FLAG_LAST, FLAG_SHARED, FLAG_STREAM,
    FLAG_SYNC, Header, Hello, INLINE_MAX, Kind,
};
use oro_engine::ingress::Ingress;
use oro_engine::queue::Queue;
use oro_engine::queued_response::QueuedResponse;
use oro_engine::reactor::Token;
use oro_engine::request::{Address, Client, Head, Params, Payload, Reply, Request};
use oro_engine::stream::{ByteStream, Next};

use super::body::{Bodies, WAITING_MAX};
use super::shared::Shared;
use super::socket::{Socket, open};

/// Calls of one document that may be open at once. Documents are told, and wait with more; those
/// of one that does not are refused.
const CALLS_MAX: usize = 131_072;
/// Bytes that may wait for a document before its requests are left in the kernel.
const QUEUED_MAX: usize = 8 << 20;
/// Bytes of a stream that travel before its reader must ask for more.
const STREAM_CREDIT: i64 = 1 << 20;
/// Bytes read from one document in one tick, so that a busy one leaves room for others.
const READ_MAX: usize = 4 << 20;

/// Answers on their way to a connection: at most one for each open call.
type Answers = Arc<Queue<(u32, Reply)>>;

/// A call that was not answered yet.
struct Open {
    cancel: CancelToken,
    /// Whether the document still wants the answer. One that it does not want counts as open until
    /// it is there.
    wanted: bool,
}

/// A connection to a document. Its entity is owned by the window once the document has said hello.
#[derive(Component)]
#[component(on_remove = disconnect)]
pub struct DirectClient {
    pub socket: Socket,
    pub token: Token,
    pub state: State,
    /// The kernel has, or may have, more to read.
    pub readable: bool,
    answers: Answers,
    bodies: Bodies,
    calls: HashMap<u32, Open>,
    streams: HashMap<u32, (ByteStream, i64)>,
    lost: u64,
    /// Bodies in shared memory that were taken since the document was last told.
    taken: u32,
    ingress: Ingress,
}

/// The window's page gets its events another way again, unless it has already connected anew.
fn disconnect(mut world: DeferredWorld<'_>, HookContext { entity, .. }: HookContext) {
    let client = world.get::<DirectClient>(entity);
    let Some(State::Open { window, main: true }) = client.map(|client| client.state) else {
        return;
    };
    if world.get::<Connected>(window) == Some(&Connected(entity)) {
        world.commands().entity(window).try_remove::<Connected>();
    }
}

impl Drop for DirectClient {
    /// The document is gone: nobody waits for its calls any more.
    fn drop(&mut self) {
        for call in self.calls.values() {
            self.ingress.cancel(&call.cancel);
        }
    }
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waiting for the hello.
    New,
    /// A document of this window.
    Open {
        /// The window.
        window: Entity,
        /// Whether it is the window's top document.
        main: bool,
    },
}

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
pub enum End {
    /// The document is gone, or the socket failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The peer does not keep to the protocol.
    #[error("broken peer: {0}")]
    Broken(#[from] Broken),
    /// An attached body is not what it should be.
    #[error("a body cannot be read: {0}")]
    Body(std::io::Error),
    /// The peer may not connect, or did not say hello first.
    #[error("refused: {0}")]
    Refused(&'static str),
}

/// What a connection needs of the World to turn frames into requests.
pub struct Context<'a> {
    pub ingress: &'a Ingress,
    pub names: &'a [&'static str],
    pub admit: &'a mut dyn FnMut(&Socket, &Hello) -> Result<Entity, &'static str>,
    pub welcome: &'a [u8],
}

impl DirectClient {
    pub fn new(socket: Socket, token: Token, ingress: Ingress) -> Self {
        Self {
            socket,
            token,
            state: State::New,
            readable: true,
            answers: Arc::new(Queue::new(CALLS_MAX)),
            bodies: Bodies::default(),
            calls: HashMap::new(),
            streams: HashMap::new(),
            lost: 0,
            taken: 0,
            ingress,
        }
    }

    /// Reads and handles what came. True when more may wait.
    pub fn receive(&mut self, context: &mut Context<'_>) -> Result<bool, End> {
        let mut total = 0;
        while self.readable && total < READ_MAX {
            if self.is_full(context.ingress) {
                return Ok(false); // the backlog must shrink first; the flush looks again
            }
            let before = self.socket.incoming.bytes().len();
            match self.socket.fill() {
                Ok(got) => self.readable = got,
                Err(error) => {
                    // What came before the end still counts.
                    self.handle(context)?;
                    return Err(error.into());
                }
            }
            total += self.socket.incoming.bytes().len() - before;
            self.handle(context)?;
        }
        Ok(self.readable)
    }

    fn handle(&mut self, context: &mut Context<'_>) -> Result<(), End> {
        // Out of the socket for the moment, because handling a frame writes to the socket.
        let (received, filled) = self.socket.incoming.take();
        let mut at = 0;
        let result = loop {
            match frame::read(&received[at..filled]) {
                Ok(Some((header, payload))) => {
                    at += frame::HEADER + payload.len();
                    if let Err(end) = self.frame(header, payload, context) {
                        break Err(end);
                    }
                }
                Ok(None) => break Ok(()),
                Err(broken) => break Err(broken.into()),
            }
        };
        self.socket.incoming.put_back(received, at);
        result?;
        // That of the frame which is still coming; a file comes with the first byte of its frame.
        match self.socket.incoming.files.len() {
            0 | 1 => Ok(()),
            more => Err(Broken::Files(more).into()),
        }
    }

    fn frame(
        &mut self,
        header: Header,
        payload: &[u8],
        context: &mut Context<'_>,
    ) -> Result<(), End> {
        match (self.state, header.kind) {
            (State::New, Kind::Hello) => {
                let hello = Hello::decode(payload)?;
                let window = (context.admit)(&self.socket, &hello).map_err(End::Refused)?;
                self.state = State::Open {
                    window,
                    main: hello.main,
                };
                self.socket.frame(Kind::Welcome, 0, 0, &[context.welcome]);
                self.share();
                Ok(())
            }
            (State::New, _) => Err(End::Refused("no hello")),
            (State::Open { window, .. }, Kind::Request) => {
                self.request(window, header, payload, context)
            }
            (State::Open { .. }, Kind::Cancel) => {
                self.streams.remove(&header.seq);
                if let Some(call) = self.calls.get_mut(&header.seq) {
                    call.wanted = false;
                    context.ingress.cancel(&call.cancel);
                }
                Ok(())
            }
            (State::Open { .. }, Kind::Credit) => {
                let bytes = payload.first_chunk::<4>().ok_or(Broken::TooShort)?;
                let bytes = u32::from_le_bytes(*bytes);
                if header.seq == 0 {
                    self.bodies.credit(&mut self.socket, bytes)?;
                } else if let Some((_, credit)) = self.streams.get_mut(&header.seq) {
                    *credit = (*credit + i64::from(bytes)).min(STREAM_CREDIT);
                }
                Ok(())
            }
            (State::Open { .. }, Kind::Taken) => {
                let count = payload.first_chunk::<4>().ok_or(Broken::TooShort)?;
                let count = u32::from_le_bytes(*count);
                Ok(self.bodies.taken(&mut self.socket, count)?)
            }
            (State::Open { .. }, kind) => Err(Broken::Kind(kind as u8).into()),
        }
    }

    /// Lends the document memory. Without it, bodies travel as files.
    fn share(&mut self) {
        match Shared::new() {
            Ok((shared, file)) => {
                self.bodies.shared = Some(shared);
                self.socket.send_file(Kind::Region, file);
            }
            Err(error) => tracing::warn!(%error, "no memory to share with a document"),
        }
    }

    /// Gives shared memory back that was not used for a while. When to look again.
    pub fn trim(&mut self, now: Duration) -> Option<Duration> {
        self.bodies.shared.as_mut()?.trim(now)
    }

    fn request(
        &mut self,
        window: Entity,
        header: Header,
        payload: &[u8],
        context: &mut Context<'_>,
    ) -> Result<(), End> {
        let seq = header.seq;
        let (params, rest) = frame::split_request(payload)?;
        let body = match self.attached(header, rest, context.ingress.body_max())? {
            Ok(body) => body,
            Err(error) => {
                self.error(seq, &error);
                return Ok(());
            }
        };
        let address = self
            .room()
            .and_then(|()| address(header, params, context.names));
        let address = match address {
            Ok(address) => address,
            Err(error) => {
                self.error(seq, &error);
                return Ok(());
            }
        };
        let answers = Arc::clone(&self.answers);
        let mut request = Request::new(address, Client::Window(window), move |response| {
            // There is room: each open call has one answer.
            let _ = answers.push((seq, response.reply));
        });
        if !params.is_empty() && header.flags & FLAG_ADDRESS == 0 {
            request.params = Params::Json(bytes::Bytes::copy_from_slice(params));
        }
        request.body = Bytes(body);
        if self.streams.contains_key(&seq) {
            return Err(Broken::Reused(seq).into());
        }
        match self.calls.entry(seq) {
            Entry::Occupied(_) => return Err(Broken::Reused(seq).into()),
            Entry::Vacant(entry) => entry.insert(Open {
                cancel: request.cancel.clone(),
                wanted: true,
            }),
        };
        context.ingress.submit_in_tick(request);
        Ok(())
    }

    /// Whether another call may be begun.
    fn room(&self) -> Result<(), RouteError> {
        if self.calls.len() >= CALLS_MAX {
            return Err(RouteError::busy("open calls", CALLS_MAX));
        }
        if self.bodies.is_full() {
            return Err(RouteError::busy("bytes of answers", WAITING_MAX));
        }
        Ok(())
    }

    /// The body of a request; or why there can be none, which only that request is told.
    fn attached(
        &mut self,
        header: Header,
        rest: &[u8],
        max: usize,
    ) -> Result<Result<bytes::Bytes, RouteError>, End> {
        if header.flags & FLAG_ATTACHED == 0 {
            return Ok(Ok(bytes::Bytes::copy_from_slice(rest)));
        }
        let len = usize::try_from(frame::attached_len(rest)?).unwrap_or(usize::MAX);
        if header.flags & FLAG_SHARED != 0 {
            let place = frame::shared_place(rest)?;
            let shared = self.bodies.shared.as_ref().ok_or(Broken::Place(place.0))?;
            self.taken += 1;
            if len > max {
                return Ok(Err(RouteError::too_large(len, max)));
            }
            return Ok(Ok(shared.read(place)?));
        }
        let file = self.socket.incoming.files.pop_front();
        let file = file.ok_or(Broken::TooShort)?;
        if len > max {
            return Ok(Err(RouteError::too_large(len, max)));
        }
        open(file, len).map(Ok).map_err(End::Body)
    }

    /// Queues the answers that are there, but for those that the document no longer wants.
    pub fn answer(&mut self, event_loop: &Loop) {
        while let Some((seq, reply)) = self.answers.pop() {
            if self.calls.remove(&seq).is_some_and(|call| call.wanted) {
                self.reply(seq, reply, event_loop);
            }
        }
    }

    fn reply(&mut self, seq: u32, reply: Reply, event_loop: &Loop) {
        match reply {
            Ok(Payload::Json(json)) => self.body(Kind::Response, 0, seq, json),
            Ok(
                Payload::Bytes(Bytes(bytes))
                | Payload::Queued(QueuedResponse {
                    body: Body::Bytes(bytes),
                    ..
                }),
            ) => self.body(Kind::Response, FLAG_BYTES, seq, bytes),
            Ok(
                Payload::Stream(stream)
                | Payload::Queued(QueuedResponse {
                    body: Body::Stream(stream),
                    ..
                }),
            ) => {
                let kind = stream.content_type().as_bytes();
                self.socket.frame(Kind::Response, FLAG_STREAM, seq, &[kind]);
                let event_loop = event_loop.clone();
                stream.on_data(move || event_loop.wake());
                self.streams.insert(seq, (stream, STREAM_CREDIT));
            }
            // Documents do not ask for it.
            Ok(Payload::Value(_)) => {
                let error = RouteError::internal("the answer is for the program alone");
                self.error(seq, &error);
            }
            Err(error) => self.error(seq, &error),
        }
    }

    fn error(&mut self, seq: u32, error: &RouteError) {
        let json = serde_json::to_vec(error).unwrap_or_default();
        self.body(Kind::Error, 0, seq, json);
    }

    /// Queues an answer of any size.
    fn body(
        &mut self,
        kind: Kind,
        flags: u8,
        seq: u32,
        body: impl Into<bytes::Bytes> + AsRef<[u8]>,
    ) {
        if body.as_ref().len() <= INLINE_MAX {
            self.socket.frame(kind, flags, seq, &[body.as_ref()]);
        } else {
            self.bodies
                .answer(&mut self.socket, (kind, flags, seq), body.into());
        }
    }

    /// Tells the document which of its bodies were taken, and moves what streams have into the
    /// socket, as far as their readers have room.
    pub fn pump(&mut self) {
        if self.taken > 0 {
            let taken = std::mem::take(&mut self.taken).to_le_bytes();
            self.socket.frame(Kind::Taken, 0, 0, &[&taken]);
        }
        let mut ended = Vec::new();
        for (seq, (stream, credit)) in &mut self.streams {
            while *credit > 0 && self.socket.queued() <= QUEUED_MAX {
                match stream.next() {
                    Next::Chunk(chunk) => {
                        *credit -= chunk.len() as i64;
                        for part in chunk.chunks(INLINE_MAX) {
                            self.socket.frame(Kind::Chunk, FLAG_BYTES, *seq, &[part]);
                        }
                    }
                    Next::Empty => break,
                    Next::End => {
                        ended.push(*seq);
                        break;
                    }
                }
            }
        }
        for seq in ended {
            self.streams.remove(&seq);
            self.socket
                .frame(Kind::Chunk, FLAG_BYTES | FLAG_LAST, seq, &[]);
        }
    }

    /// Queues events; a document that does not read loses them, and they are counted.
    pub fn emit(&mut self, json: Vec<u8>, count: u64) {
        let head = (Kind::Push, 0, 0);
        let sent = if json.len() > INLINE_MAX {
            self.bodies.emit(&mut self.socket, head, json.into())
        } else if self.socket.queued() > 2 * QUEUED_MAX {
            false
        } else {
            self.socket.frame(Kind::Push, 0, 0, &[&json]);
            true
        };
        if !sent {
            if self.lost == 0 {
                tracing::error!("a page does not read its events, some are lost");
            }
            self.lost += count;
        }
    }

    /// Whether its requests are left in the kernel: it must read its answers first, or the runtime
    /// must catch up with all documents.
    fn is_full(&self, ingress: &Ingress) -> bool {
        self.socket.queued() > QUEUED_MAX || 2 * ingress.queued() > ingress.queued_max()
    }

    /// Whether frames came that were left for later, and could be taken now.
    pub fn starved(&self, ingress: &Ingress) -> bool {
        self.readable && !self.is_full(ingress)
    }
}

/// What a request calls: by the number of its route, or by an address.
fn address(header: Header, params: &[u8], names: &[&'static str]) -> Result<Address, RouteError> {
    let sync = header.flags & FLAG_SYNC != 0;
    if header.flags & FLAG_ADDRESS != 0 {
        let invalid = |error: std::str::Utf8Error| RouteError::invalid("url", &error.to_string());
        let mut address = Address::parse(std::str::from_utf8(params).map_err(invalid)?)?;
        address.head.sync |= sync;
        return Ok(address);
    }
    let name = names.get(usize::from(header.route));
    let name = name.ok_or_else(|| RouteError::not_found(&format!("ipc:{}", header.route)))?;
    let head = Head {
        source: (*name).to_owned(),
        sync,
        ..Head::default()
    };
    Ok(Address {
        head,
        query: String::new(),
    })
}

/// The greeting: the names of all routes, whose places in the list are their numbers in requests,
/// and how many calls may be open.
pub fn welcome(names: &[&'static str]) -> Vec<u8> {
    let (version, calls) = (frame::VERSION, CALLS_MAX);
    let welcome = serde_json::json!({ "version": version, "routes": names, "calls": calls });
    welcome.to_string().into_bytes()
}
