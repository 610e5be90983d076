//! Reads the sources in order and checks every setting in them.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use super::diagnostic::{ConfigError, Diagnostic, Origin, Problem, Severity};
use super::document::{self, Entry};
use super::keys::{self, ENV_ALIASES, FAMILIES, TABLE};
use super::spec::{Known, Preset, Visibility, is_table, nearest};
use super::value::{Folders, Raw, ReadValue, Value, check};
use super::{Config, Inner, Platform, Stored};

/// The file that configures an application.
pub const FILE_NAME: &str = "oro.toml";
/// The file of a developer's or user's own settings.
pub const RC_FILE_NAME: &str = ".ororc";

/// Collects the sources of a configuration. Nothing is read before [`ConfigBuilder::load`].
#[derive(Clone, Debug)]
pub struct ConfigBuilder {
    app_dir: Option<PathBuf>,
    text: Option<(PathBuf, String)>,
    env: Vec<(OsString, OsString)>,
    overrides: Vec<(String, String)>,
    platform: Platform,
    packaged: bool,
}

/// A configuration, and what its author should look at.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Findings that do not refuse it.
    pub warnings: Vec<Diagnostic>,
}

impl ConfigBuilder {
    pub(super) fn new() -> Self {
        ConfigBuilder {
            app_dir: None,
            text: None,
            env: Vec::new(),
            overrides: Vec::new(),
            platform: Platform::current(),
            packaged: false,
        }
    }

    /// The folder of the application: `oro.toml` and `.ororc` are read there, and relative paths
    /// start there. Neither file has to exist.
    #[must_use]
    pub fn app_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.app_dir = Some(dir.into());
        self
    }

    /// Text to use in place of the file `oro.toml`, as of an embedded application. `path` is the
    /// name in messages.
    #[must_use]
    pub fn text(mut self, path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        self.text = Some((path.into(), text.into()));
        self
    }

    /// The environment, usually [`std::env::vars_os`]. Without a call there is none. `HOME` and
    /// `XDG_CONFIG_HOME` in it say where the user's `.ororc` is.
    #[must_use]
    pub fn env<K: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.env.extend(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        self
    }

    /// Keys with values that win over all other sources, as from the command line. Keys may be
    /// written with `.` or `-` for `_`; values are text.
    #[must_use]
    pub fn overrides<K: Into<String>, V: Into<String>>(
        mut self,
        settings: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.overrides.extend(
            settings
                .into_iter()
                .map(|(key, value)| (key.into(), value.into())),
        );
        self
    }

    /// The platform whose overrides count; the one that the program was built for by default.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = platform;
        self
    }

    /// Whether the application is packaged. Then `.ororc` and the environment cannot switch off
    /// the file system sandbox or allow what the package denies; only the opposite.
    #[must_use]
    pub fn packaged(mut self, packaged: bool) -> Self {
        self.packaged = packaged;
        self
    }

    /// Reads and checks all sources.
    ///
    /// # Errors
    /// A file that cannot be read or is not TOML; a value of the wrong type or out of range; a key
    /// that a file sets twice; an unknown key on the command line. All of them are reported at
    /// once.
    pub fn load(self) -> Result<Loaded, ConfigError> {
        let home = self
            .env_path("HOME")
            .or_else(|| self.env_path("USERPROFILE"));
        let folders = Folders {
            app: self.app_dir.clone().unwrap_or_default(),
            home,
        };
        let mut loader = Loader::new(folders, self.platform, self.packaged);

        match (&self.text, &self.app_dir) {
            (Some((path, text)), _) => loader.document(path, text, false),
            (None, Some(dir)) => loader.file(&dir.join(FILE_NAME), false),
            (None, None) => {}
        }
        for path in self.rc_paths(loader.folders.home.as_deref()) {
            loader.file(&path, true);
        }
        loader.environment(&self.env);
        for (key, value) in &self.overrides {
            loader.override_with(key, value);
        }
        loader.finish()
    }

    fn env_path(&self, name: &str) -> Option<PathBuf> {
        let value = self
            .env
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)?;
        (!value.is_empty()).then(|| PathBuf::from(value))
    }

    /// The user's files first: as with git or npm, the nearer one wins.
    fn rc_paths(&self, home: Option<&Path>) -> Vec<PathBuf> {
        let xdg = self
            .env_path("XDG_CONFIG_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| home.map(|home| home.join(".config")));
        let mut paths: Vec<PathBuf> = Vec::new();
        paths.extend(xdg.map(|xdg| xdg.join("oro").join(RC_FILE_NAME)));
        paths.extend(home.map(|home| home.join(RC_FILE_NAME)));
        if let Some(dir) = &self.app_dir {
            let near = dir.join(RC_FILE_NAME);
            paths.retain(|path| *path != near);
            paths.push(near);
        }
        paths
    }
}

/// The text of a file; `None` if there is none.
#[expect(
    clippy::disallowed_methods,
    reason = "configuration is read once, before any tick runs"
)]
fn read_optional(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

struct Loader {
    folders: Folders,
    platform: Platform,
    packaged: bool,
    fixed: Vec<Stored>,
    members: BTreeMap<String, Stored>,
    files: Vec<PathBuf>,
    diagnostics: Vec<Diagnostic>,
}

impl Loader {
    fn new(folders: Folders, platform: Platform, packaged: bool) -> Self {
        let preset = |kind, preset| Stored {
            value: ReadValue(Value::preset(kind, preset, &folders)),
            origin: Origin::Default,
            replaced: None,
        };
        let fixed = TABLE
            .iter()
            .map(|spec| preset(spec.kind, spec.preset))
            .collect();
        let members = FAMILIES
            .iter()
            .flat_map(|family| family.names.iter().map(move |name| (family, name)))
            .map(|(family, name)| (family.key(name), preset(family.kind, family.preset)))
            .collect();
        let (files, diagnostics) = (Vec::new(), Vec::new());
        Loader {
            folders,
            platform,
            packaged,
            fixed,
            members,
            files,
            diagnostics,
        }
    }

    fn report(
        &mut self,
        severity: Severity,
        origin: Origin,
        key: &str,
        value: String,
        problem: Problem,
    ) {
        let key = key.to_owned();
        self.diagnostics.push(Diagnostic {
            severity,
            origin,
            key,
            value,
            problem,
        });
    }

    fn file(&mut self, path: &Path, outside: bool) {
        match read_optional(path) {
            Ok(Some(text)) => self.document(path, &text, outside),
            Ok(None) => {}
            Err(error) => {
                let origin = Origin::File {
                    path: path.into(),
                    line: 1,
                    column: 1,
                };
                let problem = Problem::Unreadable(error.to_string());
                self.report(Severity::Error, origin, "", String::new(), problem);
            }
        }
    }

    /// `outside` is whether the file is not part of the package.
    fn document(&mut self, path: &Path, text: &str, outside: bool) {
        let path: Arc<Path> = path.into();
        self.files.push(path.to_path_buf());
        let origin = |place: document::Place| Origin::File {
            path: Arc::clone(&path),
            line: place.line,
            column: place.column,
        };
        let entries = match document::parse(text) {
            Ok(entries) => entries,
            Err(error) => {
                let (origin, problem) = (origin(error.place), Problem::Syntax(error.message));
                return self.report(Severity::Error, origin, "", String::new(), problem);
            }
        };

        // Base keys first, so that an override for the platform wins wherever it stands.
        let mut lines: HashMap<&str, usize> = HashMap::new();
        let mut overrides: Vec<(&Entry, &str)> = Vec::new();
        for entry in &entries {
            let origin = origin(entry.place);
            if let Some(line) = lines.insert(&entry.key, entry.place.line) {
                let problem = Problem::Duplicate { line };
                let value = shown(&entry.key, &entry.raw);
                self.report(Severity::Error, origin, &entry.key, value, problem);
                continue;
            }
            if entry.bare {
                let value = shown(&entry.key, &entry.raw);
                let problem = Problem::BareValue;
                self.report(
                    Severity::Warning,
                    origin.clone(),
                    &entry.key,
                    value,
                    problem,
                );
            }
            match Platform::split(&entry.key) {
                Some((platform, base)) if Known::find(base).is_some() => {
                    if platform == self.platform {
                        overrides.push((entry, base));
                    } else {
                        // Checked everywhere, so that a mistake shows before the port does.
                        self.check(base, &entry.key, &entry.raw, &origin);
                    }
                }
                _ => self.set(&entry.key, &entry.key, &entry.raw, origin, outside),
            }
        }
        for (entry, base) in overrides {
            self.set(base, &entry.key, &entry.raw, origin(entry.place), outside);
        }
    }

    fn environment(&mut self, variables: &[(OsString, OsString)]) {
        let mut settings: Vec<(usize, &str, String, &OsString)> = Vec::new();
        for (name, value) in variables {
            let Some(name) = name.to_str() else { continue };
            if let Some(rank) = ENV_ALIASES.iter().position(|(alias, _)| *alias == name) {
                settings.push((rank, name, ENV_ALIASES[rank].1.to_owned(), value));
            } else if let Some(key) = name.strip_prefix("ORO_") {
                settings.push((ENV_ALIASES.len(), name, key.to_ascii_lowercase(), value));
            }
        }
        settings.sort();
        for (_, name, key, value) in settings {
            let origin = Origin::Env(name.into());
            if Known::find(&key).is_none() {
                // Other programs have variables that begin with ORO_, so only a near miss counts.
                if let Some(nearest) = nearest(&key, 2) {
                    let problem = Problem::UnknownKey {
                        nearest: Some(env_name(&nearest)),
                    };
                    let value = format!("{value:?}");
                    self.report(Severity::Warning, origin, name, value, problem);
                }
                continue;
            }
            match value.to_str() {
                Some(text) => {
                    self.set(&key, &key, &Raw::Untyped(text.to_owned()), origin, true);
                }
                None => {
                    let problem = Problem::Invalid {
                        expected: "text in UTF-8".into(),
                    };
                    self.report(Severity::Error, origin, &key, "other bytes".into(), problem);
                }
            }
        }
    }

    fn override_with(&mut self, key: &str, value: &str) {
        let flat = key.replace(['.', '-'], "_");
        let name = if Known::find(key).is_some() {
            key
        } else {
            flat.as_str()
        };
        let raw = Raw::Untyped(value.to_owned());
        if Known::find(name).is_none() {
            let problem = Problem::UnknownKey {
                nearest: nearest_to(name),
            };
            self.report(
                Severity::Error,
                Origin::Override,
                key,
                raw.display(),
                problem,
            );
            return;
        }
        self.set(name, key, &raw, Origin::Override, false);
    }

    /// Checks a value; reports one that does not fit.
    fn check(&mut self, key: &str, written: &str, raw: &Raw, origin: &Origin) -> Option<Value> {
        let known = Known::find(key)?;
        let unsettable = match known {
            Known::Fixed(index) => TABLE[index].preset == Preset::Unset,
            Known::Member(family) => family.preset == Preset::Unset,
        };
        if raw.is_empty() && unsettable {
            return Some(Value::Unset);
        }
        let value = check(known.kind(), raw, &self.folders);
        if value.is_none() {
            let problem = Problem::Invalid {
                expected: known.kind().expected(),
            };
            self.report(
                Severity::Error,
                origin.clone(),
                written,
                shown(key, raw),
                problem,
            );
        }
        value
    }

    /// Sets `key`, which the source spells `written`.
    fn set(&mut self, key: &str, written: &str, raw: &Raw, origin: Origin, outside: bool) {
        let Some(known) = Known::find(key) else {
            let problem = Problem::UnknownKey {
                nearest: nearest_to(written),
            };
            return self.report(Severity::Warning, origin, written, raw.display(), problem);
        };
        let Some(value) = self.check(key, written, raw, &origin) else {
            return;
        };
        if let Known::Member(family) = known
            && !family.names.is_empty()
            && family
                .name_in(key)
                .is_some_and(|name| !family.names.contains(&name))
            && let Some(nearest) = nearest(key, 2)
        {
            let problem = Problem::MaybeMisspelled { nearest };
            self.report(
                Severity::Warning,
                origin.clone(),
                written,
                raw.display(),
                problem,
            );
        }
        let loosens = known
            .strict()
            .is_some_and(|strict| value == Value::Bool(!strict));
        if self.packaged && outside && loosens {
            let problem = Problem::MayOnlyTighten;
            return self.report(Severity::Warning, origin, written, raw.display(), problem);
        }
        let stored = Stored {
            value: ReadValue(value),
            origin,
            replaced: None,
        };
        match known {
            Known::Fixed(index) => {
                let before = std::mem::replace(&mut self.fixed[index], stored);
                let is_set = before.origin != Origin::Default;
                self.fixed[index].replaced = is_set.then(|| Box::new(before));
            }
            Known::Member(_) => {
                self.members.insert(key.to_owned(), stored);
            }
        }
    }

    fn into_config(self) -> Config {
        let Loader {
            folders,
            platform,
            packaged,
            fixed,
            members,
            files,
            ..
        } = self;
        Config {
            inner: Arc::new(Inner {
                fixed,
                members,
                folders,
                platform,
                packaged,
                files,
            }),
        }
    }

    fn finish(mut self) -> Result<Loaded, ConfigError> {
        let mut diagnostics = std::mem::take(&mut self.diagnostics);
        let config = self.into_config();
        diagnostics.extend(conflicts(&config));
        if diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
        {
            return Err(ConfigError { diagnostics });
        }
        Ok(Loaded {
            config,
            warnings: diagnostics,
        })
    }
}

/// The configuration without sources.
pub(super) fn defaults() -> Config {
    Loader::new(Folders::default(), Platform::current(), false).into_config()
}

/// Settings that are fine one by one, but not together.
fn conflicts(config: &Config) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut report = |severity, key: &str, message: String| {
        let value = config
            .describe(key)
            .map_or(Json::Null, |listed| listed.value)
            .to_string();
        let origin = config.origin(key).cloned().unwrap_or(Origin::Default);
        let problem = Problem::Conflict(message);
        found.push(Diagnostic {
            severity,
            origin,
            key: key.to_owned(),
            value,
            problem,
        });
    };
    for (min, max) in [
        (keys::WINDOW_MIN_WIDTH, keys::WINDOW_MAX_WIDTH),
        (keys::WINDOW_MIN_HEIGHT, keys::WINDOW_MAX_HEIGHT),
    ] {
        if let (Some(least), Some(greatest)) = (config.get(min), config.get(max))
            && least > greatest
        {
            let message = format!("is more than '{}' (= {greatest})", max.name());
            report(Severity::Error, min.name(), message);
        }
    }
    if config.get(keys::HTTP_IPC_ENABLE) && config.get(keys::HTTP_IPC_PORT) == 0 {
        let message = "has no effect without 'http_ipc_port'".to_owned();
        report(Severity::Warning, keys::HTTP_IPC_ENABLE.name(), message);
    }
    found
}

/// The value as messages may show it.
fn shown(key: &str, raw: &Raw) -> String {
    let base = Platform::split(key).map_or(key, |(_, base)| base);
    match Known::find(key).or_else(|| Known::find(base)) {
        Some(known) if known.visibility() == Visibility::Secret => "(hidden)".to_owned(),
        _ => raw.display(),
    }
}

/// The known key nearest to a misspelled one, which may have a platform in front.
pub(super) fn nearest_to(key: &str) -> Option<String> {
    let distance_max = |name: &str| (name.chars().count() / 3).clamp(1, 8);
    if let Some((platform, base)) = Platform::split(key) {
        return Some(format!(
            "{}_{}",
            platform.prefix(),
            nearest(base, distance_max(base))?
        ));
    }
    // A value where a table belongs is no misspelling.
    if is_table(key) {
        None
    } else {
        nearest(key, distance_max(key))
    }
}

fn env_name(key: &str) -> String {
    format!("ORO_{}", key.to_ascii_uppercase())
}
