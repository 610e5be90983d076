//! Windows, WebViews and bridges, on tao and wry.
//!
//! [`run()`] makes the calling thread the UI thread, which owns everything of tao, wry and GTK, and
//! runs the World on a thread of its own. The two talk through
//! [`Host`](oro_components::host::Host).
//!
//! On Linux the UI thread speaks with WebKitGTK itself; elsewhere `portable` makes do with what wry
//! offers on every system.

mod headless;
mod port;
mod preload;
mod run;
mod site;

#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod extension;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod message;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod policy;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod scheme;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod syntax;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod ui;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod webview;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod window;

#[cfg(any(not(target_os = "linux"), feature = "portable"))]
#[path = "portable.rs"]
mod ui;

pub use run::{Surface, run};

/// The version of the system's WebView; `None` if it tells none.
#[must_use]
pub fn webview_version() -> Option<String> {
    wry::webview_version().ok()
}
