//! Windows: an entity each, with the bridge to its page on the same entity.

mod length;
mod route;
mod status;
mod topic;

use bevy_ecs::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use length::{InvalidLength, Length};
pub use route::*;
pub use status::WindowStatus;
pub use topic::*;

/// Windows that may exist at once.
pub const WINDOWS_MAX: u32 = 64;

/// The number by which pages name a window, below [`WINDOWS_MAX`].
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[component(immutable)]
#[require(WindowStatus, WindowSpec, Facts, Title, Location, Background, Bridge)]
pub struct WindowIndex(pub u32);

/// Size and position of a window's content, in logical pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Geometry {
    /// Width of the content.
    pub width: u32,
    /// Height of the content.
    pub height: u32,
    /// Left edge on the screen.
    pub x: i32,
    /// Top edge on the screen.
    pub y: i32,
}

/// What is true of a window on the screen, as the UI thread last reported it.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Size and position.
    pub geometry: Geometry,
    /// Whether it is on the screen, or would be if the app were not headless.
    pub visible: bool,
    /// Whether it has the keyboard.
    pub focused: bool,
    /// Whether it is an icon.
    pub minimized: bool,
    /// Whether it is as large as the screen.
    pub maximized: bool,
}

/// The text of the title bar.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct Title(pub String);

/// The page of a window, and how far it is loaded.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The address of the document.
    pub url: String,
    /// How far it is loaded.
    pub ready_state: ReadyState,
}

/// How far a document is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReadyState {
    /// No document yet, or one that is being parsed.
    #[default]
    Loading,
    /// The document and all it needs is there.
    Complete,
}

/// A colour, as parts from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgba {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
    /// Opacity: 255 is opaque.
    pub alpha: u8,
}

impl Rgba {
    /// White, which is what pages expect behind them.
    pub const WHITE: Self = Self {
        red: 255,
        green: 255,
        blue: 255,
        alpha: 255,
    };

    /// Reads `#rrggbb` or `#rrggbbaa`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix('#')?;
        if !hex.is_ascii() || !matches!(hex.len(), 6 | 8) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        let alpha = if hex.len() == 8 { part(6)? } else { 255 };
        Some(Self {
            red: part(0)?,
            green: part(2)?,
            blue: part(4)?,
            alpha,
        })
    }
}

impl std::fmt::Display for Rgba {
    /// As CSS writes it: `rgba(255, 0, 0, 0.5)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let alpha = (f64::from(self.alpha) / 255.0 * 1000.0).round() / 1000.0;
        write!(
            f,
            "rgba({}, {}, {}, {alpha})",
            self.red, self.green, self.blue
        )
    }
}

/// The colour behind the page.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Background(pub Rgba);

impl Default for Background {
    fn default() -> Self {
        Self(Rgba::WHITE)
    }
}

/// The connection between a window and the page in it.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// Names this window's page among all clients, for as long as the app runs.
    pub client_id: String,
    /// Whether a page is there that can hear events.
    pub listening: bool,
}

/// How a window was asked for.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct WindowSpec {
    /// The number by which pages name it.
    pub index: u32,
    /// The address of the first page.
    pub url: String,
    /// The text of the title bar.
    pub title: String,
    /// Width of the content in logical pixels, or as a part of the screen.
    pub width: Length,
    /// Height of the content, likewise.
    pub height: Length,
    /// Left edge; `None` leaves it to the system.
    pub x: Option<Length>,
    /// Top edge; `None` leaves it to the system.
    pub y: Option<Length>,
    /// Least size that the user can choose, in logical pixels; 0 is no limit.
    pub min: (u32, u32),
    /// Greatest size that the user can choose, in logical pixels; 0 is no limit.
    pub max: (u32, u32),
    /// Whether the user can change the size.
    pub resizable: bool,
    /// Whether the user can close it.
    pub closable: bool,
    /// Whether the user can minimize it.
    pub minimizable: bool,
    /// Whether the user can maximize it.
    pub maximizable: bool,
    /// Without border and title bar.
    pub frameless: bool,
    /// A tool window: not in the task bar.
    pub utility: bool,
    /// Stays above others.
    pub always_on_top: bool,
    /// The desktop shows through where the page paints nothing.
    pub transparent: bool,
    /// Shown as soon as it exists.
    pub visible: bool,
    /// Starts as large as the screen.
    pub maximized: bool,
    /// Starts in full screen.
    pub fullscreen: bool,
    /// The colour behind the page.
    pub background: Rgba,
    /// Whether the title follows the document's.
    pub title_follows_document: bool,
    /// Whether closing it ends the app even if other windows are open.
    pub exits_app: bool,
    /// The caller's own mark.
    pub token: Option<String>,
    /// A script that runs in each of its documents, after the preload.
    pub user_script: Option<String>,
    /// Options that this platform only repeats: JSON of `aspectRatio`, `radius` and the like.
    pub extra: WindowExtra,
    /// Names the page among all clients.
    pub client_id: String,
}

impl Default for WindowSpec {
    fn default() -> Self {
        Self {
            index: 0,
            url: String::new(),
            title: String::new(),
            width: Length::Px(1024.0),
            height: Length::Px(768.0),
            x: None,
            y: None,
            min: (0, 0),
            max: (0, 0),
            resizable: true,
            closable: true,
            minimizable: true,
            maximizable: true,
            frameless: false,
            utility: false,
            always_on_top: false,
            transparent: false,
            visible: false,
            maximized: false,
            fullscreen: false,
            background: Rgba::WHITE,
            title_follows_document: false,
            exits_app: false,
            token: None,
            user_script: None,
            extra: WindowExtra::default(),
            client_id: String::new(),
        }
    }
}

/// The window that opens when the app starts. Inserted before that, it replaces the one that the
/// configuration describes; with `None`, no window opens.
#[derive(Resource, Clone, Debug)]
pub struct FirstWindow(pub Option<WindowSpec>);

/// Looks that not every system has; elsewhere they are kept and reported, without effect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WindowExtra {
    /// `width:height` that a resize keeps.
    pub aspect_ratio: Option<String>,
    /// `normal`, `hidden` or `hiddenInset`.
    pub titlebar_style: Option<String>,
    /// `x:y` of the window's own buttons.
    pub window_control_offsets: Option<String>,
    /// Colour behind the page in the dark theme.
    pub background_color_dark: Option<String>,
    /// Colour behind the page in the light theme.
    pub background_color_light: Option<String>,
    /// Radius of the corners, in logical pixels.
    pub radius: f64,
    /// Space around the content, in logical pixels.
    pub margin: f64,
    /// Folder that the window's resources come from.
    pub resources_directory: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_or_refused() {
        let red = |alpha| {
            Some(Rgba {
                red: 255,
                green: 0,
                blue: 16,
                alpha,
            })
        };
        for (text, want) in [
            ("#ff0010", red(255)),
            ("#FF001080", red(128)),
            ("#ff00", None),
            ("ff0010", None),
            ("#gg0010", None),
            ("#\u{e9}00100", None),
            ("", None),
        ] {
            assert_eq!(Rgba::parse(text), want, "{text}");
        }
        assert_eq!(
            red(128).map(|c| c.to_string()).as_deref(),
            Some("rgba(255, 0, 16, 0.502)")
        );
    }
}
