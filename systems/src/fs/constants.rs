//! The numbers of flags and modes on this system, by Node's names.

use std::collections::BTreeMap;

use oro_components::fs::{FsConstants, FsError};
use oro_engine::prelude::*;
use rustix::fs::{Access, FileType, Mode, OFlags};

use super::copy::{COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE};

pub(super) fn constants(_: Call<FsConstants>) -> Result<BTreeMap<&'static str, u32>, FsError> {
    Ok(BTreeMap::from([
        ("O_RDONLY", OFlags::RDONLY.bits()),
        ("O_WRONLY", OFlags::WRONLY.bits()),
        ("O_RDWR", OFlags::RDWR.bits()),
        ("O_CREAT", OFlags::CREATE.bits()),
        ("O_EXCL", OFlags::EXCL.bits()),
        ("O_NOCTTY", OFlags::NOCTTY.bits()),
        ("O_TRUNC", OFlags::TRUNC.bits()),
        ("O_APPEND", OFlags::APPEND.bits()),
        ("O_DIRECTORY", OFlags::DIRECTORY.bits()),
        ("O_NOATIME", OFlags::NOATIME.bits()),
        ("O_NOFOLLOW", OFlags::NOFOLLOW.bits()),
        ("O_SYNC", OFlags::SYNC.bits()),
        ("O_DSYNC", OFlags::DSYNC.bits()),
        ("O_DIRECT", OFlags::DIRECT.bits()),
        ("O_NONBLOCK", OFlags::NONBLOCK.bits()),
        ("S_IRWXU", Mode::RWXU.bits()),
        ("S_IRUSR", Mode::RUSR.bits()),
        ("S_IWUSR", Mode::WUSR.bits()),
        ("S_IXUSR", Mode::XUSR.bits()),
        ("S_IRWXG", Mode::RWXG.bits()),
        ("S_IRGRP", Mode::RGRP.bits()),
        ("S_IWGRP", Mode::WGRP.bits()),
        ("S_IXGRP", Mode::XGRP.bits()),
        ("S_IRWXO", Mode::RWXO.bits()),
        ("S_IROTH", Mode::ROTH.bits()),
        ("S_IWOTH", Mode::WOTH.bits()),
        ("S_IXOTH", Mode::XOTH.bits()),
        ("S_IFREG", FileType::RegularFile.as_raw_mode()),
        ("S_IFDIR", FileType::Directory.as_raw_mode()),
        ("S_IFCHR", FileType::CharacterDevice.as_raw_mode()),
        ("S_IFBLK", FileType::BlockDevice.as_raw_mode()),
        ("S_IFIFO", FileType::Fifo.as_raw_mode()),
        ("S_IFLNK", FileType::Symlink.as_raw_mode()),
        ("S_IFSOCK", FileType::Socket.as_raw_mode()),
        ("S_IFMT", 0o170_000),
        ("F_OK", Access::EXISTS.bits()),
        ("R_OK", Access::READ_OK.bits()),
        ("W_OK", Access::WRITE_OK.bits()),
        ("X_OK", Access::EXEC_OK.bits()),
        ("COPYFILE_EXCL", COPYFILE_EXCL),
        ("UV_FS_COPYFILE_EXCL", COPYFILE_EXCL),
        ("COPYFILE_FICLONE", COPYFILE_FICLONE),
        ("UV_FS_COPYFILE_FICLONE", COPYFILE_FICLONE),
        ("COPYFILE_FICLONE_FORCE", COPYFILE_FICLONE_FORCE),
        ("UV_FS_COPYFILE_FICLONE_FORCE", COPYFILE_FICLONE_FORCE),
        ("UV_DIRENT_UNKNOWN", 0),
        ("UV_DIRENT_FILE", 1),
        ("UV_DIRENT_DIR", 2),
        ("UV_DIRENT_LINK", 3),
        ("UV_DIRENT_FIFO", 4),
        ("UV_DIRENT_SOCKET", 5),
        ("UV_DIRENT_CHAR", 6),
        ("UV_DIRENT_BLOCK", 7),
        ("UV_FS_SYMLINK_DIR", 1),
        ("UV_FS_SYMLINK_JUNCTION", 2),
        ("UV_FS_O_FILEMAP", 0),
    ]))
}
