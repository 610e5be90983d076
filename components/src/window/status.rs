//! The states of a window: none, created, shown or hidden, closing, exiting.

use std::borrow::Cow;

use bevy_ecs::prelude::Component;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// Where a window is in its life. Pages see the numbers.
///
/// Showing and hiding may alternate; everything else only goes forward, so that nothing can bring
/// a window back that has begun to close.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum WindowStatus {
    /// It could not be made.
    Error = -1,
    /// Nothing was done yet.
    #[default]
    None = 0,
    /// The UI thread was asked to make it.
    Creating = 10,
    /// It exists and was neither shown nor hidden.
    Created = 11,
    /// It is about to leave the screen.
    Hiding = 20,
    /// It is not on the screen.
    Hidden = 21,
    /// It is about to be put on the screen.
    Showing = 30,
    /// It is on the screen.
    Shown = 31,
    /// It is about to be destroyed.
    Closing = 40,
    /// It is destroyed.
    Closed = 41,
    /// The app is ending.
    Exiting = 50,
    /// The app has ended.
    Exited = 51,
    /// It is destroyed without being asked.
    Killing = 60,
    /// It was destroyed without being asked.
    Killed = 61,
}

impl WindowStatus {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Error,
        Self::None,
        Self::Creating,
        Self::Created,
        Self::Hiding,
        Self::Hidden,
        Self::Showing,
        Self::Shown,
        Self::Closing,
        Self::Closed,
        Self::Exiting,
        Self::Exited,
        Self::Killing,
        Self::Killed,
    ];

    /// The number that pages see.
    #[must_use]
    pub fn number(self) -> i32 {
        self as i32
    }

    /// Whether a window may go from this state to `next`.
    #[must_use]
    pub fn allows(self, next: Self) -> bool {
        if self == Self::Error || next == Self::None {
            return false;
        }
        let visibility = |state| (Self::Hiding..=Self::Shown).contains(&state);
        next == Self::Error && self < Self::Closing
            || next > self
            || visibility(self) && visibility(next) && next != self
    }

    /// Goes to `next` if that is allowed.
    pub fn enter(&mut self, next: Self) -> bool {
        let allowed = self.allows(next);
        if allowed {
            *self = next;
        }
        allowed
    }

    /// Whether it exists and is not about to go: it can be changed and hears events.
    #[must_use]
    pub fn is_alive(self) -> bool {
        (Self::Created..Self::Closing).contains(&self)
    }
}

impl Serialize for WindowStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(self.number())
    }
}

impl JsonSchema for WindowStatus {
    fn schema_name() -> Cow<'static, str> {
        "WindowStatus".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "enum": Self::ALL.map(Self::number),
            "description": "0 none, 10 creating, 11 created, 20 hiding, 21 hidden, 30 showing, \
                31 shown, 40 closing, 41 closed, 50 exiting, 51 exited, 60 killing, 61 killed, \
                -1 error.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::WindowStatus::{self, *};

    #[test]
    fn nothing_comes_back_after_closing() {
        for from in WindowStatus::ALL {
            for to in WindowStatus::ALL {
                let allowed = from.allows(to);
                if from >= Closing || from == Error {
                    assert!(!allowed || to > from && from != Error, "{from:?} -> {to:?}");
                }
                assert!(!allowed || from != to, "{from:?} -> itself");
            }
        }
        for (from, to, want) in [
            (None, Creating, true),
            (Creating, Created, true),
            (Created, Shown, true),
            (Shown, Hidden, true),
            (Hidden, Shown, true),
            (Shown, Created, false),
            (Shown, Closing, true),
            (Closing, Showing, false),
            (Closing, Shown, false),
            (Closing, Closed, true),
            (Closed, Exiting, true),
            (Creating, Error, true),
            (Closing, Error, false),
            (Error, Creating, false),
        ] {
            assert_eq!(from.allows(to), want, "{from:?} -> {to:?}");
        }
    }
}
