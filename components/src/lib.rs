//! Plain data of Oro: components, messages, topics and routes.

pub mod fs;
pub mod number;
pub mod process;
pub mod timers;
