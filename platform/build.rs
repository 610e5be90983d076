//! Compiles the web process extension, whose bytes become part of this crate: the runtime unpacks
//! them by itself, so that nothing has to be installed.

use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=extension/src");
    println!("cargo::rerun-if-changed=../engine/oro_engine/src/frame.rs");
    println!("cargo::rerun-if-changed=../engine/oro_engine/src/frame_queue.rs");
    println!("cargo::rerun-if-changed=../engine/oro_engine/src/region.rs");
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let out = PathBuf::from(var("OUT_DIR")).join("liboro_extension.so");
    if var("CARGO_CFG_TARGET_OS") != "linux" {
        return;
    }
    // One call of the compiler, with no crate but the standard library: another cargo inside this
    // one would need a lock, a folder and the network.
    let mut rustc = Command::new(var("RUSTC"));
    rustc
        .args([
            "--crate-name=oro_extension",
            "--crate-type=cdylib",
            "--edition=2024",
        ])
        .args([
            "-Copt-level=3",
            "-Cpanic=abort",
            "-Cstrip=symbols",
            "-Cdebuginfo=0",
        ])
        .args(["-Clto=fat", "-Ccodegen-units=1", "--cap-lints=allow"])
        .arg(format!("--target={}", var("TARGET")))
        .arg("-o")
        .arg(&out)
        .arg("extension/src/lib.rs");
    if let Ok(linker) = std::env::var("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={linker}"));
    }
    match rustc.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("the web process extension does not compile: {status}"),
        Err(error) => panic!("the compiler cannot be run: {error}"),
    }
}
