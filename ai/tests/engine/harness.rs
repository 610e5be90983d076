//! An engine with a model, and calls that wait.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam::channel::{Receiver, bounded, unbounded};
use oro_ai::engine::{Engine, EngineSettings, Generation};
use oro_components::llm::{
    AiError, Finish, Generate, GenerateEvent, LoadModel, ModelId, ModelInfo, Sampling, Segment,
    Telemetry, Timings, TokenLogProb, Usage,
};

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The path of a fixture.
pub fn fixture(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../tests/fixtures/models").join(name)
}

/// One thread, so that the same request gives the same text.
pub fn settings() -> EngineSettings {
    EngineSettings {
        threads: Some(1),
        ..EngineSettings::default()
    }
}

/// So many generations at once in one context, and in two, each of which has a thread.
pub fn alone_and_apart(running_max: u32) -> [EngineSettings; 2] {
    [1, 2].map(|threads| EngineSettings {
        threads: Some(threads),
        running_max,
        ..EngineSettings::default()
    })
}

/// An engine with a model.
pub struct Loaded {
    pub engine: Engine,
    pub model: ModelInfo,
}

impl Loaded {
    /// The model that chats.
    pub fn chat() -> Self {
        Self::with("tiny-chat.gguf", settings())
    }

    pub fn with(name: &str, settings: EngineSettings) -> Self {
        Self::on(Engine::new(settings, None), name)
    }

    pub fn on(engine: Engine, name: &str) -> Self {
        let model = load(&engine, &fixture(name)).unwrap();
        Self { engine, model }
    }

    /// A generation of what the model says to a user, always the likeliest tokens.
    pub fn asking(&self, user: &str) -> Generate {
        Generate {
            sampling: Sampling::greedy(),
            ..Generate::new(self.model.id, chat(user))
        }
    }

    pub fn start(&self, generate: Generate) -> Running {
        start(&self.engine, generate)
    }

    /// Runs a generation to its end.
    pub fn run(&self, generate: Generate) -> Said {
        self.start(generate).end().unwrap()
    }

    /// The error of a generation that must fail.
    pub fn refused(&self, generate: Generate) -> AiError {
        self.start(generate).end().unwrap_err()
    }

    /// What the model says to a user.
    pub fn say(&self, user: &str) -> String {
        self.run(self.asking(user)).text
    }

    pub fn telemetry(&self) -> Telemetry {
        wait(|done| self.engine.telemetry(done)).unwrap()
    }

    /// Waits until something is true of the telemetry.
    pub fn until(&self, is: impl Fn(&Telemetry) -> bool) -> Telemetry {
        let started = std::time::Instant::now();
        loop {
            let telemetry = self.telemetry();
            if is(&telemetry) {
                return telemetry;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "it does not happen: {telemetry:?}"
            );
            std::thread::yield_now();
        }
    }
}

/// A conversation of one turn, as the model was trained.
pub fn chat(user: &str) -> Vec<Segment> {
    vec![
        Segment::special("<|im_start|>user\n"),
        Segment::text(user),
        Segment::special("<|im_end|>\n<|im_start|>assistant\n"),
    ]
}

/// A generation that ends only when it is told to.
pub fn endless(model: &Loaded) -> Generate {
    Generate {
        ignore_eos: true,
        max_tokens: 1_000_000,
        ..model.asking("Tell me a story.")
    }
}

/// Calls the engine and waits.
pub fn wait<T: Send + 'static>(call: impl FnOnce(Box<dyn FnOnce(T) + Send>)) -> T {
    let (sender, receiver) = bounded(1);
    call(Box::new(move |answer| drop(sender.send(answer))));
    receiver.recv_timeout(PATIENCE).unwrap()
}

pub fn load(engine: &Engine, path: &Path) -> Result<ModelInfo, AiError> {
    let load = LoadModel {
        id: engine.model_id(),
        path: path.to_owned(),
        gpu_layers: 0,
    };
    wait(|done| engine.load(load, done))
}

/// The id of no model.
pub const NOBODY: ModelId = ModelId(u64::MAX);

pub fn start(engine: &Engine, generate: Generate) -> Running {
    let (sender, events) = unbounded();
    let send = move |all: Vec<GenerateEvent>| {
        for event in all {
            let _ = sender.send(event);
        }
    };
    let generation = engine.generate(generate, send);
    Running {
        generation,
        events,
        told: Cell::new(0),
    }
}

/// Waits for the end, and how it came to it.
pub fn reason(events: &Receiver<GenerateEvent>) -> Finish {
    loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            GenerateEvent::Finished { reason, .. } => return reason,
            GenerateEvent::Failed(error) => panic!("{error}"),
            _ => {}
        }
    }
}

/// A generation that runs.
pub struct Running {
    pub generation: Generation,
    pub events: Receiver<GenerateEvent>,
    /// Tokens of the texts that came.
    told: Cell<u32>,
}

/// What came of a generation.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub text: String,
    /// The pieces that it came in.
    pub pieces: Vec<String>,
    pub logprobs: Vec<TokenLogProb>,
    pub seed: u32,
    pub finish: Finish,
    pub usage: Usage,
    pub timings: Timings,
}

impl Running {
    pub fn next(&self) -> GenerateEvent {
        let event = self.events.recv_timeout(PATIENCE).unwrap();
        if let GenerateEvent::Text { tokens, .. } = &event {
            self.told.set(self.told.get() + tokens);
        }
        event
    }

    /// Waits for the first text.
    pub fn begun(self) -> Self {
        while !matches!(self.next(), GenerateEvent::Text { .. }) {}
        self
    }

    /// Cancels, and waits for the end.
    pub fn cancelled(self) -> Finish {
        self.generation.cancel();
        reason(&self.events)
    }

    /// Waits for the end.
    pub fn end(self) -> Result<Said, AiError> {
        let (mut pieces, mut logprobs) = (Vec::new(), Vec::new());
        let mut taken = None;
        loop {
            match self.next() {
                GenerateEvent::Started { seed, .. } => taken = Some(seed),
                GenerateEvent::Text {
                    text,
                    logprobs: more,
                    ..
                } => {
                    pieces.push(text);
                    logprobs.extend(more);
                }
                GenerateEvent::Finished {
                    reason,
                    usage,
                    timings,
                } => {
                    assert_eq!(
                        self.told.get(),
                        usage.completion_tokens,
                        "tokens of the pieces"
                    );
                    assert!(self.events.try_recv().is_err(), "nothing follows the end");
                    return Ok(Said {
                        text: pieces.concat(),
                        pieces,
                        logprobs,
                        seed: taken.unwrap_or_default(),
                        finish: reason,
                        usage,
                        timings,
                    });
                }
                GenerateEvent::Failed(error) => return Err(error),
            }
        }
    }
}
