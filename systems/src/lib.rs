//! The services of Oro: one module and one plugin each.
//!
//! Services never use each other. They meet in the World, through the plain data of
//! `oro_components`.

mod errno;
pub mod fs;
pub mod timers;

bevy_app::plugin_group! {
    /// Every service that needs no display.
    #[derive(Debug, Default)]
    pub struct ServicePlugins {
        fs:::FsPlugin,
        timers:::TimersPlugin,
    }
}
