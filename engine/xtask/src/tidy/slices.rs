//! A service is a slice through the layers, with the same stem in each.
//!
//! Service `udp` is `components/src/udp.rs` (data), `systems/src/udp.rs` (behaviour), a line in
//! the plugin group of `systems/src/lib.rs`, `scripts/src/udp.ts` (the module of pages) and
//! `tests/it/udp.rs`. Any of the files may be a folder. What is irregular is listed here with its
//! reason, and an entry that nothing needs any more is an error too.

use std::collections::BTreeSet;

use super::{Repository, Violation};

/// Script modules that go by the name that Node or the web gives them.
const SCRIPT_NAMES: &[(&str, &str)] = &[("udp", "dgram")];

/// Services without a script module of their own.
const WITHOUT_SCRIPT: &[(&str, &str)] = &[
    ("diagnostics", "for tools and tests, by their routes"),
    ("direct", "a transport below `ipc`"),
    ("http", "for programs outside of the application"),
    ("mime", "one route, which pages call by name"),
    (
        "platform",
        "what `os`, `process` and the preload script stand on",
    ),
    ("resource", "pages load files by their addresses"),
];

/// Services whose tests are elsewhere.
const TESTED_ELSEWHERE: &[(&str, &str)] = &[];

/// Components that no single service owns.
const SHARED_COMPONENTS: &[(&str, &str)] = &[
    ("endpoint", "what oro_ai answers at the app's addresses"),
    ("host", "what the UI thread and the World tell each other"),
    ("llm", "what oro_ai's engine is asked and answers"),
    ("number", "numbers as the wire has them"),
];

/// Parts of systems that are no service: what several of them do alike.
const SHARED_SYSTEMS: &[(&str, &str)] = &[
    ("errno", "errors of the system as Node spells them"),
    ("folders", "where an application keeps what is its own"),
    ("sandbox", "what may be reached of the file system"),
    ("signal", "signals as Node spells them"),
];

/// Tests that are about no single service.
const SHARED_TESTS: &[(&str, &str)] = &[
    ("ai", "models, which are oro_ai's and no service"),
    ("embed", "a host program with a loop of its own"),
    ("harness", "an application under test"),
    ("lifecycle", "pause and resume of all services by the user"),
    ("main", "the modules of the test program"),
];

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let services = stems(repository, "systems/src");
    let components = stems(repository, "components/src");
    let scripts = repository.stems("scripts/src", "ts");
    let tests = repository.stems("tests/it", "rs");
    let plugins = repository.text("systems/src/lib.rs");

    let mut found = Vec::new();
    for service in services.iter().filter(|it| !is_shared_system(it)) {
        let slice = format!("systems/src/{service}");
        let mut missing = |what: String| {
            let message = format!("the service has no {what}");
            found.push(Violation::new(&*slice, message));
        };
        if !components.contains(service) {
            missing(format!("components/src/{service}.rs"));
        }
        if !is_in_group(&plugins, service) {
            missing(format!(
                "line `{service}:::…Plugin` in the plugin group of systems/src/lib.rs"
            ));
        }
        let script = lookup(SCRIPT_NAMES, service).unwrap_or(service);
        if !scripts.contains(script) && lookup(WITHOUT_SCRIPT, service).is_none() {
            missing(format!("scripts/src/{script}.ts"));
        }
        if !tests.contains(service) && lookup(TESTED_ELSEWHERE, service).is_none() {
            missing(format!("tests/it/{service}.rs"));
        }
    }
    for component in components.difference(&services) {
        if lookup(SHARED_COMPONENTS, component).is_none() {
            let message = format!("no service systems/src/{component}.rs uses it");
            found.push(Violation::new(
                format!("components/src/{component}"),
                message,
            ));
        }
    }
    for test in tests.difference(&services) {
        if lookup(SHARED_TESTS, test).is_none() {
            let message = "it tests no service of that name";
            found.push(Violation::new(format!("tests/it/{test}"), message));
        }
    }
    found.extend(neighbours(repository, &services));
    found.extend(unneeded(&services, &components, &scripts, &tests));
    found
}

/// Services that use each other. They meet in the World, through components and messages.
fn neighbours(repository: &Repository, services: &BTreeSet<&str>) -> Vec<Violation> {
    let mut found = Vec::new();
    for path in repository.files.iter().filter(|path| path.ends_with(".rs")) {
        let Some(own) = path.strip_prefix("systems/src/") else {
            continue;
        };
        let own = own.split(['/', '.']).next().unwrap_or_default();
        if own == "lib" {
            continue;
        }
        for (line, row) in repository.text(path).lines().enumerate() {
            let uses = |other: &&&str| row.contains(&format!("crate::{other}::")) && **other != own;
            for other in services
                .iter()
                .filter(uses)
                .filter(|it| !is_shared_system(it))
            {
                let message = format!("service `{own}` uses service `{other}`");
                found.push(Violation {
                    path: path.clone(),
                    line: Some(line + 1),
                    message,
                });
            }
        }
    }
    found
}

/// Exceptions that no longer are any.
fn unneeded(
    services: &BTreeSet<&str>,
    components: &BTreeSet<&str>,
    scripts: &BTreeSet<&str>,
    tests: &BTreeSet<&str>,
) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut check = |table: &str, entries: &[(&str, &str)], needs: &dyn Fn(&str) -> bool| {
        for (name, _) in entries.iter().filter(|(name, _)| !needs(name)) {
            let message = format!("`{name}` in {table} is no exception any more");
            found.push(Violation::new("engine/xtask/src/tidy/slices.rs", message));
        }
    };
    // A small repository, as in the tests of the rules, has none of them.
    if !services.is_empty() && tests.contains("main") {
        let is_service = |name: &str| services.contains(name);
        check("WITHOUT_SCRIPT", WITHOUT_SCRIPT, &|it| {
            is_service(it) && !scripts.contains(it)
        });
        check("TESTED_ELSEWHERE", TESTED_ELSEWHERE, &|it| {
            is_service(it) && !tests.contains(it)
        });
        check("SHARED_COMPONENTS", SHARED_COMPONENTS, &|it| {
            components.contains(it) && !is_service(it)
        });
        check("SHARED_SYSTEMS", SHARED_SYSTEMS, &|it| {
            is_service(it) && !components.contains(it)
        });
        check("SHARED_TESTS", SHARED_TESTS, &|it| {
            tests.contains(it) && !is_service(it)
        });
    }
    found
}

fn is_shared_system(name: &str) -> bool {
    lookup(SHARED_SYSTEMS, name).is_some()
}

fn stems<'r>(repository: &'r Repository, dir: &str) -> BTreeSet<&'r str> {
    let mut stems = repository.stems(dir, "rs");
    stems.remove("lib");
    stems
}

fn lookup<'t>(table: &[(&str, &'t str)], name: &str) -> Option<&'t str> {
    table
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| *value)
}

/// Whether the plugin group has a line `udp:::UdpPlugin,`.
fn is_in_group(plugins: &str, service: &str) -> bool {
    let line = format!("{service}:::");
    plugins.lines().any(|it| {
        it.trim()
            .strip_prefix(&line)
            .is_some_and(|rest| rest.trim_end_matches(',').ends_with("Plugin"))
    })
}
