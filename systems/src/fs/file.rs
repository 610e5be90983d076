//! Operations on open files, and whole files at once.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;

use bevy_ecs::prelude::*;
use oro_components::fs::{
    FsAppendFile, FsDone, FsError, FsFchmod, FsFchown, FsFstat, FsFsync, FsFtruncate, FsFutimes,
    FsMode, FsOpen, FsRead, FsReadFile, FsTruncate, FsWrite, FsWriteFile, FsWritten,
};
use oro_components::number::Int;
use oro_engine::prelude::*;
use rustix::buffer::spare_capacity;
use rustix::fs::{FileType, Gid, Mode, OFlags, Uid};
use rustix::io::{Errno, retry_on_intr};

use super::entry::{account, stat_of, timestamps};
use super::handle::{self, Opened};
use super::path::{Paths, Reach, Syscall};

/// The most that one `fs.read` brings, in bytes.
pub(super) const READ_MAX: u64 = 64 << 20;

/// The largest file that `fs.readFile` reads, in bytes: Node's limit too.
const READ_FILE_MAX: u64 = 2 << 30;

/// What is read at once of a file that does not tell its size, in bytes.
const READ_BYTES: usize = 16 << 10;

/// Permissions of a new file where the caller gives none.
const NEW_FILE_MODE: u32 = 0o666;

type Input<R> = In<(Call<R>, Pending<R>)>;

/// Makes the handler of `fs.open`.
pub(super) fn open(
    paths: Paths,
) -> impl Fn(Input<FsOpen>, &mut World) -> Result<(), FsError> + Send + Sync + 'static {
    move |In((call, pending)): Input<FsOpen>, world: &mut World| {
        let (paths, id, client) = (paths.clone(), call.id, call.client);
        handle::open(world, call, pending, id, move |params| {
            let reach = paths.reach(client);
            let file = open_file(&reach, &params.path, params.flags.0, params.mode.0)?;
            Ok(Opened::File(Arc::new(file)))
        })
    }
}

fn open_file(reach: &Reach, text: &str, flags: u32, mode: u32) -> Result<File, FsError> {
    let syscall = Syscall::new("open", text);
    let flags = OFlags::from_bits_retain(flags);
    let mode = Mode::from_raw_mode(mode & 0o7777);
    Ok(reach.open(&syscall, text, flags, mode)?.into())
}

/// An offset that the operating system takes.
fn offset(param: &'static str, value: Option<Int<i64>>) -> Result<Option<u64>, FsError> {
    let Some(Int(value)) = value else {
        return Ok(None);
    };
    u64::try_from(value)
        .map(Some)
        .map_err(|_| FsError::OutOfRange {
            param,
            value: value.to_string(),
            min: 0,
            max: i64::MAX,
        })
}

pub(super) fn read(In(input): Input<FsRead>, world: &mut World) -> Result<(), FsError> {
    let id = input.0.id;
    let at = offset("offset", input.0.offset)?;
    handle::with_file(world, input, id, move |call, file| {
        let size = usize::try_from(call.size.0.min(READ_MAX)).unwrap_or(usize::MAX);
        // Only what is read is ever touched, so a large size costs address space alone.
        let mut bytes = Vec::with_capacity(size);
        if size > 0 {
            let result = match at {
                Some(at) => {
                    retry_on_intr(|| rustix::io::pread(file, spare_capacity(&mut bytes), at))
                }
                None => retry_on_intr(|| rustix::io::read(file, spare_capacity(&mut bytes))),
            };
            Syscall::new("read", "").check(result)?;
        }
        bytes.shrink_to_fit();
        Ok(bytes.into())
    })
}

pub(super) fn write(In(input): Input<FsWrite>, world: &mut World) -> Result<(), FsError> {
    let id = input.0.id;
    let at = offset("offset", input.0.offset)?;
    handle::with_file(world, input, id, move |call, file| {
        let written = write_all(file, &call.body, at);
        Syscall::new("write", "").check(written)?;
        let result = call.body.len() as u64;
        Ok(FsWritten { id, result })
    })
}

/// Writes all bytes, however many calls that takes.
pub(super) fn write_all(
    fd: impl AsFd,
    mut bytes: &[u8],
    mut at: Option<u64>,
) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        let written = match at {
            Some(at) => retry_on_intr(|| rustix::io::pwrite(&fd, bytes, at))?,
            None => retry_on_intr(|| rustix::io::write(&fd, bytes))?,
        };
        if written == 0 {
            return Err(Errno::IO);
        }
        bytes = bytes.get(written..).unwrap_or_default();
        at = at.map(|at| at + written as u64);
    }
    Ok(())
}

pub(super) fn fstat(In(input): Input<FsFstat>, world: &mut World) -> Result<(), FsError> {
    let id = input.0.id;
    handle::with_file(world, input, id, |_, file| {
        Syscall::new("fstat", "").check(stat_of(file))
    })
}

pub(super) fn fsync(In(input): Input<FsFsync>, world: &mut World) -> Result<(), FsError> {
    let id = input.0.id;
    handle::with_file(world, input, id, |call, file| {
        if call.data_only {
            Syscall::new("fdatasync", "").check(file.sync_data())?;
        } else {
            Syscall::new("fsync", "").check(file.sync_all())?;
        }
        Ok(FsDone::default())
    })
}

pub(super) fn fchmod(In(input): Input<FsFchmod>, world: &mut World) -> Result<(), FsError> {
    let (id, mode) = (input.0.id, input.0.mode.0);
    handle::with_file(world, input, id, move |_, file| {
        let permissions = Mode::from_raw_mode(mode & 0o7777);
        Syscall::new("fchmod", "").check(rustix::fs::fchmod(file, permissions))?;
        Ok(FsMode { mode })
    })
}

pub(super) fn fchown(In(input): Input<FsFchown>, world: &mut World) -> Result<(), FsError> {
    let id = input.0.id;
    let (uid, gid) = (account("uid", input.0.uid)?, account("gid", input.0.gid)?);
    let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
    handle::with_file(world, input, id, move |_, file| {
        Syscall::new("fchown", "").check(rustix::fs::fchown(file, uid, gid))?;
        Ok(Empty {})
    })
}

pub(super) fn futimes(In(input): Input<FsFutimes>, world: &mut World) -> Result<(), FsError> {
    let id = input.0.id;
    let times = timestamps(input.0.atime, input.0.mtime)?;
    handle::with_file(world, input, id, move |_, file| {
        Syscall::new("futime", "").check(rustix::fs::futimens(file, &times))?;
        Ok(Empty {})
    })
}

pub(super) fn ftruncate(In(input): Input<FsFtruncate>, world: &mut World) -> Result<(), FsError> {
    let id = input.0.id;
    let length = offset("offset", Some(input.0.offset))?.unwrap_or_default();
    handle::with_file(world, input, id, move |_, file| {
        let result = retry_on_intr(|| rustix::fs::ftruncate(file, length));
        Syscall::new("ftruncate", "").check(result)?;
        Ok(FsDone::default())
    })
}

pub(super) fn truncate(reach: Reach, call: Call<FsTruncate>) -> Result<FsDone, FsError> {
    let length = offset("length", Some(call.length))?.unwrap_or_default();
    let file = open_file(&reach, &call.path, OFlags::WRONLY.bits(), 0)?;
    let result = retry_on_intr(|| rustix::fs::ftruncate(&file, length));
    Syscall::new("ftruncate", &call.path).check(result)?;
    Ok(FsDone::default())
}

pub(super) fn read_file(reach: Reach, call: Call<FsReadFile>) -> Result<Bytes, FsError> {
    let file = open_file(&reach, &call.path, OFlags::RDONLY.bits(), 0)?;
    let syscall = Syscall::new("read", "");
    let stat = syscall.check(rustix::fs::fstat(&file))?;
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    let too_large = |size| FsError::TooLarge {
        size,
        max: READ_FILE_MAX,
    };
    if size > READ_FILE_MAX {
        return Err(too_large(size));
    }
    let size = usize::try_from(size).unwrap_or_default();
    // What the kernel makes has no size, and is read to its end.
    let has_size = size > 0 && FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let mut bytes: Vec<u8> = Vec::with_capacity(if has_size { size } else { READ_BYTES });
    while !has_size || bytes.len() < size {
        if call.cancel.is_cancelled() {
            return Err(FsError::Aborted);
        }
        if bytes.len() as u64 > READ_FILE_MAX {
            return Err(too_large(bytes.len() as u64));
        }
        if bytes.len() == bytes.capacity() {
            bytes.reserve(READ_BYTES);
        }
        let read = if size as u64 > READ_MAX {
            // In parts, between which a caller who has left is noticed.
            syscall.check((&file).take(READ_MAX).read_to_end(&mut bytes))?
        } else {
            let read = retry_on_intr(|| rustix::io::read(&file, spare_capacity(&mut bytes)));
            syscall.check(read)?
        };
        if read == 0 {
            break;
        }
    }
    Ok(bytes.into())
}

fn write_whole(
    reach: &Reach,
    path: &str,
    flags: OFlags,
    (given, mode): (Option<Int<u32>>, Option<Int<u32>>),
    body: &Bytes,
) -> Result<FsDone, FsError> {
    let flags = given.map_or((OFlags::WRONLY | OFlags::CREATE | flags).bits(), |f| f.0);
    let mode = mode.map_or(NEW_FILE_MODE, |mode| mode.0);
    let file = open_file(reach, path, flags, mode)?;
    Syscall::new("write", "").check(write_all(&file, body, None))?;
    let result = body.len() as u64;
    Ok(FsDone { result })
}

pub(super) fn write_file(reach: Reach, call: Call<FsWriteFile>) -> Result<FsDone, FsError> {
    let given = (call.flags, call.mode);
    write_whole(&reach, &call.path, OFlags::TRUNC, given, &call.body)
}

pub(super) fn append_file(reach: Reach, call: Call<FsAppendFile>) -> Result<FsDone, FsError> {
    let given = (call.flags, call.mode);
    write_whole(&reach, &call.path, OFlags::APPEND, given, &call.body)
}

/// Copies one file to another, both open, in pieces that a cancelled caller does not wait for.
pub(super) fn copy_content(
    from: &File,
    to: &File,
    cancel: &CancelToken,
) -> io::Result<Option<u64>> {
    let mut total = 0;
    loop {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        let copied = io::copy(&mut from.take(READ_MAX), &mut &*to)?;
        total += copied;
        if copied < READ_MAX {
            (&*to).flush()?;
            return Ok(Some(total));
        }
    }
}
