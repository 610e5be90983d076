//! What the configuration says of windows and their pages.

use std::env;
use std::path::PathBuf;

use oro_components::host::{Cors, HostConfig, PageArgs};
use oro_components::window::{Length, Rgba, WindowExtra, WindowSpec};
use oro_engine::config::{Config, keys};
use serde_json::{Map, Value, json};

/// Permissions that the platform asks for by itself.
const PERMISSIONS: [&str; 9] = [
    "camera",
    "clipboard",
    "data_access",
    "device_info",
    "geolocation",
    "media_key_system",
    "microphone",
    "notifications",
    "user_media",
];

/// Parts of the names of environment variables that pages do not see.
const SECRETS: [&str; 7] = [
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "CREDENTIAL",
    "PRIVATE",
];

pub(super) fn host(config: &Config) -> HostConfig {
    let text = |value: Option<&str>| value.map(str::to_owned);
    let mut headers = Vec::new();
    if let Some(csp) = config.get(keys::WEBVIEW_CSP) {
        headers.push(("content-security-policy", csp.to_owned()));
    }
    if let Some(policy) = config.get(keys::WEBVIEW_REFERRER_POLICY) {
        headers.push(("referrer-policy", policy.to_owned()));
    }
    let bundle = config.get(keys::META_BUNDLE_IDENTIFIER).to_owned();
    let denied = |name: &&str| !config.has_permission(name);
    HostConfig {
        headless: config.get(keys::HEADLESS),
        version: env!("CARGO_PKG_VERSION").into(),
        user_agent: text(config.get(keys::WEBVIEW_USER_AGENT)),
        data_dir: data_dir(&bundle),
        bundle,
        inspectable: config.get(keys::DEBUG) || config.get(keys::WEBVIEW_DEVELOPER_TOOLS),
        headers,
        cors: Cors {
            allow_all: config.get(keys::WEBVIEW_CORS_ALLOW_ALL),
            allow_credentials: config.get(keys::WEBVIEW_CORS_ALLOW_CREDENTIALS),
            allow_headers: text(config.get(keys::WEBVIEW_CORS_ALLOW_HEADERS)),
            allow_methods: text(config.get(keys::WEBVIEW_CORS_ALLOW_METHODS)),
            allowed_origins: config.get(keys::WEBVIEW_CORS_ALLOWED_ORIGINS).to_vec(),
        },
        navigation_allowed: config
            .get(keys::WEBVIEW_NAVIGATOR_POLICIES_ALLOWED)
            .to_vec(),
        permissions_denied: PERMISSIONS
            .into_iter()
            .filter(denied)
            .map(str::to_owned)
            .collect(),
        body_max: config.get(keys::IPC_BODY_MAX_BYTES),
        args: Value::Object(args(config)),
        window: window(config),
        always_running: config.get(keys::LIFECYCLE_DESKTOP_ALWAYS_RUNNING),
        focus_debounce: config.get(keys::LIFECYCLE_FOCUS_DEBOUNCE_MS),
        stop_timeout: config.get(keys::LIFECYCLE_STOP_TIMEOUT_MS),
    }
}

/// What the first window is like, and all others in what they do not say.
fn window(config: &Config) -> WindowSpec {
    let px = |value: u32| Length::Px(f64::from(value));
    let edge = |value: Option<i32>| value.map(|value| Length::Px(f64::from(value)));
    let title = config.get(keys::WINDOW_TITLE);
    let limit = |width: Option<u32>, height: Option<u32>| (width.unwrap_or(0), height.unwrap_or(0));
    WindowSpec {
        title: title.unwrap_or(config.get(keys::META_TITLE)).to_owned(),
        width: px(config.get(keys::WINDOW_WIDTH)),
        height: px(config.get(keys::WINDOW_HEIGHT)),
        x: edge(config.get(keys::WINDOW_X)),
        y: edge(config.get(keys::WINDOW_Y)),
        min: limit(
            config.get(keys::WINDOW_MIN_WIDTH),
            config.get(keys::WINDOW_MIN_HEIGHT),
        ),
        max: limit(
            config.get(keys::WINDOW_MAX_WIDTH),
            config.get(keys::WINDOW_MAX_HEIGHT),
        ),
        resizable: config.get(keys::WINDOW_RESIZABLE),
        closable: config.get(keys::WINDOW_CLOSABLE),
        minimizable: config.get(keys::WINDOW_MINIMIZABLE),
        maximizable: config.get(keys::WINDOW_MAXIMIZABLE),
        frameless: config.get(keys::WINDOW_FRAMELESS),
        always_on_top: config.get(keys::WINDOW_ALWAYS_ON_TOP),
        transparent: config.get(keys::WINDOW_TRANSPARENT),
        visible: config.get(keys::WINDOW_VISIBLE),
        maximized: config.get(keys::WINDOW_MAXIMIZED),
        fullscreen: config.get(keys::WINDOW_FULLSCREEN),
        background: config
            .get(keys::WINDOW_BACKGROUND_COLOR)
            .and_then(Rgba::parse)
            .unwrap_or(Rgba::WHITE),
        // A window whose title nobody has chosen shows the document's.
        title_follows_document: title.is_none(),
        extra: WindowExtra::default(),
        url: config.get(keys::WEBVIEW_INDEX).to_owned(),
        ..WindowSpec::default()
    }
}

/// Where the WebView keeps what pages store.
fn data_dir(bundle: &str) -> Option<PathBuf> {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let base = env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|dir| dir.is_absolute());
    base.or_else(home).map(|base| base.join(bundle))
}

/// The members of `__args` that are the same in all windows.
fn args(config: &Config) -> Map<String, Value> {
    let os = env::consts::OS;
    let arch = match env::consts::ARCH {
        "x86_64" => "x64",
        "x86" => "ia32",
        "aarch64" => "arm64",
        other => other,
    };
    let platform = match os {
        "macos" | "ios" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let value = json!({
        "argv": [],
        "arch": arch,
        "config": config.page_config(),
        "cwd": env::current_dir().unwrap_or_default(),
        "debug": config.get(keys::DEBUG),
        "env": environment(),
        "os": os,
        "pid": std::process::id(),
        "platform": platform,
    });
    match value {
        Value::Object(args) => args,
        _ => Map::new(),
    }
}

/// The environment without what may be a secret.
fn environment() -> Map<String, Value> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| {
            let name = name.to_ascii_uppercase();
            !SECRETS.iter().any(|secret| name.contains(secret))
        })
        .map(|(name, value)| (name, value.into()))
        .collect()
}

/// Adds what the program itself tells its pages.
pub(super) fn extend(config: &mut HostConfig, more: &PageArgs) {
    if let Value::Object(args) = &mut config.args {
        args.extend(more.0.clone());
    }
}
