//! Gives back the memory of code that only the start has needed.
//!
//! Most code of `oroc` runs once: it builds the World, its routes and its schedule. Linux maps the
//! pages of a program in groups of 16 as they are touched, and counts them to the process from then
//! on: 13 MiB of 17. Once the first page is loaded, these mappings are dropped. What still runs is
//! mapped again from the file, which the system has in memory, at a microsecond or so a group.
#![expect(unsafe_code, reason = "mappings are named by their addresses")]

use std::fs::{read_link, read_to_string};
use std::io;

use oro::app::App;
use oro::components::window::{Location, ReadyState};
use oro::ecs::prelude::*;
use oro::engine::tick::{Tick, TickSystems};
use rustix::mm::{Advice, madvise};

/// Waits for the first page that is loaded.
pub fn release_code_after(app: &mut App) {
    app.add_systems(Tick, release_code_once.in_set(TickSystems::Update));
}

fn release_code_once(pages: Query<&Location, Changed<Location>>, mut done: Local<bool>) {
    let is_loaded = |page: &Location| page.ready_state == ReadyState::Complete;
    if *done || !pages.iter().any(is_loaded) {
        return;
    }
    *done = true;
    if let Err(error) = release_code() {
        tracing::debug!(%error, "the code of the start stays in memory");
    }
}

fn release_code() -> io::Result<()> {
    // The breakpoints of a debugger are in these pages.
    if !read_to_string("/proc/self/status")?.contains("TracerPid:\t0\n") {
        return Ok(());
    }
    let program = read_link("/proc/self/exe")?;
    let mappings = read_to_string("/proc/self/maps")?;
    for (start, end) in mappings
        .lines()
        .filter_map(|line| code(line, program.to_str()?))
    {
        let address = std::ptr::without_provenance_mut(start);
        // SAFETY: nothing writes to these pages, so that they are the same when they are read from
        // the file again, at the next access.
        unsafe { madvise(address, end - start, Advice::LinuxDontNeed) }?;
    }
    Ok(())
}

/// The addresses of a mapping, by its line in `/proc/self/maps`, if it is the program's code or what
/// lies before that: headers, tables for the loader and constants. Constants that the loader has
/// completed can be read only as well, but they lie behind the code.
fn code(line: &str, program: &str) -> Option<(usize, usize)> {
    let rest = line.strip_suffix(program)?;
    let mut words = rest.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let is_code = match (words.next()?, words.next()?) {
        ("r-xp", _) => true,
        ("r--p", offset) => offset.bytes().all(|digit| digit == b'0'),
        _ => false,
    };
    let address = |digits| usize::from_str_radix(digits, 16).ok();
    is_code.then_some((address(start)?, address(end)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_never_written_is_released() {
        let check = |line: &str, want: Option<(usize, usize)>| {
            assert_eq!(code(line, "/usr/bin/oroc"), want, "{line}");
        };
        check(
            "1000-3000 r--p 00000000 08:01 7   /usr/bin/oroc",
            Some((0x1000, 0x3000)),
        );
        check(
            "3000-9000 r-xp 00002000 08:01 7   /usr/bin/oroc",
            Some((0x3000, 0x9000)),
        );
        check("9000-a000 r--p 00008000 08:01 7   /usr/bin/oroc", None);
        check("a000-b000 rw-p 00009000 08:01 7   /usr/bin/oroc", None);
        check("c000-d000 r-xp 00000000 08:01 8   /usr/lib/libc.so.6", None);
        check("d000-e000 r-xp 00000000 00:00 0   [vdso]", None);
        check("", None);
    }

    /// How much of the program's code is counted to this process, in KiB.
    fn resident_code() -> u64 {
        let smaps = read_to_string("/proc/self/smaps").unwrap_or_default();
        let program = read_link("/proc/self/exe").unwrap_or_default();
        let program = program.to_str().unwrap_or_default();
        let mut is_ours = false;
        let mut sum = 0;
        for line in smaps.lines() {
            if let Some(size) = line.strip_prefix("Rss:").filter(|_| is_ours) {
                let size = size.trim_end_matches("kB").trim();
                sum += size.parse::<u64>().unwrap_or_default();
            } else if line.contains('-') {
                is_ours = code(line, program).is_some();
            }
        }
        sum
    }

    #[test]
    fn released_code_still_runs() {
        let before = resident_code();
        release_code().expect("the code is released");
        let after = resident_code();
        assert!(after < before, "{before} KiB before, {after} KiB after");
    }
}
