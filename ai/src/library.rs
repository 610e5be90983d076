//! Where the files of models and adapters are.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy_ecs::prelude::Resource;
use oro_components::llm::{AiError, ModelFile};
use oro_engine::config::{Config, keys};

use crate::engine::gguf::{self, Kind};

/// What is added to a name that has no file.
const EXTENSION: &str = "gguf";
/// Entries of a folder that are looked at when models are listed.
const ENTRIES_MAX: usize = 4096;
/// Models that are listed.
const LISTED_MAX: usize = 256;

/// Which files are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Models.
    Models,
    /// LoRA adapters.
    Adapters,
}

#[derive(Debug, Default)]
struct Folders {
    models: Vec<PathBuf>,
    adapters: Vec<PathBuf>,
    /// The folder of pages, where relative folders begin and names are looked for last.
    root: PathBuf,
    /// Folders that pages may name, besides all these.
    mounts: Vec<PathBuf>,
    /// Pages may name any folder.
    open: bool,
}

/// Finds files by their names. Clones share the folders.
#[derive(Resource, Clone, Debug, Default)]
pub struct Library(Arc<Folders>);

impl Library {
    /// The folders that the environment and the configuration name, in this order.
    #[must_use]
    pub fn from_config(config: &Config) -> Self {
        let all = |key| -> Vec<PathBuf> {
            let layers: Vec<Option<&Path>> = config.layers(key);
            layers.into_iter().flatten().map(Path::to_owned).collect()
        };
        let root = config.get(keys::WEBVIEW_ROOT);
        Self(Arc::new(Folders {
            models: all(keys::AI_LLM_MODEL_PATH),
            adapters: all(keys::AI_LLM_LORA_PATH),
            // The working directory may change while the app runs.
            root: std::path::absolute(root).unwrap_or_else(|_| root.to_owned()),
            mounts: config.mounts().map(|(folder, _)| folder).collect(),
            open: !config.get(keys::FILESYSTEM_SANDBOX_ENABLED),
        }))
    }

    /// The file of a name: in `folder` if one is given, else where the environment says, where the
    /// configuration says, and in the folder of pages. Blocks, so it is for jobs.
    ///
    /// Unless `trusted`, a name and a folder lead only to files below the folders of the
    /// configuration, whatever is in them and however they are linked.
    ///
    /// # Errors
    /// [`AiError::ModelNotFound`], which says where it was looked for.
    pub fn find(
        &self,
        shelf: Shelf,
        name: &str,
        folder: Option<&str>,
        trusted: bool,
    ) -> Result<PathBuf, AiError> {
        let not_found = |reason: String| AiError::ModelNotFound {
            name: name.to_owned(),
            reason,
        };
        if name.is_empty() || name.contains('\0') {
            return Err(not_found("it is no name of a file".to_owned()));
        }
        let folders = self.folders(shelf, folder);
        // What pages must not reach is not there for them.
        let may = |path: &PathBuf| trusted || self.0.open || self.is_inside(shelf, path);
        let mut found = folders.iter().filter_map(|it| existing(&it.join(name)));
        if let Some(path) = found.find(may) {
            return Ok(path);
        }
        let places: Vec<String> = folders
            .iter()
            .map(|folder| format!("'{}'", folder.display()))
            .collect();
        Err(not_found(format!("it is not in {}", places.join(", "))))
    }

    /// The models that [`find`](Self::find) finds by their names, sorted by these. The heads of
    /// their files are read. Blocks, so it is for jobs.
    #[must_use]
    pub fn models(&self, trusted: bool) -> Vec<ModelFile> {
        let mut found = BTreeMap::new();
        for folder in self.folders(Shelf::Models, None) {
            // What is missing has no models.
            let entries = fs::read_dir(&folder).into_iter().flatten();
            for entry in entries.flatten().take(ENTRIES_MAX) {
                let path = entry.path();
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                if path.extension().is_none_or(|it| it != EXTENSION) || found.contains_key(&*name) {
                    continue;
                }
                let may =
                    |real: &PathBuf| trusted || self.0.open || self.is_inside(Shelf::Models, real);
                let size = existing(&path)
                    .filter(may)
                    .and_then(|real| size_of_model(&real));
                if let Some(size) = size {
                    found.insert(name.into_owned(), listed(&folder, &path, size));
                }
                if found.len() == LISTED_MAX {
                    return found.into_values().collect();
                }
            }
        }
        found.into_values().collect()
    }

    fn own(&self, shelf: Shelf) -> &[PathBuf] {
        match shelf {
            Shelf::Models => &self.0.models,
            Shelf::Adapters => &self.0.adapters,
        }
    }

    /// The folders to look in, the first one first.
    fn folders(&self, shelf: Shelf, folder: Option<&str>) -> Vec<PathBuf> {
        match folder {
            Some(folder) => vec![self.0.root.join(folder)],
            None => {
                let own = self.own(shelf).iter();
                own.chain([&self.0.root]).cloned().collect()
            }
        }
    }

    fn is_inside(&self, shelf: Shelf, path: &Path) -> bool {
        let own = self.own(shelf).iter();
        let mut reach = own.chain(&self.0.mounts).chain([&self.0.root]);
        reach.any(|folder| {
            folder
                .canonicalize()
                .is_ok_and(|folder| path.starts_with(folder))
        })
    }
}

/// The file at a path, or at the path with the usual extension, without links.
fn existing(path: &Path) -> Option<PathBuf> {
    let is_file = |path: &Path| {
        let real = path.canonicalize().ok()?;
        real.is_file().then_some(real)
    };
    is_file(path).or_else(|| {
        let mut name = path.file_name()?.to_owned();
        name.push(".");
        name.push(EXTENSION);
        is_file(&path.with_file_name(name))
    })
}

/// The bytes of a file, if it holds a model.
fn size_of_model(path: &Path) -> Option<u64> {
    let file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    gguf::check(BufReader::new(file), size, Kind::Model).ok()?;
    Some(size)
}

fn listed(folder: &Path, path: &Path, size: u64) -> ModelFile {
    let text = |part: Option<&std::ffi::OsStr>| {
        let part = part.unwrap_or_default();
        part.to_string_lossy().into_owned()
    };
    ModelFile {
        name: text(path.file_stem()),
        filename: text(path.file_name()),
        directory: folder.to_string_lossy().into_owned(),
        size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files below a fresh folder, each of which holds its own path.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        dir
    }

    #[test]
    fn files_are_found_in_the_order_of_their_folders_and_nowhere_else() {
        let files = [
            "env/a.gguf",
            "config/a.gguf",
            "config/b.gguf",
            "root/a.gguf",
            "root/c.gguf",
            "root/sub/d.gguf",
            "mount/e.gguf",
            "outside/f.gguf",
            "lora/b.gguf",
        ];
        let dir = folder(&files);
        let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let outside = at("outside");
        std::os::unix::fs::symlink(at("outside/f.gguf"), at("root/link.gguf")).unwrap();
        let library = Library(Arc::new(Folders {
            models: vec![at("env").into(), at("config").into()],
            adapters: vec![at("lora").into()],
            root: at("root").into(),
            mounts: vec![at("mount").into()],
            open: false,
        }));
        for (name, folder, want) in [
            ("a.gguf", None, Ok("env/a.gguf")),
            ("a", None, Ok("env/a.gguf")),
            ("b", None, Ok("config/b.gguf")),
            ("c.gguf", None, Ok("root/c.gguf")),
            ("sub/d", None, Ok("root/sub/d.gguf")),
            ("d", Some("sub"), Ok("root/sub/d.gguf")),
            ("a", Some("."), Ok("root/a.gguf")),
            ("a", Some("../config"), Ok("config/a.gguf")),
            ("e", Some("../mount"), Ok("mount/e.gguf")),
            ("d", None, Err("it is not in '")),
            ("a", Some("nowhere"), Err("it is not in '")),
            ("", None, Err("it is no name")),
            ("sub", None, Err("it is not in '")),
            ("../outside/f.gguf", None, Err("it is not in '")),
            ("f", Some(&outside), Err("it is not in '")),
            ("link", None, Err("it is not in '")),
            ("/etc/passwd", None, Err("it is not in '")),
        ] {
            let found = library.find(Shelf::Models, name, folder, false);
            let want = want.map(|path| dir.path().canonicalize().unwrap().join(path));
            match (found, want) {
                (Ok(found), Ok(want)) => assert_eq!(found, want, "{name} {folder:?}"),
                (Err(error), Err(want)) => {
                    assert!(
                        error.to_string().contains(want),
                        "{name} {folder:?}: {error}"
                    );
                }
                (found, want) => panic!("{name} {folder:?}: {found:?}, not {want:?}"),
            }
        }
        let trusted = library.find(Shelf::Models, "f", Some(&outside), true);
        assert!(trusted.is_ok(), "{trusted:?}");
        let adapter = library.find(Shelf::Adapters, "b", None, false).unwrap();
        assert!(adapter.ends_with("lora/b.gguf"));
    }

    /// Models are listed as they are found: the first of a name, and no adapter or other file.
    #[test]
    fn models_are_listed_as_they_are_found() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/models");
        let dir = folder(&["env/junk.gguf", "env/readme.txt", "outside/x"]);
        let at = |name: &str| dir.path().join(name);
        for (from, to) in [
            ("tiny.gguf", "env/b.gguf"),
            ("tiny-lora.gguf", "env/lora.gguf"),
            ("tiny-chat.gguf", "config/a.gguf"),
            ("tiny-chat.gguf", "config/b.gguf"),
            ("tiny.gguf", "outside/c.gguf"),
        ] {
            fs::create_dir_all(at(to).parent().unwrap()).unwrap();
            fs::copy(fixtures.join(from), at(to)).unwrap();
        }
        std::os::unix::fs::symlink(at("outside/c.gguf"), at("env/c.gguf")).unwrap();
        let library = Library(Arc::new(Folders {
            models: vec![at("env"), at("config"), at("absent")],
            root: at("root"),
            ..Folders::default()
        }));
        let names = |trusted| -> Vec<(String, bool)> {
            let all = library.models(trusted).into_iter();
            all.map(|it| (it.name, it.directory.ends_with("env")))
                .collect()
        };
        let (a, b) = (("a".to_owned(), false), ("b".to_owned(), true));
        assert_eq!(names(false), [a.clone(), b.clone()]);
        assert_eq!(names(true), [a, b, ("c".to_owned(), true)]);
        let size = fs::metadata(fixtures.join("tiny.gguf")).unwrap().len();
        assert_eq!(library.models(false)[1].size, size);
    }
}
