//! Routes of models, adapters, contexts and conversations: `ai.llm.*` and `ai.chat.*`.

mod completions;
mod context;
mod lora;
mod model;
mod session;

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::llm::{AiError, ChatText};
use oro_engine::id::Id;
use oro_engine::request::Client;
use oro_engine::topic::TopicAppExt;

/// Adds the routes.
pub(crate) fn build(app: &mut App) {
    model::build(app);
    lora::build(app);
    context::build(app);
    session::build(app);
    completions::build(app);
    app.add_topic::<ChatText>();
}

/// Makes a context one of a caller, by an id that only it knows it by.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[component(immutable)]
struct Handle {
    window: Option<Entity>,
    id: Id,
}

/// The caller's context of an id.
fn find(world: &mut World, client: Client, id: Id) -> Result<Entity, AiError> {
    let wanted = Handle {
        window: client.window(),
        id,
    };
    let mut query = world.query::<(Entity, &Handle)>();
    let found = query.iter(world).find(|(_, handle)| **handle == wanted);
    found
        .map(|(entity, _)| entity)
        .ok_or(AiError::ContextNotFound(id.0))
}

/// Whether a caller may name any file.
fn is_trusted(client: Client) -> bool {
    client == Client::Host
}

/// A number within its range.
fn within(name: &str, value: f64, min: f64, max: f64) -> Result<f64, AiError> {
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        let reason = format!("{value} is not between {min} and {max}");
        Err(AiError::parameter(name, reason))
    }
}

/// A file, and the folder that it is in.
fn file_and_folder(path: &std::path::Path) -> (String, String) {
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    (
        text(path.file_name()),
        text(path.parent().map(AsRef::as_ref)),
    )
}
