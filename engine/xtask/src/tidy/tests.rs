//! One rule broken at a time, in a small repository.

use std::fs;
use std::path::Path;

use super::*;

const CRATE: &str = "[lints]\nworkspace = true\n";

/// A repository of two layers and one service that breaks no rule.
fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let git = Command::new("git")
        .args(["init", "--quiet"])
        .current_dir(root)
        .status();
    assert!(git.unwrap().success());
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{CRATE}{rest}")
    };
    let fence = |paths: &[&str]| {
        let rows = paths
            .iter()
            .map(|path| format!("{{ path = \"{path}\", reason = \"no\" }},"));
        format!("disallowed-methods = [{}]", rows.collect::<String>())
    };
    let workspace = "[workspace]\nresolver = \"3\"\n\
        members = [\"engine/oro_engine\", \"components\", \"systems\"]\n\
        [workspace.dependencies]\n\
        oro_engine = { path = \"engine/oro_engine\" }\n\
        oro_components = { path = \"components\" }\n\
        oro_systems = { path = \"systems\" }\n\
        wry = \"1\"\nmio = \"1\"\nsmol = \"1\"\n[workspace.lints]\n";
    let engine = ["std::fs::read", "std::fs::File", "std::net::TcpStream"];
    let components = [
        "std::fs::read",
        "std::net::TcpStream",
        "std::time::Instant::now",
    ];
    let systems = [
        "std::thread::spawn",
        "std::sync::mpsc::channel",
        "crossbeam::channel::unbounded",
    ];
    let uses_engine = "[dependencies]\noro_engine.workspace = true\n";
    let uses_both = format!("{uses_engine}oro_components.workspace = true\n");
    let group = "//! Services.\nplugin_group! {\n    pub struct ServicePlugins {\n        \
        udp:::UdpPlugin,\n    }\n}\n";
    let files = [
        ("Cargo.toml", workspace.to_owned()),
        ("README.md", "Oro".to_owned()),
        ("engine/oro_engine/Cargo.toml", package("oro_engine", "")),
        ("engine/oro_engine/clippy.toml", fence(&engine)),
        ("engine/oro_engine/src/lib.rs", "//! Engine.\n".to_owned()),
        (
            "components/Cargo.toml",
            package("oro_components", uses_engine),
        ),
        ("components/clippy.toml", fence(&components)),
        ("components/src/lib.rs", "//! Components.\n".to_owned()),
        ("components/src/udp.rs", "//! Sockets.\n".to_owned()),
        ("systems/Cargo.toml", package("oro_systems", &uses_both)),
        ("systems/clippy.toml", fence(&systems)),
        ("systems/src/lib.rs", group.to_owned()),
        ("systems/src/udp.rs", "//! Sockets.\n".to_owned()),
        ("scripts/src/dgram.ts", "export {};\n".to_owned()),
        ("tests/it/udp.rs", "//! Sockets.\n".to_owned()),
    ];
    for (path, text) in files {
        write(root, path, text);
    }
    dir
}

fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Appends to a file, or makes it.
fn append(root: &Path, path: &str, text: &str) {
    let old = fs::read_to_string(root.join(path)).unwrap_or_default();
    write(root, path, old + text);
}

/// Changes a fresh repository, and compares what the rules find.
#[track_caller]
fn check_rule(change: impl Fn(&Path), expected: &[&str]) {
    let dir = repository();
    change(dir.path());
    let found = check(&Repository::open(dir.path()).unwrap());
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_good_repository_breaks_no_rule() {
    check_rule(|_| {}, &[]);
}

#[test]
fn the_root_is_fixed() {
    let message = "not an entry of the root: folders are layers, see tidy/roots.rs";
    check_rule(
        |root| write(root, "src/x.txt", "x"),
        &[&format!("src: {message}")],
    );
    check_rule(
        |root| write(root, "notes.md", "x"),
        &[&format!("notes.md: {message}")],
    );
    check_rule(|root| write(root, ".ci/run", "x"), &[]);
    // What git ignores is not part of the repository.
    let ignored = |root: &Path| {
        write(root, ".gitignore", "/target\n");
        write(root, "target/x.txt", "x");
    };
    check_rule(ignored, &[]);
}

#[test]
fn layers_point_down() {
    check_rule(
        |root| {
            append(
                root,
                "components/Cargo.toml",
                "oro_systems.workspace = true\n",
            )
        },
        &["components/Cargo.toml: `oro_components` may not use `oro_systems`: see the layers"],
    );
    check_rule(
        |root| append(root, "systems/Cargo.toml", "wry.workspace = true\n"),
        &["systems/Cargo.toml: `oro_systems` may not use `wry`: \
           windows and WebViews are oro_platform's"],
    );
    check_rule(
        |root| {
            let target = "[target.'cfg(unix)'.dev-dependencies]\nmio.workspace = true\n";
            append(root, "components/Cargo.toml", target);
        },
        &[
            "components/Cargo.toml: `oro_components` may not use `mio`: from outside it uses \
           only bevy_ecs, bytes, schemars, serde, serde_json, thiserror",
        ],
    );
    check_rule(
        |root| append(root, "systems/Cargo.toml", "smol.workspace = true\n"),
        &["systems/Cargo.toml: `oro_systems` may not use `smol`: \
           there is one loop, one schedule and one source of types"],
    );
    check_rule(
        |root| {
            let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
            write(
                root,
                "Cargo.toml",
                manifest.replace("\"systems\"]", "\"systems\", \"ai\"]"),
            );
            let package = format!("[package]\nname = \"extra\"\nedition = \"2024\"\n{CRATE}");
            write(root, "ai/Cargo.toml", package);
            write(root, "ai/src/lib.rs", "//! Extra.\n");
            let fence = "disallowed-methods = [\
                { path = \"std::thread::spawn\", reason = \"no\" },\
                { path = \"std::sync::mpsc::channel\", reason = \"no\" }]";
            write(root, "ai/clippy.toml", fence);
        },
        &["ai/Cargo.toml: `extra` is not a layer, see tidy/layers.rs"],
    );
}

#[test]
fn manifests_leave_versions_and_lints_to_the_workspace() {
    check_rule(
        |root| append(root, "systems/Cargo.toml", "mio = \"1\"\n"),
        &["systems/Cargo.toml: write `mio.workspace = true`: versions are in the root manifest"],
    );
    check_rule(
        |root| {
            let manifest = fs::read_to_string(root.join("systems/Cargo.toml")).unwrap();
            write(root, "systems/Cargo.toml", manifest.replace(CRATE, ""));
        },
        &["systems/Cargo.toml: write `[lints] workspace = true`"],
    );
}

#[test]
fn each_layer_has_its_fences() {
    check_rule(
        |root| fs::remove_file(root.join("systems/clippy.toml")).unwrap(),
        &[
            "systems/clippy.toml: does not keep `crossbeam::channel::unbounded` out",
            "systems/clippy.toml: does not keep `std::sync::mpsc::channel` out",
            "systems/clippy.toml: does not keep `std::thread::spawn` out",
        ],
    );
    check_rule(
        |root| {
            append(
                root,
                "components/clippy.toml",
                "\ndisallowed-types = [{ path = \"a::B\" }]",
            )
        },
        &["components/clippy.toml: give a reason and a way out for `a::B`"],
    );
}

#[test]
fn slices_are_complete() {
    let remove = |path: &'static str| move |root: &Path| fs::remove_file(root.join(path)).unwrap();
    check_rule(
        remove("components/src/udp.rs"),
        &["systems/src/udp: the service has no components/src/udp.rs"],
    );
    check_rule(
        remove("systems/src/udp.rs"),
        &[
            "components/src/udp: no service systems/src/udp.rs uses it",
            "tests/it/udp: it tests no service of that name",
        ],
    );
    check_rule(
        remove("scripts/src/dgram.ts"),
        &["systems/src/udp: the service has no scripts/src/dgram.ts"],
    );
    check_rule(
        remove("tests/it/udp.rs"),
        &["systems/src/udp: the service has no tests/it/udp.rs"],
    );
    check_rule(
        |root| {
            write(
                root,
                "systems/src/lib.rs",
                "//! Services.\n// udp:::UdpPlugin,\n",
            )
        },
        &[
            "systems/src/udp: the service has no line `udp:::…Plugin` in the plugin group \
           of systems/src/lib.rs",
        ],
    );
    check_rule(
        |root| append(root, "systems/src/udp.rs", "use crate::udp::Socket;\n"),
        &[],
    );
    check_rule(
        |root| {
            for path in [
                "components/src/tcp.rs",
                "scripts/src/tcp.ts",
                "tests/it/tcp.rs",
            ] {
                write(root, path, "//! Streams.\n");
            }
            let group = "//! Services.\n    udp:::UdpPlugin,\n    tcp:::TcpPlugin,\n";
            write(root, "systems/src/lib.rs", group);
            write(
                root,
                "systems/src/tcp/mod.rs",
                "//! Streams.\nuse crate::udp::Socket;\n",
            );
        },
        &["systems/src/tcp/mod.rs:2: service `tcp` uses service `udp`"],
    );
    // A service that has grown is a folder.
    let folder = |root: &Path| {
        fs::remove_file(root.join("components/src/udp.rs")).unwrap();
        write(root, "components/src/udp/mod.rs", "//! Sockets.\n");
    };
    check_rule(folder, &[]);
}

#[test]
fn files_are_small_documented_and_clean() {
    let path = "engine/oro_engine/src/lib.rs";
    let lines = |count| format!("//! X.\n{}", "// x\n".repeat(count));
    check_rule(|root| write(root, path, lines(799)), &[]);
    let long = format!("{path}: 801 lines, at most 800: split it");
    check_rule(|root| write(root, path, lines(800)), &[&long]);
    check_rule(
        |root| write(root, "scripts/src/generated/a.ts", lines(900)),
        &[],
    );

    let undocumented = format!("{path}: begin with `//!`: what the module is for");
    check_rule(|root| write(root, path, "#![no_std]\n\n//! X.\n"), &[]);
    for text in ["", "pub mod a;\n", "//!\n", "// ! x\n"] {
        check_rule(|root| write(root, path, text), &[&undocumented]);
    }

    let left = |text: &str, expected: &[&str]| {
        check_rule(
            |root| write(root, path, format!("//! X.\n{text}\n")),
            expected,
        );
    };
    let why = "do it, or write down what is missing where users look";
    left("// MASTODON", &[]);
    left(
        concat!("// TO", "DO: x"),
        &[&format!(
            concat!("{}:2: `// TO", "DO` left behind: {}"),
            path, why
        )],
    );
    left(
        concat!("// FIX", "ME"),
        &[&format!(
            concat!("{}:2: `FIX", "ME` left behind: {}"),
            path, why
        )],
    );
    let aid = format!(
        concat!("{}:2: `dbg", "!(` left behind: a debugging aid"),
        path
    );
    left(concat!("dbg", "!(1);"), &[&aid]);
    let idle = "a test that does not run proves nothing";
    let idle = format!(concat!("{}:2: `#[ign", "ore` left behind: {}"), path, idle);
    left(concat!("#[ign", "ore = \"slow\"]"), &[&idle]);

    let lint = "write `#[expect(…, reason = …)]`, which tells when it is not needed";
    let lint = format!(concat!("{}:2: `#[al", "low(` left behind: {}"), path, lint);
    left(concat!("#[al", "low(dead_code)]"), &[&lint]);
    check_rule(
        |root| {
            write(
                root,
                "engine/oro/src/lib.rs",
                "//! Facade.\n// A fn.\npub fn run() {}\n",
            )
        },
        &["engine/oro/src/lib.rs:3: the facade has code of its own: \
           only `pub use` and plugin groups"],
    );

    let outside = concat!("See ../sha", "red/spec.\n");
    check_rule(
        |root| append(root, "README.md", outside),
        &["README.md:1: names a place outside of the repository"],
    );
    let blob = vec![0xff; 100_001];
    check_rule(
        |root| write(root, "tests/blob.bin", &blob),
        &["tests/blob.bin: 100001 bytes, at most 100000: see LARGE in tidy"],
    );
    check_rule(|root| write(root, "tests/fixtures/blob.bin", &blob), &[]);
}

#[test]
fn invariants_name_checks_that_exist() {
    let rules = "| rule | check |\n|---|---|\n| a | `it_does_hold_so`, `tests/it` |\n\
        | b | `only_three_words`, `clippy::x`, `tests/it/udp.rs` |\n";
    let test = |root: &Path| append(root, "tests/it/udp.rs", "fn it_does_hold_so() {}\n");
    check_rule(
        |root| {
            write(root, "ARCHITECTURE.md", rules);
            test(root);
        },
        &[],
    );
    check_rule(
        |root| write(root, "ARCHITECTURE.md", rules.replace("/udp", "/tcp")),
        &[
            "ARCHITECTURE.md:3: `it_does_hold_so` is named as a check and does not exist",
            "ARCHITECTURE.md:4: `tests/it/tcp.rs` is named as a check and does not exist",
        ],
    );
}
