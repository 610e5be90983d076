//! Bodies too large for a frame, on their way to a document: no more of them than it takes.
//!
//! They go through the memory that is shared with the document, as far as that has room. Else each
//! becomes a memory file when its turn comes. A document says which of them it has taken, and what
//! is above its credit waits here, as the bytes that the route gave.

use std::collections::VecDeque;

use bytes::Bytes;
use oro_engine::frame::{
    BODIES_MAX, BODIES_TAKEN, Broken, FLAG_ATTACHED, FLAG_SHARED, Kind, body_cost,
};

use super::shared::Shared;
use super::socket::Socket;

/// Bytes that may wait for a document's credit before its calls are refused.
pub const WAITING_MAX: usize = 256 << 20;
/// Bytes of events that may be on their way to a document that does not take them.
const EVENTS_MAX: usize = 32 << 20;

/// A frame without its body.
type Head = (Kind, u8, u32);

/// What the document has not taken yet.
struct Owed {
    cost: u64,
    /// Bytes, if it is of events.
    events: usize,
}

/// The bodies of one document.
#[derive(Default)]
pub struct Bodies {
    owed: VecDeque<Owed>,
    cost: u64,
    events: usize,
    waiting: VecDeque<(Head, Bytes)>,
    waiting_bytes: usize,
    /// The memory that is shared with the document, once it is there.
    pub shared: Option<Shared>,
}

impl Bodies {
    /// Sends an answer's body once there is credit for it.
    pub fn answer(&mut self, socket: &mut Socket, head: Head, body: Bytes) {
        if self.share(socket, head, &body) {
            return;
        }
        self.waiting_bytes += body.len();
        self.waiting.push_back((head, body));
        self.release(socket);
    }

    /// Sends events at once, because they must keep their order. False when the document does not
    /// take its events.
    pub fn emit(&mut self, socket: &mut Socket, head: Head, body: Bytes) -> bool {
        if self.share(socket, head, &body) {
            return true;
        }
        if self.events + body.len() > EVENTS_MAX && self.events > 0 {
            return false;
        }
        self.send(socket, head, body, true);
        true
    }

    /// Sends a body through shared memory, if there is room.
    fn share(&mut self, socket: &mut Socket, (kind, flags, seq): Head, body: &[u8]) -> bool {
        let Some(place) = self.shared.as_mut().and_then(|it| it.write(body)) else {
            return false;
        };
        let len = (body.len() as u64).to_le_bytes();
        let flags = flags | FLAG_ATTACHED | FLAG_SHARED;
        socket.frame(kind, flags, seq, &[&place.to_le_bytes(), &len]);
        true
    }

    /// The document has taken so many bodies out of shared memory.
    pub fn taken(&mut self, socket: &mut Socket, count: u32) -> Result<(), Broken> {
        self.shared.as_mut().ok_or(Broken::Credit)?.release(count)?;
        self.release(socket);
        Ok(())
    }

    /// The document has taken so much.
    pub fn credit(&mut self, socket: &mut Socket, taken: u32) -> Result<(), Broken> {
        let mut taken = u64::from(taken);
        self.cost = self.cost.checked_sub(taken).ok_or(Broken::Credit)?;
        while taken > 0 {
            let oldest = self.owed.front_mut().ok_or(Broken::Credit)?;
            if oldest.cost > taken {
                oldest.cost -= taken;
                break;
            }
            taken -= oldest.cost;
            self.events -= oldest.events;
            self.owed.pop_front();
        }
        self.release(socket);
        Ok(())
    }

    /// Whether so much waits that no further call should be begun.
    pub fn is_full(&self) -> bool {
        self.waiting_bytes > WAITING_MAX
    }

    fn release(&mut self, socket: &mut Socket) {
        // One that is larger than all credit goes alone. Of the last ones nothing is said.
        let fits = |own: &Self, body: &Bytes| {
            own.cost < BODIES_TAKEN || own.cost + body_cost(body.len() as u64) <= BODIES_MAX
        };
        while let Some((head, body)) = self.waiting.pop_front() {
            if !fits(self, &body) {
                self.waiting.push_front((head, body));
                return;
            }
            self.waiting_bytes -= body.len();
            self.send(socket, head, body, false);
        }
    }

    fn send(&mut self, socket: &mut Socket, head: Head, body: Bytes, is_event: bool) {
        let cost = body_cost(body.len() as u64);
        let events = if is_event { body.len() } else { 0 };
        self.cost += cost;
        self.events += events;
        self.owed.push_back(Owed { cost, events });
        socket.attach(head, body);
    }
}
