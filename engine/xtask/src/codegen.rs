//! What is generated and checked in: the types of the routes, and the built script library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, process};

const ROUTES: &str = "scripts/src/generated/routes.ts";

/// Whether files are written or only compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write them.
    Write,
    /// Fail with the names of those that differ.
    Check,
}

/// Generates everything that is checked in.
pub fn run(root: &Path, mode: Mode) -> Outcome {
    let mut oroc = Command::new(build_oroc(root, false)?);
    oroc.args(["routes", "--format", "ts"]).current_dir(root);
    let routes = process::read(oroc)?;
    let path = root.join(ROUTES);
    let differs = fs::read_to_string(&path).ok().as_deref() != Some(routes.as_str());
    match mode {
        Mode::Write if differs => {
            if let Some(dir) = path.parent() {
                fs::create_dir_all(dir)?;
            }
            fs::write(&path, routes).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Mode::Check if differs => return Err(stale(ROUTES)),
        Mode::Write | Mode::Check => {}
    }

    let scripts = root.join("scripts");
    install_packages(&scripts)?;
    let task = if mode == Mode::Check {
        "build:check"
    } else {
        "build"
    };
    let built = process::run(&scripts, "npm", ["run", "--silent", task]);
    built.map_err(|error| {
        if mode == Mode::Check {
            stale("scripts/dist")
        } else {
            error
        }
    })
}

fn stale(what: &str) -> Box<dyn std::error::Error> {
    format!("{what} is not what would be generated; run `cargo xtask codegen`").into()
}

/// Installs the locked npm packages, unless they are there and no older than the lock file.
pub fn install_packages(scripts: &Path) -> Outcome {
    let modified = |path: PathBuf| {
        fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let installed = modified(scripts.join("node_modules/.package-lock.json"));
    let locked = modified(scripts.join("package-lock.json"));
    if installed.is_some() && installed >= locked {
        return Ok(());
    }
    process::run(scripts, "npm", ["ci", "--no-audit", "--no-fund"])
}

/// Builds `oroc` and tells where it is.
pub fn build_oroc(root: &Path, release: bool) -> Outcome<PathBuf> {
    let mut words = vec!["build", "--package", "oro_cli"];
    if release {
        words.push("--release");
    }
    process::run(root, "cargo", words)?;
    let profile = if release { "release" } else { "debug" };
    let name = format!("oroc{}", std::env::consts::EXE_SUFFIX);
    Ok(target_dir(root)?.join(profile).join(name))
}

/// Cargo's target folder, wherever the environment or a configuration puts it.
pub fn target_dir(root: &Path) -> Outcome<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root);
    let metadata: serde_json::Value = serde_json::from_str(&process::read(cargo)?)?;
    let dir = metadata["target_directory"]
        .as_str()
        .ok_or("cargo names no target folder")?;
    Ok(PathBuf::from(dir))
}
