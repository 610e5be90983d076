//! The services of Oro: one module and one plugin each.
//!
//! Services never use each other. They meet in the World, through the plain data of
//! `oro_components`.

pub mod timers;

bevy_app::plugin_group! {
    /// Every service that needs no display.
    #[derive(Debug, Default)]
    pub struct ServicePlugins {
        timers:::TimersPlugin,
    }
}
