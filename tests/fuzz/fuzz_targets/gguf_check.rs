//! The check of models' files, which stands between a stranger's file and llama.cpp. The first
//! byte says how the rest is cut into reads, the second how many megabytes longer the file claims
//! to be, as one that shrinks or that lies about its tensors does.
#![no_main]

use std::io::{self, Read};

use libfuzzer_sys::fuzz_target;

/// The check alone, where it stands in its own crate: it needs no llama.cpp.
mod engine {
    #[path = "../../../../ai/src/engine/gguf/mod.rs"]
    pub mod gguf;
}

use engine::gguf::{self, Fault, Head, Kind};

/// Bytes of what a user is told.
const REASON_MAX: usize = 1000;

fuzz_target!(|input: &[u8]| {
    let [cut, more, file @ ..] = input else {
        return;
    };
    let size = file.len() as u64 + (u64::from(*more) << 20);
    let [model, part, adapter] = [Kind::Model, Kind::Part, Kind::Adapter].map(|kind| {
        let whole = gguf::check(file, size, kind);
        let pieces = Pieces(file, usize::from(*cut) + 1);
        assert_eq!(whole, gguf::check(pieces, size, kind), "however it is read");
        if let Err(Fault(reason)) = &whole {
            assert!(!reason.is_empty() && reason.len() <= REASON_MAX, "{reason:?}");
        }
        whole
    });
    // What may be a model or an adapter may be a part, and nothing is both.
    if model.is_ok() || adapter.is_ok() {
        assert!(part.is_ok() && model.is_ok() != adapter.is_ok());
    }
    if let Ok(head) = &part {
        check_head(head, file, size);
    }
});

/// Nothing of what was read is outside of the file.
fn check_head(head: &Head, file: &[u8], size: u64) {
    assert!(head.parts().0 > 0);
    // The head is read to its end: a file that ends before has no head.
    let shorter = file.len().saturating_sub(1);
    let cut = gguf::check(&file[..shorter], shorter as u64, Kind::Part);
    assert!(cut.is_err() || cut.as_ref() == Ok(head), "a file that ends earlier is another");
    // A longer file has the same head.
    assert_eq!(gguf::check(file, size + 1, Kind::Part).as_ref(), Ok(head));
}

/// Bytes that come by so many at once.
struct Pieces<'b>(&'b [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.1.min(buffer.len());
        self.0.read(&mut buffer[..len])
    }
}
