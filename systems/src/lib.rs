//! The services of Oro: one module and one plugin each.

pub mod timers;

bevy_app::plugin_group! {
    /// All services.
    pub struct ServicePlugins {
        timers:::TimersPlugin,
    }
}
