//! A folder that nothing leads out of.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::PathBuf;

use super::{Content, File, Found, Source};

/// Files of the app's own making that pages never get.
const PRIVATE: [&str; 2] = ["oro.toml", "oro.ini"];

/// A folder whose files are served.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    no_follow: bool,
}

impl Folder {
    /// Serves `root`. With `no_follow`, paths through symbolic links are refused; without, links
    /// are followed as long as they stay inside.
    #[must_use]
    pub fn new(root: PathBuf, no_follow: bool) -> Self {
        Self { root, no_follow }
    }

    /// Opens a path below the root; the system itself keeps it from leaving, so that nothing can
    /// change between a check and the use.
    #[cfg(target_os = "linux")]
    fn open(&self, names: &[String]) -> io::Result<fs::File> {
        use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, open, openat2};
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let root = open(
            &self.root,
            flags | OFlags::DIRECTORY | OFlags::PATH,
            Mode::empty(),
        )?;
        let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        if self.no_follow {
            resolve |= ResolveFlags::NO_SYMLINKS;
        }
        let path = if names.is_empty() {
            ".".into()
        } else {
            names.join("/")
        };
        let _ = CWD;
        match openat2(&root, &path, flags, Mode::empty(), resolve) {
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => self.open_checked(names),
            opened => Ok(fs::File::from(opened?)),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open(&self, names: &[String]) -> io::Result<fs::File> {
        self.open_checked(names)
    }

    /// The same with a check beforehand, where the system cannot do it.
    fn open_checked(&self, names: &[String]) -> io::Result<fs::File> {
        let root = fs::canonicalize(&self.root)?;
        let path = names
            .iter()
            .fold(root.clone(), |path, name| path.join(name));
        let real = fs::canonicalize(&path)?;
        let linked = self.no_follow && real != path;
        if linked || !real.starts_with(&root) {
            return Err(io::Error::other("the path leads out of the folder"));
        }
        OpenOptions::new().read(true).open(real)
    }
}

impl Source for Folder {
    fn find(&self, names: &[String]) -> Found {
        let private = |name: &String| name.starts_with('.') || PRIVATE.contains(&name.as_str());
        if names.iter().any(private) {
            return Found::Missing;
        }
        let opened = self
            .open(names)
            .and_then(|file| file.metadata().map(|meta| (file, meta)));
        match opened {
            Ok((_, meta)) if meta.is_dir() => Found::Directory,
            Ok((file, meta)) if meta.is_file() => Found::File(File {
                len: meta.len(),
                modified: meta.modified().ok(),
                content: Content::Open(file),
            }),
            Ok(_) => Found::Refused("it is neither a file nor a folder".into()),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound
                | io::ErrorKind::NotADirectory
                | io::ErrorKind::InvalidFilename => Found::Missing,
                _ => Found::Refused(error.to_string()),
            },
        }
    }
}
