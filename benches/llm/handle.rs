//! The engine by its handle, without a World.

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Instant;

use oro::ai::engine::{Engine, EngineSettings};
use oro::components::llm::{Generate, GenerateEvent, LoadModel, ModelId, Sampling, Segment};

use crate::{Server, Streamed, worker};

/// An engine with a model.
pub struct Handle {
    engine: Engine,
    model: ModelId,
}

impl Handle {
    /// One that runs so many texts at once.
    pub fn start(model: &Path, running_max: u32, threads: Option<u32>) -> Self {
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
        Self { engine, model: id }
    }
}

impl Server for Handle {
    fn complete(&self, prompts: &[Vec<i32>], predict: u32) -> Vec<Streamed> {
        let (sender, receiver) = channel();
        let mut begun = Vec::new();
        let mut streamed: Vec<Streamed> = Vec::new();
        for (at, prompt) in prompts.iter().enumerate() {
            let generate = Generate {
                sampling: Sampling::greedy(),
                max_tokens: predict,
                ignore_eos: true,
                ..Generate::new(self.model, vec![Segment::Tokens(prompt.clone())])
            };
            let sender = sender.clone();
            begun.push(Instant::now());
            streamed.push(Streamed::default());
            self.engine
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
