//! What the app offers, as documents: OpenRPC and Markdown. TypeScript is in
//! [`typescript`](crate::typescript).

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::router::{OutputKind, Place, RouteMeta, Routes};
use crate::topic::Topics;

/// The OpenRPC document of all routes; topics are listed in the extension `x-topics`.
#[must_use]
pub fn openrpc(routes: &Routes, topics: &Topics) -> Value {
    let settings = SchemaSettings::draft07()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let methods: Vec<Value> = routes
        .iter()
        .map(|meta| {
            let (params, result) = (meta.describe)(&mut generator);
            method(meta, params.as_value(), result.as_value())
        })
        .collect();
    let topics: Map<String, Value> = topics
        .iter()
        .map(|topic| {
            let schema = (topic.describe)(&mut generator);
            (topic.name.to_owned(), schema.to_value())
        })
        .collect();
    json!({
        "openrpc": "1.3.2",
        "info": { "title": "Oro Runtime", "version": env!("CARGO_PKG_VERSION") },
        "methods": methods,
        "components": { "schemas": generator.take_definitions(true) },
        "x-topics": topics,
    })
}

/// The text of a schema's doc comment.
pub(crate) fn description(schema: &Value) -> &str {
    schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Names of the members that must be given.
pub(crate) fn required(schema: &Value) -> Vec<&str> {
    let list = schema.get("required").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Members of an object schema.
pub(crate) fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn summary(text: &str) -> &str {
    text.split("\n\n").next().unwrap_or_default()
}

fn method(meta: &RouteMeta, params: &Value, result: &Value) -> Value {
    let required = required(params);
    let params_list: Vec<Value> = properties(params)
        .map(|(name, schema)| {
            json!({
                "name": name,
                "description": description(schema),
                "required": required.contains(&name.as_str()),
                "schema": schema,
            })
        })
        .collect();
    json!({
        "name": meta.name,
        "summary": summary(description(params)),
        "description": description(params),
        "paramStructure": "by-name",
        "params": params_list,
        "result": { "name": "result", "schema": result },
        "x-body": meta.body,
        "x-curl": curl(meta, params),
        "x-output": output(meta.output),
        "x-permission": meta.permission,
        "x-place": place(meta.place),
    })
}

fn output(kind: OutputKind) -> &'static str {
    match kind {
        OutputKind::Json => "json",
        OutputKind::Bytes => "bytes",
        OutputKind::Stream => "stream",
    }
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Tick => "tick",
        Place::Deferred => "deferred",
        Place::Job(_) => "job",
        Place::Pure => "pure",
    }
}

/// A command that calls the route over HTTP, at the default path and the port that the
/// documentation uses. Parameters that must be given are there, with the name of their type.
fn curl(meta: &RouteMeta, params: &Value) -> String {
    let required = required(params);
    let query: Vec<String> = properties(params)
        .filter(|(name, _)| required.contains(&name.as_str()))
        .map(|(name, schema)| format!("{name}={}", placeholder(schema)))
        .collect();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{}", query.join("&"))
    };
    let options = match (meta.body, meta.output) {
        (true, _) => "--data-binary @file -H 'Content-Type: application/octet-stream' ",
        (false, OutputKind::Stream) => "-N ",
        (false, OutputKind::Bytes) => "-o file ",
        (false, OutputKind::Json) => "",
    };
    format!(
        "curl {options}'http://127.0.0.1:27718/ipc/{}{query}'",
        meta.name
    )
}

/// What stands for a value that the reader fills in: text that needs no escapes.
fn placeholder(schema: &Value) -> &str {
    match schema.get("type").and_then(Value::as_str) {
        Some("integer" | "number") => "0",
        Some("boolean") => "true",
        _ => "TEXT",
    }
}

/// A reference page of all routes.
#[must_use]
pub fn markdown(routes: &Routes) -> String {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut out = String::from("# Routes\n");
    for meta in routes.iter() {
        let (params, _) = (meta.describe)(&mut generator);
        let params = params.as_value();
        out += &format!("\n## `{}`\n\n{}\n", meta.name, description(params));
        let required = required(params);
        for (name, schema) in properties(params) {
            let optional = if required.contains(&name.as_str()) {
                ""
            } else {
                " (optional)"
            };
            out += &format!(
                "- `{name}`{optional}: {}\n",
                description(schema).replace('\n', " ")
            );
        }
        out += &format!(
            "\n```sh\n{}\n```\n\nAnswers with {}; runs as: {}.{}\n",
            curl(meta, params),
            output(meta.output),
            place(meta.place),
            meta.permission
                .map(|p| format!(" Permission: `{p}`."))
                .unwrap_or_default(),
        );
    }
    out
}
