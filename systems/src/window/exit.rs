//! The end of the app: pages hear `applicationstop` and get a moment to act on it.

use std::collections::HashSet;
use std::num::NonZero;
use std::time::Duration;

use bevy_app::AppExit;
use bevy_ecs::prelude::*;
use oro_components::host::{Host, HostCommand, HostConfig};
use oro_components::window::{APPLICATION_STOP, Bridge, WindowStatus};
use oro_engine::clock::{Alarm, Clock};

use super::{Calls, emit_script};

/// How far the end has come.
#[derive(Resource, Debug, Default)]
pub(super) struct Exit(Option<Stopping>);

impl Exit {
    /// Whether the app ends.
    pub fn has_begun(&self) -> bool {
        self.0.is_some()
    }
}

#[derive(Debug)]
struct Stopping {
    code: u8,
    until: Duration,
    unheard: HashSet<u64>,
    written: bool,
}

/// Ends the app with an exit code, after its pages heard of it. The first call decides the code.
pub fn exit(world: &mut World, code: u8) {
    begin(world, code);
}

pub(super) fn begin(world: &mut World, code: u8) {
    if world.resource::<Exit>().0.is_some() {
        return;
    }
    let host = world.resource::<Host>().clone();
    let script = emit_script(&format!("[[\"{APPLICATION_STOP}\",null]]"));
    let mut query = world.query::<(Entity, &Bridge, &mut WindowStatus)>();
    let mut told = Vec::new();
    for (window, bridge, mut status) in query.iter_mut(world) {
        if bridge.listening && status.is_alive() {
            told.push(window);
        }
        status.enter(WindowStatus::Exiting);
    }
    let mut unheard = HashSet::new();
    for window in told {
        let mut calls = world.resource_mut::<Calls>();
        calls.next += 1;
        let call = calls.next;
        if host.command(HostCommand::Evaluate(window, call, script.clone())) {
            unheard.insert(call);
        }
    }
    let grace = world.resource::<HostConfig>().stop_timeout;
    let until = world.resource::<Clock>().real() + grace;
    world.resource_mut::<Exit>().0 = Some(Stopping {
        code,
        until,
        unheard,
        written: false,
    });
}

/// A page has handled a script; perhaps the one that tells of the end.
pub(super) fn heard(world: &mut World, call: u64) {
    if let Some(stopping) = &mut world.resource_mut::<Exit>().0 {
        stopping.unheard.remove(&call);
    }
}

/// Ends the app once all pages have heard, or their time is over.
pub(super) fn finish(
    mut exit: ResMut<Exit>,
    clock: Res<Clock>,
    alarm: Res<Alarm>,
    mut out: MessageWriter<AppExit>,
) {
    let Some(stopping) = exit.bypass_change_detection().0.as_mut() else {
        return;
    };
    if stopping.written {
        return;
    }
    if !stopping.unheard.is_empty() && clock.real() < stopping.until {
        alarm.at_real(stopping.until);
        return;
    }
    stopping.written = true;
    out.write(NonZero::new(stopping.code).map_or(AppExit::Success, AppExit::Error));
}
