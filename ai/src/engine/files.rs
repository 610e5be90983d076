//! Files of models before they are loaded: read by us first, and tried where they harm nobody.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use oro_components::llm::AiError;
use oro_engine::cancel::CancelToken;
use parking_lot::Mutex;

use super::gguf::{self, Kind};
use super::settings::WorkerProgram;

/// Files that are remembered to have been tried.
const TRIED_MAX: usize = 1024;
/// Files of one model.
const PARTS_MAX: u64 = 1024;

/// Files that were tried, by what changes when a file does.
#[derive(Debug, Default)]
pub(super) struct Tried(Mutex<HashSet<(PathBuf, u64, Option<SystemTime>)>>);

/// Checks the file of a model and its further parts. Returns the bytes of all of them.
pub(super) fn check_model(path: &Path) -> Result<u64, AiError> {
    let (head, size) = check(path, Kind::Model)?;
    let (count, number) = head.parts();
    if count == 1 {
        return Ok(size);
    }
    let invalid = |reason: String| invalid_model(path, reason);
    if count > PARTS_MAX || number != 0 {
        let reason =
            format!("it is part {number} of {count}; the first of at most {PARTS_MAX} is needed");
        return Err(invalid(reason));
    }
    let name = path.to_string_lossy();
    let stem = name
        .strip_suffix(&format!("-00001-of-{count:05}.gguf"))
        .ok_or_else(|| {
            invalid(format!(
                "it has {count} parts, and its name does not say so"
            ))
        })?;
    let mut total = size;
    for part in 2..=count {
        let part = PathBuf::from(format!("{stem}-{part:05}-of-{count:05}.gguf"));
        total = total.saturating_add(check(&part, Kind::Part)?.1);
    }
    Ok(total)
}

/// Checks the file of an adapter.
pub(super) fn check_adapter(path: &Path) -> Result<(), AiError> {
    check(path, Kind::Adapter)
        .map(drop)
        .map_err(|error| match error {
            AiError::InvalidModel { path, reason } => AiError::InvalidAdapter { path, reason },
            AiError::ModelNotFound { name, reason } => {
                AiError::InvalidAdapter { path: name, reason }
            }
            other => other,
        })
}

fn invalid_model(path: &Path, reason: impl ToString) -> AiError {
    AiError::InvalidModel {
        path: path.display().to_string(),
        reason: reason.to_string(),
    }
}

fn check(path: &Path, kind: Kind) -> Result<(gguf::Head, u64), AiError> {
    let missing = |error: std::io::Error| AiError::ModelNotFound {
        name: path.display().to_string(),
        reason: error.to_string(),
    };
    // Looked at first: opening a pipe would wait for somebody to write.
    let metadata = fs::metadata(path).map_err(missing)?;
    if !metadata.is_file() {
        return Err(invalid_model(path, "it is no file"));
    }
    if path.to_str().is_none() {
        return Err(invalid_model(path, "its path is no text"));
    }
    let file = File::open(path).map_err(missing)?;
    let size = metadata.len();
    let head = gguf::check(file, size, kind).map_err(|fault| invalid_model(path, fault))?;
    Ok((head, size))
}

impl Tried {
    /// Tries a file in a process of its own, unless it was tried before and is the same.
    pub fn ensure(
        &self,
        path: &Path,
        program: &WorkerProgram,
        closing: &CancelToken,
    ) -> Result<(), AiError> {
        let key = fs::metadata(path)
            .ok()
            .map(|it| (path.to_owned(), it.len(), it.modified().ok()));
        if key.as_ref().is_some_and(|key| self.0.lock().contains(key)) {
            return Ok(());
        }
        #[cfg(target_os = "linux")]
        super::worker::try_model(program, path, closing)?;
        #[cfg(not(target_os = "linux"))]
        let _ = (program, closing);
        let mut tried = self.0.lock();
        if tried.len() >= TRIED_MAX {
            tried.clear();
        }
        tried.extend(key);
        Ok(())
    }
}
