//! The routes of windows and of the application around them.

use oro_engine::error::RouteError;
use oro_engine::route::{Empty, Route};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Length, ReadyState, WindowExtra, WindowStatus};

/// All that is known of a window: what most window routes answer with, after the change that
/// they were asked for took effect.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WindowSnapshot {
    /// Names the window's page among all clients.
    pub id: String,
    /// The number by which pages name it.
    pub index: u32,
    /// The text of the title bar.
    pub title: String,
    /// The creator's own mark.
    pub token: Option<String>,
    /// The address of the document.
    pub url: String,
    /// The same as `url`.
    pub location: String,
    /// Width of the content in logical pixels.
    pub width: u32,
    /// Height of the content in logical pixels.
    pub height: u32,
    /// Least width that the user can choose; 0 is no limit.
    pub min_width: u32,
    /// Least height that the user can choose; 0 is no limit.
    pub min_height: u32,
    /// Greatest width that the user can choose; 0 is no limit.
    pub max_width: u32,
    /// Greatest height that the user can choose; 0 is no limit.
    pub max_height: u32,
    /// Whether the user can minimize it.
    pub minimizable: bool,
    /// Whether the user can maximize it.
    pub maximizable: bool,
    /// Whether the user can change the size.
    pub resizable: bool,
    /// Whether the user can close it.
    pub closable: bool,
    /// Without border and title bar.
    pub frameless: bool,
    /// A tool window: not in the task bar.
    pub utility: bool,
    /// Whether it is an icon.
    pub minimized: bool,
    /// Whether it is as large as the screen.
    pub maximized: bool,
    /// Whether it has the keyboard.
    pub focused: bool,
    /// Where it is in its life.
    pub status: WindowStatus,
    /// How far the document is loaded.
    pub ready_state: ReadyState,
    /// The origin of the app.
    pub origin: String,
    /// The colour behind the page, as CSS writes it.
    pub background_color: String,
    /// Looks that not every system has.
    #[serde(flatten)]
    pub extra: WindowExtra,
    /// The screen, in logical pixels.
    pub screen: ScreenSize,
    /// Size of the content in logical pixels.
    pub size: ScreenSize,
    /// Where it is on the screen, in logical pixels.
    pub position: ScreenPosition,
}

/// A size in logical pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScreenSize {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A place in logical pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScreenPosition {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}

macro_rules! route {
    ($type:ident, $name:literal, $output:ty $(, $key:ident = $value:expr)*) => {
        impl Route for $type {
            const NAME: &'static str = $name;
            $(const $key: bool = $value;)*
            type Output = $output;
            type Error = RouteError;
        }
    };
}

/// Tells what is known of a window.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowGet {
    /// The window; the caller's own if left out.
    pub target_window_index: Option<u32>,
}
route!(
    WindowGet,
    "window",
    WindowSnapshot,
    CONTROL = true,
    WINDOW = true
);

/// Creates a window. What is left out is as the configuration says.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WindowCreate {
    /// The window's number; -1 or nothing takes the lowest free one.
    pub target_window_index: Option<i64>,
    /// The page: a path of the app, or an address that the navigation policy allows.
    pub url: Option<String>,
    /// The text of the title bar.
    pub title: Option<String>,
    /// Width of the content.
    pub width: Option<Length>,
    /// Height of the content.
    pub height: Option<Length>,
    /// Left edge.
    pub x: Option<Length>,
    /// Top edge.
    pub y: Option<Length>,
    /// Least width that the user can choose, in logical pixels.
    pub min_width: Option<u32>,
    /// Least height that the user can choose, in logical pixels.
    pub min_height: Option<u32>,
    /// Greatest width that the user can choose, in logical pixels.
    pub max_width: Option<u32>,
    /// Greatest height that the user can choose, in logical pixels.
    pub max_height: Option<u32>,
    /// Whether the user can change the size.
    pub resizable: Option<bool>,
    /// Without border and title bar.
    pub frameless: Option<bool>,
    /// Whether the user can close it.
    pub closable: Option<bool>,
    /// Whether the user can maximize it.
    pub maximizable: Option<bool>,
    /// Whether the user can minimize it.
    pub minimizable: Option<bool>,
    /// A tool window: not in the task bar.
    pub utility: Option<bool>,
    /// Stays above others.
    pub always_on_top: Option<bool>,
    /// Not shown until `window.show`.
    pub headless: Option<bool>,
    /// Colour behind the page, `#rrggbb` or `#rrggbbaa`.
    pub background_color: Option<String>,
    /// Colour behind the page in the dark theme.
    pub background_color_dark: Option<String>,
    /// Colour behind the page in the light theme.
    pub background_color_light: Option<String>,
    /// `width:height` that a resize keeps.
    pub aspect_ratio: Option<String>,
    /// `normal`, `hidden` or `hiddenInset`.
    pub titlebar_style: Option<String>,
    /// `x:y` of the window's own buttons.
    pub window_control_offsets: Option<String>,
    /// Radius of the corners, in logical pixels.
    pub radius: Option<f64>,
    /// Space around the content, in logical pixels.
    pub margin: Option<f64>,
    /// A script that runs in each of the window's documents, after the preload.
    pub user_script: Option<String>,
    /// Folder that the window's resources come from.
    pub resources_directory: Option<String>,
    /// Whether closing it ends the app even if other windows are open.
    pub should_exit_application_on_close: Option<bool>,
    /// The caller's own mark, repeated in the window's description.
    pub token: Option<String>,
    /// With a token: answers with the window that has it, if there is one.
    pub unique: Option<bool>,
}
route!(
    WindowCreate,
    "window.create",
    WindowSnapshot,
    CONTROL = true
);

macro_rules! targeted {
    ($($(#[doc = $doc:literal])+ $type:ident = $name:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $type {
            /// The window.
            pub target_window_index: u32,
        }
        route!($type, $name, WindowSnapshot, CONTROL = true, WINDOW = true);
    )+};
}

targeted! {
    /// Closes a window. With the last one, or one that says so, the app ends.
    WindowClose = "window.close";
    /// Puts a window on the screen.
    WindowShow = "window.show";
    /// Takes a window from the screen.
    WindowHide = "window.hide";
    /// Makes a window as large as the screen.
    WindowMaximize = "window.maximize";
    /// Makes a window an icon.
    WindowMinimize = "window.minimize";
    /// Undoes `window.maximize` and `window.minimize`.
    WindowRestore = "window.restore";
    /// Opens the inspector of a window, where the configuration allows it.
    WindowShowInspector = "window.showInspector";
}

/// Sets the text of a window's title bar.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowSetTitle {
    /// The window.
    pub target_window_index: u32,
    /// The text.
    pub value: String,
}
route!(
    WindowSetTitle,
    "window.setTitle",
    WindowSnapshot,
    CONTROL = true,
    WINDOW = true
);

/// Tells the text of a window's title bar.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowGetTitle {
    /// The window.
    pub target_window_index: u32,
}
route!(
    WindowGetTitle,
    "window.getTitle",
    String,
    CONTROL = true,
    WINDOW = true
);

/// Sets the size of a window's content.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowSetSize {
    /// The window.
    pub target_window_index: u32,
    /// The width; left as it is if not given.
    pub width: Option<Length>,
    /// The height; left as it is if not given.
    pub height: Option<Length>,
}
route!(
    WindowSetSize,
    "window.setSize",
    WindowSnapshot,
    CONTROL = true,
    WINDOW = true
);

/// Moves a window.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowSetPosition {
    /// The window.
    pub target_window_index: u32,
    /// Left edge; left as it is if not given.
    pub x: Option<Length>,
    /// Top edge; left as it is if not given.
    pub y: Option<Length>,
}
route!(
    WindowSetPosition,
    "window.setPosition",
    WindowSnapshot,
    CONTROL = true,
    WINDOW = true
);

/// Loads another page into a window.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowNavigate {
    /// The window.
    pub target_window_index: u32,
    /// A path of the app, or an address that the navigation policy allows.
    pub url: String,
}
route!(
    WindowNavigate,
    "window.navigate",
    WindowSnapshot,
    CONTROL = true,
    WINDOW = true
);

/// Runs a script in a window's page and answers with the value of its last expression; a promise
/// is awaited.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowEval {
    /// The script.
    pub value: String,
    /// The window; the caller's own if left out.
    pub target_window_index: Option<u32>,
}
route!(
    WindowEval,
    "window.eval",
    Value,
    CONTROL = true,
    WINDOW = true
);

/// Sends an event to a window's page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowSend {
    /// The name of the event.
    pub event: String,
    /// Its detail.
    #[serde(default)]
    pub value: Value,
    /// The window.
    pub target_window_index: u32,
}
route!(
    WindowSend,
    "window.send",
    Empty,
    CONTROL = true,
    WINDOW = true
);

/// Sets the colour behind a window's page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowSetBackgroundColor {
    /// The window.
    pub target_window_index: u32,
    /// Red, 0 to 255.
    pub red: f64,
    /// Green, 0 to 255.
    pub green: f64,
    /// Blue, 0 to 255.
    pub blue: f64,
    /// Opacity, 0 to 1.
    #[serde(default = "opaque")]
    pub alpha: f64,
}
route!(
    WindowSetBackgroundColor,
    "window.setBackgroundColor",
    WindowSnapshot,
    CONTROL = true,
    WINDOW = true
);

fn opaque() -> f64 {
    1.0
}

/// Tells the colour behind a window's page, as CSS writes it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowGetBackgroundColor {
    /// The window.
    pub target_window_index: u32,
}
route!(
    WindowGetBackgroundColor,
    "window.getBackgroundColor",
    String,
    CONTROL = true,
    WINDOW = true
);

/// Lists windows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicationGetWindows {
    /// Numbers of windows with commas between them; all windows if left out.
    pub value: Option<String>,
}
route!(
    ApplicationGetWindows,
    "application.getWindows",
    Vec<WindowSnapshot>,
    CONTROL = true
);

/// Tells the size of the primary screen.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationGetScreenSize {}
route!(
    ApplicationGetScreenSize,
    "application.getScreenSize",
    ScreenSize,
    CONTROL = true
);

/// Ends the app, after pages heard `applicationstop`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationExit {
    /// The exit code of the process, 0 to 255.
    pub value: u8,
}
route!(ApplicationExit, "application.exit", Empty, CONTROL = true);
