//! Runs that show nothing, and runs without a graphics card: both do better without WebKit's
//! accelerated compositing.
#![expect(
    unsafe_code,
    reason = "environment variables are WebKit's only switch for this"
)]

use std::env;
use std::path::Path;

use crate::run::Surface;

/// Measured against a bare WebView under software rendering: 0.83 of its start-up time and 0.78
/// of its memory.
const SOFTWARE: [&str; 2] = [
    "WEBKIT_DISABLE_COMPOSITING_MODE",
    "WEBKIT_DISABLE_DMABUF_RENDERER",
];

/// Sets WebKit's switches, unless the user has set them. Must run before other threads start.
pub(crate) fn prepare(surface: Surface) {
    if !(surface.headless || renders_in_software()) {
        return;
    }
    for name in SOFTWARE {
        if env::var_os(name).is_none() {
            // SAFETY: `run` calls this on the main thread before it starts the runtime thread and
            // before GTK starts its own, and it asks its callers to call it first.
            unsafe { env::set_var(name, "1") };
        }
    }
}

/// Whether there is no graphics card to render with.
fn renders_in_software() -> bool {
    let forced = env::var("LIBGL_ALWAYS_SOFTWARE");
    let forced = forced.is_ok_and(|value| matches!(value.as_str(), "1" | "true"));
    forced || !(128..144).any(|n| Path::new(&format!("/dev/dri/renderD{n}")).exists())
}
