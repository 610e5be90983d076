//! Black-box tests: the whole runtime without a display, through its routes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fs;
mod harness;
