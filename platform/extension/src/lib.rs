//! The part of the direct bridge that lives in WebKit's web process.
//!
//! WebKit loads this library into each web process of the runtime's own WebContext and of no
//! other. Whenever a document begins, before any script of the page, it looks at the document's
//! origin; if that is exactly the application's, it connects to the runtime and gives the document
//! a binding: bytes out, bytes in. All other documents get nothing, so there is no secret that a
//! page could leak and no header that it could forge.
//!
//! The library moves frames and knows only their boundaries; JavaScript makes and reads them, and
//! the runtime trusts none of it.

#[expect(unsafe_code, reason = "declares C functions")]
mod ffi;

#[expect(dead_code, reason = "the runtime uses the rest")]
#[path = "../../../engine/oro_engine/src/frame.rs"]
mod frame;

#[expect(dead_code, reason = "the runtime uses the rest")]
#[path = "../../../engine/oro_engine/src/frame_queue.rs"]
mod frame_queue;

#[path = "../../../engine/oro_engine/src/region.rs"]
mod region;

#[expect(unsafe_code, reason = "maps memory that the runtime shares")]
mod shared;

#[expect(unsafe_code, reason = "speaks JavaScriptCore's and GLib's C interface")]
mod document;

#[expect(unsafe_code, reason = "sends and receives descriptors")]
#[expect(
    clippy::disallowed_types,
    reason = "a memory file is written like any other"
)]
mod socket;

use std::ffi::{CStr, c_void};
use std::sync::OnceLock;

use crate::frame::TOKEN;

/// What the runtime told this web process at its start.
struct Settings {
    socket: String,
    token: [u8; TOKEN],
    origin: String,
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// Reads `<socket path>\n<token in hex>\n<origin>`.
fn settings(text: &str) -> Option<Settings> {
    let mut lines = text.split('\n');
    let (socket, hex, origin) = (lines.next()?, lines.next()?, lines.next()?);
    let mut token = [0; TOKEN];
    if hex.len() != 2 * TOKEN || !hex.is_ascii() {
        return None;
    }
    for (byte, at) in token.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).ok()?;
    }
    Some(Settings {
        socket: socket.to_owned(),
        token,
        origin: origin.to_owned(),
    })
}

/// WebKit calls this once, when it has loaded the library.
///
/// # Safety
/// `data` must be null or a valid `GVariant`.
#[expect(unsafe_code, reason = "the entry point has this name and these types")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn webkit_web_extension_initialize_with_user_data(
    _: *mut ffi::WebKitWebProcessExtension,
    data: *mut ffi::GVariant,
) {
    if data.is_null() {
        return;
    }
    // SAFETY: the runtime always passes a string; the text lives as long as `data`.
    let text = unsafe {
        let text = ffi::g_variant_get_string(data, std::ptr::null_mut());
        if text.is_null() {
            c""
        } else {
            CStr::from_ptr(text)
        }
    };
    let Some(settings) = text.to_str().ok().and_then(settings) else {
        return;
    };
    if SETTINGS.set(settings).is_err() {
        return;
    }
    // SAFETY: the handler has the signature of the signal, and the world lives for ever.
    unsafe {
        let handler: unsafe extern "C" fn(
            *mut ffi::WebKitScriptWorld,
            *mut ffi::WebKitWebPage,
            *mut ffi::WebKitFrame,
            *mut c_void,
        ) = document::window_object_cleared;
        ffi::g_signal_connect_data(
            ffi::webkit_script_world_get_default().cast(),
            c"window-object-cleared".as_ptr(),
            Some(std::mem::transmute::<*const (), unsafe extern "C" fn()>(
                handler as *const (),
            )),
            std::ptr::null_mut(),
            None,
            0,
        );
    }
}
