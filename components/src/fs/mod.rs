//! Files and directories: their routes, results and errors.
//!
//! Paths travel as text. A relative path counts from the application's working directory. A name
//! that is not UTF-8 is carried byte for byte: each offending byte `0x80..=0xFF` is the private
//! character `U+EF80..=U+EFFF` (the scheme of the OPTU encodings), in results and in parameters
//! alike, so whatever was listed can be opened again. Names that really contain such a character
//! are carried the same way.

mod directory;
mod error;
mod file;
mod path;
mod watch;

use std::path::PathBuf;

use bevy_ecs::component::Component;
use bevy_ecs::event::Event;
use oro_engine::id::Id;
use schemars::JsonSchema;
use serde::Serialize;

pub use directory::*;
pub use error::FsError;
pub use file::*;
pub use path::*;
pub use watch::*;

/// Makes a parameters struct a route of the `fs` service.
macro_rules! route {
    ($params:ty, $name:literal, $output:ty $(, $constant:ident = $value:expr)?) => {
        impl oro_engine::route::Route for $params {
            const NAME: &'static str = $name;
            const PERMISSION: Option<&'static str> = Some("fs");
            $(const $constant: bool = $value;)?
            type Output = $output;
            type Error = crate::fs::FsError;
        }
    };
}
pub(crate) use route;

/// The user, or the program itself, lets pages reach a file, or a folder with all that is in it.
#[derive(Event, Clone, Debug, PartialEq, Eq)]
pub struct PathGranted {
    /// The file or folder.
    pub path: PathBuf,
}

/// An open file or directory. Its window owns the entity; the despawn closes it.
#[derive(Component, Clone, Debug)]
pub struct OpenDescriptor {
    /// The id that pages use; unique among those of one owner.
    pub id: Id,
    /// What it is.
    pub kind: DescriptorKind,
    /// The number that the operating system gave it.
    pub fd: i32,
    /// Kept by `fs.closeOpenDescriptors`, unless it is told otherwise.
    pub retained: bool,
}

/// What an open descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DescriptorKind {
    /// A file of any kind, opened by `fs.open`.
    File,
    /// A directory that is being read, opened by `fs.opendir`.
    Directory,
}

/// An open file or directory, as routes tell of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Descriptor {
    /// Its id.
    pub id: Id,
    /// The number that the operating system gave it.
    pub fd: i32,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: DescriptorKind,
}

impl From<&OpenDescriptor> for Descriptor {
    fn from(open: &OpenDescriptor) -> Self {
        Self {
            id: open.id,
            fd: open.fd,
            kind: open.kind,
        }
    }
}

/// An operation that went well and has a number to tell, mostly 0.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct FsDone {
    /// 0, or how many bytes were written.
    pub result: u64,
}
