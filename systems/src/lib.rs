//! The services of Oro: one module and one plugin each.
//!
//! Services never use each other. They meet in the World, through the plain data of
//! `oro_components`.

mod errno;
pub mod fs;
pub mod resource;
pub mod timers;
pub mod window;

bevy_app::plugin_group! {
    /// Every service. Those of windows answer `NotSupportedError` where there is no UI thread.
    #[derive(Debug, Default)]
    pub struct ServicePlugins {
        fs:::FsPlugin,
        resource:::ResourcePlugin,
        timers:::TimersPlugin,
        window:::WindowPlugin,
    }
}
