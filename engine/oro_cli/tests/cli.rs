//! The program from outside: what it prints, and with which code it ends. No display is needed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run of `oroc` left: exit code, stdout and stderr.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn oroc(dir: &Path, args: &[&str]) -> Ran {
    // Nothing of the machine's own settings may decide the result.
    let output = Command::new(env!("CARGO_BIN_EXE_oroc"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", dir.join("home"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

#[test]
fn what_cannot_be_is_one_line_and_a_code() {
    let good = folder(&[("oro.toml", ""), ("index.html", ""), ("notes.txt", "")]);
    let empty = folder(&[]);
    let bad = folder(&[("oro.toml", "[window]\nwidth = \"wide\"\nheigth = 3\n")]);
    for (dir, args, code, want) in [
        (&good, &["--nope"][..], 2, "unexpected argument '--nope'"),
        (
            &good,
            &["config", "nowhere"],
            2,
            "oroc: `nowhere` does not exist",
        ),
        (
            &good,
            &["config", "oro.toml"],
            2,
            "oroc: `oro.toml` is not a folder",
        ),
        (
            &good,
            &["config", "--describe", "window_widht"],
            2,
            "oroc: there is no key `window_widht`; did you mean `window_width`?",
        ),
        (&good, &["run", "nowhere"], 2, "oroc: cannot run `nowhere`"),
        (
            &empty,
            &["run", "--headless"],
            2,
            "is no application: there is no `",
        ),
        (
            &good,
            &["run", "notes.txt"],
            2,
            "must be a .js or .mjs file",
        ),
        (
            &good,
            &["run", "--test=a.js", "--timeout=0"],
            2,
            "must be more than 0",
        ),
        (&bad, &["run"], 1, "oroc: the configuration has 1 error"),
        (
            &good,
            &["routes", "--format", "xml"],
            2,
            "invalid value 'xml'",
        ),
        (&good, &["init"], 2, "has oro.toml and index.html already"),
        (
            &bad,
            &["config"],
            1,
            "oro.toml:2:9: error: 'window_width' takes",
        ),
        (
            &bad,
            &["config"],
            1,
            "oro.toml:3:10: warning: unknown key 'window_heigth'",
        ),
        (&bad, &["config"], 1, "did you mean 'window_height'?"),
        (&bad, &["config"], 1, "oroc: the configuration has 1 error"),
    ] {
        let ran = oroc(dir.path(), args);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(want), "{args:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{args:?}");
    }
}

#[test]
fn a_new_folder_is_a_valid_application() {
    let dir = folder(&[]);
    let ran = oroc(dir.path(), &["init", "My \"App\""]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("oroc run"), "{}", ran.out);
    let app = dir.path().join("My \"App\"");
    assert!(
        fs::read_to_string(app.join("index.html"))
            .unwrap()
            .contains("oro:")
    );

    let ran = oroc(dir.path(), &["config", "--json", "My \"App\""]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (0, ""),
        "no key of it is unknown"
    );
    let rows: Value = serde_json::from_str(&ran.out).unwrap();
    let value = |key: &str| {
        let row = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["key"] == key);
        row.map_or(Value::Null, |row| row["value"].clone())
    };
    assert_eq!(value("meta_bundle_identifier"), "app.oro.my-app");
    assert_eq!(value("meta_title"), "My App");

    let kept = fs::read_to_string(app.join("oro.toml")).unwrap();
    assert_eq!(oroc(dir.path(), &["init", "My \"App\""]).code, 2);
    assert_eq!(fs::read_to_string(app.join("oro.toml")).unwrap(), kept);
}

#[test]
fn settings_are_shown_with_where_they_come_from() {
    let dir = folder(&[("oro.toml", "[http.ipc]\nshared_key = \"hush\"\nport = 99\n")]);
    for (args, want, not) in [
        (
            &["config"][..],
            "http_ipc_port = 99  # ./oro.toml:3:8",
            "window_width",
        ),
        (&["config"], "http_ipc_shared_key = \"(hidden)\"", "hush"),
        (&["config", "--list"], "window_width = ", "hush"),
        (
            &["config", "--describe", "http.ipc.port"],
            "value    99",
            "window_width",
        ),
    ] {
        let ran = oroc(dir.path(), args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        assert!(ran.out.contains(want), "{args:?}: {}", ran.out);
        assert!(!ran.out.contains(not), "{args:?}: {}", ran.out);
    }
}

#[test]
fn routes_are_listed_in_every_format() {
    let dir = folder(&[]);
    for (format, want) in [
        ("text", "ping "),
        (
            "ts",
            "'ping': { params: Record<string, never>; result: string }",
        ),
        ("md", "## `ping`"),
        ("openrpc", "\"name\": \"ping\""),
    ] {
        let ran = oroc(dir.path(), &["routes", "--format", format]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{format}");
        assert!(ran.out.contains(want), "{format}: {}", ran.out);
    }
}

/// The names of sets and systems of a schedule, in their order, sets before what is in them.
fn names(steps: &Value, depth: usize, into: &mut Vec<(usize, String)>) {
    for step in steps.as_array().unwrap() {
        if let Some(name) = step["name"].as_str() {
            into.push((depth, name.to_owned()));
        }
        if step["steps"].is_array() {
            names(&step["steps"], depth + 1, into);
        }
    }
}

#[test]
fn the_schedule_is_shown_as_it_runs() {
    let dir = folder(&[]);
    let ran = oroc(dir.path(), &["schedule", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let plans: Value = serde_json::from_str(&ran.out).unwrap();
    let plans = plans.as_array().unwrap();
    let schedules: Vec<&Value> = plans.iter().map(|plan| &plan["schedule"]).collect();
    assert_eq!(schedules, ["Startup", "Tick", "AfterTick", "Shutdown"]);
    let tick = &plans[1];

    let mut all = Vec::new();
    names(&tick["steps"], 0, &mut all);
    let sets: Vec<&str> = all
        .iter()
        .filter(|(depth, name)| *depth == 0 && !name.contains("::"))
        .map(|(_, n)| n.as_str())
        .collect();
    assert_eq!(
        sets,
        [
            "Begin", "Poll", "Timers", "Dispatch", "Update", "Emit", "End"
        ]
    );

    let gated: Vec<&str> = tick["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| {
            step["conditions"]
                .as_array()
                .is_some_and(|list| !list.is_empty())
        })
        .filter_map(|step| step["name"].as_str())
        // A single system may have a condition of its own.
        .filter(|name| !name.contains("::"))
        .collect();
    assert_eq!(
        gated,
        ["Poll", "Timers", "Update"],
        "the sets that a pause skips"
    );

    let at = |end: &str| {
        all.iter()
            .position(|(_, name)| name.ends_with(end))
            .unwrap()
    };
    let order = [
        "begin_tick",
        "advance_clock",
        "collect_jobs",
        "dispatch_requests",
        "end_tick",
    ];
    assert!(order.map(at).is_sorted(), "{all:?}");

    let text = oroc(dir.path(), &["schedule"]).out;
    for (_, name) in &all {
        assert!(
            text.contains(name.as_str()),
            "`{name}` is missing in:\n{text}"
        );
    }
}

#[test]
fn the_machine_is_examined() {
    let dir = folder(&[]);
    let ran = oroc(dir.path(), &["doctor", "--json"]);
    let findings: Value = serde_json::from_str(&ran.out).unwrap();
    let findings = findings.as_array().unwrap();
    let missing: Vec<&Value> = findings
        .iter()
        .filter(|it| it["state"] == "missing")
        .collect();
    assert_eq!(ran.code, i32::from(!missing.is_empty()), "{missing:?}");
    // The environment was cleared, so the one thing that is certain is that there is no display.
    let display = findings.iter().find(|it| it["name"] == "display");
    if cfg!(target_os = "linux") {
        assert_ne!(display.unwrap()["state"], "ok");
        assert!(display.unwrap()["fix"].is_string());
    }
}

#[test]
fn versions_are_printed() {
    let dir = folder(&[]);
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        oroc(dir.path(), &["version"])
            .out
            .starts_with(&format!("oroc {version}\n"))
    );
    assert_eq!(
        oroc(dir.path(), &["--version"]).out,
        format!("oroc {version}\n")
    );
}

/// What the README shows is what `examples/hello` is.
#[test]
fn the_readme_shows_the_hello_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for (language, name) in [("toml", "oro.toml"), ("html", "index.html")] {
        let text = fs::read_to_string(root.join("examples/hello").join(name)).unwrap();
        let block = format!("```{language}\n{text}```\n");
        assert!(readme.contains(&block), "{name} is not shown as it is");
    }
}
