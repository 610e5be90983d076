//! The one way from a path on the wire to a path of the operating system, and back.
//!
//! Every path of every `fs` route passes [`Paths::resolve`]: a sandbox has this one place to
//! stand in.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use oro_components::fs::FsError;
use oro_components::process::WorkingDirectory;

use crate::errno::SystemError;

/// The first of the characters that carry single bytes: `U+EF80` is byte `0x80`.
const BYTE_BASE: u32 = 0xEF00;

/// Resolves paths. Clones share the working directory.
#[derive(Clone)]
pub(super) struct Paths {
    cwd: WorkingDirectory,
}

impl Paths {
    pub fn new(cwd: WorkingDirectory) -> Self {
        Self { cwd }
    }

    /// The path to give to the operating system.
    pub fn resolve(&self, call: &Syscall) -> Result<PathBuf, FsError> {
        self.locate(call, call.path)
    }

    /// Both paths of an operation that takes two.
    pub fn resolve_both(&self, call: &Syscall) -> Result<(PathBuf, PathBuf), FsError> {
        let dest = call.dest.unwrap_or_default();
        Ok((self.locate(call, call.path)?, self.locate(call, dest)?))
    }

    fn locate(&self, call: &Syscall, text: &str) -> Result<PathBuf, FsError> {
        let path = decode(text)?;
        if path.as_os_str().is_empty() {
            // Joined to the working directory it would become that directory.
            return Err(call.error(rustix::io::Errno::NOENT));
        }
        Ok(self.cwd.resolve(&path))
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
