//! The server of models under the app's origin, which speaks as OpenAI's does.
//!
//! A request becomes an entity, an exchange, which its window owns: it is parsed on the compute
//! lane, waits for its model and for a place, and becomes one or more generations, whose events are
//! written to its page as they come. Despawning it, for whatever reason, ends all that.

pub mod chat;
pub mod completion;
pub mod embedding;
mod endpoint;
pub mod error;
mod exchange;
mod health;
mod input;
pub mod limit;
pub mod metrics;
mod model;
pub mod parameter;
pub mod request;
mod response;
pub mod sse;
mod text;
pub mod token;
mod vector;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use oro_components::endpoint::Endpoints;
use oro_components::llm::Telemetry;
use oro_engine::config::Config;
use oro_engine::reactor::Reactor;
use oro_engine::tick::{DispatchSystems, EmitSystems, Tick, TickSystems};

pub(crate) use exchange::open;

use crate::settings::AiSettings;
use error::ApiError;
use limit::{Gate, TokenBucket};
use metrics::Metrics;

/// Largest body of a request.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Requests that wait for a place, for each place.
const WAITING_PER_PLACE: u32 = 4;

/// Serves models; see the [module](self). Needs [`AiSettings`] and the engine.
#[derive(Debug, Default)]
pub struct ServerPlugin;

impl Plugin for ServerPlugin {
    fn build(&self, app: &mut App) {
        let world = app.world_mut();
        let Some(settings) = world.get_resource::<AiSettings>().cloned() else {
            return;
        };
        let waker = world.resource::<Reactor>().waker();
        let wake = move || waker.wake();
        let endpoints = Endpoints::new(&settings.server_prefix, BODY_BYTES_MAX, wake);
        world.insert_resource(endpoints);
        let refusal = refusal(&world.get_resource_or_init::<Config>());
        world.insert_resource(Server::new(settings, refusal));
        exchange::register_hooks(world);
        app.add_observer(text::advance).add_systems(
            Tick,
            (
                exchange::receive.in_set(DispatchSystems::Receive),
                text::flush
                    .in_set(TickSystems::Emit)
                    .before(EmitSystems::Flush)
                    .ambiguous_with_all(),
                exchange::reap.in_set(TickSystems::End).ambiguous_with_all(),
            ),
        );
    }
}

/// What all requests are answered where the configuration keeps pages from models. The routes
/// `ai.*` are refused by the same settings.
fn refusal(config: &Config) -> Option<ApiError> {
    let key = match (config.service_enabled("ai"), config.has_permission("ai")) {
        (true, true) => return None,
        (false, _) => "services_ai_enabled",
        (true, false) => "permissions_allow_ai",
    };
    let message = format!("Models are not for pages: '{key}' is off");
    Some(ApiError::forbidden(message))
}

/// What all requests share.
#[derive(Resource)]
struct Server {
    /// What all are answered.
    refusal: Option<ApiError>,
    settings: Arc<AiSettings>,
    bucket: Option<TokenBucket>,
    gate: Gate<Entity>,
    /// Requests for work that are not answered yet.
    open: u32,
    open_max: u32,
    metrics: Option<Metrics>,
    /// What the engine last said of itself.
    telemetry: Telemetry,
}

impl Server {
    fn new(settings: AiSettings, refusal: Option<ApiError>) -> Self {
        let limits = &settings.limits;
        let places = limits.concurrency;
        let waiting_max = places.saturating_mul(WAITING_PER_PLACE);
        Self {
            refusal,
            bucket: limits
                .requests_per_second
                .map(|rate| TokenBucket::new(rate, limits.burst)),
            gate: Gate::new(places, waiting_max as usize),
            open: 0,
            open_max: places.saturating_add(waiting_max),
            metrics: settings.debug.route_metrics.map(Metrics::new),
            telemetry: Telemetry::default(),
            settings: Arc::new(settings),
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
