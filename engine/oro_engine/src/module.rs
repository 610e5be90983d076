//! JavaScript that the runtime offers to pages; provided by the scripts crate, served by the
//! platform crate.

use bevy_ecs::prelude::Resource;

/// The library of modules, and the script that runs before a page's own.
#[derive(Resource, Clone, Copy, Debug)]
pub struct ModuleLibrary {
    /// Runs in each document of the application before any other script.
    pub preload: &'static str,
    /// File name below `/oro/` (`fs/promises.js`, shared chunks too) and source, sorted by name.
    pub files: &'static [(&'static str, &'static str)],
    /// Names that `oro:` imports, without extension (`fs/promises`), sorted.
    pub modules: &'static [&'static str],
    /// Names that `node:` imports; a subset of [`modules`](Self::modules), sorted.
    pub node: &'static [&'static str],
}

impl ModuleLibrary {
    /// The source of a file below `/oro/`.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&'static str> {
        let at = self
            .files
            .binary_search_by_key(&name, |(name, _)| name)
            .ok()?;
        self.files.get(at).map(|(_, source)| *source)
    }

    /// Whether `oro:<name>` may be imported.
    #[must_use]
    pub fn has_module(&self, name: &str) -> bool {
        self.modules.binary_search(&name).is_ok()
    }

    /// Whether `node:<name>` may be imported.
    #[must_use]
    pub fn has_node_module(&self, name: &str) -> bool {
        self.node.binary_search(&name).is_ok()
    }
}
