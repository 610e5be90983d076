//! Embeddings and tokens: one question to the engine, one answer.

use std::sync::Arc;

use bevy_ecs::prelude::*;
use oro_components::llm::{AiError, Detokenize, Embed, Embeddings, Segment, Tokenize, Tokenized};
use serde_json::{Value, json};

use super::embedding::EmbeddingRequest;
use super::error::ApiError;
use super::exchange::{queue, refuse, reply};
use super::response::{EmbeddingReport, List, UsageReport, Vector};
use super::token::{DetokenizeRequest, TokenizeRequest};
use crate::catalog::Served;
use crate::engine::{Answers, Engine};

/// Answers with vectors.
pub(super) fn embed(
    world: &mut World,
    entity: Entity,
    request: EmbeddingRequest,
    model: Arc<Served>,
) {
    let length = model.info.n_embd;
    if let Some(dimensions) = request.dimensions.filter(|it| *it != length) {
        let reason = format!("{dimensions} is not the length of this model's vectors, {length}");
        return refuse(world, entity, &ApiError::invalid("dimensions", reason));
    }
    queue(world, entity, 1, move |world, entity, _| {
        let EmbeddingRequest {
            inputs, encoding, ..
        } = request;
        let embed = Embed {
            model: model.info.id,
            inputs: inputs.into_iter().map(|input| vec![input]).collect(),
            add_special: true,
        };
        let done = move |world: &mut World, entity, result: Result<Embeddings, AiError>| {
            let made = match result {
                Ok(made) => made,
                Err(error) => return refuse(world, entity, &ApiError::of_engine(error, "input")),
            };
            let data = made.vectors.into_iter().enumerate();
            let report = |(index, vector)| EmbeddingReport {
                object: "embedding",
                index,
                embedding: Vector(vector, encoding),
            };
            let list = List {
                model: Some(model.name.clone()),
                usage: Some(UsageReport::prompt(made.prompt_tokens)),
                ..List::new(data.map(report).collect())
            };
            reply(world, entity, &list);
        };
        let done = world.resource::<Answers>().in_tick(entity, done);
        world.resource::<Engine>().embed(embed, done);
    });
}

/// Answers with tokens.
pub(super) fn tokenize(
    world: &mut World,
    entity: Entity,
    request: TokenizeRequest,
    model: &Served,
) {
    let pieces = request.with_pieces;
    let tokenize = Tokenize {
        model: model.info.id,
        text: vec![Segment::Text {
            text: request.content,
            special: request.parse_special,
        }],
        add_bos: request.add_special,
        pieces,
    };
    let done = move |world: &mut World, entity, result: Result<Tokenized, AiError>| match result {
        Ok(made) if pieces => reply(world, entity, &json!({ "tokens": with_pieces(&made) })),
        Ok(made) => reply(world, entity, &json!({ "tokens": made.tokens })),
        Err(error) => refuse(world, entity, &ApiError::of_engine(error, "content")),
    };
    let done = world.resource::<Answers>().in_tick(entity, done);
    world.resource::<Engine>().tokenize(tokenize, done);
}

/// Tokens with their texts; with their bytes where these are no text by themselves.
fn with_pieces(made: &Tokenized) -> Vec<Value> {
    let pairs = made.tokens.iter().zip(&made.pieces);
    pairs
        .map(|(id, piece)| match std::str::from_utf8(piece) {
            Ok(text) => json!({ "id": id, "piece": text }),
            Err(_) => json!({ "id": id, "piece": piece }),
        })
        .collect()
}

/// Answers with text.
pub(super) fn detokenize(
    world: &mut World,
    entity: Entity,
    request: DetokenizeRequest,
    model: &Served,
) {
    let n_vocab = model.info.n_vocab;
    let is_known = |token: &i32| u32::try_from(*token).is_ok_and(|token| token < n_vocab);
    if let Some(at) = request.tokens.iter().position(|token| !is_known(token)) {
        let token = request.tokens[at];
        let reason = format!("{token} is none of this model's {n_vocab} tokens");
        return refuse(
            world,
            entity,
            &ApiError::invalid(format!("tokens[{at}]"), reason),
        );
    }
    let detokenize = Detokenize {
        model: model.info.id,
        tokens: request.tokens,
    };
    let done = |world: &mut World, entity, result: Result<Vec<u8>, AiError>| match result {
        Ok(bytes) => {
            let content = String::from_utf8_lossy(&bytes);
            reply(world, entity, &json!({ "content": content }));
        }
        Err(error) => refuse(world, entity, &ApiError::of_engine(error, "tokens")),
    };
    let done = world.resource::<Answers>().in_tick(entity, done);
    world.resource::<Engine>().detokenize(detokenize, done);
}
