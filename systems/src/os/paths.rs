//! Well-known directories, and the user that they belong to.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use oro_components::os::{KnownPaths, OsError, UserInfo};
use oro_engine::config::{Config, keys};

use super::proc::unavailable;

pub(super) fn paths(config: &Config) -> KnownPaths {
    let bundle = config.get(keys::META_BUNDLE_IDENTIFIER).to_lowercase();
    let home = home();
    let base = |variable: &str, fallback: &str| {
        // A relative path there is invalid, as the specification says.
        let given = env::var_os(variable).map(PathBuf::from);
        given
            .filter(|path| path.is_absolute())
            .unwrap_or_else(|| home.join(fallback))
    };
    let settings = base("XDG_CONFIG_HOME", ".config");
    let user = fs::read_to_string(settings.join("user-dirs.dirs")).unwrap_or_default();
    let named = |key: &str, fallback: &str| {
        text(&user_directory(&user, key, &home).unwrap_or_else(|| home.join(fallback)))
    };
    let data = base("XDG_DATA_HOME", ".local/share").join(&bundle);
    let resources = config.app_dir();
    KnownPaths {
        resources: text(&fs::canonicalize(resources).unwrap_or_else(|_| resources.to_owned())),
        downloads: named("DOWNLOAD", "Downloads"),
        documents: named("DOCUMENTS", "Documents"),
        pictures: named("PICTURES", "Pictures"),
        desktop: named("DESKTOP", "Desktop"),
        videos: named("VIDEOS", "Videos"),
        music: named("MUSIC", "Music"),
        config: text(&settings.join(&bundle)),
        media: text(&data.join("media")),
        log: text(
            &base("XDG_STATE_HOME", ".local/state")
                .join(&bundle)
                .join("log"),
        ),
        data: text(&data),
        home: text(&home),
        tmp: text(&env::temp_dir()),
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn home() -> PathBuf {
    let given = env::var_os("HOME").map(PathBuf::from);
    given
        .filter(|path| path.is_absolute())
        .or_else(|| Some(account()?.homedir.into()))
        .unwrap_or_else(|| "/".into())
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

/// The user of this process, from the list of users.
fn account() -> Option<UserInfo> {
    let uid = rustix::process::getuid().as_raw();
    find_user(&fs::read_to_string("/etc/passwd").ok()?, uid)
}

fn find_user(list: &str, wanted: u32) -> Option<UserInfo> {
    list.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [username, _, uid, gid, _, homedir, shell] = fields.as_slice() else {
            return None;
        };
        let uid: u32 = uid.parse().ok().filter(|uid| *uid == wanted)?;
        Some(UserInfo {
            uid,
            gid: gid.parse().ok()?,
            username: (*username).to_owned(),
            homedir: (*homedir).to_owned(),
            shell: (!shell.is_empty()).then(|| (*shell).to_owned()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_number() {
        let list = "root:x:0:0:root:/root:/bin/bash\nbroken\nada:x:1000:100:Ada,,,:/home/ada:\n";
        let ada = find_user(list, 1000).unwrap();
        assert_eq!(
            (ada.gid, ada.username.as_str(), ada.shell),
            (100, "ada", None)
        );
        assert_eq!(
            find_user(list, 0).unwrap().shell.as_deref(),
            Some("/bin/bash")
        );
        assert_eq!(find_user(list, 7), None);
    }

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
