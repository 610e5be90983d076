//! Configuration: `oro.toml`, `.ororc`, the environment and the command line, checked against one
//! table of keys.
//!
//! Sources, where a later one wins:
//! 1. the defaults of the table ([`keys`]);
//! 2. `oro.toml` in the app folder. Nested tables and flattened keys are the same: `[http.ipc]
//!    port` is `http_ipc_port`;
//! 3. its overrides for the platform: `[linux] window_width` or `linux_window_width`; also `mac`,
//!    `win`, `ios` and `android`;
//! 4. `.ororc` in `$XDG_CONFIG_HOME/oro`, in the home folder, and in the app folder;
//! 5. the environment: `ORO_WINDOW_WIDTH` for `window_width`;
//! 6. the command line or the embedding program.
//!
//! An unknown key is a warning that names the nearest known one; a wrong type refuses the
//! configuration. Both say where.

mod diagnostic;
mod document;
pub mod keys;
mod load;
mod spec;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use serde::Serialize;
use serde_json::{Map, Value as Json};

pub use diagnostic::{ConfigError, Diagnostic, Origin, Problem, Severity};
pub use load::{ConfigBuilder, FILE_NAME, Loaded, RC_FILE_NAME};
pub use spec::{Family, Key, KeySpec, Kind, Preset, Visibility};
pub use value::{IpcTransport, Setting, TitlebarStyle, parse_bool};

use keys::{FAMILIES, MOUNTS, PERMISSIONS, SERVICES, TABLE};
use spec::Known;
use value::{Folders, ReadValue, Value};

/// A platform with overrides of its own in `oro.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux and other systems with GTK.
    Linux,
    /// macOS.
    Mac,
    /// Windows.
    Win,
    /// iOS.
    Ios,
    /// Android.
    Android,
}

impl Platform {
    /// All platforms.
    pub const ALL: [Platform; 5] = [
        Platform::Linux,
        Platform::Mac,
        Platform::Win,
        Platform::Ios,
        Platform::Android,
    ];

    /// The platform that the program was built for.
    #[must_use]
    pub const fn current() -> Platform {
        if cfg!(target_os = "macos") {
            Platform::Mac
        } else if cfg!(target_os = "windows") {
            Platform::Win
        } else if cfg!(target_os = "ios") {
            Platform::Ios
        } else if cfg!(target_os = "android") {
            Platform::Android
        } else {
            Platform::Linux
        }
    }

    /// The table of its overrides in `oro.toml`.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Platform::Linux => "linux",
            Platform::Mac => "mac",
            Platform::Win => "win",
            Platform::Ios => "ios",
            Platform::Android => "android",
        }
    }

    /// `linux_window_width` as Linux and `window_width`.
    fn split(key: &str) -> Option<(Platform, &str)> {
        Platform::ALL.iter().find_map(|platform| {
            let base = key.strip_prefix(platform.prefix())?.strip_prefix('_')?;
            Some((*platform, base))
        })
    }
}

struct Stored {
    value: ReadValue,
    origin: Origin,
    /// What another source had set before.
    replaced: Option<Box<Stored>>,
}

struct Inner {
    /// In the order of [`TABLE`].
    fixed: Vec<Stored>,
    /// Members of families by key: the well-known ones, and those that a source sets.
    members: BTreeMap<String, Stored>,
    folders: Folders,
    platform: Platform,
    packaged: bool,
    files: Vec<PathBuf>,
}

/// The configuration of an application. Clones share it; it never changes.
///
/// ```
/// use oro_engine::config::{Config, keys};
///
/// let text = "[window]\nwidth = 800";
/// let loaded = Config::builder().text("oro.toml", text).load().unwrap();
/// assert_eq!(loaded.config.get(keys::WINDOW_WIDTH), 800);
/// ```
#[derive(Clone, Resource)]
pub struct Config {
    inner: Arc<Inner>,
}

/// A key as `oroc config --list` shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// The flattened key.
    pub key: String,
    /// Its type in one word.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its value; `null` when unset, `"(hidden)"` for a secret that is set.
    pub value: Json,
    /// Its default; `null` when there is none.
    pub default: Json,
    /// Where the value came from.
    pub origin: Origin,
    /// What it sets.
    pub doc: String,
}

impl Config {
    /// Begins with no sources: only the defaults.
    #[must_use]
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::new()
    }

    /// The value of a key.
    ///
    /// # Panics
    /// Never: the table is checked against the types of its keys at compile time, and every value
    /// against the table.
    #[must_use]
    pub fn get<T: Setting>(&self, key: Key<T>) -> T::Read<'_> {
        let value = &self.inner.fixed[key.index].value;
        T::read(value).unwrap_or_else(|| unreachable!("'{}' is of another type", key.name()))
    }

    /// What all sources set a key to, the one that counts first. Nothing where it is the default.
    #[must_use]
    pub fn layers<T: Setting>(&self, key: Key<T>) -> Vec<T::Read<'_>> {
        let first = &self.inner.fixed[key.index];
        let all = std::iter::successors(Some(first), |stored| stored.replaced.as_deref());
        all.filter(|stored| stored.origin != Origin::Default)
            .filter_map(|stored| T::read(&stored.value))
            .collect()
    }

    /// Where the value of a key came from; `None` for an unknown key.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        match Known::find(key)? {
            Known::Fixed(index) => Some(&self.inner.fixed[index].origin),
            Known::Member(_) => Some(
                self.inner
                    .members
                    .get(key)
                    .map_or(&Origin::Default, |stored| &stored.origin),
            ),
        }
    }

    /// Whether a permission is granted: everything is, unless `permissions_allow_<name>` is off.
    /// The name may be spelled `user_media`, `user-media` or `userMedia`.
    #[must_use]
    pub fn has_permission(&self, name: &str) -> bool {
        self.is_on(&PERMISSIONS, name)
    }

    /// Whether a service runs: it does, unless `services_<name>_enabled` is off. The name may be
    /// spelled as in [`Config::has_permission`].
    #[must_use]
    pub fn service_enabled(&self, name: &str) -> bool {
        self.is_on(&SERVICES, name)
    }

    fn is_on(&self, family: &Family, name: &str) -> bool {
        let key = family.key(&snake_case(name));
        let stored = self.inner.members.get(&key);
        stored.is_none_or(|stored| stored.value.0 != Value::Bool(false))
    }

    /// Folders that pages reach at a path of the app's origin: `(folder, path)`.
    pub fn mounts(&self) -> impl Iterator<Item = (PathBuf, &str)> {
        self.inner.members.iter().filter_map(|(key, stored)| {
            let Value::Text(path) = &stored.value.0 else {
                return None;
            };
            Some((self.resolve(MOUNTS.name_in(key)?), path.as_str()))
        })
    }

    /// A path as settings mean it: a relative one starts at the app folder.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.inner.folders.resolve(path)
    }

    /// The folder of the application; empty if none was given.
    #[must_use]
    pub fn app_dir(&self) -> &Path {
        &self.inner.folders.app
    }

    /// Files that were read, in order.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.inner.files
    }

    /// The platform whose overrides were used.
    #[must_use]
    pub fn platform(&self) -> Platform {
        self.inner.platform
    }

    /// Whether the application is packaged, so that the environment may only tighten it.
    #[must_use]
    pub fn is_packaged(&self) -> bool {
        self.inner.packaged
    }

    /// What a page may see, by flattened key, for `__args.config`. Keys that are unset are left
    /// out; private and secret ones are never in it.
    #[must_use]
    pub fn page_config(&self) -> Map<String, Json> {
        self.rows()
            .filter(|row| row.visibility == Visibility::Public)
            .filter(|row| *row.value != Value::Unset)
            .map(|row| (row.key, row.value.to_json()))
            .collect()
    }

    /// All keys: those of the table, the well-known members of families, and members that are set.
    pub fn iter(&self) -> impl Iterator<Item = Listed> {
        self.rows().map(|row| self.listed(row))
    }

    /// One key; `None` if it is unknown.
    #[must_use]
    pub fn describe(&self, key: &str) -> Option<Listed> {
        if let Some(row) = self.rows().find(|row| row.key == key) {
            return Some(self.listed(row));
        }
        let Known::Member(family) = Known::find(key)? else {
            return None;
        };
        let stored = Stored {
            value: ReadValue(Value::preset(
                family.kind,
                family.preset,
                &self.inner.folders,
            )),
            origin: Origin::Default,
            replaced: None,
        };
        Some(self.listed(Row::member(family, key, &stored)?))
    }

    /// The known key that is spelled most like an unknown one.
    #[must_use]
    pub fn nearest_key(name: &str) -> Option<String> {
        load::nearest_to(name)
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let fixed = TABLE
            .iter()
            .zip(&self.inner.fixed)
            .map(|(spec, stored)| Row {
                key: spec.name.to_owned(),
                doc: spec.doc.to_owned(),
                kind: spec.kind,
                preset: spec.preset,
                visibility: spec.visibility,
                value: &stored.value.0,
                origin: &stored.origin,
            });
        let members = self.inner.members.iter().filter_map(|(key, stored)| {
            FAMILIES
                .iter()
                .find_map(|family| Row::member(family, key, stored))
        });
        fixed.chain(members)
    }

    fn listed(&self, row: Row<'_>) -> Listed {
        Listed {
            type_name: row.kind.type_name(),
            value: row.shown(),
            default: Value::preset(row.kind, row.preset, &self.inner.folders).to_json(),
            origin: row.origin.clone(),
            key: row.key,
            doc: row.doc,
        }
    }
}

impl Default for Config {
    /// The defaults, for this platform.
    fn default() -> Self {
        load::defaults()
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 2);
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && was_lower {
            snake.push('_');
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        snake.push(if c == '-' {
            '_'
        } else {
            c.to_ascii_lowercase()
        });
    }
    snake
}

impl fmt::Debug for Config {
    /// What was set, without secrets.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.rows().filter(|row| *row.origin != Origin::Default);
        out.debug_map()
            .entries(set.map(|row| (row.key.clone(), row.shown())))
            .finish()
    }
}

/// A key with what is known about it.
struct Row<'c> {
    key: String,
    doc: String,
    kind: Kind,
    preset: Preset,
    visibility: Visibility,
    value: &'c Value,
    origin: &'c Origin,
}

impl<'c> Row<'c> {
    fn member(family: &Family, key: &str, stored: &'c Stored) -> Option<Self> {
        Some(Row {
            doc: family.doc.replace('*', family.name_in(key)?),
            key: key.to_owned(),
            kind: family.kind,
            preset: family.preset,
            visibility: family.visibility,
            value: &stored.value.0,
            origin: &stored.origin,
        })
    }

    fn shown(&self) -> Json {
        match (self.visibility, self.value) {
            (Visibility::Secret, value) if *value != Value::Unset => Json::from("(hidden)"),
            (_, value) => value.to_json(),
        }
    }
}
