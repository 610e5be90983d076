//! Plain data of Oro: components, messages, topics and routes.

pub mod timers;
