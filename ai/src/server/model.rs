//! From a request to what its model is asked.

use std::sync::Arc;

use bevy_ecs::prelude::*;
use oro_components::llm::{AiError, Constraint, Generate, Grammar, Segment};
use oro_engine::job::{Jobs, Lane};

use super::chat::{ChatRequest, Format};
use super::completion::CompletionRequest;
use super::error::ApiError;
use super::exchange::{queue, refuse};
use super::parameter::TextRequest;
use super::request::ModelRequest;
use super::text::{self, Kind, TextJob};
use super::{Server, vector};
use crate::catalog::{self, Found, Load, Served, ServedModel};
use crate::chat::template::TemplateError;
use crate::chat::{grammar, tool};

/// Finds the model of a request, and loads it if it is not there.
pub(super) fn resolve(world: &mut World, entity: Entity, request: ModelRequest) {
    if let ModelRequest::Chat(chat) = &request
        && let Some(tool) = chat.forced_tool()
    {
        let tool = tool.name.clone();
        return text::answer_forced(world, entity, chat, tool);
    }
    let settings = world.resource::<Server>().settings.clone();
    let name = request.model().map(str::to_owned);
    let found = catalog::find(world, name.as_deref(), settings.default_model.as_deref());
    let loaded = move |world: &mut World, outcome| go_on(world, entity, request, outcome);
    match found {
        Found::Ready(model) => loaded(world, Ok(model)),
        Found::Loading(model) => catalog::wait(world, model, loaded),
        Found::Unloaded(name) => {
            let load = Load {
                name,
                folder: None,
                gpu_layers: settings.backend.gpu_layers,
                trusted: true,
            };
            catalog::load(world, entity, load, loaded);
        }
        Found::Unknown => {
            let error = ApiError::model_not_found(name.as_deref().unwrap_or_default());
            refuse(world, entity, &error);
        }
        Found::Nothing => refuse(world, entity, &ApiError::no_model("No model is loaded")),
    }
}

/// Goes on with a request once its model is there, or is not.
fn go_on(
    world: &mut World,
    entity: Entity,
    request: ModelRequest,
    outcome: Result<Entity, AiError>,
) {
    if world.get_entity(entity).is_err() {
        return;
    }
    let model = outcome.and_then(|model| {
        let served = world.get::<ServedModel>(model);
        served.cloned().ok_or(AiError::Aborted)
    });
    let model = match model {
        Ok(ServedModel(model)) => model,
        Err(error) => return refuse(world, entity, &ApiError::of_engine(error, "model")),
    };
    match request {
        ModelRequest::Chat(chat) => render(world, entity, *chat, model),
        ModelRequest::Completion(request) => complete(world, entity, *request, &model),
        ModelRequest::Embedding(request) => vector::embed(world, entity, request, model),
        ModelRequest::Tokenize(request) => vector::tokenize(world, entity, request, &model),
        ModelRequest::Detokenize(request) => vector::detokenize(world, entity, request, &model),
    }
}

/// Renders the prompt of a chat on the compute lane: a template is a program.
fn render(world: &mut World, entity: Entity, chat: ChatRequest, model: Arc<Served>) {
    let jobs = world.resource::<Jobs>().clone();
    let work = move || {
        let template = model.template().map_err(of_template)?;
        let prompt = template.render(&chat.messages, chat.offered_tools());
        let prompt = prompt.map_err(of_template)?;
        let mut generate = of_text(&chat.text, &model, prompt.segments);
        generate.add_bos = prompt.add_bos;
        generate.constraint = constraint(&chat);
        // The marks of a call may be control tokens.
        generate.special = !chat.offered_tools().is_empty();
        Ok((chat, model, generate))
    };
    jobs.spawn(entity, Lane::Compute, work, |world, entity, rendered| {
        let rendered = rendered.unwrap_or_else(|error| Err(ApiError::internal(error.to_string())));
        match rendered {
            Ok((chat, model, generate)) => {
                let tools = chat.offered_tools().to_vec();
                let job = TextJob::new(Kind::Chat { tools }, chat.text, &model.name);
                start(world, entity, job, generate);
            }
            Err(error) => refuse(world, entity, &error),
        }
    });
}

fn of_template(error: TemplateError) -> ApiError {
    match error {
        TemplateError::Refused(_) => ApiError::invalid("messages", error),
        TemplateError::Broken(_) => ApiError::internal(error.to_string()),
    }
}

/// The form that the answer of a chat must have.
fn constraint(chat: &ChatRequest) -> Option<Constraint> {
    if let Format::Json(schema) = &chat.format {
        return Some(Constraint {
            grammar: Grammar::JsonSchema(schema.clone()),
            trigger: None,
        });
    }
    let tools = chat.offered_tools();
    (!tools.is_empty()).then(|| Constraint {
        grammar: Grammar::Gbnf(grammar::of_calls(tools, chat.parallel_tool_calls)),
        trigger: Some(tool::OPEN.to_owned()),
    })
}

fn complete(world: &mut World, entity: Entity, request: CompletionRequest, model: &Served) {
    let echo = match (&request.prompt, request.echo) {
        (Segment::Text { text, .. }, true) => text.clone(),
        (_, true) => {
            let error = ApiError::invalid("echo", "it is only for prompts that are text");
            return refuse(world, entity, &error);
        }
        (_, false) => String::new(),
    };
    let generate = of_text(&request.text, model, vec![request.prompt]);
    let job = TextJob::new(Kind::Completion { echo }, request.text, &model.name);
    start(world, entity, job, generate);
}

/// What the engine is asked for one text.
fn of_text(text: &TextRequest, model: &Served, prompt: Vec<Segment>) -> Generate {
    Generate {
        sampling: text.sampling.clone(),
        max_tokens: text.max_tokens,
        stop: text.stop.clone(),
        ignore_eos: text.ignore_eos,
        logprobs: text.logprobs,
        ..Generate::new(model.info.id, prompt)
    }
}

/// Waits for places, and then generates.
fn start(world: &mut World, entity: Entity, job: TextJob, generate: Generate) {
    let choices = job.choices();
    world.entity_mut(entity).insert(job);
    queue(world, entity, choices, move |world, entity, places| {
        text::start(world, entity, generate, places);
    });
}
