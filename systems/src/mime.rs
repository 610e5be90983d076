//! Types of content by file name.

use bevy_app::{App, Plugin};
use oro_components::mime::{MimeLookup, MimeType};
use oro_engine::error::Infallible;
use oro_engine::prelude::*;

/// Types of content: the route `mime.lookup`.
#[derive(Debug, Default)]
pub struct MimePlugin;

impl Plugin for MimePlugin {
    fn build(&self, app: &mut App) {
        app.add_pure::<MimeLookup>(lookup);
    }
}

fn lookup(call: Call<MimeLookup>) -> Result<MimeType, Infallible> {
    let url = call.params.value;
    // Neither a query nor a fragment is part of the name.
    let name = url.split(['?', '#']).next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    let kind = match mime_guess::from_path(name).first_raw() {
        // The name that RFC 9239 and the HTML standard ask for.
        Some("application/javascript") => "text/javascript",
        other => other.unwrap_or_default(),
    };
    let kind = kind.to_owned();
    Ok(MimeType { url, kind })
}
