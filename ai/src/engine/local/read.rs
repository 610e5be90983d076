//! The thread that reads text: tokens, grammars, and what is wrong with a request.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crossbeam::channel::{Receiver, unbounded};
use oro_components::llm::{
    AiError, Constraint, Detokenize, EMBED_INPUTS_MAX, Embed, Generate, Grammar, LOGPROBS_MAX,
    STOP_STRINGS_MAX, Segment, Tokenize, Tokenized,
};
use oro_engine::cancel::CancelToken;

use super::job::{Form, Job, Trigger};
use super::{Command, Handle, Shared, schema};
use crate::engine::llama::{Automaton, STACK_BYTES, Weights};
use crate::engine::protocol::{Answer, Bytes, RequestId};
use crate::engine::sampler;

/// Bytes of a stop string or a trigger.
const STOP_MAX_BYTES: usize = 4096;

/// Something to read.
pub(super) enum Work {
    Tokenize(Tokenize),
    Detokenize(Detokenize),
    Embed(Embed),
    Generate(Box<Generate>, CancelToken, Instant),
}

/// Something to read, with who understands it.
pub(super) struct Reading {
    id: RequestId,
    handle: Handle,
    weights: Arc<Weights>,
    work: Work,
}

/// Gives text to the reader, which is started when it is missing. False if it cannot be.
pub(super) fn send(
    shared: &Arc<Shared>,
    id: RequestId,
    handle: &Handle,
    weights: Arc<Weights>,
    work: Work,
) -> bool {
    let reading = Reading {
        id,
        handle: handle.clone(),
        weights,
        work,
    };
    let mut tables = shared.tables.lock();
    if shared.closing.is_cancelled() {
        return false;
    }
    if tables.reader.is_none() {
        let (sender, receiver) = unbounded();
        let own = Arc::clone(shared);
        let thread = std::thread::Builder::new()
            .name("oro-llm-text".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || run(&own, &receiver));
        match thread {
            Ok(thread) => {
                tables.threads.push(thread);
                tables.reader = Some(sender);
            }
            Err(error) => {
                tracing::error!(%error, "no thread to read text");
                return false;
            }
        }
    }
    let sender = tables.reader.as_ref();
    sender.is_some_and(|sender| sender.send(reading).is_ok())
}

fn run(shared: &Arc<Shared>, receiver: &Receiver<Reading>) {
    for reading in receiver {
        if shared.closing.is_cancelled() {
            return;
        }
        let id = reading.id;
        let read = catch_unwind(AssertUnwindSafe(|| read(shared, reading)));
        let result = read.unwrap_or_else(|_| {
            let reason = "reading the text failed in an unexpected way".to_owned();
            Err(AiError::Inference(reason))
        });
        match result {
            Ok(None) => {}
            Ok(Some(answer)) => shared.answer(id, answer),
            Err(error) => shared.answer(id, Answer::Failed(error)),
        }
    }
}

/// Reads. `None` if the model's thread goes on with it.
fn read(shared: &Shared, reading: Reading) -> Result<Option<Answer>, AiError> {
    let Reading {
        id,
        handle,
        weights,
        work,
    } = reading;
    let bytes_max = shared.settings.prompt_max_bytes;
    let command = match work {
        Work::Tokenize(tokenize) => {
            let text = &tokenize.text;
            let tokens = weights.tokenize(text, (tokenize.add_bos, false), bytes_max)?;
            let all = if tokenize.pieces { &tokens[..] } else { &[] };
            let pieces = all.iter().map(|token| weights.piece(*token, true));
            let pieces = pieces.collect();
            return Ok(Some(Answer::Tokenized(Tokenized { tokens, pieces })));
        }
        Work::Detokenize(detokenize) => {
            let bytes = weights.detokenize(&detokenize.tokens)?;
            return Ok(Some(Answer::Bytes(Bytes(bytes))));
        }
        Work::Embed(embed) => Command::Embed(id, inputs(&embed, &weights, bytes_max)?),
        Work::Generate(generate, cancel, queued) => {
            let job = job(id, generate, cancel, queued, &weights, bytes_max)?;
            Command::Generate(Box::new(job))
        }
    };
    handle
        .commands
        .send(command)
        .map(|()| None)
        .map_err(|_| AiError::Aborted)
}

fn inputs(embed: &Embed, weights: &Weights, bytes_max: u64) -> Result<Vec<Vec<i32>>, AiError> {
    let count = embed.inputs.len();
    if count == 0 || count > EMBED_INPUTS_MAX {
        let reason = format!("{count} texts, not between 1 and {EMBED_INPUTS_MAX}");
        return Err(AiError::parameter("inputs", reason));
    }
    let special = (embed.add_special, embed.add_special);
    let inputs = embed.inputs.iter().enumerate().map(|(at, input)| {
        let tokens = weights.tokenize(input, special, bytes_max)?;
        if tokens.is_empty() {
            return Err(AiError::parameter("inputs", format!("text {at} is empty")));
        }
        Ok(tokens)
    });
    inputs.collect()
}

fn job(
    request: RequestId,
    generate: Box<Generate>,
    cancel: CancelToken,
    queued: Instant,
    weights: &Weights,
    bytes_max: u64,
) -> Result<Job, AiError> {
    if weights.makes_vectors_only() {
        let reason = "the model makes vectors and no text".to_owned();
        return Err(AiError::NotSupported(reason));
    }
    let bias = generate.sampling.logit_bias.iter();
    if let Some((token, _)) = bias.clone().find(|(token, _)| !weights.has(*token)) {
        let reason = format!("there is no token {token}");
        return Err(AiError::parameter("logit_bias", reason));
    }
    let (continues, prompt) = match generate.prompt.split_first() {
        Some((Segment::Context, rest)) => {
            if generate.context.is_none() {
                let reason = "what a context holds comes first, and no context is named";
                return Err(AiError::parameter("prompt", reason));
            }
            (true, rest)
        }
        _ => (false, &generate.prompt[..]),
    };
    let prompt = weights.tokenize(prompt, (false, false), bytes_max)?;
    let first = weights.first_token().filter(|_| generate.add_bos);
    let form = match &generate.constraint {
        Some(constraint) => form(constraint, weights)?,
        None => Form::Free,
    };
    let seed = generate.sampling.seed.map_or_else(random_seed, Ok)?;
    Ok(Job {
        request,
        cancel,
        prompt,
        continues,
        first,
        seed,
        form,
        queued,
        generate,
    })
}

fn form(constraint: &Constraint, weights: &Weights) -> Result<Form, AiError> {
    let gbnf = match &constraint.grammar {
        Grammar::Gbnf(gbnf) => {
            schema::check_gbnf(gbnf)?;
            gbnf.clone()
        }
        Grammar::JsonSchema(schema) => schema::to_gbnf(schema)?,
    };
    // Also if it is not wanted yet: what is wrong with it is told at once.
    let automaton = Automaton::new(weights, &gbnf)?;
    Ok(match &constraint.trigger {
        None => Form::Bound(automaton),
        Some(text) if text.is_empty() => Form::Bound(automaton),
        Some(text) => Form::Awaiting(Trigger::new(gbnf, text.clone())),
    })
}

fn random_seed() -> Result<u32, AiError> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes)
        .map_err(|error| AiError::Inference(format!("no random seed: {error}")))?;
    Ok(u32::from_le_bytes(bytes))
}

/// Refuses what no model could do, naming the parameter.
pub(super) fn check(generate: &Generate) -> Result<(), AiError> {
    sampler::check(&generate.sampling)?;
    if generate.max_tokens == 0 {
        return Err(AiError::parameter("max_tokens", "0 is not at least 1"));
    }
    if generate.stop.len() > STOP_STRINGS_MAX {
        let reason = format!(
            "{} strings, at most {STOP_STRINGS_MAX}",
            generate.stop.len()
        );
        return Err(AiError::parameter("stop", reason));
    }
    let trigger = generate.constraint.iter().flat_map(|it| &it.trigger);
    for (name, text) in generate
        .stop
        .iter()
        .map(|text| ("stop", text))
        .chain(trigger.map(|text| ("trigger", text)))
    {
        if text.len() > STOP_MAX_BYTES || text.contains('\0') {
            let reason = format!(
                "a text of {} bytes, at most {STOP_MAX_BYTES} and none of them 0",
                text.len()
            );
            return Err(AiError::parameter(name, reason));
        }
    }
    if let Some(count) = generate.logprobs.filter(|count| *count > LOGPROBS_MAX) {
        let reason = format!("{count} is more than {LOGPROBS_MAX}");
        return Err(AiError::parameter("logprobs", reason));
    }
    if let Some(adapter) = &generate.adapter
        && !adapter.scale.is_finite()
    {
        let reason = format!("{} is not a number", adapter.scale);
        return Err(AiError::parameter("scale", reason));
    }
    Ok(())
}
