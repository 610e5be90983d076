//! What is to be seen on this machine.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::package::PackageSource;

/// What was seen.
#[derive(Debug)]
pub struct Machine {
    pub linux: bool,
    pub packages: PackageSource,
    /// The library that this process has loaded.
    pub webkit_library: Option<PathBuf>,
    /// The version of that library.
    pub webkit_version: Option<String>,
    /// The program that WebKit starts for pages.
    pub webkit_process: Option<PathBuf>,
    /// The display, or why there is none.
    pub display: Result<String, String>,
    pub xvfb: bool,
    pub session_bus: Option<String>,
    pub dbus_run_session: bool,
    pub portal: Option<PathBuf>,
    pub font: Option<PathBuf>,
    pub shared_memory: bool,
    pub render_node: Option<PathBuf>,
    pub nvidia: bool,
}

/// Folders below a font folder that are looked into.
const FONT_DEPTH_MAX: usize = 4;

impl Machine {
    /// Looks around. Nothing is changed, no process is started.
    pub fn look() -> Self {
        let library = loaded_library("libwebkit2gtk-4.1.so");
        Self {
            linux: cfg!(target_os = "linux"),
            packages: PackageSource::new(&system_ids(), is_root()),
            webkit_process: library.as_deref().and_then(web_process),
            webkit_library: library,
            webkit_version: oro::platform::webview_version(),
            display: display(),
            xvfb: in_path("Xvfb") && in_path("xvfb-run"),
            session_bus: session_bus(),
            dbus_run_session: in_path("dbus-run-session"),
            portal: ["/usr/libexec", "/usr/lib", "/usr/lib/xdg-desktop-portal"]
                .map(|dir| Path::new(dir).join("xdg-desktop-portal"))
                .into_iter()
                .find(|path| path.is_file()),
            font: font_folders()
                .iter()
                .find_map(|dir| font(dir, FONT_DEPTH_MAX)),
            shared_memory: fs::metadata("/dev/shm")
                .is_ok_and(|meta| meta.is_dir() && !meta.permissions().readonly()),
            render_node: entries("/dev/dri".as_ref())
                .into_iter()
                .find(|path| name(path).starts_with("renderD")),
            nvidia: Path::new("/proc/driver/nvidia/version").exists(),
        }
    }
}

fn env(key: &str) -> Option<String> {
    std::env::var(key).ok().filter(|value| !value.is_empty())
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(OsStr::to_str).unwrap_or_default()
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort_unstable();
    paths
}

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// The values of `ID` and `ID_LIKE`.
fn system_ids() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let value = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim_matches('"').to_owned())
    };
    [value("ID="), value("ID_LIKE=")]
        .map(Option::unwrap_or_default)
        .join(" ")
}

/// Whether the effective user is root.
fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.and_then(|uids| uids.split_whitespace().nth(1)) == Some("0")
}

/// The file of a library that this process has loaded.
fn loaded_library(start: &str) -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let mut paths = maps
        .lines()
        .filter_map(|line| line.find('/').map(|at| Path::new(&line[at..])));
    paths
        .find(|path| name(path).starts_with(start))
        .map(Path::to_owned)
}

/// WebKit's program for pages, which distributions put beside the library or into libexec.
fn web_process(library: &Path) -> Option<PathBuf> {
    let beside = library.parent()?.join("webkit2gtk-4.1");
    [
        beside.as_path(),
        "/usr/libexec/webkit2gtk-4.1".as_ref(),
        "/usr/lib/webkit2gtk-4.1".as_ref(),
    ]
    .map(|dir| dir.join("WebKitWebProcess"))
    .into_iter()
    .find(|path| path.is_file())
}

/// Tells a display that answers from one that is only named.
#[cfg(unix)]
pub fn display() -> Result<String, String> {
    use std::os::unix::net::UnixStream;
    let mut tried = Vec::new();
    if let Some(name) = env("WAYLAND_DISPLAY") {
        let path = Path::new(&env("XDG_RUNTIME_DIR").unwrap_or_default()).join(&name);
        match UnixStream::connect(&path) {
            Ok(_) => return Ok(format!("Wayland {name}")),
            Err(error) => tried.push(format!("Wayland display {name}: {error}")),
        }
    }
    if let Some(name) = env("DISPLAY") {
        let Some(number) = name.strip_prefix(':') else {
            return Ok(format!("X11 {name} (on another machine, not checked)"));
        };
        let number = number.split('.').next().unwrap_or_default();
        match UnixStream::connect(format!("/tmp/.X11-unix/X{number}")) {
            Ok(_) => return Ok(format!("X11 {name}")),
            Err(error) => tried.push(format!("X11 display {name}: {error}")),
        }
    }
    Err(if tried.is_empty() {
        "neither DISPLAY nor WAYLAND_DISPLAY is set".to_owned()
    } else {
        tried.join("; ")
    })
}

#[cfg(not(unix))]
pub fn display() -> Result<String, String> {
    Ok("the system's".to_owned())
}

fn session_bus() -> Option<String> {
    let default = || {
        let path = Path::new(&env("XDG_RUNTIME_DIR")?).join("bus");
        path.exists()
            .then(|| format!("unix:path={}", path.display()))
    };
    env("DBUS_SESSION_BUS_ADDRESS").or_else(default)
}

fn font_folders() -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = ["/usr/share/fonts", "/usr/local/share/fonts"]
        .map(Into::into)
        .into();
    if let Some(home) = env("HOME") {
        out.push(Path::new(&home).join(".local/share/fonts"));
        out.push(Path::new(&home).join(".fonts"));
    }
    out
}

fn font(dir: &Path, depth: usize) -> Option<PathBuf> {
    let paths = entries(dir);
    let is_font = |path: &&PathBuf| {
        let kind = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        ["ttf", "otf", "ttc"].contains(&kind.to_ascii_lowercase().as_str())
    };
    if let Some(found) = paths.iter().find(is_font) {
        return Some(found.clone());
    }
    let deeper = depth.checked_sub(1)?;
    paths
        .iter()
        .filter(|path| path.is_dir())
        .find_map(|dir| font(dir, deeper))
}
