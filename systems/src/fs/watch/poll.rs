//! Looking at intervals, where the system does not tell.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Stat, fstat, fstatfs, statat};
use rustix::io::Errno;

use super::debounce::Kinds;
use super::hub::join;
use crate::fs::directory::READ;
use crate::sandbox::open_exact;

/// Entries that one watcher looks at.
const ENTRIES_MAX: usize = 100_000;

/// File systems on other machines, or made by programs, which do not tell of all changes: NFS, SMB,
/// CIFS, 9P, FUSE, Ceph, AFS, VirtualBox's; and those of the kernel.
const SILENT: [u64; 11] = [
    0x6969,
    0x517B,
    0xFE53_4D42,
    0xFF53_4D42,
    0x0102_1997,
    0x6573_5546,
    0x00C3_6400,
    0x5346_414F,
    0x786F_4256,
    0x9FA0,
    0x6265_6572,
];

/// Whether changes of what is open are not told by the system.
pub(super) fn is_silent(open: &OwnedFd) -> bool {
    fstatfs(open).is_ok_and(|stat| SILENT.contains(&(stat.f_type as u64 & 0xFFFF_FFFF)))
}

/// What an entry was when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    id: (u64, u64),
    size: i64,
    modified: (i64, u64),
    changed: (i64, u64),
    mode: u32,
    is_directory: bool,
}

impl From<&Stat> for Seen {
    fn from(stat: &Stat) -> Self {
        let is_directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        // A directory's own times and size change with its entries, which are looked at.
        let own = |value| if is_directory { (0, 0) } else { value };
        Self {
            id: (stat.st_dev, stat.st_ino),
            size: if is_directory { 0 } else { stat.st_size },
            modified: own((stat.st_mtime, stat.st_mtime_nsec)),
            changed: own((stat.st_ctime, stat.st_ctime_nsec)),
            mode: stat.st_mode,
            is_directory,
        }
    }
}

/// All that was seen in one look, by paths below what is watched; empty if it was not there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sight(BTreeMap<Vec<u8>, Seen>);

impl Sight {
    /// Looks at what is open; at the directories below too if `recursive`.
    pub fn of(
        open: &OwnedFd,
        recursive: bool,
        passes_over: impl Fn(&[u8]) -> bool,
    ) -> Result<Self, Errno> {
        let top = Seen::from(&fstat(open)?);
        let mut all = BTreeMap::from([(Vec::new(), top)]);
        let mut todo: Vec<Vec<u8>> = top.is_directory.then(Vec::new).into_iter().collect();
        while let Some(below) = todo.pop() {
            let directory = match open_exact(open, Path::new(OsStr::from_bytes(&below)), READ) {
                Ok(directory) => directory,
                Err(errno) if below.is_empty() => return Err(errno),
                Err(_) => continue, // gone, or not for us
            };
            for entry in Dir::read_from(&directory)? {
                let Ok(entry) = entry else { break };
                let name = entry.file_name().to_bytes();
                if matches!(name, b"." | b"..") {
                    continue;
                }
                let stat = statat(&directory, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW);
                let Ok(stat) = stat else { continue };
                let seen = Seen::from(&stat);
                let path = join(&below, name);
                if recursive && seen.is_directory && !passes_over(name) {
                    todo.push(path.clone());
                }
                all.insert(path, seen);
                if all.len() > ENTRIES_MAX {
                    return Err(Errno::NOSPC);
                }
            }
        }
        Ok(Self(all))
    }

    /// What is different from an earlier look.
    pub fn changes(&self, before: &Self) -> Vec<(Vec<u8>, Kinds)> {
        let gone = before.0.keys().filter(|path| !self.0.contains_key(*path));
        let gone = gone.map(|path| (path.clone(), Kinds::RENAMED));
        let here = self.0.iter().filter_map(|(path, seen)| {
            let kinds = match before.0.get(path) {
                None => Kinds::RENAMED,
                Some(before) if before.id != seen.id => Kinds::RENAMED,
                Some(before) if before != seen => Kinds::CHANGED,
                Some(_) => return None,
            };
            Some((path.clone(), kinds))
        });
        gone.chain(here).collect()
    }
}
