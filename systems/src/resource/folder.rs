//! A folder that nothing leads out of.

use std::fs;
use std::path::PathBuf;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{Content, File, Found, Source};
use crate::sandbox::{Root, Sandbox, Stop};

/// Files of the app's own making that pages never get.
const PRIVATE: [&str; 2] = ["oro.toml", "oro.ini"];

/// A folder whose files are served.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    sandbox: Sandbox,
}

impl Folder {
    /// Serves `root`. With `no_follow`, paths through symbolic links are refused; without, links
    /// are followed as long as they stay inside.
    #[must_use]
    pub fn new(root: PathBuf, no_follow: bool) -> Self {
        // Absolute, because the working directory may change while the app runs.
        let root = std::path::absolute(&root).unwrap_or(root);
        let sandbox = Sandbox::with_links([Root::new(&root)], !no_follow);
        Self { root, sandbox }
    }

    fn open(&self, names: &[String]) -> Result<fs::File, Stop> {
        let mut path = self.root.clone();
        path.extend(names);
        // A pipe must not hold up whoever asks for it.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        Ok(self.sandbox.open(&path, flags, Mode::empty())?.into())
    }
}

impl Source for Folder {
    fn find(&self, names: &[String]) -> Found {
        let private = |name: &String| name.starts_with('.') || PRIVATE.contains(&name.as_str());
        if names.iter().any(private) {
            return Found::Missing;
        }
        let opened = self.open(names).and_then(|file| {
            let meta = file.metadata();
            let meta = meta.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
            Ok((file, meta))
        });
        match opened {
            Ok((_, meta)) if meta.is_dir() => Found::Directory,
            Ok((file, meta)) if meta.is_file() => Found::File(File {
                len: meta.len(),
                modified: meta.modified().ok(),
                content: Content::Open(file),
            }),
            Ok(_) => Found::Refused("it is neither a file nor a folder".into()),
            Err(Stop::System(Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG)) => Found::Missing,
            Err(Stop::System(errno)) => Found::Refused(errno.to_string()),
            Err(Stop::Outside) => Found::Refused("it leads out of the folder".into()),
        }
    }
}
