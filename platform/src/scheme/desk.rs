//! Requests of pages that are not answered yet, and the secrets of their documents.

use std::collections::{HashMap, HashSet, VecDeque};

use bevy_ecs::entity::Entity;
use oro_engine::cancel::CancelToken;
use oro_engine::error::RouteError;
use oro_engine::id::Id;
use webkit2gtk::URISchemeRequest;

use crate::message::ScriptReply;
use crate::port::RequestId;

/// Requests of one window that may be open at once; more are refused with status 429.
pub(crate) const PENDING_MAX: usize = 131_072;
/// Documents of one window that call by script messages.
const CHANNELS_MAX: usize = 1024;
/// Messages of one document that wait for their replies; of more, the oldest get empty ones.
const PARKED_MAX: usize = 16;

/// A document with calls in script messages: its window, and the number that it gave itself.
pub(crate) type ChannelId = (Entity, u32);

/// Who waits for an answer.
pub(crate) enum Pending {
    /// A request of the `ipc:` scheme, or of a resource.
    Scheme(URISchemeRequest, Option<String>),
    /// A call in a script message, by the number that the document gave it.
    Message(ChannelId, u32),
}

struct Entry {
    window: Entity,
    cancel: CancelToken,
    pending: Pending,
    /// What its page calls it, to cancel it.
    name: Option<String>,
}

#[derive(Default)]
struct Document {
    secret: Option<String>,
    requests: HashSet<RequestId>,
    /// Requests by the names that their pages gave them, to be able to cancel them.
    names: HashMap<String, RequestId>,
    channels: HashMap<u32, Channel>,
}

/// The script messages of one document.
#[derive(Default)]
struct Channel {
    /// Messages that wait for their replies, the oldest first.
    parked: VecDeque<ScriptReply>,
    /// Calls without an answer.
    open: HashMap<u32, RequestId>,
    /// Answers to be sent: a JSON array without its end.
    ready: Vec<u8>,
    /// It is in the list of those that are due.
    listed: bool,
}

impl Channel {
    /// The replies that are to be sent now, with their texts.
    fn due(&mut self) -> Vec<(ScriptReply, String)> {
        let mut due = Vec::new();
        if !self.ready.is_empty()
            && let Some(reply) = self.parked.pop_front()
        {
            self.ready.push(b']');
            let text = String::from_utf8(std::mem::take(&mut self.ready));
            due.push((reply, text.unwrap_or_default()));
        }
        // With nothing to wait for, or many that wait, messages are answered with nothing.
        let keep = if self.open.is_empty() { 0 } else { PARKED_MAX };
        while self.parked.len() > keep
            && let Some(reply) = self.parked.pop_front()
        {
            due.push((reply, "[]".to_owned()));
        }
        due
    }
}

/// The open requests of all windows.
#[derive(Default)]
pub(crate) struct Desk {
    next: RequestId,
    entries: HashMap<RequestId, Entry>,
    documents: HashMap<Entity, Document>,
    by_view: HashMap<usize, Entity>,
    /// Channels that may have something to send.
    listed: Vec<ChannelId>,
}

impl Desk {
    /// Begins to serve a window; `view` is the address of its WebView.
    pub fn open(&mut self, window: Entity, view: usize) {
        self.by_view.insert(view, window);
        self.documents.insert(window, Document::default());
    }

    /// The window of a WebView.
    pub fn window(&self, view: usize) -> Option<Entity> {
        self.by_view.get(&view).copied()
    }

    /// An id for the next request; ids are never used again.
    pub fn reserve(&mut self) -> RequestId {
        self.next += 1;
        self.next
    }

    /// Notes a request.
    ///
    /// # Errors
    /// Gives it back if the window has too many open, or is gone.
    pub fn add(
        &mut self,
        id: RequestId,
        window: Entity,
        cancel: CancelToken,
        pending: Pending,
    ) -> Result<(), Pending> {
        let Some(document) = self.documents.get_mut(&window) else {
            return Err(pending);
        };
        if document.requests.len() >= PENDING_MAX {
            return Err(pending);
        }
        document.requests.insert(id);
        if let Pending::Message(channel, seq) = pending
            && let Some(channel) = self.channel(channel)
        {
            channel.open.insert(seq, id);
        }
        self.entries.insert(
            id,
            Entry {
                window,
                cancel,
                pending,
                name: None,
            },
        );
        Ok(())
    }

    /// Notes what a page calls a request that was added.
    pub fn name(&mut self, request: RequestId, name: String) {
        let Some(entry) = self.entries.get_mut(&request) else {
            return;
        };
        if let Some(document) = self.documents.get_mut(&entry.window) {
            document.names.insert(name.clone(), request);
            entry.name = Some(name);
        }
    }

    /// The token of a request by the name that its page gave it, if it is still open.
    pub fn named(&self, window: Entity, name: &str) -> Option<CancelToken> {
        let request = self.documents.get(&window)?.names.get(name)?;
        self.entries.get(request).map(|entry| entry.cancel.clone())
    }

    /// The calls in script messages of a document.
    fn channel(&mut self, (window, number): ChannelId) -> Option<&mut Channel> {
        let channels = &mut self.documents.get_mut(&window)?.channels;
        if channels.len() >= CHANNELS_MAX && !channels.contains_key(&number) {
            return None;
        }
        let channel = channels.entry(number).or_default();
        if !std::mem::replace(&mut channel.listed, true) {
            self.listed.push((window, number));
        }
        Some(channel)
    }

    /// Keeps a message until there is something to reply.
    ///
    /// # Errors
    /// Gives it back if the window is gone, or has too many documents that call.
    pub fn park(&mut self, channel: ChannelId, reply: ScriptReply) -> Result<(), ScriptReply> {
        match self.channel(channel) {
            Some(channel) => channel.parked.push_back(reply),
            None => return Err(reply),
        }
        Ok(())
    }

    /// Notes the answer to a call in a script message: its envelope.
    pub fn answer(&mut self, channel: ChannelId, seq: u32, envelope: &[u8]) {
        let Some(Channel { ready, open, .. }) = self.channel(channel) else {
            return;
        };
        open.remove(&seq);
        ready.push(if ready.is_empty() { b'[' } else { b',' });
        ready.extend_from_slice(format!("[{seq},").as_bytes());
        ready.extend_from_slice(envelope);
        ready.push(b']');
    }

    /// Forgets a call in a script message, whose answer nobody wants any more.
    pub fn cancel(&mut self, channel: ChannelId, seq: u32) -> Option<CancelToken> {
        let request = self.channel(channel)?.open.remove(&seq)?;
        self.remove(request).map(|entry| entry.cancel)
    }

    /// The replies to script messages that are to be sent now, with their texts.
    pub fn due(&mut self) -> Vec<(ScriptReply, String)> {
        let mut due = Vec::new();
        for (window, number) in std::mem::take(&mut self.listed) {
            let Some(document) = self.documents.get_mut(&window) else {
                continue;
            };
            let Some(channel) = document.channels.get_mut(&number) else {
                continue;
            };
            channel.listed = false;
            due.extend(channel.due());
            if channel.open.is_empty() && channel.ready.is_empty() {
                document.channels.remove(&number);
            }
        }
        due
    }

    /// Takes a request to answer it. `None` if its page is gone.
    pub fn take(&mut self, request: RequestId) -> Option<Pending> {
        self.remove(request).map(|entry| entry.pending)
    }

    fn remove(&mut self, request: RequestId) -> Option<Entry> {
        let entry = self.entries.remove(&request)?;
        if let Some(document) = self.documents.get_mut(&entry.window) {
            document.requests.remove(&request);
            if let Some(name) = &entry.name {
                document.names.remove(name);
            }
        }
        Some(entry)
    }

    /// Drops all that belongs to the document of a window, because another one takes its place.
    /// Returns the tokens of the calls that nobody waits for any more.
    pub fn clear(&mut self, window: Entity) -> Vec<CancelToken> {
        let Some(document) = self.documents.get_mut(&window) else {
            return Vec::new();
        };
        let Document { requests, .. } = std::mem::take(document);
        requests
            .iter()
            .filter_map(|id| self.entries.remove(id))
            .map(|e| e.cancel)
            .collect()
    }

    /// Stops serving a window.
    pub fn close(&mut self, window: Entity) -> Vec<CancelToken> {
        let cancelled = self.clear(window);
        self.documents.remove(&window);
        self.by_view.retain(|_, of| *of != window);
        cancelled
    }

    /// The secret of a window's document, made when it is first asked for. Frames of the same
    /// origin share it, since they can reach into each other anyway.
    pub fn secret(&mut self, window: Entity) -> Result<String, RouteError> {
        let document = self
            .documents
            .get_mut(&window)
            .ok_or_else(RouteError::aborted)?;
        if let Some(secret) = &document.secret {
            return Ok(secret.clone());
        }
        let random = || Id::random().map_err(|e| RouteError::internal(e.to_string()));
        let secret = format!("{:016x}{:016x}", random()?.0, random()?.0);
        Ok(document.secret.insert(secret).clone())
    }

    /// Whether `secret` is that of the window's document. Takes the same time for every guess.
    pub fn knows(&self, window: Entity, secret: &str) -> bool {
        let Some(own) = self
            .documents
            .get(&window)
            .and_then(|d| d.secret.as_deref())
        else {
            return false;
        };
        let pairs = own.bytes().zip(secret.bytes());
        own.len() == secret.len() && pairs.fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_ends_with_its_document() {
        let mut desk = Desk::default();
        let window = Entity::from_raw_u32(1).unwrap_or(Entity::PLACEHOLDER);
        assert!(desk.secret(window).is_err());
        assert!(!desk.knows(window, ""));
        desk.open(window, 7);
        assert!(!desk.knows(window, ""));
        let first = desk.secret(window).unwrap_or_default();
        assert_eq!(first.len(), 32);
        assert_eq!(desk.secret(window).as_ref(), Ok(&first));
        assert!(desk.knows(window, &first));
        assert!(!desk.knows(window, &first[1..]));
        desk.clear(window);
        assert!(!desk.knows(window, &first));
        assert_ne!(desk.secret(window).unwrap_or_default(), first);
        desk.close(window);
        assert_eq!((desk.window(7), desk.secret(window).is_err()), (None, true));
    }
}
