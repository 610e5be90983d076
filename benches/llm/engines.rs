//! The engine by its handle, without a World: with all streams in one batch, or an engine for each
//! stream, which is a pool of contexts.

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Instant;

use oro::ai::engine::{Engine, EngineSettings};
use oro::components::llm::{Generate, GenerateEvent, LoadModel, ModelId, Sampling, Segment};

use crate::{Server, Streamed, worker};

/// One engine or several.
pub struct Engines(Vec<(Engine, ModelId)>);

impl Engines {
    /// One that runs so many texts at once.
    pub fn one(model: &Path, running_max: u32, threads: Option<u32>) -> Self {
        Self(vec![start(model, running_max, threads)])
    }

    /// So many, each with a context and a thread.
    pub fn pool(model: &Path, count: u32) -> Self {
        Self((0..count).map(|_| start(model, 1, Some(1))).collect())
    }
}

fn start(model: &Path, running_max: u32, threads: Option<u32>) -> (Engine, ModelId) {
    let settings = EngineSettings {
        running_max,
        threads,
        ..EngineSettings::default()
    };
    let engine = Engine::new(settings, Some(worker()));
    let load = LoadModel {
        id: engine.model_id(),
        path: model.to_owned(),
        gpu_layers: 0,
    };
    let (sender, receiver) = channel();
    let id = load.id;
    engine.load(load, move |result| drop(sender.send(result)));
    receiver.recv().unwrap().unwrap();
    (engine, id)
}

impl Server for Engines {
    fn complete(&self, prompts: &[Vec<i32>], predict: u32) -> Vec<Streamed> {
        let (sender, receiver) = channel();
        let mut begun = Vec::new();
        let mut streamed: Vec<Streamed> = Vec::new();
        for (at, prompt) in prompts.iter().enumerate() {
            let (engine, model) = &self.0[at % self.0.len()];
            let generate = Generate {
                sampling: Sampling::greedy(),
                max_tokens: predict,
                ignore_eos: true,
                ..Generate::new(*model, vec![Segment::Tokens(prompt.clone())])
            };
            let sender = sender.clone();
            begun.push(Instant::now());
            streamed.push(Streamed::default());
            engine
                .generate(generate, move |events| drop(sender.send((at, events))))
                .detach();
        }
        drop(sender);
        for (at, events) in receiver {
            for event in events {
                let streamed = &mut streamed[at];
                match event {
                    GenerateEvent::Started { .. } => {}
                    GenerateEvent::Text { .. } if streamed.first.is_zero() => {
                        streamed.first = begun[at].elapsed();
                    }
                    GenerateEvent::Text { .. } => {}
                    GenerateEvent::Finished { usage, .. } => {
                        streamed.tokens = usage.completion_tokens;
                    }
                    GenerateEvent::Failed(error) => panic!("{error}"),
                }
            }
        }
        streamed
    }
}
