//! Conversations: saying something to a model, and hearing what it says.

use bevy_app::App;
use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use oro_components::llm::{
    ActiveAdapter, AiError, ChatList, ChatReport, ChatSession, ChatText, ChatTurn, Context,
    ContextSize, EndReason, Finish, Generate, GenerateEvent, Generating, GenerationAdvanced,
    MessageRole, STOP_STRINGS_MAX, Sampling, Segment, SessionAbort, SessionAnswer, SessionGenerate,
    SessionHistory, SessionMessage, TurnReport, Usage,
};
use oro_engine::id::Id;
use oro_engine::prelude::*;

use super::context::{Options, Used};
use super::{Handle, find};
use crate::catalog::{self, Served};
use crate::chat::message::{Message as Turn, Role};
use crate::settings::AiSettings;

/// What separates strings that end answers.
const SEPARATOR: char = '\u{1}';
/// Turns of one conversation.
const TURNS_MAX: usize = 4096;
/// What no model means to show anybody, should it write it as text.
const ENDS: [&str; 3] = ["<|im_end|>", "<|eot_id|>", "</s>"];

pub(super) fn build(app: &mut App) {
    app.add_deferred::<SessionMessage, _>(message)
        .add_deferred::<SessionGenerate, _>(generate)
        .add_route::<SessionAbort, _>(abort)
        .add_route::<SessionHistory, _>(history)
        .add_route::<ChatList, _>(list)
        .add_observer(advance);
    let world = app.world_mut();
    world.register_component_hooks::<Speech>().on_remove(ended);
    world.register_component_hooks::<Listener>().on_remove(left);
}

/// Makes a context one whose model is saying something: the entity of that.
#[derive(Component, Clone, Copy)]
pub(super) struct Speaking(Entity);

/// What a model is saying. If it goes before it is done, it was told to stop.
#[derive(Component)]
struct Speech {
    context: Entity,
    /// What the page knows the context by, which may go before the speech ends.
    handle: Option<Handle>,
    reply: Option<Reply>,
    text: String,
    usage: Usage,
}

/// Who waits for the end of it.
enum Reply {
    Message(Pending<SessionMessage>),
    Generate(Pending<SessionGenerate>),
}

/// Makes a request one that listens to a speech: if its caller leaves, the speech ends.
#[derive(Component)]
struct Listener(Entity);

fn left(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    if let Some(Listener(speech)) = world.get::<Listener>(entity) {
        let speech = *speech;
        world.commands().entity(speech).try_despawn();
    }
}

/// A speech that has ended, and was not told of yet.
struct Ended {
    context: Entity,
    handle: Option<Handle>,
    reply: Reply,
    text: String,
    usage: Usage,
}

impl Speech {
    /// What was said, once.
    fn take(&mut self) -> Option<Ended> {
        Some(Ended {
            reply: self.reply.take()?,
            context: self.context,
            handle: self.handle,
            text: std::mem::take(&mut self.text),
            usage: self.usage,
        })
    }
}

/// A speech that ends in any way is a turn, and an answer.
fn ended(mut world: DeferredWorld, HookContext { entity, .. }: HookContext) {
    let speech = world.get_mut::<Speech>(entity);
    if let Some(ended) = speech.and_then(|mut speech| speech.take()) {
        let mut commands = world.commands();
        commands.queue(move |world: &mut World| conclude(world, ended, Ok(EndReason::Abort)));
    }
}

/// What is to be said, and how.
struct Asked {
    prompt: String,
    stop: Vec<String>,
    max_tokens: u32,
}

impl Asked {
    fn new(
        prompt: Option<String>,
        body: &[u8],
        antiprompts: Option<&str>,
        max_tokens: Option<u32>,
        settings: &AiSettings,
    ) -> Result<Self, AiError> {
        let prompt = match prompt {
            Some(prompt) => prompt,
            None => String::from_utf8(body.to_vec())
                .map_err(|_| AiError::parameter("body", "it is no text in UTF-8"))?,
        };
        if prompt.is_empty() {
            return Err(AiError::parameter("prompt", "it is empty"));
        }
        let max = settings.limits.prompt_max_bytes;
        if prompt.len() as u64 > max {
            let reason = format!("it has {} bytes; {max} are allowed", prompt.len());
            return Err(AiError::parameter("prompt", reason));
        }
        let given = antiprompts.unwrap_or_default().split(SEPARATOR);
        let given = given.filter(|stop| !stop.is_empty());
        let stop: Vec<String> = given.chain(ENDS).map(str::to_owned).collect();
        if stop.len() > STOP_STRINGS_MAX {
            let max = STOP_STRINGS_MAX - ENDS.len();
            let reason = format!("there are more than {max} strings");
            return Err(AiError::parameter("antiprompts", reason));
        }
        let max_tokens = max_tokens.unwrap_or(settings.sampling.max_tokens);
        if max_tokens == 0 {
            return Err(AiError::parameter("maxTokens", "0 is less than 1"));
        }
        let hard_max = settings.limits.tokens_max.unwrap_or(u32::MAX);
        Ok(Self {
            prompt,
            stop,
            max_tokens: max_tokens.min(hard_max),
        })
    }
}

/// The caller's context, if its model is silent.
fn silent(world: &mut World, client: Client, id: Id) -> Result<Entity, AiError> {
    let context = find(world, client, id)?;
    if world.get::<Speaking>(context).is_some() {
        return Err(AiError::ContextBusy(id.0));
    }
    Ok(context)
}

fn message(
    In((call, pending)): In<(Call<SessionMessage>, Pending<SessionMessage>)>,
    world: &mut World,
) -> Result<(), AiError> {
    let context = silent(world, call.client, call.id)?;
    let params = call.params;
    let settings = world.resource::<AiSettings>();
    let antiprompts = params.antiprompts.as_deref();
    let asked = Asked::new(
        params.prompt,
        &call.body,
        antiprompts,
        params.max_tokens,
        settings,
    )?;
    let role = match params.role {
        MessageRole::User => Role::User,
        MessageRole::System => Role::System,
    };
    push(world, context, role, &asked.prompt)?;
    if role == Role::System {
        let answer = SessionAnswer::of(String::new(), EndReason::Stop, Usage::default());
        world.reply(pending, Ok(answer));
        return Ok(());
    }
    let model = model_of(world, context)?;
    let turns = turns(world, context);
    let speech = begin(world, context, pending.entity(), Reply::Message(pending));
    let jobs = world.resource::<Jobs>().clone();
    let work = move || {
        let template = model.template();
        let prompt = template.and_then(|template| template.render(&turns, &[]));
        prompt.map_err(|error| AiError::parameter("prompt", error.to_string()))
    };
    jobs.spawn(
        speech,
        Lane::Compute,
        work,
        move |world, speech, rendered| {
            let failed = |error: oro_engine::job::JobError| AiError::Inference(error.to_string());
            match rendered.map_err(failed).and_then(|rendered| rendered) {
                Ok(prompt) => {
                    let mut generate = of_context(world, context, asked, prompt.segments);
                    generate.add_bos = prompt.add_bos;
                    world.entity_mut(speech).insert(Generating(generate));
                }
                Err(error) => finish(world, speech, Err(error)),
            }
        },
    );
    Ok(())
}

fn generate(
    In((call, pending)): In<(Call<SessionGenerate>, Pending<SessionGenerate>)>,
    world: &mut World,
) -> Result<(), AiError> {
    let context = silent(world, call.client, call.id)?;
    let params = call.params;
    let settings = world.resource::<AiSettings>();
    let antiprompts = params.antiprompts.as_deref();
    let mut asked = Asked::new(
        params.prompt,
        &call.body,
        antiprompts,
        params.max_tokens,
        settings,
    )?;
    let text = Segment::text(std::mem::take(&mut asked.prompt));
    let is_empty = world.get::<Used>(context).is_none_or(|used| used.0 == 0);
    let prompt = if is_empty {
        vec![text]
    } else {
        vec![Segment::Context, text]
    };
    let generate = of_context(world, context, asked, prompt);
    let speech = begin(world, context, pending.entity(), Reply::Generate(pending));
    world.entity_mut(speech).insert(Generating(generate));
    Ok(())
}

fn model_of(world: &mut World, context: Entity) -> Result<std::sync::Arc<Served>, AiError> {
    let model = world.get::<Context>(context).map(|context| context.model);
    let all = catalog::all(world);
    let found = all.into_iter().find(|(_, it)| Some(it.info.id) == model);
    let found = found.map(|(_, served)| served);
    found.ok_or(AiError::ModelNotLoaded(model.map_or(0, |model| model.0)))
}

fn push(world: &mut World, context: Entity, role: Role, content: &str) -> Result<(), AiError> {
    let Some(mut session) = world.get_mut::<ChatSession>(context) else {
        return Ok(());
    };
    if session.turns.len() >= TURNS_MAX {
        let reason = format!("the conversation has {TURNS_MAX} turns, which is the limit");
        return Err(AiError::parameter("id", reason));
    }
    session.turns.push(ChatTurn {
        role: role.name().to_owned(),
        content: content.to_owned(),
    });
    Ok(())
}

fn turns(world: &World, context: Entity) -> Vec<Turn> {
    let session = world.get::<ChatSession>(context);
    let turns = session.map(|session| session.turns.as_slice());
    let role = |name: &str| match name {
        "system" => Role::System,
        "assistant" => Role::Assistant,
        _ => Role::User,
    };
    let turns = turns.unwrap_or_default().iter();
    turns
        .map(|turn| Turn::new(role(&turn.role), &*turn.content))
        .collect()
}

/// What the engine is asked in a context.
fn of_context(world: &World, context: Entity, asked: Asked, prompt: Vec<Segment>) -> Generate {
    let settings = world.resource::<AiSettings>();
    let timeout = settings.limits.request_timeout;
    let timeout_ms = timeout.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
    let made = world.get::<Context>(context);
    let model = made.map_or(oro_components::llm::ModelId(0), |context| context.model);
    let sampling = world
        .get::<Options>(context)
        .map(|Options(options)| Sampling {
            temperature: options.temp as f32,
            top_p: options.top_p as f32,
            top_k: options.top_k,
            min_p: options.min_p as f32,
            seed: options.seed,
            ..Sampling::default()
        });
    Generate {
        context: made.map(|context| context.id),
        size: world.get::<ContextSize>(context).and_then(|size| size.0),
        adapter: world.get::<ActiveAdapter>(context).map(|active| active.0),
        sampling: sampling.unwrap_or_default(),
        max_tokens: asked.max_tokens,
        stop: asked.stop,
        timeout_ms,
        ..Generate::new(model, prompt)
    }
}

/// Makes an entity of what the model is going to say.
fn begin(world: &mut World, context: Entity, listener: Entity, reply: Reply) -> Entity {
    let speech = Speech {
        context,
        handle: world.get::<Handle>(context).copied(),
        reply: Some(reply),
        text: String::new(),
        usage: Usage::default(),
    };
    let speech = world.spawn((speech, OwnedBy(context))).id();
    world.entity_mut(context).insert(Speaking(speech));
    if let Ok(mut listener) = world.get_entity_mut(listener) {
        listener.insert(Listener(speech));
    }
    speech
}

/// Takes what a generation brought.
fn advance(
    advanced: On<GenerationAdvanced>,
    mut speeches: Query<&mut Speech>,
    mut texts: MessageWriter<ChatText>,
    mut commands: Commands,
) {
    let entity = advanced.entity;
    let Ok(mut speech) = speeches.get_mut(entity) else {
        return;
    };
    for event in &advanced.events {
        match event {
            GenerateEvent::Started { .. } => {}
            GenerateEvent::Text { text, .. } if text.is_empty() => {}
            GenerateEvent::Text { text, .. } => {
                speech.text.push_str(text);
                // Only pages listen.
                if let Some(handle) = speech.handle.filter(|it| it.window.is_some()) {
                    texts.write(handle.event(text.clone(), false));
                }
            }
            GenerateEvent::Finished { reason, usage, .. } => {
                speech.usage = *usage;
                let reason = match reason {
                    Finish::Stop => EndReason::Stop,
                    Finish::Length => EndReason::Length,
                    Finish::Timeout => EndReason::Timeout,
                    Finish::Cancelled => EndReason::Abort,
                };
                commands.queue(move |world: &mut World| finish(world, entity, Ok(reason)));
            }
            GenerateEvent::Failed(error) => {
                let error = error.clone();
                commands.queue(move |world: &mut World| finish(world, entity, Err(error)));
            }
        }
    }
}

impl Handle {
    fn event(&self, text: String, eog: bool) -> ChatText {
        ChatText {
            id: self.id,
            text,
            eog,
            window: self.window,
        }
    }
}

/// The model has said what it had to say, or could not.
fn finish(world: &mut World, speech: Entity, outcome: Result<EndReason, AiError>) {
    let said = world.get_mut::<Speech>(speech);
    let ended = said.and_then(|mut said| said.take());
    world.despawn(speech);
    if let Some(ended) = ended {
        conclude(world, ended, outcome);
    }
}

/// Notes what was said, tells that it has ended, and answers.
fn conclude(world: &mut World, ended: Ended, outcome: Result<EndReason, AiError>) {
    let Ended {
        context,
        handle,
        reply,
        text,
        usage,
    } = ended;
    let is_turn = matches!(reply, Reply::Message(_));
    if let Ok(mut context) = world.get_entity_mut(context) {
        context.remove::<Speaking>();
        if let Ok(reason) = outcome
            && usage.prompt_tokens > 0
        {
            // The token that ends a text is not kept.
            let end = u32::from(reason == EndReason::Stop);
            let used = usage.prompt_tokens + usage.completion_tokens;
            context.insert(Used(used.saturating_sub(end)));
        }
        if is_turn && let Some(mut session) = context.get_mut::<ChatSession>() {
            if !text.is_empty() {
                session.turns.push(ChatTurn {
                    role: Role::Assistant.name().to_owned(),
                    content: text.clone(),
                });
            } else if outcome.is_err() {
                // Nothing came of it, so it was not said.
                session.turns.pop();
            }
        }
    }
    // Also if the context is gone: its page waits for the end.
    if let Some(handle) = handle.filter(|it| it.window.is_some()) {
        world.write_message(handle.event(String::new(), true));
    }
    let answer = outcome.map(|reason| SessionAnswer::of(text, reason, usage));
    match reply {
        Reply::Message(pending) => world.reply(pending, answer),
        Reply::Generate(pending) => world.reply(pending, answer),
    }
}

fn abort(In(call): In<Call<SessionAbort>>, world: &mut World) -> Result<Empty, AiError> {
    let context = find(world, call.client, call.id)?;
    if let Some(Speaking(speech)) = world.get::<Speaking>(context).copied() {
        world.despawn(speech);
    }
    Ok(Empty {})
}

fn history(
    In(call): In<Call<SessionHistory>>,
    world: &mut World,
) -> Result<Vec<TurnReport>, AiError> {
    let context = find(world, call.client, call.id)?;
    let session = world.get::<ChatSession>(context);
    let turns = session.map(|session| session.turns.as_slice());
    let numbered = turns.unwrap_or_default().iter().zip(0..);
    let report = |(turn, number): (&ChatTurn, u64)| TurnReport {
        id: Id(number),
        role: turn.role.clone(),
        content: turn.content.clone(),
    };
    Ok(numbered.map(report).collect())
}

fn list(
    In(call): In<Call<ChatList>>,
    sessions: Query<(&Handle, &Context, &ChatSession)>,
) -> Result<Vec<ChatReport>, AiError> {
    let own = sessions
        .iter()
        .filter(|(handle, ..)| handle.window == call.client.window());
    let mut all: Vec<_> = own.collect();
    all.sort_by_key(|(_, context, _)| context.id);
    let report = |(handle, context, session): (&Handle, &Context, &ChatSession)| ChatReport {
        id: handle.id,
        model: Id(context.model.0),
        messages: session.turns.len(),
    };
    Ok(all.into_iter().map(report).collect())
}
