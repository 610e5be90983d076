//! Black-box tests: the whole runtime without a display, through its routes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod embed;
mod fs;
mod harness;
