//! `oroc doctor`: what this machine lacks, and the command that installs it.

mod machine;
mod package;

use std::process::ExitCode;

use serde::Serialize;

use crate::report::{Failure, Outcome, print};
use machine::Machine;
use package::{Need, PackageSource};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum State {
    /// It is there.
    Ok,
    /// Something works less well without it.
    Warning,
    /// Applications do not run without it.
    Missing,
}

/// One check.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Finding {
    name: &'static str,
    state: State,
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// Checks this machine.
pub fn run(json: bool) -> Outcome {
    let findings = check(&Machine::look());
    let text = if json {
        serde_json::to_string_pretty(&findings).map_err(Failure::failed)? + "\n"
    } else {
        text(&findings)
    };
    print(text)?;
    let missing = findings
        .iter()
        .any(|finding| finding.state == State::Missing);
    Ok(if missing {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Why no window can be shown, if none can.
pub fn no_display() -> Option<String> {
    machine::display().err()
}

fn text(findings: &[Finding]) -> String {
    let width = findings
        .iter()
        .map(|finding| finding.name.len())
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    for finding in findings {
        let mark = match finding.state {
            State::Ok => "ok     ",
            State::Warning => "warning",
            State::Missing => "MISSING",
        };
        out += &format!("{mark}  {:width$}  {}\n", finding.name, finding.detail);
        if let Some(fix) = &finding.fix {
            out += &format!("{:9}{:width$}  -> {fix}\n", "", "");
        }
    }
    out
}

/// Judges what was seen. Only Linux has anything to miss: the WebViews of the other systems are
/// part of them.
fn check(machine: &Machine) -> Vec<Finding> {
    if !machine.linux {
        let detail = "nothing is checked on this system".to_owned();
        return vec![Finding {
            name: "system",
            state: State::Warning,
            detail,
            fix: None,
        }];
    }
    let source = machine.packages;
    vec![
        web_process(machine, source),
        display(machine, source),
        session_bus(machine, source),
        portal(machine, source),
        fonts(machine, source),
        shared_memory(machine),
        gpu(machine),
    ]
}

fn ok(name: &'static str, detail: impl Into<String>) -> Finding {
    Finding {
        name,
        state: State::Ok,
        detail: detail.into(),
        fix: None,
    }
}

fn lacks(
    name: &'static str,
    state: State,
    detail: impl Into<String>,
    fix: impl Into<String>,
) -> Finding {
    Finding {
        name,
        state,
        detail: detail.into(),
        fix: Some(fix.into()),
    }
}

fn web_process(machine: &Machine, source: PackageSource) -> Finding {
    let name = "WebKitGTK";
    match (&machine.webkit_library, &machine.webkit_process) {
        (Some(_), Some(process)) => {
            let version = machine.webkit_version.as_deref().unwrap_or_default();
            ok(
                name,
                format!("{version} {}", process.display()).trim_start(),
            )
        }
        (Some(library), None) => lacks(
            name,
            State::Missing,
            format!(
                "{} is there, its program WebKitWebProcess is not",
                library.display()
            ),
            source.install(Need::WebKit),
        ),
        (None, _) => lacks(
            name,
            State::Missing,
            "libwebkit2gtk-4.1 is not installed",
            source.install(Need::WebKit),
        ),
    }
}

fn display(machine: &Machine, source: PackageSource) -> Finding {
    let name = "display";
    match (&machine.display, machine.xvfb) {
        (Ok(display), _) => ok(name, display.clone()),
        (Err(why), true) => lacks(
            name,
            State::Warning,
            format!("{why}; Xvfb is installed"),
            "xvfb-run -a dbus-run-session -- oroc run",
        ),
        (Err(why), false) => lacks(
            name,
            State::Missing,
            format!("{why}, and there is no Xvfb to stand in"),
            source.install(Need::Xvfb),
        ),
    }
}

fn session_bus(machine: &Machine, source: PackageSource) -> Finding {
    let name = "D-Bus session";
    match (&machine.session_bus, machine.dbus_run_session) {
        (Some(address), _) => ok(name, address.clone()),
        (None, true) => lacks(
            name,
            State::Warning,
            "there is none: no notifications, portals or accessibility",
            "dbus-run-session -- oroc run",
        ),
        (None, false) => lacks(
            name,
            State::Warning,
            "there is none, and no dbus-run-session to start one",
            source.install(Need::Dbus),
        ),
    }
}

fn portal(machine: &Machine, source: PackageSource) -> Finding {
    let name = "desktop portal";
    match &machine.portal {
        Some(path) => ok(name, path.display().to_string()),
        None => lacks(
            name,
            State::Warning,
            "xdg-desktop-portal is not installed: no system dialogs and colour scheme",
            source.install(Need::Portal),
        ),
    }
}

fn fonts(machine: &Machine, source: PackageSource) -> Finding {
    match &machine.font {
        Some(path) => ok("fonts", path.display().to_string()),
        None => lacks(
            "fonts",
            State::Missing,
            "there are none: pages would show no text",
            source.install(Need::Fonts),
        ),
    }
}

fn shared_memory(machine: &Machine) -> Finding {
    if machine.shared_memory {
        return ok("shared memory", "/dev/shm");
    }
    lacks(
        "shared memory",
        State::Missing,
        "/dev/shm cannot be written: the processes of WebKit cannot share pictures",
        "mount -t tmpfs tmpfs /dev/shm",
    )
}

fn gpu(machine: &Machine) -> Finding {
    let name = "GPU";
    match (&machine.render_node, machine.nvidia) {
        (_, true) => lacks(
            name,
            State::Warning,
            "NVIDIA driver: some versions show an empty window",
            "if so: WEBKIT_DISABLE_DMABUF_RENDERER=1 oroc run",
        ),
        (Some(node), false) => ok(name, node.display().to_string()),
        (None, false) => ok(name, "none; WebKit draws in software"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> Machine {
        Machine {
            linux: true,
            packages: PackageSource::new("debian", false),
            webkit_library: Some("/lib/libwebkit2gtk-4.1.so.0".into()),
            webkit_version: Some("2.50.6".into()),
            webkit_process: Some("/lib/WebKitWebProcess".into()),
            display: Ok("X11 :0".into()),
            xvfb: true,
            session_bus: Some("unix:path=/run/bus".into()),
            dbus_run_session: true,
            portal: Some("/usr/libexec/xdg-desktop-portal".into()),
            font: Some("/usr/share/fonts/a.ttf".into()),
            shared_memory: true,
            render_node: Some("/dev/dri/renderD128".into()),
            nvidia: false,
        }
    }

    /// What is wrong with a machine: state, check and fix.
    fn wrong(change: impl FnOnce(&mut Machine)) -> Vec<(State, &'static str, String)> {
        let mut machine = healthy();
        change(&mut machine);
        check(&machine)
            .into_iter()
            .filter(|finding| finding.state != State::Ok)
            .map(|finding| (finding.state, finding.name, finding.fix.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn each_lack_is_told_with_its_cure() {
        use State::{Missing, Warning};
        let apt = |packages: &str| format!("sudo apt-get install {packages}");
        assert_eq!(wrong(|_| ()), []);
        assert_eq!(
            wrong(|m| m.webkit_process = None),
            [(Missing, "WebKitGTK", apt("libwebkit2gtk-4.1-0"))]
        );
        assert_eq!(
            wrong(|m| m.display = Err("no".into())),
            [(
                Warning,
                "display",
                "xvfb-run -a dbus-run-session -- oroc run".into()
            )]
        );
        assert_eq!(
            wrong(|m| {
                m.display = Err("no".into());
                m.xvfb = false;
            }),
            [(Missing, "display", apt("xvfb xauth"))]
        );
        assert_eq!(
            wrong(|m| {
                m.session_bus = None;
                m.dbus_run_session = false;
                m.packages = PackageSource::new("fedora", true);
            }),
            [(Warning, "D-Bus session", "dnf install dbus-daemon".into())]
        );
        assert_eq!(
            wrong(|m| m.font = None),
            [(Missing, "fonts", apt("fonts-dejavu-core"))]
        );
        assert_eq!(
            wrong(|m| m.portal = None),
            [(Warning, "desktop portal", apt("xdg-desktop-portal-gtk"))]
        );
        assert_eq!(wrong(|m| m.nvidia = true).len(), 1);
        assert_eq!(wrong(|m| m.render_node = None), []);
        assert_eq!(
            wrong(|m| m.packages = PackageSource::new("plan9", false)),
            [],
            "an unknown system is not an error"
        );
    }
}
