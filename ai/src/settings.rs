//! The `ai_llm_*` keys of the configuration, as one typed and checked resource.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use bevy_ecs::prelude::Resource;
use oro_engine::config::{Config, Origin, keys};

/// How models are found, loaded and limited.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct AiSettings {
    /// Path of the model server under the app's origin; begins with a slash, ends without one.
    pub server_prefix: String,
    /// The model for requests that name none.
    pub default_model: Option<String>,
    /// Where models are searched.
    pub model_dir: Option<PathBuf>,
    /// Where LoRA adapters are searched.
    pub lora_dir: Option<PathBuf>,
    /// Whether generations end when the app pauses.
    pub pause_cancels: bool,
    /// How much the server takes on.
    pub limits: Limits,
    /// What a request gets that does not say.
    pub sampling: Sampling,
    /// How models and contexts are loaded.
    pub backend: Backend,
    /// What is logged and counted.
    pub debug: Debugging,
}

/// How much the server takes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Generations that run at once.
    pub concurrency: u32,
    /// Requests a second; `None` is no limit.
    pub requests_per_second: Option<f64>,
    /// Requests that may come at once before the rate counts; at least 1.
    pub burst: u32,
    /// How long a generation may take; `None` is no limit.
    pub request_timeout: Option<Duration>,
    /// Largest prompt, in bytes.
    pub prompt_max_bytes: u64,
    /// All inputs of one embedding request, in bytes.
    pub embed_max_bytes: u64,
    /// Most tokens of an answer, whatever the request says; `None` is the size of the context.
    pub tokens_max: Option<u32>,
}

/// What a request gets that does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Most tokens of an answer.
    pub max_tokens: u32,
    /// 0 always takes the likeliest token.
    pub temperature: f64,
    /// Probability mass to sample from, 0 to 1.
    pub top_p: f64,
    /// Tokens to sample from; `None` is all.
    pub top_k: Option<NonZeroU32>,
    /// Least probability relative to the likeliest token, 0 to 1.
    pub min_p: f64,
}

/// How models and contexts are loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Contexts that are kept warm for each model and size.
    pub pool_capacity: u32,
    /// Layers of a model that run on the GPU.
    pub gpu_layers: u32,
    /// CPU threads of a context; `None` is the number of cores.
    pub threads: Option<u32>,
    /// Tokens that are evaluated in one batch; `None` is the backend's choice.
    pub batch: Option<u32>,
    /// Tokens that are evaluated in one physical batch; `None` is the backend's choice.
    pub micro_batch: Option<u32>,
}

/// What is logged and counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debugging {
    /// The least time between two log lines about clearing the key-value cache; `None` logs none.
    pub kv_log_interval: Option<Duration>,
    /// What `/health` tells about endpoints; `None` tells nothing.
    pub route_metrics: Option<RouteMetrics>,
}

/// What `/health` tells about endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteMetrics {
    /// Age of the calls that are listed.
    pub recent: Duration,
    /// Endpoints that are listed, those with most calls first.
    pub top_k: u32,
}

/// Settings that are fine by themselves and cannot be together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A default that a request could never be given.
    #[error("'{key}' is {value}, more than '{limit_key}' allows, which is {limit}")]
    Exceeds {
        /// The key with the larger value.
        key: &'static str,
        /// Its value.
        value: u32,
        /// The key of the limit.
        limit_key: &'static str,
        /// The limit.
        limit: u32,
    },
    /// The server would stand where something else is served.
    #[error("'ai_llm_server_prefix' is '{0}', which hides {1}")]
    PrefixTaken(String, &'static str),
}

impl AiSettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// When two settings contradict each other; the error names the keys and their values. Types
    /// and ranges were checked when the configuration was loaded.
    pub fn from_config(config: &Config) -> Result<Self, SettingsError> {
        Ok(Self {
            server_prefix: server_prefix(config)?,
            default_model: config.get(keys::AI_LLM_DEFAULT_MODEL).map(str::to_owned),
            model_dir: config.get(keys::AI_LLM_MODEL_PATH).map(Into::into),
            lora_dir: config.get(keys::AI_LLM_LORA_PATH).map(Into::into),
            pause_cancels: config.get(keys::AI_PAUSE_CANCELS),
            sampling: sampling(config)?,
            limits: limits(config),
            backend: backend(config)?,
            debug: debugging(config),
        })
    }
}

fn server_prefix(config: &Config) -> Result<String, SettingsError> {
    let prefix = config.get(keys::AI_LLM_SERVER_PREFIX).trim_end_matches('/');
    let taken = |what| Err(SettingsError::PrefixTaken(prefix.to_owned(), what));
    if prefix.is_empty() {
        return taken("the application itself");
    }
    if prefix == "/oro" || prefix.starts_with("/oro/") {
        return taken("the script library");
    }
    Ok(prefix.to_owned())
}

fn at_most(
    (key, value): (&'static str, u32),
    (limit_key, limit): (&'static str, Option<u32>),
) -> Result<(), SettingsError> {
    match limit {
        Some(limit) if value > limit => Err(SettingsError::Exceeds {
            key,
            value,
            limit_key,
            limit,
        }),
        _ => Ok(()),
    }
}

fn sampling(config: &Config) -> Result<Sampling, SettingsError> {
    let key = "ai_llm_default_max_tokens";
    let max_tokens = config.get(keys::AI_LLM_DEFAULT_MAX_TOKENS);
    let hard_max = config.get(keys::AI_LLM_HARD_MAX_TOKENS);
    // Who sets the limit alone has not contradicted it.
    if config.origin(key) != Some(&Origin::Default) {
        at_most((key, max_tokens), ("ai_llm_hard_max_tokens", hard_max))?;
    }
    Ok(Sampling {
        max_tokens: hard_max.map_or(max_tokens, |limit| max_tokens.min(limit)),
        temperature: config.get(keys::AI_LLM_DEFAULT_TEMPERATURE),
        top_p: config.get(keys::AI_LLM_DEFAULT_TOP_P),
        top_k: NonZeroU32::new(config.get(keys::AI_LLM_DEFAULT_TOP_K)),
        min_p: config.get(keys::AI_LLM_DEFAULT_MIN_P),
    })
}

fn limits(config: &Config) -> Limits {
    let rate = config.get(keys::AI_LLM_RATE_LIMIT_RPS);
    let burst = match config.get(keys::AI_LLM_RATE_LIMIT_BURST) {
        // What the rate allows in a second. The conversion saturates.
        0 => (rate.ceil() as u32).max(1),
        burst => burst,
    };
    Limits {
        concurrency: config.get(keys::AI_LLM_RATE_LIMIT_CONCURRENCY),
        requests_per_second: (rate > 0.0).then_some(rate),
        burst,
        request_timeout: some(config.get(keys::AI_LLM_REQUEST_TIMEOUT_MS)),
        prompt_max_bytes: config.get(keys::AI_LLM_MAX_PROMPT_BYTES),
        embed_max_bytes: config.get(keys::AI_LLM_EMBED_MAX_TOTAL_BYTES),
        tokens_max: config.get(keys::AI_LLM_HARD_MAX_TOKENS),
    }
}

/// A duration of zero means that there is no limit.
fn some(duration: Duration) -> Option<Duration> {
    (!duration.is_zero()).then_some(duration)
}

fn backend(config: &Config) -> Result<Backend, SettingsError> {
    let batch = config.get(keys::AI_LLM_CONTEXT_N_BATCH);
    let micro_batch = config.get(keys::AI_LLM_CONTEXT_N_UBATCH);
    if let Some(micro_batch) = micro_batch {
        at_most(
            ("ai_llm_context_n_ubatch", micro_batch),
            ("ai_llm_context_n_batch", batch),
        )?;
    }
    Ok(Backend {
        pool_capacity: config.get(keys::AI_LLM_POOL_CAPACITY),
        gpu_layers: config.get(keys::AI_LLM_GPU_LAYER_COUNT),
        threads: config.get(keys::AI_LLM_N_THREADS),
        batch,
        micro_batch,
    })
}

fn debugging(config: &Config) -> Debugging {
    Debugging {
        kv_log_interval: config
            .get(keys::AI_LLM_DEBUG_KV_LOG)
            .then(|| config.get(keys::AI_LLM_DEBUG_KV_LOG_INTERVAL_MS)),
        route_metrics: config
            .get(keys::AI_LLM_DEBUG_ROUTE_METRICS)
            .then(|| RouteMetrics {
                recent: config.get(keys::AI_LLM_DEBUG_ROUTE_METRICS_RECENT_MS),
                top_k: config.get(keys::AI_LLM_DEBUG_ROUTE_METRICS_TOP_K),
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<AiSettings, SettingsError> {
        let builder = Config::builder().overrides(settings.iter().copied());
        AiSettings::from_config(&builder.load().unwrap().config)
    }

    /// Where nothing is set, the documented defaults hold.
    #[test]
    fn defaults_are_the_documented_ones() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.server_prefix, "/ai/llama");
        assert_eq!(settings.model_dir, None);
        assert_eq!(
            settings.sampling,
            Sampling {
                max_tokens: 128,
                temperature: 0.8,
                top_p: 0.95,
                top_k: NonZeroU32::new(40),
                min_p: 0.05,
            }
        );
        assert_eq!(settings.limits.concurrency, 4);
        assert_eq!(settings.limits.prompt_max_bytes, 131_072);
        assert_eq!(settings.limits.requests_per_second, None);
        assert_eq!(settings.debug.route_metrics, None);
    }

    /// Rate limits: the key pairs and what they mean.
    #[test]
    fn a_burst_of_zero_is_what_the_rate_allows() {
        for (rate, burst, want) in [
            ("0", "0", (None, 1)),
            ("0.5", "0", (Some(0.5), 1)),
            ("2.5", "0", (Some(2.5), 3)),
            ("2", "9", (Some(2.0), 9)),
        ] {
            let limits = read(&[
                ("ai_llm_rate_limit_rps", rate),
                ("ai_llm_rate_limit_burst", burst),
            ])
            .unwrap()
            .limits;
            let got = (limits.requests_per_second, limits.burst);
            assert_eq!(got, want, "{rate} {burst}");
        }
    }

    #[test]
    fn switches_turn_zero_and_off_into_nothing() {
        let settings = read(&[
            ("ai_llm_default_top_k", "0"),
            ("ai_llm_request_timeout_ms", "1500"),
            ("ai_llm_debug_kv_log", "on"),
            ("ai_llm_debug_route_metrics", "1"),
        ])
        .unwrap();
        assert_eq!(settings.sampling.top_k, None);
        let timeout = settings.limits.request_timeout;
        assert_eq!(timeout, Some(Duration::from_millis(1500)));
        let interval = settings.debug.kv_log_interval;
        assert_eq!(interval, Some(Duration::from_secs(5)));
        let metrics = settings.debug.route_metrics.unwrap();
        assert_eq!(
            (metrics.recent, metrics.top_k),
            (Duration::from_secs(300), 32)
        );
    }

    #[test]
    fn a_hard_limit_alone_limits_the_default_as_well() {
        let settings = read(&[("ai_llm_hard_max_tokens", "100")]).unwrap();
        assert_eq!(settings.sampling.max_tokens, 100);
        assert_eq!(settings.limits.tokens_max, Some(100));
    }

    #[test]
    fn contradictions_name_both_keys_and_values() {
        for (settings, want) in [
            (
                &[
                    ("ai_llm_hard_max_tokens", "100"),
                    ("ai_llm_default_max_tokens", "101"),
                ][..],
                "'ai_llm_default_max_tokens' is 101, more than 'ai_llm_hard_max_tokens' allows, \
                 which is 100",
            ),
            (
                &[
                    ("ai_llm_context_n_batch", "256"),
                    ("ai_llm_context_n_ubatch", "512"),
                ],
                "'ai_llm_context_n_ubatch' is 512, more than 'ai_llm_context_n_batch' allows, \
                 which is 256",
            ),
            (
                &[("ai_llm_server_prefix", "/oro/ai/")],
                "'ai_llm_server_prefix' is '/oro/ai', which hides the script library",
            ),
            (
                &[("ai_llm_server_prefix", "/")],
                "'ai_llm_server_prefix' is '', which hides the application itself",
            ),
        ] {
            let got = read(settings).unwrap_err().to_string();
            assert_eq!(got, want, "{settings:?}");
        }
    }
}
