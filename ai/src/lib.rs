//! AI: large language models next to the application.
//!
//! This crate reads and checks the configuration of models, and runs them: see [`engine`].

pub mod catalog;
pub mod chat;
pub mod engine;
pub mod library;
mod route;
pub mod server;
pub mod settings;

use bevy_app::{App, Plugin};
use oro_engine::config::Config;

pub use settings::{AiSettings, SettingsError};

/// Reads [`AiSettings`] from the [`Config`] and adds the [`engine`].
///
/// Settings that contradict each other are logged, and [`AiSettings`] is then missing: nothing of
/// AI may run. A program that wants to refuse them calls [`AiSettings::from_config`] before it
/// builds its app.
#[derive(Debug, Default)]
pub struct AiPlugin;

impl Plugin for AiPlugin {
    fn build(&self, app: &mut App) {
        let config = app.world_mut().get_resource_or_init::<Config>().clone();
        match AiSettings::from_config(&config) {
            Ok(settings) => {
                let library = library::Library::from_config(&config);
                app.insert_resource(settings)
                    .insert_resource(library)
                    .add_plugins((engine::GluePlugin, server::ServerPlugin));
                catalog::build(app);
                route::build(app);
            }
            Err(error) => tracing::error!(%error, "AI is off"),
        }
    }
}

bevy_app::plugin_group! {
    /// All of AI. The engine's own plugin comes before, as there is no other way to be woken.
    #[derive(Debug, Default)]
    pub struct AiPlugins {
        :AiPlugin,
    }
}

#[cfg(test)]
mod tests {
    use oro_engine::app::EnginePlugin;

    use super::*;

    #[test]
    fn only_settings_that_agree_become_a_resource() {
        for (tokens, present) in [("64", true), ("65", false)] {
            let config = Config::builder()
                .overrides([
                    ("ai_llm_hard_max_tokens", "64"),
                    ("ai_llm_default_max_tokens", tokens),
                ])
                .load()
                .unwrap()
                .config;
            let mut app = App::empty();
            app.insert_resource(config)
                .add_plugins((EnginePlugin, AiPlugin));
            let found = app.world().contains_resource::<AiSettings>();
            assert_eq!(found, present, "{tokens}");
        }
    }
}
