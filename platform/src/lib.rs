//! Windows, WebViews and bridges, on tao and wry.
//!
//! [`run()`] makes the calling thread the UI thread, which owns everything of tao, wry and GTK, and
//! runs the World on a thread of its own. The two talk through
//! [`Host`](oro_components::host::Host).

mod extension;
mod headless;
mod message;
mod policy;
mod port;
mod preload;
mod run;
mod scheme;
mod syntax;
mod ui;
mod webview;
mod window;

pub use run::{Surface, run};

/// The version of the system's WebView; `None` if it tells none.
#[must_use]
pub fn webview_version() -> Option<String> {
    wry::webview_version().ok()
}
