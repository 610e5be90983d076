//! The memory that a document shares with us.
//!
//! What the document writes may change at any time: it is copied before anything looks at it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use bytes::Bytes;
use memmap2::{Advice, MmapMut, MmapOptions, MmapRaw, UncheckedAdvice};
use oro_engine::frame::Broken;
use oro_engine::region::{HALF, Places, within};
use rustix::fs::{MemfdFlags, SealFlags};

/// How long the memory is kept for the next bodies.
const TRIM_AFTER: Duration = Duration::from_secs(3);
/// Copies from this size on get memory of their own from the system, in large pages.
const LARGE: usize = 2 << 20;

/// Both halves: the first is the document's to write, the second ours.
pub struct Shared {
    map: MmapRaw,
    places: Places,
    /// Whether there may be memory in our half, and whether it was used since that was looked at.
    warm: bool,
    used: bool,
    trim_at: Duration,
}

impl Shared {
    /// New memory, with the file by which the document gets it.
    pub fn new() -> io::Result<(Self, OwnedFd)> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = File::from(rustix::fs::memfd_create("oro-region", flags)?);
        file.set_len(2 * HALF as u64)?;
        // Nobody can take memory away that the other side has mapped.
        let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW;
        rustix::fs::fcntl_add_seals(&file, seals)?;
        let shared = Self {
            map: MmapOptions::new().len(2 * HALF).map_raw(&file)?,
            places: Places::default(),
            warm: false,
            used: false,
            trim_at: Duration::ZERO,
        };
        Ok((shared, file.into()))
    }

    /// Copies a body to where the document reads it. `None` if there is no room.
    #[expect(unsafe_code, reason = "writes to memory that is shared with a process")]
    pub fn write(&mut self, body: &[u8]) -> Option<u64> {
        let start = self.places.place(body.len())?;
        (self.warm, self.used) = (true, true);
        // SAFETY: the place lies within our half of the mapping, whose file cannot shrink. No
        // reference to it exists; what the document does there can only spoil its own bodies.
        unsafe {
            let to = self.map.as_mut_ptr().add(HALF + start);
            std::ptr::copy_nonoverlapping(body.as_ptr(), to, body.len());
        }
        Some(start as u64)
    }

    /// A copy of a body that the document has placed.
    pub fn read(&self, (start, len): (u64, u64)) -> Result<Bytes, Broken> {
        let (start, len) = within(start, len)?;
        if len >= LARGE
            && let Ok(mut copy) = MmapMut::map_anon(len)
        {
            // Where there are no large pages, small ones do.
            let _ = copy.advise(Advice::HugePage);
            self.copy(start, copy.as_mut_ptr(), len);
            return Ok(Bytes::from_owner(copy));
        }
        let mut copy = Vec::with_capacity(len);
        self.copy(start, copy.as_mut_ptr(), len);
        #[expect(unsafe_code, reason = "the bytes were written through a pointer")]
        // SAFETY: all of them were.
        unsafe {
            copy.set_len(len);
        }
        Ok(copy.into())
    }

    #[expect(unsafe_code, reason = "reads memory that is shared with a process")]
    fn copy(&self, start: usize, to: *mut u8, len: usize) {
        // SAFETY: `within` has checked the place, the file cannot shrink, and the callers have so
        // much room. The document may write meanwhile: the copy is then any bytes, as the rest of
        // what it says may be.
        unsafe { std::ptr::copy_nonoverlapping(self.map.as_ptr().add(start), to, len) };
    }

    /// The document has taken so many bodies.
    pub fn release(&mut self, count: u32) -> Result<(), Broken> {
        self.places.release(count)
    }

    /// Gives the memory of our half back that was not used for a while. When to look again.
    #[expect(unsafe_code, reason = "the half reads as zeros afterwards")]
    pub fn trim(&mut self, now: Duration) -> Option<Duration> {
        if !self.warm || !self.places.is_empty() {
            return None;
        }
        if std::mem::take(&mut self.used) {
            self.trim_at = now + TRIM_AFTER;
        }
        if now < self.trim_at {
            return Some(self.trim_at);
        }
        self.warm = false;
        // SAFETY: all bodies were taken, and no reference to the memory exists.
        let freed = unsafe {
            self.map
                .unchecked_advise_range(UncheckedAdvice::Remove, HALF, HALF)
        };
        if let Err(error) = freed {
            tracing::debug!(%error, "shared memory stays");
        }
        None
    }
}
