//! Timers: entities that fire once or again and again, and the routes by which pages make them.

use std::borrow::Cow;
use std::time::Duration;

use bevy_ecs::prelude::*;
use oro_engine::error::ErrorCode;
use oro_engine::id::Id;
use oro_engine::route::{Empty, Route};
use oro_engine::topic::{Target, Topic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes an entity a timer. It counts running time: a pause freezes what is left.
///
/// When it expires, [`TimerFired`] is triggered on the entity. An entity whose timer fires once
/// is despawned afterwards; despawning it, or its owner, before that cancels it. To let a timer
/// die with something else, make it [`OwnedBy`](oro_engine::owner::OwnedBy) that.
#[derive(Component, Clone, Copy, Debug)]
#[component(immutable)]
pub struct Timer {
    /// Time from the insertion to the first firing.
    pub delay: Duration,
    /// Time between further firings; at least a millisecond. `None` fires once.
    pub period: Option<Duration>,
}

impl Timer {
    /// Fires once.
    #[must_use]
    pub fn after(delay: Duration) -> Self {
        Self {
            delay,
            period: None,
        }
    }

    /// Fires again and again, the first time after one period. Late ticks do not add up, and
    /// firings that were missed are not made up for.
    #[must_use]
    pub fn every(period: Duration) -> Self {
        Self {
            delay: period,
            period: Some(period),
        }
    }
}

/// The [`Timer`] of this entity has expired.
#[derive(EntityEvent, Clone, Copy, Debug)]
pub struct TimerFired {
    /// The timer.
    pub entity: Entity,
    /// When it should have fired, in [`Clock::now`](oro_engine::clock::Clock::now).
    pub deadline: Duration,
}

/// A timer that no entity stands for has expired.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerExpired {
    /// Which one.
    pub timer: TimerId,
    /// What its maker gave it.
    pub tag: u64,
    /// When it should have fired, in [`Clock::now`](oro_engine::clock::Clock::now).
    pub deadline: Duration,
}

/// A scheduled timer. The id of one that is gone never means another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(pub u64);

/// What kind of timer a page asked for.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[component(immutable)]
pub enum TimerKind {
    /// Fires once.
    Timeout,
    /// Fires again and again.
    Interval,
    /// Fires in the next tick.
    Immediate,
}

/// The id of a timer that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimerStarted {
    /// What clears it, and what the event `timers.fire` names.
    pub id: Id,
}

/// Starts a timer that fires once. The event `timers.fire` tells of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTimeout {
    /// Milliseconds to wait; fractions count.
    pub timeout: f64,
    /// Answer when the time is over, instead of at once and with an event later.
    #[serde(default)]
    pub wait: bool,
}

/// Starts a timer that fires again and again, with an event `timers.fire` each time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetInterval {
    /// Milliseconds between firings; at least 1.
    pub timeout: f64,
}

/// Starts a timer that fires in the next tick.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetImmediate {}

/// Cancels a timeout.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClearTimeout {
    /// What `timers.setTimeout` answered.
    pub id: Id,
}

/// Cancels an interval.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClearInterval {
    /// What `timers.setInterval` answered.
    pub id: Id,
}

/// Cancels an immediate.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClearImmediate {
    /// What `timers.setImmediate` answered.
    pub id: Id,
}

macro_rules! route {
    ($($params:ty: $name:literal -> $output:ty;)+) => {$(
        impl Route for $params {
            const NAME: &'static str = $name;
            type Output = $output;
            type Error = TimerError;
        }
    )+};
}

route! {
    SetTimeout: "timers.setTimeout" -> TimerStarted;
    SetInterval: "timers.setInterval" -> TimerStarted;
    SetImmediate: "timers.setImmediate" -> TimerStarted;
    ClearTimeout: "timers.clearTimeout" -> Empty;
    ClearInterval: "timers.clearInterval" -> Empty;
    ClearImmediate: "timers.clearImmediate" -> Empty;
}

/// Timers of this window have fired: one event a tick, in the order of their deadlines.
#[derive(Message, Debug, Serialize, JsonSchema)]
pub struct TimersFired {
    /// Their ids. An interval that was missed more than once is there once.
    pub ids: Vec<Id>,
    /// The window that started them; `None` for clients without a window.
    #[serde(skip)]
    pub window: Option<Entity>,
}

impl Topic for TimersFired {
    const NAME: &'static str = "timers.fire";

    fn target(&self) -> Target {
        self.window.map_or(Target::All, Target::Window)
    }
}

/// What can go wrong with a timer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TimerError {
    /// A delay that is no time.
    #[error("Invalid 'timeout' given in parameters")]
    InvalidTimeout(f64),
    /// As many timers as the configuration allows.
    #[error("too many timers: the limit is {max}")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// It fired, was cleared, or belongs to another window.
    #[error("no timer has the id {0}")]
    NotFound(Id),
}

impl ErrorCode for TimerError {
    fn code(&self) -> Cow<'static, str> {
        match self {
            Self::InvalidTimeout(_) => "ERR_INVALID_ARG".into(),
            Self::TooMany { .. } => "EAGAIN".into(),
            Self::NotFound(_) => "NOT_FOUND_ERR".into(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::InvalidTimeout(_) => "TypeError",
            Self::TooMany { .. } => "QuotaExceededError",
            Self::NotFound(_) => "NotFoundError",
        }
    }

    fn details(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::InvalidTimeout(value) => vec![
                ("param", "timeout".into()),
                (
                    "reason",
                    format!("{value} is not a time of 0 ms or more").into(),
                ),
            ],
            Self::TooMany { .. } | Self::NotFound(_) => Vec::new(),
        }
    }
}
