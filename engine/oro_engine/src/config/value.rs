//! Values of settings: how they are read from TOML and from text, and how Rust code gets them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value as Json;

use super::spec::{Kind, Preset};

/// A checked value. Its variant always fits the [`Kind`] of its key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Unset,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    Path(PathBuf),
    Texts(Vec<String>),
    Paths(Vec<PathBuf>),
}

/// A value as it was written, before its key's type is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<Raw>),
    /// Something that no key takes, such as a date; as it was written.
    Other(String),
    /// From the environment or the command line, where everything is text.
    Untyped(String),
}

impl Raw {
    /// The value as a message shows it.
    pub(super) fn display(&self) -> String {
        match self {
            Raw::Bool(value) => value.to_string(),
            Raw::Integer(value) => value.to_string(),
            Raw::Number(value) => value.to_string(),
            Raw::Text(text) | Raw::Untyped(text) => format!("{text:?}"),
            Raw::Other(text) => text.clone(),
            Raw::List(items) => {
                let items: Vec<String> = items.iter().map(Raw::display).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }

    /// Whether it is the empty string, which unsets a key that may be unset.
    pub(super) fn is_empty(&self) -> bool {
        self.text().is_some_and(|text| text.trim().is_empty())
    }

    fn text(&self) -> Option<&str> {
        match self {
            Raw::Text(text) | Raw::Untyped(text) => Some(text),
            _ => None,
        }
    }

    /// Strings of an array, or the words of a string.
    fn items(&self) -> Option<Vec<String>> {
        match self {
            Raw::List(items) => items
                .iter()
                .map(|item| item.text().map(str::to_owned))
                .collect(),
            _ => Some(self.text()?.split_whitespace().map(str::to_owned).collect()),
        }
    }
}

/// Folders that relative paths start from.
#[derive(Clone, Debug, Default)]
pub(super) struct Folders {
    pub(super) app: PathBuf,
    pub(super) home: Option<PathBuf>,
}

impl Folders {
    pub(super) fn resolve(&self, text: &str) -> PathBuf {
        match (text.strip_prefix('~'), &self.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => home.join(&rest[1..]),
            // Without `.` in the middle: `app/./src` is `app/src`.
            _ => self.app.join(text).components().collect(),
        }
    }
}

/// Reads `true 1 on yes` and `false 0 off no`, in any case.
#[must_use]
pub fn parse_bool(text: &str) -> Option<bool> {
    let is = |words: [&str; 4]| {
        words
            .iter()
            .any(|word| word.eq_ignore_ascii_case(text.trim()))
    };
    if is(["true", "1", "on", "yes"]) {
        Some(true)
    } else if is(["false", "0", "off", "no"]) {
        Some(false)
    } else {
        None
    }
}

/// Checks a written value against the type of its key; `None` if it does not fit.
pub(super) fn check(kind: Kind, raw: &Raw, folders: &Folders) -> Option<Value> {
    match kind {
        Kind::Bool => match raw {
            Raw::Bool(value) => Some(*value),
            Raw::Integer(value) => parse_bool(&value.to_string()),
            _ => parse_bool(raw.text()?),
        }
        .map(Value::Bool),
        Kind::Integer { min, max } => {
            let value = match raw {
                Raw::Integer(value) => *value,
                Raw::Untyped(text) => text.trim().parse().ok()?,
                _ => return None,
            };
            (min..=max)
                .contains(&value)
                .then_some(Value::Integer(value))
        }
        Kind::Number { min, max } => {
            let value = match raw {
                Raw::Number(value) => *value,
                Raw::Integer(value) => *value as f64,
                Raw::Untyped(text) => text.trim().parse().ok()?,
                _ => return None,
            };
            (min..=max).contains(&value).then_some(Value::Number(value))
        }
        Kind::Duration => {
            let value = match raw {
                Raw::Integer(value) => *value,
                _ => duration_ms(raw.text()?)?,
            };
            (value >= 0).then_some(Value::Integer(value))
        }
        Kind::Text => raw.text().map(|text| Value::Text(text.to_owned())),
        Kind::BundleIdentifier => bundle_identifier(raw.text()?).map(Value::Text),
        Kind::UrlPath => url_path(raw.text()?).map(Value::Text),
        Kind::Path => {
            let text = raw
                .text()
                .filter(|text| !text.is_empty() && !text.contains('\0'))?;
            Some(Value::Path(folders.resolve(text)))
        }
        Kind::Choice(words) => {
            let text = raw.text()?.trim();
            let word = words.iter().find(|word| word.eq_ignore_ascii_case(text))?;
            Some(Value::Text((*word).to_owned()))
        }
        Kind::TextList => raw.items().map(Value::Texts),
        Kind::PathList => {
            let items = raw.items()?;
            if items
                .iter()
                .any(|item| item.is_empty() || item.contains('\0'))
            {
                return None;
            }
            Some(Value::Paths(
                items.iter().map(|item| folders.resolve(item)).collect(),
            ))
        }
    }
}

/// `250`, `250ms`, `5s`, `2m` or `1h` in milliseconds.
fn duration_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let scale = match text[digits..].trim_start() {
        "" | "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    text[..digits].parse::<i64>().ok()?.checked_mul(scale)
}

/// A host name, because it is the authority of the app's origin.
fn bundle_identifier(text: &str) -> Option<String> {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    (text.len() <= 253 && text.split('.').all(is_label)).then(|| text.to_ascii_lowercase())
}

/// One leading slash, single slashes, no trailing slash; refuses what would leave the path.
fn url_path(text: &str) -> Option<String> {
    let mut path = String::new();
    for segment in text
        .split('/')
        .filter(|segment| !segment.is_empty() && *segment != ".")
    {
        let refused = |c: char| c.is_control() || c.is_whitespace() || "?#\\%".contains(c);
        if segment == ".." || segment.contains(refused) {
            return None;
        }
        let _ = write!(path, "/{segment}");
    }
    Some(if path.is_empty() {
        "/".to_owned()
    } else {
        path
    })
}

impl Value {
    /// The default of a key.
    pub(super) fn preset(kind: Kind, preset: Preset, folders: &Folders) -> Value {
        match (kind, preset) {
            (_, Preset::Unset) => Value::Unset,
            (_, Preset::Bool(value)) => Value::Bool(value),
            (_, Preset::Integer(value)) => Value::Integer(value),
            (_, Preset::Number(value)) => Value::Number(value),
            (Kind::Path, Preset::Text(text)) => Value::Path(folders.resolve(text)),
            (_, Preset::Text(text)) => Value::Text(text.to_owned()),
            (Kind::PathList, Preset::Empty) => Value::Paths(Vec::new()),
            (_, Preset::Empty) => Value::Texts(Vec::new()),
        }
    }

    /// The value for a page or a listing; `null` for an unset one.
    pub(super) fn to_json(&self) -> Json {
        let path = |path: &PathBuf| Json::from(path.to_string_lossy());
        match self {
            Value::Unset => Json::Null,
            Value::Bool(value) => Json::from(*value),
            Value::Integer(value) => Json::from(*value),
            Value::Number(value) => Json::from(*value),
            Value::Text(text) => Json::from(text.as_str()),
            Value::Path(value) => path(value),
            Value::Texts(items) => Json::from(items.as_slice()),
            Value::Paths(items) => items.iter().map(path).collect(),
        }
    }
}

/// The Rust types of settings, for the check of the table at compile time.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct Shape {
    /// Kinds that the type can hold, in a word.
    pub kind: ShapeKind,
    /// Limits of integer types.
    pub min: i64,
    /// Limits of integer types.
    pub max: i64,
    /// Whether the type can be unset.
    pub optional: bool,
}

/// Groups of kinds that share a Rust type.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub enum ShapeKind {
    Bool,
    Integer,
    Number,
    Duration,
    Text,
    Path,
    Texts,
    Paths,
    Choice,
}

impl Shape {
    pub(super) const fn of(kind: ShapeKind) -> Shape {
        Shape {
            kind,
            min: i64::MIN,
            max: i64::MAX,
            optional: false,
        }
    }

    /// Whether a row of the table can be read as this type.
    pub(super) const fn fits(self, kind: Kind, preset: Preset) -> bool {
        if matches!(preset, Preset::Unset) && !self.optional {
            return false;
        }
        match (self.kind, kind, preset) {
            (ShapeKind::Bool, Kind::Bool, Preset::Unset | Preset::Bool(_))
            | (ShapeKind::Number, Kind::Number { .. }, Preset::Unset | Preset::Number(_))
            | (ShapeKind::Path, Kind::Path, Preset::Unset)
            | (ShapeKind::Texts, Kind::TextList, Preset::Empty)
            | (ShapeKind::Paths, Kind::PathList, Preset::Empty)
            | (ShapeKind::Choice, Kind::Choice(_), Preset::Text(_))
            | (
                ShapeKind::Text,
                Kind::Text | Kind::BundleIdentifier | Kind::UrlPath,
                Preset::Unset | Preset::Text(_),
            ) => true,
            (ShapeKind::Path, Kind::Path, Preset::Text(text)) => !text.is_empty(),
            (ShapeKind::Duration, Kind::Duration, Preset::Integer(value)) => value >= 0,
            (ShapeKind::Integer, Kind::Integer { min, max }, Preset::Unset) => {
                self.min <= min && max <= self.max
            }
            (ShapeKind::Integer, Kind::Integer { min, max }, Preset::Integer(value)) => {
                self.min <= min && max <= self.max && min <= value && value <= max
            }
            _ => false,
        }
    }
}

/// A type that a setting can be read as.
pub trait Setting: 'static {
    /// What [`Config::get`](super::Config::get) returns.
    type Read<'a>;
    /// Which rows of the table it fits.
    #[doc(hidden)]
    const SHAPE: Shape;
    /// Reads a value; `None` if it is of another shape, which the table rules out.
    #[doc(hidden)]
    fn read(value: &ReadValue) -> Option<Self::Read<'_>>;
}

/// A value on its way to the caller; opaque outside of the module.
#[doc(hidden)]
#[derive(Debug)]
pub struct ReadValue(pub(super) Value);

impl Setting for bool {
    type Read<'a> = bool;
    const SHAPE: Shape = Shape::of(ShapeKind::Bool);
    fn read(value: &ReadValue) -> Option<bool> {
        if let Value::Bool(value) = value.0 {
            Some(value)
        } else {
            None
        }
    }
}

impl Setting for f64 {
    type Read<'a> = f64;
    const SHAPE: Shape = Shape::of(ShapeKind::Number);
    fn read(value: &ReadValue) -> Option<f64> {
        if let Value::Number(value) = value.0 {
            Some(value)
        } else {
            None
        }
    }
}

impl Setting for Duration {
    type Read<'a> = Duration;
    const SHAPE: Shape = Shape::of(ShapeKind::Duration);
    fn read(value: &ReadValue) -> Option<Duration> {
        let Value::Integer(value) = value.0 else {
            return None;
        };
        u64::try_from(value).ok().map(Duration::from_millis)
    }
}

impl Setting for String {
    type Read<'a> = &'a str;
    const SHAPE: Shape = Shape::of(ShapeKind::Text);
    fn read(value: &ReadValue) -> Option<&str> {
        if let Value::Text(text) = &value.0 {
            Some(text)
        } else {
            None
        }
    }
}

impl Setting for PathBuf {
    type Read<'a> = &'a Path;
    const SHAPE: Shape = Shape::of(ShapeKind::Path);
    fn read(value: &ReadValue) -> Option<&Path> {
        if let Value::Path(path) = &value.0 {
            Some(path)
        } else {
            None
        }
    }
}

impl Setting for Vec<String> {
    type Read<'a> = &'a [String];
    const SHAPE: Shape = Shape::of(ShapeKind::Texts);
    fn read(value: &ReadValue) -> Option<&[String]> {
        if let Value::Texts(items) = &value.0 {
            Some(items)
        } else {
            None
        }
    }
}

impl Setting for Vec<PathBuf> {
    type Read<'a> = &'a [PathBuf];
    const SHAPE: Shape = Shape::of(ShapeKind::Paths);
    fn read(value: &ReadValue) -> Option<&[PathBuf]> {
        if let Value::Paths(items) = &value.0 {
            Some(items)
        } else {
            None
        }
    }
}

/// Integer types; the table's range is checked against the type's at compile time.
macro_rules! integer_settings {
    ($($ty:ty: $min:expr, $max:expr;)+) => { $(
        impl Setting for $ty {
            type Read<'a> = $ty;
            const SHAPE: Shape =
                Shape { min: $min, max: $max, ..Shape::of(ShapeKind::Integer) };
            fn read(value: &ReadValue) -> Option<$ty> {
                let Value::Integer(value) = value.0 else { return None };
                <$ty>::try_from(value).ok()
            }
        }
    )+ };
}

integer_settings! {
    u16: 0, u16::MAX as i64;
    i32: i32::MIN as i64, i32::MAX as i64;
    u32: 0, u32::MAX as i64;
    i64: i64::MIN, i64::MAX;
    u64: 0, i64::MAX;
    usize: 0, isize::MAX as i64;
}

impl<T: Setting> Setting for Option<T> {
    type Read<'a> = Option<T::Read<'a>>;
    const SHAPE: Shape = Shape {
        optional: true,
        ..T::SHAPE
    };
    fn read(value: &ReadValue) -> Option<Option<T::Read<'_>>> {
        match &value.0 {
            Value::Unset => Some(None),
            _ => T::read(value).map(Some),
        }
    }
}

/// Declares an enum whose words a setting takes.
macro_rules! choices {
    ($($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$word_meta:meta])* $variant:ident = $word:literal,)+
    })+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$word_meta])* $variant,)+ }

        impl $name {
            /// The words in the configuration.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word in the configuration.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

        impl Setting for $name {
            type Read<'a> = $name;
            const SHAPE: Shape = Shape::of(ShapeKind::Choice);
            fn read(value: &ReadValue) -> Option<$name> {
                match &value.0 {
                    Value::Text(text) => match text.as_str() {
                        $($word => Some($name::$variant),)+
                        _ => None,
                    },
                    _ => None,
                }
            }
        }
    )+ };
}

choices! {
    /// How calls of a page reach the runtime.
    pub enum IpcTransport {
        /// The fastest that the page can use.
        Auto = "auto",
        /// The direct bridge inside the web process.
        Direct = "direct",
        /// Script messages with replies.
        Message = "message",
        /// Requests to the `ipc:` scheme.
        Scheme = "scheme",
    }

    /// How the title bar of a window looks.
    pub enum TitlebarStyle {
        /// As the system draws it.
        Normal = "normal",
        /// No title bar.
        Hidden = "hidden",
        /// No title bar, the window's buttons over the page (macOS).
        HiddenInset = "hidden_inset",
    }
}
