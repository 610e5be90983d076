//! What either side makes of the bytes that come to it. The first byte says how the rest is cut
//! into reads, as the kernel might.
#![no_main]

use std::collections::VecDeque;

use libfuzzer_sys::fuzz_target;
use oro_engine::frame::{self, Broken, HEADER, Hello, PAYLOAD_MAX};
use oro_engine::frame_queue::{Incoming, Outgoing};
use oro_engine::region::{HALF, within};

fuzz_target!(|input: &[u8]| {
    let Some((cut, input)) = input.split_first() else {
        return;
    };
    let whole = frames(input, input.len());
    let pieces = frames(input, usize::from(*cut) + 1);
    assert_eq!(whole, pieces, "frames do not depend on how they are read");
    // What was understood is said again in the same bytes, however the kernel takes them.
    let mut outgoing = Outgoing::<u8>::default();
    let said = &input[..whole.1];
    outgoing.push(said, Some(7));
    let (mut again, mut files) = (Vec::new(), 0);
    while !outgoing.is_empty() {
        let sent = outgoing.flush(|[head, tail], file| {
            let both = [head, tail].concat();
            let some = both.len().min(usize::from(*cut) + 1);
            files += usize::from(file.is_some());
            again.extend_from_slice(&both[..some]);
            Ok(some)
        });
        assert!(sent.is_ok());
    }
    assert_eq!(again, said);
    assert_eq!(files, usize::from(!said.is_empty()), "a file travels once");
});

/// The frames of `input`, how many bytes they are, and how it ends.
fn frames(input: &[u8], piece: usize) -> (Vec<(u8, u32, usize)>, usize, Option<Broken>) {
    let (mut seen, mut total, mut rest) = (Vec::new(), 0, input);
    let mut incoming = Incoming::<()>::default();
    loop {
        let (bytes, files) = incoming.parts();
        assert!(files.is_empty());
        let batch = frame::batch(bytes, PAYLOAD_MAX, |header, _| {
            assert!(header.len as usize <= PAYLOAD_MAX);
            let start = bytes.len().min(HEADER);
            let rest = &bytes[start..];
            let _ = (frame::split_request(rest), Hello::decode(rest), frame::attached_len(rest));
            if let Ok((start, len)) = frame::shared_place(rest).and_then(|it| within(it.0, it.1)) {
                assert!(start + len <= HALF);
            }
            seen.push((header.kind as u8, header.seq, header.len as usize));
            Ok::<_, Broken>(())
        });
        match batch {
            Ok(0) => {}
            Ok(size) => {
                incoming.consume(size);
                total += size;
                continue;
            }
            Err(broken) => {
                // Those before the broken one were taken in some cuts and not in others.
                seen.clear();
                return (seen, 0, Some(broken));
            }
        }
        let len = rest.len().min(piece);
        if len == 0 {
            return (seen, total, None);
        }
        let filled = incoming.fill(|buffer, _: &mut VecDeque<()>| {
            let len = len.min(buffer.len());
            buffer[..len].copy_from_slice(&rest[..len]);
            rest = &rest[len..];
            Ok(len)
        });
        assert!(matches!(filled, Ok(true)));
    }
}
