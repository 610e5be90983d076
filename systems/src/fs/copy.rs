//! Copies of single files and of whole trees.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use oro_components::fs::{FsCopyFile, FsCp, FsDone, FsError};
use oro_engine::prelude::*;
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fchmod, fstat, ftruncate, mkdirat, openat,
    readlinkat, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;

use super::directory::READ;
use super::entry::make_directories;
use super::file::copy_content;
use super::path::{Entry, Reach, Syscall, encode};
use crate::sandbox::open_exact;

/// Fails if the copy exists.
pub(super) const COPYFILE_EXCL: u32 = 1;
/// Shares blocks with the original where the file system can.
pub(super) const COPYFILE_FICLONE: u32 = 2;
/// Shares blocks with the original, or fails.
pub(super) const COPYFILE_FICLONE_FORCE: u32 = 4;

pub(super) fn copy_file(reach: Reach, call: Call<FsCopyFile>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("copyfile", &call.src, &call.dest);
    let flags = call.flags.map_or(0, |flags| flags.0);
    if flags > COPYFILE_EXCL | COPYFILE_FICLONE | COPYFILE_FICLONE_FORCE {
        return Err(FsError::OutOfRange {
            param: "flags",
            value: flags.to_string(),
            min: 0,
            max: 7,
        });
    }
    let open = |text: &str, flags, mode| reach.open(&syscall, text, flags, mode);
    let from = open(&call.src, OFlags::RDONLY, Mode::empty())?;
    let stat = syscall.check(fstat(&from))?;
    if is(&stat, FileType::Directory) {
        return Err(syscall.error(Errno::ISDIR));
    }
    // Not truncated yet: it may be the same file.
    let mut making = OFlags::WRONLY | OFlags::CREATE;
    making.set(OFlags::EXCL, flags & COPYFILE_EXCL != 0);
    let to = open(&call.dest, making, mode_of(&stat))?;
    let copied = copy(from, &stat, to, (flags, &call.cancel));
    syscall.check(copied)?.ok_or(FsError::Aborted)?;
    Ok(FsDone::default())
}

fn is(stat: &Stat, kind: FileType) -> bool {
    FileType::from_raw_mode(stat.st_mode) == kind
}

fn mode_of(stat: &Stat) -> Mode {
    Mode::from_raw_mode(stat.st_mode & 0o7777)
}

/// What a file is, whatever its names are.
fn id_of(stat: &Stat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}

/// Copies a file; `None` if the caller left meanwhile.
fn copy(
    from: OwnedFd,
    stat: &Stat,
    to: OwnedFd,
    (flags, cancel): (u32, &CancelToken),
) -> io::Result<Option<()>> {
    let there = fstat(&to)?;
    if id_of(&there) == id_of(stat) {
        return Ok(Some(()));
    }
    if is(&there, FileType::RegularFile) {
        ftruncate(&to, 0)?;
        fchmod(&to, mode_of(stat))?;
    }
    if flags & (COPYFILE_FICLONE | COPYFILE_FICLONE_FORCE) != 0 {
        match rustix::fs::ioctl_ficlone(&to, &from) {
            Ok(()) => return Ok(Some(())),
            Err(errno) if flags & COPYFILE_FICLONE_FORCE != 0 => return Err(errno.into()),
            Err(_) => {}
        }
    }
    let copied = copy_content(&File::from(from), &File::from(to), cancel)?;
    Ok(copied.map(drop))
}

pub(super) fn refused(code: &'static str, message: &'static str, path: &str) -> FsError {
    FsError::Refused {
        code,
        message,
        path: path.to_owned(),
    }
}

pub(super) fn copy_tree(reach: Reach, call: Call<FsCp>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("cp", &call.src, &call.dest);
    let src = reach.entry(&syscall, &call.src)?;
    let stat = syscall.check(statat(src.dir(), src.name(), AtFlags::SYMLINK_NOFOLLOW))?;
    let is_directory = is(&stat, FileType::Directory);
    if is_directory && !call.recursive {
        let message = "cp does not copy directories unless 'recursive' is set";
        return Err(refused("ERR_FS_EISDIR", message, &call.src));
    }
    let path = reach.locate(&syscall, &call.dest)?;
    if let Some(parent) = path.parent() {
        make_directories(&reach, &syscall, (&call.dest, parent), Mode::from(0o777))?;
    }
    let (dest, path) = reach.change_with_path(&syscall, &call.dest)?;
    let copy = Copy {
        reach,
        call: &call,
        path,
    };
    if is_directory {
        copy.tree(&syscall, &src, &dest)?;
    } else {
        let (from, to) = ((src.dir(), src.name()), (dest.dir(), dest.name()));
        copy.entry(&syscall, from, to, Path::new(""))?;
    }
    Ok(FsDone::default())
}

/// A directory that is open, and a name in it.
type Place<'a> = (BorrowedFd<'a>, &'a Path);

/// A copy that is being made.
struct Copy<'a> {
    reach: Reach<'a>,
    call: &'a Call<FsCp>,
    /// The path of the copy, without links.
    path: PathBuf,
}

impl Copy<'_> {
    fn tree(&self, syscall: &Syscall, src: &Entry, dest: &Entry) -> Result<(), FsError> {
        let flags = READ | OFlags::NOFOLLOW;
        let from = syscall.check(openat(src.dir(), src.name(), flags, Mode::empty()))?;
        let stat = syscall.check(fstat(&from))?;
        let there = statat(dest.dir(), dest.name(), AtFlags::SYMLINK_NOFOLLOW);
        let is_same = there.is_ok_and(|there| id_of(&there) == id_of(&stat));
        if is_same || syscall.check(is_within(dest, id_of(&stat)))? {
            let message = "cannot copy a directory into itself";
            return Err(refused("ERR_FS_CP_EINVAL", message, &self.call.dest));
        }
        self.make_directory(syscall, (dest.dir(), dest.name()), &stat)?;
        let to = syscall.check(openat(dest.dir(), dest.name(), flags, Mode::empty()))?;
        let copy = id_of(&syscall.check(fstat(&to))?);
        // A list, not recursion: the depth of a tree is the user's, the stack is ours. Of paths
        // and not of descriptors, because there are fewer of these.
        let mut todo = vec![PathBuf::new()];
        while let Some(below) = todo.pop() {
            self.directory((&from, &to), &below, copy, &mut todo)?;
        }
        Ok(())
    }

    /// Copies what is in one directory; those in it are added to `todo`.
    fn directory(
        &self,
        (from, to): (&OwnedFd, &OwnedFd),
        below: &Path,
        copy: (u64, u64),
        todo: &mut Vec<PathBuf>,
    ) -> Result<(), FsError> {
        let (src, dest) = self.texts(below);
        let syscall = Syscall::two("cp", &src, &dest);
        let from = syscall.check(open_exact(from, below, READ))?;
        let to = syscall.check(open_exact(to, below, READ))?;
        for entry in syscall.check(Dir::read_from(&from))? {
            let entry = syscall.check(entry)?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            if self.call.cancel.is_cancelled() {
                return Err(FsError::Aborted);
            }
            let name = Path::new(std::ffi::OsStr::from_bytes(name));
            let path = below.join(name);
            let (src, dest) = self.texts(&path);
            let syscall = Syscall::two("cp", &src, &dest);
            let (from, to) = ((from.as_fd(), name), (to.as_fd(), name));
            let stat = syscall.check(statat(from.0, name, AtFlags::SYMLINK_NOFOLLOW))?;
            if !is(&stat, FileType::Directory) {
                self.entry(&syscall, from, to, &path)?;
            } else if id_of(&stat) != copy {
                self.make_directory(&syscall, to, &stat)?;
                todo.push(path);
            }
        }
        Ok(())
    }

    /// The texts of the two paths of something below.
    fn texts(&self, below: &Path) -> (String, String) {
        let text = |top: &str| {
            if below.as_os_str().is_empty() {
                top.to_owned()
            } else {
                format!("{}/{}", top.trim_end_matches('/'), encode(below))
            }
        };
        (text(&self.call.src), text(&self.call.dest))
    }

    fn make_directory(
        &self,
        syscall: &Syscall,
        (dir, name): Place,
        stat: &Stat,
    ) -> Result<(), FsError> {
        // Writable until it is filled would need a second pass; owners keep their access.
        match mkdirat(dir, name, mode_of(stat) | Mode::RWXU) {
            Err(Errno::EXIST) => {
                let there = syscall.check(statat(dir, name, AtFlags::SYMLINK_NOFOLLOW))?;
                if is(&there, FileType::Directory) {
                    return Ok(());
                }
                let message = "cannot copy a directory over something else";
                Err(refused("ERR_FS_CP_DIR_TO_NON_DIR", message, syscall.dest()))
            }
            made => syscall.check(made),
        }
    }

    /// Copies what is no directory, to `below` the copy.
    fn entry(
        &self,
        syscall: &Syscall,
        from: Place,
        to: Place,
        below: &Path,
    ) -> Result<(), FsError> {
        let refuse = |code, message| Err(refused(code, message, syscall.dest()));
        let stat = syscall.check(statat(from.0, from.1, AtFlags::SYMLINK_NOFOLLOW))?;
        let there = statat(to.0, to.1, AtFlags::SYMLINK_NOFOLLOW).ok();
        if let Some(there) = &there {
            if is(there, FileType::Directory) {
                let message = "cannot copy something else over a directory";
                return refuse("ERR_FS_CP_NON_DIR_TO_DIR", message);
            }
            if id_of(there) == id_of(&stat) {
                return refuse("ERR_FS_CP_EINVAL", "the copy would be the original");
            }
            if !self.call.force.unwrap_or(true) {
                return Ok(());
            }
        }
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {
                let said = syscall.check(readlinkat(from.0, from.1, Vec::new()))?;
                let said = Path::new(std::ffi::OsStr::from_bytes(said.as_bytes()));
                let path = if below.as_os_str().is_empty() {
                    self.path.clone()
                } else {
                    self.path.join(below)
                };
                self.reach.check_link(syscall, &path, said)?;
                if there.is_some() {
                    syscall.check(unlinkat(to.0, to.1, AtFlags::empty()))?;
                }
                return syscall.check(symlinkat(said, to.0, to.1));
            }
            FileType::Fifo => return refuse("ERR_FS_CP_FIFO_PIPE", "cannot copy a pipe"),
            FileType::Socket => return refuse("ERR_FS_CP_SOCKET", "cannot copy a socket"),
            _ => {}
        }
        if there.is_some_and(|there| is(&there, FileType::Symlink)) {
            // The copy replaces the link, not the file that it leads to.
            syscall.check(unlinkat(to.0, to.1, AtFlags::empty()))?;
        }
        let open = |(dir, name): Place, flags, mode| {
            let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            syscall.check(openat(dir, name, flags, mode))
        };
        let source = open(from, OFlags::RDONLY, Mode::empty())?;
        let stat = syscall.check(fstat(&source))?;
        let target = open(to, OFlags::WRONLY | OFlags::CREATE, mode_of(&stat))?;
        let copied = copy(source, &stat, target, (0, &self.call.cancel));
        syscall.check(copied)?.ok_or(FsError::Aborted)
    }
}

/// Whether an entry, which may not be there yet, is below a directory. Only numbers are compared on
/// the way up.
fn is_within(entry: &Entry, directory: (u64, u64)) -> rustix::io::Result<bool> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = match entry {
        Entry::Path(path) => openat(CWD, path.parent().unwrap_or(path), flags, Mode::empty())?,
        Entry::Spot(spot) => openat(spot.dir(), ".", flags, Mode::empty())?,
    };
    loop {
        let id = id_of(&fstat(&at)?);
        if id == directory {
            return Ok(true);
        }
        let above = openat(&at, "..", flags, Mode::empty())?;
        if id_of(&fstat(&above)?) == id {
            return Ok(false);
        }
        at = above;
    }
}
