//! The process, as pages see it.

use serde_json::json;

use crate::harness::{Headless, check_cases};

#[test]
fn cases() {
    check_cases("process");
}

#[test]
fn the_surroundings_of_one_app_are_no_other_apps() {
    let before = std::env::current_dir().unwrap();
    let [mut one, mut two] = [Headless::new(), Headless::new()];
    let path = one.path("");
    one.call("internal.setcwd", json!({ "value": path }));
    one.call(
        "process.env.set",
        json!({"key": "ORO_TEST_ONE", "value": "1"}),
    );
    let cwd =
        |headless: &mut Headless| headless.call("process.info", json!({}))["want"]["cwd"].clone();
    assert_eq!(cwd(&mut one).as_str().unwrap(), path.trim_end_matches('/'));
    assert_eq!(cwd(&mut two).as_str().unwrap(), before.to_str().unwrap());
    assert_eq!(std::env::current_dir().unwrap(), before);
    assert!(std::env::var_os("ORO_TEST_ONE").is_none());
    let value = two.call("process.env.get", json!({"key": "ORO_TEST_ONE"}));
    assert!(value["want"]["value"].is_null());
}

#[test]
fn the_process_is_what_proc_says() {
    let told = Headless::new().call("process.info", json!({}))["want"].clone();
    let link = |name: &str| std::fs::read_link(format!("/proc/self/{name}")).unwrap();
    assert_eq!(told["pid"], std::process::id());
    assert_eq!(told["execPath"], link("exe").to_str().unwrap());
    assert_eq!(told["cwd"], link("cwd").to_str().unwrap());
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    assert_eq!(told["ppid"].to_string(), parent.unwrap().trim());
    let words = std::fs::read_to_string("/proc/self/cmdline").unwrap();
    let words: Vec<&str> = words.trim_end_matches('\0').split('\0').collect();
    assert_eq!(told["argv"], json!(words));
}
