//! Removals of single entries and of whole trees.

use std::ffi::{CStr, CString};
use std::os::fd::BorrowedFd;

use oro_components::fs::{FsDone, FsError, FsRm};
use oro_engine::prelude::*;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, openat, statat, unlinkat};
use rustix::io::Errno;
use rustix::path::Arg;

use super::copy::refused;
use super::directory::{READ, enter};
use super::path::{Reach, Syscall};

/// Directories of one removal that are open at once. Those above are opened again on the way back.
const OPEN_MAX: usize = 64;

/// How often a directory is read anew because something has come into it meanwhile.
const ROUNDS_MAX: usize = 16;

pub(super) fn remove(reach: Reach, call: Call<FsRm>) -> Result<FsDone, FsError> {
    let syscall = Syscall::new("rm", &call.path);
    let missing =
        |error: &FsError| call.force && matches!(error, FsError::Os { code: "ENOENT", .. });
    let removed = reach.change(&syscall, &call.path).and_then(|entry| {
        let stat = statat(entry.dir(), entry.name(), AtFlags::SYMLINK_NOFOLLOW);
        let stat = syscall.check(stat)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
            return syscall.check(unlinkat(entry.dir(), entry.name(), AtFlags::empty()));
        }
        if !call.recursive {
            let message = "Path is a directory: rm returned EISDIR (is a directory)";
            return Err(refused("ERR_FS_EISDIR", message, &call.path));
        }
        let name = entry.name();
        let name = syscall.check(name.as_cow_c_str())?;
        let done = remove_tree(entry.dir(), &name, &call.cancel);
        syscall.check(done)?.ok_or(FsError::Aborted)
    });
    match removed {
        Err(error) if !missing(&error) => Err(error),
        _ => Ok(FsDone::default()),
    }
}

/// A directory that is being emptied.
struct Level {
    /// `None` while too many below are open.
    dir: Option<Dir>,
    name: CString,
    /// To know it again.
    id: (u64, u64),
    rounds: usize,
}

impl Level {
    fn open(dir: Dir, name: &CStr) -> rustix::io::Result<Self> {
        let stat = fstat(dir.fd()?)?;
        Ok(Self {
            dir: Some(dir),
            name: name.to_owned(),
            id: (stat.st_dev, stat.st_ino),
            rounds: 0,
        })
    }
}

/// Removes a directory with all that is in it; `None` if the caller left meanwhile. No link is
/// followed, and none that takes the place of a directory meanwhile either.
fn remove_tree(
    parent: BorrowedFd,
    name: &CStr,
    cancel: &CancelToken,
) -> rustix::io::Result<Option<()>> {
    let mut levels = vec![Level::open(enter(parent, name)?, name)?];
    while let Some(level) = levels.last_mut() {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        let Some(dir) = &mut level.dir else {
            return Err(Errno::IO); // unreachable: it was opened again on the way back
        };
        match dir.read() {
            Some(entry) => {
                let entry = entry?;
                let name = entry.file_name();
                if matches!(name.to_bytes(), b"." | b"..") {
                    continue;
                }
                if let Some(below) = remove_or_enter(dir, name, entry.file_type())? {
                    levels.push(below);
                    if let Some(above) = levels.len().checked_sub(OPEN_MAX + 1) {
                        levels[above].dir = None;
                    }
                }
            }
            None => {
                let Some(level) = levels.pop() else { break };
                if let Some(again) = leave(level, &mut levels, parent)? {
                    levels.push(again);
                }
            }
        }
    }
    Ok(Some(()))
}

/// Removes an entry, or opens it if it is a directory.
fn remove_or_enter(dir: &Dir, name: &CStr, kind: FileType) -> rustix::io::Result<Option<Level>> {
    let fd = dir.fd()?;
    if !matches!(kind, FileType::Directory | FileType::Unknown) {
        match unlinkat(fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => return Ok(None),
            // A directory has taken its place.
            Err(Errno::ISDIR) => {}
            Err(errno) => return Err(errno),
        }
    }
    match enter(fd, name) {
        Ok(dir) => Level::open(dir, name).map(Some),
        Err(Errno::NOENT) => Ok(None),
        // It is none, or is none any more.
        Err(Errno::NOTDIR | Errno::LOOP) => match unlinkat(fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno),
        },
        Err(errno) => Err(errno),
    }
}

/// Removes a directory that was read to its end. It comes back if something is in it again.
fn leave(
    mut level: Level,
    above: &mut [Level],
    parent: BorrowedFd,
) -> rustix::io::Result<Option<Level>> {
    if let Some(outer) = above.last_mut()
        && outer.dir.is_none()
    {
        let dir = level.dir.as_ref().map(Dir::fd).transpose()?;
        let up = openat(
            dir.ok_or(Errno::IO)?,
            c"..",
            READ | OFlags::NOFOLLOW,
            Mode::empty(),
        )?;
        let stat = fstat(&up)?;
        if (stat.st_dev, stat.st_ino) != outer.id {
            return Err(Errno::NOENT); // it was moved away
        }
        outer.dir = Some(Dir::new(up)?);
    }
    let outer = above.last().and_then(|outer| outer.dir.as_ref());
    let fd = outer.map_or(Ok(parent), Dir::fd)?;
    match unlinkat(fd, &*level.name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(None),
        Err(Errno::NOTEMPTY | Errno::EXIST) if level.rounds < ROUNDS_MAX => {
            level.rounds += 1;
            if let Some(dir) = &mut level.dir {
                dir.rewind();
            }
            Ok(Some(level))
        }
        Err(errno) => Err(errno),
    }
}
