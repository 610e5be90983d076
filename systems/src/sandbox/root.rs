//! Folders and files that may be reached.

use std::ffi::OsStr;
use std::fs::canonicalize;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
use rustix::io::Errno;

use super::{Spot, Stop, open_exact};

/// A folder, with all that is below it, or a single file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// As it was given, absolute.
    given: PathBuf,
    /// Without links. It is found out once: who could put a link in its place later must not move
    /// the root.
    real: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Folder,
    /// A folder that is made when it is first reached for.
    Own,
    File,
}

impl Root {
    pub fn new(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let given = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // Without a slash at its end.
        let given: PathBuf = given.components().collect();
        let real = settle(&given);
        let kind = if real.is_file() {
            Kind::File
        } else {
            Kind::Folder
        };
        Self { given, real, kind }
    }

    /// A folder of the application alone, which is made when it is first reached for.
    pub fn own(path: impl AsRef<Path>) -> Self {
        Self {
            kind: Kind::Own,
            ..Self::new(path)
        }
    }

    /// The path without links.
    pub fn real(&self) -> &Path {
        &self.real
    }

    /// Whether it is a single file.
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    /// The real path that another spelling of a root stands for.
    pub fn meant_by<'r>(roots: &'r [Self], path: &Path) -> Option<&'r Path> {
        let root = roots.iter().find(|root| root.given == *path)?;
        (root.real != root.given).then_some(&*root.real)
    }

    /// The innermost root that a path begins with, and the rest of the path as it is written.
    pub fn find<'r, 'p>(roots: &'r [Self], path: &'p Path) -> Option<(&'r Self, &'p Path)> {
        let spellings = roots
            .iter()
            .flat_map(|root| [(root, &root.real), (root, &root.given)]);
        let (root, _, rest) = spellings
            .filter_map(|(root, spelling)| {
                let rest = strip(path, spelling)?;
                Some((root, spelling.as_os_str().len(), rest))
            })
            .max_by_key(|(_, len, _)| *len)?;
        Some((root, rest))
    }

    /// Opens a root that is a folder. Not through links: its place may be inside of another root,
    /// where a page could put one.
    pub fn open(&self) -> rustix::io::Result<OwnedFd> {
        match open_absolute(&self.real) {
            Err(Errno::NOENT) if self.kind == Kind::Own => make(&self.real),
            opened => opened,
        }
    }

    /// Where a root that is a file is: in a directory that is no root.
    pub fn spot(&self) -> Result<Spot, Stop> {
        let (Some(parent), Some(name)) = (self.real.parent(), self.real.file_name()) else {
            return Err(Stop::Outside);
        };
        Ok(Spot {
            dir: open_absolute(parent)?,
            path: parent.to_owned(),
            name: Some(name.into()),
            is_root: true,
        })
    }
}

fn open_absolute(path: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let top = openat(CWD, "/", flags, Mode::empty())?;
    match path.strip_prefix("/") {
        Ok(below) if below.as_os_str().is_empty() => Ok(top),
        Ok(below) => open_exact(&top, below, flags),
        Err(_) => Err(Errno::NOENT),
    }
}

/// Makes a folder with its parents, and opens it; through no link.
fn make(path: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = openat(CWD, "/", flags, Mode::empty())?;
    for name in path.iter().skip(1) {
        let opened = match openat(&at, name, flags, Mode::empty()) {
            Err(Errno::NOENT) => {
                match mkdirat(&at, name, Mode::RWXU) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(errno) => return Err(errno),
                }
                openat(&at, name, flags, Mode::empty())
            }
            opened => opened,
        };
        at = opened?;
    }
    Ok(at)
}

/// The rest of a path after a folder. As it is written: `Path` would lose a slash at the end.
fn strip<'p>(path: &'p Path, folder: &Path) -> Option<&'p Path> {
    let rest = path
        .as_os_str()
        .as_bytes()
        .strip_prefix(folder.as_os_str().as_bytes())?;
    let is_whole = folder == Path::new("/") || rest.is_empty() || rest.first() == Some(&b'/');
    let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
    let rest = OsStr::from_bytes(rest.get(slashes..)?);
    is_whole.then_some(Path::new(rest))
}

/// A path without links, as far as it exists.
fn settle(path: &Path) -> PathBuf {
    path.ancestors()
        .find_map(|there| {
            let rest = path.strip_prefix(there).ok()?;
            let real = canonicalize(there).ok()?;
            Some(if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            })
        })
        .unwrap_or_else(|| path.to_owned())
}
