//! The one way from a path on the wire to an entry of the file system, and back.
//!
//! Every path of every `fs` route passes [`Reach`], where the sandbox stands. It gives out no path
//! to be opened later but what is open already: a descriptor, or that of a directory and a name.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use oro_components::fs::FsError;
use oro_components::process::WorkingDirectory;
use oro_engine::request::Client;
use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::errno::SystemError;
use crate::sandbox::{Sandbox, Spot, Stop};

/// The first of the characters that carry single bytes: `U+EF80` is byte `0x80`.
const BYTE_BASE: u32 = 0xEF00;

/// Resolves paths. Clones share the working directory and the sandbox.
#[derive(Clone)]
pub(super) struct Paths {
    cwd: WorkingDirectory,
    sandbox: Option<Sandbox>,
}

impl Paths {
    /// Without a sandbox everything may be reached.
    pub fn new(cwd: WorkingDirectory, sandbox: Option<Sandbox>) -> Self {
        Self { cwd, sandbox }
    }

    /// The paths as a caller may use them. The program itself is trusted.
    pub fn reach(&self, client: Client) -> Reach<'_> {
        Reach {
            cwd: &self.cwd,
            sandbox: self.sandbox.as_ref().filter(|_| client != Client::Host),
        }
    }
}

/// What a caller may reach.
#[derive(Clone, Copy)]
pub(super) struct Reach<'a> {
    cwd: &'a WorkingDirectory,
    sandbox: Option<&'a Sandbox>,
}

impl Reach<'_> {
    /// Opens what a path leads to.
    pub fn open(
        &self,
        call: &Syscall,
        text: &str,
        flags: OFlags,
        mode: Mode,
    ) -> Result<OwnedFd, FsError> {
        let path = self.locate(call, text)?;
        self.open_path(call, text, &path, (flags, mode))
    }

    fn open_path(
        &self,
        call: &Syscall,
        text: &str,
        path: &Path,
        (flags, mode): (OFlags, Mode),
    ) -> Result<OwnedFd, FsError> {
        let flags = flags | OFlags::CLOEXEC;
        match self.sandbox {
            Some(sandbox) => {
                let opened = sandbox.open(path, flags, mode);
                opened.map_err(|stop| call.stopped(text, stop))
            }
            None => call.check(retry_on_intr(|| rustix::fs::open(path, flags, mode))),
        }
    }

    /// What a path leads to, for calls that take no descriptor.
    pub fn target(&self, call: &Syscall, text: &str) -> Result<Target, FsError> {
        if self.sandbox.is_none() {
            let path = self.locate(call, text)?;
            return Ok(Target { path, open: None });
        }
        let open = self.open(call, text, OFlags::PATH, Mode::empty())?;
        Ok(Target {
            path: format!("/proc/self/fd/{}", open.as_raw_fd()).into(),
            open: Some(open),
        })
    }

    /// An entry, to look at it; a link is not followed.
    pub fn entry(&self, call: &Syscall, text: &str) -> Result<Entry, FsError> {
        let path = self.locate(call, text)?;
        self.entry_by(call, text, &path, Sandbox::entry)
    }

    /// An entry, to make, move or remove it; a link is not followed.
    pub fn change(&self, call: &Syscall, text: &str) -> Result<Entry, FsError> {
        let path = self.locate(call, text)?;
        self.change_path(call, text, &path)
    }

    /// As [`change`](Self::change), with a path that [`locate`](Self::locate) made of the text or
    /// that leads there.
    pub fn change_path(&self, call: &Syscall, text: &str, path: &Path) -> Result<Entry, FsError> {
        self.entry_by(call, text, path, Sandbox::change)
    }

    /// Whether a path leads to a directory. An error if that is outside.
    pub fn is_directory(&self, call: &Syscall, text: &str, path: &Path) -> Result<bool, FsError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        match self.open_path(call, text, path, (flags, Mode::empty())) {
            Err(error @ FsError::Outside { .. }) => Err(error),
            opened => Ok(opened.is_ok()),
        }
    }

    /// As [`change`](Self::change), with the entry's path without links.
    pub fn change_with_path(
        &self,
        call: &Syscall,
        text: &str,
    ) -> Result<(Entry, PathBuf), FsError> {
        let path = self.locate(call, text)?;
        let entry = self.entry_by(call, text, &path, Sandbox::walk_to_change)?;
        let path = match &entry {
            Entry::Path(_) => path,
            Entry::Spot(spot) => spot.real_path(),
        };
        Ok((entry, path))
    }

    /// Refuses a link at `path`, a path without links, that says something outside.
    pub fn check_link(&self, call: &Syscall, path: &Path, target: &Path) -> Result<(), FsError> {
        let directory = path.parent().unwrap_or(path);
        match self.sandbox {
            Some(sandbox) if !sandbox.admits_link(directory, target) => {
                Err(call.stopped(&encode(target), Stop::Outside))
            }
            _ => Ok(()),
        }
    }

    /// Opens what is to be watched.
    pub fn watched(&self, call: &Syscall, text: &str) -> Result<Watched, FsError> {
        let open = self.open(call, text, OFlags::PATH, Mode::empty())?;
        let stat = call.check(rustix::fs::fstat(&open))?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            return Ok(Watched::Directory(open));
        }
        let path = self.locate(call, text)?;
        let Some(sandbox) = self.sandbox else {
            let real = call.check(std::fs::canonicalize(path))?;
            let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
                return Ok(Watched::File(open));
            };
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let parent = call.check(rustix::fs::open(parent, flags, Mode::empty()))?;
            return Ok(Watched::Entry(parent, name.to_owned()));
        };
        let spot = sandbox.target(&path);
        let spot = spot.map_err(|stop| call.stopped(text, stop))?;
        Ok(match spot.into_parts() {
            Some((directory, name)) => Watched::Entry(directory, name),
            // Its directory is not for the caller.
            None => Watched::File(open),
        })
    }

    /// The path of what a path leads to, without links.
    pub fn real_path(&self, call: &Syscall, text: &str) -> Result<PathBuf, FsError> {
        let path = self.locate(call, text)?;
        match self.sandbox {
            Some(sandbox) => {
                let real = sandbox.real_path(&path);
                real.map_err(|stop| call.stopped(text, stop))
            }
            None => call.check(std::fs::canonicalize(path)),
        }
    }

    /// The absolute path that a text means.
    pub fn locate(&self, call: &Syscall, text: &str) -> Result<PathBuf, FsError> {
        let path = decode(text)?;
        if path.as_os_str().is_empty() {
            // Joined to the working directory it would become that directory.
            return Err(call.error(Errno::NOENT));
        }
        if path.is_absolute() {
            return Ok(path);
        }
        Ok(self.cwd.resolve(&path))
    }

    fn entry_by(
        &self,
        call: &Syscall,
        text: &str,
        path: &Path,
        find: impl Fn(&Sandbox, &Path) -> Result<Spot, Stop>,
    ) -> Result<Entry, FsError> {
        match self.sandbox {
            Some(sandbox) => {
                let spot = find(sandbox, path);
                spot.map(Entry::Spot)
                    .map_err(|stop| call.stopped(text, stop))
            }
            None => Ok(Entry::Path(path.to_owned())),
        }
    }
}

/// What is to be watched.
pub(super) enum Watched {
    Directory(OwnedFd),
    /// A file, by its name in its directory: another file may take its place.
    Entry(OwnedFd, OsString),
    /// A file itself.
    File(OwnedFd),
}

impl Watched {
    pub fn open(&self) -> &OwnedFd {
        match self {
            Self::Directory(open) | Self::Entry(open, _) | Self::File(open) => open,
        }
    }

    pub fn is_directory(&self) -> bool {
        matches!(self, Self::Directory(_))
    }
}

/// An entry of a directory, be it there or not.
pub(super) enum Entry {
    /// Its whole path, where everything may be reached.
    Path(PathBuf),
    Spot(Spot),
}

impl Entry {
    /// The directory that [`name`](Self::name) counts from.
    pub fn dir(&self) -> BorrowedFd<'_> {
        match self {
            Self::Path(_) => CWD,
            Self::Spot(spot) => spot.dir(),
        }
    }

    pub fn name(&self) -> &Path {
        match self {
            Self::Path(path) => path,
            Self::Spot(spot) => spot.name(),
        }
    }
}

/// What a path leads to.
pub(super) struct Target {
    path: PathBuf,
    /// What `path` means, held so that it goes on meaning it.
    open: Option<OwnedFd>,
}

impl Target {
    /// A path that leads to it and to nothing else while this lives.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same, if it is open: for its path alone.
    pub fn opened(&self) -> Option<BorrowedFd<'_>> {
        self.open.as_ref().map(AsFd::as_fd)
    }
}

/// The text of a path, as [`decode`] understands it.
pub(super) fn encode(path: impl AsRef<Path>) -> String {
    let bytes = path.as_ref().as_os_str().as_bytes();
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if byte_of(c).is_some() {
                // Carried as its bytes, or decoding it would make another name.
                let mut buffer = [0; 4];
                out.extend(c.encode_utf8(&mut buffer).bytes().filter_map(char_of));
            } else {
                out.push(c);
            }
        }
        out.extend(chunk.invalid().iter().copied().filter_map(char_of));
    }
    out
}

/// The path that a text means, before the working directory is added.
pub(super) fn decode(text: &str) -> Result<PathBuf, FsError> {
    if text.contains('\0') {
        return Err(FsError::NullByte(text.replace('\0', "\\0")));
    }
    if !text.chars().any(|c| byte_of(c).is_some()) {
        return Ok(text.into());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Ok(OsString::from_vec(bytes).into())
}

fn byte_of(c: char) -> Option<u8> {
    let byte = u32::from(c).checked_sub(BYTE_BASE)?;
    u8::try_from(byte).ok().filter(|byte| *byte >= 0x80)
}

fn char_of(byte: u8) -> Option<char> {
    char::from_u32(BYTE_BASE + u32::from(byte))
}

/// A system call, as errors name it.
#[derive(Clone, Copy)]
pub(super) struct Syscall<'a> {
    name: &'static str,
    path: &'a str,
    dest: Option<&'a str>,
}

impl<'a> Syscall<'a> {
    pub fn new(name: &'static str, path: &'a str) -> Self {
        let dest = None;
        Self { name, path, dest }
    }

    pub fn two(name: &'static str, path: &'a str, dest: &'a str) -> Self {
        let dest = Some(dest);
        Self { name, path, dest }
    }

    /// The second path, of calls that take two.
    pub fn dest(&self) -> &'a str {
        self.dest.unwrap_or_default()
    }

    /// The error that a failure of this call is.
    pub fn error(&self, error: impl Into<io::Error>) -> FsError {
        let SystemError {
            code,
            reason,
            errno,
        } = (&error.into()).into();
        let text = |path: &str| (!path.is_empty()).then(|| path.to_owned());
        FsError::Os {
            code,
            errno,
            reason,
            syscall: self.name,
            path: text(self.path),
            dest: self.dest.and_then(text),
        }
    }

    /// The error that it is when a path was not opened.
    pub fn stopped(&self, text: &str, stop: Stop) -> FsError {
        match stop {
            Stop::System(errno) => self.error(errno),
            Stop::Outside => FsError::Outside {
                errno: SystemError::from(Errno::ACCESS).errno,
                syscall: self.name,
                path: text.to_owned(),
            },
        }
    }

    /// Names the call in the result's error.
    pub fn check<T, E: Into<io::Error>>(&self, result: Result<T, E>) -> Result<T, FsError> {
        result.map_err(|error| self.error(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn every_name_survives_the_way_to_text_and_back() {
        let names: [(&[u8], &str); 7] = [
            (b"plain", "plain"),
            ("größe/日本".as_bytes(), "größe/日本"),
            (b"\xff", "\u{efff}"),
            (b"a\x80b\xc3", "a\u{ef80}b\u{efc3}"),
            (b"\xc3\xa4\xc3", "ä\u{efc3}"),
            // a name that has such a character by itself
            ("\u{ef80}".as_bytes(), "\u{efee}\u{efbe}\u{ef80}"),
            ("\u{ef7f}\u{f000}".as_bytes(), "\u{ef7f}\u{f000}"),
        ];
        for (bytes, text) in names {
            let name = OsStr::from_bytes(bytes);
            assert_eq!(encode(name), text, "{name:?}");
            assert_eq!(
                decode(text).ok().as_deref(),
                Some(Path::new(name)),
                "{text}"
            );
        }
        assert!(matches!(decode("a\0b"), Err(FsError::NullByte(path)) if path == "a\\0b"));
    }
}
