//! From an HTTP request to the address of a route.
//!
//! Two spellings mean the same: the path `/ipc/fs.stat?path=%2Ftmp`, and the header
//! `X-IPC-URI: ipc://fs.stat?path=%2Ftmp` on the path `/ipc`.

use oro_engine::error::RouteError;
use oro_engine::request::Address;

/// The header that names the route in whole.
const URI: &str = "X-IPC-URI";
/// The header that chooses a window.
const INDEX: &str = "X-IPC-Window-Index";

/// The address of the route that a request names, by its path and query or by its `X-IPC-URI`
/// header. `prefix` is where routes begin, such as `/ipc`.
///
/// # Errors
/// 404 for a path that leads to no route, 400 for one that cannot be read.
pub fn route_address(
    prefix: &str,
    path: &str,
    query: Option<&str>,
    uri: Option<&[u8]>,
) -> Result<Address, RouteError> {
    let not_found = || RouteError::not_found(path);
    let below = path
        .strip_prefix(prefix.trim_end_matches('/'))
        .ok_or_else(not_found)?;
    match (below, uri) {
        ("" | "/", Some(uri)) => whole(uri),
        ("" | "/", None) => Err(bad(RouteError::missing(URI))),
        (_, Some(_)) => Err(invalid(URI, "the path names a route already")),
        (below, None) => {
            let route = below.strip_prefix('/').ok_or_else(not_found)?;
            joined(route, query.unwrap_or_default())
        }
    }
}

/// Reads the `X-IPC-Window-Index` header.
///
/// # Errors
/// 400 if it is not a number.
pub fn window_index(value: &[u8]) -> Result<u32, RouteError> {
    let text = std::str::from_utf8(value).unwrap_or_default();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let index = text.parse().ok().filter(|_| digits);
    index.ok_or_else(|| invalid(INDEX, "not the number of a window"))
}

fn bad(mut error: RouteError) -> RouteError {
    error.status = 400;
    error
}

fn invalid(what: &str, reason: &str) -> RouteError {
    bad(RouteError::invalid(what, reason))
}

/// The address in a header.
fn whole(uri: &[u8]) -> Result<Address, RouteError> {
    let uri = std::str::from_utf8(uri)
        .ok()
        .filter(|uri| uri.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or_else(|| invalid(URI, "not printable ASCII"))?;
    check_escapes(uri).map_err(|reason| invalid(URI, reason))?;
    Address::parse(uri).map_err(|error| bad(error.with("param", URI)))
}

/// The address made of a path's rest and a query.
fn joined(route: &str, query: &str) -> Result<Address, RouteError> {
    check_escapes(query).map_err(|reason| invalid("query", reason))?;
    let route = unescape(route).map_err(|reason| invalid("path", reason))?;
    let route = route.trim_end_matches('/');
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if route.is_empty() || !route.bytes().all(named) {
        return Err(RouteError::not_found(&format!("ipc://{route}")));
    }
    let mut url = String::with_capacity(route.len() + query.len() + 7);
    url.push_str("ipc://");
    url.push_str(route);
    if !query.is_empty() {
        url.push('?');
        url.push_str(query);
    }
    Address::parse(&url).map_err(bad)
}

/// Checks that every `%` begins an escape, and that the escapes mean text.
fn check_escapes(text: &str) -> Result<(), &'static str> {
    unescape(text).map(drop)
}

fn unescape(text: &str) -> Result<std::borrow::Cow<'_, str>, &'static str> {
    if !text.contains('%') {
        return Ok(text.into());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err("a '%' that begins no escape");
        };
        out.push((high * 16 + low) as u8);
    }
    let out = String::from_utf8(out).map_err(|_| "an escape that is not UTF-8")?;
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, uri: Option<&str>) -> Result<(String, String, String), u16> {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        route_address("/ipc", path, query, uri.map(str::as_bytes))
            .map(|address| (address.head.source, address.query, address.head.seq))
            .map_err(|error| error.status)
    }

    #[test]
    fn paths_and_headers_name_routes() {
        let ok = |route: &str, query: &str, seq: &str| {
            Ok((route.to_owned(), query.to_owned(), seq.to_owned()))
        };
        for (path, uri, want) in [
            ("/ipc/ping", None, ok("ping", "", "0")),
            ("/ipc/ping/", None, ok("ping", "", "0")),
            (
                "/ipc/fs.stat?path=%2Fa%20b&seq=7",
                None,
                ok("fs.stat", "path=%2Fa%20b", "7"),
            ),
            ("/ipc/fs%2Estat?a=", None, ok("fs.stat", "a=", "0")),
            ("/ipc/a?x=1?2", None, ok("a", "x=1?2", "0")),
            ("/ipc", Some("ipc://a.b?k=v&seq=R1"), ok("a.b", "k=v", "R1")),
            ("/ipc/", Some("ipc://a.b"), ok("a.b", "", "0")),
            ("/ipc?ignored=1", Some("ipc://a.b"), ok("a.b", "", "0")),
            // no route there
            ("/", None, Err(404)),
            ("/ipcx/ping", None, Err(404)),
            ("/ipc/a/b", None, Err(404)),
            ("/ipc//", None, Err(404)),
            ("/ipc/..%2Fping", None, Err(404)),
            ("/ipc/%00", None, Err(404)),
            ("/ipc/%C3%A9", None, Err(404)),
            ("/ipc/a%3Fb=c", None, Err(404)),
            ("/ipc/a%20b", None, Err(404)),
            // cannot be read
            ("/ipc", None, Err(400)),
            ("/ipc/%", None, Err(400)),
            ("/ipc/%zz", None, Err(400)),
            ("/ipc/%FF", None, Err(400)),
            ("/ipc/a?x=%", None, Err(400)),
            ("/ipc/a?x=%+1", None, Err(400)),
            ("/ipc/a?x=%ff", None, Err(400)),
            ("/ipc/a?index=x", None, Err(400)),
            ("/ipc/ping", Some("ipc://ping"), Err(400)),
            ("/ipc", Some(""), Err(400)),
            ("/ipc", Some("ping"), Err(400)),
            ("/ipc", Some("http://ping"), Err(400)),
            ("/ipc", Some("oro://app/ai/llama/health"), Err(400)),
            ("/ipc", Some("ipc://"), Err(400)),
            ("/ipc", Some("ipc://a b"), Err(400)),
            ("/ipc", Some("ipc://a?x=%"), Err(400)),
            ("/ipc", Some("ipc://\u{e9}"), Err(400)),
        ] {
            assert_eq!(read(path, uri), want, "{path} {uri:?}");
        }
    }

    #[test]
    fn window_indexes_are_plain_numbers() {
        for (value, want) in [
            ("0", Some(0)),
            ("63", Some(63)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", None),
            ("-1", None),
            ("+1", None),
            ("1 ", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(window_index(value.as_bytes()).ok(), want, "{value}");
        }
    }
}
