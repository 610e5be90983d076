//! The memory that the runtime shares with this document.

use std::ffi::{c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::null_mut;

use crate::ffi;
use crate::frame::Broken;
use crate::region::{HALF, Places, within};

/// Both halves: the first is ours to write, the second to read.
pub struct Shared {
    base: *mut u8,
    places: Places,
    /// Whether bodies were placed since this was last looked at.
    pub used: bool,
}

impl Shared {
    /// Maps the file of the region. Its seals keep its size.
    pub fn map(file: &OwnedFd) -> io::Result<Self> {
        let access = ffi::PROT_READ | ffi::PROT_WRITE;
        // SAFETY: a new mapping of our own; the kernel checks the descriptor and the length.
        let base = unsafe {
            ffi::mmap(
                null_mut(),
                2 * HALF,
                access,
                ffi::MAP_SHARED,
                file.as_raw_fd() as c_int,
                0,
            )
        };
        if base as isize == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            base: base.cast(),
            places: Places::default(),
            used: false,
        })
    }

    /// Copies a body to where the runtime reads it. `None` if there is no room.
    pub fn write(&mut self, body: &[u8]) -> Option<u64> {
        let start = self.places.place(body.len())?;
        self.used = true;
        // SAFETY: the place lies within the first half, and the runtime does not read it before it
        // is told.
        unsafe {
            let to = self.base.add(start);
            std::ptr::copy_nonoverlapping(body.as_ptr(), to, body.len());
        }
        Some(start as u64)
    }

    /// Fills an array of the body's length from where the runtime has placed it.
    pub fn read(&self, (start, len): (u64, u64), to: &mut [u8]) -> Result<(), Broken> {
        let (start, len) = within(start, len)?;
        if len != to.len() {
            return Err(Broken::TooShort);
        }
        // SAFETY: the place lies within the second half, which the runtime leaves alone until it
        // is told that the body was taken.
        unsafe {
            let from = self.base.add(HALF + start);
            std::ptr::copy_nonoverlapping(from, to.as_mut_ptr(), len);
        }
        Ok(())
    }

    /// The runtime has taken so many bodies.
    pub fn release(&mut self, count: u32) -> Result<(), Broken> {
        self.places.release(count)
    }

    /// Gives the memory of our half back, if nothing is in it.
    pub fn trim(&mut self) {
        if self.places.is_empty() {
            // SAFETY: the half is ours and nobody reads it now; it reads as zeros afterwards. If
            // the kernel refuses, the memory stays.
            unsafe { ffi::madvise(self.base.cast::<c_void>(), HALF, ffi::MADV_REMOVE) };
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and this is its end.
        unsafe { ffi::munmap(self.base.cast(), 2 * HALF) };
    }
}
