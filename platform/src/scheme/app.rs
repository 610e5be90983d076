//! The `oro:` and `node:` schemes: the app's files, the library's, and modules by their names.
//!
//! `import 'oro:fs'` gets a module that exports all of `oro://<bundle>/oro/fs.js`, so that there
//! is one instance of it, whichever way it is imported.

use std::rc::Rc;

use bevy_ecs::entity::Entity;
use oro_components::resource::{ResourceRequest, ResourceResponse};
use oro_engine::cancel::CancelToken;
use oro_engine::job::Lane;
use webkit2gtk::{URISchemeRequest, URISchemeRequestExt};

use super::desk::Pending;
use super::endpoint;
use super::ipc::window_of;
use super::respond::Reply;
use crate::port::Message;
use crate::site::{SCRIPT, TEXT, Target, common, missing, reexport, target};
use crate::ui::Shared;

pub(super) fn handle(shared: &Rc<Shared>, request: &URISchemeRequest) {
    tracing::debug!(uri = request.uri().as_deref(), "a page asks");
    let config = &shared.parts.config;
    let uri = request.uri().unwrap_or_default();
    let method = request.http_method().unwrap_or_else(|| "GET".into());
    let headers = request.http_headers();
    let header = |name: &str| {
        headers
            .as_ref()
            .and_then(|headers| headers.one(name))
            .map(|value| value.to_string())
    };
    if endpoint::handle(shared, request, &uri) {
        return;
    }
    let origin = header("origin");
    let plain = |status, text: &str| {
        let reply = Reply::bytes(status, TEXT, text.as_bytes().to_vec());
        reply
            .with_all(common(config, origin.as_deref()))
            .finish(request);
    };
    match method.as_str() {
        "GET" | "HEAD" => {}
        "OPTIONS" => return plain(204, ""),
        _ => return plain(405, "Method not allowed"),
    }
    let library = shared.parts.library.as_ref();
    let path = match target(&uri, &config.bundle) {
        Target::Module(name) if library.is_some_and(|library| library.has_module(name)) => {
            return script(shared, request, &reexport(config, name), origin.as_deref());
        }
        Target::Library(name) => match library.and_then(|library| library.file(name)) {
            Some(source) => return script(shared, request, source, origin.as_deref()),
            None => return plain(404, "Not found"),
        },
        Target::File(path) => path,
        Target::Module(_) | Target::Nothing => return plain(404, "Not found"),
    };
    let wanted = ResourceRequest {
        path: path.to_owned(),
        head: method == "HEAD",
        range: header("range"),
        if_none_match: header("if-none-match"),
        accept: header("accept"),
    };
    read(shared, request, wanted, origin);
}

pub(super) fn handle_node(shared: &Rc<Shared>, request: &URISchemeRequest) {
    let config = &shared.parts.config;
    let uri = request.uri().unwrap_or_default();
    let origin = request
        .http_headers()
        .and_then(|headers| headers.one("origin"));
    let name = uri.strip_prefix("node:").unwrap_or_default();
    let library = shared.parts.library.as_ref();
    if library.is_some_and(|library| library.has_node_module(name)) {
        script(shared, request, &reexport(config, name), origin.as_deref());
        return;
    }
    let reply = Reply::bytes(404, TEXT, b"Not found".to_vec());
    reply
        .with_all(common(config, origin.as_deref()))
        .finish(request);
}

fn script(shared: &Shared, request: &URISchemeRequest, source: &str, origin: Option<&str>) {
    let reply = Reply::bytes(200, SCRIPT, source.as_bytes().to_vec());
    let config = &shared.parts.config;
    reply
        .with_all(common(config, origin))
        .with("cache-control", "no-cache")
        .finish(request);
}

/// Has a file read on a job lane.
fn read(
    shared: &Rc<Shared>,
    request: &URISchemeRequest,
    wanted: ResourceRequest,
    origin: Option<String>,
) {
    let window = window_of(shared, request.web_view());
    let Some(resources) = shared.parts.resources.clone() else {
        return finish(
            shared,
            request,
            origin.as_deref(),
            missing(404, "Not found"),
        );
    };
    let id = shared.desk.borrow_mut().reserve();
    let pending = Pending::Scheme(request.clone(), origin.clone());
    let added = match window {
        Some(window) => shared
            .desk
            .borrow_mut()
            .add(id, window, CancelToken::new(), pending),
        None => Err(pending),
    };
    if added.is_err() {
        return finish(
            shared,
            request,
            origin.as_deref(),
            missing(503, "Too many requests"),
        );
    }
    let (port, failed) = (shared.port.clone(), shared.port.clone());
    // The job answers by itself; its owner only decides whether a panic is still told.
    shared.parts.jobs.spawn(
        window.unwrap_or(Entity::PLACEHOLDER),
        Lane::Io,
        move || port.send(Message::Resource(id, resources.0.read(&wanted))),
        move |_, _, result| {
            if let Err(error) = result {
                tracing::error!(%error, "a resource could not be read");
                failed.send(Message::Resource(id, missing(500, "Internal error")));
            }
        },
    );
}

/// Answers a request with a resource.
pub(crate) fn finish(
    shared: &Shared,
    request: &URISchemeRequest,
    origin: Option<&str>,
    response: ResourceResponse,
) {
    let ResourceResponse {
        status,
        mut headers,
        body,
    } = response;
    let at = headers.iter().position(|(name, _)| *name == "content-type");
    let content_type = at.map_or_else(String::new, |at| headers.swap_remove(at).1);
    Reply::resource(status, &content_type, body)
        .with_all(headers)
        .with_all(common(&shared.parts.config, origin))
        .finish(request);
}
