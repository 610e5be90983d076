//! The inference engine in this process, on the small models of `tests/fixtures/models`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;
mod harness;
