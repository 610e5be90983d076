//! Names of hosts: the route `dns.lookup`.
//!
//! The system's resolver is asked on the io lane, by no more than half of its threads: it may take
//! many seconds over a name server that does not answer, and files must not wait for that. Who
//! waits too long is told so, while the resolver goes on.

mod resolver;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use oro_components::dns::{DnsAddress, DnsAddresses, DnsError, DnsLookup, DnsOrder};
use oro_components::timers::{Timer, TimerFired};
use oro_engine::config::{Config, keys};
use oro_engine::job::JobLimits;
use oro_engine::prelude::*;

/// Names of hosts; see the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct DnsPlugin;

impl Plugin for DnsPlugin {
    fn build(&self, app: &mut App) {
        let config = app.world_mut().get_resource_or_init::<Config>();
        let (timeout, waiting_max) = (
            config.get(keys::DNS_TIMEOUT_MS),
            config.get(keys::DNS_LOOKUPS_MAX),
        );
        let running_max = (JobLimits::from_config(&config).io_threads / 2).max(1);
        let resolver = app.world_mut().spawn_empty().id();
        app.insert_resource(Lookups {
            resolver,
            waiting: VecDeque::new(),
            running: 0,
            running_max,
            waiting_max,
            timeout,
        })
        .add_deferred::<DnsLookup, _>(lookup)
        .add_observer(time_over);
    }
}

#[derive(Resource)]
struct Lookups {
    /// What jobs belong to. Not their requests: their end must be counted although nobody waits.
    resolver: Entity,
    waiting: VecDeque<(Pending<DnsLookup>, DnsLookup)>,
    running: usize,
    running_max: usize,
    waiting_max: usize,
    timeout: Duration,
}

/// The timer of a lookup.
#[derive(Component)]
struct TimeLimit(Option<(Pending<DnsLookup>, String)>);

fn lookup(
    In((call, pending)): In<(Call<DnsLookup>, Pending<DnsLookup>)>,
    world: &mut World,
) -> Result<(), DnsError> {
    let params = call.params;
    let invalid = |param, reason: &str| DnsError::Invalid {
        param,
        reason: reason.to_owned(),
    };
    if params.hostname.is_empty() {
        return Err(DnsError::NoName);
    }
    if params.hostname.contains('\0') {
        return Err(invalid("hostname", "it has a zero byte inside"));
    }
    if ![0, 4, 6].contains(&params.family) {
        return Err(invalid("family", "it is 0, 4 or 6"));
    }
    if resolver::flags(params.hints).is_none() {
        return Err(invalid("hints", "it has bits of no known meaning"));
    }
    let lookups = world.resource::<Lookups>();
    let limit = match params.timeout {
        Some(ms) => Duration::try_from_secs_f64(ms / 1e3)
            .map_err(|_| invalid("timeout", &format!("{ms} is not a time of 0 ms or more")))?,
        None => lookups.timeout,
    };
    if let Ok(address) = params.hostname.parse::<IpAddr>() {
        let first = DnsAddress {
            address: params.hostname,
            family: if address.is_ipv4() { 4 } else { 6 },
        };
        let addresses = if params.all {
            vec![first.clone()]
        } else {
            Vec::new()
        };
        world.reply(pending, Ok(DnsAddresses { first, addresses }));
        return Ok(());
    }
    if lookups.waiting.len() >= lookups.waiting_max {
        let max = lookups.waiting_max;
        return Err(DnsError::TooMany { max });
    }
    if !limit.is_zero() {
        let owner = pending.entity();
        let waiting = Some((pending.again(), params.hostname.clone()));
        world.spawn((Timer::after(limit), TimeLimit(waiting), OwnedBy(owner)));
    }
    let mut lookups = world.resource_mut::<Lookups>();
    lookups.waiting.push_back((pending, params));
    advance(world);
    Ok(())
}

/// Begins lookups that wait, as far as there is a thread for them.
fn advance(world: &mut World) {
    loop {
        let mut lookups = world.resource_mut::<Lookups>();
        if lookups.running >= lookups.running_max {
            return;
        }
        let Some((pending, params)) = lookups.waiting.pop_front() else {
            return;
        };
        let resolver = lookups.resolver;
        if world.get_entity(pending.entity()).is_err() {
            continue; // nobody waits for it any more
        }
        world.resource_mut::<Lookups>().running += 1;
        let jobs = world.resource::<Jobs>().clone();
        let work = move || find(&params);
        jobs.spawn(resolver, Lane::Io, work, move |world, _, result| {
            world.resource_mut::<Lookups>().running -= 1;
            let result = result.unwrap_or_else(|error| Err(error.into()));
            world.reply(pending, result);
            advance(world);
        });
    }
}

fn find(params: &DnsLookup) -> Result<DnsAddresses, DnsError> {
    let hints = resolver::flags(params.hints).unwrap_or_default();
    let mut found = resolver::resolve(&params.hostname, params.family, hints)?;
    match params.order {
        DnsOrder::Verbatim => {}
        DnsOrder::Ipv4First => found.sort_by_key(IpAddr::is_ipv6),
        DnsOrder::Ipv6First => found.sort_by_key(IpAddr::is_ipv4),
    }
    let mut addresses: Vec<DnsAddress> = found
        .iter()
        .map(|address| DnsAddress {
            address: address.to_string(),
            family: if address.is_ipv4() { 4 } else { 6 },
        })
        .collect();
    let Some(first) = addresses.first().cloned() else {
        return Err(resolver::not_found(&params.hostname));
    };
    if !params.all {
        addresses.clear();
    }
    Ok(DnsAddresses { first, addresses })
}

/// Tells whoever waits that it takes too long.
fn time_over(fired: On<TimerFired>, mut limits: Query<&mut TimeLimit>, mut commands: Commands) {
    let limit = limits.get_mut(fired.entity);
    if let Some((pending, hostname)) = limit.ok().and_then(|mut limit| limit.0.take()) {
        commands.reply(pending, Err(DnsError::Timeout { hostname }));
    }
}
