//! The user, and the folders of the user and of the application.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use oro_components::os::UserInfo;
use oro_engine::config::{Config, keys};

/// Where an application keeps what is its own, as the XDG base directories say. None of the
/// folders has to exist.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    /// The folder of the user's settings, which all applications share.
    pub settings: PathBuf,
    /// The application's settings.
    pub config: PathBuf,
    /// What the application keeps.
    pub data: PathBuf,
    /// What it can make anew.
    pub cache: PathBuf,
    /// What it tells of its work.
    pub log: PathBuf,
}

impl Folders {
    pub fn new(config: &Config, home: &Path) -> Self {
        let bundle = config.get(keys::META_BUNDLE_IDENTIFIER).to_lowercase();
        let base = |variable: &str, fallback: &str| {
            // A relative path there is invalid, as the specification says.
            let given = env::var_os(variable).map(PathBuf::from);
            given
                .filter(|path| path.is_absolute())
                .unwrap_or_else(|| home.join(fallback))
        };
        let settings = base("XDG_CONFIG_HOME", ".config");
        Self {
            config: settings.join(&bundle),
            settings,
            data: base("XDG_DATA_HOME", ".local/share").join(&bundle),
            cache: base("XDG_CACHE_HOME", ".cache").join(&bundle),
            log: base("XDG_STATE_HOME", ".local/state")
                .join(&bundle)
                .join("log"),
        }
    }
}

/// The home folder of the user.
pub(crate) fn home() -> PathBuf {
    let given = env::var_os("HOME").map(PathBuf::from);
    given
        .filter(|path| path.is_absolute())
        .or_else(|| Some(account()?.homedir.into()))
        .unwrap_or_else(|| "/".into())
}

/// The user of this process, from the list of users.
pub(crate) fn account() -> Option<UserInfo> {
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
}
