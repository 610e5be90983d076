//! Operations on single entries, by their paths.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use oro_components::fs::{
    FsAccess, FsChmod, FsChown, FsDone, FsError, FsFileSystem, FsLchown, FsLink, FsLstat,
    FsLutimes, FsMade, FsMkdir, FsMkdtemp, FsMode, FsPath, FsReadlink, FsRealpath, FsRename,
    FsRmdir, FsStat, FsStatPath, FsStatfs, FsSymlink, FsTime, FsUnlink, FsUtimes,
};
use oro_components::number::{Digits, Int};
use oro_engine::prelude::*;
use rustix::fs::{
    Access, AtFlags, CWD, Gid, Mode, Statx, StatxFlags, StatxTimestamp, Timespec, Timestamps, Uid,
    linkat, makedev, renameat, statx, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno;

use super::path::{Entry, Reach, Syscall, Target, decode, encode};

const DONE: FsDone = FsDone { result: 0 };

pub(super) fn access(reach: Reach, call: Call<FsAccess>) -> Result<FsMode, FsError> {
    let syscall = Syscall::new("access", &call.path);
    let mode = call.mode.0;
    let wanted = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    let wanted = (mode & !wanted.bits() == 0).then(|| Access::from_bits_retain(mode));
    let wanted = wanted.ok_or(FsError::OutOfRange {
        param: "mode",
        value: mode.to_string(),
        min: 0,
        max: 7,
    })?;
    let target = reach.target(&syscall, &call.path)?;
    syscall.check(rustix::fs::access(target.path(), wanted))?;
    Ok(FsMode { mode })
}

pub(super) fn chmod(reach: Reach, call: Call<FsChmod>) -> Result<FsMode, FsError> {
    let syscall = Syscall::new("chmod", &call.path);
    let target = reach.target(&syscall, &call.path)?;
    let mode = call.mode.0;
    let permissions = Permissions::from_mode(mode & 0o7777);
    syscall.check(fs::set_permissions(target.path(), permissions))?;
    Ok(FsMode { mode })
}

/// A user or group; `None` keeps it.
pub(super) fn account(param: &'static str, value: Int<i64>) -> Result<Option<u32>, FsError> {
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

pub(super) fn change_owner(reach: Reach, call: Call<FsChown>) -> Result<Empty, FsError> {
    let syscall = Syscall::new("chown", &call.path);
    let (uid, gid) = (account("uid", call.uid)?, account("gid", call.gid)?);
    let target = reach.target(&syscall, &call.path)?;
    syscall.check(chown(target.path(), uid, gid))?;
    Ok(Empty {})
}

pub(super) fn change_link_owner(reach: Reach, call: Call<FsLchown>) -> Result<Empty, FsError> {
    let syscall = Syscall::new("lchown", &call.path);
    let (uid, gid) = (account("uid", call.uid)?, account("gid", call.gid)?);
    let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
    let entry = reach.entry(&syscall, &call.path)?;
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    syscall.check(rustix::fs::chownat(
        entry.dir(),
        entry.name(),
        uid,
        gid,
        flags,
    ))?;
    Ok(Empty {})
}

pub(super) fn stat(reach: Reach, call: Call<FsStatPath>) -> Result<FsStat, FsError> {
    let syscall = Syscall::new("stat", &call.path);
    let target = reach.target(&syscall, &call.path)?;
    syscall.check(target.stat())
}

pub(super) fn lstat(reach: Reach, call: Call<FsLstat>) -> Result<FsStat, FsError> {
    let syscall = Syscall::new("lstat", &call.path);
    let entry = reach.entry(&syscall, &call.path)?;
    syscall.check(entry.stat())
}

pub(super) fn statfs(reach: Reach, call: Call<FsStatfs>) -> Result<FsFileSystem, FsError> {
    let syscall = Syscall::new("statfs", &call.path);
    let target = reach.target(&syscall, &call.path)?;
    let found = syscall.check(rustix::fs::statfs(target.path()))?;
    Ok(FsFileSystem {
        kind: Digits(found.f_type as u64),
        bsize: Digits(found.f_bsize as u64),
        blocks: Digits(found.f_blocks),
        bfree: Digits(found.f_bfree),
        bavail: Digits(found.f_bavail),
        files: Digits(found.f_files),
        ffree: Digits(found.f_ffree),
    })
}

/// What is asked of the file system for [`FsStat`].
const WANTED: StatxFlags = StatxFlags::BASIC_STATS.union(StatxFlags::BTIME);

impl Target {
    fn stat(&self) -> rustix::io::Result<FsStat> {
        match self.opened() {
            Some(fd) => stat_of(fd),
            None => {
                statx(CWD, self.path(), AtFlags::empty(), WANTED).map(|stat| encode_stat(&stat))
            }
        }
    }
}

impl Entry {
    fn stat(&self) -> rustix::io::Result<FsStat> {
        let stat = statx(self.dir(), self.name(), AtFlags::SYMLINK_NOFOLLOW, WANTED)?;
        Ok(encode_stat(&stat))
    }
}

/// What the file system knows of something that is open.
pub(super) fn stat_of(fd: impl AsFd) -> rustix::io::Result<FsStat> {
    Ok(encode_stat(&statx(fd, "", AtFlags::EMPTY_PATH, WANTED)?))
}

fn encode_stat(stat: &Statx) -> FsStat {
    let time = |time: &StatxTimestamp| FsTime {
        tv_sec: Digits(time.tv_sec),
        tv_nsec: Digits(time.tv_nsec),
    };
    let knows_birth = stat.stx_mask & StatxFlags::BTIME.bits() != 0;
    let born = if knows_birth {
        &stat.stx_btime
    } else {
        &stat.stx_ctime
    };
    FsStat {
        st_dev: Digits(makedev(stat.stx_dev_major, stat.stx_dev_minor)),
        st_mode: Digits(stat.stx_mode.into()),
        st_nlink: Digits(stat.stx_nlink.into()),
        st_uid: Digits(stat.stx_uid.into()),
        st_gid: Digits(stat.stx_gid.into()),
        st_rdev: Digits(makedev(stat.stx_rdev_major, stat.stx_rdev_minor)),
        st_ino: Digits(stat.stx_ino),
        st_size: Digits(stat.stx_size),
        st_blksize: Digits(stat.stx_blksize.into()),
        st_blocks: Digits(stat.stx_blocks),
        st_flags: Digits(0),
        st_gen: Digits(0),
        st_atim: time(&stat.stx_atime),
        st_mtim: time(&stat.stx_mtime),
        st_ctim: time(&stat.stx_ctime),
        st_birthtim: time(born),
    }
}

pub(super) fn mkdir(reach: Reach, call: Call<FsMkdir>) -> Result<FsMade, FsError> {
    let syscall = Syscall::new("mkdir", &call.path);
    let mode = Mode::from_raw_mode(call.mode.0 & 0o7777);
    let first = if call.recursive {
        let path = reach.locate(&syscall, &call.path)?;
        make_directories(&reach, &syscall, (&call.path, &path), mode)?.map(encode)
    } else {
        let entry = reach.change(&syscall, &call.path)?;
        syscall.check(rustix::fs::mkdirat(entry.dir(), entry.name(), mode))?;
        None
    };
    Ok(FsMade {
        result: 0,
        path: first,
    })
}

/// Makes a directory and the parents that it lacks; tells the first that had to be made.
pub(super) fn make_directories(
    reach: &Reach,
    syscall: &Syscall,
    (text, path): (&str, &Path),
    mode: Mode,
) -> Result<Option<PathBuf>, FsError> {
    let make = |path: &Path| {
        let entry = reach.change_path(syscall, text, path)?;
        syscall.check(rustix::fs::mkdirat(entry.dir(), entry.name(), mode))
    };
    let is_there = |path: &Path| reach.is_directory(syscall, text, path);
    let mut missing: Vec<&Path> = Vec::new();
    let mut first = None;
    for directory in path.ancestors() {
        match make(directory) {
            Ok(()) => {
                first = Some(directory);
                break;
            }
            Err(FsError::Os { code: "ENOENT", .. }) => missing.push(directory),
            Err(_) if is_there(directory)? => break,
            Err(error) => return Err(error),
        }
    }
    for directory in missing.into_iter().rev() {
        match make(directory) {
            Ok(()) => first = first.or(Some(directory)),
            // Another may make them as well.
            Err(_) if is_there(directory)? => {}
            Err(error) => return Err(error),
        }
    }
    Ok(first.map(Path::to_owned))
}

/// Names that are tried before a directory full of them is given up.
const NAMES_TRIED_MAX: usize = 100;

pub(super) fn mkdtemp(reach: Reach, call: Call<FsMkdtemp>) -> Result<FsPath, FsError> {
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
        let path = reach.locate(&syscall, &text)?;
        let entry = reach.change_path(&syscall, &call.prefix, &path)?;
        match rustix::fs::mkdirat(entry.dir(), entry.name(), Mode::RWXU) {
            Ok(()) => return Ok(FsPath { path: text }),
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(syscall.error(errno)),
        }
    }
    Err(syscall.error(Errno::EXIST))
}

pub(super) fn readlink(reach: Reach, call: Call<FsReadlink>) -> Result<FsPath, FsError> {
    let syscall = Syscall::new("readlink", &call.path);
    let entry = reach.entry(&syscall, &call.path)?;
    let said = rustix::fs::readlinkat(entry.dir(), entry.name(), Vec::new());
    let said = syscall.check(said)?.into_bytes();
    let path = encode(OsStr::from_bytes(&said));
    Ok(FsPath { path })
}

pub(super) fn realpath(reach: Reach, call: Call<FsRealpath>) -> Result<FsPath, FsError> {
    let syscall = Syscall::new("realpath", &call.path);
    let path = encode(reach.real_path(&syscall, &call.path)?);
    Ok(FsPath { path })
}

pub(super) fn rmdir(reach: Reach, call: Call<FsRmdir>) -> Result<FsDone, FsError> {
    let syscall = Syscall::new("rmdir", &call.path);
    let entry = reach.change(&syscall, &call.path)?;
    syscall.check(unlinkat(entry.dir(), entry.name(), AtFlags::REMOVEDIR))?;
    Ok(DONE)
}

pub(super) fn unlink(reach: Reach, call: Call<FsUnlink>) -> Result<FsDone, FsError> {
    let syscall = Syscall::new("unlink", &call.path);
    let entry = reach.change(&syscall, &call.path)?;
    syscall.check(unlinkat(entry.dir(), entry.name(), AtFlags::empty()))?;
    Ok(DONE)
}

pub(super) fn rename(reach: Reach, call: Call<FsRename>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("rename", &call.src, &call.dest);
    let src = reach.change(&syscall, &call.src)?;
    let dest = reach.change(&syscall, &call.dest)?;
    syscall.check(renameat(src.dir(), src.name(), dest.dir(), dest.name()))?;
    Ok(DONE)
}

pub(super) fn link(reach: Reach, call: Call<FsLink>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("link", &call.src, &call.dest);
    let src = reach.change(&syscall, &call.src)?;
    let dest = reach.change(&syscall, &call.dest)?;
    // A link gets a second name of its own: following it here would lead anywhere.
    let flags = AtFlags::empty();
    syscall.check(linkat(
        src.dir(),
        src.name(),
        dest.dir(),
        dest.name(),
        flags,
    ))?;
    Ok(DONE)
}

pub(super) fn make_symlink(reach: Reach, call: Call<FsSymlink>) -> Result<FsDone, FsError> {
    let syscall = Syscall::two("symlink", &call.src, &call.dest);
    // The link says what the caller says: it counts from the link, not from anywhere else.
    let target = decode(&call.src)?;
    let (dest, path) = reach.change_with_path(&syscall, &call.dest)?;
    reach.check_link(&syscall, &path, &target)?;
    syscall.check(symlinkat(&target, dest.dir(), dest.name()))?;
    Ok(DONE)
}

pub(super) fn utimes(reach: Reach, call: Call<FsUtimes>) -> Result<Empty, FsError> {
    let syscall = Syscall::new("utime", &call.path);
    let times = timestamps(call.atime, call.mtime)?;
    let target = reach.target(&syscall, &call.path)?;
    syscall.check(utimensat(CWD, target.path(), &times, AtFlags::empty()))?;
    Ok(Empty {})
}

pub(super) fn link_utimes(reach: Reach, call: Call<FsLutimes>) -> Result<Empty, FsError> {
    let syscall = Syscall::new("lutime", &call.path);
    let times = timestamps(call.atime, call.mtime)?;
    let entry = reach.entry(&syscall, &call.path)?;
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    syscall.check(utimensat(entry.dir(), entry.name(), &times, flags))?;
    Ok(Empty {})
}

/// The times of last access and last change, from seconds since 1970.
pub(super) fn timestamps(atime: f64, mtime: f64) -> Result<Timestamps, FsError> {
    Ok(Timestamps {
        last_access: timespec("atime", atime)?,
        last_modification: timespec("mtime", mtime)?,
    })
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
