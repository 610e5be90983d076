//! What the app's addresses mean, and the headers of everything at its origin.

use oro_components::host::{Cors, HostConfig};
use oro_components::resource::{ResourceBody, ResourceResponse};
use oro_engine::bytes::Bytes;

/// The content type of modules.
pub(crate) const SCRIPT: &str = "text/javascript; charset=utf-8";
/// The content type of a few words.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
/// The headers of answers that scripts of other origins may read.
const EXPOSED: &str = "content-length, content-range, accept-ranges, content-type, etag";

/// The parameter by which a page proves that it is one, where it cannot set a header.
const KEY: &str = "runtime-key";

/// What an address of `oro:` names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
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
pub(crate) fn target<'a>(uri: &'a str, bundle: &str) -> Target<'a> {
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

/// A proof that a request comes from a page of the app itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof<'a> {
    /// The `Origin` header, which requests to the own origin lack.
    pub origin: Option<&'a str>,
    /// The header that the preload sets.
    pub mark: Option<&'a str>,
    /// The parameter that the preload adds where it can set no header.
    pub key: Option<&'a str>,
}

/// What pages prove themselves with, another one in each run; the preload keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Secrets<'a> {
    pub mark: &'a str,
    pub key: &'a str,
}

impl Proof<'_> {
    /// Whether it holds. Frames of other origins have an `Origin` that is not ours, or none and
    /// neither header nor parameter: images, scripts and frames cannot have them.
    pub fn holds(&self, own: &str, secrets: Secrets<'_>) -> bool {
        let is = |given: Option<&str>, want: &str| !want.is_empty() && given == Some(want);
        self.origin.is_none_or(|origin| origin == own)
            && (is(self.mark, secrets.mark) || is(self.key, secrets.key))
    }
}

/// The query of an address without the key, and the key.
pub(crate) fn query_and_key(uri: &str) -> (String, Option<&str>) {
    let uri = uri.split('#').next().unwrap_or_default();
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let key = |pair: &&'_ str| pair.starts_with(KEY) && pair[KEY.len()..].starts_with('=');
    let value = query
        .split('&')
        .find(key)
        .map(|pair| &pair[KEY.len() + 1..]);
    let rest: Vec<&str> = query.split('&').filter(|pair| !key(pair)).collect();
    (rest.join("&"), value)
}

/// A module that is another one under a second name.
pub(crate) fn reexport(config: &HostConfig, name: &str) -> String {
    let file = format!("{}/oro/{name}.js", config.origin());
    // The default export is optional, which `export { default }` would not allow.
    format!(
        "import * as module from '{file}';\nexport * from '{file}';\n\
         export default 'default' in module ? module.default : module;\n"
    )
}

/// An answer of a few words.
pub(crate) fn missing(status: u16, text: &'static str) -> ResourceResponse {
    let headers = vec![("content-type", TEXT.to_owned())];
    let body = ResourceBody::Bytes(Bytes::from(text.as_bytes()));
    ResourceResponse {
        status,
        headers,
        body,
    }
}

/// The headers of everything at the app's origin.
pub(crate) fn common(config: &HostConfig, origin: Option<&str>) -> Vec<(&'static str, String)> {
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
    fn only_pages_of_the_app_reach_endpoints() {
        let secrets = Secrets {
            mark: "m",
            key: "k",
        };
        let own = "oro://own";
        for (origin, mark, key, want) in [
            (None, Some("m"), None, true),
            (None, None, Some("k"), true),
            (Some(own), Some("m"), None, true),
            (None, None, None, false),
            (Some(own), None, None, false),
            (None, Some("k"), Some("m"), false),
            (None, Some(""), Some(""), false),
            (Some("null"), Some("m"), Some("k"), false),
            (Some("http://own"), Some("m"), None, false),
            (Some("oro://own.evil"), Some("m"), None, false),
        ] {
            let proof = Proof { origin, mark, key };
            assert_eq!(proof.holds(own, secrets), want, "{proof:?}");
        }
        // A run without random numbers has no secrets, and nobody has them.
        let none = Secrets { mark: "", key: "" };
        let (origin, mark, key) = (None, Some(""), Some(""));
        assert!(!Proof { origin, mark, key }.holds(own, none));
    }

    #[test]
    fn the_key_is_no_part_of_the_query() {
        for (uri, query, key) in [
            ("oro://a/b", "", None),
            ("oro://a/b?x=1&y=2#z", "x=1&y=2", None),
            ("oro://a/b?x=1&runtime-key=k&y=2", "x=1&y=2", Some("k")),
            ("oro://a/b?runtime-key=#runtime-key=k", "", Some("")),
            ("oro://a/b?runtime-keys=k", "runtime-keys=k", None),
        ] {
            assert_eq!(query_and_key(uri), (query.to_owned(), key), "{uri}");
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
