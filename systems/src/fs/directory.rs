//! Reading directories, and whole trees, piece by piece.

use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use bevy_ecs::prelude::*;
use oro_components::fs::{ENTRIES_MAX, FsEntry, FsError, FsOpendir, FsReaddir};
use oro_engine::prelude::*;
use parking_lot::Mutex;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::handle::{self, Opened};
use super::path::{Paths, Syscall, encode};
use crate::errno::SystemError;
use crate::sandbox::open_exact;

/// Directories of one walk that are open at once. Deeper ones wait for their turn.
const OPEN_MAX: usize = 64;

/// Entries between two looks at whether the caller is still there.
const CANCEL_EVERY: usize = 256;

/// How directories are opened to be read.
pub(super) const READ: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// A directory that is being read.
struct Level {
    dir: Dir,
    /// Its path relative to the root of the walk, as bytes.
    path: Vec<u8>,
}

/// A walk through one directory or a tree, depth first. What it remembers is the way down, not
/// what it has seen, so it can be as long as it likes.
pub(super) struct Walk {
    /// For directories below the ones that are open.
    root: OwnedFd,
    open: Vec<Level>,
    /// Directories that were met when too many were open already.
    later: Vec<Vec<u8>>,
    recursive: bool,
    stats: bool,
}

impl Walk {
    fn new(root: OwnedFd, recursive: bool, stats: bool) -> rustix::io::Result<Self> {
        let top = Level {
            dir: Dir::read_from(&root)?,
            path: Vec::new(),
        };
        Ok(Self {
            root,
            open: vec![top],
            later: Vec::new(),
            recursive,
            stats,
        })
    }

    pub fn fd(&self) -> i32 {
        self.root.as_raw_fd()
    }

    /// Up to `max` further entries; none at the end.
    fn read(&mut self, max: usize, cancel: &CancelToken) -> rustix::io::Result<Vec<FsEntry>> {
        let mut entries = Vec::new();
        while entries.len() < max {
            if entries.len() % CANCEL_EVERY == CANCEL_EVERY - 1 && cancel.is_cancelled() {
                break; // what was read is lost, and so is whoever wanted it
            }
            match self.next_entry()? {
                Some(entry) => entries.push(entry),
                None => break,
            }
        }
        Ok(entries)
    }

    fn next_entry(&mut self) -> rustix::io::Result<Option<FsEntry>> {
        loop {
            let Some(level) = self.open.last_mut() else {
                let Some(path) = self.later.pop() else {
                    return Ok(None);
                };
                if let Err(errno) = self.enter_later(&path) {
                    return Ok(Some(unreadable(&path, errno)));
                }
                continue;
            };
            match level.dir.read() {
                None => drop(self.open.pop()),
                Some(Err(errno)) if level.path.is_empty() => return Err(errno),
                Some(Err(errno)) => {
                    let path = std::mem::take(&mut level.path);
                    self.open.pop();
                    return Ok(Some(unreadable(&path, errno)));
                }
                Some(Ok(entry)) => {
                    let name = entry.file_name();
                    if name != c"." && name != c".." {
                        return Ok(Some(self.visit(name, entry.file_type())));
                    }
                }
            }
        }
    }

    /// Tells of an entry of the innermost open directory, and enters it if it is one.
    fn visit(&mut self, name: &CStr, mut kind: FileType) -> FsEntry {
        let Some(level) = self.open.last() else {
            return entry_of(name.to_bytes(), b"", kind); // unreachable: its caller just read it
        };
        let mut entry = entry_of(name.to_bytes(), &level.path, kind);
        if self.stats || kind == FileType::Unknown {
            match stat_at(&level.dir, name) {
                Ok(stat) => {
                    kind = FileType::from_raw_mode(stat.st_mode);
                    entry.kind = number_of(kind);
                    if self.stats {
                        add_stats(&mut entry, &stat);
                    }
                }
                Err(errno) => entry.error = Some(SystemError::from(errno).code),
            }
        }
        if self.recursive && kind == FileType::Directory {
            let path = join(&level.path, name.to_bytes());
            if self.open.len() >= OPEN_MAX {
                self.later.push(path);
            } else {
                let below = level.dir.fd().and_then(|fd| enter(fd, name));
                match below {
                    Ok(dir) => self.open.push(Level { dir, path }),
                    Err(errno) => entry.error = Some(SystemError::from(errno).code),
                }
            }
        }
        entry
    }

    fn enter_later(&mut self, path: &[u8]) -> rustix::io::Result<()> {
        // Through no link that has taken the place of a directory on the way meanwhile.
        let path = Path::new(OsStr::from_bytes(path));
        let dir = Dir::new(open_exact(&self.root, path, READ)?)?;
        let path = path.as_os_str().as_bytes().to_vec();
        self.open.push(Level { dir, path });
        Ok(())
    }
}

/// Opens a directory in another; never through a link that has taken its place meanwhile.
pub(super) fn enter(fd: impl AsFd, name: &CStr) -> rustix::io::Result<Dir> {
    let flags = READ | OFlags::NOFOLLOW;
    Dir::new(rustix::fs::openat(fd, name, flags, Mode::empty())?)
}

fn stat_at(dir: &Dir, name: &CStr) -> rustix::io::Result<Stat> {
    rustix::fs::statat(dir.fd()?, name, AtFlags::SYMLINK_NOFOLLOW)
}

fn join(parent: &[u8], name: &[u8]) -> Vec<u8> {
    if parent.is_empty() {
        return name.to_vec();
    }
    [parent, b"/", name].concat()
}

fn entry_of(name: &[u8], parent: &[u8], kind: FileType) -> FsEntry {
    FsEntry {
        name: encode(OsStr::from_bytes(name)),
        kind: number_of(kind),
        parent: encode(OsStr::from_bytes(parent)),
        size: None,
        mtime_ms: None,
        mode: None,
        error: None,
    }
}

#[expect(
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "sizes are not negative; milliseconds of times keep their microseconds"
)]
fn add_stats(entry: &mut FsEntry, stat: &Stat) {
    entry.size = Some(stat.st_size as u64);
    entry.mtime_ms = Some(stat.st_mtime as f64 * 1e3 + stat.st_mtime_nsec as f64 / 1e6);
    entry.mode = Some(stat.st_mode);
}

/// A directory that was told of before and turned out to be unreadable.
fn unreadable(path: &[u8], errno: Errno) -> FsEntry {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    let (parent, name) = slash.map_or((&b""[..], path), |at| {
        (
            path.get(..at).unwrap_or_default(),
            path.get(at + 1..).unwrap_or_default(),
        )
    });
    FsEntry {
        error: Some(SystemError::from(errno).code),
        ..entry_of(name, parent, FileType::Directory)
    }
}

/// libuv's numbers of the kinds of entries.
fn number_of(kind: FileType) -> u8 {
    match kind {
        FileType::RegularFile => 1,
        FileType::Directory => 2,
        FileType::Symlink => 3,
        FileType::Fifo => 4,
        FileType::Socket => 5,
        FileType::CharacterDevice => 6,
        FileType::BlockDevice => 7,
        FileType::Unknown => 0,
    }
}

type Input<R> = In<(Call<R>, Pending<R>)>;

/// Makes the handler of `fs.opendir`.
pub(super) fn opendir(
    paths: Paths,
) -> impl Fn(Input<FsOpendir>, &mut World) -> Result<(), FsError> + Send + Sync + 'static {
    move |In((call, pending)): Input<FsOpendir>, world: &mut World| {
        let (paths, id, client) = (paths.clone(), call.id, call.client);
        handle::open(world, call, pending, id, move |params| {
            let syscall = Syscall::new("opendir", &params.path);
            let reach = paths.reach(client);
            let root = reach.open(&syscall, &params.path, READ, Mode::empty())?;
            let walk = syscall.check(Walk::new(root, params.recursive, params.stats))?;
            Ok(Opened::Directory(Arc::new(Mutex::new(walk))))
        })
    }
}

pub(super) fn readdir(In(input): Input<FsReaddir>, world: &mut World) -> Result<(), FsError> {
    let (id, max) = (input.0.id, input.0.entries.0);
    if max == 0 || max > ENTRIES_MAX {
        return Err(FsError::OutOfRange {
            param: "entries",
            value: max.to_string(),
            min: 1,
            max: ENTRIES_MAX.into(),
        });
    }
    handle::with_directory(world, input, id, move |call, walk| {
        let entries = walk.read(max as usize, &call.cancel);
        Syscall::new("scandir", "").check(entries)
    })
}
