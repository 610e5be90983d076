//! The direct bridge: what the World, the UI thread and web processes agree on.
//!
//! A web process that WebKit starts for us gets the path of a socket and a token. Each document of
//! the application connects with them, past WebKit's own channels.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bevy_ecs::prelude::*;
use oro_engine::frame::TOKEN;
use oro_engine::id::Id;

/// The number by which both WebKit processes know a window's page.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebPage(pub u64);

/// Marks a window whose top document is connected directly, by this connection: the page gets its
/// events that way.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connected(pub Entity);

/// Web processes that may live at once, each with a token.
const TOKENS_MAX: usize = 256;

/// Who may connect. Clones are handles, for any thread.
#[derive(Resource, Clone, Debug)]
pub struct DirectAccess(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    socket: PathBuf,
    tokens: Mutex<Tokens>,
}

#[derive(Debug, Default)]
struct Tokens {
    /// The process that used a token first; no other may.
    owners: HashMap<[u8; TOKEN], Option<i32>>,
    /// In the order of their making, so that the oldest is forgotten first.
    order: std::collections::VecDeque<[u8; TOKEN]>,
}

impl DirectAccess {
    /// Access by way of the socket at `socket`, which has no tokens yet.
    #[must_use]
    pub fn new(socket: PathBuf) -> Self {
        Self(Arc::new(Shared {
            socket,
            tokens: Mutex::default(),
        }))
    }

    /// Where to connect.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.0.socket
    }

    /// Makes a token for one web process, as hexadecimal digits.
    ///
    /// # Errors
    /// If the operating system has no random bytes to give.
    pub fn issue(&self) -> io::Result<String> {
        let mut token = [0; TOKEN];
        for part in token.chunks_exact_mut(size_of::<u64>()) {
            let random = Id::random().map_err(|error| io::Error::other(error.to_string()))?;
            part.copy_from_slice(&random.0.to_le_bytes());
        }
        let mut tokens = self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.order.len() >= TOKENS_MAX
            && let Some(oldest) = tokens.order.pop_front()
        {
            tokens.owners.remove(&oldest);
        }
        tokens.owners.insert(token, None);
        tokens.order.push_back(token);
        Ok(token.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Whether process `pid` may use this token. The first process that does owns it.
    #[must_use]
    pub fn admits(&self, token: &[u8; TOKEN], pid: i32) -> bool {
        let mut tokens = self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.owners.get_mut(token) {
            Some(owner) => *owner.get_or_insert(pid) == pid,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_the_process_that_used_it_first() -> io::Result<()> {
        let access = DirectAccess::new(PathBuf::from("/nowhere"));
        let hex = access.issue()?;
        let mut token = [0; TOKEN];
        for (at, byte) in token.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap_or_default();
        }
        assert!(!access.admits(&[7; TOKEN], 1), "a made-up token");
        assert!(access.admits(&token, 1) && access.admits(&token, 1));
        assert!(!access.admits(&token, 2), "another process");
        for _ in 0..TOKENS_MAX {
            access.issue()?;
        }
        assert!(!access.admits(&token, 1), "old tokens are forgotten");
        Ok(())
    }
}
