//! Where bodies lie in the memory that both sides of the direct bridge share.
//!
//! The region has a half for each way. Whoever writes into a half places bodies there, first in
//! first out, and the reader says when it has taken them. Its pages stay warm, which memory that
//! is new for each body never is: the kernel clears a page before it gives it away.
//!
//! Like `frame.rs`, this file stands alone: the web process extension compiles it too.

use std::collections::VecDeque;

use crate::frame::Broken;

/// Bytes of one half. Memory is used only where bodies were placed.
pub const HALF: usize = 64 << 20;
/// Bodies begin at multiples of this.
const ALIGN: usize = 64;

/// The bodies in one half that were not taken yet.
#[derive(Debug, Default)]
pub struct Places {
    /// Where each begins and ends, the oldest first.
    placed: VecDeque<(usize, usize)>,
}

impl Places {
    /// Finds a place for a body. `None` if there is no room in one piece.
    pub fn place(&mut self, len: usize) -> Option<usize> {
        let size = len.checked_next_multiple_of(ALIGN)?;
        let (first, last) = match (self.placed.front(), self.placed.back()) {
            (Some((first, _)), Some((_, last))) => (*first, *last),
            // At the start again, where the pages are warm.
            _ => (0, 0),
        };
        let wrapped = last <= first && !self.placed.is_empty();
        let start = if wrapped {
            (size <= first - last).then_some(last)
        } else if size <= HALF - last {
            Some(last)
        } else {
            (size <= first).then_some(0)
        }?;
        self.placed.push_back((start, start + size));
        Some(start)
    }

    /// The oldest bodies were taken, so many of them.
    ///
    /// # Errors
    /// If there were not so many.
    pub fn release(&mut self, count: u32) -> Result<(), Broken> {
        let count = count as usize;
        if count > self.placed.len() {
            return Err(Broken::Credit);
        }
        self.placed.drain(..count);
        Ok(())
    }

    /// Whether all were taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.placed.is_empty()
    }
}

/// Whether a body that a peer speaks of lies within a half.
///
/// # Errors
/// If it does not.
pub fn within(start: u64, len: u64) -> Result<(usize, usize), Broken> {
    let end = start.checked_add(len).filter(|end| *end <= HALF as u64);
    match (usize::try_from(start), usize::try_from(len), end) {
        (Ok(start), Ok(len), Some(_)) => Ok((start, len)),
        _ => Err(Broken::Place(start)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_never_overlap_and_come_back() {
        let (mut places, mut live, mut random) = (Places::default(), VecDeque::new(), 1_u64);
        for turn in 0..200_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let number = (random >> 33) as usize;
            if number.is_multiple_of(3) {
                let count = (number / 3 % 4).min(live.len());
                assert_eq!(places.release(count as u32), Ok(()));
                live.drain(..count);
                continue;
            }
            let len = 1 + number % (if turn % 100 == 0 { HALF } else { HALF / 9 });
            let Some(start) = places.place(len) else {
                assert!(!live.is_empty(), "there is room for {len} in an empty half");
                continue;
            };
            let end = start + len;
            assert!(end <= HALF && start % ALIGN == 0);
            let clear = |(from, to): &(usize, usize)| end <= *from || *to <= start;
            assert!(live.iter().all(clear), "{start}..{end} overlaps {live:?}");
            live.push_back((start, end));
        }
        assert_eq!(places.release(live.len() as u32 + 1), Err(Broken::Credit));
        assert_eq!(places.release(live.len() as u32), Ok(()));
        assert_eq!(places.place(HALF), Some(0), "all of it is there again");
        assert_eq!((places.place(1), places.place(usize::MAX)), (None, None));
    }

    #[test]
    fn bodies_lie_within_the_half() {
        let half = HALF as u64;
        for (start, len, good) in [
            (0, half, true),
            (half, 0, true),
            (64, half - 64, true),
            (64, half - 63, false),
            (half + 1, 0, false),
            (u64::MAX, 1, false),
            (1, u64::MAX, false),
        ] {
            assert_eq!(within(start, len).is_ok(), good, "{start} {len}");
        }
    }
}
