//! The web process extension: unpacked at the start, and given to WebKit with a token for each
//! web process.

use std::fs;
use std::io;
use std::path::PathBuf;

use gtk::glib::ToVariant;
use oro_components::direct::DirectAccess;
use webkit2gtk::{WebContext, WebContextExt};

/// The library itself, as the build script made it.
const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/liboro_extension.so"));

/// Has every web process of this context connect its documents of `origin` directly. Must be
/// called before the context's first load. Without it, or if it fails, pages use the other
/// transports.
pub(crate) fn register(context: &WebContext, access: &DirectAccess, origin: &str) {
    let folder = match unpack(access) {
        Ok(folder) => folder,
        Err(error) => {
            tracing::warn!(%error, "the web process extension cannot be unpacked");
            return;
        }
    };
    let (access, origin) = (access.clone(), origin.to_owned());
    context.connect_initialize_web_extensions(move |context| match access.issue() {
        Ok(token) => {
            let socket = access.socket().display();
            let data = format!("{socket}\n{token}\n{origin}");
            context.set_web_extensions_directory(&folder.to_string_lossy());
            context.set_web_extensions_initialization_user_data(&data.to_variant());
        }
        Err(error) => tracing::warn!(%error, "no token for a web process"),
    });
}

/// Writes the library into a folder of its own beside the socket, where only this user can reach
/// it; both are removed together.
#[expect(
    clippy::disallowed_methods,
    reason = "WebKit loads the library from a file"
)]
fn unpack(access: &DirectAccess) -> io::Result<PathBuf> {
    let parent = access.socket().parent();
    let folder = parent.ok_or(io::ErrorKind::NotFound)?.join("extension");
    fs::create_dir(&folder)?;
    fs::write(folder.join("liboro_extension.so"), LIBRARY)?;
    Ok(folder)
}
