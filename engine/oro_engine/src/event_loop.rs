//! The loop's states, and its handle for other threads.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use bevy_ecs::prelude::*;

use crate::lifecycle::Lifecycle;
use crate::queue::Queue;
use crate::reactor::Waker;

/// Where the loop stands. `None → Init → Idle ↔ Polling → Paused/Stopped → Shutdown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LoopState {
    /// Made, not started.
    None,
    /// Building the World and running its startup systems.
    Init,
    /// Asleep in the operating system's poll.
    Idle,
    /// Running a tick.
    Polling,
    /// Producers are gated; control requests are still answered.
    Paused,
    /// No ticks run until the loop is resumed or destroyed.
    Stopped,
    /// Over. There is no way back.
    Shutdown,
}

impl LoopState {
    const ALL: [Self; 7] = [
        Self::None,
        Self::Init,
        Self::Idle,
        Self::Polling,
        Self::Paused,
        Self::Stopped,
        Self::Shutdown,
    ];

    /// Whether the loop may go from this state to `next`.
    #[must_use]
    pub fn allows(self, next: Self) -> bool {
        use LoopState::{Idle, Init, None, Paused, Polling, Shutdown, Stopped};
        matches!(
            (self, next),
            (None, Init)
                | (Init, Idle | Stopped)
                | (Idle, Polling | Paused | Stopped)
                | (Polling, Idle | Paused | Stopped)
                | (Paused, Idle | Polling | Stopped)
                | (Stopped, Idle | Polling | Paused)
        ) || (next == Shutdown && self != Shutdown)
    }

    fn from_u8(value: u8) -> Self {
        Self::ALL
            .get(usize::from(value))
            .copied()
            .unwrap_or(Self::Shutdown)
    }
}

/// A transition that [`LoopState::allows`] refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the loop cannot go from {from:?} to {to:?}")]
pub struct IllegalTransition {
    /// The state that the loop is in.
    pub from: LoopState,
    /// The state that was asked for.
    pub to: LoopState,
}

/// Why a callback was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    /// The queue is full; the limit is given.
    #[error("{0} callbacks wait already")]
    Full(usize),
    /// The loop has shut down.
    #[error("the loop has shut down")]
    Shutdown,
}

/// A wish to change the lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Run: from a pause or a stop.
    Resume,
    /// Gate the producers.
    Pause,
    /// Pause, then run no ticks.
    Stop,
    /// Stop, then end.
    Destroy,
}

type Callback = Box<dyn FnOnce(&mut World) + Send>;

struct Shared {
    state: AtomicU8,
    callbacks: Queue<Callback>,
    controls: Queue<Control>,
    waker: Waker,
}

/// A handle of the runtime's loop, for any thread.
#[derive(Resource, Clone)]
pub struct Loop(Arc<Shared>);

/// Lifecycle wishes that may wait.
const CONTROLS_MAX: usize = 1024;

impl Loop {
    pub(crate) fn new(waker: Waker, dispatch_queued_max: usize) -> Self {
        Self(Arc::new(Shared {
            state: AtomicU8::new(LoopState::None as u8),
            callbacks: Queue::new(dispatch_queued_max),
            controls: Queue::new(CONTROLS_MAX),
            waker,
        }))
    }

    /// The state at this moment.
    #[must_use]
    pub fn state(&self) -> LoopState {
        LoopState::from_u8(self.0.state.load(Ordering::Acquire))
    }

    /// Runs `callback` on the loop's thread, in its next tick. Callbacks of one sender run in
    /// the order in which they were given. While the app is paused they are kept.
    ///
    /// # Errors
    /// When too many wait, or after the shutdown.
    pub fn dispatch(
        &self,
        callback: impl FnOnce(&mut World) + Send + 'static,
    ) -> Result<(), DispatchError> {
        if self.state() == LoopState::Shutdown {
            return Err(DispatchError::Shutdown);
        }
        let full = |_| DispatchError::Full(self.0.callbacks.max());
        self.0.callbacks.push(Box::new(callback)).map_err(full)?;
        self.0.waker.wake();
        Ok(())
    }

    /// Ends a pause or a stop.
    ///
    /// # Errors
    /// After the shutdown, or when too many wishes wait.
    pub fn resume(&self) -> Result<(), DispatchError> {
        self.control(Control::Resume)
    }

    /// Pauses the app: producers are gated after one more tick.
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn pause(&self) -> Result<(), DispatchError> {
        self.control(Control::Pause)
    }

    /// Pauses the app and runs no more ticks until it is resumed or destroyed.
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn stop(&self) -> Result<(), DispatchError> {
        self.control(Control::Stop)
    }

    /// Stops the app and ends its loop.
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn destroy(&self) -> Result<(), DispatchError> {
        self.control(Control::Destroy)
    }

    fn control(&self, control: Control) -> Result<(), DispatchError> {
        if self.state() == LoopState::Shutdown {
            return Err(DispatchError::Shutdown);
        }
        self.0
            .controls
            .push(control)
            .map_err(|_| DispatchError::Full(CONTROLS_MAX))?;
        self.0.waker.wake();
        Ok(())
    }

    /// Makes the loop run one more tick.
    pub fn wake(&self) {
        self.0.waker.wake();
    }

    /// How many callbacks wait.
    #[must_use]
    pub fn dispatched(&self) -> usize {
        self.0.callbacks.len()
    }

    /// Goes to another state.
    ///
    /// # Errors
    /// If the loop's states do not allow it; the state stays as it was.
    pub(crate) fn enter(&self, next: LoopState) -> Result<LoopState, IllegalTransition> {
        let from = self.state();
        if from == next {
            return Ok(from);
        }
        if !from.allows(next) {
            let refused = IllegalTransition { from, to: next };
            tracing::warn!(%refused, "illegal transition");
            return Err(refused);
        }
        self.0.state.store(next as u8, Ordering::Release);
        Ok(from)
    }

    pub(crate) fn next_control(&self) -> Option<Control> {
        self.0.controls.pop()
    }

    pub(crate) fn clear(&self) {
        while self.0.callbacks.pop().is_some() {}
        while self.0.controls.pop().is_some() {}
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loop")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

/// Callbacks run in one tick at most; the rest runs in the next.
const CALLBACKS_PER_TICK_MAX: usize = 1024;

/// Runs what other threads dispatched, unless the app is paused.
pub(crate) fn run_dispatched(world: &mut World) {
    if *world.resource::<Lifecycle>() != Lifecycle::Running {
        return;
    }
    let event_loop = world.resource::<Loop>().clone();
    for _ in 0..CALLBACKS_PER_TICK_MAX {
        let Some(callback) = event_loop.0.callbacks.pop() else {
            return;
        };
        let run = std::panic::AssertUnwindSafe(|| callback(&mut *world));
        if std::panic::catch_unwind(run).is_err() {
            tracing::error!("a dispatched callback panicked");
        }
    }
    event_loop.wake();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_transitions_are_allowed() {
        use LoopState::*;
        let allowed: Vec<(LoopState, LoopState)> = LoopState::ALL
            .into_iter()
            .flat_map(|from| LoopState::ALL.map(|to| (from, to)))
            .filter(|(from, to)| from.allows(*to))
            .collect();
        let mut want = vec![
            (None, Init),
            (Init, Idle),
            (Init, Stopped),
            (Idle, Polling),
            (Idle, Paused),
            (Idle, Stopped),
            (Polling, Idle),
            (Polling, Paused),
            (Polling, Stopped),
            (Paused, Idle),
            (Paused, Polling),
            (Paused, Stopped),
            (Stopped, Idle),
            (Stopped, Polling),
            (Stopped, Paused),
        ];
        want.extend([None, Init, Idle, Polling, Paused, Stopped].map(|from| (from, Shutdown)));
        let same = |a: &[(LoopState, LoopState)], b: &[(LoopState, LoopState)]| {
            a.iter().all(|x| b.contains(x)) && a.len() == b.len()
        };
        assert!(same(&allowed, &want), "{allowed:?}");
    }
}
