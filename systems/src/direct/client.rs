//! One connected document: reads its frames, makes requests of them, and writes answers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bevy_ecs::prelude::*;
use oro_engine::bytes::Bytes;
use oro_engine::cancel::CancelToken;
use oro_engine::error::RouteError;
use oro_engine::event_loop::Loop;
use oro_engine::frame::{
    self, Broken, FLAG_ATTACHED, FLAG_BYTES, FLAG_LAST, FLAG_STREAM, FLAG_SYNC, Header, Hello,
    INLINE_MAX, Kind,
};
use oro_engine::ingress::Ingress;
use oro_engine::reactor::Token;
use oro_engine::request::{Address, Client, Head, Params, Payload, Reply, Request};
use oro_engine::stream::{ByteStream, Next};

use super::Answers;
use super::socket::{Socket, open};

/// Calls of one document that may be open at once; more are refused.
const CALLS_MAX: usize = 131_072;
/// Bytes that may wait for a document before its requests are left in the kernel.
const QUEUED_MAX: usize = 8 << 20;
/// Bytes of a stream that travel before its reader must ask for more.
const STREAM_CREDIT: i64 = 1 << 20;
/// Bytes read from one document in one tick, so that a busy one leaves room for others.
const READ_MAX: usize = 4 << 20;

/// A connection to a document. Its entity is owned by the window once the document has said hello.
#[derive(Component)]
pub struct DirectClient {
    pub socket: Socket,
    pub token: Token,
    pub state: State,
    /// The kernel has, or may have, more to read.
    pub readable: bool,
    calls: HashMap<u32, CancelToken>,
    streams: HashMap<u32, (ByteStream, i64)>,
    lost: u64,
    ingress: Ingress,
}

impl Drop for DirectClient {
    /// The document is gone: nobody waits for its calls any more.
    fn drop(&mut self) {
        for cancel in self.calls.values() {
            self.ingress.cancel(cancel);
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
    /// The peer may not connect, or did not say hello first.
    #[error("refused: {0}")]
    Refused(&'static str),
}

/// What a connection needs of the World to turn frames into requests.
pub struct Context<'a> {
    pub ingress: &'a Ingress,
    pub answers: &'a Answers,
    pub names: &'a [&'static str],
    pub admit: &'a mut dyn FnMut(&Hello) -> Result<Entity, &'static str>,
    pub welcome: &'a [u8],
}

impl DirectClient {
    pub fn new(socket: Socket, token: Token, ingress: Ingress) -> Self {
        Self {
            socket,
            token,
            state: State::New,
            readable: true,
            calls: HashMap::new(),
            streams: HashMap::new(),
            lost: 0,
            ingress,
        }
    }

    /// Reads and handles what came. True when more may wait.
    pub fn receive(&mut self, me: Entity, context: &mut Context<'_>) -> Result<bool, End> {
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
                    self.handle(me, context)?;
                    return Err(error.into());
                }
            }
            total += self.socket.incoming.bytes().len() - before;
            self.handle(me, context)?;
        }
        Ok(self.readable)
    }

    fn handle(&mut self, me: Entity, context: &mut Context<'_>) -> Result<(), End> {
        // Out of the socket for the moment, because handling a frame writes to the socket.
        let (received, filled) = self.socket.incoming.take();
        let mut at = 0;
        let result = loop {
            match frame::read(&received[at..filled]) {
                Ok(Some((header, payload))) => {
                    at += frame::HEADER + payload.len();
                    if let Err(end) = self.frame(me, header, payload, context) {
                        break Err(end);
                    }
                }
                Ok(None) => break Ok(()),
                Err(broken) => break Err(broken.into()),
            }
        };
        self.socket.incoming.put_back(received, at);
        result
    }

    fn frame(
        &mut self,
        me: Entity,
        header: Header,
        payload: &[u8],
        context: &mut Context<'_>,
    ) -> Result<(), End> {
        match (self.state, header.kind) {
            (State::New, Kind::Hello) => {
                let hello = Hello::decode(payload)?;
                let window = (context.admit)(&hello).map_err(End::Refused)?;
                self.state = State::Open {
                    window,
                    main: hello.main,
                };
                self.socket.body(Kind::Welcome, 0, 0, context.welcome)?;
                Ok(())
            }
            (State::New, _) => Err(End::Refused("no hello")),
            (State::Open { window, .. }, Kind::Request) => {
                self.request(me, window, header, payload, context)
            }
            (State::Open { .. }, Kind::Cancel) => {
                self.streams.remove(&header.seq);
                if let Some(cancel) = self.calls.remove(&header.seq) {
                    context.ingress.cancel(&cancel);
                }
                Ok(())
            }
            (State::Open { .. }, Kind::Credit) => {
                let bytes = payload.first_chunk::<4>().ok_or(Broken::TooShort)?;
                if let Some((_, credit)) = self.streams.get_mut(&header.seq) {
                    *credit = (*credit + i64::from(u32::from_le_bytes(*bytes))).min(STREAM_CREDIT);
                }
                Ok(())
            }
            (State::Open { .. }, kind) => Err(Broken::Kind(kind as u8).into()),
        }
    }

    fn request(
        &mut self,
        me: Entity,
        window: Entity,
        header: Header,
        payload: &[u8],
        context: &mut Context<'_>,
    ) -> Result<(), End> {
        let (params, rest) = frame::split_request(payload)?;
        let body = if header.flags & FLAG_ATTACHED == 0 {
            bytes::Bytes::copy_from_slice(rest)
        } else {
            let len = frame::attached_len(rest)?;
            let file = self.socket.incoming.files.pop_front();
            let file = file.ok_or(Broken::TooShort)?;
            open(file, len, context.ingress.body_max())?
        };
        let seq = header.seq;
        let Some(name) = context.names.get(usize::from(header.route)) else {
            let error = RouteError::not_found(&format!("ipc:{}", header.route));
            return self.error(seq, &error);
        };
        if self.calls.len() >= CALLS_MAX {
            return self.error(seq, &RouteError::busy("open calls", CALLS_MAX));
        }
        let head = Head {
            source: (*name).to_owned(),
            sync: header.flags & FLAG_SYNC != 0,
            ..Head::default()
        };
        let address = Address {
            head,
            query: String::new(),
        };
        let answers = context.answers.clone();
        let mut request = Request::new(address, Client::Window(window), move |response| {
            answers.push(me, seq, response.reply);
        });
        if !params.is_empty() {
            request.params = Params::Json(bytes::Bytes::copy_from_slice(params));
        }
        request.body = Bytes(body);
        if self.streams.contains_key(&seq) {
            return Err(Broken::Reused(seq).into());
        }
        match self.calls.entry(seq) {
            Entry::Occupied(_) => return Err(Broken::Reused(seq).into()),
            Entry::Vacant(entry) => entry.insert(request.cancel.clone()),
        };
        context.ingress.submit_in_tick(request);
        Ok(())
    }

    /// Queues the answer to a call, unless the document has cancelled it.
    pub fn answer(&mut self, seq: u32, reply: Reply, event_loop: &Loop) -> Result<(), End> {
        if self.calls.remove(&seq).is_none() {
            return Ok(());
        }
        match reply {
            Ok(Payload::Json(json)) => self.socket.body(Kind::Response, 0, seq, &json)?,
            Ok(Payload::Bytes(bytes)) => {
                self.socket.body(Kind::Response, FLAG_BYTES, seq, &bytes)?;
            }
            Ok(Payload::Stream(stream)) => {
                let kind = stream.content_type().as_bytes();
                self.socket.frame(Kind::Response, FLAG_STREAM, seq, &[kind]);
                let event_loop = event_loop.clone();
                stream.on_data(move || event_loop.wake());
                self.streams.insert(seq, (stream, STREAM_CREDIT));
            }
            // Documents do not ask for it.
            Ok(Payload::Value(_)) => {
                let error = RouteError::internal("the answer is for the program alone");
                self.error(seq, &error)?;
            }
            Err(error) => self.error(seq, &error)?,
        }
        Ok(())
    }

    fn error(&mut self, seq: u32, error: &RouteError) -> Result<(), End> {
        let json = serde_json::to_vec(error).unwrap_or_default();
        Ok(self.socket.body(Kind::Error, 0, seq, &json)?)
    }

    /// Moves what streams have into the socket, as far as their readers have room.
    pub fn pump(&mut self) -> Result<(), End> {
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
        Ok(())
    }

    /// Queues events; a document that does not read loses them, and they are counted.
    pub fn emit(&mut self, json: &[u8], count: u64) -> Result<(), End> {
        if self.socket.queued() > 2 * QUEUED_MAX {
            if self.lost == 0 {
                tracing::error!("a page does not read its events, some are lost");
            }
            self.lost += count;
            return Ok(());
        }
        Ok(self.socket.body(Kind::Push, 0, 0, json)?)
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

/// The greeting: the names of all routes, whose places in the list are their numbers in requests.
pub fn welcome(names: &[&'static str]) -> Vec<u8> {
    let welcome = serde_json::json!({ "version": frame::VERSION, "routes": names });
    welcome.to_string().into_bytes()
}
