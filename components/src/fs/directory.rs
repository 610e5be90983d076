//! Routes that read directories.

use oro_engine::id::Id;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FsOpened, route};
use crate::number::Int;

/// The most entries that one `fs.readdir` brings.
pub const ENTRIES_MAX: u32 = 10_000;

/// Opens a directory for reading, or a whole tree of directories.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsOpendir {
    /// The directory.
    pub path: String,
    /// The id to use. Without one the runtime chooses.
    pub id: Option<Id>,
    /// The entries of all directories below too. Links to directories are not followed.
    #[serde(default)]
    pub recursive: bool,
    /// Entries with size, time of change and mode.
    #[serde(default)]
    pub stats: bool,
}
route!(FsOpendir, "fs.opendir", FsOpened);

/// The next entries of an open directory, in the order of the file system. None at the end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsReaddir {
    /// The directory.
    pub id: Id,
    /// How many entries at most, from 1 to 10,000.
    pub entries: Int<u32>,
}
route!(FsReaddir, "fs.readdir", Vec<FsEntry>);

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FsEntry {
    /// Its name.
    pub name: String,
    /// 1 file, 2 directory, 3 link, 4 fifo, 5 socket, 6 character device, 7 block device;
    /// 0 if unknown.
    #[serde(rename = "type")]
    pub kind: u8,
    /// The directory that holds it, relative to the opened one; empty at the top.
    pub parent: String,
    /// Its size in bytes, if the directory was opened with `stats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64", default)]
    pub size: Option<u64>,
    /// Its time of last change in milliseconds since 1970, if opened with `stats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64", default)]
    pub mtime_ms: Option<f64>,
    /// Its kind and permissions, if opened with `stats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", default)]
    pub mode: Option<u32>,
    /// Why it could not be looked into or at, such as `EACCES`; the walk goes on without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", default)]
    pub error: Option<&'static str>,
}

/// Closes an open directory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FsClosedir {
    /// The directory.
    pub id: Id,
}
route!(FsClosedir, "fs.closedir", FsOpened);
