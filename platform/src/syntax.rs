//! Tells whether a text is a script, without running it.
#![expect(
    unsafe_code,
    reason = "the binding of the syntax check panics when there is no error"
)]

use gtk::glib::translate::ToGlibPtr;
use javascriptcore::Context;
use javascriptcore_rs_sys::{
    JSC_CHECK_SYNTAX_MODE_SCRIPT, JSC_CHECK_SYNTAX_RESULT_SUCCESS, jsc_context_check_syntax,
};

thread_local! {
    /// Only checks syntax; no script runs in it.
    static CONTEXT: Context = Context::new();
}

/// Whether `script` could run.
pub(crate) fn is_script(script: &str) -> bool {
    let Ok(len) = isize::try_from(script.len()) else {
        return false;
    };
    CONTEXT.with(|context| {
        let context: *mut _ = context.to_glib_none().0;
        // SAFETY: the context lives as long as its thread; the text is passed with its length and
        // only read; no exception is asked for.
        let result = unsafe {
            jsc_context_check_syntax(
                context,
                script.as_ptr().cast(),
                len,
                JSC_CHECK_SYNTAX_MODE_SCRIPT,
                c"".as_ptr(),
                1,
                std::ptr::null_mut(),
            )
        };
        result == JSC_CHECK_SYNTAX_RESULT_SUCCESS
    })
}
