//! Versions and lints are the workspace's, and each crate has the fences of its layer.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{Repository, Violation};

/// What clippy keeps out of a crate: some paths that its `clippy.toml` must name.
const FENCES: &[(&str, &[&str])] = &[
    (
        "engine/oro_engine",
        &["std::fs::read", "std::fs::File", "std::net::TcpStream"],
    ),
    (
        "components",
        &[
            "std::fs::read",
            "std::net::TcpStream",
            "std::time::Instant::now",
        ],
    ),
    (
        "systems",
        &[
            "std::thread::spawn",
            "std::sync::mpsc::channel",
            "crossbeam::channel::unbounded",
        ],
    ),
    (
        "platform",
        &["std::fs::read", "std::fs::File", "std::sync::mpsc::channel"],
    ),
    ("ai", &["std::thread::spawn", "std::sync::mpsc::channel"]),
    ("scripts", &["std::fs::read", "std::fs::File"]),
    ("engine/oro", &["std::fs::read", "std::thread::spawn"]),
];

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let manifests = repository
        .files
        .iter()
        .filter_map(|path| path.strip_suffix("/Cargo.toml"));
    let mut found: Vec<_> = manifests
        .flat_map(|dir| manifest(repository, dir))
        .collect();
    let fences = FENCES
        .iter()
        .filter(|(dir, _)| repository.has(&format!("{dir}/Cargo.toml")));
    found.extend(fences.flat_map(|(dir, paths)| fence(repository, dir, paths)));
    found
}

fn manifest(repository: &Repository, dir: &str) -> Vec<Violation> {
    let path = format!("{dir}/Cargo.toml");
    let table = match repository.text(&path).parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            return vec![Violation::new(
                path,
                format!("not TOML: {}", error.message()),
            )];
        }
    };
    // A workspace of its own (the fuzz targets) has nothing to inherit.
    if table.contains_key("workspace") {
        return Vec::new();
    }
    let mut found = Vec::new();
    if !is_on(table.get("lints"), "workspace") {
        found.push(Violation::new(&*path, "write `[lints] workspace = true`"));
    }
    for name in dependencies(&table)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| (!is_on(Some(value), "workspace")).then_some(name))
    {
        let message = format!("write `{name}.workspace = true`: versions are in the root manifest");
        found.push(Violation::new(&*path, message));
    }
    found
}

/// The dependency tables of a manifest, those for a target included.
fn dependencies(table: &Table) -> Vec<&Table> {
    let targets = table.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values());
    let holders = targets.filter_map(Value::as_table).chain([table]);
    holders
        .flat_map(|holder| {
            ["dependencies", "dev-dependencies", "build-dependencies"]
                .iter()
                .filter_map(|kind| holder.get(*kind)?.as_table())
        })
        .collect()
}

fn is_on(value: Option<&Value>, key: &str) -> bool {
    value
        .and_then(|value| value.get(key))
        .and_then(Value::as_bool)
        == Some(true)
}

fn fence(repository: &Repository, dir: &str, required: &[&str]) -> Vec<Violation> {
    let path = format!("{dir}/clippy.toml");
    let table = repository.text(&path).parse::<Table>().unwrap_or_default();
    let rows: Vec<&Table> = ["disallowed-methods", "disallowed-types"]
        .iter()
        .filter_map(|key| table.get(*key)?.as_array())
        .flatten()
        .filter_map(Value::as_table)
        .collect();
    let word = |row: &Table, key: &str| {
        row.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let fenced: BTreeSet<String> = rows.iter().map(|row| word(row, "path")).collect();
    let missing = required.iter().filter(|path| !fenced.contains(**path));
    let mut found: Vec<_> = missing
        .map(|fenced| Violation::new(&*path, format!("does not keep `{fenced}` out")))
        .collect();
    let unexplained = rows.iter().filter(|row| word(row, "reason").is_empty());
    found.extend(unexplained.map(|row| {
        Violation::new(
            &*path,
            format!("give a reason and a way out for `{}`", word(row, "path")),
        )
    }));
    found
}
