//! What `oroc run` is asked to run: which folder is served, and which page is opened first.

use std::path::{Component, Path, PathBuf};

use crate::report::Failure;

/// The page that is opened first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The one that the configuration names.
    Configured,
    /// A file, by its path in the folder that is served.
    File(PathBuf),
    /// A page of ours that imports a script, given by its path in the folder that is served.
    Script(PathBuf),
    /// A page of ours that runs a test file, given by its path on the disk.
    Test(PathBuf),
}

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The application folder.
    pub dir: PathBuf,
    /// Whether this folder is served, whatever the configuration says.
    pub serves_dir: bool,
    /// The first page.
    pub page: Page,
}

impl Target {
    /// Finds out what is meant.
    ///
    /// # Errors
    /// If a path does not exist, or is nothing that can be run.
    pub fn new(path: Option<&Path>, test: Option<&Path>) -> Result<Self, Failure> {
        let Some(test) = test else {
            return Self::of(path.unwrap_or(Path::new(".")));
        };
        let test = script(test, "the test")?;
        let dir = match path {
            Some(path) if path.is_dir() => real(path)?,
            Some(path) => {
                let path = path.display();
                return Err(Failure::usage(format!(
                    "with --test, `{path}` must be an application folder"
                )));
            }
            None => nearest_app(&test),
        };
        Ok(Self {
            dir,
            serves_dir: false,
            page: Page::Test(test),
        })
    }

    fn of(path: &Path) -> Result<Self, Failure> {
        let full = real(path)?;
        if full.is_dir() {
            return Ok(Self {
                dir: full,
                serves_dir: false,
                page: Page::Configured,
            });
        }
        let name = full.file_name().map(PathBuf::from).unwrap_or_default();
        let page = match extension(&full).as_str() {
            "html" | "htm" => Page::File(name),
            _ => {
                script(path, "the file")?;
                Page::Script(name)
            }
        };
        Ok(Self {
            dir: parent(&full),
            serves_dir: true,
            page,
        })
    }
}

fn real(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize()
        .map_err(|error| Failure::usage(format!("cannot run `{}`: {error}", path.display())))
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("/")).to_owned()
}

fn extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().to_ascii_lowercase()
}

/// A file that a page can import.
fn script(path: &Path, what: &str) -> Result<PathBuf, Failure> {
    let full = real(path)?;
    let shown = path.display();
    match extension(&full).as_str() {
        "js" | "mjs" if full.is_file() => Ok(full),
        "ts" | "mts" | "tsx" | "jsx" => Err(Failure::usage(format!(
            "cannot run `{shown}`: a WebView knows JavaScript only; compile it first"
        ))),
        _ => Err(Failure::usage(format!(
            "cannot run `{shown}`: {what} must be a .js or .mjs file"
        ))),
    }
}

/// The folder above a file that has a configuration, or else the file's own.
fn nearest_app(file: &Path) -> PathBuf {
    let is_app = |dir: &&Path| dir.join(oro::engine::config::FILE_NAME).is_file();
    let found = file.ancestors().skip(1).find(is_app);
    found.map_or_else(|| parent(file), Path::to_owned)
}

/// The address of a file below the folder that is served, percent-encoded; `None` if it is not
/// below it.
pub fn address(root: &Path, file: &Path) -> Option<String> {
    let mut out = String::new();
    for component in file.strip_prefix(root).ok()?.components() {
        let Component::Normal(name) = component else {
            return None;
        };
        out.push('/');
        for byte in name.to_str()?.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out += &format!("%{byte:02X}");
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encoded_and_stay_inside() {
        for (file, want) in [
            ("/app/a.js", Some("/a.js")),
            ("/app/my tests/ä#1.js", Some("/my%20tests/%C3%A4%231.js")),
            ("/app", None),
            ("/other/a.js", None),
            ("/app/../a.js", None),
        ] {
            let got = address("/app".as_ref(), file.as_ref());
            assert_eq!(got.as_deref(), want, "{file}");
        }
    }

    #[test]
    fn paths_say_what_is_meant() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        for dir in ["app/tests", "loose"] {
            std::fs::create_dir_all(root.join(dir)).unwrap();
        }
        for file in [
            "app/oro.toml",
            "app/tests/a.test.js",
            "loose/b.mjs",
            "loose/p.HTML",
            "c.ts",
        ] {
            std::fs::write(root.join(file), "").unwrap();
        }
        let app = |dir: &str, serves_dir, page| {
            let dir = root.join(dir);
            Ok(Target {
                dir,
                serves_dir,
                page,
            })
        };
        let test = |file: &str| Page::Test(root.join(file));
        let cases: [(Option<&str>, Option<&str>, Result<Target, &str>); 10] = [
            (Some("app"), None, app("app", false, Page::Configured)),
            (
                Some("loose/p.HTML"),
                None,
                app("loose", true, Page::File("p.HTML".into())),
            ),
            (
                Some("loose/b.mjs"),
                None,
                app("loose", true, Page::Script("b.mjs".into())),
            ),
            (
                None,
                Some("app/tests/a.test.js"),
                app("app", false, test("app/tests/a.test.js")),
            ),
            (
                None,
                Some("loose/b.mjs"),
                app("loose", false, test("loose/b.mjs")),
            ),
            (
                Some("."),
                Some("loose/b.mjs"),
                app(".", false, test("loose/b.mjs")),
            ),
            (
                Some("loose/p.HTML"),
                Some("loose/b.mjs"),
                Err("must be an application folder"),
            ),
            (Some("nowhere"), None, Err("cannot run")),
            (Some("c.ts"), None, Err("compile it first")),
            (
                Some("app/oro.toml"),
                None,
                Err("must be a .js or .mjs file"),
            ),
        ];
        for (path, file, want) in cases {
            let full = |name: Option<&str>| name.map(|name| root.join(name));
            let got = Target::new(full(path).as_deref(), full(file).as_deref());
            match (got, want) {
                (Ok(got), Ok(want)) => {
                    assert_eq!(
                        got.dir,
                        want.dir.canonicalize().unwrap(),
                        "{path:?} {file:?}"
                    );
                    assert_eq!((got.page, got.serves_dir), (want.page, want.serves_dir));
                }
                (Err(Failure::Usage(got)), Err(want)) => assert!(got.contains(want), "{got}"),
                (got, want) => panic!("{path:?} {file:?}: {got:?}, not {want:?}"),
            }
        }
    }
}
