//! Copies and removals, of single files and of whole trees.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use oro_components::fs::{FsCopyFile, FsCp, FsDone, FsError, FsRm};
use oro_engine::prelude::*;
use rustix::io::Errno;

use super::file::copy_content;
use super::path::{Paths, Syscall, encode};

/// Fails if the copy exists.
pub(super) const COPYFILE_EXCL: u32 = 1;
/// Shares blocks with the original where the file system can.
pub(super) const COPYFILE_FICLONE: u32 = 2;
/// Shares blocks with the original, or fails.
pub(super) const COPYFILE_FICLONE_FORCE: u32 = 4;

pub(super) fn copy_file(paths: &Paths, call: Call<FsCopyFile>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("copyfile", &call.src, &call.dest);
    let (src, dest) = paths.resolve_both(&syscall)?;
    let flags = call.flags.map_or(0, |flags| flags.0);
    if flags > COPYFILE_EXCL | COPYFILE_FICLONE | COPYFILE_FICLONE_FORCE {
        return Err(FsError::OutOfRange {
            param: "flags",
            value: flags.to_string(),
            min: 0,
            max: 7,
        });
    }
    let copied = syscall.check(copy(&src, &dest, flags, &call.cancel))?;
    copied.ok_or(FsError::Aborted)?;
    Ok(FsDone::default())
}

/// Copies a file; `None` if the caller left meanwhile.
fn copy(src: &Path, dest: &Path, flags: u32, cancel: &CancelToken) -> io::Result<Option<u64>> {
    let from = File::open(src)?;
    let meta = from.metadata()?;
    if meta.is_dir() {
        return Err(Errno::ISDIR.into());
    }
    // Not truncated yet: it may be the same file.
    let to = OpenOptions::new()
        .write(true)
        .create(true)
        .create_new(flags & COPYFILE_EXCL != 0)
        .mode(meta.mode() & 0o7777)
        .truncate(false)
        .open(dest)?;
    let there = to.metadata()?;
    if (there.dev(), there.ino()) == (meta.dev(), meta.ino()) {
        return Ok(Some(0));
    }
    if there.is_file() {
        to.set_len(0)?;
        to.set_permissions(meta.permissions())?;
    }
    if flags & (COPYFILE_FICLONE | COPYFILE_FICLONE_FORCE) != 0 {
        match clone_blocks(&to, &from) {
            Ok(()) => return Ok(Some(meta.len())),
            Err(error) if flags & COPYFILE_FICLONE_FORCE != 0 => return Err(error.into()),
            Err(_) => {}
        }
    }
    copy_content(&from, &to, cancel)
}

#[cfg(target_os = "linux")]
fn clone_blocks(to: &File, from: &File) -> rustix::io::Result<()> {
    rustix::fs::ioctl_ficlone(to, from)
}

#[cfg(not(target_os = "linux"))]
fn clone_blocks(_: &File, _: &File) -> rustix::io::Result<()> {
    Err(Errno::NOTSUP)
}

fn refused(code: &'static str, message: &'static str, path: &Path) -> FsError {
    FsError::Refused {
        code,
        message,
        path: encode(path),
    }
}

pub(super) fn copy_tree(paths: &Paths, call: Call<FsCp>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("cp", &call.src, &call.dest);
    let (src, dest) = paths.resolve_both(&syscall)?;
    let meta = syscall.check(fs::symlink_metadata(&src))?;
    if meta.is_dir() {
        if !call.recursive {
            let message = "cp does not copy directories unless 'recursive' is set";
            return Err(refused("ERR_FS_EISDIR", message, &src));
        }
        if is_within(&dest, &src) {
            let message = "cannot copy a directory into itself";
            return Err(refused("ERR_FS_CP_EINVAL", message, &dest));
        }
    }
    if let Some(parent) = dest.parent() {
        syscall.check(fs::create_dir_all(parent))?;
    }
    // A list, not recursion: the depth of a tree is the user's, the stack is ours.
    let mut todo = vec![(src, dest)];
    while let Some((src, dest)) = todo.pop() {
        if call.cancel.is_cancelled() {
            return Err(FsError::Aborted);
        }
        let (from, to) = (encode(&src), encode(&dest));
        let syscall = Syscall::two("cp", &from, &to);
        let meta = syscall.check(fs::symlink_metadata(&src))?;
        if meta.is_dir() {
            make_directory(&syscall, &meta, &src, &dest)?;
            for entry in syscall.check(fs::read_dir(&src))? {
                let name = syscall.check(entry)?.file_name();
                todo.push((src.join(&name), dest.join(name)));
            }
        } else {
            copy_entry(&call, &syscall, &meta, (&src, &dest))?;
        }
    }
    Ok(FsDone::default())
}

fn make_directory(
    syscall: &Syscall,
    meta: &Metadata,
    src: &Path,
    dest: &Path,
) -> Result<(), FsError> {
    match fs::symlink_metadata(dest) {
        Ok(there) if !there.is_dir() => {
            let message = "cannot copy a directory over something else";
            Err(refused("ERR_FS_CP_DIR_TO_NON_DIR", message, src))
        }
        Ok(_) => Ok(()),
        // Writable until it is filled would need a second pass; owners keep their access.
        Err(_) => syscall.check(
            DirBuilder::new()
                .mode((meta.mode() & 0o7777) | 0o700)
                .create(dest),
        ),
    }
}

fn copy_entry(
    call: &Call<FsCp>,
    syscall: &Syscall,
    meta: &Metadata,
    (src, dest): (&Path, &Path),
) -> Result<(), FsError> {
    let there = fs::symlink_metadata(dest).ok();
    if let Some(there) = &there {
        if there.is_dir() {
            let message = "cannot copy something else over a directory";
            return Err(refused("ERR_FS_CP_NON_DIR_TO_DIR", message, dest));
        }
        if (there.dev(), there.ino()) == (meta.dev(), meta.ino()) {
            let message = "the copy would be the original";
            return Err(refused("ERR_FS_CP_EINVAL", message, dest));
        }
        if !call.force.unwrap_or(true) {
            return Ok(());
        }
    }
    let kind = meta.file_type();
    if kind.is_symlink() {
        let target = syscall.check(fs::read_link(src))?;
        if there.is_some() {
            syscall.check(fs::remove_file(dest))?;
        }
        return syscall.check(symlink(target, dest));
    }
    if kind.is_fifo() {
        return Err(refused("ERR_FS_CP_FIFO_PIPE", "cannot copy a pipe", src));
    }
    if kind.is_socket() {
        return Err(refused("ERR_FS_CP_SOCKET", "cannot copy a socket", src));
    }
    if there.is_some_and(|there| there.is_symlink()) {
        // The copy replaces the link, not the file that it leads to.
        syscall.check(fs::remove_file(dest))?;
    }
    let copied = syscall.check(copy(src, dest, 0, &call.cancel))?;
    copied.map(drop).ok_or(FsError::Aborted)
}

/// Whether `path`, which may not be there yet, is `directory` or below it.
fn is_within(path: &Path, directory: &Path) -> bool {
    let Ok(directory) = fs::canonicalize(directory) else {
        return false;
    };
    path.ancestors()
        .find_map(|there| {
            let real: PathBuf = fs::canonicalize(there).ok()?;
            Some(real.starts_with(&directory))
        })
        .unwrap_or(false)
}

pub(super) fn remove(paths: &Paths, call: Call<FsRm>) -> Result<FsDone, FsError> {
    let syscall = Syscall::new("rm", &call.path);
    let path = paths.resolve(&syscall)?;
    let gone = |error: &io::Error| call.force && error.kind() == io::ErrorKind::NotFound;
    let meta = match fs::symlink_metadata(&path) {
        Ok(meta) => meta,
        Err(error) if gone(&error) => return Ok(FsDone::default()),
        Err(error) => return Err(syscall.error(error)),
    };
    let result = if !meta.is_dir() {
        fs::remove_file(&path)
    } else if call.recursive {
        fs::remove_dir_all(&path)
    } else {
        let message = "Path is a directory: rm returned EISDIR (is a directory)";
        return Err(refused("ERR_FS_EISDIR", message, &path));
    };
    match result {
        Err(error) if !gone(&error) => Err(syscall.error(error)),
        _ => Ok(FsDone::default()),
    }
}
