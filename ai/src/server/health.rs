//! How the server is, and which models it has.

use std::time::Duration;

use bevy_ecs::prelude::*;
use oro_components::endpoint::EndpointBody;
use oro_components::llm::{KvTelemetry, PoolTelemetry, Telemetry};
use oro_engine::bytes::Bytes;
use oro_engine::clock::Clock;
use serde::Serialize;

use super::Server;
use super::error::ApiError;
use super::exchange::{answer, of_json, refuse};
use super::metrics::RouteReport;
use super::response::List;
use crate::catalog::{self, Served};
use crate::engine::{Answers, Engine};

/// How the server is.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    models: Vec<ModelHealth>,
    pool: PoolReport,
    kv: KvReport,
    limits: LimitReport,
    engine: EngineReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    routes: Option<RouteReport>,
}

#[derive(Serialize)]
struct ModelHealth {
    id: String,
    name: String,
    n_ctx_train: u32,
    n_embd: u32,
    gpu_layers: u32,
}

#[derive(Serialize)]
struct PoolReport {
    capacity: u32,
    warm: u32,
    busy: u32,
    evictions: u64,
    reuses: u64,
}

#[derive(Serialize)]
struct KvReport {
    clears: u64,
    reinits: u64,
    last_clear_ms: u64,
    errors: u64,
}

#[derive(Serialize)]
struct LimitReport {
    concurrency: u32,
    running: u32,
    waiting: usize,
    rps: f64,
    burst: u32,
}

/// What the engine has done and has set.
#[derive(Serialize)]
struct EngineReport {
    steps: u64,
    prompt_tokens: u64,
    cached_tokens: u64,
    completion_tokens: u64,
    sequences_busy: u32,
    cells_used: u64,
    restarts: u32,
    n_threads: Option<u32>,
    n_batch: Option<u32>,
    n_ubatch: Option<u32>,
    gpu_layers: u32,
}

/// Answers with how the server is, after the engine was asked.
pub(super) fn answer_health(world: &mut World, entity: Entity, is_head: bool) {
    let answers = world.resource::<Answers>().clone();
    let done = answers.in_tick(entity, move |world, entity, result| {
        if let Ok(telemetry) = result {
            world.resource_mut::<Server>().telemetry = telemetry;
        }
        report(world, entity, is_head);
    });
    world.resource::<Engine>().telemetry(done);
}

/// Answers with how the server was when it was last asked.
pub(super) fn report(world: &mut World, entity: Entity, is_head: bool) {
    let models = catalog::all(world);
    let is_loading = catalog::is_loading(world);
    let now = world.resource::<Clock>().real();
    let mut server = world.resource_mut::<Server>();
    let status = match (models.is_empty(), is_loading) {
        (false, _) => "ok",
        (true, true) => "loading",
        (true, false) => "no_model",
    };
    let health = Health {
        status,
        models: models.iter().map(|(_, served)| model(served)).collect(),
        routes: routes(&mut server, now),
        ..server.health()
    };
    send(world, entity, is_head, &health);
}

fn routes(server: &mut Server, now: Duration) -> Option<RouteReport> {
    server.metrics.as_mut().map(|metrics| metrics.report(now))
}

fn model(served: &Served) -> ModelHealth {
    ModelHealth {
        id: served.info.id.0.to_string(),
        name: served.name.clone(),
        n_ctx_train: served.info.n_ctx_train,
        n_embd: served.info.n_embd,
        gpu_layers: served.info.gpu_layers,
    }
}

impl Server {
    fn health(&self) -> Health {
        let Telemetry { pool, kv, .. } = self.telemetry;
        let PoolTelemetry {
            capacity,
            warm,
            busy,
            evictions,
            reuses,
        } = pool;
        let KvTelemetry {
            clears,
            reinits,
            last_clear_ms,
            errors,
        } = kv;
        let limits = &self.settings.limits;
        Health {
            status: "",
            models: Vec::new(),
            pool: PoolReport {
                capacity,
                warm,
                busy,
                evictions,
                reuses,
            },
            kv: KvReport {
                clears,
                reinits,
                last_clear_ms,
                errors,
            },
            limits: LimitReport {
                concurrency: limits.concurrency,
                running: self.gate.taken(),
                waiting: self.gate.queued(),
                rps: limits.requests_per_second.unwrap_or(0.0),
                burst: limits.burst,
            },
            engine: self.engine(),
            routes: None,
        }
    }

    fn engine(&self) -> EngineReport {
        let telemetry = &self.telemetry;
        let backend = &self.settings.backend;
        EngineReport {
            steps: telemetry.steps,
            prompt_tokens: telemetry.prompt_tokens,
            cached_tokens: telemetry.cached_tokens,
            completion_tokens: telemetry.completion_tokens,
            sequences_busy: telemetry.sequences_busy,
            cells_used: telemetry.cells_used,
            restarts: telemetry.restarts,
            n_threads: backend.threads,
            n_batch: backend.batch,
            n_ubatch: backend.micro_batch,
            gpu_layers: backend.gpu_layers,
        }
    }
}

/// A model, as clients list them.
#[derive(Serialize)]
struct ModelReport {
    id: String,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
    meta: ModelMeta,
}

#[derive(Serialize)]
struct ModelMeta {
    n_vocab: u32,
    n_ctx: u32,
    n_ctx_train: u32,
    n_embd: u32,
    n_params: u64,
    size: u64,
}

/// Answers with the models that are loaded, or with the one that is named.
pub(super) fn answer_models(world: &mut World, entity: Entity, name: &str, is_head: bool) {
    let models = catalog::all(world);
    let report = |served: &Served| {
        let info = &served.info;
        ModelReport {
            id: served.name.clone(),
            object: "model",
            created: served.loaded_at,
            owned_by: "local",
            meta: ModelMeta {
                n_vocab: info.n_vocab,
                n_ctx: info.n_ctx_default,
                n_ctx_train: info.n_ctx_train,
                n_embd: info.n_embd,
                n_params: info.n_params,
                size: info.size_bytes,
            },
        }
    };
    if name.is_empty() {
        let data = models.iter().map(|(_, served)| report(served)).collect();
        return send(world, entity, is_head, &List::new(data));
    }
    match models.iter().find(|(_, served)| served.is_named(name)) {
        Some((_, served)) => send(world, entity, is_head, &report(served)),
        None => refuse(world, entity, &ApiError::model_not_found(name)),
    }
}

/// Answers with JSON, or with what its headers would be.
fn send(world: &mut World, entity: Entity, is_head: bool, value: &impl Serialize) {
    let mut response = of_json(value);
    if is_head && let EndpointBody::Bytes(body) = &mut response.body {
        response
            .headers
            .push(("content-length", body.len().to_string()));
        *body = Bytes::default();
    }
    answer(world, entity, response);
}
