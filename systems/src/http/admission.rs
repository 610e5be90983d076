//! What a request must be before anything is done for it.

use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use oro_components::http::{HostRule, route_address, window_index};
use oro_engine::error::RouteError;
use oro_engine::request::{Address, Head};
use subtle::ConstantTimeEq;

const AUTH: HeaderName = HeaderName::from_static("x-oro-auth");
const URI: HeaderName = HeaderName::from_static("x-ipc-uri");
const INDEX: HeaderName = HeaderName::from_static("x-ipc-window-index");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The verbs that call a route. Which one it is makes no difference to the route.
pub(super) const VERBS: &str = "GET, POST, PUT, DELETE, HEAD";

/// Who may call, by the configuration.
pub(super) struct Rules {
    /// Where routes begin, without a slash at the end.
    pub prefix: String,
    /// The names that the server answers to.
    pub host: HostRule,
    /// Whether pages of other origins may call.
    pub cors: bool,
    /// What `X-ORO-Auth` must be.
    pub key: Option<String>,
}

/// What to do for a request.
pub(super) enum Admission {
    /// Call a route, for the window of that index if one is named.
    Call(Address, Option<u32>),
    /// Tell a browser that it may call.
    Preflight,
}

/// A request that is refused, and whom its answer names.
pub(super) struct Refusal {
    pub head: Box<Head>,
    pub status: StatusCode,
    pub error: RouteError,
}

impl Refusal {
    pub fn new(head: Head, status: StatusCode, error: RouteError) -> Self {
        Self {
            head: Box::new(head),
            status,
            error,
        }
    }

    /// With the status that the error itself names.
    fn of(error: RouteError) -> Self {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        Self::new(head(), status, error)
    }
}

/// The head of an answer to a request that names no route. The sequence over HTTP is `0`.
pub(super) fn head() -> Head {
    Head {
        seq: "0".into(),
        ..Head::default()
    }
}

impl Rules {
    /// Decides over a request by its head alone.
    pub fn admit(&self, parts: &Parts) -> Result<Admission, Refusal> {
        self.check_host(parts)?;
        self.check_site(&parts.headers)?;
        if self.cors && parts.method == Method::OPTIONS {
            return Ok(Admission::Preflight);
        }
        self.check_key(&parts.headers)?;
        if !matches!(
            parts.method,
            Method::GET | Method::POST | Method::PUT | Method::DELETE | Method::HEAD
        ) {
            let message = format!("{} is not allowed: use {VERBS}", parts.method);
            let error = RouteError::new("TypeError", "ERR_METHOD_NOT_ALLOWED", message);
            return Err(Refusal::new(head(), StatusCode::METHOD_NOT_ALLOWED, error));
        }
        let uri = single(&parts.headers, &URI)?;
        let (path, query) = (parts.uri.path(), parts.uri.query());
        let address = route_address(&self.prefix, path, query, uri).map_err(Refusal::of)?;
        let index = single(&parts.headers, &INDEX)?
            .map(window_index)
            .transpose();
        Ok(Admission::Call(address, index.map_err(Refusal::of)?))
    }

    fn check_host(&self, parts: &Parts) -> Result<(), Refusal> {
        let mut hosts = parts.headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            let error = RouteError::invalid("Host", "a request names one host");
            return Err(Refusal::new(head(), StatusCode::BAD_REQUEST, error));
        };
        let named = host.to_str().is_ok_and(|host| self.host.allows(host));
        let target = parts
            .uri
            .authority()
            .is_none_or(|name| self.host.allows(name.as_str()));
        if named && target {
            return Ok(());
        }
        let host = String::from_utf8_lossy(host.as_bytes()).into_owned();
        Err(forbidden(
            "this server does not answer to that host",
            "host",
            &host,
        ))
    }

    /// Browsers name the page that asks: by `Origin` when it could read the answer, and by
    /// `Sec-Fetch-Site` always, so an image or a form of a foreign page is refused too.
    fn check_site(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.cors {
            return Ok(());
        }
        if let Some(origin) = headers.get(ORIGIN) {
            let origin = String::from_utf8_lossy(origin.as_bytes()).into_owned();
            let message = "pages may not call over HTTP ('http_ipc_allow_cors' is off)";
            return Err(forbidden(message, "origin", &origin));
        }
        match headers.get(FETCH_SITE).map(|site| site.as_bytes()) {
            None | Some(b"none" | b"same-origin") => Ok(()),
            Some(site) => {
                let site = String::from_utf8_lossy(site).into_owned();
                let message = "pages may not call over HTTP ('http_ipc_allow_cors' is off)";
                Err(forbidden(message, "site", &site))
            }
        }
    }

    fn check_key(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(key) = &self.key else {
            return Ok(());
        };
        match single(headers, &AUTH)? {
            Some(given) if bool::from(given.ct_eq(key.as_bytes())) => Ok(()),
            Some(_) => Err(forbidden("the key in 'X-ORO-Auth' is wrong", "", "")),
            None => {
                let message = "the header 'X-ORO-Auth' is missing";
                let error = RouteError::new("SecurityError", "EACCES", message);
                Err(Refusal::new(head(), StatusCode::UNAUTHORIZED, error))
            }
        }
    }
}

fn forbidden(message: &str, name: &str, value: &str) -> Refusal {
    let mut error = RouteError::security(message);
    if !name.is_empty() {
        error = error.with(name, value);
    }
    Refusal::new(head(), StatusCode::FORBIDDEN, error)
}

/// A header that may come once.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h [u8]>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        let error = RouteError::invalid(name.as_str(), "the header comes more than once");
        return Err(Refusal::new(head(), StatusCode::BAD_REQUEST, error));
    }
    Ok(first.map(|value| value.as_bytes()))
}
