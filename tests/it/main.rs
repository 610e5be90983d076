//! Black-box tests: the whole runtime without a display, through its routes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ai;
mod child_process;
mod console;
mod diagnostics;
mod direct;
mod dns;
mod embed;
mod fs;
mod harness;
mod http;
mod lifecycle;
mod mime;
mod os;
mod platform;
mod process;
mod resource;
mod timers;
mod udp;
mod window;
