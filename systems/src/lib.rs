//! The services of Oro: one module and one plugin each.
//!
//! Services never use each other. They meet in the World, through the plain data of
//! `oro_components`.

pub mod child_process;
pub mod console;
pub mod diagnostics;
pub mod direct;
pub mod dns;
mod errno;
mod folders;
pub mod fs;
pub mod http;
pub mod mime;
pub mod os;
pub mod platform;
pub mod process;
pub mod resource;
mod sandbox;
mod signal;
pub mod timers;
pub mod udp;
pub mod window;

bevy_app::plugin_group! {
    /// Every service. Those of windows answer `NotSupportedError` where there is no UI thread.
    #[derive(Debug, Default)]
    pub struct ServicePlugins {
        child_process:::ChildProcessPlugin,
        console:::ConsolePlugin,
        diagnostics:::DiagnosticsPlugin,
        dns:::DnsPlugin,
        fs:::FsPlugin,
        mime:::MimePlugin,
        os:::OsPlugin,
        platform:::PlatformFactsPlugin,
        process:::ProcessPlugin,
        resource:::ResourcePlugin,
        http:::HttpIpcPlugin,
        direct:::DirectPlugin,
        timers:::TimersPlugin,
        udp:::UdpPlugin,
        window:::WindowPlugin,
    }
}
