//! The handle of the engine.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bevy_ecs::prelude::Resource;
use oro_components::llm::{
    AdapterId, AdapterInfo, AiError, ContextId, Detokenize, Embed, Embeddings, Generate,
    GenerateEvent, LoadAdapter, LoadModel, ModelId, ModelInfo, Restore, Restored, Telemetry,
    Tokenize, Tokenized,
};
use parking_lot::Mutex;

use super::pending::{FromAnswer, PendingRequests, Waiting};
use super::place::{Place, Sink};
use super::protocol::{Ask, RequestId, Tell};
use super::settings::{EngineSettings, WorkerProgram};

/// A handle of the inference engine, for any thread. Clones are handles of the same one; the last
/// one that goes ends it.
///
/// No method waits. Each takes a callback that is called exactly once, on a thread of the engine
/// or, if the request is refused at once, on the caller's: it must be short, as it holds up all
/// generations. [`Answers`](super::Answers) makes one that runs in the tick.
#[derive(Resource, Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    place: Box<dyn Place>,
    pending: Arc<PendingRequests>,
    loaded: Arc<Mutex<Loaded>>,
    after: Arc<After>,
    requests: AtomicU64,
    ids: AtomicU64,
    requests_max: usize,
}

/// What is called behind callbacks.
#[derive(Default)]
struct After(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl After {
    fn call(&self) {
        if let Some(after) = self.0.get() {
            after();
        }
    }
}

/// What can be used at this moment.
#[derive(Default)]
struct Loaded {
    models: BTreeMap<ModelId, ModelInfo>,
    adapters: BTreeMap<AdapterId, AdapterInfo>,
}

impl Engine {
    /// An engine that runs models in `worker`, or in this process if there is none. Threads and
    /// processes start with the first model.
    #[must_use]
    pub fn new(settings: EngineSettings, worker: Option<WorkerProgram>) -> Self {
        let pending = Arc::new(PendingRequests::default());
        let after = Arc::new(After::default());
        let (answers, told) = (Arc::clone(&pending), Arc::clone(&after));
        let sink: Sink = Arc::new(move |all| {
            for (id, answer) in all {
                answers.answer(id, answer);
            }
            told.call();
        });
        let requests_max = settings.requests_max as usize;
        Self(Arc::new(Shared {
            place: super::place::open(settings, worker, sink),
            pending,
            loaded: Arc::default(),
            after,
            requests: AtomicU64::new(0),
            ids: AtomicU64::new(0),
            requests_max,
        }))
    }

    /// Calls `after` behind all callbacks that are called at once, such as those of the texts that a
    /// step advanced, on their thread: then whoever they told is woken once for all of them. Only
    /// the first call has an effect.
    pub fn after_callbacks(&self, after: impl Fn() + Send + Sync + 'static) {
        let _ = self.0.after.0.set(Box::new(after));
    }

    fn fresh(&self) -> u64 {
        self.0.ids.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// An id for a model that is to be loaded.
    #[must_use]
    pub fn model_id(&self) -> ModelId {
        ModelId(self.fresh())
    }

    /// An id for an adapter that is to be loaded.
    #[must_use]
    pub fn adapter_id(&self) -> AdapterId {
        AdapterId(self.fresh())
    }

    /// An id for a context. A context needs no other beginning than the first generation in it.
    #[must_use]
    pub fn context_id(&self) -> ContextId {
        ContextId(self.fresh())
    }

    fn ask<T: FromAnswer>(
        &self,
        ask: Ask,
        done: impl FnOnce(Result<T, AiError>) + Send + 'static,
    ) -> RequestId {
        self.send(ask, Waiting::once(done))
    }

    fn send(&self, ask: Ask, waiting: Waiting) -> RequestId {
        let id = self.0.requests.fetch_add(1, Ordering::Relaxed) + 1;
        if self.0.pending.insert(id, waiting, self.0.requests_max) {
            self.0.place.ask(id, ask);
        } else {
            self.0.after.call();
        }
        id
    }

    /// Loads a model. A file that was not seen before is tried in a process of its own first, if
    /// there is a [`WorkerProgram`]. Until it is loaded, requests for it wait.
    pub fn load(
        &self,
        load: LoadModel,
        done: impl FnOnce(Result<ModelInfo, AiError>) + Send + 'static,
    ) {
        self.load_watched(load, |_| {}, done);
    }

    /// As [`load`](Self::load), and tells `progress` how much of it is read, from 0 to 1: each time
    /// that it is a hundredth more.
    pub fn load_watched(
        &self,
        load: LoadModel,
        progress: impl FnMut(f32) + Send + 'static,
        done: impl FnOnce(Result<ModelInfo, AiError>) + Send + 'static,
    ) {
        let loaded = Arc::clone(&self.0.loaded);
        let done = move |result: Result<ModelInfo, _>| {
            if let Ok(info) = &result {
                loaded.lock().models.insert(info.id, info.clone());
            }
            done(result);
        };
        self.send(Ask::Load(load), Waiting::loading(progress, done));
    }

    /// Unloads a model with its adapters and contexts. Its generations end as `Cancelled`.
    pub fn unload(&self, model: ModelId, done: impl FnOnce(Result<(), AiError>) + Send + 'static) {
        let mut loaded = self.0.loaded.lock();
        loaded.models.remove(&model);
        loaded.adapters.retain(|_, adapter| adapter.model != model);
        drop(loaded);
        self.ask(Ask::Unload(model), done);
    }

    /// The models that are loaded, in the order of their ids.
    #[must_use]
    pub fn models(&self) -> Vec<ModelInfo> {
        self.0.loaded.lock().models.values().cloned().collect()
    }

    /// A model that is loaded.
    #[must_use]
    pub fn model(&self, model: ModelId) -> Option<ModelInfo> {
        self.0.loaded.lock().models.get(&model).cloned()
    }

    /// Loads an adapter; it is then used by what names it in [`Generate::adapter`].
    pub fn load_adapter(
        &self,
        load: LoadAdapter,
        done: impl FnOnce(Result<AdapterInfo, AiError>) + Send + 'static,
    ) {
        let loaded = Arc::clone(&self.0.loaded);
        self.ask(
            Ask::LoadAdapter(load),
            move |result: Result<AdapterInfo, _>| {
                if let Ok(info) = &result {
                    loaded.lock().adapters.insert(info.id, info.clone());
                }
                done(result);
            },
        );
    }

    /// Unloads an adapter. Generations that use it end as `Cancelled`.
    pub fn unload_adapter(
        &self,
        adapter: AdapterId,
        done: impl FnOnce(Result<(), AiError>) + Send + 'static,
    ) {
        self.0.loaded.lock().adapters.remove(&adapter);
        self.ask(Ask::UnloadAdapter(adapter), done);
    }

    /// The adapters that are loaded, in the order of their ids.
    #[must_use]
    pub fn adapters(&self) -> Vec<AdapterInfo> {
        self.0.loaded.lock().adapters.values().cloned().collect()
    }

    /// Makes tokens of text.
    pub fn tokenize(
        &self,
        tokenize: Tokenize,
        done: impl FnOnce(Result<Tokenized, AiError>) + Send + 'static,
    ) {
        self.ask(Ask::Tokenize(tokenize), done);
    }

    /// Makes bytes of tokens; they may end inside of a character.
    pub fn detokenize(
        &self,
        detokenize: Detokenize,
        done: impl FnOnce(Result<Vec<u8>, AiError>) + Send + 'static,
    ) {
        self.ask(Ask::Detokenize(detokenize), done);
    }

    /// Makes vectors of texts.
    pub fn embed(
        &self,
        embed: Embed,
        done: impl FnOnce(Result<Embeddings, AiError>) + Send + 'static,
    ) {
        self.ask(Ask::Embed(embed), done);
    }

    /// Generates text. `events` is called for each step that brought something, with at least one
    /// event; the last event is `Finished` or `Failed`. Dropping what is returned cancels.
    pub fn generate(
        &self,
        generate: Generate,
        events: impl FnMut(Vec<GenerateEvent>) + Send + 'static,
    ) -> Generation {
        let ask = Ask::Generate(Box::new(generate));
        let id = self.send(ask, Waiting::Events(Box::new(events)));
        Generation {
            id,
            engine: Some(self.clone()),
        }
    }

    /// Forgets what a context holds. A generation in it ends as `Cancelled`.
    pub fn drop_context(&self, context: ContextId) {
        self.0.place.tell(Tell::DropContext(context));
    }

    /// The state of a context, as bytes that [`restore`](Self::restore) takes.
    pub fn dump(
        &self,
        context: ContextId,
        done: impl FnOnce(Result<Vec<u8>, AiError>) + Send + 'static,
    ) {
        self.ask(Ask::Dump(context), done);
    }

    /// Gives a context a state that was dumped.
    pub fn restore(
        &self,
        restore: Restore,
        done: impl FnOnce(Result<Restored, AiError>) + Send + 'static,
    ) {
        self.ask(Ask::Restore(restore), done);
    }

    /// What the engine did since it started.
    pub fn telemetry(&self, done: impl FnOnce(Result<Telemetry, AiError>) + Send + 'static) {
        self.ask(Ask::Telemetry, done);
    }

    /// Stops computing after the current step. Requests are still taken.
    pub fn pause(&self) {
        self.0.place.tell(Tell::Pause);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.0.place.tell(Tell::Resume);
    }

    /// Requests that are not answered yet.
    #[must_use]
    pub fn open_requests(&self) -> usize {
        self.0.pending.len()
    }

    /// Ends the engine: what is open fails with `Aborted`, what comes later too. Waits for the
    /// threads, which end after their current step.
    pub fn close(&self) {
        self.0.close();
    }
}

impl Shared {
    fn close(&self) {
        self.pending.fail(&AiError::Aborted, true);
        self.after.call();
        self.place.close();
        *self.loaded.lock() = Loaded::default();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("open_requests", &self.open_requests())
            .finish_non_exhaustive()
    }
}

/// A generation that runs. Dropping it cancels: the engine ends it within a step, and its last
/// event is `Finished` with [`Finish::Cancelled`](oro_components::llm::Finish::Cancelled), unless
/// it ended before.
#[must_use = "dropping it cancels the generation"]
#[derive(Debug)]
pub struct Generation {
    id: RequestId,
    engine: Option<Engine>,
}

impl Generation {
    /// Ends it within a step.
    pub fn cancel(self) {
        drop(self);
    }

    /// As [`cancel`](Self::cancel), by somebody who does not own it.
    pub fn stop(&self) {
        if let Some(engine) = &self.engine
            && engine.0.pending.is_open(self.id)
        {
            engine.0.place.tell(Tell::Cancel(self.id));
        }
    }

    /// Lets it run to its end without anybody who could cancel it.
    pub fn detach(mut self) {
        self.engine = None;
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        self.stop();
    }
}
