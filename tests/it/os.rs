//! The machine, compared with what the system's own programs say.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Headless, check_cases};

#[test]
fn cases() {
    check_cases("os");
}

/// What a program of the system says; `None` where it is not installed.
fn program(name: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(name).args(words).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[test]
fn the_system_is_what_its_programs_say() {
    let mut headless = Headless::new();
    let mut ask = |route: &str| headless.call(route, json!({}))["want"].clone();
    for (route, words) in [("release", "-r"), ("machine", "-m"), ("nodename", "-n")] {
        assert_eq!(
            ask("os.uname")[route].as_str().unwrap(),
            program("uname", &[words]).unwrap()
        );
    }
    assert_eq!(ask("os.hostname"), ask("os.uname")["nodename"]);
    let count = fs::read_to_string("/proc/cpuinfo")
        .unwrap()
        .matches("processor\t")
        .count();
    let cpus = ask("os.cpus");
    assert_eq!(cpus.as_array().unwrap().len(), count);
    assert!(
        cpus.as_array()
            .unwrap()
            .iter()
            .all(|cpu| cpu["times"]["idle"].as_u64().is_some())
    );
    let user = ask("os.userInfo");
    assert_eq!(
        user["username"].as_str().unwrap(),
        program("id", &["-un"]).unwrap()
    );
    assert_eq!(user["gid"].to_string(), program("id", &["-g"]).unwrap());
    let (total, free) = (
        ask("os.totalmem").as_u64().unwrap(),
        ask("os.freemem").as_u64().unwrap(),
    );
    assert!(free > 0 && free < total);
    assert_eq!(ask("os.loadavg").as_array().unwrap().len(), 3);
    assert!(ask("os.uptime").as_f64().unwrap() > 0.0);
    assert!(ask("os.rusage")["ru_maxrss"].as_u64().unwrap() > 1000);
}

#[test]
fn eight_bytes_are_a_number() {
    let mut headless = Headless::new();
    let mut number = |route: &str| {
        let bytes = headless.bytes(route, json!({}));
        u64::from_le_bytes(bytes.try_into().unwrap())
    };
    let [first, second] = [number("os.hrtime"), number("os.hrtime")];
    assert!(second >= first);
    assert!(number("os.availableMemory") > 1 << 20);
}

#[test]
fn every_address_of_every_interface_is_told() {
    let got = Headless::new().call("os.networkInterfaces", json!({}))["want"].clone();
    let loopback = got["lo"].as_array().unwrap();
    let four = loopback
        .iter()
        .find(|address| address["family"] == "IPv4")
        .unwrap();
    let want = json!({
        "address": "127.0.0.1", "netmask": "255.0.0.0", "family": "IPv4",
        "mac": "00:00:00:00:00:00", "internal": true, "cidr": "127.0.0.1/8",
    });
    assert_eq!(*four, want);
    // `ip` may be missing; what it says is all that there is
    let Some(told) = program("ip", &["-j", "address", "show", "up"]) else {
        return;
    };
    let told: Value = serde_json::from_str(&told).unwrap();
    for interface in told.as_array().unwrap() {
        // those that are down are empty objects
        let Some(name) = interface["ifname"].as_str() else {
            continue;
        };
        for address in interface["addr_info"].as_array().unwrap() {
            let cidr = format!(
                "{}/{}",
                address["local"].as_str().unwrap(),
                address["prefixlen"]
            );
            let found = got[name]
                .as_array()
                .into_iter()
                .flatten()
                .any(|it| it["cidr"] == *cidr);
            assert!(found, "{name} has {cidr}: {got}");
        }
    }
}
