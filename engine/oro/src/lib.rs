//! Oro Runtime: a data-oriented application runtime on an entity component system.
//!
//! This crate only gathers the others; it has no code of its own. A program that shows windows
//! adds [`DefaultPlugins`] and is run by [`run`]. A program that has its own loop, or no display,
//! adds [`HeadlessPlugins`] to its own `App` and calls `app.update()`; without the feature
//! `window` it links no WebView.

pub use bevy_app as app;
pub use bevy_ecs as ecs;
#[cfg(feature = "ai")]
pub use oro_ai as ai;
pub use oro_components as components;
pub use oro_engine as engine;
#[cfg(feature = "window")]
pub use oro_platform as platform;
#[cfg(feature = "window")]
pub use oro_platform::{Surface, run};
#[cfg(feature = "window")]
pub use oro_scripts as scripts;
pub use oro_systems as systems;

/// What a program that uses Oro needs most often.
pub mod prelude {
    #[cfg(feature = "window")]
    pub use crate::DefaultPlugins;
    pub use crate::HeadlessPlugins;
    pub use bevy_app::prelude::*;
    pub use bevy_ecs::prelude::*;
    pub use oro_engine::config::Config;
    pub use oro_engine::lifecycle::LifecycleAppExt;
    pub use oro_engine::prelude::*;
}

bevy_app::plugin_group! {
    /// Everything that needs no display: the engine and all services.
    #[derive(Debug, Default)]
    pub struct HeadlessPlugins {
        oro_engine::app:::EnginePlugin,
        #[plugin_group]
        oro_systems:::ServicePlugins,
    }
}

#[cfg(feature = "window")]
bevy_app::plugin_group! {
    /// Everything: [`HeadlessPlugins`], windows, the JavaScript library and AI.
    #[derive(Debug)]
    pub struct DefaultPlugins {
        oro_scripts:::ScriptsPlugin,
        #[plugin_group]
        :HeadlessPlugins,
        #[plugin_group]
        #[cfg(feature = "ai")]
        oro_ai:::AiPlugins,
    }
}
