//! The script that runs before all others in the app's own documents.

use oro_components::window::WindowSpec;
use serde_json::{Value, json};

use crate::run::Parts;
use crate::site::Secrets;
use crate::ui::ANSWERS_INCREMENTALLY;

/// The preload of one window: the library's, after the facts that it hands to pages, and the
/// secrets that it keeps to itself.
pub(crate) fn source(parts: &Parts, spec: &WindowSpec) -> String {
    let Parts {
        config, library, ..
    } = parts;
    let Secrets { mark, key } = parts.secrets();
    let mut args = match &config.args {
        Value::Object(args) => args.clone(),
        _ => serde_json::Map::new(),
    };
    args.insert("index".into(), spec.index.into());
    args.insert(
        "client".into(),
        json!({ "id": spec.client_id, "index": spec.index }),
    );
    let streaming = json!({
        "sseIncremental": ANSWERS_INCREMENTALLY,
        "chunkedIncremental": ANSWERS_INCREMENTALLY,
    });
    args.insert("capabilities".into(), json!({ "streaming": streaming }));
    args.insert("headless".into(), config.headless.into());
    args.insert("version".into(), config.version.clone().into());
    args.insert("bundle".into(), config.bundle.clone().into());
    // A block, so that the name is gone when page scripts run.
    let preload = library.as_ref().map_or("", |library| library.preload);
    let args = Value::Object(args);
    format!("{{const __oro_args={args},__oro_mark=\"{mark}\",__oro_key=\"{key}\";\n{preload}\n}}")
}
