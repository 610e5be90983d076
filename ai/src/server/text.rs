//! Texts: generations whose events become one answer, or a stream of events.

use std::time::Duration;

use bevy_ecs::prelude::*;
use oro_components::endpoint::{EndpointBody, EndpointResponse};
use oro_components::llm::{
    AiError, Finish, Generate, GenerateEvent, Generating, GenerationAdvanced, Timings,
    TokenLogProb, Usage,
};
use oro_engine::clock::{Alarm, Clock};
use oro_engine::id::Id;
use oro_engine::owner::OwnedBy;
use oro_engine::stream::byte_stream;

use super::chat::ChatRequest;
use super::error::ApiError;
use super::exchange::{Exchange, end, refuse, release};
use super::parameter::{Stream, TextRequest};
use super::response::{
    AnswerMessage, CallReport, ChatChoice, ChatDelta, ChatLogProbs, Delta, Envelope, FinishReason,
    TextChoice, TextLogProbs, TimingReport, UsageReport,
};
use super::sse::EventWriter;
use super::{Server, wall_ms};
use crate::chat::message::{Tool, ToolCall};
use crate::chat::tool::{CallReader, Piece};

/// What kind of texts an answer has.
#[derive(Debug)]
pub(super) enum Kind {
    /// Turns of a conversation.
    Chat {
        /// The tools that they may call.
        tools: Vec<Tool>,
    },
    /// Continuations of a text.
    Completion {
        /// What they begin with.
        echo: String,
    },
}

/// The texts of one exchange.
#[derive(Component)]
pub(super) struct TextJob {
    kind: Kind,
    text: TextRequest,
    id: String,
    created: u64,
    model: String,
    choices: Vec<Choice>,
    /// The next choice to begin.
    next: u32,
    /// What all choices are made of.
    generate: Option<Generate>,
    writer: Option<EventWriter>,
    /// The status with which the stream ends, once it does.
    ending: Option<u16>,
}

/// One text.
#[derive(Default)]
struct Choice {
    text: String,
    reader: CallReader,
    calls: Vec<ToolCall>,
    /// The probabilities of tokens that are not told yet.
    logprobs: Vec<TokenLogProb>,
    /// Bytes of the text, and of the tokens whose probabilities were told. Tokens that end a text
    /// are no part of it.
    text_bytes: usize,
    token_bytes: usize,
    /// Characters of the text that were written already.
    offset: usize,
    finish: Option<FinishReason>,
    usage: Usage,
    timings: Timings,
}

/// Makes an entity the generation of a choice.
#[derive(Component, Clone, Copy)]
pub(super) struct ChoiceOf {
    exchange: Entity,
    index: u32,
}

/// An id that nobody else has.
fn id(prefix: &str) -> String {
    // Without random numbers, the time is as good.
    let number = Id::random().map_or_else(|_| wall_ms(), |id| id.0);
    format!("{prefix}{number:016x}")
}

impl TextJob {
    pub fn new(kind: Kind, text: TextRequest, model: &str) -> Self {
        let (prefix, tools) = match &kind {
            Kind::Chat { tools } => ("chatcmpl-", tools.as_slice()),
            Kind::Completion { .. } => ("cmpl-", &[][..]),
        };
        let choice = |_| Choice {
            reader: CallReader::new(tools),
            ..Choice::default()
        };
        Self {
            id: id(prefix),
            created: wall_ms() / 1000,
            model: model.to_owned(),
            choices: (0..text.choices).map(choice).collect(),
            next: 0,
            generate: None,
            writer: None,
            ending: None,
            kind,
            text,
        }
    }

    /// How many texts there are.
    pub fn choices(&self) -> u32 {
        self.text.choices
    }

    /// The generation of the next choice.
    fn next(&mut self, left_ms: Option<u64>) -> Option<(u32, Generate)> {
        let index = self.next;
        let mut generate = self.generate.clone().filter(|_| index < self.choices())?;
        self.next += 1;
        generate.timeout_ms = left_ms;
        // Else all choices would be the same.
        if let Some(seed) = &mut generate.sampling.seed {
            *seed = seed.wrapping_add(index) % u32::MAX;
        }
        Some((index, generate))
    }

    fn envelope<C>(&self, object: &'static str, choices: Vec<C>) -> Envelope<'_, C> {
        Envelope {
            id: &self.id,
            object,
            created: self.created,
            model: &self.model,
            choices,
            usage: None,
            timings: None,
        }
    }

    fn usage(&self) -> UsageReport {
        UsageReport::of(self.choices.iter().map(|choice| choice.usage))
    }

    fn timings(&self) -> Option<TimingReport> {
        match self.choices.as_slice() {
            [choice] => Some(TimingReport::of(choice.usage, choice.timings)),
            _ => None,
        }
    }

    fn is_finished(&self) -> bool {
        self.choices.iter().all(|choice| choice.finish.is_some())
    }
}

/// Begins as many generations as there are places.
pub(super) fn start(world: &mut World, exchange: Entity, generate: Generate, places: u32) {
    if let Some(mut job) = world.get_mut::<TextJob>(exchange) {
        job.generate = Some(generate);
    }
    for _ in 0..places {
        begin_next(world, exchange);
    }
}

fn begin_next(world: &mut World, exchange: Entity) {
    let now = world.resource::<Clock>().real();
    let left_ms = world
        .get::<Exchange>(exchange)
        .and_then(|it| it.left_ms(now));
    let job = world.get_mut::<TextJob>(exchange);
    if let Some((index, generate)) = job.and_then(|mut job| job.next(left_ms)) {
        let of = ChoiceOf { exchange, index };
        world.spawn((of, OwnedBy(exchange), Generating(generate)));
    }
}

/// Takes what a generation brought.
pub(super) fn advance(
    advanced: On<GenerationAdvanced>,
    choices: Query<&ChoiceOf>,
    mut commands: Commands,
) {
    let Ok(of) = choices.get(advanced.entity).copied() else {
        return;
    };
    let (entity, events) = (advanced.entity, advanced.events.clone());
    commands.queue(move |world: &mut World| {
        for event in events {
            take(world, entity, of, event);
        }
    });
}

fn take(world: &mut World, generation: Entity, of: ChoiceOf, event: GenerateEvent) {
    let Some(mut job) = world.get_mut::<TextJob>(of.exchange) else {
        return;
    };
    let index = of.index as usize;
    match event {
        GenerateEvent::Started { .. } => open(world, of),
        GenerateEvent::Text { text, logprobs, .. } => {
            let pieces = job.choices[index].reader.push(&text);
            job.choices[index].logprobs.extend(logprobs);
            job.add(of.index, pieces);
        }
        GenerateEvent::Finished {
            reason,
            usage,
            timings,
        } => {
            job.choices[index].usage = usage;
            job.choices[index].timings = timings;
            world.despawn(generation);
            match reason {
                Finish::Stop => finish(world, of, FinishReason::Stop),
                Finish::Length => finish(world, of, FinishReason::Length),
                Finish::Timeout => fail(world, of.exchange, &ApiError::timeout()),
                Finish::Cancelled => fail(
                    world,
                    of.exchange,
                    &ApiError::of_engine(AiError::Aborted, "model"),
                ),
            }
        }
        GenerateEvent::Failed(error) => {
            let prompt = job.prompt();
            fail(world, of.exchange, &ApiError::of_engine(error, prompt));
        }
    }
}

/// Answers that a stream begins, with the first generation of it, and begins the choice.
fn open(world: &mut World, of: ChoiceOf) {
    let Some(job) = world.get::<TextJob>(of.exchange) else {
        return;
    };
    if job.text.stream.is_none() {
        return;
    }
    if job.writer.is_none() {
        let Some(mut exchange) = world.get_mut::<Exchange>(of.exchange) else {
            return;
        };
        let (writer, stream) = byte_stream("text/event-stream", exchange.cancel.clone());
        if let Some(responder) = exchange.take_responder() {
            responder.send(EndpointResponse {
                status: 200,
                content_type: "text/event-stream",
                headers: Vec::new(),
                body: EndpointBody::Stream(stream),
            });
        }
        if let Some(mut job) = world.get_mut::<TextJob>(of.exchange) {
            job.writer = Some(EventWriter::new(writer));
        }
    }
    if let Some(mut job) = world.get_mut::<TextJob>(of.exchange) {
        job.begin(of.index);
    }
}

impl TextJob {
    /// The member of the request that the prompt came by.
    fn prompt(&self) -> &'static str {
        match self.kind {
            Kind::Chat { .. } => "messages",
            Kind::Completion { .. } => "prompt",
        }
    }

    /// Writes how a choice begins.
    fn begin(&mut self, index: u32) {
        match &self.kind {
            Kind::Chat { .. } => self.write_delta(
                index,
                Delta {
                    role: Some("assistant"),
                    content: Some(String::new()),
                    ..Delta::default()
                },
                None,
            ),
            Kind::Completion { echo } if !echo.is_empty() => {
                let echo = echo.clone();
                self.write_text(index, echo, None);
            }
            Kind::Completion { .. } => {}
        }
    }

    /// Adds what was read to a choice, and writes it if the answer is a stream.
    fn add(&mut self, index: u32, pieces: Vec<Piece>) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.add_text(index, text),
                Piece::Call { name, arguments } => self.add_call(index, name, arguments),
            }
        }
    }

    fn add_text(&mut self, index: u32, text: String) {
        let choice = &mut self.choices[index as usize];
        choice.text_bytes += text.len();
        if self.writer.is_none() {
            choice.text.push_str(&text);
            return;
        }
        match self.kind {
            Kind::Chat { .. } => {
                let delta = Delta {
                    content: Some(text),
                    ..Delta::default()
                };
                self.write_delta(index, delta, None);
            }
            Kind::Completion { .. } => self.write_text(index, text, None),
        }
    }

    fn add_call(&mut self, index: u32, name: String, arguments: String) {
        let choice = &mut self.choices[index as usize];
        let call = ToolCall {
            id: id("call_"),
            name,
            arguments,
        };
        let report = CallReport::of(&call, Some(choice.calls.len()));
        choice.calls.push(call);
        if self.writer.is_some() {
            let delta = Delta {
                tool_calls: vec![report],
                ..Delta::default()
            };
            self.write_delta(index, delta, None);
        }
    }

    fn write_delta(&mut self, index: u32, delta: Delta, finish_reason: Option<FinishReason>) {
        let choice = &mut self.choices[index as usize];
        let logprobs = choice.take_logprobs();
        let delta = ChatDelta {
            index,
            delta,
            logprobs: (!logprobs.is_empty()).then(|| ChatLogProbs::of(&logprobs)),
            finish_reason,
        };
        self.write("chat.completion.chunk", vec![delta]);
    }

    fn write_text(&mut self, index: u32, text: String, finish_reason: Option<FinishReason>) {
        let choice = &mut self.choices[index as usize];
        let logprobs = choice.take_logprobs();
        let offset = choice.offset;
        choice.offset += text.chars().count();
        let choice = TextChoice {
            text,
            index,
            logprobs: (!logprobs.is_empty()).then(|| TextLogProbs::of(&logprobs, offset)),
            finish_reason,
        };
        self.write("text_completion", vec![choice]);
    }

    fn write<C: serde::Serialize>(&mut self, object: &'static str, choices: Vec<C>) {
        let Some(mut writer) = self.writer.take() else {
            return;
        };
        let mut envelope = self.envelope(object, choices);
        if self.is_finished() {
            envelope.timings = self.timings();
        }
        writer.event(&envelope);
        self.writer = Some(writer);
    }

    /// Writes the counts, if they were asked for, and the end.
    fn write_end(&mut self) {
        let Some(mut writer) = self.writer.take() else {
            return;
        };
        if let Some(Stream { usage: true }) = self.text.stream {
            let object = match self.kind {
                Kind::Chat { .. } => "chat.completion.chunk",
                Kind::Completion { .. } => "text_completion",
            };
            let mut envelope = self.envelope::<()>(object, Vec::new());
            envelope.usage = Some(self.usage());
            writer.event(&envelope);
        }
        writer.done();
        self.writer = Some(writer);
        self.ending = Some(200);
    }

    /// Ends a choice.
    fn finish(&mut self, index: u32, reason: FinishReason) {
        let piece = self.choices[index as usize].reader.finish();
        self.add(index, piece.into_iter().collect());
        let choice = &mut self.choices[index as usize];
        let reason = match reason {
            FinishReason::Stop if choice.reader.found() => FinishReason::ToolCalls,
            reason => reason,
        };
        choice.finish = Some(reason);
        if self.writer.is_some() {
            match self.kind {
                Kind::Chat { .. } => self.write_delta(index, Delta::default(), Some(reason)),
                Kind::Completion { .. } => self.write_text(index, String::new(), Some(reason)),
            }
        }
    }
}

/// Ends a choice, and with the last one the exchange.
fn finish(world: &mut World, of: ChoiceOf, reason: FinishReason) {
    let Some(mut job) = world.get_mut::<TextJob>(of.exchange) else {
        return;
    };
    job.finish(of.index, reason);
    if !job.is_finished() {
        return begin_next(world, of.exchange);
    }
    if job.writer.is_some() {
        // Flushing it ends the exchange.
        job.write_end();
        return release(world, of.exchange);
    }
    let choices = std::mem::take(&mut job.choices);
    let usage = UsageReport::of(choices.iter().map(|choice| choice.usage));
    let timings = match choices.as_slice() {
        [choice] => Some(TimingReport::of(choice.usage, choice.timings)),
        _ => None,
    };
    let job = &*job;
    match &job.kind {
        Kind::Chat { .. } => {
            let choices = choices.into_iter().zip(0..);
            let choices = choices.map(|(choice, index)| choice.into_chat(index));
            let mut envelope = job.envelope("chat.completion", choices.collect());
            (envelope.usage, envelope.timings) = (Some(usage), timings);
            let response = super::exchange::of_json(&envelope);
            super::exchange::answer(world, of.exchange, response);
        }
        Kind::Completion { echo } => {
            let choices = choices.into_iter().zip(0..);
            let choices = choices.map(|(choice, index)| choice.into_text(index, echo));
            let mut envelope = job.envelope("text_completion", choices.collect());
            (envelope.usage, envelope.timings) = (Some(usage), timings);
            let response = super::exchange::of_json(&envelope);
            super::exchange::answer(world, of.exchange, response);
        }
    }
}

impl Choice {
    /// The probabilities of the tokens of the text so far that were not told yet.
    fn take_logprobs(&mut self) -> Vec<TokenLogProb> {
        let mut told = 0;
        for token in &self.logprobs {
            if self.token_bytes >= self.text_bytes {
                break;
            }
            self.token_bytes += token.chosen.bytes.len();
            told += 1;
        }
        self.logprobs.drain(..told).collect()
    }

    fn reason(&self) -> FinishReason {
        self.finish.unwrap_or(FinishReason::Stop)
    }

    fn into_chat(mut self, index: u32) -> ChatChoice {
        let finish_reason = self.reason();
        let logprobs = self.take_logprobs();
        let content = Some(self.text).filter(|it| !it.is_empty() || self.calls.is_empty());
        ChatChoice {
            index,
            message: AnswerMessage::new(content, &self.calls),
            logprobs: (!logprobs.is_empty()).then(|| ChatLogProbs::of(&logprobs)),
            finish_reason,
        }
    }

    fn into_text(mut self, index: u32, echo: &str) -> TextChoice {
        let finish_reason = Some(self.reason());
        let offset = echo.chars().count();
        let logprobs = self.take_logprobs();
        TextChoice {
            logprobs: (!logprobs.is_empty()).then(|| TextLogProbs::of(&logprobs, offset)),
            text: format!("{echo}{}", self.text),
            index,
            finish_reason,
        }
    }
}

/// Ends an exchange with an error: as its answer, or as the last event of its stream.
fn fail(world: &mut World, exchange: Entity, error: &ApiError) {
    let Some(mut job) = world.get_mut::<TextJob>(exchange) else {
        return;
    };
    let Some(writer) = &mut job.writer else {
        return refuse(world, exchange, error);
    };
    if let Ok(body) = serde_json::from_slice::<serde_json::Value>(&error.body()) {
        writer.named("error", &body);
    }
    job.ending = Some(error.status);
    // The other choices have nobody to write for.
    let mut generations = world.query::<(Entity, &ChoiceOf)>();
    let of_it: Vec<Entity> = generations
        .iter(world)
        .filter(|(_, of)| of.exchange == exchange)
        .map(|(entity, _)| entity)
        .collect();
    for generation in of_it {
        world.despawn(generation);
    }
    release(world, exchange);
}

/// Writes what waits, and ends the exchanges that are written.
pub(super) fn flush(
    mut jobs: Query<(Entity, &mut TextJob)>,
    clock: Res<Clock>,
    alarm: Res<Alarm>,
    mut commands: Commands,
) {
    let now = clock.real();
    for (entity, mut job) in &mut jobs {
        let ending = job.ending;
        let Some(writer) = &mut job.writer else {
            continue;
        };
        let written = match ending {
            Some(_) => writer.finish(now),
            None => writer.flush(now),
        };
        if written.is_err() {
            commands.entity(entity).try_despawn();
            continue;
        }
        match (writer.due(), ending) {
            (Some(due), _) => alarm.at_real(due.max(now + RETRY)),
            (None, Some(status)) => {
                commands.queue(move |world: &mut World| end(world, entity, status));
            }
            (None, None) => {}
        }
    }
}

/// How soon a reader that has fallen behind is tried again, at the earliest.
const RETRY: Duration = Duration::from_millis(4);

/// Answers with the call of a tool that the request leaves no choice about, without any model.
pub(super) fn answer_forced(world: &mut World, exchange: Entity, chat: &ChatRequest, tool: String) {
    let settings = world.resource::<Server>().settings.clone();
    let model = chat
        .text
        .model
        .clone()
        .or_else(|| settings.default_model.clone());
    let kind = Kind::Chat {
        tools: chat.tools.clone(),
    };
    let mut text = chat.text.clone();
    text.choices = 1;
    let job = TextJob::new(kind, text, model.as_deref().unwrap_or_default());
    world.entity_mut(exchange).insert(job);
    let of = ChoiceOf { exchange, index: 0 };
    open(world, of);
    if let Some(mut job) = world.get_mut::<TextJob>(exchange) {
        job.add_call(0, tool, "{}".to_owned());
    }
    finish(world, of, FinishReason::ToolCalls);
}
