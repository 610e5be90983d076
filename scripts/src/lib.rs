//! The JavaScript library of Oro, embedded: the modules that pages import as `oro:*`, and the
//! script that runs before them.
//!
//! The sources are the TypeScript files beside this one; `npm run build` in this crate's folder
//! makes `dist/` and the table in [`modules`] from them. Both are committed, so that a Rust build
//! needs no Node.

use bevy_app::{App, Plugin};
use oro_engine::module::ModuleLibrary;

#[rustfmt::skip]
pub mod modules;

/// The library, for whoever serves it.
pub const LIBRARY: ModuleLibrary = ModuleLibrary {
    preload: modules::PRELOAD,
    files: modules::FILES,
    modules: modules::MODULES,
    node: modules::NODE,
};

/// Offers the library to pages: inserts [`ModuleLibrary`].
#[derive(Default)]
pub struct ScriptsPlugin;

impl Plugin for ScriptsPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(LIBRARY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a module imports, by the relative names in its source.
    fn imports(source: &str) -> impl Iterator<Item = &str> {
        ["from\"", "import\""].into_iter().flat_map(move |before| {
            source.match_indices(before).filter_map(move |(at, _)| {
                let rest = source.get(at + before.len()..)?;
                rest.split('"').next().filter(|name| name.starts_with('.'))
            })
        })
    }

    fn resolve(importer: &str, specifier: &str) -> String {
        let mut path: Vec<&str> = importer.split('/').collect();
        path.pop();
        for part in specifier.split('/') {
            match part {
                "." => {}
                ".." => {
                    path.pop();
                }
                part => path.push(part),
            }
        }
        path.join("/")
    }

    #[test]
    fn every_name_leads_to_a_file() {
        for name in modules::MODULES {
            let file = format!("{name}.js");
            assert!(LIBRARY.file(&file).is_some(), "no {file}");
            assert!(
                LIBRARY.has_module(name),
                "{name} is not found: the list is not sorted"
            );
        }
        for name in modules::NODE {
            assert!(LIBRARY.has_module(name), "node:{name} has no module");
            assert!(
                LIBRARY.has_node_module(name),
                "{name} is not found: the list is not sorted"
            );
        }
        assert_eq!(LIBRARY.file("nothing.js"), None);
        assert!(!LIBRARY.has_module("chunks") && !LIBRARY.has_node_module("ipc"));
    }

    #[test]
    fn files_import_only_files_of_the_library() {
        let mut found = 0;
        for (name, source) in modules::FILES {
            assert!(
                LIBRARY.file(name).is_some(),
                "{name} is not found: the table is not sorted"
            );
            for specifier in imports(source) {
                let target = resolve(name, specifier);
                assert!(
                    LIBRARY.file(&target).is_some(),
                    "{name} imports {specifier}"
                );
                found += 1;
            }
        }
        assert!(
            found > modules::MODULES.len(),
            "only {found} imports were found"
        );
    }

    #[test]
    fn a_bare_page_loads_little() {
        assert!(
            // Most of it is the direct bridge and its port for workers, then the batched messages
            // and the queued bodies, which take over in documents that have no direct bridge.
            modules::PRELOAD.len() < 23_500,
            "the preload has {}",
            modules::PRELOAD.len()
        );
        for (name, source) in modules::FILES {
            assert!(source.len() < 100_000, "{name} has {} bytes", source.len());
        }
    }

    #[test]
    fn the_plugin_offers_the_library() {
        let mut app = App::new();
        app.add_plugins(ScriptsPlugin);
        let library = app.world().get_resource::<ModuleLibrary>();
        assert!(library.is_some_and(|library| library.has_module("fs/promises")));
    }
}
