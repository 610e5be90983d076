//! What the World and the UI thread tell each other.
//!
//! The UI thread owns windows and WebViews and decides nothing: it executes [`HostCommand`]s and
//! reports [`HostEvent`]s. Both travel in bounded queues, through the [`Host`] handle.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bevy_ecs::prelude::*;
use oro_engine::queue::Queue;
use serde_json::Value;

use crate::window::{Facts, Rgba, WindowSpec};

/// A reply that the World waits for; unique as long as the app runs.
pub type CallId = u64;

/// What the World wants of the UI thread.
#[derive(Debug)]
pub enum HostCommand {
    /// Make a window; answered by [`HostEvent::Created`] or [`HostEvent::Failed`].
    Create(Entity, Box<WindowSpec>),
    /// Change a window; answered by [`HostEvent::Settled`] once the change is real.
    Change(Entity, CallId, Change),
    /// Run a script in the top frame; answered by [`HostEvent::Evaluated`].
    Evaluate(Entity, CallId, String),
    /// Run a script whose result nobody asks for.
    Emit(Entity, String),
    /// Open an address outside of the app, as the user's system does.
    OpenExternal(String),
    /// Destroy a window; answered by [`HostEvent::Closed`].
    Close(Entity),
}

/// One change of a window.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Put it on the screen.
    Show,
    /// Take it from the screen.
    Hide,
    /// Make it as large as the screen.
    Maximize,
    /// Make it an icon.
    Minimize,
    /// Undo the last two.
    Restore,
    /// Set the text of the title bar.
    Title(String),
    /// Set the size of the content, in logical pixels.
    Size(u32, u32),
    /// Set the upper left corner, in logical pixels.
    Position(i32, i32),
    /// Set the colour behind the page.
    Background(Rgba),
    /// Load another page.
    Navigate(String),
    /// Load the page again.
    Reload,
    /// Open the inspector.
    Inspect,
}

/// What the UI thread reports.
#[derive(Debug)]
pub enum HostEvent {
    /// The UI thread is there; the size of its screen in logical pixels.
    Attached {
        /// Width of the primary monitor.
        width: u32,
        /// Height of the primary monitor.
        height: u32,
    },
    /// A window exists, with its WebView, not yet shown.
    Created(Entity, Facts),
    /// The number by which web processes know the page of a window; comes before its first load.
    PageNumber(Entity, u64),
    /// A window could not be made.
    Failed(Entity, String),
    /// A change was applied and is visible in the given facts.
    Settled(Entity, CallId, Facts),
    /// The user or the system changed a window.
    Changed(Entity, Facts),
    /// A script has run: its result, or the exception.
    Evaluated(Entity, CallId, Result<Value, ScriptError>),
    /// The user asks to close a window.
    CloseRequested(Entity),
    /// A window is gone.
    Closed(Entity),
    /// The state of the page in a window.
    Page(Entity, PageEvent),
}

/// What happens to the page in a window.
#[derive(Clone, Debug, PartialEq)]
pub enum PageEvent {
    /// Another document took over; the address is given.
    Committed(String),
    /// The document and its resources are loaded.
    Loaded(String),
    /// The document has another title.
    Title(String),
    /// Loading failed: the address and the reason.
    LoadFailed(String, String),
    /// The policy refused to navigate to the address.
    Refused(String),
    /// The page asks for an address that belongs outside of the app.
    External(String),
    /// The process of the page has died: the reason. All its calls are dropped.
    Crashed(&'static str),
}

/// An exception that a script threw.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptError(pub String);

/// Commands and events that may wait. Windows are few and events are merged per round of the UI
/// loop, so only a thread that hangs fills them.
const QUEUED_MAX: usize = 65_536;

type Wake = Box<dyn Fn() + Send + Sync>;

struct Shared {
    commands: Queue<HostCommand>,
    events: Queue<HostEvent>,
    ui: OnceLock<Wake>,
    world: OnceLock<Wake>,
}

/// The two queues between the World and the UI thread. Clones are handles to the same queues.
#[derive(Resource, Clone)]
pub struct Host(Arc<Shared>);

impl Default for Host {
    fn default() -> Self {
        Self(Arc::new(Shared {
            commands: Queue::new(QUEUED_MAX),
            events: Queue::new(QUEUED_MAX),
            ui: OnceLock::new(),
            world: OnceLock::new(),
        }))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("attached", &self.is_attached())
            .finish_non_exhaustive()
    }
}

impl Host {
    /// Says how the UI thread is woken. From now on commands have a reader.
    pub fn attach_ui(&self, wake: impl Fn() + Send + Sync + 'static) {
        // A second UI thread for one World is a mistake of the program; the first one stays.
        let _ = self.0.ui.set(Box::new(wake));
    }

    /// Says how the World is woken.
    pub fn attach_world(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _ = self.0.world.set(Box::new(wake));
    }

    /// Whether there is a UI thread: without one, no window can be made.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        self.0.ui.get().is_some()
    }

    /// Sends a command. False if there is no UI thread, or it has stopped reading.
    #[must_use]
    pub fn command(&self, command: HostCommand) -> bool {
        let Some(wake) = self.0.ui.get() else {
            return false;
        };
        let sent = self.0.commands.push(command);
        wake();
        sent.is_ok()
    }

    /// Takes the oldest command.
    #[must_use]
    pub fn next_command(&self) -> Option<HostCommand> {
        self.0.commands.pop()
    }

    /// Reports an event.
    ///
    /// # Errors
    /// Gives the event back if the World has stopped reading.
    pub fn event(&self, event: HostEvent) -> Result<(), HostEvent> {
        let sent = self.0.events.push(event);
        if let Some(wake) = self.0.world.get() {
            wake();
        }
        sent
    }

    /// Takes the oldest event.
    #[must_use]
    pub fn next_event(&self) -> Option<HostEvent> {
        self.0.events.pop()
    }

    /// Whether events wait.
    #[must_use]
    pub fn has_events(&self) -> bool {
        !self.0.events.is_empty()
    }
}

/// What the UI thread must know before its first window; it does not change.
#[derive(Resource, Clone, Debug)]
pub struct HostConfig {
    /// Host of the app's origin, `oro://<bundle>`.
    pub bundle: String,
    /// Windows are never put on the screen.
    pub headless: bool,
    /// Version in the user agent, `OroRuntime/<version>`.
    pub version: String,
    /// User agent to use in place of the WebView's own; the version is appended to either.
    pub user_agent: Option<String>,
    /// Folder of the WebView's storage and caches. `None`: nothing is kept.
    pub data_dir: Option<PathBuf>,
    /// Whether the inspector can be opened.
    pub inspectable: bool,
    /// Headers of everything served at the app's origin.
    pub headers: Vec<(&'static str, String)>,
    /// Who may read the app's resources from another origin.
    pub cors: Cors,
    /// Patterns of addresses outside of the app that windows may navigate to.
    pub navigation_allowed: Vec<String>,
    /// Permissions that are denied, in the words of the configuration.
    pub permissions_denied: Vec<String>,
    /// Largest body of a request in bytes.
    pub body_max: usize,
    /// Members of `__args` that are the same in all windows.
    pub args: Value,
    /// What windows are like that say nothing else.
    pub window: WindowSpec,
    /// Whether the app goes on running while the user is elsewhere.
    pub always_running: bool,
    /// How long the user must be elsewhere until it counts.
    pub focus_debounce: Duration,
    /// How long pages may take to handle `applicationstop`.
    pub stop_timeout: Duration,
}

impl HostConfig {
    /// The origin of the app's pages; the only one that may call routes.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("oro://{}", self.bundle)
    }
}

/// Members of `__args` that the program adds or replaces, such as `argv`. Insert it before the app
/// starts.
#[derive(Resource, Clone, Debug, Default)]
pub struct PageArgs(pub serde_json::Map<String, Value>);

/// Who may read the app's resources from another origin. It never opens `ipc:`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cors {
    /// Every origin may.
    pub allow_all: bool,
    /// With credentials; the origin is then reflected, because `*` would be illegal.
    pub allow_credentials: bool,
    /// Headers that may be sent; `None` allows what the request asks for.
    pub allow_headers: Option<String>,
    /// Methods that may be used; `None` allows the usual ones.
    pub allow_methods: Option<String>,
    /// Origins that may when not all do.
    pub allowed_origins: Vec<String>,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self {
            bundle: "app.oro.local".into(),
            headless: false,
            version: env!("CARGO_PKG_VERSION").into(),
            user_agent: None,
            data_dir: None,
            inspectable: false,
            headers: Vec::new(),
            cors: Cors {
                allow_all: true,
                allow_credentials: true,
                ..Cors::default()
            },
            navigation_allowed: Vec::new(),
            permissions_denied: Vec::new(),
            body_max: 64 << 20,
            args: Value::Object(serde_json::Map::new()),
            window: WindowSpec {
                title: "Oro".into(),
                visible: true,
                ..WindowSpec::default()
            },
            always_running: true,
            focus_debounce: Duration::from_millis(150),
            stop_timeout: Duration::from_millis(500),
        }
    }
}

/// Where a navigation may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Navigation {
    /// Into the window.
    Allowed,
    /// Out of the app: to the user's browser or mail program.
    External,
    /// Nowhere.
    Refused,
}

impl HostConfig {
    /// The address that `url` means: a path is one of the app.
    #[must_use]
    pub fn resolve(&self, url: &str) -> String {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        let is_scheme = |s: &str| {
            s.starts_with(|c: char| c.is_ascii_alphabetic())
                && s.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        };
        if scheme.is_some_and(is_scheme) {
            return url.to_owned();
        }
        format!(
            "{}/{}",
            self.origin(),
            url.trim_start_matches("./").trim_start_matches('/')
        )
    }

    /// Where the top frame of a window may go.
    #[must_use]
    pub fn navigation(&self, url: &str) -> Navigation {
        let origin = self.origin();
        let rest = url.strip_prefix(origin.as_str());
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])) {
            return Navigation::Allowed;
        }
        if self
            .navigation_allowed
            .iter()
            .any(|pattern| matches(pattern, url))
        {
            return Navigation::Allowed;
        }
        match url
            .split_once(':')
            .map(|(scheme, _)| scheme.to_ascii_lowercase())
            .as_deref()
        {
            Some("about") => Navigation::Allowed,
            // A document that the app itself made; it has the app's origin.
            Some("blob") if url[5..].starts_with(origin.as_str()) => Navigation::Allowed,
            Some("http" | "https" | "mailto" | "tel") => Navigation::External,
            _ => Navigation::Refused,
        }
    }
}

/// Whether `url` is of the form that `pattern` describes; `*` stands for any text, but never
/// reaches from the host into the path.
fn matches(pattern: &str, url: &str) -> bool {
    let split = |text: &'_ str| {
        let start = text.find("://").map(|at| at + 3)?;
        let end = text[start..]
            .find(['/', '?', '#', '\\'])
            .map_or(text.len(), |at| start + at);
        Some(end)
    };
    match (split(pattern), split(url)) {
        (Some(a), Some(b)) => glob(&pattern[..a], &url[..b]) && glob(&pattern[a..], &url[b..]),
        (None, None) => glob(pattern, url),
        _ => false,
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            let Some((_, after)) = rest.split_once(previous) else {
                return false;
            };
            rest = after;
        }
    }
    last.map_or(rest.is_empty(), |last: &str| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_only_go_where_the_policy_lets_them() {
        use Navigation::{Allowed, External, Refused};
        let config = HostConfig {
            navigation_allowed: vec!["https://*.example.com/*".into(), "foo:bar".into()],
            ..HostConfig::default()
        };
        for (url, want) in [
            ("oro://app.oro.local", Allowed),
            ("oro://app.oro.local/a?b#c", Allowed),
            ("oro://app.oro.local.evil/a", Refused),
            ("oro://app.oro.local:80/", Refused),
            ("oro://other/", Refused),
            ("oro:fs", Refused),
            ("ipc://ping", Refused),
            ("node:fs", Refused),
            ("about:blank", Allowed),
            ("blob:oro://app.oro.local/1", Allowed),
            ("blob:https://a/1", Refused),
            ("file:///etc/passwd", Refused),
            ("data:text/html,x", Refused),
            ("javascript:alert(1)", Refused),
            ("https://a.example.com/x", Allowed),
            ("https://example.com/x", External),
            ("https://evil.com/?https://a.example.com/", External),
            ("HTTP://evil.com/", External),
            ("mailto:a@b.c", External),
            ("foo:bar", Allowed),
            ("foo:barn", Refused),
            ("", Refused),
        ] {
            assert_eq!(config.navigation(url), want, "{url}");
        }
    }

    #[test]
    fn paths_belong_to_the_app() {
        let config = HostConfig::default();
        for (url, want) in [
            ("/a/b.html", "oro://app.oro.local/a/b.html"),
            ("index.html", "oro://app.oro.local/index.html"),
            ("./a", "oro://app.oro.local/a"),
            ("", "oro://app.oro.local/"),
            ("https://a/b", "https://a/b"),
            ("/a:b", "oro://app.oro.local/a:b"),
        ] {
            assert_eq!(config.resolve(url), want, "{url}");
        }
    }
}
