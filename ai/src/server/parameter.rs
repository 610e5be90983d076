//! What all requests for text have in common, and its limits.

use std::collections::BTreeMap;

use oro_components::llm::{LOGPROBS_MAX, Penalties, STOP_STRINGS_MAX, Sampling};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::ApiError;
use crate::settings::AiSettings;

/// Most texts that one request makes.
pub const CHOICES_MAX: u32 = 16;
/// Most tokens whose likelihood a request changes.
const LOGIT_BIAS_MAX: usize = 1024;
/// Longest stop string, in bytes.
const STOP_BYTES_MAX: usize = 1024;
/// Longest name of a model.
const MODEL_NAME_BYTES_MAX: usize = 512;

/// Declares the body of a request for text: the members that all have, and its own.
macro_rules! text_body {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $($(#[$meta])* $field: $type,)*
            model: Option<String>,
            stream: Option<bool>,
            stream_options: Option<$crate::server::parameter::StreamOptions>,
            max_tokens: Option<u32>,
            max_completion_tokens: Option<u32>,
            temperature: Option<f64>,
            top_p: Option<f64>,
            top_k: Option<u32>,
            min_p: Option<f64>,
            frequency_penalty: Option<f64>,
            presence_penalty: Option<f64>,
            repeat_penalty: Option<f64>,
            #[serde(default, deserialize_with = "crate::server::parameter::logit_bias")]
            logit_bias: Vec<(i32, f32)>,
            #[serde(default, deserialize_with = "crate::server::parameter::stop")]
            stop: Vec<String>,
            seed: Option<i64>,
            n: Option<u32>,
            ignore_eos: Option<bool>,
            // What clients tell about themselves and their accounts changes nothing here.
            #[serde(rename = "metadata")]
            _metadata: Option<serde::de::IgnoredAny>,
            #[serde(rename = "prompt_cache_key")]
            _prompt_cache_key: Option<serde::de::IgnoredAny>,
            #[serde(rename = "safety_identifier")]
            _safety_identifier: Option<serde::de::IgnoredAny>,
            #[serde(rename = "service_tier")]
            _service_tier: Option<serde::de::IgnoredAny>,
            #[serde(rename = "store")]
            _store: Option<serde::de::IgnoredAny>,
            #[serde(rename = "user")]
            _user: Option<serde::de::IgnoredAny>,
        }

        impl $name {
            fn parameters(&mut self) -> $crate::server::parameter::Parameters {
                $crate::server::parameter::Parameters {
                    model: self.model.take(),
                    stream: self.stream.unwrap_or(false),
                    stream_options: self.stream_options.take(),
                    max_tokens: self.max_tokens,
                    max_completion_tokens: self.max_completion_tokens,
                    temperature: self.temperature,
                    top_p: self.top_p,
                    top_k: self.top_k,
                    min_p: self.min_p,
                    frequency_penalty: self.frequency_penalty,
                    presence_penalty: self.presence_penalty,
                    repeat_penalty: self.repeat_penalty,
                    logit_bias: std::mem::take(&mut self.logit_bias),
                    stop: std::mem::take(&mut self.stop),
                    seed: self.seed,
                    n: self.n,
                    ignore_eos: self.ignore_eos.unwrap_or(false),
                }
            }
        }
    };
}
pub(super) use text_body;

/// The members that all requests for text have, as they came.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub model: Option<String>,
    pub stream: bool,
    pub stream_options: Option<StreamOptions>,
    pub max_tokens: Option<u32>,
    pub max_completion_tokens: Option<u32>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<u32>,
    pub min_p: Option<f64>,
    pub frequency_penalty: Option<f64>,
    pub presence_penalty: Option<f64>,
    pub repeat_penalty: Option<f64>,
    pub logit_bias: Vec<(i32, f32)>,
    pub stop: Vec<String>,
    pub seed: Option<i64>,
    pub n: Option<u32>,
    pub ignore_eos: bool,
}

/// What a stream tells besides its text.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamOptions {
    include_usage: Option<bool>,
    /// Noise against eavesdroppers, of which there are none here.
    #[serde(rename = "include_obfuscation")]
    _include_obfuscation: Option<bool>,
}

/// What all requests for text have in common, checked and complete.
#[derive(Clone, Debug, PartialEq)]
pub struct TextRequest {
    /// The model, if one is named.
    pub model: Option<String>,
    /// Whether the answer comes as it is made.
    pub stream: Option<Stream>,
    /// How many texts are asked for, 1 to [`CHOICES_MAX`].
    pub choices: u32,
    /// Most tokens of each.
    pub max_tokens: u32,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Strings that end a text.
    pub stop: Vec<String>,
    /// Goes on where the model would end.
    pub ignore_eos: bool,
    /// Tell the probability of each token, and of that many alternatives.
    pub logprobs: Option<u8>,
}

/// An answer that comes as it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Whether it ends with the count of tokens.
    pub usage: bool,
}

impl Parameters {
    /// Checks everything, and takes what is not said from the settings.
    pub fn check(
        self,
        settings: &AiSettings,
        logprobs: Option<u8>,
    ) -> Result<TextRequest, ApiError> {
        let choices = integer("n", self.n.unwrap_or(1), 1, CHOICES_MAX)?;
        let max_tokens = self.max_tokens(settings.sampling.max_tokens)?;
        let hard_max = settings.limits.tokens_max.unwrap_or(u32::MAX);
        if self.stream_options.is_some() && !self.stream {
            let reason = "it is only for requests with 'stream'";
            return Err(ApiError::invalid("stream_options", reason));
        }
        let usage = self.stream_options.as_ref().and_then(|it| it.include_usage);
        let stream = self.stream.then(|| Stream {
            usage: usage.unwrap_or(false),
        });
        Ok(TextRequest {
            model: model(self.model.clone())?,
            stream,
            choices,
            max_tokens: max_tokens.min(hard_max),
            sampling: self.sampling(settings)?,
            stop: stops(self.stop)?,
            ignore_eos: self.ignore_eos,
            logprobs,
        })
    }

    fn max_tokens(&self, default: u32) -> Result<u32, ApiError> {
        let (name, given) = match (self.max_tokens, self.max_completion_tokens) {
            (Some(_), Some(_)) => {
                let reason = "'max_completion_tokens' is given, too, and means the same";
                return Err(ApiError::invalid("max_tokens", reason));
            }
            (given, None) => ("max_tokens", given),
            (None, given) => ("max_completion_tokens", given),
        };
        match given {
            Some(0) => Err(ApiError::invalid(name, "0 is less than 1")),
            given => Ok(given.unwrap_or(default)),
        }
    }

    fn sampling(&self, settings: &AiSettings) -> Result<Sampling, ApiError> {
        let default = &settings.sampling;
        let penalty = |name, value: Option<f64>| number(name, value.unwrap_or(0.0), -2.0, 2.0);
        let top_k = default.top_k.map_or(0, u32::from);
        Ok(Sampling {
            temperature: or("temperature", self.temperature, default.temperature, 2.0)?,
            top_p: or("top_p", self.top_p, default.top_p, 1.0)?,
            top_k: integer("top_k", self.top_k.unwrap_or(top_k), 0, 1 << 24)?,
            min_p: or("min_p", self.min_p, default.min_p, 1.0)?,
            seed: self.seed.map(seed),
            penalties: Penalties {
                repeat: number(
                    "repeat_penalty",
                    self.repeat_penalty.unwrap_or(1.0),
                    0.1,
                    10.0,
                )?,
                frequency: penalty("frequency_penalty", self.frequency_penalty)?,
                presence: penalty("presence_penalty", self.presence_penalty)?,
                ..Penalties::default()
            },
            logit_bias: self.logit_bias.clone(),
        })
    }
}

/// The name of a model, if there is one.
pub(super) fn model(name: Option<String>) -> Result<Option<String>, ApiError> {
    match name {
        Some(name) if name.len() > MODEL_NAME_BYTES_MAX => {
            let reason = format!("it has {} bytes", name.len());
            Err(ApiError::invalid("model", reason))
        }
        Some(name) if name.is_empty() => Ok(None),
        name => Ok(name),
    }
}

/// A seed of the engine. Most are what they are; larger and negative ones become some other.
fn seed(seed: i64) -> u32 {
    // The largest number means "any" to llama.cpp.
    u32::try_from(seed.rem_euclid(i64::from(u32::MAX))).unwrap_or_default()
}

/// A value that was given, from 0 to `max`; or what the settings say.
fn or(name: &str, given: Option<f64>, default: f64, max: f64) -> Result<f32, ApiError> {
    match given {
        Some(value) => number(name, value, 0.0, max),
        None => Ok(default as f32),
    }
}

fn number(name: &str, value: f64, min: f64, max: f64) -> Result<f32, ApiError> {
    if (min..=max).contains(&value) {
        Ok(value as f32)
    } else {
        let reason = format!("{value} is not between {min} and {max}");
        Err(ApiError::invalid(name, reason))
    }
}

pub(super) fn integer(name: &str, value: u32, min: u32, max: u32) -> Result<u32, ApiError> {
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        let reason = format!("{value} is not between {min} and {max}");
        Err(ApiError::invalid(name, reason))
    }
}

/// The number of alternatives to tell, of a request that says yes or no and how many.
pub(super) fn logprobs(asked: Option<bool>, top: Option<u32>) -> Result<Option<u8>, ApiError> {
    match (asked.unwrap_or(false), top) {
        (false, Some(_)) => Err(ApiError::invalid(
            "top_logprobs",
            "it is only for requests with 'logprobs'",
        )),
        (false, None) => Ok(None),
        (true, top) => alternatives("top_logprobs", top.unwrap_or(0)).map(Some),
    }
}

/// The number of alternatives to tell.
pub(super) fn alternatives(name: &str, count: u32) -> Result<u8, ApiError> {
    let count = integer(name, count, 0, u32::from(LOGPROBS_MAX))?;
    Ok(u8::try_from(count).unwrap_or(LOGPROBS_MAX))
}

fn stops(stops: Vec<String>) -> Result<Vec<String>, ApiError> {
    let stops: Vec<String> = stops.into_iter().filter(|stop| !stop.is_empty()).collect();
    if stops.len() > STOP_STRINGS_MAX {
        let reason = format!(
            "it has {} strings; the limit is {STOP_STRINGS_MAX}",
            stops.len()
        );
        return Err(ApiError::invalid("stop", reason));
    }
    if let Some(long) = stops.iter().find(|stop| stop.len() > STOP_BYTES_MAX) {
        let reason = format!(
            "a string has {} bytes; the limit is {STOP_BYTES_MAX}",
            long.len()
        );
        return Err(ApiError::invalid("stop", reason));
    }
    Ok(stops)
}

/// A string, or an array of them.
pub(super) fn stop<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        other => Err(D::Error::custom(format!("{other} is no string"))),
    };
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Vec::new()),
        Value::Array(values) => values.into_iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

/// Numbers by token.
pub(super) fn logit_bias<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(i32, f32)>, D::Error> {
    let given = Option::<BTreeMap<String, f64>>::deserialize(deserializer)?.unwrap_or_default();
    if given.len() > LOGIT_BIAS_MAX {
        let message = format!(
            "it has {} tokens; the limit is {LOGIT_BIAS_MAX}",
            given.len()
        );
        return Err(D::Error::custom(message));
    }
    let pair = |(token, bias): (String, f64)| {
        let known = token.parse::<i32>().ok().filter(|token| *token >= 0);
        let token = known.ok_or_else(|| D::Error::custom(format!("'{token}' is no token")))?;
        if (-100.0..=100.0).contains(&bias) {
            Ok((token, bias as f32))
        } else {
            Err(D::Error::custom(format!(
                "{bias} is not between -100 and 100"
            )))
        }
    };
    given.into_iter().map(pair).collect()
}
