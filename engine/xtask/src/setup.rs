//! The system packages that building, running and testing need.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use crate::{Outcome, process};

/// Debian packages, and why each is needed. Node has its own rule, see [`needed`].
const PACKAGES: &[(&str, &str)] = &[
    ("build-essential", "the linker and the C library"),
    ("pkg-config", "finds the libraries below"),
    ("cmake", "builds llama.cpp"),
    ("clang", "reads the headers of llama.cpp"),
    ("libclang-dev", "reads the headers of llama.cpp"),
    ("ccache", "keeps what was built of llama.cpp"),
    ("libgtk-3-dev", "windows"),
    ("libwebkit2gtk-4.1-dev", "the WebView"),
    ("libjavascriptcoregtk-4.1-dev", "the WebView"),
    ("libsoup-3.0-dev", "the WebView"),
    ("dbus", "the session bus of a virtual display"),
    ("dbus-x11", "the session bus of a virtual display"),
    ("xvfb", "a virtual display for tests"),
    ("xauth", "a virtual display for tests"),
    ("openbox", "a window manager on the virtual display"),
    ("xdotool", "input on the virtual display"),
    ("x11-utils", "looks at windows on the virtual display"),
    ("imagemagick", "screenshots"),
    ("strace", "shows that an idle application sleeps"),
    ("fonts-dejavu-core", "text"),
];

/// What a task needs beyond building and opening windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Windows,
    /// Node and npm, to check and build the script library.
    Scripts,
}

/// Makes sure that everything is installed.
///
/// # Errors
/// Something is missing and cannot be installed from here; the message has the command that does.
pub fn run(need: Need) -> Outcome {
    if !cfg!(target_os = "linux") {
        return other_system();
    }
    if !is_debian() {
        println!("setup: not a Debian system. Needed, by their names in Debian:");
        for (package, why) in PACKAGES {
            println!("  {package:<30} {why}");
        }
        println!(
            "  {:<30} builds the script library",
            "nodejs (18 or later), npm"
        );
        return Ok(());
    }
    let missing = missing(&needed(need))?;
    if missing.is_empty() {
        return Ok(());
    }
    println!("setup: missing packages: {}", missing.join(" "));
    install(&missing)
}

fn other_system() -> Outcome {
    println!("setup: needed here: a C compiler and linker, the system's WebView, Node 18 and npm.");
    println!("setup: this system is not tested; Linux is.");
    Ok(())
}

fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let like_debian = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or_default();
        let mut words = value.trim_matches('"').split(' ');
        ["ID", "ID_LIKE"].contains(&name) && words.any(|word| ["debian", "ubuntu"].contains(&word))
    };
    release.lines().any(like_debian) && process::has("dpkg-query")
}

fn needed(need: Need) -> Vec<&'static str> {
    let mut needed: Vec<_> = PACKAGES.iter().map(|(package, _)| *package).collect();
    // A Node of the user's own choice is as good as Debian's.
    if need == Need::Scripts {
        let programs = [("node", "nodejs"), ("npm", "npm")];
        let lacking = programs
            .iter()
            .filter(|(program, _)| !process::has(program));
        needed.extend(lacking.map(|(_, package)| *package));
    }
    needed
}

fn missing(needed: &[&'static str]) -> Outcome<Vec<&'static str>> {
    // dpkg-query fails when a package is unknown to it, but tells about the others.
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Status}\n"])
        .args(needed)
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("dpkg-query: {error}"))?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(not_installed(needed, &output))
}

/// The packages that dpkg-query does not list as installed.
fn not_installed(needed: &[&'static str], output: &str) -> Vec<&'static str> {
    let installed: BTreeSet<&str> = output
        .lines()
        .filter_map(|line| line.trim().strip_suffix(" installed"))
        .collect();
    needed
        .iter()
        .copied()
        .filter(|package| !installed.contains(package))
        .collect()
}

fn install(packages: &[&str]) -> Outcome {
    let command = format!(
        "apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    );
    let id = Command::new("id")
        .arg("-u")
        .output()
        .map_err(|error| format!("id: {error}"))?;
    let is_root = id.stdout.trim_ascii() == b"0";
    let can_sudo = || {
        let mut sudo = Command::new("sudo");
        let quiet = sudo
            .args(["-n", "true"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let interactive = std::io::IsTerminal::is_terminal(&std::io::stdin());
        process::has("sudo") && (interactive || quiet.status().is_ok_and(|status| status.success()))
    };
    if !is_root && !can_sudo() {
        return Err(format!("packages are missing; as root, run\n\n  {command}\n").into());
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new(if is_root { "env" } else { "sudo" });
        apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .args(arguments);
        process::run_command(apt)
    };
    apt(&["update"])?;
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    apt(&words).map_err(|error| format!("{error}\nInstall by hand:\n\n  {command}\n").into())
}

#[cfg(test)]
mod tests {
    use super::not_installed;

    #[test]
    fn packages_that_are_not_installed() {
        let check = |output: &str, expected: &[&str]| {
            assert_eq!(
                not_installed(&["xvfb", "npm"], output),
                expected,
                "{output:?}"
            );
        };
        check("", &["xvfb", "npm"]);
        check("xvfb installed\nnpm installed\n", &[]);
        check("npm config-files\nxvfb installed\n", &["npm"]);
        check("npm not-installed\nxvfb half-installed\n", &["xvfb", "npm"]);
    }
}
