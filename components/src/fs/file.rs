//! Routes of open files.

use std::collections::BTreeMap;

use oro_engine::bytes::Bytes;
use oro_engine::id::Id;
use oro_engine::route::Empty;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Descriptor, FsDone, FsMode, FsStat, route};
use crate::number::Int;

/// Opens a file. It stays open until `fs.close`, or until its window closes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsOpen {
    /// The file.
    pub path: String,
    /// `O_…` flags of `fs.constants`, together.
    pub flags: Int<u32>,
    /// Permissions of a file that is created, before the process's mask.
    pub mode: Int<u32>,
    /// The id to use. Without one the runtime chooses.
    pub id: Option<Id>,
}
route!(FsOpen, "fs.open", FsOpened);

/// A file that is now open.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FsOpened {
    /// The id for further calls.
    pub id: Id,
    /// The number that the operating system gave it.
    pub fd: i32,
}

/// Closes a file, after the operations that were begun before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsClose {
    /// The file.
    pub id: Id,
}
route!(FsClose, "fs.close", FsOpened);

/// Reads from a file. Fewer bytes than asked for may come; none at the end of the file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsRead {
    /// The file.
    pub id: Id,
    /// How many bytes at most. One answer has 64 MiB at most.
    pub size: Int<u64>,
    /// Where to begin, in bytes. Without it the file's position is used and moved.
    pub offset: Option<Int<i64>>,
}
route!(FsRead, "fs.read", Bytes);

/// Writes the request's body to a file, all of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsWrite {
    /// The file.
    pub id: Id,
    /// Where to begin, in bytes. Without it the file's position is used and moved.
    pub offset: Option<Int<i64>>,
}
route!(FsWrite, "fs.write", FsWritten, BODY = true);

/// How much was written.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FsWritten {
    /// The file.
    pub id: Id,
    /// Bytes written.
    pub result: u64,
}

/// What the file system knows of an open file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsFstat {
    /// The file.
    pub id: Id,
}
route!(FsFstat, "fs.fstat", FsStat);

/// Waits until an open file's content is on the disk.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsFsync {
    /// The file.
    pub id: Id,
    /// Only what is needed to read the content again, not the times.
    #[serde(default)]
    pub data_only: bool,
}
route!(FsFsync, "fs.fsync", FsDone);

/// Makes an open file shorter, or longer with zero bytes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsFtruncate {
    /// The file.
    pub id: Id,
    /// The new length in bytes.
    pub offset: Int<i64>,
}
route!(FsFtruncate, "fs.ftruncate", FsDone);

/// Sets the permissions of an open file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsFchmod {
    /// The file.
    pub id: Id,
    /// The permissions, such as `0o644`.
    pub mode: Int<u32>,
}
route!(FsFchmod, "fs.fchmod", FsMode);

/// Sets the owner of an open file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsFchown {
    /// The file.
    pub id: Id,
    /// The new owner; -1 keeps it.
    pub uid: Int<i64>,
    /// The new group; -1 keeps it.
    pub gid: Int<i64>,
}
route!(FsFchown, "fs.fchown", Empty);

/// Sets the times of last access and last change of an open file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsFutimes {
    /// The file.
    pub id: Id,
    /// Last access, in seconds since 1970; parts of a second count.
    pub atime: f64,
    /// Last change, in seconds since 1970; parts of a second count.
    pub mtime: f64,
}
route!(FsFutimes, "fs.futimes", Empty);

/// Reads a whole file, of 2 GiB at most.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsReadFile {
    /// The file.
    pub path: String,
}
route!(FsReadFile, "fs.readFile", Bytes);

/// Writes the request's body as the whole content of a file, which is created if need be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsWriteFile {
    /// The file.
    pub path: String,
    /// Permissions of a file that is created, before the process's mask: `0o666` if not given.
    pub mode: Option<Int<u32>>,
    /// `O_…` flags instead of "create, truncate, write".
    pub flags: Option<Int<u32>>,
}
route!(FsWriteFile, "fs.writeFile", FsDone, BODY = true);

/// Appends the request's body to a file, which is created if need be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsAppendFile {
    /// The file.
    pub path: String,
    /// Permissions of a file that is created, before the process's mask: `0o666` if not given.
    pub mode: Option<Int<u32>>,
    /// `O_…` flags instead of "create, append, write".
    pub flags: Option<Int<u32>>,
}
route!(FsAppendFile, "fs.appendFile", FsDone, BODY = true);

/// The caller's open files and directories.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsGetOpenDescriptors {}
route!(
    FsGetOpenDescriptors,
    "fs.getOpenDescriptors",
    Vec<Descriptor>
);

/// Keeps a file or directory from being closed by `fs.closeOpenDescriptors`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsRetainOpenDescriptor {
    /// The file or directory.
    pub id: Id,
}
route!(
    FsRetainOpenDescriptor,
    "fs.retainOpenDescriptor",
    Descriptor
);

/// Closes a file or a directory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsCloseOpenDescriptor {
    /// The file or directory.
    pub id: Id,
}
route!(FsCloseOpenDescriptor, "fs.closeOpenDescriptor", FsOpened);

/// Closes all of the caller's files and directories, and tells which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsCloseOpenDescriptors {
    /// Leaves those alone that `fs.retainOpenDescriptor` marked. True if not given.
    pub preserve_retained: Option<bool>,
}
route!(
    FsCloseOpenDescriptors,
    "fs.closeOpenDescriptors",
    Vec<Descriptor>
);

/// The numbers of flags and modes by their names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsConstants {}
route!(FsConstants, "fs.constants", BTreeMap<&'static str, u32>);
