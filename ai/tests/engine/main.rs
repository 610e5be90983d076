//! The inference engine on the small models of `tests/fixtures/models`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod abort;
mod context;
#[cfg(target_os = "linux")]
mod damage;
mod generate;
mod gguf;
mod grammar;
mod harness;
mod text;
#[cfg(target_os = "linux")]
mod worker;
mod world;
