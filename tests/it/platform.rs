//! What the platform is.

use serde_json::json;

use crate::harness::{Headless, check_cases};

#[test]
fn cases() {
    check_cases("platform");
}

#[test]
fn there_are_five_primordials() {
    let got = Headless::new().call("platform.primordials", json!({}));
    let keys: Vec<_> = got["want"].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "arch",
            "cwd",
            "host-operating-system",
            "platform",
            "version"
        ]
    );
}
