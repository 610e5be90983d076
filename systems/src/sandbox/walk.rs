//! Going along a path name by name, for what one call of the system does not decide.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, fstat, openat, readlinkat};
use rustix::io::{Errno, fcntl_dupfd_cloexec};

use super::root::Root;
use super::{Spot, Stop};

/// Links in one path, as many as Linux follows.
const LINKS_MAX: usize = 40;

/// What happens to a link at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Follow,
    Keep,
}

/// A walk along one path.
pub(super) struct Walk<'r> {
    roots: &'r [Root],
    /// Whether links are followed at all.
    follow: bool,
    links: usize,
    /// Names that are still to go, the next one at the end.
    ahead: Vec<OsString>,
    ends_in_slash: bool,
    at: At,
}

/// Where a walk is.
enum At {
    /// On the way to a root. Nothing there is looked at, so nothing is told of it.
    Above(PathBuf),
    Inside(Inside),
}

/// A directory at or below a root.
struct Inside {
    root: OwnedFd,
    dir: OwnedFd,
    /// The path of `dir`, without links.
    path: PathBuf,
    /// How many names of it are below the root.
    depth: usize,
}

impl<'r> Walk<'r> {
    pub fn new(roots: &'r [Root], follow: bool, path: &Path) -> Self {
        let mut walk = Self {
            roots,
            follow,
            links: 0,
            ahead: Vec::new(),
            ends_in_slash: false,
            at: At::Above("/".into()),
        };
        walk.ends_in_slash = walk.insert(path.as_os_str().as_bytes());
        walk
    }

    /// Whether the path can only mean a directory.
    pub fn ends_in_slash(&self) -> bool {
        self.ends_in_slash
    }

    /// Puts a path before what is still to go. Tells whether it must be a directory.
    fn insert(&mut self, path: &[u8]) -> bool {
        let names = path.split(|byte| *byte == b'/');
        let said = names.filter(|name| !matches!(*name, b"" | b"."));
        let said = said.map(|name| OsString::from_vec(name.to_vec()));
        let mut said: Vec<OsString> = said.collect();
        said.reverse();
        self.ahead.extend(said);
        path.ends_with(b"/") || path.ends_with(b"/.") || path == b"."
    }

    pub fn run(mut self, last: Last) -> Result<Spot, Stop> {
        while let Some(name) = self.ahead.pop() {
            let found = match &mut self.at {
                At::Above(path) if name == ".." => {
                    path.pop();
                    None
                }
                At::Above(path) => {
                    path.push(name);
                    self.enter()?
                }
                At::Inside(inside) if name == ".." => {
                    if inside.depth == 0 {
                        let mut above = inside.path.clone();
                        above.pop();
                        self.at = At::Above(above);
                    } else {
                        inside.leave()?;
                    }
                    None
                }
                At::Inside(_) => self.step(name, last)?,
            };
            if let Some(spot) = found {
                return Ok(spot);
            }
        }
        match self.at {
            At::Above(_) => Err(Stop::Outside),
            At::Inside(inside) => inside.spot(),
        }
    }

    /// Enters the root whose path the walk has reached, if there is one.
    fn enter(&mut self) -> Result<Option<Spot>, Stop> {
        let At::Above(path) = &self.at else {
            return Ok(None);
        };
        if let Some(real) = Root::meant_by(self.roots, path) {
            let real = real.as_os_str().as_bytes().to_vec();
            self.count_link()?;
            self.insert(&real);
            self.at = At::Above("/".into());
            return Ok(None);
        }
        let Some(root) = self.roots.iter().find(|root| root.real() == path) else {
            return Ok(None);
        };
        if !root.is_file() {
            let dir = root.open()?;
            self.at = At::Inside(Inside {
                root: fcntl_dupfd_cloexec(&dir, 0)?,
                dir,
                path: root.real().to_owned(),
                depth: 0,
            });
            return Ok(None);
        }
        if !self.ahead.is_empty() || self.ends_in_slash {
            return Err(Errno::NOTDIR.into());
        }
        root.spot().map(Some)
    }

    /// Takes one name below a root.
    fn step(&mut self, name: OsString, last: Last) -> Result<Option<Spot>, Stop> {
        let At::Inside(inside) = &mut self.at else {
            return Ok(None);
        };
        let is_last = self.ahead.is_empty();
        if is_last && last == Last::Keep {
            return Ok(Some(inside.spot_of(name)?));
        }
        let opened = match peek(&inside.dir, &name) {
            // Whoever wants to make it may.
            Err(Errno::NOENT) if is_last => return Ok(Some(inside.spot_of(name)?)),
            opened => opened?,
        };
        match kind(&opened)? {
            FileType::Symlink => self.follow(&opened)?,
            _ if is_last => return Ok(Some(inside.spot_of(name)?)),
            FileType::Directory => inside.go(&name, opened),
            _ => return Err(Errno::NOTDIR.into()),
        }
        Ok(None)
    }

    fn count_link(&mut self) -> Result<(), Stop> {
        self.links += 1;
        if self.links > LINKS_MAX {
            return Err(Errno::LOOP.into());
        }
        Ok(())
    }

    fn follow(&mut self, link: &OwnedFd) -> Result<(), Stop> {
        if !self.follow {
            return Err(Errno::LOOP.into());
        }
        self.count_link()?;
        let target = readlinkat(link, "", Vec::new())?.into_bytes();
        let is_last = self.ahead.is_empty();
        let must_be_directory = self.insert(&target);
        self.ends_in_slash |= is_last && must_be_directory;
        if target.starts_with(b"/") {
            self.at = At::Above("/".into());
        }
        Ok(())
    }
}

impl Inside {
    fn go(&mut self, name: &OsStr, dir: OwnedFd) {
        self.path.push(name);
        self.depth += 1;
        self.dir = dir;
    }

    /// Goes one directory up: by its path, because `..` may have been moved elsewhere.
    fn leave(&mut self) -> rustix::io::Result<()> {
        self.path.pop();
        self.depth -= 1;
        let names: Vec<&OsStr> = self.path.iter().collect();
        let below: PathBuf = names.iter().skip(names.len() - self.depth).collect();
        self.dir = open_by_names(
            self.root.as_fd(),
            &below,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        )?;
        Ok(())
    }

    /// A name in the directory.
    fn spot_of(&self, name: OsString) -> rustix::io::Result<Spot> {
        Ok(Spot {
            dir: fcntl_dupfd_cloexec(&self.dir, 0)?,
            path: self.path.clone(),
            name: Some(name.into()),
            is_root: false,
        })
    }

    /// The directory itself: by its name in the one above, or as a root.
    fn spot(mut self) -> Result<Spot, Stop> {
        if self.depth > 0 {
            let name = self.path.file_name().map(OsStr::to_owned);
            self.leave()?;
            return Ok(self.spot_of(name.unwrap_or_default())?);
        }
        Ok(Spot {
            dir: self.dir,
            path: self.path,
            name: None,
            is_root: true,
        })
    }
}

/// Opens an entry to look at it; a link is opened as such.
fn peek(dir: impl AsFd, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(dir, name, flags, Mode::empty())
}

fn kind(opened: &OwnedFd) -> rustix::io::Result<FileType> {
    Ok(FileType::from_raw_mode(fstat(opened)?.st_mode))
}

/// Opens a path below a directory name by name. No link in it is followed.
pub(super) fn open_by_names(
    dir: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
) -> rustix::io::Result<OwnedFd> {
    let on_the_way = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut names = path.iter().peekable();
    let mut at: Option<OwnedFd> = None;
    while let Some(name) = names.next() {
        if name == ".." {
            return Err(Errno::XDEV);
        }
        let is_last = names.peek().is_none();
        let flags = if is_last {
            flags | OFlags::NOFOLLOW
        } else {
            on_the_way
        };
        let next = openat(
            at.as_ref().map_or(dir, AsFd::as_fd),
            name,
            flags,
            Mode::empty(),
        )?;
        // A link that is opened for its path alone is the link itself.
        if is_last && flags.contains(OFlags::PATH) && kind(&next)? == FileType::Symlink {
            return Err(Errno::LOOP);
        }
        at = Some(next);
    }
    match at {
        Some(opened) => Ok(opened),
        None => openat(dir, ".", flags, Mode::empty()),
    }
}
