//! Timers: `timers.setTimeout`, `timers.setInterval`, `timers.setImmediate` and what clears them;
//! event `timers.fire`.
//!
//! Rust programs have two ways. The component [`Timer`] makes an entity a timer, with observers of
//! [`TimerFired`] and an owner; the resource [`Timers`] schedules timers without entities, by the
//! million, which expire as messages [`TimerExpired`].

#[cfg(test)]
mod tests;
mod wheel;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bevy_app::{App, Plugin};
use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use oro_components::timers::{
    ClearImmediate, ClearInterval, ClearTimeout, SetImmediate, SetInterval, SetTimeout, Timer,
    TimerError, TimerExpired, TimerFired, TimerId, TimerKind, TimerStarted, TimersFired,
};
use oro_engine::clock::Alarm;
use oro_engine::config::{Config, keys};
use oro_engine::prelude::*;
use oro_engine::tick::EmitSystems;

use wheel::{Key, Wheel};

/// Timers that fire in one tick at most; the rest fires in the next.
const FIRED_PER_TICK_MAX: usize = 16_384;
/// The shortest period of an interval, as in browsers and Node.
const PERIOD_MIN: Duration = Duration::from_millis(1);

/// Timers; see the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct TimersPlugin;

impl Plugin for TimersPlugin {
    fn build(&self, app: &mut App) {
        let config = app.world_mut().get_resource_or_init::<Config>();
        let timers = Timers {
            wheel: Wheel::new(),
            max: config.get(keys::TIMERS_MAX),
        };
        app.insert_resource(timers)
            .init_resource::<Announced>()
            .add_message::<TimerExpired>()
            .add_topic::<TimersFired>()
            .add_deferred::<SetTimeout, _>(set_timeout)
            .add_route::<SetInterval, _>(set_interval)
            .add_route::<SetImmediate, _>(set_immediate)
            .add_route::<ClearTimeout, _>(|In(call): In<Call<ClearTimeout>>, world: &mut World| {
                clear(world, call.client, call.id)
            })
            .add_route::<ClearInterval, _>(
                |In(call): In<Call<ClearInterval>>, world: &mut World| {
                    clear(world, call.client, call.id)
                },
            )
            .add_route::<ClearImmediate, _>(
                |In(call): In<Call<ClearImmediate>>, world: &mut World| {
                    clear(world, call.client, call.id)
                },
            )
            .add_observer(answer)
            .add_systems(
                Tick,
                (
                    fire.in_set(TickSystems::Timers).run_if(any_due),
                    announce
                        .run_if(any_announced)
                        .in_set(TickSystems::Emit)
                        .before(EmitSystems::Forward),
                    set_alarm.after(TickSystems::Emit).before(TickSystems::End),
                ),
            );
        app.world_mut()
            .register_component_hooks::<Timer>()
            .on_insert(start)
            .on_discard(stop);
        app.world_mut()
            .register_required_components::<Timer, Scheduled>();
    }
}

/// Schedules timers that no entity stands for. They expire as messages [`TimerExpired`], which
/// systems of the set `Update` read in the same tick.
#[derive(Resource)]
pub struct Timers {
    wheel: Wheel<Target>,
    max: usize,
}

/// Who hears of an expiry.
#[derive(Clone, Copy)]
enum Target {
    Entity(Entity),
    Message(u64),
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Timers {
    /// A timer that expires once, `after` the time of this tick, with the message's `tag`.
    ///
    /// # Errors
    /// [`TimerError::TooMany`] at the limit.
    pub fn schedule(
        &mut self,
        clock: &Clock,
        after: Duration,
        tag: u64,
    ) -> Result<TimerId, TimerError> {
        self.add(clock.now(), after, None, Target::Message(tag))
    }

    /// A timer that expires after each `period`, which is at least a millisecond.
    ///
    /// # Errors
    /// [`TimerError::TooMany`] at the limit.
    pub fn schedule_every(
        &mut self,
        clock: &Clock,
        period: Duration,
        tag: u64,
    ) -> Result<TimerId, TimerError> {
        self.add(clock.now(), period, Some(period), Target::Message(tag))
    }

    /// Cancels a timer. False if it has expired or was cancelled; its last message may then still
    /// be on the way.
    pub fn cancel(&mut self, timer: TimerId) -> bool {
        self.wheel.cancel(Key::from_bits(timer.0))
    }

    /// How many timers are scheduled, those of entities included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.wheel.len()
    }

    /// Whether no timer is scheduled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many timers may be scheduled.
    #[must_use]
    pub fn max(&self) -> usize {
        self.max
    }

    fn room(&self) -> Result<(), TimerError> {
        if self.len() < self.max {
            Ok(())
        } else {
            Err(TimerError::TooMany { max: self.max })
        }
    }

    fn add(
        &mut self,
        now: Duration,
        delay: Duration,
        period: Option<Duration>,
        target: Target,
    ) -> Result<TimerId, TimerError> {
        self.room()?;
        let (delay, period) = match period {
            Some(period) => (delay.max(PERIOD_MIN), nanos(period.max(PERIOD_MIN))),
            None => (delay, 0),
        };
        let deadline = nanos(now.saturating_add(delay));
        // The wheel only advances when something is due.
        self.wheel.tell(nanos(now));
        Ok(TimerId(
            self.wheel.schedule(deadline, period, target).to_bits(),
        ))
    }
}

/// The key of an entity's [`Timer`] in the index; `None` if there was no room.
#[derive(Component, Default)]
struct Scheduled(Option<Key>);

/// Indexes a timer whose component was inserted.
fn start(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let now = world.resource::<Clock>().now();
    let Some(&Timer { delay, period }) = world.get::<Timer>(entity) else {
        return;
    };
    let added = world
        .resource_mut::<Timers>()
        .add(now, delay, period, Target::Entity(entity));
    match added {
        Ok(id) => {
            if let Some(mut scheduled) = world.get_mut::<Scheduled>(entity) {
                scheduled.0 = Some(Key::from_bits(id.0));
            }
        }
        Err(error) => tracing::error!(%error, %entity, "a timer is not started"),
    }
}

/// Takes a timer whose component goes away out of the index.
fn stop(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let key = world.get::<Scheduled>(entity).and_then(|key| key.0);
    if let (Some(key), Some(mut timers)) = (key, world.get_resource_mut::<Timers>()) {
        timers.wheel.cancel(key);
    }
}

/// Whether a timer may be due.
fn any_due(timers: Res<Timers>, clock: Res<Clock>) -> bool {
    let next = timers.wheel.next();
    next.is_some_and(|next| next <= nanos(clock.now()))
}

/// Fires what is due. One at a time, because each may cancel any other.
fn fire(world: &mut World, mut expired: Local<Vec<TimerExpired>>) {
    let now = nanos(world.resource::<Clock>().now());
    world.resource_mut::<Timers>().wheel.advance(now);
    for _ in 0..FIRED_PER_TICK_MAX {
        let Some(next) = world.resource_mut::<Timers>().wheel.take() else {
            break;
        };
        let deadline = Duration::from_nanos(next.deadline);
        match next.payload {
            Target::Message(tag) => expired.push(TimerExpired {
                timer: TimerId(next.key.to_bits()),
                tag,
                deadline,
            }),
            Target::Entity(entity) => {
                let trigger = || world.trigger(TimerFired { entity, deadline });
                if catch_unwind(AssertUnwindSafe(trigger)).is_err() {
                    tracing::error!(%entity, "an observer of a timer panicked");
                }
                if !next.periodic {
                    let _ = world.try_despawn(entity);
                }
            }
        }
    }
    if !expired.is_empty() {
        world.write_message_batch(expired.drain(..));
        expired.shrink_to(FIRED_PER_TICK_MAX);
    }
}

/// Tells the loop when to tick next.
fn set_alarm(timers: Res<Timers>, alarm: Res<Alarm>) {
    if let Some(next) = timers.wheel.next() {
        alarm.at(Duration::from_nanos(next));
    }
}

/// A timer that was started by a route.
#[derive(Component)]
struct Requested {
    window: Option<Entity>,
    /// The request that waits for it.
    waiting: Option<Pending<SetTimeout>>,
}

/// Timers of pages that fired in this tick.
#[derive(Resource, Default)]
struct Announced(Vec<(Option<Entity>, Id)>);

fn duration(timeout: f64) -> Result<Duration, TimerError> {
    let invalid = |_| TimerError::InvalidTimeout(timeout);
    Duration::try_from_secs_f64(timeout / 1e3).map_err(invalid)
}

fn spawn(
    world: &mut World,
    kind: TimerKind,
    timer: Timer,
    requested: Requested,
    owner: Option<Entity>,
) -> Result<Id, TimerError> {
    let timers = world.resource::<Timers>();
    timers.room()?;
    let max = timers.max;
    let entity = match owner {
        Some(owner) => world.spawn((timer, kind, requested, OwnedBy(owner))),
        None => world.spawn((timer, kind, requested)),
    };
    let key = entity.get::<Scheduled>().and_then(|scheduled| scheduled.0);
    let Some(key) = key else {
        entity.despawn();
        return Err(TimerError::TooMany { max });
    };
    Ok(Id(key.to_bits()))
}

fn set_timeout(
    In((call, pending)): In<(Call<SetTimeout>, Pending<SetTimeout>)>,
    world: &mut World,
) -> Result<(), TimerError> {
    let timer = Timer::after(duration(call.timeout)?);
    let window = call.client.window();
    if call.wait {
        let owner = Some(pending.entity());
        let waiting = Some(pending);
        let requested = Requested { window, waiting };
        spawn(world, TimerKind::Timeout, timer, requested, owner)?;
    } else {
        let requested = Requested {
            window,
            waiting: None,
        };
        let id = spawn(world, TimerKind::Timeout, timer, requested, window)?;
        world.reply(pending, Ok(TimerStarted { id }));
    }
    Ok(())
}

fn set_interval(
    In(call): In<Call<SetInterval>>,
    world: &mut World,
) -> Result<TimerStarted, TimerError> {
    let timer = Timer::every(duration(call.timeout)?);
    start_requested(world, call.client, TimerKind::Interval, timer)
}

fn set_immediate(
    In(call): In<Call<SetImmediate>>,
    world: &mut World,
) -> Result<TimerStarted, TimerError> {
    let timer = Timer::after(Duration::ZERO);
    start_requested(world, call.client, TimerKind::Immediate, timer)
}

fn start_requested(
    world: &mut World,
    client: Client,
    kind: TimerKind,
    timer: Timer,
) -> Result<TimerStarted, TimerError> {
    let window = client.window();
    let requested = Requested {
        window,
        waiting: None,
    };
    let id = spawn(world, kind, timer, requested, window)?;
    Ok(TimerStarted { id })
}

/// Cancels a timer of the caller's window; the host's program may cancel any.
fn clear(world: &mut World, client: Client, id: Id) -> Result<Empty, TimerError> {
    let entity = match world.resource::<Timers>().wheel.get(Key::from_bits(id.0)) {
        Some(Target::Entity(entity)) => entity,
        Some(Target::Message(_)) | None => return Err(TimerError::NotFound(id)),
    };
    let requested = world.get::<Requested>(entity);
    match requested {
        Some(timer) if client == Client::Host || timer.window == client.window() => {
            world.despawn(entity);
            Ok(Empty {})
        }
        _ => Err(TimerError::NotFound(id)),
    }
}

/// Answers whoever waited for a timer, and notes the others for the event.
fn answer(
    fired: On<TimerFired>,
    mut timers: Query<(&Scheduled, &mut Requested)>,
    mut announced: ResMut<Announced>,
    mut commands: Commands,
) {
    let Ok((scheduled, mut requested)) = timers.get_mut(fired.entity) else {
        return;
    };
    let Some(id) = scheduled.0.map(|key| Id(key.to_bits())) else {
        return;
    };
    match requested.waiting.take() {
        Some(pending) => commands.reply(pending, Ok(TimerStarted { id })),
        None => announced.0.push((requested.window, id)),
    }
}

fn any_announced(announced: Res<Announced>) -> bool {
    !announced.0.is_empty()
}

/// One event a window, however many of its timers fired.
fn announce(mut announced: ResMut<Announced>, mut events: MessageWriter<TimersFired>) {
    // Stable: within a window the order of firing stays.
    announced.0.sort_by_key(|(window, _)| *window);
    for chunk in announced.0.chunk_by(|a, b| a.0 == b.0) {
        events.write(TimersFired {
            ids: chunk.iter().map(|(_, id)| *id).collect(),
            window: chunk.first().and_then(|(window, _)| *window),
        });
    }
    announced.0.clear();
}
