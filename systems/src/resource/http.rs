//! Requests for files, answered as a web server would.

use std::io::Read;
use std::time::UNIX_EPOCH;

use oro_components::resource::{ResourceBody, ResourceRequest, ResourceResponse};

use super::{File, Found};

/// Bodies up to this size are read at once; larger ones as the page takes them.
const READ_AT_ONCE_MAX: u64 = 1 << 20;

/// Answers a request with what `find` finds.
pub(super) fn respond(
    request: &ResourceRequest,
    find: impl Fn(&[String]) -> Found,
) -> ResourceResponse {
    let Some(names) = names(&request.path) else {
        return plain(400, "The address is not a path");
    };
    let slash = request.path.ends_with('/');
    match find(&names) {
        Found::File(file) if !slash => answer(request, &names, file),
        Found::Directory => directory(request, &names, slash, find),
        Found::Refused(reason) => {
            tracing::warn!(path = request.path, reason, "a resource is refused");
            plain(404, "Not found")
        }
        Found::File(_) => plain(404, "Not found"),
        Found::Missing => match with_extension(&names).map(|names| (find(&names), names)) {
            Some((Found::File(file), names)) if !slash => answer(request, &names, file),
            _ => plain(404, "Not found"),
        },
    }
}

/// A folder stands for its `index.html`. WebKit follows no redirects of our scheme, so a document
/// without the trailing slash, whose relative addresses would be wrong, gets one that moves on.
fn directory(
    request: &ResourceRequest,
    names: &[String],
    slash: bool,
    find: impl Fn(&[String]) -> Found,
) -> ResourceResponse {
    let index: Vec<String> = names
        .iter()
        .cloned()
        .chain(["index.html".to_owned()])
        .collect();
    let Found::File(file) = find(&index) else {
        return plain(404, "Not found");
    };
    let document = request
        .accept
        .as_deref()
        .is_some_and(|accept| accept.contains("text/html"));
    if slash || !document {
        return answer(request, &index, file);
    }
    let to = format!("{}/", request.path);
    let escaped = to
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;");
    let html =
        format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={escaped}\">\n");
    let headers = vec![
        ("content-type", "text/html; charset=utf-8".to_owned()),
        ("content-location", to),
        ("cache-control", "no-cache".to_owned()),
    ];
    ResourceResponse {
        status: 200,
        headers,
        body: ResourceBody::Bytes(html.into_bytes().into()),
    }
}

/// The names of a path, decoded. `None` if one of them could mean something else to the system.
fn names(path: &str) -> Option<Vec<String>> {
    let parts = path
        .strip_prefix('/')?
        .split('/')
        .filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let name = decode(part)?;
            let bad = |c: char| matches!(c, '/' | '\\' | '\0');
            (name != "." && name != ".." && !name.contains(bad)).then_some(name)
        })
        .collect()
}

/// Undoes percent-encoding.
fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digit = |b: Option<u8>| char::from(b?).to_digit(16);
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

fn with_extension(names: &[String]) -> Option<Vec<String>> {
    let (last, folders) = names.split_last()?;
    Some(
        folders
            .iter()
            .cloned()
            .chain([format!("{last}.html")])
            .collect(),
    )
}

fn plain(status: u16, text: &'static str) -> ResourceResponse {
    let headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
    let body = ResourceBody::Bytes(text.as_bytes().into());
    ResourceResponse {
        status,
        headers,
        body,
    }
}

/// The part of a body that a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// From the first to the last byte, both included.
    Bytes(u64, u64),
    /// Nothing that exists.
    Unsatisfiable,
}

/// Reads a `Range` header. What is not understood is ignored, as HTTP wants it; so are several
/// ranges at once.
fn part(range: Option<&str>, len: u64) -> Part {
    let Some(spec) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((first, last)) = spec.split_once('-') else {
        return Part::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            None => Part::Whole,
            Some(0) => Part::Unsatisfiable,
            Some(_) if len == 0 => Part::Unsatisfiable,
            Some(count) => Part::Bytes(len.saturating_sub(count), len - 1),
        },
        (first, last) => {
            let (first, last) = (number(first), (!last.is_empty()).then(|| number(last)));
            match (first, last) {
                (Some(first), None) if first < len => Part::Bytes(first, len - 1),
                (Some(first), Some(Some(last))) if first <= last && first < len => {
                    Part::Bytes(first, last.min(len - 1))
                }
                (Some(first), Some(Some(last))) if first > last => Part::Whole,
                (Some(_), None | Some(Some(_))) => Part::Unsatisfiable,
                _ => Part::Whole,
            }
        }
    }
}

fn answer(request: &ResourceRequest, names: &[String], file: File) -> ResourceResponse {
    let len = file.len;
    let modified = file
        .modified
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let etag = format!("\"{len:x}-{:x}\"", modified.unwrap_or_default().as_nanos());
    let mut headers = vec![
        ("content-type", content_type(names)),
        ("etag", etag.clone()),
        ("accept-ranges", "bytes".to_owned()),
        ("cache-control", "no-cache".to_owned()),
    ];
    let known = |tags: &str| {
        tags.split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*")
    };
    if request.if_none_match.as_deref().is_some_and(known) {
        return ResourceResponse {
            status: 304,
            headers,
            body: ResourceBody::empty(),
        };
    }
    let (status, first, count) = match part(request.range.as_deref(), len) {
        Part::Whole => (200, 0, len),
        Part::Bytes(first, last) => {
            headers.push(("content-range", format!("bytes {first}-{last}/{len}")));
            (206, first, last - first + 1)
        }
        Part::Unsatisfiable => {
            headers.push(("content-range", format!("bytes */{len}")));
            return ResourceResponse {
                status: 416,
                headers,
                body: ResourceBody::empty(),
            };
        }
    };
    headers.push(("content-length", count.to_string()));
    if request.head {
        return ResourceResponse {
            status,
            headers,
            body: ResourceBody::empty(),
        };
    }
    match body(file, first, count) {
        Ok(body) => ResourceResponse {
            status,
            headers,
            body,
        },
        Err(error) => {
            tracing::error!(path = request.path, %error, "a resource cannot be read");
            plain(500, "The file cannot be read")
        }
    }
}

fn body(file: File, first: u64, count: u64) -> std::io::Result<ResourceBody> {
    let mut reader = file.reader(first, count)?;
    if count > READ_AT_ONCE_MAX {
        return Ok(ResourceBody::Reader { reader, len: count });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    reader.read_to_end(&mut bytes)?;
    Ok(ResourceBody::Bytes(bytes.into()))
}

/// The type of a file by its name. Text is UTF-8.
fn content_type(names: &[String]) -> String {
    let name = names.last().map_or("", String::as_str);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        // What the table lacks or calls otherwise than browsers do.
        "js" | "mjs" | "cjs" => return "text/javascript; charset=utf-8".into(),
        "map" => return "application/json".into(),
        "webmanifest" => return "application/manifest+json".into(),
        _ => {}
    }
    let guess = mime_guess::from_path(name)
        .first_raw()
        .unwrap_or("application/octet-stream");
    let is_text = guess.starts_with("text/") || guess == "image/svg+xml";
    if is_text {
        format!("{guess}; charset=utf-8")
    } else {
        guess.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Embedded, Folder, Mount, Server};
    use super::*;
    use oro_components::resource::ReadResource;

    #[test]
    fn ranges_are_satisfied_clipped_or_refused() {
        use Part::{Bytes, Unsatisfiable, Whole};
        for (range, len, want) in [
            ("bytes=0-3", 10, Bytes(0, 3)),
            ("bytes=4-", 10, Bytes(4, 9)),
            ("bytes=-3", 10, Bytes(7, 9)),
            ("bytes=-30", 10, Bytes(0, 9)),
            ("bytes=8-99", 10, Bytes(8, 9)),
            ("bytes=9-9", 10, Bytes(9, 9)),
            ("bytes=10-", 10, Unsatisfiable),
            ("bytes=10-12", 10, Unsatisfiable),
            ("bytes=-0", 10, Unsatisfiable),
            ("bytes=0-", 0, Unsatisfiable),
            ("bytes=-1", 0, Unsatisfiable),
            ("bytes=5-2", 10, Whole),
            ("bytes=0-1,3-4", 10, Whole),
            ("bytes=a-b", 10, Whole),
            ("bytes=", 10, Whole),
            ("items=0-1", 10, Whole),
            ("bytes=99999999999999999999-", 10, Whole),
        ] {
            assert_eq!(part(Some(range), len), want, "{range} of {len}");
        }
        assert_eq!(part(None, 10), Whole);
    }

    fn get(server: &dyn ReadResource, path: &str, accept: &str) -> (u16, String, String) {
        let request = ResourceRequest {
            path: path.into(),
            accept: Some(accept.into()),
            ..ResourceRequest::default()
        };
        let response = server.read(&request);
        let header = |name| response.headers.iter().find(|(n, _)| *n == name);
        let kind = header("content-type")
            .map(|(_, value)| value.clone())
            .unwrap_or_default();
        let body = match response.body {
            ResourceBody::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            ResourceBody::Reader { mut reader, .. } => {
                let mut text = String::new();
                reader.read_to_string(&mut text).unwrap();
                text
            }
        };
        (response.status, kind, body)
    }

    #[test]
    fn a_folder_serves_its_files_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("app"), dir.path().join("outside.txt"));
        for folder in ["sub dir", ".git", "plain"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for (name, text) in [
            ("index.html", "home"),
            ("a.mjs", "js"),
            ("page.html", "page"),
            ("sub dir/index.html", "sub"),
            ("sub dir/\u{e9}.txt", "accent"),
            (".git/config", "secret"),
            ("oro.toml", "secret"),
        ] {
            fs::write(root.join(name), text).unwrap();
        }
        fs::write(&outside, "secret").unwrap();
        #[cfg(unix)]
        for (link, to) in [("out", "../outside.txt"), ("in", "a.mjs"), ("up", "..")] {
            std::os::unix::fs::symlink(to, root.join(link)).unwrap();
        }
        let strict = Server::new(vec![Mount::new("/", Folder::new(root.clone(), true))]);
        let loose = Server::new(vec![Mount::new("/", Folder::new(root, false))]);
        let refresh =
            "<!doctype html><meta http-equiv=\"refresh\" content=\"0;url=/sub%20dir/\">\n";
        let html = "text/html; charset=utf-8";
        let missing = (404, "text/plain; charset=utf-8", "Not found");
        for (path, accept, want) in [
            ("/", "text/html", (200, html, "home")),
            (
                "/a.mjs",
                "*/*",
                (200, "text/javascript; charset=utf-8", "js"),
            ),
            ("/page", "text/html", (200, html, "page")),
            ("/page/", "text/html", missing),
            ("/a.mjs/", "*/*", missing),
            ("/sub%20dir", "text/html", (200, html, refresh)),
            ("/sub%20dir", "*/*", (200, html, "sub")),
            ("/sub%20dir/", "*/*", (200, html, "sub")),
            (
                "/sub%20dir/%C3%A9.txt",
                "*/*",
                (200, "text/plain; charset=utf-8", "accent"),
            ),
            ("/plain", "*/*", missing),
            ("/nothing", "*/*", missing),
            ("/oro.toml", "*/*", missing),
            ("/.git/config", "*/*", missing),
            ("/%2egit/config", "*/*", missing),
            ("/out", "*/*", missing),
            ("/up/outside.txt", "*/*", missing),
            (
                "/a%00b",
                "*/*",
                (
                    400,
                    "text/plain; charset=utf-8",
                    "The address is not a path",
                ),
            ),
        ] {
            let (status, kind, body) = get(&strict, path, accept);
            assert_eq!((status, kind.as_str(), body.as_str()), want, "{path}");
        }
        for path in [
            "/../outside.txt",
            "/%2e%2e/outside.txt",
            "/..%2foutside.txt",
            "/%2e%2E%5cx",
            "/%ff",
            "x",
        ] {
            assert_eq!(get(&strict, path, "*/*").0, 400, "{path}");
        }
        assert_eq!(get(&strict, "/in", "*/*").0, 404);
        assert_eq!(
            (
                get(&loose, "/in", "*/*").2.as_str(),
                get(&loose, "/out", "*/*").0
            ),
            ("js", 404)
        );
    }

    #[test]
    fn files_of_the_program_are_served_in_parts() {
        static FILES: Embedded = Embedded(&[("a/b.bin", b"0123456789"), ("index.html", b"home")]);
        let base = ResourceRequest {
            path: "/a/b.bin".into(),
            ..ResourceRequest::default()
        };
        assert_eq!(get(&FILES, "/", "*/*").2, "home");
        let range = ResourceRequest {
            range: Some("bytes=2-4".into()),
            ..base.clone()
        };
        let part = FILES.read(&range);
        let has = |name, value: &str| part.headers.iter().any(|(n, v)| *n == name && v == value);
        assert_eq!(part.status, 206);
        assert!(has("content-range", "bytes 2-4/10") && has("content-length", "3"));
        assert!(matches!(&part.body, ResourceBody::Bytes(bytes) if &bytes[..] == b"234"));
        let head = FILES.read(&ResourceRequest {
            head: true,
            ..base.clone()
        });
        assert!(matches!(&head.body, ResourceBody::Bytes(bytes) if bytes.is_empty()));
        let etag = head
            .headers
            .iter()
            .find(|(name, _)| *name == "etag")
            .map(|(_, v)| v.clone());
        let again = FILES.read(&ResourceRequest {
            if_none_match: etag,
            ..base.clone()
        });
        assert_eq!(again.status, 304);
        let beyond = FILES.read(&ResourceRequest {
            range: Some("bytes=10-".into()),
            ..base
        });
        assert_eq!(beyond.status, 416);
    }
}
