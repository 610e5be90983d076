//! Names of packages, by the system's package source.

/// What can be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The WebView.
    WebKit,
    /// An X server without a screen.
    Xvfb,
    /// A message bus.
    Dbus,
    /// Dialogs of the desktop.
    Portal,
    /// Any font.
    Fonts,
}

/// Where the system gets packages from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageSource {
    command: &'static str,
    /// Names in the order of [`Need`].
    names: [&'static str; 5],
    root: bool,
}

const UNKNOWN: &str = "";

/// Systems by their `ID` or `ID_LIKE` of os-release, with the command that installs.
const SOURCES: [(&[&str], &str, [&str; 5]); 5] = [
    (
        &["debian", "ubuntu"],
        "apt-get install",
        [
            "libwebkit2gtk-4.1-0",
            "xvfb xauth",
            "dbus",
            "xdg-desktop-portal-gtk",
            "fonts-dejavu-core",
        ],
    ),
    (
        &["fedora", "rhel", "centos"],
        "dnf install",
        [
            "webkit2gtk4.1",
            "xorg-x11-server-Xvfb",
            "dbus-daemon",
            "xdg-desktop-portal-gtk",
            "dejavu-sans-fonts",
        ],
    ),
    (
        &["arch"],
        "pacman -S",
        [
            "webkit2gtk-4.1",
            "xorg-server-xvfb",
            "dbus",
            "xdg-desktop-portal-gtk",
            "ttf-dejavu",
        ],
    ),
    (
        &["suse", "opensuse"],
        "zypper install",
        [
            "libwebkit2gtk-4_1-0",
            "xorg-x11-server-Xvfb",
            "dbus-1",
            "xdg-desktop-portal-gtk",
            "dejavu-fonts",
        ],
    ),
    (
        &["alpine"],
        "apk add",
        [
            "webkit2gtk-4.1",
            "xvfb-run",
            "dbus",
            "xdg-desktop-portal-gtk",
            "font-dejavu",
        ],
    ),
];

impl PackageSource {
    /// The source of the systems that `ids` (words of `ID` and `ID_LIKE`) names; `root` says that
    /// no `sudo` is needed.
    pub fn new(ids: &str, root: bool) -> Self {
        let known = |word: &str| SOURCES.iter().find(|(names, ..)| names.contains(&word));
        let (command, names) = ids
            .split_whitespace()
            .find_map(known)
            .map_or((UNKNOWN, [UNKNOWN; 5]), |(_, command, names)| {
                (*command, *names)
            });
        Self {
            command,
            names,
            root,
        }
    }

    /// The command that installs something.
    pub fn install(self, need: Need) -> String {
        let Self {
            command,
            names,
            root,
        } = self;
        if command.is_empty() {
            return match need {
                Need::WebKit => "install WebKitGTK 4.1",
                Need::Xvfb => "install Xvfb",
                Need::Dbus => "install D-Bus",
                Need::Portal => "install xdg-desktop-portal",
                Need::Fonts => "install a font",
            }
            .to_owned();
        }
        let sudo = if root { "" } else { "sudo " };
        format!("{sudo}{command} {}", names[need as usize])
    }
}
