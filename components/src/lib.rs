//! Plain data of Oro: components, messages, topics and routes.

pub mod fs;
pub mod host;
pub mod number;
pub mod process;
pub mod resource;
pub mod timers;
pub mod window;
