//! Whether the user is with the app: told to pages, and, where the configuration says so, what
//! pauses it.
//!
//! The focus moves between windows in two steps, out of one and into another, so a change counts
//! only when it has lasted.

use std::time::Duration;

use bevy_ecs::prelude::*;
use oro_components::host::HostConfig;
use oro_components::window::{ApplicationPaused, ApplicationResumed, Facts};
use oro_engine::clock::{Alarm, Clock};
use oro_engine::event_loop::Loop;

/// What was last told, and since when it is no longer true.
#[derive(Resource, Debug, Default)]
pub(super) struct Activity {
    away: bool,
    focused_once: bool,
    changed: Option<Duration>,
}

pub(super) fn watch(
    mut activity: ResMut<Activity>,
    windows: Query<&Facts>,
    (clock, alarm): (Res<Clock>, Res<Alarm>),
    config: Res<HostConfig>,
    event_loop: Res<Loop>,
    mut paused: MessageWriter<ApplicationPaused>,
    mut resumed: MessageWriter<ApplicationResumed>,
) {
    if windows.is_empty() || config.headless {
        return;
    }
    activity.focused_once |= windows.iter().any(|facts| facts.focused);
    // Without a window manager nothing has the focus; then only icons count as away.
    let here = |facts: &Facts| !facts.minimized && (facts.focused || !activity.focused_once);
    let away = !windows.iter().any(here);
    if away == activity.away {
        activity.changed = None;
        return;
    }
    let since = *activity.changed.get_or_insert(clock.real());
    let until = since + config.focus_debounce;
    if clock.real() < until {
        alarm.at_real(until);
        return;
    }
    activity.changed = None;
    activity.away = away;
    let result = match (away, config.always_running) {
        (true, true) => Ok(()),
        (true, false) => event_loop.pause(),
        (false, true) => Ok(()),
        (false, false) => event_loop.resume(),
    };
    if let Err(error) = result {
        tracing::warn!(%error, "the app could not be paused or resumed");
    }
    if away {
        paused.write(ApplicationPaused::default());
    } else {
        resumed.write(ApplicationResumed::default());
    }
}
