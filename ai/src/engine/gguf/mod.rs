//! What must be true of a model's file before llama.cpp sees it: it ends the process on some
//! mistakes, and says little about others.
//!
//! The check reads the head of the file and no weights. It refuses what llama.cpp asserts; what
//! llama.cpp refuses by itself is left to it. This module stands on the standard library alone, so
//! that a fuzzer builds it without llama.cpp.

mod head;
mod rules;
mod value;

use std::fmt;
use std::io::Read;

pub use head::Head;

/// Bytes of what is said to be wrong: names in a file may be of any length.
const REASON_MAX: usize = 1000;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// What a file is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A model.
    Model,
    /// A further part of a model.
    Part,
    /// An adapter of a model.
    Adapter,
}

/// Reads the head of a file of `size` bytes and refuses what cannot be loaded.
///
/// # Errors
/// The first mistake, with what it is about.
pub fn check(file: impl Read, size: u64, kind: Kind) -> Result<Head, Fault> {
    let head = Head::read(file, size);
    let checked = head.and_then(|head| rules::check(&head, kind).map(|()| head));
    checked.map_err(|Fault(mut reason)| {
        reason.truncate(reason.floor_char_boundary(REASON_MAX));
        Fault(reason)
    })
}

#[cfg(test)]
mod tests {
    use super::head::TYPES;

    /// The table of types is that of llama.cpp.
    #[test]
    fn types_are_as_large_as_llama_cpp_has_them() {
        for id in 0..llama_cpp_sys_2::GGML_TYPE_COUNT {
            let known = TYPES.iter().find(|it| it.id == id);
            #[expect(unsafe_code, reason = "asks llama.cpp")]
            // SAFETY: the type is one of those that exist.
            let (block, bytes) = unsafe {
                (
                    llama_cpp_sys_2::ggml_blck_size(id).unsigned_abs(),
                    llama_cpp_sys_2::ggml_type_size(id) as u64,
                )
            };
            let known = known.map_or((0, 0), |it| (it.block, it.bytes));
            assert_eq!(known, (block, bytes), "type {id}");
        }
    }
}
