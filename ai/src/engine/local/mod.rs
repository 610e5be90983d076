//! Models in this process: a thread for each that computes, some more where contexts compute beside
//! each other, and one for all that reads text.

mod context;
mod crowd;
mod embed;
mod gauge;
mod job;
mod memory;
mod model;
mod pool;
mod read;
mod replica;
mod schema;
mod seat;
mod state;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam::channel::{Sender, unbounded};
use oro_components::llm::{
    AdapterId, AiError, ContextId, Generate, LoadAdapter, LoadModel, ModelId, Restore,
};
use oro_engine::cancel::CancelToken;
use parking_lot::{Mutex, RwLock};

use gauge::{Gauges, ModelGauges};
use job::Job;
use read::{Reading, Work};

use super::files::Tried;
use super::llama::{STACK_BYTES, Weights};
use super::place::{Place, Sink};
use super::protocol::{Answer, Ask, RequestId, Tell};
use super::settings::{EngineSettings, WorkerProgram};

/// Models in this process.
pub(super) struct Local(Arc<Shared>);

/// What all threads of a place share.
struct Shared {
    settings: EngineSettings,
    sink: Sink,
    gauges: Gauges,
    /// Written to while all threads of a context compute: two such at once would take the cores
    /// from each other, as they wait busily. Those that compute alone only read.
    turn: RwLock<()>,
    closing: CancelToken,
    paused: AtomicBool,
    /// Generations that were taken and have not ended.
    taken: AtomicUsize,
    running: AtomicUsize,
    /// What makes dumps ours; `None` if the system has no random numbers: then none is.
    state_key: Option<[u8; 32]>,
    /// What tries files that were not seen before.
    probe: Option<WorkerProgram>,
    tried: Tried,
    tables: Mutex<Tables>,
}

/// What a place has, by what it is asked by.
#[derive(Default)]
struct Tables {
    models: HashMap<ModelId, Handle>,
    adapters: HashMap<AdapterId, ModelId>,
    contexts: HashMap<ContextId, ModelId>,
    generations: HashMap<RequestId, Generation>,
    /// Requests that a model's thread has to answer.
    open: HashMap<RequestId, ModelId>,
    reader: Option<Sender<Reading>>,
    threads: Vec<JoinHandle<()>>,
}

/// A generation that has not ended.
struct Generation {
    cancel: CancelToken,
    model: ModelId,
    /// Whether it has one of the places for those that run.
    runs: bool,
}

/// The way to a model's thread.
#[derive(Clone)]
struct Handle {
    commands: Sender<Command>,
    /// There once it is loaded.
    weights: Arc<Mutex<Option<Arc<Weights>>>>,
    gauges: Arc<ModelGauges>,
}

/// What a model's thread is asked.
enum Command {
    /// Something to read that came before the model was loaded.
    Read(RequestId, Work),
    Generate(Box<Job>),
    Embed(RequestId, Vec<Vec<i32>>),
    LoadAdapter(RequestId, LoadAdapter),
    UnloadAdapter(RequestId, AdapterId),
    Dump(RequestId, ContextId),
    Restore(RequestId, Box<Restore>),
    DropContext(ContextId),
    Unload(RequestId),
    /// Look again: something was cancelled, or there is room.
    Wake,
}

impl Local {
    /// A place. Files that were not seen before are tried by `probe`, if there is one.
    pub fn new(
        settings: EngineSettings,
        state_key: Option<[u8; 32]>,
        probe: Option<WorkerProgram>,
        sink: Sink,
    ) -> Self {
        Self(Arc::new(Shared {
            settings,
            sink,
            gauges: Gauges::default(),
            turn: RwLock::default(),
            closing: CancelToken::new(),
            paused: AtomicBool::new(false),
            taken: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            state_key,
            probe,
            tried: Tried::default(),
            tables: Mutex::default(),
        }))
    }
}

impl Place for Local {
    fn ask(&self, id: RequestId, ask: Ask) {
        let shared = &self.0;
        shared.open(id, &ask);
        let done = match ask {
            Ask::Load(load) => shared.load(id, load),
            Ask::Unload(model) => shared.unload(id, model),
            Ask::LoadAdapter(load) => shared.load_adapter(id, load),
            Ask::UnloadAdapter(adapter) => shared.unload_adapter(id, adapter),
            Ask::Tokenize(it) => shared.read(id, it.model, Work::Tokenize(it)),
            Ask::Detokenize(it) => shared.read(id, it.model, Work::Detokenize(it)),
            Ask::Embed(it) => shared.read(id, it.model, Work::Embed(it)),
            Ask::Generate(it) => shared.generate(id, it),
            Ask::Dump(context) => shared.dump(id, context),
            Ask::Restore(restore) => shared.restore(id, restore),
            Ask::Telemetry => {
                shared.answer(id, Answer::Telemetry(Box::new(shared.telemetry())));
                Ok(())
            }
        };
        if let Err(error) = done {
            shared.answer(id, Answer::Failed(error));
        }
    }

    fn tell(&self, tell: Tell) {
        let shared = &self.0;
        match tell {
            Tell::Cancel(id) => shared.cancel(id),
            Tell::DropContext(context) => {
                let model = shared.tables.lock().contexts.remove(&context);
                if let Some(handle) = model.and_then(|model| shared.handle(model).ok()) {
                    let _ = handle.commands.send(Command::DropContext(context));
                }
            }
            Tell::Pause => shared.paused.store(true, Ordering::Release),
            Tell::Resume => {
                shared.paused.store(false, Ordering::Release);
                shared.wake_all();
            }
        }
    }

    fn close(&self) {
        self.0.close();
    }
}

impl Shared {
    /// Notes who has to answer.
    fn open(&self, id: RequestId, ask: &Ask) {
        let mut tables = self.tables.lock();
        let model = match ask {
            Ask::Load(it) => Some(it.id),
            Ask::Unload(model) => Some(*model),
            Ask::LoadAdapter(it) => Some(it.model),
            Ask::UnloadAdapter(adapter) => tables.adapters.get(adapter).copied(),
            Ask::Tokenize(it) => Some(it.model),
            Ask::Detokenize(it) => Some(it.model),
            Ask::Embed(it) => Some(it.model),
            Ask::Generate(it) => Some(it.model),
            Ask::Dump(context) => tables.contexts.get(context).copied(),
            Ask::Restore(it) => Some(it.model),
            Ask::Telemetry => None,
        };
        if let Some(model) = model {
            tables.open.insert(id, model);
        }
    }

    fn answer(&self, id: RequestId, answer: Answer) {
        self.deliver(vec![(id, answer)]);
    }

    /// Passes answers on, and notes which requests have ended.
    fn deliver(&self, answers: Vec<(RequestId, Answer)>) {
        if answers.is_empty() {
            return;
        }
        let mut tables = self.tables.lock();
        let mut freed = false;
        for (id, answer) in &answers {
            if !answer.is_last() {
                continue;
            }
            tables.open.remove(id);
            if let Some(ended) = tables.generations.remove(id) {
                self.taken.fetch_sub(1, Ordering::AcqRel);
                if ended.runs {
                    freed = true;
                    self.running.fetch_sub(1, Ordering::AcqRel);
                    self.gauges.running.fetch_sub(1, Ordering::Relaxed);
                } else {
                    self.gauges.waiting.fetch_sub(1, Ordering::Relaxed);
                }
            }
        }
        // A place became free that another model may wait for.
        if freed && tables.models.len() > 1 && self.gauges.waiting.load(Ordering::Relaxed) > 0 {
            for handle in tables.models.values() {
                let _ = handle.commands.send(Command::Wake);
            }
        }
        drop(tables);
        (self.sink)(answers);
    }

    /// Answers all that a model has, because its thread has ended.
    fn fail(&self, model: ModelId, error: &AiError) {
        let mut tables = self.tables.lock();
        tables.models.remove(&model);
        tables.adapters.retain(|_, of| *of != model);
        tables.contexts.retain(|_, of| *of != model);
        let open = tables.open.iter().filter(|(_, of)| **of == model);
        let answers = open.map(|(id, _)| (*id, Answer::Failed(error.clone())));
        let answers = answers.collect();
        drop(tables);
        self.deliver(answers);
    }

    fn handle(&self, model: ModelId) -> Result<Handle, AiError> {
        let tables = self.tables.lock();
        let handle = tables.models.get(&model).cloned();
        handle.ok_or(AiError::ModelNotLoaded(model.0))
    }

    fn send(&self, model: ModelId, command: Command) -> Result<(), AiError> {
        let handle = self.handle(model)?;
        let gone = |_| AiError::ModelNotLoaded(model.0);
        handle.commands.send(command).map_err(gone)
    }

    fn load(self: &Arc<Self>, id: RequestId, load: LoadModel) -> Result<(), AiError> {
        let model = load.id;
        let (commands, receiver) = unbounded();
        let handle = Handle {
            commands,
            weights: Arc::default(),
            gauges: Arc::default(),
        };
        let mut tables = self.tables.lock();
        if self.closing.is_cancelled() {
            return Err(AiError::Aborted);
        }
        if tables.models.contains_key(&model) {
            let reason = format!("model {} is loaded already", model.0);
            return Err(AiError::parameter("id", reason));
        }
        let shared = Arc::clone(self);
        let own = handle.clone();
        let thread = std::thread::Builder::new()
            .name(format!("oro-llm-{}", model.0))
            // Grammars are followed on it, some of which are deep.
            .stack_size(STACK_BYTES)
            .spawn(move || model::run(&shared, id, &load, &own, &receiver))
            .map_err(|error| AiError::Inference(format!("no thread: {error}")))?;
        tables.threads.retain(|thread| !thread.is_finished());
        tables.threads.push(thread);
        tables.models.insert(model, handle);
        Ok(())
    }

    fn unload(&self, id: RequestId, model: ModelId) -> Result<(), AiError> {
        let mut tables = self.tables.lock();
        let handle = tables.models.remove(&model);
        let handle = handle.ok_or(AiError::ModelNotLoaded(model.0))?;
        tables.adapters.retain(|_, of| *of != model);
        tables.contexts.retain(|_, of| *of != model);
        drop(tables);
        let gone = |_| AiError::ModelNotLoaded(model.0);
        handle.commands.send(Command::Unload(id)).map_err(gone)
    }

    fn load_adapter(&self, id: RequestId, load: LoadAdapter) -> Result<(), AiError> {
        let model = load.model;
        self.tables.lock().adapters.insert(load.id, model);
        self.send(model, Command::LoadAdapter(id, load))
    }

    fn unload_adapter(&self, id: RequestId, adapter: AdapterId) -> Result<(), AiError> {
        let model = self.tables.lock().adapters.remove(&adapter);
        let model = model.ok_or(AiError::AdapterNotLoaded(adapter.0))?;
        self.send(model, Command::UnloadAdapter(id, adapter))
    }

    fn dump(&self, id: RequestId, context: ContextId) -> Result<(), AiError> {
        let model = self.tables.lock().contexts.get(&context).copied();
        let model = model.ok_or(AiError::ContextEmpty(context.0))?;
        self.send(model, Command::Dump(id, context))
    }

    fn restore(&self, id: RequestId, restore: Restore) -> Result<(), AiError> {
        let (model, context) = (restore.model, restore.context);
        self.send(model, Command::Restore(id, Box::new(restore)))?;
        self.tables.lock().contexts.insert(context, model);
        Ok(())
    }

    fn generate(self: &Arc<Self>, id: RequestId, generate: Box<Generate>) -> Result<(), AiError> {
        read::check(&generate)?;
        let model = generate.model;
        let max = self.settings.running_max as usize + self.settings.waiting_max as usize;
        let handle = self.handle(model)?;
        if self.taken.fetch_add(1, Ordering::AcqRel) >= max {
            self.taken.fetch_sub(1, Ordering::AcqRel);
            let max = self.settings.waiting_max as usize;
            return Err(AiError::Busy { max });
        }
        self.gauges.waiting.fetch_add(1, Ordering::Relaxed);
        let cancel = CancelToken::new();
        let generation = Generation {
            cancel: cancel.clone(),
            model,
            runs: false,
        };
        let mut tables = self.tables.lock();
        tables.generations.insert(id, generation);
        if let Some(context) = generate.context {
            tables.contexts.insert(context, model);
        }
        drop(tables);
        let work = Work::Generate(generate, cancel, Instant::now());
        self.read_by(id, &handle, work);
        Ok(())
    }

    fn read(self: &Arc<Self>, id: RequestId, model: ModelId, work: Work) -> Result<(), AiError> {
        let handle = self.handle(model)?;
        self.read_by(id, &handle, work);
        Ok(())
    }

    /// Gives text to the reader, or to the model's thread, which does it once it is loaded.
    fn read_by(self: &Arc<Self>, id: RequestId, handle: &Handle, work: Work) {
        let weights = handle.weights.lock().clone();
        let sent = match weights {
            Some(weights) => read::send(self, id, handle, weights, work),
            None => handle.commands.send(Command::Read(id, work)).is_ok(),
        };
        if !sent {
            self.answer(id, Answer::Failed(AiError::Aborted));
        }
    }

    fn cancel(&self, id: RequestId) {
        let tables = self.tables.lock();
        let Some(generation) = tables.generations.get(&id) else {
            return;
        };
        generation.cancel.cancel();
        if let Some(handle) = tables.models.get(&generation.model) {
            let _ = handle.commands.send(Command::Wake);
        }
    }

    fn wake_all(&self) {
        for handle in self.tables.lock().models.values() {
            let _ = handle.commands.send(Command::Wake);
        }
    }

    /// Takes one of the places for generations that run, if there is one.
    fn start_running(&self, id: RequestId) -> bool {
        let max = self.settings.running_max.max(1) as usize;
        if self.running.fetch_add(1, Ordering::AcqRel) >= max {
            self.running.fetch_sub(1, Ordering::AcqRel);
            return false;
        }
        if let Some(generation) = self.tables.lock().generations.get_mut(&id) {
            generation.runs = true;
        }
        self.gauges.waiting.fetch_sub(1, Ordering::Relaxed);
        self.gauges.running.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn telemetry(&self) -> oro_components::llm::Telemetry {
        let tables = self.tables.lock();
        let models = tables.models.values().map(|handle| &*handle.gauges);
        self.gauges.telemetry(self.settings.pool_capacity, models)
    }

    fn close(&self) {
        self.closing.cancel();
        let mut tables = self.tables.lock();
        for handle in tables.models.values() {
            let _ = handle.commands.send(Command::Wake);
        }
        tables.models.clear();
        tables.reader = None;
        let threads = std::mem::take(&mut tables.threads);
        drop(tables);
        for thread in threads {
            // The last handle of the engine may go in a callback, on one of these threads.
            if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
                tracing::error!("a thread of the inference engine panicked");
            }
        }
    }
}
