//! Paths that stay inside of what may be reached.
//!
//! A path is never checked and then used, because it may change in between. It is opened below a
//! root by a call that the system itself keeps inside; what was opened is worked on by its
//! descriptor, or by that of its directory and one name that is not followed.
//!
//! One call (`openat2`) decides over nearly all paths. Where it does not, because a link is
//! absolute or leads from one root to another, because the system changed something meanwhile, or
//! because it does not know the call, [`walk`] goes from name to name and is as strict.

mod root;
mod walk;

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;
use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::{Errno, retry_on_intr};

pub(crate) use root::Root;
use walk::{Last, Walk};

/// How often an operation begins anew because a name in its path has become a link meanwhile.
const RETRIES_MAX: usize = 40;

/// Why a path was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It leads out of what may be reached.
    Outside,
    /// The system refuses.
    System(Errno),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

/// Where an entry is: a directory that is held open, and its name there.
#[derive(Debug)]
pub(crate) struct Spot {
    dir: OwnedFd,
    /// The path of the directory, without links; empty if no walk found it.
    path: PathBuf,
    /// `None` is the directory itself, which is a root then.
    name: Option<PathBuf>,
    is_root: bool,
}

impl Spot {
    /// The directory.
    pub fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    /// The name in the directory: not a path, and not `..`.
    pub fn name(&self) -> &Path {
        self.name.as_deref().unwrap_or(Path::new("."))
    }

    /// The directory and the name; `None` if the directory is outside.
    pub fn into_parts(self) -> Option<(OwnedFd, OsString)> {
        let name = self.name.filter(|_| !self.is_root)?;
        Some((self.dir, name.into_os_string()))
    }

    /// The path without links; only a walk knows it.
    pub fn real_path(&self) -> PathBuf {
        match &self.name {
            Some(name) => self.path.join(name),
            None => self.path.clone(),
        }
    }
}

/// What may be reached. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Sandbox(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    roots: RwLock<Arc<[Root]>>,
    /// Whether links are followed, as long as they stay inside.
    follow: bool,
}

impl Sandbox {
    pub fn new(roots: impl IntoIterator<Item = Root>) -> Self {
        Self::with_links(roots, true)
    }

    /// With `follow` off, paths through links are refused.
    pub fn with_links(roots: impl IntoIterator<Item = Root>, follow: bool) -> Self {
        let roots = RwLock::new(roots.into_iter().collect());
        Self(Arc::new(Inner { roots, follow }))
    }

    /// Lets one more folder or file be reached.
    pub fn add(&self, root: Root) {
        let mut roots = self.0.roots.write();
        if roots.iter().all(|known| *known != root) {
            *roots = roots.iter().cloned().chain([root]).collect();
        }
    }

    /// Opens what a path leads to. `path` is absolute.
    pub fn open(&self, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Stop> {
        let flags = flags | OFlags::CLOEXEC;
        let roots = self.roots();
        if let Some((root, rest)) = Root::find(&roots, path) {
            let opened = root.open().map_err(Stop::from);
            let opened = opened.and_then(|root| self.open_beneath(&root, rest, flags, mode));
            if let Some(result) = decided(opened) {
                return result;
            }
        }
        let last = if flags.contains(OFlags::NOFOLLOW) {
            Last::Keep
        } else {
            Last::Follow
        };
        for _ in 0..RETRIES_MAX {
            let walk = Walk::new(&roots, self.0.follow, path);
            let must_be_directory = walk.ends_in_slash();
            let spot = walk.run(last)?;
            let mut flags = flags | OFlags::NOFOLLOW;
            if must_be_directory && flags.contains(OFlags::CREATE) {
                return Err(Errno::ISDIR.into());
            }
            if must_be_directory {
                flags |= OFlags::DIRECTORY;
            }
            match openat(spot.dir(), spot.name(), flags, mode) {
                Err(Errno::LOOP) if last == Last::Follow => {} // it has become a link
                opened => return Ok(opened?),
            }
        }
        Err(Errno::LOOP.into())
    }

    /// Where the entry of a path is, to look at it; a link at its end is not followed. `path` is
    /// absolute.
    pub fn entry(&self, path: &Path) -> Result<Spot, Stop> {
        if let Some(result) = self.entry_at_once(path) {
            return result;
        }
        let roots = self.roots();
        let walk = Walk::new(&roots, self.0.follow, path);
        // What ends in a slash is what the link leads to.
        let last = if walk.ends_in_slash() {
            Last::Follow
        } else {
            Last::Keep
        };
        walk.run(last)
    }

    /// Where the entry of a path is, to make, move or remove it. That of a root is outside.
    pub fn change(&self, path: &Path) -> Result<Spot, Stop> {
        self.entry_at_once(path)
            .unwrap_or_else(|| self.walk_to_change(path))
    }

    /// As [`change`](Self::change), and it knows the path of the directory.
    pub fn walk_to_change(&self, path: &Path) -> Result<Spot, Stop> {
        let roots = self.roots();
        let walk = |last| Walk::new(&roots, self.0.follow, path).run(last);
        let must_be_directory = Walk::new(&roots, self.0.follow, path).ends_in_slash();
        if must_be_directory {
            // Not what is at the end of a link; but whoever asks for what is outside is told so.
            walk(Last::Follow)?;
        }
        let spot = walk(Last::Keep)?;
        if spot.is_root {
            return Err(Stop::Outside);
        }
        if must_be_directory {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            match openat(spot.dir(), spot.name(), flags, Mode::empty()) {
                Ok(_) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(spot)
    }

    /// What one call finds; `None` if a walk has to.
    fn entry_at_once(&self, path: &Path) -> Option<Result<Spot, Stop>> {
        let roots = self.roots();
        let (root, rest) = Root::find(&roots, path)?;
        let (parent, name) = split(rest)?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = root.open().map_err(Stop::from);
        let opened = opened.and_then(|root| self.open_beneath(&root, parent, flags, Mode::empty()));
        let spot = |dir| Spot {
            dir,
            path: PathBuf::new(),
            name: Some(name.into()),
            is_root: false,
        };
        Some(decided(opened)?.map(spot))
    }

    /// Where what a path leads to is, with all links followed. `path` is absolute.
    pub fn target(&self, path: &Path) -> Result<Spot, Stop> {
        let roots = self.roots();
        Walk::new(&roots, self.0.follow, path).run(Last::Follow)
    }

    /// The path of what a path leads to, without links. `path` is absolute.
    pub fn real_path(&self, path: &Path) -> Result<PathBuf, Stop> {
        let roots = self.roots();
        let walk = Walk::new(&roots, self.0.follow, path);
        let must_be_directory = walk.ends_in_slash();
        let spot = walk.run(Last::Follow)?;
        // It may not be there.
        let mut flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if must_be_directory {
            flags |= OFlags::DIRECTORY;
        }
        openat(spot.dir(), spot.name(), flags, Mode::empty())?;
        Ok(spot.real_path())
    }

    /// Whether a link in a directory may say this. Only its text is looked at: whoever follows the
    /// link is kept inside all the same.
    pub fn admits_link(&self, directory: &Path, target: &Path) -> bool {
        let mut path = PathBuf::new();
        for part in directory.join(target).components() {
            match part {
                Component::ParentDir => drop(path.pop()),
                Component::CurDir => {}
                part => path.push(part),
            }
        }
        Root::find(&self.roots(), &path).is_some()
    }

    fn roots(&self) -> Arc<[Root]> {
        self.0.roots.read().clone()
    }

    fn open_beneath(
        &self,
        root: &OwnedFd,
        path: &Path,
        flags: OFlags,
        mode: Mode,
    ) -> Result<OwnedFd, Stop> {
        let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        if !self.0.follow {
            resolve |= ResolveFlags::NO_SYMLINKS;
        }
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let makes = flags.intersects(OFlags::CREATE) || flags.contains(OFlags::TMPFILE);
        // The call refuses what others ignore.
        let mode = if makes { mode } else { Mode::empty() };
        Ok(retry_on_intr(|| openat2(root, path, flags, mode, resolve))?)
    }
}

/// The result of the one call, unless a walk has to find out.
fn decided(result: Result<OwnedFd, Stop>) -> Option<Result<OwnedFd, Stop>> {
    match result {
        Err(Stop::System(
            // out of the root, or through an absolute link; changed meanwhile; not to be had
            Errno::XDEV | Errno::AGAIN | Errno::NOSYS | Errno::PERM
            // the root itself is a file
            | Errno::NOTDIR
            // with a slash at the end: said before the link there is looked at
            | Errno::ISDIR
            // the root itself is no longer what it was
            | Errno::LOOP,
        )) => None,
        decided => Some(decided),
    }
}

/// The directory of a path and its last name, if that is a plain one.
fn split(path: &Path) -> Option<(&Path, &OsStr)> {
    let bytes = path.as_os_str().as_bytes();
    let name = bytes.rsplit(|byte| *byte == b'/').next()?;
    if matches!(name, b"" | b"." | b"..") {
        return None;
    }
    let parent = bytes.get(..bytes.len() - name.len())?;
    Some((
        Path::new(OsStr::from_bytes(parent)),
        OsStr::from_bytes(name),
    ))
}

/// Opens a path below a directory, or the directory itself if the path is empty. No link in it is
/// followed, and none may be in it.
pub(crate) fn open_exact(
    dir: impl AsFd,
    path: &Path,
    flags: OFlags,
) -> rustix::io::Result<OwnedFd> {
    let flags = flags | OFlags::CLOEXEC;
    if path.as_os_str().is_empty() {
        return openat(dir, ".", flags, Mode::empty());
    }
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match openat2(&dir, path, flags, Mode::empty(), resolve) {
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN | Errno::NAMETOOLONG) => {
            walk::open_by_names(dir.as_fd(), path, flags)
        }
        opened => opened,
    }
}
