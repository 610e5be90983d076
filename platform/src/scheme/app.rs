//! The `oro:` and `node:` schemes: the app's files, the library's, and modules by their names.
//!
//! `import 'oro:fs'` gets a module that exports all of `oro://<bundle>/oro/fs.js`, so that there
//! is one instance of it, whichever way it is imported.

use std::rc::Rc;

use bevy_ecs::entity::Entity;
use oro_components::host::{Cors, HostConfig};
use oro_components::resource::{ResourceBody, ResourceRequest, ResourceResponse};
use oro_engine::bytes::Bytes;
use oro_engine::cancel::CancelToken;
use oro_engine::job::Lane;
use webkit2gtk::{URISchemeRequest, URISchemeRequestExt};

use super::desk::Pending;
use super::ipc::window_of;
use super::respond::Reply;
use crate::port::Message;
use crate::ui::Shared;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
/// The headers of answers that scripts of other origins may read.
const EXPOSED: &str = "content-length, content-range, accept-ranges, content-type, etag";

/// What an address of `oro:` names.
#[derive(Debug, PartialEq, Eq)]
enum Target<'a> {
    /// A module by its name.
    Module(&'a str),
    /// A file of the library.
    Library(&'a str),
    /// A file of the app: the path, percent-encoded.
    File(&'a str),
    /// Nothing of this app.
    Nothing,
}

/// Finds out what an address means to the app with the given bundle identifier.
fn target<'a>(uri: &'a str, bundle: &str) -> Target<'a> {
    let Some(rest) = uri.strip_prefix("oro:") else {
        return Target::Nothing;
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let Some(rest) = rest.strip_prefix("//") else {
        return Target::Module(rest);
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if !host.eq_ignore_ascii_case(bundle) {
        return Target::Nothing;
    }
    match path.strip_prefix("/oro/") {
        Some(file) => Target::Library(file),
        None if path.is_empty() => Target::File("/"),
        None => Target::File(path),
    }
}

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

/// A module that is another one under a second name.
fn reexport(config: &HostConfig, name: &str) -> String {
    let file = format!("{}/oro/{name}.js", config.origin());
    // The default export is optional, which `export { default }` would not allow.
    format!(
        "import * as module from '{file}';\nexport * from '{file}';\n\
         export default 'default' in module ? module.default : module;\n"
    )
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

fn missing(status: u16, text: &'static str) -> ResourceResponse {
    let headers = vec![("content-type", TEXT.to_owned())];
    let body = ResourceBody::Bytes(Bytes::from(text.as_bytes()));
    ResourceResponse {
        status,
        headers,
        body,
    }
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

/// The headers of everything at the app's origin.
fn common(config: &HostConfig, origin: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = config.headers.clone();
    headers.push(("x-content-type-options", "nosniff".into()));
    headers.extend(cors(&config.cors, &config.origin(), origin));
    headers
}

/// Who may read the answer.
fn cors(cors: &Cors, own: &str, origin: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = vec![("vary", "Origin".to_owned())];
    let listed = |origin: &str| cors.allowed_origins.iter().any(|allowed| allowed == origin);
    let allowed = match origin {
        Some(origin) if origin == own || cors.allow_all || listed(origin) => {
            let reflect = cors.allow_credentials || !cors.allow_all;
            Some(if reflect { origin } else { "*" })
        }
        // With credentials `*` would be illegal, and there is nothing to reflect.
        None if cors.allow_all && !cors.allow_credentials => Some("*"),
        _ => None,
    };
    let Some(allowed) = allowed else {
        return headers;
    };
    headers.push(("access-control-allow-origin", allowed.to_owned()));
    if cors.allow_credentials {
        headers.push(("access-control-allow-credentials", "true".into()));
    }
    let or = |value: &Option<String>, usual: &str| value.clone().unwrap_or_else(|| usual.into());
    headers.push((
        "access-control-allow-methods",
        or(&cors.allow_methods, "GET, HEAD, OPTIONS"),
    ));
    headers.push(("access-control-allow-headers", or(&cors.allow_headers, "*")));
    headers.push(("access-control-expose-headers", EXPOSED.into()));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_modules_files_or_nothing() {
        for (uri, want) in [
            ("oro:fs", Target::Module("fs")),
            ("oro:fs/promises?x", Target::Module("fs/promises")),
            ("oro://a.b/oro/fs.js?v=1", Target::Library("fs.js")),
            ("oro://A.b/x%20y.html#z", Target::File("/x%20y.html")),
            ("oro://a.b", Target::File("/")),
            ("oro://a.b?q", Target::File("/")),
            ("oro://a.b.evil/x", Target::Nothing),
            ("oro://a.b:1/x", Target::Nothing),
            ("oro://a.b@evil/x", Target::Nothing),
            ("node:fs", Target::Nothing),
        ] {
            assert_eq!(target(uri, "a.b"), want, "{uri}");
        }
    }

    #[test]
    fn only_allowed_origins_may_read() {
        let base = Cors {
            allow_all: true,
            allow_credentials: true,
            ..Cors::default()
        };
        let open = Cors {
            allow_credentials: false,
            ..base.clone()
        };
        let listed = Cors {
            allow_all: false,
            allowed_origins: vec!["http://a".into()],
            ..open.clone()
        };
        for (name, config, origin, want) in [
            (
                "reflected with credentials",
                &base,
                Some("http://x"),
                Some("http://x"),
            ),
            ("nothing to reflect", &base, None, None),
            ("any", &open, Some("http://x"), Some("*")),
            ("any without origin", &open, None, Some("*")),
            ("listed", &listed, Some("http://a"), Some("http://a")),
            ("not listed", &listed, Some("http://a.evil"), None),
            ("opaque", &listed, Some("null"), None),
            ("our own", &listed, Some("oro://own"), Some("oro://own")),
        ] {
            let headers = cors(config, "oro://own", origin);
            let get = |name| {
                headers
                    .iter()
                    .find(|(n, _)| *n == name)
                    .map(|(_, v)| v.as_str())
            };
            assert_eq!(get("access-control-allow-origin"), want, "{name}");
            assert_eq!(get("vary"), Some("Origin"), "{name}");
        }
    }
}
