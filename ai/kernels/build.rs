//! Compiles llama.cpp's kernels once more for each kind of processor that is better than the least
//! one that the program runs on.
//!
//! llama.cpp itself offers this as shared libraries beside the program. One file is worth more to
//! us, so each kind becomes one object of which a single function is visible: the one that tells
//! llama.cpp of its backend.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A kind of processor, and what llama.cpp's build calls its instructions. `src/lib.rs` has the
/// same ones, with what Linux calls them.
struct Kind {
    name: &'static str,
    options: &'static [&'static [&'static str]],
}

const KINDS: &[Kind] = &[
    Kind {
        name: "amx",
        options: &[
            AVX512,
            &["GGML_AVX512_BF16", "GGML_AMX_TILE", "GGML_AMX_INT8"],
        ],
    },
    Kind {
        name: "avx512",
        options: &[AVX512],
    },
];

const AVX512: &[&str] = &["GGML_AVX512", "GGML_AVX512_VBMI", "GGML_AVX512_VNNI"];

/// What the processors of all kinds have. The rest is what the crate builds llama.cpp with, too.
const COMMON: &[&str] = &[
    "GGML_SSE42",
    "GGML_AVX",
    "GGML_AVX2",
    "GGML_BMI2",
    "GGML_FMA",
    "GGML_F16C",
    "GGML_LLAMAFILE",
    "GGML_OPENMP",
];

/// What is not needed, or would be taken from this machine.
const WITHOUT: &[&str] = &[
    "BUILD_SHARED_LIBS",
    "GGML_NATIVE",
    "LLAMA_CURL",
    "LLAMA_BUILD_APP",
    "LLAMA_BUILD_COMMON",
    "LLAMA_BUILD_EXAMPLES",
    "LLAMA_BUILD_SERVER",
    "LLAMA_BUILD_TESTS",
    "LLAMA_BUILD_TOOLS",
];

/// Flags that GCC needs and other compilers do not know.
const FLAGS: &[&str] = &[
    // GCC 12.2, which Debian 12 has, drops what is written to the configuration of the tiles before
    // that is loaded, as its intrinsic names only the first bytes of it. The first product then ends
    // the process (GCC's bug 114098; later ones are mended).
    "-fno-dse",
    // Symbols that are unique in a process cannot be hidden.
    "-fno-gnu-unique",
];

/// The function that stays visible, in llama.cpp.
const ENTRY: &str = "ggml_backend_cpu_reg";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(has_kernels)");
    // Elsewhere there is one kind, or nobody has tried; for another machine, these are not its tools.
    let target = env::var("TARGET")?;
    if target != "x86_64-unknown-linux-gnu" || target != env::var("HOST")? {
        return Ok(());
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let source = source()?;
    let mut compiler = cc::Build::new();
    compiler.cpp(true);
    let mut flags = Vec::new();
    for flag in FLAGS {
        if compiler.is_flag_supported(flag)? {
            flags.push(*flag);
        }
    }
    for kind in KINDS {
        build(kind, &source, &flags, &out)?;
    }
    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-cfg=has_kernels");
    Ok(())
}

/// The source of llama.cpp that the crate has built, as its build remembers it.
fn source() -> Result<PathBuf, Box<dyn Error>> {
    let installed = PathBuf::from(env::var("DEP_LLAMA_GGML_CMAKE_DIR")?);
    let cache = installed.join("../../build/CMakeCache.txt");
    let text = fs::read_to_string(&cache)?;
    let mut lines = text.lines();
    let home = lines.find_map(|line| line.strip_prefix("CMAKE_HOME_DIRECTORY:INTERNAL="));
    let home = home.ok_or_else(|| format!("{} names no source", cache.display()))?;
    Ok(home.into())
}

fn build(kind: &Kind, source: &Path, flags: &[&str], out: &Path) -> Result<(), Box<dyn Error>> {
    let dir = out.join(kind.name);
    let mut config = cmake::Config::new(source);
    config
        .out_dir(&dir)
        .profile("Release")
        .build_target("ggml-cpu");
    for flag in flags {
        config.cxxflag(flag);
    }
    for option in WITHOUT {
        config.define(option, "OFF");
    }
    for option in COMMON.iter().chain(kind.options.iter().copied().flatten()) {
        config.define(option, "ON");
    }
    config.build();

    let archive = dir.join("build/ggml/src/libggml-cpu.a");
    let object = dir.join("kernels.o");
    // One object, without groups, in which the linker would take templates that were compiled for
    // another processor for the same.
    let mut link = Command::new("ld");
    link.args(["-r", "--force-group-allocation", "--strip-debug", "-o"])
        .arg(&object)
        .arg("--whole-archive")
        .arg(&archive);
    run(&mut link)?;
    let entry = format!("oro_kernels_{}", kind.name);
    let mut hide = Command::new("objcopy");
    hide.arg(format!("--redefine-sym={ENTRY}={entry}"))
        .arg(format!("--keep-global-symbol={entry}"))
        .arg(&object);
    run(&mut hide)?;
    let library = out.join(format!("lib{entry}.a"));
    let _ = fs::remove_file(&library);
    run(Command::new("ar").arg("crs").arg(library).arg(&object))?;
    println!("cargo::rustc-link-lib=static={entry}");
    Ok(())
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}").into()),
        Err(error) => Err(format!("{command:?}: {error}").into()),
    }
}
