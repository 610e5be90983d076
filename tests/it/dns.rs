//! Names of hosts.

use std::net::{IpAddr, ToSocketAddrs};
use std::time::Duration;

use crossbeam::channel::bounded;
use oro::prelude::*;
use serde_json::json;

use crate::harness::{Headless, check_cases, show};

#[test]
fn cases() {
    check_cases("dns");
}

#[test]
fn names_lead_where_other_programs_find_them() {
    let mut headless = Headless::new();
    let mut want: Vec<IpAddr> = ("localhost", 0)
        .to_socket_addrs()
        .unwrap()
        .map(|address| address.ip())
        .collect();
    for (order, first_v4) in [("ipv4first", true), ("ipv6first", false)] {
        let params = json!({"hostname": "localhost", "all": true, "order": order});
        let answer = headless.call("dns.lookup", params);
        want.sort_by_key(|ip| ip.is_ipv4() != first_v4);
        let addresses = answer["want"]["addresses"].as_array().unwrap();
        let got: Vec<IpAddr> = addresses
            .iter()
            .map(|each| each["address"].as_str().unwrap().parse().unwrap())
            .collect();
        assert_eq!(got, want, "{order}");
        assert_eq!(answer["want"]["address"], want[0].to_string());
    }
}

#[test]
fn who_waits_too_long_is_told_and_the_others_go_on() {
    let limits = [("jobs_io_threads", "1"), ("dns_lookups_max", "3")];
    let limits = limits.map(|(key, value)| (key, value.to_owned()));
    let config = Config::builder().overrides(limits).load().unwrap().config;
    let mut headless = Headless::with(config);
    // The resolver, which is slow because its thread is.
    let (free, wait) = bounded::<()>(1);
    let owner = headless.app.world_mut().spawn_empty().id();
    let jobs = headless.app.world().resource::<Jobs>().clone();
    jobs.spawn(owner, Lane::Io, move || wait.recv(), |_, _, _| {});
    let ask = |headless: &mut Headless, params| {
        let answer = headless.send(Client::Host, "dns.lookup", &params, None);
        headless.app.update();
        answer
    };
    let name = "localhost";
    let hurried = ask(&mut headless, json!({"hostname": name, "timeout": 10}));
    let patient = ask(
        &mut headless,
        json!({"hostname": name, "timeout": 0, "family": 4}),
    );
    let usual = ask(&mut headless, json!({"hostname": name}));
    let last = ask(&mut headless, json!({"hostname": name}));
    let refused = ask(&mut headless, json!({"hostname": name}));
    let refused = show(headless.wait(&refused));
    assert_eq!(refused["err"]["code"], "EAGAIN", "{refused}");
    // An address needs no resolver.
    let address = ask(&mut headless, json!({"hostname": "::1"}));
    assert_eq!(show(headless.wait(&address))["want"]["family"], 6);

    headless.advance(Duration::from_millis(20));
    let told = show(headless.wait(&hurried));
    assert_eq!(told["err"]["message"], "getaddrinfo ETIMEOUT localhost");
    assert_eq!(told["err"]["code"], "ETIMEOUT");
    headless.advance(Duration::from_secs(31));
    for answer in [&usual, &last] {
        assert_eq!(show(headless.wait(answer))["err"]["code"], "ETIMEOUT");
    }
    assert!(patient.is_empty());
    free.send(()).unwrap();
    let found = show(headless.wait(&patient));
    assert_eq!(found["want"]["address"], "127.0.0.1", "{found}");
    let next = ask(&mut headless, json!({"hostname": name, "family": 4}));
    assert_eq!(show(headless.wait(&next))["want"]["address"], "127.0.0.1");
}

#[test]
fn it_needs_permission() {
    let denied = [("permissions_allow_dns", "false".to_owned())];
    let config = Config::builder().overrides(denied).load().unwrap().config;
    let mut headless = Headless::with(config);
    let answer = headless.call("dns.lookup", json!({"hostname": "localhost"}));
    assert_eq!(answer["err"]["type"], "NotAllowedError");
}
