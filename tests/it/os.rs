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

/// The number after a word in a file of `/proc`.
fn number_in(path: &str, word: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap();
    let mut words = text.split_whitespace();
    words.find(|it| *it == word).unwrap();
    words.next().unwrap().parse().unwrap()
}

#[test]
fn what_changes_is_between_what_proc_says_before_and_after() {
    let mut headless = Headless::new();
    let mut between = |what: &str, look: &dyn Fn() -> Vec<f64>, route: &str, member: &str| {
        let before = look();
        let got = headless.call(route, json!({}))["want"].clone();
        let got = got.pointer(member).unwrap().as_f64().unwrap();
        let after = look();
        let (low, high) = (
            before
                .iter()
                .chain(&after)
                .copied()
                .fold(f64::MAX, f64::min),
            before
                .iter()
                .chain(&after)
                .copied()
                .fold(f64::MIN, f64::max),
        );
        assert!(low <= got && got <= high, "{what}: {low} {got} {high}");
    };
    let file = |path: &'static str| move || fs::read_to_string(path).unwrap();
    let (uptime, stat) = (file("/proc/uptime"), file("/proc/stat"));
    let up = || vec![uptime().split(' ').next().unwrap().parse::<f64>().unwrap() * 1e3];
    between("uptime", &up, "os.uptime", "");
    let status = "/proc/self/status";
    let peak = || vec![number_in(status, "VmHWM:") as f64];
    between("peak memory", &peak, "os.rusage", "/ru_maxrss");
    // Other threads take and give memory back meanwhile: within a few MiB.
    let slack = (8 << 20) as f64;
    let now = || {
        let now = number_in(status, "VmRSS:") as f64 * 1024.0;
        vec![now - slack, now + slack]
    };
    between("memory", &now, "os.rusage", "/rss");
    let times = || {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
        fields
            .skip(11)
            .map(|it| it.parse::<f64>().unwrap() * 1e4)
            .collect::<Vec<_>>()
    };
    between(
        "time in the program",
        &|| vec![times()[0]],
        "os.rusage",
        "/ru_utime",
    );
    between(
        "time in the kernel",
        &|| vec![times()[1]],
        "os.rusage",
        "/ru_stime",
    );
    for (at, member) in ["user", "nice", "sys", "idle"].into_iter().enumerate() {
        let of = || {
            let stat = stat();
            let line = stat.lines().find(|line| line.starts_with("cpu0 ")).unwrap();
            let ticks = line.split_whitespace().nth(at + 1).unwrap();
            // The time without work is counted by another processor, and may go back a little.
            let ms = ticks.parse::<f64>().unwrap() * 10.0;
            vec![ms - 20.0, ms + 20.0]
        };
        between(member, &of, "os.cpus", &format!("/0/times/{member}"));
    }
    let load = file("/proc/loadavg");
    for at in 0..3 {
        let mean = || vec![load().split(' ').nth(at).unwrap().parse().unwrap()];
        between("load", &mean, "os.loadavg", &format!("/{at}"));
    }
}

#[test]
fn what_stays_is_what_proc_says() {
    let mut headless = Headless::new();
    let mut ask = |route: &str| headless.call(route, json!({}))["want"].clone();
    let total = number_in("/proc/meminfo", "MemTotal:") * 1024;
    assert_eq!(ask("os.totalmem"), total);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    if let Some(model) = model {
        let model = model.trim_start_matches([' ', '\t', ':']);
        assert_eq!(ask("os.cpus")[0]["model"], model);
    }
    let user = ask("os.userInfo");
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let uid = user["uid"].to_string();
    let line = users
        .lines()
        .find(|line| line.split(':').nth(2) == Some(&uid));
    if let Some(line) = line {
        let fields: Vec<&str> = line.split(':').collect();
        let told = [&user["username"], &user["homedir"], &user["shell"]];
        assert_eq!(told, [fields[0], fields[5], fields[6]]);
    }
    // Signals by the names that the shell has for them.
    let constants = ask("os.constants");
    let all = constants.as_object().unwrap().iter();
    let signals = all.filter(|(name, _)| name.starts_with("SIG"));
    let mut count = 0;
    for (name, number) in signals {
        let told = program("sh", &["-c", &format!("kill -l {number}")]).unwrap();
        let told = told.trim_start_matches("SIG").replace("POLL", "IO");
        assert_eq!(name.trim_start_matches("SIG"), told);
        count += 1;
    }
    assert!(count >= 28);
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
