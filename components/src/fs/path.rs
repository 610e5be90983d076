//! Routes that take paths and keep nothing open.

use oro_engine::route::Empty;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FsDone, route};
use crate::number::{Digits, Int};

/// Whether this process may use an entry in the given ways.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsAccess {
    /// The entry.
    pub path: String,
    /// `R_OK`, `W_OK` and `X_OK` together; 0 asks only whether it is there.
    pub mode: Int<u32>,
}
route!(FsAccess, "fs.access", FsMode);

/// The mode that was asked for.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct FsMode {
    /// The mode.
    pub mode: u32,
}

/// Sets the permissions of an entry.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsChmod {
    /// The entry.
    pub path: String,
    /// The permissions, such as `0o644`.
    pub mode: Int<u32>,
}
route!(FsChmod, "fs.chmod", FsMode);

/// Sets the owner of an entry. A link is followed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsChown {
    /// The entry.
    pub path: String,
    /// The new owner; -1 keeps it.
    pub uid: Int<i64>,
    /// The new group; -1 keeps it.
    pub gid: Int<i64>,
}
route!(FsChown, "fs.chown", Empty);

/// Sets the owner of an entry. A link is not followed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsLchown {
    /// The entry.
    pub path: String,
    /// The new owner; -1 keeps it.
    pub uid: Int<i64>,
    /// The new group; -1 keeps it.
    pub gid: Int<i64>,
}
route!(FsLchown, "fs.lchown", Empty);

/// What the file system knows of an entry. A link is followed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsStatPath {
    /// The entry.
    pub path: String,
}
route!(FsStatPath, "fs.stat", FsStat);

/// What the file system knows of an entry. A link is not followed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsLstat {
    /// The entry.
    pub path: String,
}
route!(FsLstat, "fs.lstat", FsStat);

/// What the file system knows of an entry. Numbers are decimal strings of 64 bits.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct FsStat {
    /// The device that holds it.
    pub st_dev: Digits<u64>,
    /// Kind and permissions.
    pub st_mode: Digits<u64>,
    /// How many names it has.
    pub st_nlink: Digits<u64>,
    /// The owner.
    pub st_uid: Digits<u64>,
    /// The group.
    pub st_gid: Digits<u64>,
    /// The device that it is, if it is one.
    pub st_rdev: Digits<u64>,
    /// Its number on the device.
    pub st_ino: Digits<u64>,
    /// Its size in bytes.
    pub st_size: Digits<u64>,
    /// The best size for reads and writes, in bytes.
    pub st_blksize: Digits<u64>,
    /// Blocks of 512 bytes that it takes.
    pub st_blocks: Digits<u64>,
    /// Always 0 on this system.
    pub st_flags: Digits<u64>,
    /// Always 0 on this system.
    pub st_gen: Digits<u64>,
    /// Last access.
    pub st_atim: FsTime,
    /// Last change of the content.
    pub st_mtim: FsTime,
    /// Last change of the content or of what is told here.
    pub st_ctim: FsTime,
    /// Creation; `st_ctim` where the file system does not know.
    pub st_birthtim: FsTime,
}

/// A point in time, counted from 1970.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct FsTime {
    /// Whole seconds.
    pub tv_sec: Digits<i64>,
    /// Nanoseconds of the second.
    pub tv_nsec: Digits<u32>,
}

/// What is known of the file system that holds an entry. A link is followed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsStatfs {
    /// The entry.
    pub path: String,
}
route!(FsStatfs, "fs.statfs", FsFileSystem);

/// What is known of a file system. Numbers are decimal strings of 64 bits.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct FsFileSystem {
    /// Its kind: the system's magic number.
    #[serde(rename = "type")]
    pub kind: Digits<u64>,
    /// The size of a block, in bytes.
    pub bsize: Digits<u64>,
    /// All blocks.
    pub blocks: Digits<u64>,
    /// Free blocks.
    pub bfree: Digits<u64>,
    /// Free blocks that this user may fill.
    pub bavail: Digits<u64>,
    /// All entries that there can be.
    pub files: Digits<u64>,
    /// Entries that can still be made.
    pub ffree: Digits<u64>,
}

/// Makes a directory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsMkdir {
    /// The directory.
    pub path: String,
    /// Its permissions, before the process's mask.
    pub mode: Int<u32>,
    /// Makes missing parents too, and accepts a directory that is there.
    #[serde(default)]
    pub recursive: bool,
}
route!(FsMkdir, "fs.mkdir", FsMade);

/// A directory that is there now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FsMade {
    /// Always 0.
    pub result: u64,
    /// The first directory that had to be made, if one had to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", default)]
    pub path: Option<String>,
}

/// Makes a directory with a new name, which only this user may enter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsMkdtemp {
    /// The beginning of its path; six characters are added.
    pub prefix: String,
}
route!(FsMkdtemp, "fs.mkdtemp", FsPath);

/// A path.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FsPath {
    /// The path.
    pub path: String,
}

/// What a symbolic link says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsReadlink {
    /// The link.
    pub path: String,
}
route!(FsReadlink, "fs.readlink", FsPath);

/// The absolute path of an entry, with all links followed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsRealpath {
    /// The entry.
    pub path: String,
}
route!(FsRealpath, "fs.realpath", FsPath);

/// Removes an empty directory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsRmdir {
    /// The directory.
    pub path: String,
}
route!(FsRmdir, "fs.rmdir", FsDone);

/// Removes a name of a file, or a link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsUnlink {
    /// The entry.
    pub path: String,
}
route!(FsUnlink, "fs.unlink", FsDone);

/// Removes an entry.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsRm {
    /// The entry.
    pub path: String,
    /// Removes a directory with all that is in it. Links are not followed.
    #[serde(default)]
    pub recursive: bool,
    /// Accepts that there is nothing to remove.
    #[serde(default)]
    pub force: bool,
}
route!(FsRm, "fs.rm", FsDone);

/// Gives an entry another path. What is there already is replaced.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsRename {
    /// The entry.
    pub src: String,
    /// Its new path.
    pub dest: String,
}
route!(FsRename, "fs.rename", FsDone);

/// Gives a file a second name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsLink {
    /// The file.
    pub src: String,
    /// The new name.
    pub dest: String,
}
route!(FsLink, "fs.link", FsDone);

/// Makes a symbolic link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsSymlink {
    /// What the link says; a relative path counts from the link.
    pub src: String,
    /// The link.
    pub dest: String,
    /// For Windows; without a meaning here.
    pub flags: Option<Int<u32>>,
}
route!(FsSymlink, "fs.symlink", FsDone);

/// Copies a file, with its permissions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsCopyFile {
    /// The file.
    pub src: String,
    /// The copy.
    pub dest: String,
    /// `COPYFILE_EXCL`, `COPYFILE_FICLONE` and `COPYFILE_FICLONE_FORCE` together.
    pub flags: Option<Int<u32>>,
}
route!(FsCopyFile, "fs.copyFile", FsDone);

/// Copies a file, a link, or a directory with all that is in it. Links are copied as they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsCp {
    /// What to copy.
    pub src: String,
    /// The copy itself, not the directory to put it in.
    pub dest: String,
    /// Needed for directories.
    #[serde(default)]
    pub recursive: bool,
    /// Whether files that are there are replaced; true if not given. Otherwise they are kept.
    pub force: Option<bool>,
}
route!(FsCp, "fs.cp", FsDone);

/// Makes a file shorter, or longer with zero bytes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsTruncate {
    /// The file.
    pub path: String,
    /// The new length in bytes.
    pub length: Int<i64>,
}
route!(FsTruncate, "fs.truncate", FsDone);

/// Sets the times of last access and last change of an entry.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsUtimes {
    /// The entry.
    pub path: String,
    /// Last access, in seconds since 1970; parts of a second count.
    pub atime: f64,
    /// Last change, in seconds since 1970; parts of a second count.
    pub mtime: f64,
}
route!(FsUtimes, "fs.utimes", Empty);

/// Sets the times of last access and last change of an entry. A link is not followed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsLutimes {
    /// The entry.
    pub path: String,
    /// Last access, in seconds since 1970; parts of a second count.
    pub atime: f64,
    /// Last change, in seconds since 1970; parts of a second count.
    pub mtime: f64,
}
route!(FsLutimes, "fs.lutimes", Empty);
