//! From HTTP paths and headers to routes. The input is lines: path and query, `X-IPC-URI`, `Host`,
//! `X-IPC-Window-Index`; an empty line is a header that is not there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oro_components::http::{HostRule, route_address, window_index};

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (target, uri, host, index) = (line(), line(), line(), line());
    let uri = (!uri.is_empty()).then_some(uri);
    if let Ok(target) = std::str::from_utf8(target) {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        match route_address("/ipc", path, query, uri) {
            Ok(address) => {
                let route = &address.head.source;
                assert!(!route.is_empty() && route.bytes().all(|byte| byte.is_ascii_graphic()));
                assert!(!route.contains(['/', '?', '#']), "{route:?} is more than a route");
                assert!(path == "/ipc" || path.starts_with("/ipc/"), "{path:?} is not below");
                assert!(address.head.url.starts_with("ipc:"), "{:?}", address.head.url);
                let keys = address.query.split('&').map(|pair| pair.split('=').next());
                for key in keys.flatten() {
                    assert!(!["seq", "index", "token", "__sync__"].contains(&key), "{key:?}");
                }
            }
            Err(error) => assert!(matches!(error.status, 400 | 404), "{error:?}"),
        }
    }
    if let Ok(index) = window_index(index) {
        assert!(index.to_string().len() <= 10);
    }
    if let Ok(host) = std::str::from_utf8(host)
        && HostRule::new("127.0.0.1").allows(host)
    {
        let host = host.to_ascii_lowercase();
        let own = ["127.0.0.1", "localhost", "[::1]", "127.0.0.1:", "localhost:", "[::1]:"];
        assert!(own.iter().any(|name| host.starts_with(name)), "{host:?}");
        assert!(host.rsplit(':').next().is_some_and(|port| port.len() <= 24));
    }
});
