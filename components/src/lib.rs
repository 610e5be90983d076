//! Plain data of Oro: components, messages, topics and routes.

pub mod child_process;
pub mod console;
pub mod diagnostics;
pub mod direct;
pub mod dns;
pub mod endpoint;
pub mod fs;
pub mod host;
pub mod http;
pub mod llm;
pub mod mime;
pub mod number;
pub mod os;
pub mod platform;
pub mod process;
pub mod resource;
pub mod timers;
pub mod udp;
pub mod window;
