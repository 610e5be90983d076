//! The one place where the runtime thread sleeps: an operating-system poll over all sockets and
//! pipes, a waker, and the next deadline.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bevy_ecs::prelude::{Res, ResMut, Resource};
use mio::event::Source;
pub use mio::{Interest, Token};

const WAKER: Token = Token(0);
/// Readiness events taken from the operating system in one poll; the rest comes with the next.
const EVENTS_MAX: usize = 1024;
/// How long the thread looks again and again before it sleeps. Waking a core that has gone idle
/// takes about half as long.
const LOOK_MAX: Duration = Duration::from_micros(50);
/// How long it does not look any more after it has shared its core with somebody who computes, to
/// whom each look would leave the core for milliseconds: a sleeper gets it back at once.
const CROWDED: Duration = Duration::from_millis(100);
/// A longer wait counts as one of this length, so that one sleep is soon forgotten.
const WAIT_COUNTED_MAX: Duration = Duration::from_micros(400);

/// Wakes the runtime thread, from any thread. Wakes that come before it has run are one.
#[derive(Clone, Debug)]
pub struct Waker(Arc<WakerState>);

#[derive(Debug)]
struct WakerState {
    mio: mio::Waker,
    raised: AtomicBool,
    wakes: AtomicU64,
}

impl Waker {
    /// Makes the loop run one more tick.
    pub fn wake(&self) {
        if !self.0.raised.swap(true, Ordering::AcqRel) {
            self.0.wakes.fetch_add(1, Ordering::Relaxed);
            if let Err(error) = self.0.mio.wake() {
                // Lowered again, so that the next wake tries once more.
                self.0.raised.store(false, Ordering::Release);
                tracing::error!(%error, "cannot wake the runtime thread");
            }
        }
    }

    /// How often the thread was really woken: coalesced wakes count once.
    #[must_use]
    pub fn wakes(&self) -> u64 {
        self.0.wakes.load(Ordering::Relaxed)
    }
}

/// A source that has something to read or room to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Which source: what [`Reactor::register`] returned.
    pub token: Token,
    /// Reading will not block, or tells of the end or an error.
    pub readable: bool,
    /// Writing will not block, or tells of an error.
    pub writable: bool,
    /// The other side has closed, or the source failed.
    pub closed: bool,
}

/// Sockets and pipes that the loop waits for. Readiness is edge-triggered: a source that was
/// reported must be drained until it would block.
#[derive(Resource)]
pub struct Reactor {
    poll: mio::Poll,
    events: mio::Events,
    ready: Vec<Ready>,
    waker: Waker,
    tokens: usize,
    polled: bool,
    /// Somebody used the waker before this tick.
    woken: bool,
    polls: u64,
    /// How long the last waits were, the newest counting most.
    wait: Duration,
    /// When it may look again.
    look_from: Option<Instant>,
}

impl Reactor {
    /// A reactor with nothing to wait for but its waker.
    ///
    /// # Errors
    /// If the operating system refuses the poll or the waker (out of file descriptors).
    pub fn new() -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        let mio = mio::Waker::new(poll.registry(), WAKER)?;
        let state = WakerState {
            mio,
            raised: AtomicBool::new(false),
            wakes: AtomicU64::new(0),
        };
        Ok(Self {
            poll,
            events: mio::Events::with_capacity(EVENTS_MAX),
            ready: Vec::new(),
            waker: Waker(Arc::new(state)),
            tokens: WAKER.0,
            polled: false,
            woken: true,
            polls: 0,
            wait: WAIT_COUNTED_MAX,
            look_from: None,
        })
    }

    /// A handle that ends the sleep.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Waits for a source from now on.
    ///
    /// # Errors
    /// The operating system's.
    pub fn register(&mut self, source: &mut impl Source, interest: Interest) -> io::Result<Token> {
        self.tokens += 1;
        let token = Token(self.tokens);
        self.poll.registry().register(source, token, interest)?;
        Ok(token)
    }

    /// Changes what is waited for.
    ///
    /// # Errors
    /// The operating system's.
    pub fn reregister(
        &mut self,
        source: &mut impl Source,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        self.poll.registry().reregister(source, token, interest)
    }

    /// Waits for a source no more. Closing a source does the same.
    ///
    /// # Errors
    /// The operating system's.
    pub fn deregister(&mut self, source: &mut impl Source) -> io::Result<()> {
        self.poll.registry().deregister(source)
    }

    /// The sources that became ready before this tick.
    #[must_use]
    pub fn ready(&self) -> &[Ready] {
        &self.ready
    }

    /// How often the operating system was asked.
    #[must_use]
    pub fn polls(&self) -> u64 {
        self.polls
    }

    /// Sleeps until a source is ready, the waker is used or `timeout` is over; `may_look` lets it
    /// look for news before it sleeps.
    pub(crate) fn poll(&mut self, timeout: Option<Duration>, may_look: bool) {
        self.polled = true;
        self.polls += 1;
        self.ready.clear();
        self.wait(timeout, may_look);
        // Lowered before the queues are drained: a wake during the drain makes another tick.
        self.woken = self.waker.0.raised.swap(false, Ordering::AcqRel);
        for event in self.events.iter().filter(|event| event.token() != WAKER) {
            self.ready.push(Ready {
                token: event.token(),
                readable: event.is_readable(),
                writable: event.is_writable(),
                closed: event.is_read_closed() || event.is_write_closed() || event.is_error(),
            });
        }
    }

    /// Waits for news. Where it mostly comes at once, as in a conversation of datagrams, the thread
    /// looks for it a little before it sleeps; else it sleeps straight away.
    fn wait(&mut self, timeout: Option<Duration>, may_look: bool) {
        if timeout == Some(Duration::ZERO) {
            return self.ask(timeout);
        }
        let begun = Instant::now();
        let (mut waited, mut found) = (Duration::ZERO, false);
        let is_crowded = self.look_from.is_some_and(|from| begun < from);
        if may_look && self.wait < LOOK_MAX && !is_crowded {
            let until = timeout.map_or(LOOK_MAX, |timeout| timeout.min(LOOK_MAX));
            while !found && waited < until {
                self.ask(Some(Duration::ZERO));
                found = !self.events.is_empty();
                if !found {
                    // Whoever it waits for may want this core.
                    std::thread::yield_now();
                }
                let before = waited;
                waited = begun.elapsed();
                if waited - before > LOOK_MAX {
                    self.look_from = begun.checked_add(waited + CROWDED);
                }
            }
        }
        if !found {
            self.ask(timeout.map(|timeout| timeout.saturating_sub(waited)));
        }
        self.wait = (self.wait * 3 + begun.elapsed().min(WAIT_COUNTED_MAX)) / 4;
    }

    /// Asks the operating system.
    fn ask(&mut self, timeout: Option<Duration>) {
        if let Err(error) = self.poll.poll(&mut self.events, timeout) {
            if error.kind() != io::ErrorKind::Interrupted {
                tracing::error!(%error, "poll failed");
            }
            self.events.clear();
        }
    }

    /// Looks without sleeping, unless the loop has just slept. For hosts that own their loop.
    pub(crate) fn refresh(&mut self) {
        if !std::mem::take(&mut self.polled) {
            self.poll(Some(Duration::ZERO), true);
            self.polled = false;
        }
    }
}

/// Whether somebody used the waker before this tick: else nothing was left for it by a thread.
pub(crate) fn was_woken(reactor: Res<Reactor>) -> bool {
    reactor.woken
}

/// Collects readiness at the start of a tick.
pub(crate) fn poll_reactor(mut reactor: ResMut<Reactor>) {
    reactor.refresh();
}
