//! llama.cpp behind checks. Its asserts end the process, so nothing outside of this module calls
//! it, and nothing in here calls it with a value that was not checked.

mod backend;
mod cells;
mod grammar;
mod text;
mod threads;
mod weights;

pub(super) use backend::has_tiles;
pub(super) use cells::{Cells, SEQUENCES_MAX, Shape, Step};
pub(super) use grammar::Automaton;
pub(super) use text::STACK_BYTES;
pub(super) use threads::CAN_COMPUTE_ALONE;
pub(super) use weights::{LoadedAdapter, Weights};
