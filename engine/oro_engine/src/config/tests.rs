//! What each source does, what each mistake says, and that nested and flat files agree.

#![expect(
    clippy::disallowed_methods,
    reason = "tests write the files that they read"
)]

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn load(text: &str) -> Result<Loaded, ConfigError> {
    Config::builder()
        .platform(Platform::Linux)
        .text("oro.toml", text)
        .load()
}

/// The findings about a text, errors or not.
fn findings(text: &str) -> Vec<String> {
    match load(text) {
        Ok(loaded) => loaded.warnings,
        Err(error) => error.diagnostics,
    }
    .iter()
    .map(ToString::to_string)
    .collect()
}

#[track_caller]
fn check_value(text: &str, key: &str, expected: &str) {
    let loaded = load(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let listed = loaded
        .config
        .describe(key)
        .unwrap_or_else(|| panic!("unknown {key}"));
    assert_eq!(listed.value.to_string(), expected, "{key} in {text:?}");
    assert_eq!(loaded.warnings, [], "{text:?}");
}

#[test]
fn values() {
    // nested, flattened, half and half, dotted
    check_value("", "window_width", "1024");
    check_value("window_width = 800", "window_width", "800");
    check_value("[window]\nwidth = 800", "window_width", "800");
    check_value("window.width = 800", "window_width", "800");
    check_value("[http.ipc]\nport = 27718", "http_ipc_port", "27718");
    check_value("[http]\nipc_port = 27718", "http_ipc_port", "27718");
    check_value("http = { ipc = { port = 1 } }", "http_ipc_port", "1");
    // overrides for the platform, in every spelling, before and after the base key
    check_value(
        "window_width = 1\n[linux]\nwindow_width = 2",
        "window_width",
        "2",
    );
    check_value(
        "[linux.window]\nwidth = 2\n[window]\nwidth = 1",
        "window_width",
        "2",
    );
    check_value(
        "linux_window_width = 2\nwindow_width = 1",
        "window_width",
        "2",
    );
    check_value(
        "window_width = 1\n[mac]\nwindow_width = 2",
        "window_width",
        "1",
    );
    check_value(
        "[linux.permissions.allow]\notp = false",
        "permissions_allow_otp",
        "false",
    );
    // booleans
    for (text, value) in [
        ("'YES'", true),
        ("'on'", true),
        ("1", true),
        ("' true '", true),
    ] {
        check_value(
            &format!("headless = {text}"),
            "headless",
            &value.to_string(),
        );
    }
    for text in ["'No'", "'off'", "0", "'FALSE'", "false"] {
        check_value(
            &format!("window_resizable = {text}"),
            "window_resizable",
            "false",
        );
    }
    // the other types
    check_value("ai_llm_default_top_p = 1", "ai_llm_default_top_p", "1.0");
    check_value("ipc_timeout_ms = 5", "ipc_timeout_ms", "5");
    check_value("ipc_timeout_ms = '2m'", "ipc_timeout_ms", "120000");
    check_value("ipc_transport = 'Scheme'", "ipc_transport", "\"scheme\"");
    check_value(
        "meta_bundle_identifier = 'Com.Me.App'",
        "meta_bundle_identifier",
        "\"com.me.app\"",
    );
    check_value("http_ipc_path = 'a//b/'", "http_ipc_path", "\"/a/b\"");
    check_value("http_ipc_shared_key = ''", "http_ipc_shared_key", "null");
    check_value(
        "http_ipc_shared_key = 's3'",
        "http_ipc_shared_key",
        "\"(hidden)\"",
    );
    let origins = "[\"a\",\"b\"]";
    check_value(
        "webview_cors_allowed_origins = ' a  b '",
        "webview_cors_allowed_origins",
        origins,
    );
    check_value(
        "webview_cors_allowed_origins = ['a', 'b']",
        "webview_cors_allowed_origins",
        origins,
    );
    check_value(
        "extensions_allowed_roots = ['/a b']",
        "extensions_allowed_roots",
        "[\"/a b\"]",
    );
}

#[track_caller]
fn check_finding(text: &str, expected: &str) {
    assert_eq!(findings(text), [expected], "{text:?}");
}

#[test]
fn mistakes_name_place_key_value_and_the_nearest_key() {
    let cases = [
        // unknown keys
        (
            "\n[window]\n  widht = 800",
            "oro.toml:3:11: warning: unknown key 'window_widht' (= 800); \
             did you mean 'window_width'?",
        ),
        (
            "linux_window_hight = 1",
            "oro.toml:1:22: warning: unknown key 'linux_window_hight' (= 1); \
             did you mean 'linux_window_height'?",
        ),
        (
            "[linux]\nshell = 'ls'",
            "oro.toml:2:9: warning: unknown key 'linux_shell' (= \"ls\")",
        ),
        (
            "window = 5",
            "oro.toml:1:10: warning: unknown key 'window' (= 5)",
        ),
        (
            "[permissions.allow]\nnotifcations = false",
            "oro.toml:2:16: warning: 'permissions_allow_notifcations' (= false) has no effect; \
             did you mean 'permissions_allow_notifications'?",
        ),
        // wrong types
        (
            "window_width = 'wide'",
            "oro.toml:1:16: error: 'window_width' takes an integer from 1 to 65535, not \"wide\"",
        ),
        (
            "# é\nwindow_height = 0",
            "oro.toml:2:17: error: 'window_height' takes an integer from 1 to 65535, not 0",
        ),
        (
            "debug = 'perhaps'",
            "oro.toml:1:9: error: 'debug' takes true or false, not \"perhaps\"",
        ),
        (
            "meta_version = 1.5",
            "oro.toml:1:16: error: 'meta_version' takes a string, not 1.5",
        ),
        (
            "http_ipc_port = 99999999999999999999",
            "oro.toml:1:17: error: 'http_ipc_port' takes an integer from 0 to 65535, \
             not 99999999999999999999",
        ),
        (
            "window_width = { min = 3 }",
            "oro.toml:1:16: error: 'window_width' takes an integer from 1 to 65535, \
             not { min = 3 }",
        ),
        (
            "[mac]\nwindow_width = 'wide'",
            "oro.toml:2:16: error: 'mac_window_width' takes an integer from 1 to 65535, \
             not \"wide\"",
        ),
        (
            "ipc_transport = 'pigeon'",
            "oro.toml:1:17: error: 'ipc_transport' takes one of \
             'auto', 'direct', 'message', 'scheme', not \"pigeon\"",
        ),
        (
            "http_ipc_shared_key = 12",
            "oro.toml:1:23: error: 'http_ipc_shared_key' takes a string, not (hidden)",
        ),
        (
            "permissions_allow_camera = 'flase'",
            "oro.toml:1:28: error: 'permissions_allow_camera' takes true or false, not \"flase\"",
        ),
        // the rest
        (
            "window_width = 1\n[window]\nwidth = 2",
            "oro.toml:3:9: error: 'window_width' (= 2) is set already in line 1",
        ),
        (
            "window_min_width = 9\nwindow_max_width = 8",
            "oro.toml:1:20: error: 'window_min_width' (= 9) is more than 'window_max_width' (= 8)",
        ),
        (
            "http.ipc.enable = true",
            "oro.toml:1:19: warning: 'http_ipc_enable' (= true) has no effect \
             without 'http_ipc_port'",
        ),
        (
            "debug = true\n[window",
            "oro.toml:2:8: error: not TOML: unclosed table, expected `]`",
        ),
        (
            "http_ipc_host = 10.0.0.1 # mine",
            "oro.toml:1:17: warning: 'http_ipc_host' has a value without quotes; \
             it was read as \"10.0.0.1\"",
        ),
    ];
    for (text, expected) in cases {
        check_finding(text, expected);
    }
}

/// The example of the HTTP bridge's documentation, which is not quite TOML.
#[test]
fn values_without_quotes_are_read() {
    let text = "[http.ipc]\n\
        enable = true            # default: false (disabled)\n\
        host = 127.0.0.1         # default: 127.0.0.1\n\
        port = 27718             # required (> 0) to start the server\n\
        path = /ipc              # default: /ipc\n\
        allow_cors = false       # default: false\n\
        shared_key =             # optional; if set, require header\n\
        timeout_ms = 32000       # optional\n";
    let Loaded { config, warnings } = load(text).unwrap();
    let lines: Vec<_> = warnings
        .iter()
        .map(|warning| warning.line().unwrap())
        .collect();
    assert_eq!(lines, [3, 5, 7]);
    assert!(
        warnings
            .iter()
            .all(|warning| warning.problem == Problem::BareValue)
    );
    assert!(config.get(keys::HTTP_IPC_ENABLE));
    assert_eq!(config.get(keys::HTTP_IPC_HOST), "127.0.0.1");
    assert_eq!(config.get(keys::HTTP_IPC_PORT), 27_718);
    assert_eq!(config.get(keys::HTTP_IPC_PATH), "/ipc");
    assert_eq!(config.get(keys::HTTP_IPC_SHARED_KEY), None);
    assert_eq!(
        config.get(keys::HTTP_IPC_TIMEOUT_MS),
        Duration::from_secs(32)
    );
}

#[test]
fn a_later_source_wins() {
    let dir = tempfile::tempdir().unwrap();
    let (app, home) = (dir.path().join("app"), dir.path().join("home"));
    let write = |path: &Path, text: &str| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let builder = || {
        Config::builder()
            .platform(Platform::Linux)
            .app_dir(&app)
            .env([("HOME", home.as_os_str()), ("ORO_FS_SANDBOX", "0".as_ref())])
    };
    let width = |builder: ConfigBuilder| {
        let config = builder.load().unwrap().config;
        let origin = config.origin("window_width").unwrap().to_string();
        let origin = origin.replace(&*dir.path().to_string_lossy(), "");
        (config.get(keys::WINDOW_WIDTH), origin)
    };
    let mut results = vec![width(builder())];
    write(&app.join("oro.toml"), "window_width = 1");
    results.push(width(builder()));
    write(
        &app.join("oro.toml"),
        "window_width = 1\n[linux]\nwindow_width = 2",
    );
    results.push(width(builder()));
    write(&home.join(".config/oro/.ororc"), "window_width = 3");
    results.push(width(builder()));
    write(&home.join(".ororc"), "window_width = 4");
    results.push(width(builder()));
    write(&app.join(".ororc"), "window_width = 5");
    results.push(width(builder()));
    results.push(width(builder().env([("ORO_WINDOW_WIDTH", "6")])));
    let overridden = builder().env([("ORO_WINDOW_WIDTH", "6")]);
    results.push(width(overridden.overrides([("window.width", "7")])));
    let expected = [
        (1024, "default"),
        (1, "/app/oro.toml:1:16"),
        (2, "/app/oro.toml:3:16"),
        (3, "/home/.config/oro/.ororc:1:16"),
        (4, "/home/.ororc:1:16"),
        (5, "/app/.ororc:1:16"),
        (6, "env ORO_WINDOW_WIDTH"),
        (7, "override"),
    ];
    assert_eq!(
        results,
        expected.map(|(width, origin)| (width, origin.to_owned()))
    );

    std::fs::write(app.join(".ororc"), [0xff]).unwrap();
    let error = builder().load().unwrap_err().to_string();
    assert!(
        error.contains("app/.ororc:1:1: error: cannot be read: "),
        "{error}"
    );
}

#[track_caller]
#[test]
fn what_a_later_source_replaces_is_still_known() {
    let loaded = Config::builder()
        .text("oro.toml", "window_width = 1\n[linux]\nwindow_width = 2")
        .platform(Platform::Linux)
        .env([("ORO_WINDOW_WIDTH", "3")])
        .load()
        .unwrap();
    assert_eq!(loaded.config.layers(keys::WINDOW_WIDTH), [3, 2, 1]);
    assert_eq!(loaded.config.layers(keys::WINDOW_HEIGHT), [0; 0]);
}

fn check_env(env: &[(&str, &str)], packaged: bool, key: &str, value: &str, finding: &str) {
    let builder = Config::builder()
        .env(env.iter().copied())
        .packaged(packaged);
    let Loaded { config, warnings } = builder.load().unwrap();
    assert_eq!(
        config.describe(key).unwrap().value.to_string(),
        value,
        "{env:?}"
    );
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.join("\n"), finding, "{env:?}");
}

#[test]
fn environment() {
    let sandbox = "filesystem_sandbox_enabled";
    check_env(&[("FS_SANDBOX", "0")], false, sandbox, "false", "");
    check_env(
        &[("FS_SANDBOX", "0"), ("ORO_FS_SANDBOX", "1")],
        false,
        sandbox,
        "true",
        "",
    );
    let both = [
        ("ORO_FILESYSTEM_SANDBOX_ENABLED", "off"),
        ("FS_SANDBOX", "1"),
    ];
    check_env(&both, false, sandbox, "false", "");
    check_env(
        &[("FS_NOFOLLOW", "no")],
        false,
        "filesystem_no_follow_symlinks",
        "false",
        "",
    );
    let refused = |name: &str, key: &str, value: &str| {
        format!(
            "env {name}: warning: '{key}' may only be tightened from outside; \
             \"{value}\" is ignored"
        )
    };
    let ignored = refused("FS_SANDBOX", sandbox, "0");
    check_env(&[("FS_SANDBOX", "0")], true, sandbox, "true", &ignored);
    let camera = "permissions_allow_camera";
    check_env(
        &[("ORO_PERMISSIONS_ALLOW_CAMERA", "0")],
        true,
        camera,
        "false",
        "",
    );
    let ignored = refused("ORO_PERMISSIONS_ALLOW_CAMERA", camera, "1");
    check_env(
        &[("ORO_PERMISSIONS_ALLOW_CAMERA", "1")],
        true,
        camera,
        "true",
        &ignored,
    );
    check_env(
        &[("ORO_AI_LLM_MODEL_PATH", "/m")],
        false,
        "ai_llm_model_path",
        "\"/m\"",
        "",
    );
    check_env(
        &[("ORO_AI_LLM_RATE_LIMIT_RPS", "0.5")],
        false,
        "ai_llm_rate_limit_rps",
        "0.5",
        "",
    );
    check_env(
        &[("ORO_HOME", "/x"), ("OTHER", "y")],
        false,
        "debug",
        "false",
        "",
    );
    let near = "env ORO_WINDOW_WIDHT: warning: unknown key 'ORO_WINDOW_WIDHT' (= \"5\"); \
                did you mean 'ORO_WINDOW_WIDTH'?";
    check_env(
        &[("ORO_WINDOW_WIDHT", "5")],
        false,
        "window_width",
        "1024",
        near,
    );

    let wrong = Config::builder()
        .env([("ORO_WINDOW_WIDTH", "")])
        .load()
        .unwrap_err();
    let expected =
        "env ORO_WINDOW_WIDTH: error: 'window_width' takes an integer from 1 to 65535, not \"\"";
    assert_eq!(wrong.to_string(), expected);
    let unknown = Config::builder()
        .overrides([("debgu", "1")])
        .load()
        .unwrap_err();
    let expected = "override: error: unknown key 'debgu' (= \"1\"); did you mean 'debug'?";
    assert_eq!(unknown.to_string(), expected);
}

#[test]
fn permissions_services_and_mounts() {
    let text = "[permissions]\nallow_camera = false\nallow_user_media = 'off'\n\
        [services.udp]\nenabled = false\n\
        [webview.navigator.mounts]\n'/data/a b' = 'shared/'\n'~/pics' = '/pics'\nlocal = '/l'";
    let builder = Config::builder()
        .app_dir("/app")
        .env([("HOME", "/home/me")]);
    let config = builder.text("oro.toml", text).load().unwrap().config;
    let granted = [
        "camera",
        "user-media",
        "userMedia",
        "notifications",
        "anything",
    ]
    .map(|permission| config.has_permission(permission));
    assert_eq!(granted, [false, false, false, true, true]);
    assert_eq!(
        ["udp", "fs"].map(|service| config.service_enabled(service)),
        [false, true]
    );
    let mounts: Vec<_> = config.mounts().collect();
    let expected = [
        ("/data/a b", "/shared"),
        ("/app/local", "/l"),
        ("/home/me/pics", "/pics"),
    ];
    assert_eq!(
        mounts,
        expected.map(|(folder, path)| (PathBuf::from(folder), path))
    );
    assert_eq!(config.get(keys::WEBVIEW_ROOT), Path::new("/app"));
}

#[test]
fn pages_see_public_keys_only() {
    let text = "http_ipc_shared_key = 'hush'\nwindow_width = 5\nhttp_ipc_port = 9";
    let config = load(text).unwrap().config;
    let page = config.page_config();
    assert_eq!(page["window_width"], 5);
    assert_eq!(page["permissions_allow_camera"], true);
    assert_eq!(page["ipc_timeout_ms"], 32_000);
    let names: Vec<_> = page.keys().collect();
    assert!(
        !names
            .iter()
            .any(|key| key.contains("shared_key") || key.contains("http_ipc_port"))
    );
    let everything = format!("{:?}", config.iter().collect::<Vec<_>>());
    assert!(everything.contains("http_ipc_shared_key") && !everything.contains("hush"));
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn the_table_is_well_formed() {
    let mut names: Vec<String> = spec::names().collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a key is declared twice");
    for spec in TABLE {
        assert!(
            spec.doc.ends_with('.') && !spec.doc.contains("  "),
            "{}",
            spec.name
        );
        assert!(
            Platform::split(spec.name).is_none(),
            "{} begins with a platform",
            spec.name
        );
        let family = FAMILIES
            .iter()
            .find(|family| family.name_in(spec.name).is_some());
        assert!(family.is_none(), "{} belongs to {family:?}", spec.name);
        assert_eq!(
            spec.kind == Kind::Duration,
            spec.name.ends_with("_ms"),
            "{}",
            spec.name
        );
        // Every default is a value that the key takes.
        if let Preset::Text(text) = spec.preset {
            let raw = value::Raw::Text(text.to_owned());
            let checked = value::check(spec.kind, &raw, &Folders::default());
            let preset = Value::preset(spec.kind, spec.preset, &Folders::default());
            assert_eq!(checked, Some(preset), "{}", spec.name);
        }
    }
    let config = Config::default();
    assert_eq!(config.iter().count(), count);
    assert_eq!(config.get(keys::IPC_TRANSPORT), IpcTransport::Auto);
    assert!(config.describe("permissions_allow_own").is_some());
    assert!(config.describe("windw").is_none());
}

/// A setting and a spelling: at which `_` of the key a table begins.
fn setting() -> impl Strategy<Value = (String, String, u32)> {
    let values = prop_oneof![
        any::<i64>().prop_map(|value| value.to_string()),
        any::<bool>().prop_map(|value| value.to_string()),
        "[a-z /.]{0,9}".prop_map(|text| format!("'{text}'")),
        Just("['a', 'b']".to_owned()),
    ];
    let names: Vec<String> = spec::names().collect();
    (prop::sample::select(names), values, any::<u32>())
}

/// `window_min_width` as `window.min_width`, and so on: bit n of `tables` says whether the n-th
/// `_` becomes a dot.
fn spelled(key: &str, tables: u32) -> String {
    let mut index = 0;
    let dots = key.chars().map(|c| {
        index += u32::from(c == '_');
        if c == '_' && tables >> index & 1 == 1 {
            '.'
        } else {
            c
        }
    });
    dots.collect()
}

proptest! {
    #[test]
    fn spellings_agree((key, value, tables) in setting()) {
        let outcome = |key: &str| {
            let loaded = load(&format!("{key} = {value}"));
            loaded.map(|loaded| loaded.config.describe(&key.replace('.', "_")).map(|l| l.value))
                .map_err(|error| {
                    error.diagnostics.into_iter().map(|d| (d.key, d.value, d.problem)).collect::<Vec<_>>()
                })
        };
        prop_assert_eq!(outcome(&key), outcome(&spelled(&key, tables)));
    }

    #[test]
    fn garbage_is_refused_or_read(text in "[a-z_.=\\[\\]{}'\"# 0-9\n\\\\é-]{0,120}") {
        let _ = load(&text);
    }

    #[test]
    fn nearly_a_file_is_refused_or_read(
        lines in prop::collection::vec(("[a-z_.]{0,12}", "[^\n]{0,12}"), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut text = "[http.ipc]\nhost = 127.0.0.1 # x\n".to_owned();
        for (key, value) in lines {
            text += &format!("{key} = {value}\n");
        }
        let mut cut = cut.index(text.len());
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        let _ = load(&text[..cut]);
        let _ = load(&text);
    }

    #[test]
    fn environment_never_panics(name in "(ORO_)?[A-Z_]{0,20}", value in any::<String>()) {
        let _ = Config::builder().env([(name, value)]).load();
    }
}
