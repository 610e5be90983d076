//! Models in a worker process: what harms it costs the requests in flight and nothing else.
//!
//! The application's side is one thread that starts the process, carries frames and starts it
//! again when it ends ([`Supervised`]). The worker's side is [`worker_main`]. They speak over a
//! pair of sockets, which is the worker's standard input; its end is the end of the worker.

mod child;
mod frame;
mod link;
mod probe;
mod process;
mod roster;
mod supervisor;

pub use child::worker_main;
pub(super) use probe::try_model;
pub(super) use supervisor::Supervised;
