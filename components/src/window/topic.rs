//! What pages hear of windows and of the application.

use bevy_ecs::prelude::*;
use oro_engine::topic::Topic;
use schemars::JsonSchema;
use serde::Serialize;

macro_rules! topics {
    ($($(#[doc = $doc:literal])+ $type:ident = $name:literal { $($field:tt)* })+) => {$(
        $(#[doc = $doc])+
        #[derive(Message, Clone, Debug, Default, Serialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $type { $($field)* }
        impl Topic for $type {
            const NAME: &'static str = $name;
        }
    )+};
}

topics! {
    /// No window of the app is in use any more: none has the keyboard, or all are icons.
    ApplicationPaused = "applicationpause" {}
    /// A window of the app is in use again.
    ApplicationResumed = "applicationresume" {}
    /// A window was created.
    WindowCreated = "windowcreated" {
        /// Its number.
        pub index: u32,
    }
    /// A window is gone.
    WindowClosed = "windowclosed" {
        /// The number that it had.
        pub index: u32,
    }
    /// The process of a window's page has died; its page is being loaded again.
    WindowCrashed = "windowcrashed" {
        /// The window's number.
        pub index: u32,
        /// `crashed`, `exceeded-memory-limit` or `terminated`.
        pub reason: &'static str,
    }
}

/// The event that pages hear before the app ends. It is sent by itself, because the app waits
/// until pages have handled it.
pub const APPLICATION_STOP: &str = "applicationstop";
