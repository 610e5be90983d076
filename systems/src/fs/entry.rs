//! Operations on single entries, by their paths.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::Path;
use std::time::UNIX_EPOCH;

use oro_components::fs::{
    FsAccess, FsChmod, FsChown, FsDone, FsError, FsLchown, FsLink, FsLstat, FsMade, FsMkdir,
    FsMkdtemp, FsMode, FsPath, FsReadlink, FsRealpath, FsRename, FsRmdir, FsStat, FsStatPath,
    FsSymlink, FsTime, FsUnlink, FsUtimes,
};
use oro_components::number::Int;
use oro_engine::prelude::*;
use rustix::fs::{Access, AtFlags, CWD, Timespec, Timestamps};
use rustix::io::Errno;

use super::path::{Paths, Syscall, decode, encode};

const DONE: FsDone = FsDone { result: 0 };

pub(super) fn access(paths: &Paths, call: Call<FsAccess>) -> Result<FsMode, FsError> {
    let syscall = Syscall::new("access", &call.path);
    let path = paths.resolve(&syscall)?;
    let mode = call.mode.0;
    let wanted = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    let wanted = (mode & !wanted.bits() == 0).then(|| Access::from_bits_retain(mode));
    let wanted = wanted.ok_or(FsError::OutOfRange {
        param: "mode",
        value: mode.to_string(),
        min: 0,
        max: 7,
    })?;
    syscall.check(rustix::fs::access(&path, wanted))?;
    Ok(FsMode { mode })
}

pub(super) fn chmod(paths: &Paths, call: Call<FsChmod>) -> Result<FsMode, FsError> {
    let syscall = Syscall::new("chmod", &call.path);
    let path = paths.resolve(&syscall)?;
    let mode = call.mode.0;
    let permissions = Permissions::from_mode(mode & 0o7777);
    syscall.check(fs::set_permissions(path, permissions))?;
    Ok(FsMode { mode })
}

/// A user or group; `None` keeps it.
fn account(param: &'static str, value: Int<i64>) -> Result<Option<u32>, FsError> {
    if value.0 == -1 || value.0 == i64::from(u32::MAX) {
        return Ok(None);
    }
    u32::try_from(value.0)
        .map(Some)
        .map_err(|_| FsError::OutOfRange {
            param,
            value: value.to_string(),
            min: -1,
            max: u32::MAX.into(),
        })
}

pub(super) fn change_owner(paths: &Paths, call: Call<FsChown>) -> Result<Empty, FsError> {
    let syscall = Syscall::new("chown", &call.path);
    let path = paths.resolve(&syscall)?;
    let (uid, gid) = (account("uid", call.uid)?, account("gid", call.gid)?);
    syscall.check(chown(path, uid, gid))?;
    Ok(Empty {})
}

pub(super) fn change_link_owner(paths: &Paths, call: Call<FsLchown>) -> Result<Empty, FsError> {
    let syscall = Syscall::new("lchown", &call.path);
    let path = paths.resolve(&syscall)?;
    let (uid, gid) = (account("uid", call.uid)?, account("gid", call.gid)?);
    syscall.check(lchown(path, uid, gid))?;
    Ok(Empty {})
}

pub(super) fn stat(paths: &Paths, call: Call<FsStatPath>) -> Result<FsStat, FsError> {
    let syscall = Syscall::new("stat", &call.path);
    let path = paths.resolve(&syscall)?;
    Ok(stat_of(&syscall.check(fs::metadata(path))?))
}

pub(super) fn lstat(paths: &Paths, call: Call<FsLstat>) -> Result<FsStat, FsError> {
    let syscall = Syscall::new("lstat", &call.path);
    let path = paths.resolve(&syscall)?;
    Ok(stat_of(&syscall.check(fs::symlink_metadata(path))?))
}

pub(super) fn stat_of(meta: &Metadata) -> FsStat {
    let time = |seconds: i64, nanoseconds: i64| FsTime {
        tv_sec: seconds.to_string(),
        tv_nsec: nanoseconds.to_string(),
    };
    let changed = time(meta.ctime(), meta.ctime_nsec());
    let born = meta.created().ok();
    let born = born.and_then(|born| born.duration_since(UNIX_EPOCH).ok());
    FsStat {
        st_dev: meta.dev().to_string(),
        st_mode: meta.mode().to_string(),
        st_nlink: meta.nlink().to_string(),
        st_uid: meta.uid().to_string(),
        st_gid: meta.gid().to_string(),
        st_rdev: meta.rdev().to_string(),
        st_ino: meta.ino().to_string(),
        st_size: meta.size().to_string(),
        st_blksize: meta.blksize().to_string(),
        st_blocks: meta.blocks().to_string(),
        st_flags: "0".into(),
        st_gen: "0".into(),
        st_atim: time(meta.atime(), meta.atime_nsec()),
        st_mtim: time(meta.mtime(), meta.mtime_nsec()),
        st_birthtim: born.map_or_else(
            || changed.clone(),
            |born| FsTime {
                tv_sec: born.as_secs().to_string(),
                tv_nsec: born.subsec_nanos().to_string(),
            },
        ),
        st_ctim: changed,
    }
}

pub(super) fn mkdir(paths: &Paths, call: Call<FsMkdir>) -> Result<FsMade, FsError> {
    let syscall = Syscall::new("mkdir", &call.path);
    let path = paths.resolve(&syscall)?;
    let missing = |path: &&Path| fs::symlink_metadata(path).is_err();
    let first = path.ancestors().take_while(missing).last();
    let first = first.filter(|_| call.recursive).map(encode);
    let result = DirBuilder::new()
        .recursive(call.recursive)
        .mode(call.mode.0 & 0o7777)
        .create(&path);
    match result {
        // Where a file is in the way, the standard library tells of the file; Node does too.
        Err(error) => Err(syscall.error(error)),
        Ok(()) => Ok(FsMade {
            result: 0,
            path: first,
        }),
    }
}

/// Names that are tried before a directory full of them is given up.
const NAMES_TRIED_MAX: usize = 100;

pub(super) fn mkdtemp(paths: &Paths, call: Call<FsMkdtemp>) -> Result<FsPath, FsError> {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let template = format!("{}XXXXXX", call.prefix);
    let syscall = Syscall::new("mkdtemp", &template);
    for _ in 0..NAMES_TRIED_MAX {
        let mut random = Id::random().map_err(|_| syscall.error(Errno::IO))?.0;
        let mut text = call.prefix.clone();
        for _ in 0..6 {
            text.push(
                LETTERS
                    .get((random % 62) as usize)
                    .copied()
                    .unwrap_or(b'0')
                    .into(),
            );
            random /= 62;
        }
        let path = paths.resolve(&Syscall::new("mkdtemp", &text))?;
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => return Ok(FsPath { path: text }),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(syscall.error(error)),
        }
    }
    Err(syscall.error(Errno::EXIST))
}

pub(super) fn readlink(paths: &Paths, call: Call<FsReadlink>) -> Result<FsPath, FsError> {
    let syscall = Syscall::new("readlink", &call.path);
    let path = paths.resolve(&syscall)?;
    let path = encode(syscall.check(fs::read_link(path))?);
    Ok(FsPath { path })
}

pub(super) fn realpath(paths: &Paths, call: Call<FsRealpath>) -> Result<FsPath, FsError> {
    let syscall = Syscall::new("realpath", &call.path);
    let path = paths.resolve(&syscall)?;
    let path = encode(syscall.check(fs::canonicalize(path))?);
    Ok(FsPath { path })
}

pub(super) fn rmdir(paths: &Paths, call: Call<FsRmdir>) -> Result<FsDone, FsError> {
    let syscall = Syscall::new("rmdir", &call.path);
    let path = paths.resolve(&syscall)?;
    syscall.check(fs::remove_dir(path))?;
    Ok(DONE)
}

pub(super) fn unlink(paths: &Paths, call: Call<FsUnlink>) -> Result<FsDone, FsError> {
    let syscall = Syscall::new("unlink", &call.path);
    let path = paths.resolve(&syscall)?;
    syscall.check(fs::remove_file(path))?;
    Ok(DONE)
}

pub(super) fn rename(paths: &Paths, call: Call<FsRename>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("rename", &call.src, &call.dest);
    let (src, dest) = paths.resolve_both(&syscall)?;
    syscall.check(fs::rename(src, dest))?;
    Ok(DONE)
}

pub(super) fn link(paths: &Paths, call: Call<FsLink>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("link", &call.src, &call.dest);
    let (src, dest) = paths.resolve_both(&syscall)?;
    syscall.check(fs::hard_link(src, dest))?;
    Ok(DONE)
}

pub(super) fn make_symlink(paths: &Paths, call: Call<FsSymlink>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("symlink", &call.src, &call.dest);
    let (_, dest) = paths.resolve_both(&syscall)?;
    // The link says what the caller says: it counts from the link, not from anywhere else.
    syscall.check(symlink(decode(&call.src)?, dest))?;
    Ok(DONE)
}

pub(super) fn utimes(paths: &Paths, call: Call<FsUtimes>) -> Result<Empty, FsError> {
    let syscall = Syscall::new("utime", &call.path);
    let path = paths.resolve(&syscall)?;
    let times = Timestamps {
        last_access: timespec("atime", call.atime)?,
        last_modification: timespec("mtime", call.mtime)?,
    };
    syscall.check(rustix::fs::utimensat(CWD, path, &times, AtFlags::empty()))?;
    Ok(Empty {})
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the range is checked, and the fraction is below one"
)]
fn timespec(param: &'static str, seconds: f64) -> Result<Timespec, FsError> {
    const SECONDS_MAX: i64 = 1 << 53;
    if seconds.is_nan() || seconds.abs() > SECONDS_MAX as f64 {
        return Err(FsError::OutOfRange {
            param,
            value: seconds.to_string(),
            min: -SECONDS_MAX,
            max: SECONDS_MAX,
        });
    }
    // A float has microseconds at best for today's times; whole ones come back as they were.
    let micros = ((seconds - seconds.floor()) * 1e6).round() as i64;
    let carry = micros / 1_000_000;
    Ok(Timespec {
        tv_sec: seconds.floor() as i64 + carry,
        tv_nsec: (micros % 1_000_000) * 1000,
    })
}
