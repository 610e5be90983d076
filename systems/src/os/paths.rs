//! Well-known directories, and the user that they belong to.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use oro_components::os::{KnownPaths, OsError, UserInfo};
use oro_engine::config::Config;

use super::proc::unavailable;
use crate::folders::{Folders, account, home};

pub(super) fn paths(config: &Config) -> KnownPaths {
    let home = home();
    let Folders {
        settings,
        config: own_settings,
        data,
        cache,
        log,
    } = Folders::new(config, &home);
    let user = fs::read_to_string(settings.join("user-dirs.dirs")).unwrap_or_default();
    let named = |key: &str, fallback: &str| {
        text(&user_directory(&user, key, &home).unwrap_or_else(|| home.join(fallback)))
    };
    let resources = config.app_dir();
    KnownPaths {
        resources: text(&fs::canonicalize(resources).unwrap_or_else(|_| resources.to_owned())),
        downloads: named("DOWNLOAD", "Downloads"),
        documents: named("DOCUMENTS", "Documents"),
        pictures: named("PICTURES", "Pictures"),
        desktop: named("DESKTOP", "Desktop"),
        videos: named("VIDEOS", "Videos"),
        music: named("MUSIC", "Music"),
        config: text(&own_settings),
        media: text(&data.join("media")),
        cache: text(&cache),
        log: text(&log),
        data: text(&data),
        home: text(&home),
        tmp: text(&env::temp_dir()),
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A line of `user-dirs.dirs`: `XDG_MUSIC_DIR="$HOME/Music"`.
fn user_directory(file: &str, key: &str, home: &Path) -> Option<PathBuf> {
    let name = format!("XDG_{key}_DIR=");
    let value = file
        .lines()
        .find_map(|line| line.trim().strip_prefix(&name))?;
    let value = value.strip_prefix('"')?.strip_suffix('"')?;
    match value.strip_prefix("$HOME") {
        Some(rest) => Some(home.join(rest.trim_start_matches('/'))),
        None => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
    }
}

pub(super) fn user_info() -> Result<UserInfo, OsError> {
    account().ok_or_else(|| unavailable("user", &std::io::ErrorKind::NotFound.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_directories_are_absolute_or_below_home() {
        let file = "# a comment\nXDG_MUSIC_DIR=\"$HOME/Musik\"\n XDG_VIDEOS_DIR=\"/mnt/v\"\n\
                    XDG_DESKTOP_DIR=\"$HOME\"\nXDG_PICTURES_DIR=\"x\"\n";
        let found = |key| user_directory(file, key, Path::new("/h"));
        assert_eq!(found("MUSIC"), Some("/h/Musik".into()));
        assert_eq!(found("VIDEOS"), Some("/mnt/v".into()));
        assert_eq!(found("DESKTOP"), Some("/h/".into()));
        assert_eq!(found("PICTURES"), None);
        assert_eq!(found("DOWNLOAD"), None);
    }
}
