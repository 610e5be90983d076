//! Every key of the configuration: name, type, default and what it does.
//!
//! A new key is one row here. Its documentation is what `oroc config --describe` prints. A row
//! reads: type `=` kind, default, who may see it.

use std::path::PathBuf;
use std::time::Duration;

use super::spec::{Family, Key, KeySpec, Kind, Preset, Visibility};
use super::value::{IpcTransport, Setting, TitlebarStyle};

use Kind::{Bool, BundleIdentifier, Choice, PathList, Text, TextList, UrlPath};
use Preset::{Empty, Unset};
use Visibility::{Private, Public, Secret};

const fn integer(min: i64, max: i64) -> Kind {
    Kind::Integer { min, max }
}

const fn at_least(min: i64) -> Kind {
    Kind::Integer { min, max: i64::MAX }
}

const fn number(min: f64, max: f64) -> Kind {
    Kind::Number { min, max }
}

const ON: Preset = Preset::Bool(true);
const OFF: Preset = Preset::Bool(false);
const PATH: Kind = Kind::Path;
const MS: Kind = Kind::Duration;
const SIZE: Kind = Kind::Integer {
    min: 1,
    max: 65_535,
};

const fn int(value: i64) -> Preset {
    Preset::Integer(value)
}

const fn text(value: &'static str) -> Preset {
    Preset::Text(value)
}

/// Declares the table, a typed [`Key`] for each row, and checks each row against its type.
macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $key:ident $name:literal:
        $ty:ty = $kind:expr, $preset:expr, $visibility:expr $(, strict $strict:expr)?;)+
    ) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "named as the keys")]
        enum Row { $($key),+ }

        $(
            $(#[doc = $doc])+
            pub const $key: Key<$ty> = Key::new(Row::$key as usize);
            const _: () = assert!(
                <$ty as Setting>::SHAPE.fits($kind, $preset),
                concat!("kind, default and type of ", $name, " disagree"),
            );
        )+

        /// All keys that are not of a family.
        pub static TABLE: &[KeySpec] = &[$(KeySpec {
            name: $name,
            doc: concat!($($doc),+).trim_ascii_start(),
            kind: $kind,
            preset: $preset,
            visibility: $visibility,
            strict: { let strict: &[bool] = &[$($strict)?]; strict.first().copied() },
        }),+];
    };
}

keys! {
    // application
    /// Development mode: the inspector, unpacked resources and fuller messages.
    DEBUG "debug": bool = Bool, OFF, Public;
    /// Windows are created but never mapped on the screen.
    HEADLESS "headless": bool = Bool, OFF, Public;
    /// Reverse-domain name of the application; in lower case, the host of its origin
    /// `oro://<bundle>`.
    META_BUNDLE_IDENTIFIER "meta_bundle_identifier":
        String = BundleIdentifier, text("app.oro.local"), Public;
    /// Name of the application, and the title of a window that has none of its own.
    META_TITLE "meta_title": String = Text, text("Oro"), Public;
    /// Version of the application.
    META_VERSION "meta_version": String = Text, text("0.0.0"), Public;
    /// What the application is, in a sentence.
    META_DESCRIPTION "meta_description": String = Text, text(""), Public;
    /// Who makes the application.
    META_AUTHOR "meta_author": String = Text, text(""), Public;
    /// Copyright notice of the application.
    META_COPYRIGHT "meta_copyright": String = Text, text(""), Public;
    // windows
    /// Title of the first window; unset is `meta_title`.
    WINDOW_TITLE "window_title": Option<String> = Text, Unset, Public;
    /// Width of the first window's content in logical pixels.
    WINDOW_WIDTH "window_width": u32 = SIZE, int(1024), Public;
    /// Height of the first window's content in logical pixels.
    WINDOW_HEIGHT "window_height": u32 = SIZE, int(768), Public;
    /// Least width that the user can give a window, in logical pixels.
    WINDOW_MIN_WIDTH "window_min_width": Option<u32> = SIZE, Unset, Public;
    /// Least height that the user can give a window, in logical pixels.
    WINDOW_MIN_HEIGHT "window_min_height": Option<u32> = SIZE, Unset, Public;
    /// Greatest width that the user can give a window, in logical pixels.
    WINDOW_MAX_WIDTH "window_max_width": Option<u32> = SIZE, Unset, Public;
    /// Greatest height that the user can give a window, in logical pixels.
    WINDOW_MAX_HEIGHT "window_max_height": Option<u32> = SIZE, Unset, Public;
    /// Left edge of the first window on the screen in logical pixels; unset is the system's
    /// choice.
    WINDOW_X "window_x": Option<i32> = integer(-65_535, 65_535), Unset, Public;
    /// Top edge of the first window on the screen in logical pixels; unset is the system's
    /// choice.
    WINDOW_Y "window_y": Option<i32> = integer(-65_535, 65_535), Unset, Public;
    /// Whether the user can resize a window.
    WINDOW_RESIZABLE "window_resizable": bool = Bool, ON, Public;
    /// Whether the user can minimise a window.
    WINDOW_MINIMIZABLE "window_minimizable": bool = Bool, ON, Public;
    /// Whether the user can maximise a window.
    WINDOW_MAXIMIZABLE "window_maximizable": bool = Bool, ON, Public;
    /// Whether the user can close a window.
    WINDOW_CLOSABLE "window_closable": bool = Bool, ON, Public;
    /// Whether the first window is shown as soon as it is created.
    WINDOW_VISIBLE "window_visible": bool = Bool, ON, Public;
    /// Whether the first window starts in full screen.
    WINDOW_FULLSCREEN "window_fullscreen": bool = Bool, OFF, Public;
    /// Whether the first window starts maximised.
    WINDOW_MAXIMIZED "window_maximized": bool = Bool, OFF, Public;
    /// Whether the first window stays above others.
    WINDOW_ALWAYS_ON_TOP "window_always_on_top": bool = Bool, OFF, Public;
    /// Whether windows have no border and no title bar.
    WINDOW_FRAMELESS "window_frameless": bool = Bool, OFF, Public;
    /// Whether the desktop shows through where the page paints nothing.
    WINDOW_TRANSPARENT "window_transparent": bool = Bool, OFF, Public;
    /// How the title bar of a window looks.
    WINDOW_TITLEBAR_STYLE "window_titlebar_style":
        TitlebarStyle = Choice(TitlebarStyle::WORDS), text("normal"), Public;
    /// Colour of a window before its page paints: `#rrggbb` or `#rrggbbaa`.
    WINDOW_BACKGROUND_COLOR "window_background_color": Option<String> = Text, Unset, Public;
    // WebView
    /// Folder whose files are served at the app's origin. `oro.toml` and dot files in it never
    /// are.
    WEBVIEW_ROOT "webview_root": PathBuf = PATH, text("."), Private;
    /// Page that the first window opens.
    WEBVIEW_INDEX "webview_index": String = UrlPath, text("/index.html"), Public;
    /// Whether the inspector can be opened without `debug`.
    WEBVIEW_DEVELOPER_TOOLS "webview_developer_tools": bool = Bool, OFF, Public;
    /// User agent in place of the system's; `OroRuntime/<version>` is appended to either.
    WEBVIEW_USER_AGENT "webview_user_agent": Option<String> = Text, Unset, Public;
    /// `Content-Security-Policy` of everything that is served at the app's origin.
    WEBVIEW_CSP "webview_csp": Option<String> = Text, Unset, Public;
    /// `Referrer-Policy` of everything that is served at the app's origin.
    WEBVIEW_REFERRER_POLICY "webview_referrer_policy": Option<String> = Text, Unset, Private;
    /// Whether every origin may read the app's resources. It never opens `ipc:` to them.
    WEBVIEW_CORS_ALLOW_ALL "webview_cors_allow_all": bool = Bool, ON, Private;
    /// `Access-Control-Allow-Credentials`; the request's origin is then reflected instead of `*`.
    WEBVIEW_CORS_ALLOW_CREDENTIALS "webview_cors_allow_credentials": bool = Bool, ON, Private;
    /// `Access-Control-Allow-Headers`; unset allows what the request asks for.
    WEBVIEW_CORS_ALLOW_HEADERS "webview_cors_allow_headers": Option<String> = Text, Unset, Private;
    /// `Access-Control-Allow-Methods`; unset allows what the request asks for.
    WEBVIEW_CORS_ALLOW_METHODS "webview_cors_allow_methods": Option<String> = Text, Unset, Private;
    /// Origins that may read the app's resources when `webview_cors_allow_all` is off.
    WEBVIEW_CORS_ALLOWED_ORIGINS "webview_cors_allowed_origins":
        Vec<String> = TextList, Empty, Private;
    /// Patterns (`https://example.com/*`) of pages outside of the app that a window may navigate
    /// to.
    WEBVIEW_NAVIGATOR_POLICIES_ALLOWED "webview_navigator_policies_allowed":
        Vec<String> = TextList, Empty, Private;
    /// Whether a document that is served with the header `runtime-preload-injection: disabled`
    /// goes without the preload. Costs one request for each document.
    WEBVIEW_PRELOAD_SKIP_ALLOWED "webview_preload_skip_allowed": bool = Bool, OFF, Public;
    /// Whether pages are loaded again when a file of the application changes, for development.
    /// Folders named `build`, `node_modules` and `target`, and dot files, are passed over.
    WEBVIEW_WATCH "webview_watch": bool = Bool, OFF, Public;
    // file system
    /// Whether pages reach only mounts, resources, well-known folders and what the user picked;
    /// elsewhere is a `SecurityError`. Not on Apple systems, which have their own.
    FILESYSTEM_SANDBOX_ENABLED "filesystem_sandbox_enabled": bool = Bool, ON, Public, strict true;
    /// Whether resource paths that pass through a symbolic link are refused.
    FILESYSTEM_NO_FOLLOW_SYMLINKS "filesystem_no_follow_symlinks":
        bool = Bool, ON, Public, strict true;
    /// How long a path must be quiet before its change is reported, in milliseconds. One that never
    /// is quiet is reported after 8 times as long.
    FILESYSTEM_WATCH_DEBOUNCE_MS "filesystem_watch_debounce_ms": Duration = MS, int(250), Public;
    /// How often a file is looked at where the system cannot report changes, in milliseconds.
    FILESYSTEM_WATCH_POLL_INTERVAL_MS "filesystem_watch_poll_interval_ms":
        Duration = MS, int(500), Public;
    /// Most files and directories that are watched at once; watching more is an error.
    FILESYSTEM_WATCHERS_MAX "filesystem_watchers_max":
        usize = integer(0, 1_000_000), int(4096), Private;
    // lifecycle
    /// Whether a desktop application keeps running natively while it is in the background.
    LIFECYCLE_DESKTOP_ALWAYS_RUNNING "lifecycle_desktop_always_running": bool = Bool, ON, Public;
    /// How long all windows must be without focus before the application counts as paused, in
    /// milliseconds.
    LIFECYCLE_FOCUS_DEBOUNCE_MS "lifecycle_focus_debounce_ms": Duration = MS, int(150), Private;
    /// How long pages may take to finish `applicationstop`, in milliseconds.
    LIFECYCLE_STOP_TIMEOUT_MS "lifecycle_stop_timeout_ms": Duration = MS, int(500), Private;
    // loop, tick and jobs
    /// Most callbacks that wait for the loop; more are refused.
    LOOP_DISPATCH_QUEUED_MAX "loop_dispatch_queued_max":
        usize = integer(1, 1_000_000), int(10_000), Private;
    /// Most requests that one tick starts.
    TICK_REQUESTS_MAX "tick_requests_max": usize = integer(1, 1_000_000), int(4096), Private;
    /// Time that one tick spends on starting requests, in milliseconds.
    TICK_BUDGET_MS "tick_budget_ms": Duration = MS, int(4), Private;
    /// Threads for computing jobs; 0 is one per CPU.
    JOBS_COMPUTE_THREADS "jobs_compute_threads": usize = integer(0, 1024), int(0), Private;
    /// Threads for jobs that wait for files and other devices; 0 is one per CPU, at least 4.
    JOBS_IO_THREADS "jobs_io_threads": usize = integer(0, 1024), int(0), Private;
    /// Most jobs of a lane that its threads have accepted at once.
    JOBS_IN_FLIGHT_MAX "jobs_in_flight_max": usize = integer(1, 1_000_000), int(256), Private;
    /// Most jobs of a lane that wait for their turn; more are answered with an error.
    JOBS_QUEUED_MAX "jobs_queued_max": usize = integer(1, 10_000_000), int(65_536), Private;
    // timers and sockets
    /// Most timers that wait at once; starting more is an error.
    TIMERS_MAX "timers_max": usize = integer(0, 100_000_000), int(2_000_000), Private;
    /// Most UDP sockets that are open at once; opening more is an error.
    UDP_SOCKETS_MAX "udp_sockets_max": usize = integer(0, 1_000_000), int(4096), Private;
    /// Most bytes that a UDP socket keeps until somebody takes them; what comes then is dropped.
    UDP_BACKLOG_MAX_BYTES "udp_backlog_max_bytes":
        usize = integer(0, 1 << 31), int(8 << 20), Private;
    // child processes
    /// Most child processes that run at once; starting more is an error.
    CHILD_PROCESSES_MAX "child_processes_max": usize = integer(0, 1_000_000), int(1024), Private;
    /// Most bytes of input that wait for one child process; writing more is an error.
    CHILD_INPUT_MAX_BYTES "child_input_max_bytes":
        usize = integer(0, 1 << 40), int(64 << 20), Private;
    /// The program beside the application, with its arguments, which pages start with
    /// `process.open`.
    CMD "cmd": Vec<String> = TextList, Empty, Private;
    // names of hosts
    /// Time that a lookup of a name may take, in milliseconds; 0 is no limit.
    DNS_TIMEOUT_MS "dns_timeout_ms": Duration = MS, int(30_000), Private;
    /// Most lookups that wait for their turn; more are answered with an error.
    DNS_LOOKUPS_MAX "dns_lookups_max": usize = integer(1, 1_000_000), int(1024), Private;
    // IPC
    /// How calls of a page reach the runtime.
    IPC_TRANSPORT "ipc_transport": IpcTransport = Choice(IpcTransport::WORDS), text("auto"), Public;
    /// How long a request may take, in milliseconds; 0 is no limit.
    IPC_TIMEOUT_MS "ipc_timeout_ms": Duration = MS, int(32_000), Public;
    /// Largest body of a request in bytes.
    IPC_BODY_MAX_BYTES "ipc_body_max_bytes": usize = integer(0, 1 << 31), int(64 << 20), Public;
    /// Most requests that wait for a tick; more are answered with status 429.
    IPC_REQUESTS_QUEUED_MAX "ipc_requests_queued_max":
        usize = integer(1, 10_000_000), int(65_536), Private;
    /// Most events that wait to be delivered to pages; the oldest are dropped.
    IPC_EVENTS_QUEUED_MAX "ipc_events_queued_max":
        usize = integer(1, 10_000_000), int(65_536), Private;
    /// How long a response waits to be fetched, in milliseconds.
    IPC_QUEUED_RESPONSE_TTL_MS "ipc_queued_response_ttl_ms": Duration = MS, int(32_000), Private;
    /// Most bytes of responses that wait to be fetched.
    IPC_QUEUED_RESPONSE_MAX_BYTES "ipc_queued_response_max_bytes":
        u64 = at_least(0), int(256 << 20), Private;
    /// Whether routes can be called over HTTP.
    HTTP_IPC_ENABLE "http_ipc_enable": bool = Bool, OFF, Private;
    /// Address that the HTTP server listens on. One that other machines reach needs
    /// `http_ipc_shared_key`.
    HTTP_IPC_HOST "http_ipc_host": String = Text, text("127.0.0.1"), Private;
    /// Port of the HTTP server; it does not start without one.
    HTTP_IPC_PORT "http_ipc_port": u16 = integer(0, 65_535), int(0), Private;
    /// Path that HTTP calls begin with.
    HTTP_IPC_PATH "http_ipc_path": String = UrlPath, text("/ipc"), Private;
    /// Whether pages of other origins may call over HTTP.
    HTTP_IPC_ALLOW_CORS "http_ipc_allow_cors": bool = Bool, OFF, Private;
    /// What the header `X-ORO-Auth` of a call over HTTP must be; unset asks for none.
    HTTP_IPC_SHARED_KEY "http_ipc_shared_key": Option<String> = Text, Unset, Secret;
    /// How long a call over HTTP may take, in milliseconds.
    HTTP_IPC_TIMEOUT_MS "http_ipc_timeout_ms": Duration = MS, int(32_000), Private;
    /// Largest body of a call over HTTP in bytes.
    HTTP_IPC_MAX_BODY_BYTES "http_ipc_max_body_bytes":
        u64 = integer(0, 1 << 32), int(64 << 20), Private;
    // extensions
    /// Folders that native extensions may be loaded from; empty is the application's own.
    EXTENSIONS_ALLOWED_ROOTS "extensions_allowed_roots": Vec<PathBuf> = PathList, Empty, Private;
    // AI
    /// Whether generations end when the app pauses. If not, they wait and go on with it.
    AI_PAUSE_CANCELS "ai_pause_cancels": bool = Bool, OFF, Private;
    /// Path of the model server under the app's origin.
    AI_LLM_SERVER_PREFIX "ai_llm_server_prefix": String = UrlPath, text("/ai/llama"), Public;
    /// Model for requests that name none.
    AI_LLM_DEFAULT_MODEL "ai_llm_default_model": Option<String> = Text, Unset, Public;
    /// Folder that models are searched in.
    AI_LLM_MODEL_PATH "ai_llm_model_path": Option<PathBuf> = PATH, Unset, Private;
    /// Folder that LoRA adapters are searched in.
    AI_LLM_LORA_PATH "ai_llm_lora_path": Option<PathBuf> = PATH, Unset, Private;
    /// Most generations that run at once.
    AI_LLM_RATE_LIMIT_CONCURRENCY "ai_llm_rate_limit_concurrency":
        u32 = integer(1, 1024), int(4), Private;
    /// Requests per second that the server takes; 0 is no limit.
    AI_LLM_RATE_LIMIT_RPS "ai_llm_rate_limit_rps":
        f64 = number(0.0, 1_000_000.0), Preset::Number(0.0), Private;
    /// Requests that may come at once before the rate counts; 0 is what the rate allows in a
    /// second.
    AI_LLM_RATE_LIMIT_BURST "ai_llm_rate_limit_burst": u32 = integer(0, 1_000_000), int(0), Private;
    /// How long a generation may take, in milliseconds; 0 is no limit.
    AI_LLM_REQUEST_TIMEOUT_MS "ai_llm_request_timeout_ms": Duration = MS, int(0), Private;
    /// Most tokens of an answer when the request does not say.
    AI_LLM_DEFAULT_MAX_TOKENS "ai_llm_default_max_tokens":
        u32 = integer(1, 1 << 24), int(128), Public;
    /// Temperature when the request does not say; 0 always takes the likeliest token.
    AI_LLM_DEFAULT_TEMPERATURE "ai_llm_default_temperature":
        f64 = number(0.0, 100.0), Preset::Number(0.8), Public;
    /// Probability mass to sample from when the request does not say.
    AI_LLM_DEFAULT_TOP_P "ai_llm_default_top_p":
        f64 = number(0.0, 1.0), Preset::Number(0.95), Public;
    /// Number of tokens to sample from when the request does not say; 0 is all.
    AI_LLM_DEFAULT_TOP_K "ai_llm_default_top_k": u32 = integer(0, 1 << 24), int(40), Public;
    /// Least probability, relative to the likeliest token, when the request does not say.
    AI_LLM_DEFAULT_MIN_P "ai_llm_default_min_p":
        f64 = number(0.0, 1.0), Preset::Number(0.05), Public;
    /// Most tokens of an answer whatever the request says; unset is the size of the context.
    AI_LLM_HARD_MAX_TOKENS "ai_llm_hard_max_tokens":
        Option<u32> = integer(1, 1 << 24), Unset, Private;
    /// Largest prompt in bytes; a larger one is answered with status 413.
    AI_LLM_MAX_PROMPT_BYTES "ai_llm_max_prompt_bytes":
        u64 = integer(1, 1 << 32), int(131_072), Public;
    /// Most bytes of all inputs of one embedding request.
    AI_LLM_EMBED_MAX_TOTAL_BYTES "ai_llm_embed_max_total_bytes":
        u64 = integer(1, 1 << 32), int(1 << 20), Public;
    /// Contexts that are kept warm for each model and size.
    AI_LLM_POOL_CAPACITY "ai_llm_pool_capacity": u32 = integer(0, 1024), int(1), Private;
    /// Layers of a model that run on the GPU.
    AI_LLM_GPU_LAYER_COUNT "ai_llm_gpu_layer_count": u32 = integer(0, 65_535), int(0), Private;
    /// CPU threads of a context; unset is the number of cores.
    AI_LLM_N_THREADS "ai_llm_n_threads": Option<u32> = integer(1, 1024), Unset, Private;
    /// Tokens that are evaluated in one batch; unset is the backend's choice.
    AI_LLM_CONTEXT_N_BATCH "ai_llm_context_n_batch":
        Option<u32> = integer(1, 1 << 24), Unset, Private;
    /// Tokens that are evaluated in one physical batch; unset is the backend's choice.
    AI_LLM_CONTEXT_N_UBATCH "ai_llm_context_n_ubatch":
        Option<u32> = integer(1, 1 << 24), Unset, Private;
    /// Whether clearing the key-value cache is logged.
    AI_LLM_DEBUG_KV_LOG "ai_llm_debug_kv_log": bool = Bool, OFF, Private;
    /// Least time between two such log lines, in milliseconds.
    AI_LLM_DEBUG_KV_LOG_INTERVAL_MS "ai_llm_debug_kv_log_interval_ms":
        Duration = MS, int(5000), Private;
    /// Whether `/health` tells how often each endpoint was called.
    AI_LLM_DEBUG_ROUTE_METRICS "ai_llm_debug_route_metrics": bool = Bool, OFF, Private;
    /// Age of calls that `/health` lists, in milliseconds.
    AI_LLM_DEBUG_ROUTE_METRICS_RECENT_MS "ai_llm_debug_route_metrics_recent_ms":
        Duration = MS, int(300_000), Private;
    /// Most endpoints that `/health` lists.
    AI_LLM_DEBUG_ROUTE_METRICS_TOP_K "ai_llm_debug_route_metrics_top_k":
        u32 = integer(1, 65_535), int(32), Private;
}

/// Whether a page or a route may use something.
pub(super) const PERMISSIONS: Family = Family {
    prefix: "permissions_allow_",
    suffix: "",
    doc: "Whether pages may use the permission `*`. Everything is allowed unless it is off.",
    kind: Bool,
    preset: ON,
    visibility: Public,
    strict: Some(false),
    names: &[
        "airplay",
        "ai",
        "bluetooth",
        "camera",
        "child_process",
        "clipboard",
        "data_access",
        "device_info",
        "dns",
        "extensions",
        "fs",
        "fullscreen",
        "geolocation",
        "hotkeys",
        "media_key_system",
        "microphone",
        "notifications",
        "open_external",
        "otp",
        "sensors",
        "service_worker",
        "udp",
        "user_media",
    ],
    words: true,
};

/// Whether a service of the runtime runs.
pub(super) const SERVICES: Family = Family {
    prefix: "services_",
    suffix: "_enabled",
    doc: "Whether the service `*` runs. The routes of one that does not are not supported.",
    kind: Bool,
    preset: ON,
    visibility: Private,
    strict: None,
    names: &[
        "ai",
        "broadcast_channel",
        "child_process",
        "conduit",
        "diagnostics",
        "dns",
        "fs",
        "geolocation",
        "media_devices",
        "network_status",
        "notifications",
        "os",
        "otp",
        "permissions",
        "platform",
        "process",
        "timers",
        "udp",
    ],
    words: true,
};

/// Folders that the page reaches under a path of the app's origin.
pub(super) const MOUNTS: Family = Family {
    prefix: "webview_navigator_mounts_",
    suffix: "",
    doc: "Path at the app's origin that serves the folder `*`, which the file system sandbox then \
          allows as well.",
    kind: UrlPath,
    preset: Unset,
    visibility: Private,
    strict: None,
    names: &[],
    words: false,
};

/// Keys whose names are open.
pub static FAMILIES: &[Family] = &[PERMISSIONS, SERVICES, MOUNTS];

/// Environment variables with a name of their own, besides `ORO_<KEY>` for every key. A later one
/// wins, and the regular name wins over all.
pub(super) static ENV_ALIASES: &[(&str, &str)] = &[
    ("FS_SANDBOX", "filesystem_sandbox_enabled"),
    ("ORO_FS_SANDBOX", "filesystem_sandbox_enabled"),
    ("FS_NOFOLLOW", "filesystem_no_follow_symlinks"),
    ("ORO_FS_NOFOLLOW", "filesystem_no_follow_symlinks"),
];
