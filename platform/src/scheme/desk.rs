//! Requests of pages that are not answered yet, and the secrets of their documents.

use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;

use bevy_ecs::entity::Entity;
use oro_engine::bytes::Bytes;
use oro_engine::cancel::CancelToken;
use oro_engine::envelope::{self, Body, JSON, Wire};
use oro_engine::error::RouteError;
use oro_engine::id::Id;
use oro_engine::request::Response;
use oro_engine::stream::Pipes;
use webkit2gtk::URISchemeRequest;

use crate::message::ScriptReply;
use crate::port::RequestId;

/// Requests of one window that may be open at once; more are refused with status 429.
pub(crate) const PENDING_MAX: usize = 131_072;

/// An answer on its way to the UI thread.
#[derive(Debug)]
pub(crate) struct Answer {
    pub route: String,
    pub status: u16,
    pub content_type: &'static str,
    pub body: AnswerBody,
}

#[derive(Debug)]
pub(crate) enum AnswerBody {
    Bytes(Bytes),
    Pipe(OwnedFd),
}

impl Answer {
    /// Brings a response into its form on the wire. Called on the thread that made the response.
    pub fn of(response: Response, pipes: &Pipes) -> Self {
        let head = response.head.clone();
        let Wire {
            status,
            content_type,
            body,
        } = Wire::from(response);
        let opened = match body {
            Body::Bytes(bytes) => Ok(AnswerBody::Bytes(bytes.into())),
            Body::Stream(stream) => pipes.open(stream).map(AnswerBody::Pipe),
        };
        let route = head.source.clone();
        match opened {
            Ok(body) => Self {
                route,
                status,
                content_type,
                body,
            },
            Err(error) => {
                let error = RouteError::internal(format!("no pipe for a stream: {error}"));
                let body = AnswerBody::Bytes(envelope::error(&head, &error).into());
                Self {
                    route,
                    status: 500,
                    content_type: JSON,
                    body,
                }
            }
        }
    }
}

/// Who waits for an answer.
pub(crate) enum Pending {
    /// A request of the `ipc:` scheme, or of a resource.
    Scheme(URISchemeRequest, Option<String>),
    /// A script message.
    Message(ScriptReply),
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
    names: HashMap<String, RequestId>,
}

/// The open requests of all windows.
#[derive(Default)]
pub(crate) struct Desk {
    next: RequestId,
    entries: HashMap<RequestId, Entry>,
    documents: HashMap<Entity, Document>,
    by_view: HashMap<usize, Entity>,
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

    /// Takes a request to answer it. `None` if its page is gone.
    pub fn take(&mut self, request: RequestId) -> Option<Pending> {
        let entry = self.entries.remove(&request)?;
        if let Some(document) = self.documents.get_mut(&entry.window) {
            document.requests.remove(&request);
            if let Some(name) = &entry.name {
                document.names.remove(name);
            }
        }
        Some(entry.pending)
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
