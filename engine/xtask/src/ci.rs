//! Everything that must hold before a change lands, cheapest first.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::{Outcome, codegen, process, setup, test, tidy};

type Step<'s> = (&'static str, &'s dyn Fn() -> Outcome);

/// Runs all checks; stops at the first that fails.
pub fn run(root: &Path) -> Outcome {
    let cargo = |words: &[&str]| process::run(root, "cargo", words);
    let doc = || {
        let mut doc = Command::new("cargo");
        doc.args([
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ])
        .env("RUSTDOCFLAGS", "-D warnings")
        .current_dir(root);
        process::run_command(doc)
    };
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    // With the profile of the tests: what is checked is that they build, not how fast they are.
    let benches = [
        "bench",
        "--package",
        "oro_benches",
        "--no-run",
        "--profile",
        "dev",
    ];
    let steps: &[Step<'_>] = &[
        ("setup", &|| {
            setup::run(setup::Need::Scripts).and_then(|()| components(root))
        }),
        ("format", &|| cargo(&["fmt", "--all", "--check"])),
        ("tidy", &|| tidy::run(root)),
        ("clippy", &|| cargo(&clippy)),
        ("codegen", &|| codegen::run(root, codegen::Mode::Check)),
        ("doc", &doc),
        ("test", &|| test::run(root)),
        ("benches", &|| cargo(&benches)),
    ];
    let start = Instant::now();
    for (name, step) in steps {
        let step_start = Instant::now();
        println!("\n--- {name}");
        step().map_err(|error| format!("{name}: {error}"))?;
        println!("--- {name}: {:.1} s", step_start.elapsed().as_secs_f32());
    }
    println!(
        "\nci: all checks pass, {:.0} s",
        start.elapsed().as_secs_f32()
    );
    Ok(())
}

/// rustfmt and clippy, which a minimal toolchain lacks.
fn components(root: &Path) -> Outcome {
    let works = |tool: &str| {
        let mut cargo = Command::new("cargo");
        cargo.args([tool, "--version"]).current_dir(root);
        cargo.output().is_ok_and(|output| output.status.success())
    };
    if works("fmt") && works("clippy") {
        return Ok(());
    }
    process::run(root, "rustup", ["component", "add", "rustfmt", "clippy"])
}
