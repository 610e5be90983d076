//! Which crate may use which: the layers, and what is kept out of each.
//!
//! An edge between crates of the workspace that is not listed here is an error. From the outside,
//! a crate has a list of what it may use (`only`) or of what it may not (`never`).

use serde_json::Value as Json;

use super::{Repository, Violation};

struct Layer {
    name: &'static str,
    /// Crates of the workspace that it may use.
    uses: &'static [&'static str],
    /// Crates from outside that it may use, if these are few.
    only: Option<&'static [&'static str]>,
    /// Crates from outside that it must not use, and why.
    never: &'static [(&'static [&'static str], &'static str)],
}

const WINDOWS: (&[&str], &str) = (
    &[
        "wry",
        "tao",
        "gtk",
        "gdk",
        "glib",
        "webkit2gtk",
        "webkit2gtk-sys",
        "soup",
        "javascriptcore-rs",
        "javascriptcore-rs-sys",
    ],
    "windows and WebViews are oro_platform's",
);

const DEVICES: (&[&str], &str) = (
    &["mio", "notify", "socket2", "sysinfo"],
    "sockets, watchers and processes are oro_systems'",
);

/// Other schedules, and other sources of types.
const NOWHERE: (&[&str], &str) = (
    &[
        "bevy",
        "bevy_state",
        "bevy_time",
        "async-std",
        "smol",
        "ts-rs",
    ],
    "there is one loop, one schedule and one source of types",
);

/// Asynchronous runtimes, which only a service may hide inside of itself.
const RUNTIMES: (&[&str], &str) = (&["tokio", "hyper"], "there is one loop, the engine's");

const ALL: &[&str] = &[
    "oro_engine",
    "oro_components",
    "oro_systems",
    "oro_platform",
    "oro_ai",
    "oro_scripts",
];

const LAYERS: &[Layer] = &[
    Layer {
        name: "oro_engine",
        uses: &[],
        only: None,
        never: &[
            WINDOWS,
            RUNTIMES,
            (
                &["notify", "socket2", "sysinfo", "clap"],
                "the engine does no I/O but to wait",
            ),
        ],
    },
    Layer {
        name: "oro_components",
        uses: &["oro_engine"],
        only: Some(&[
            "bevy_ecs",
            "bytes",
            "schemars",
            "serde",
            "serde_json",
            "thiserror",
        ]),
        never: &[],
    },
    Layer {
        name: "oro_systems",
        uses: &["oro_engine", "oro_components"],
        only: None,
        never: &[WINDOWS],
    },
    Layer {
        name: "oro_platform",
        uses: &["oro_engine", "oro_components"],
        only: None,
        never: &[DEVICES, RUNTIMES],
    },
    Layer {
        name: "oro_ai",
        uses: &["oro_engine", "oro_components", "oro_kernels"],
        only: None,
        never: &[WINDOWS, DEVICES, RUNTIMES],
    },
    // Compiles for minutes, so that it must not change with anything else.
    Layer {
        name: "oro_kernels",
        uses: &[],
        only: Some(&["cc", "cmake", "llama-cpp-sys-2"]),
        never: &[],
    },
    Layer {
        name: "oro_scripts",
        uses: &["oro_engine"],
        only: Some(&["bevy_app"]),
        never: &[],
    },
    Layer {
        name: "oro",
        uses: ALL,
        only: Some(&["bevy_app", "bevy_ecs"]),
        never: &[],
    },
    // Loaded into the web process of WebKit, where it must weigh nothing.
    Layer {
        name: "oro_extension",
        uses: &[],
        only: Some(&[]),
        never: &[],
    },
    Layer {
        name: "oro_cli",
        uses: &["oro"],
        only: None,
        never: &[WINDOWS, DEVICES, RUNTIMES],
    },
    Layer {
        name: "oro_tests",
        uses: &["oro"],
        only: None,
        never: &[],
    },
    Layer {
        name: "oro_benches",
        uses: &["oro", "oro_kernels"],
        only: None,
        never: &[],
    },
    Layer {
        name: "xtask",
        uses: &[],
        only: Some(&["serde", "serde_json", "toml"]),
        never: &[],
    },
];

/// What any crate may use in its tests.
const TEST_CRATES: &[&str] = &["criterion", "expect-test", "proptest", "tempfile"];

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let packages = array(&repository.metadata["packages"]);
    let members: Vec<&str> = packages
        .iter()
        .map(|package| text(&package["name"]))
        .collect();
    let mut found = Vec::new();
    for package in packages {
        let manifest = repository.relative(text(&package["manifest_path"]));
        let name = text(&package["name"]);
        let layer = LAYERS.iter().find(|layer| layer.name == name);
        let is_example = manifest.starts_with("examples/");
        if layer.is_none() && !is_example {
            let message = format!("`{name}` is not a layer, see tidy/layers.rs");
            found.push(Violation::new(manifest.clone(), message));
        }
        for dependency in array(&package["dependencies"]) {
            let used = text(&dependency["name"]);
            let refusal = if members.contains(&used) {
                let may = layer.map_or(is_example && used == "oro", |it| it.uses.contains(&used));
                (!may).then(|| format!("`{name}` may not use `{used}`: see the layers"))
            } else {
                let in_tests = text(&dependency["kind"]) == "dev";
                outside(layer, used, in_tests).map(|why| format!("`{name}` may not use {why}"))
            };
            found.extend(refusal.map(|message| Violation::new(manifest.clone(), message)));
        }
    }
    found
}

/// Why a layer may not use a crate from outside.
fn outside(layer: Option<&Layer>, used: &str, in_tests: bool) -> Option<String> {
    let fences = layer
        .map_or(&[][..], |layer| layer.never)
        .iter()
        .chain([&NOWHERE]);
    for (names, why) in fences {
        if names.contains(&used) {
            return Some(format!("`{used}`: {why}"));
        }
    }
    let only = layer.and_then(|layer| layer.only)?;
    let may = only.contains(&used) || (in_tests && TEST_CRATES.contains(&used));
    (!may).then(|| format!("`{used}`: from outside it uses {}", list(only)))
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        format!("only {}", names.join(", "))
    }
}

fn array(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

impl Repository {
    /// A path that cargo gave, from the root.
    fn relative(&self, path: &str) -> String {
        let root = self
            .root
            .canonicalize()
            .unwrap_or_else(|_| self.root.clone());
        let relative = std::path::Path::new(path).strip_prefix(&root).ok();
        relative.map_or_else(
            || path.to_owned(),
            |path| path.to_string_lossy().replace('\\', "/"),
        )
    }
}
