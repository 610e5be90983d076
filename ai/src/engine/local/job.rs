//! A generation on its way through the engine.

use std::time::{Duration, Instant};

use oro_components::llm::{
    AiError, ContextId, Finish, Generate, GenerateEvent, LogProb, Timings, TokenLogProb, Usage,
};
use oro_engine::cancel::CancelToken;

use crate::engine::llama::{Automaton, Weights};
use crate::engine::output::{Output, Shown};
use crate::engine::protocol::RequestId;
use crate::engine::sampler::{Sampler, log_probabilities};

/// A generation whose prompt was read.
pub(super) struct Job {
    pub request: RequestId,
    pub cancel: CancelToken,
    pub generate: Box<Generate>,
    /// The tokens of the prompt, without what the context holds.
    pub prompt: Vec<i32>,
    /// Whether what the context holds comes first.
    pub continues: bool,
    /// The token that begins a text, if one is wanted.
    pub first: Option<i32>,
    pub seed: u32,
    pub form: Form,
    pub queued: Instant,
}

/// What the text must look like.
pub(super) enum Form {
    /// Anything.
    Free,
    /// Anything, until it has a trigger.
    Awaiting(Trigger),
    /// What a grammar allows.
    Bound(Automaton),
}

/// The text behind which a grammar begins.
pub(super) struct Trigger {
    pub gbnf: String,
    pub text: String,
    /// The last tokens, as many as may have the beginning of the text.
    tokens: Vec<(i32, usize)>,
    /// Their bytes.
    tail: Vec<u8>,
}

impl Trigger {
    pub fn new(gbnf: String, text: String) -> Self {
        Self {
            gbnf,
            text,
            tokens: Vec::new(),
            tail: Vec::new(),
        }
    }

    /// Whether a token would complete the text.
    fn completes(&self, bytes: &[u8]) -> bool {
        let all = [&self.tail, bytes].concat();
        let text = self.text.as_bytes();
        all.windows(text.len()).any(|window| window == text)
    }

    fn push(&mut self, token: i32, bytes: &[u8]) {
        // A token can go once those behind it, without the new one, are as long as the text.
        while let Some((_, len)) = self.tokens.first().copied()
            && self.tail.len() - len >= self.text.len()
        {
            self.tokens.remove(0);
            self.tail.drain(..len);
        }
        self.tokens.push((token, bytes.len()));
        self.tail.extend_from_slice(bytes);
    }

    /// Takes the last token back.
    fn pop(&mut self) {
        if let Some((_, len)) = self.tokens.pop() {
            self.tail.truncate(self.tail.len() - len);
        }
    }
}

impl Job {
    pub fn deadline(&self) -> Option<Instant> {
        let timeout = Duration::from_millis(self.generate.timeout_ms?);
        self.queued.checked_add(timeout)
    }

    /// Why it must end before it has begun, if it must.
    pub fn is_over(&self, now: Instant) -> Option<Finish> {
        if self.cancel.is_cancelled() {
            return Some(Finish::Cancelled);
        }
        let late = self.deadline().is_some_and(|deadline| now >= deadline);
        late.then_some(Finish::Timeout)
    }

    /// The event of its end, if it has not begun.
    pub fn finished(&self, reason: Finish) -> GenerateEvent {
        GenerateEvent::Finished {
            reason,
            usage: Usage::default(),
            timings: Timings {
                queued_ms: ms(self.queued.elapsed()),
                ..Timings::default()
            },
        }
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// A generation that has a sequence.
pub(super) struct Running {
    pub job: Job,
    /// The prompt, and what was generated.
    pub tokens: Vec<i32>,
    prompt_len: usize,
    cached: usize,
    /// Most tokens, of the prompt and of the answer.
    limit: usize,
    produced: usize,
    sampler: Sampler,
    output: Output,
    started: Instant,
    first_token: Option<Instant>,
    last_token: Instant,
    /// Tokens that were not told yet, because their text is held back.
    untold: u32,
    logprobs: Vec<TokenLogProb>,
    pub events: Vec<GenerateEvent>,
    /// Whether its first text was told.
    has_told: bool,
    pub finish: Option<Finish>,
}

impl Running {
    /// Begins. `tokens` are the whole prompt, the first `cached` of which need no computing.
    pub fn new(job: Job, tokens: Vec<i32>, cached: usize, limit: usize) -> Self {
        let now = Instant::now();
        let sampler = Sampler::new(job.generate.sampling.clone(), job.seed, &tokens);
        let started = GenerateEvent::Started {
            prompt_tokens: count(tokens.len()),
            cached_tokens: count(cached),
            seed: job.seed,
        };
        Self {
            output: Output::new(&job.generate.stop),
            prompt_len: tokens.len(),
            cached,
            limit,
            produced: 0,
            sampler,
            started: now,
            first_token: None,
            last_token: now,
            untold: 0,
            logprobs: Vec::new(),
            events: vec![started],
            has_told: false,
            finish: None,
            tokens,
            job,
        }
    }

    pub fn context(&self) -> Option<ContextId> {
        self.job.generate.context
    }

    /// Whether it has text that was not told.
    pub fn has_text(&self) -> bool {
        matches!(self.events.last(), Some(GenerateEvent::Text { .. }))
    }

    /// Whether somebody waits for its events: for the first text, or for the end.
    pub fn is_urgent(&self) -> bool {
        self.finish.is_some() || (!self.has_told && self.has_text())
    }

    /// Takes its events, to be told.
    pub fn take_events(&mut self) -> Vec<GenerateEvent> {
        self.has_told |= self.has_text();
        std::mem::take(&mut self.events)
    }

    pub fn produced(&self) -> usize {
        self.produced
    }

    /// Chooses the next token by the logits of the last one, and takes it.
    pub fn advance(
        &mut self,
        logits: &[f32],
        weights: &Weights,
        scratch: &mut Vec<f32>,
    ) -> Result<(), AiError> {
        let Some(token) = self.choose(logits, weights, scratch)? else {
            // All is forbidden: nothing can follow.
            self.end(Finish::Stop);
            return Ok(());
        };
        let now = Instant::now();
        self.first_token.get_or_insert(now);
        self.last_token = now;
        self.produced += 1;
        self.sampler.accept(token);
        if let Some(count) = self.job.generate.logprobs {
            self.logprobs.push(told(logits, token, count, weights));
        }
        self.untold += 1;
        if weights.is_end(token) {
            self.end(Finish::Stop);
            return Ok(());
        }
        self.tokens.push(token);
        let Shown { text, stopped } = self
            .output
            .push(&weights.piece(token, self.job.generate.special));
        self.tell(text);
        if stopped {
            self.finish = Some(Finish::Stop);
            self.flush(String::new());
        } else if self.produced >= self.job.generate.max_tokens as usize
            || self.tokens.len() >= self.limit
        {
            self.end(Finish::Length);
        }
        Ok(())
    }

    fn choose(
        &mut self,
        logits: &[f32],
        weights: &Weights,
        scratch: &mut Vec<f32>,
    ) -> Result<Option<i32>, AiError> {
        if self.produced == 0 && !logits.iter().any(|logit| logit.is_finite()) {
            return Err(AiError::NotFinite);
        }
        let ignores = self.job.generate.ignore_eos;
        if !ignores && !self.sampler.adjusts() && matches!(self.job.form, Form::Free) {
            return Ok(self.sampler.choose(logits));
        }
        scratch.clear();
        scratch.extend_from_slice(logits);
        self.sampler.adjust(scratch);
        if ignores {
            for end in weights.ends() {
                if let Some(logit) = scratch.get_mut(end.unsigned_abs() as usize) {
                    *logit = f32::NEG_INFINITY;
                }
            }
        }
        self.choose_formed(weights, scratch)
    }

    /// Samples freely first: a grammar that has to look at all tokens takes longer than the model.
    fn choose_formed(
        &mut self,
        weights: &Weights,
        logits: &mut [f32],
    ) -> Result<Option<i32>, AiError> {
        let mut masked = false;
        while let Some(token) = self.sampler.choose(logits) {
            match &mut self.job.form {
                Form::Free => return Ok(Some(token)),
                Form::Bound(automaton) => {
                    if masked || automaton.allows(token) {
                        if !weights.is_end(token) {
                            automaton.accept(token)?;
                        }
                        return Ok(Some(token));
                    }
                    automaton.mask(logits);
                    masked = true;
                }
                Form::Awaiting(trigger) => {
                    let bytes = weights.piece(token, true);
                    if !trigger.completes(&bytes) {
                        trigger.push(token, &bytes);
                        return Ok(Some(token));
                    }
                    trigger.push(token, &bytes);
                    let tokens: Vec<i32> = trigger.tokens.iter().map(|it| it.0).collect();
                    let (gbnf, text) = (&trigger.gbnf, &trigger.text);
                    if let Some(automaton) = Automaton::after(weights, gbnf, text, &tokens) {
                        self.job.form = Form::Bound(automaton);
                        return Ok(Some(token));
                    }
                    // What the token has behind the trigger is against the grammar.
                    trigger.pop();
                    forbid(logits, token);
                }
            }
        }
        Ok(None)
    }

    fn tell(&mut self, text: String) {
        if text.is_empty() && self.logprobs.is_empty() {
            return;
        }
        self.flush(text);
    }

    fn flush(&mut self, text: String) {
        if text.is_empty() && self.untold == 0 {
            return;
        }
        self.events.push(GenerateEvent::Text {
            text,
            tokens: std::mem::take(&mut self.untold),
            logprobs: std::mem::take(&mut self.logprobs),
        });
    }

    /// Ends it, and shows what was held back.
    pub fn end(&mut self, reason: Finish) {
        if self.finish.is_none() {
            let rest = self.output.finish();
            self.flush(rest);
            self.finish = Some(reason);
        }
    }

    /// The last event.
    pub fn finished(&self, reason: Finish) -> GenerateEvent {
        let first = self.first_token.unwrap_or(self.last_token);
        GenerateEvent::Finished {
            reason,
            usage: Usage {
                prompt_tokens: count(self.prompt_len),
                cached_tokens: count(self.cached),
                completion_tokens: count(self.produced),
            },
            timings: Timings {
                queued_ms: ms(self.started - self.job.queued),
                prompt_ms: ms(first - self.started),
                decode_ms: ms(self.last_token - first),
            },
        }
    }
}

fn forbid(logits: &mut [f32], token: i32) {
    let at = usize::try_from(token).ok();
    if let Some(logit) = at.and_then(|at| logits.get_mut(at)) {
        *logit = f32::NEG_INFINITY;
    }
}

fn told(logits: &[f32], token: i32, count: u8, weights: &Weights) -> TokenLogProb {
    let (chosen, top) = log_probabilities(logits, token, count);
    let of = |(token, logprob): (i32, f32)| LogProb {
        token,
        bytes: weights.piece(token, true),
        logprob,
    };
    TokenLogProb {
        chosen: of((token, chosen)),
        top: top.into_iter().map(of).collect(),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
