//! The part of llama.cpp that a process has once, and what it says about itself.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::{CStr, c_char, c_void};
use std::sync::{LazyLock, OnceLock};

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_sys_2::{
    GGML_LOG_LEVEL_CONT, GGML_LOG_LEVEL_ERROR, GGML_LOG_LEVEL_WARN, ggml_log_level, llama_log_set,
    llama_print_system_info,
};
use oro_components::llm::AiError;

/// Lines that are kept to tell why something failed.
const COMPLAINTS_MAX: usize = 4;

thread_local! {
    /// The last errors that llama.cpp logged on this thread: it has no other way to say why.
    static COMPLAINTS: RefCell<VecDeque<String>> = const { RefCell::new(VecDeque::new()) };
}

/// The backend. The first call starts it; it stays until the process ends.
pub(super) fn backend() -> Result<&'static LlamaBackend, AiError> {
    static BACKEND: OnceLock<Result<LlamaBackend, AiError>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        listen();
        let kernels = oro_kernels::select().map_err(|error| {
            AiError::NotSupported(format!("{}: {error}", oro_kernels::VARIABLE))
        })?;
        tracing::debug!("models are computed by kernels '{kernels}'");
        LlamaBackend::init().map_err(|error| AiError::NotSupported(error.to_string()))
    });
    backend.as_ref().map_err(Clone::clone)
}

/// Whether quantized weights are multiplied by tiles of 16 rows (AMX), so that a step of many texts
/// takes hardly longer than a step of one. Known once the backend runs.
#[expect(unsafe_code, reason = "the crate does not tell it")]
pub(crate) fn has_tiles() -> bool {
    static HAS_TILES: LazyLock<bool> = LazyLock::new(|| {
        // SAFETY: llama.cpp returns a string that ends with zero, in storage that it overwrites
        // when it is asked again; only this asks, and once.
        let info = unsafe { CStr::from_ptr(llama_print_system_info()) };
        info.to_string_lossy().contains("AMX_INT8 = 1")
    });
    *HAS_TILES
}

/// Runs something and returns what llama.cpp complained of meanwhile.
pub(super) fn complaints<T>(run: impl FnOnce() -> T) -> (T, String) {
    COMPLAINTS.with_borrow_mut(VecDeque::clear);
    let result = run();
    let lines = COMPLAINTS.with_borrow_mut(std::mem::take);
    (result, lines.into_iter().collect::<Vec<_>>().join("; "))
}

#[expect(
    unsafe_code,
    reason = "the crate's own redirection does not tell what was said"
)]
fn listen() {
    // SAFETY: the function is `'static` and takes no data.
    unsafe { llama_log_set(Some(hear), std::ptr::null_mut()) };
}

#[expect(unsafe_code, reason = "called by llama.cpp with a C string")]
extern "C" fn hear(level: ggml_log_level, text: *const c_char, _: *mut c_void) {
    if text.is_null() {
        return;
    }
    // SAFETY: llama.cpp passes a string that ends with zero and lives during the call.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let line = text.trim();
    if line.is_empty() || level == GGML_LOG_LEVEL_CONT {
        return;
    }
    if level == GGML_LOG_LEVEL_ERROR {
        tracing::debug!(target: "llama", "{line}");
        // At the end of a thread there is nobody left to tell.
        let _ = COMPLAINTS.try_with(|complaints| {
            if let Ok(mut complaints) = complaints.try_borrow_mut() {
                if complaints.len() == COMPLAINTS_MAX {
                    complaints.pop_front();
                }
                complaints.push_back(without_function(line).to_owned());
            }
        });
    } else if level == GGML_LOG_LEVEL_WARN {
        tracing::debug!(target: "llama", "{line}");
    } else {
        tracing::trace!(target: "llama", "{line}");
    }
}

/// Takes the name of the function off the front of a line.
fn without_function(line: &str) -> &str {
    match line.split_once(": ") {
        Some((name, rest)) if !name.contains(' ') => rest,
        _ => line,
    }
}
