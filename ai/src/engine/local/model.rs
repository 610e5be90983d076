//! The thread of a model: it computes with it step by step, or has its contexts take steps on
//! threads of their own.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use crossbeam::channel::{Receiver, RecvTimeoutError};
use oro_components::llm::{
    AdapterId, AdapterInfo, AiError, ContextId, Finish, GenerateEvent, LoadAdapter, LoadModel,
    ModelInfo,
};

use super::crowd::Crowd;
use super::embed::Embedder;
use super::gauge::add;
use super::job::{Job, Running};
use super::memory;
use super::pool::{Pool, PromptLimits, Stepped, Tag};
use super::replica::{Replicas, has_threads, replicas_max};
use super::seat::Lender;
use super::{Command, Handle, Shared, read};
use crate::engine::files;
use crate::engine::llama::{LoadedAdapter, SEQUENCES_MAX, Weights};
use crate::engine::protocol::{Answer, RequestId};

/// Tokens of prompts between two tokens of those that write: more would hold them up.
const PROMPT_CHUNK: usize = 512;
/// Tokens of a step that keep a processor busy: with fewer, it waits for the weights. A step of 32
/// takes about a tenth longer for each token than one of 256 (2 cores with AVX2, 36 M parameters).
const PROMPT_MIN: usize = 32;
/// Conversations whose tokens are remembered.
const CONTEXTS_MAX: usize = 4096;

/// Loads the model and serves it until it is unloaded or the engine ends.
pub(super) fn run(
    shared: &Arc<Shared>,
    id: RequestId,
    load: &LoadModel,
    handle: &Handle,
    commands: &Receiver<Command>,
) {
    let serve = AssertUnwindSafe(|| serve(shared, id, load, handle, commands));
    let error = match catch_unwind(serve) {
        Ok(()) => AiError::ModelNotLoaded(load.id.0),
        Err(_) => {
            tracing::error!(model = load.id.0, "the thread of a model panicked");
            AiError::Inference("the thread of the model failed".to_owned())
        }
    };
    *handle.weights.lock() = None;
    shared.fail(load.id, &error);
}

fn serve(
    shared: &Arc<Shared>,
    id: RequestId,
    load: &LoadModel,
    handle: &Handle,
    commands: &Receiver<Command>,
) {
    let weights = match open(shared, id, load) {
        Ok(weights) => Arc::new(weights),
        Err(error) => {
            shared.tables.lock().models.remove(&load.id);
            shared.answer(id, Answer::Failed(error));
            return refuse(shared, load, commands);
        }
    };
    // Threads take steps for it, which end before the model does.
    std::thread::scope(|scope| {
        let mut model = Model::new(Arc::clone(shared), &weights, load, handle);
        let (count, limits) = (model.replicas_max, model.prompt_limits());
        let replicas = Replicas::start(scope, count, shared, &weights, limits);
        *handle.weights.lock() = Some(Arc::clone(&weights));
        shared.answer(id, Answer::Model(Box::new(model.info.clone())));
        model.serve(commands, replicas.as_ref());
        model.end();
    });
    refuse(shared, load, commands);
}

fn open(shared: &Arc<Shared>, id: RequestId, load: &LoadModel) -> Result<Weights, AiError> {
    let size = files::check_model(&load.path)?;
    memory::reserve("the model", size, shared.settings.memory_max_bytes)?;
    if let Some(program) = &shared.probe {
        shared.tried.ensure(&load.path, program, &shared.closing)?;
    }
    let told = Arc::clone(shared);
    let progress = move |share| told.answer(id, Answer::Loading(share));
    Weights::load(&load.path, load.gpu_layers, &shared.closing, progress)
}

/// Answers what came for a model that is not there.
fn refuse(shared: &Shared, load: &LoadModel, commands: &Receiver<Command>) {
    let answers = commands.try_iter().filter_map(|command| {
        let id = match command {
            Command::Unload(id) => return Some((id, Answer::Done)),
            Command::Generate(job) => job.request,
            Command::Read(id, _)
            | Command::Embed(id, _)
            | Command::LoadAdapter(id, _)
            | Command::UnloadAdapter(id, _)
            | Command::Dump(id, _)
            | Command::Restore(id, _) => id,
            Command::DropContext(_) | Command::Wake => return None,
        };
        let gone = AiError::ModelNotLoaded(load.id.0);
        Some((id, Answer::Failed(gone)))
    });
    shared.deliver(answers.collect());
}

/// What a conversation has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub tokens: Vec<i32>,
    pub size: Option<u32>,
    pub tag: Option<Tag>,
    used: u64,
}

impl Record {
    pub fn new(tokens: Vec<i32>, size: Option<u32>, tag: Option<Tag>, used: u64) -> Self {
        Self {
            tokens,
            size,
            tag,
            used,
        }
    }
}

/// A model with all that belongs to it.
pub(super) struct Model<'m> {
    pub shared: Arc<Shared>,
    pub weights: &'m Arc<Weights>,
    pub info: ModelInfo,
    pub handle: Handle,
    // Contexts go before the adapters that they use.
    pub pools: Vec<Pool<'m>>,
    pub embedder: Embedder<'m>,
    pub adapters: BTreeMap<AdapterId, LoadedAdapter>,
    pub records: HashMap<ContextId, Record>,
    /// Contexts that share the generations of one kind.
    pub replicas_max: usize,
    /// Where one thread may compute instead of all.
    crowd: Option<Crowd>,
    waiting: VecDeque<Box<Job>>,
    /// Something ended since those who wait were looked at.
    freed: bool,
    clock: u64,
    unload: Option<RequestId>,
}

type Answers = Vec<(RequestId, Answer)>;

impl<'m> Model<'m> {
    fn new(
        shared: Arc<Shared>,
        weights: &'m Arc<Weights>,
        load: &LoadModel,
        handle: &Handle,
    ) -> Self {
        let settings = &shared.settings;
        let running = settings.running_max.clamp(1, SEQUENCES_MAX);
        let tokens = memory::default_tokens(weights, running, settings.memory_max_bytes);
        let info = weights.info(load.id, &load.path, load.gpu_layers, tokens);
        Self {
            weights,
            info,
            handle: handle.clone(),
            pools: Vec::new(),
            embedder: Embedder::default(),
            adapters: BTreeMap::new(),
            records: HashMap::new(),
            replicas_max: replicas_max(settings, load.gpu_layers),
            crowd: has_threads(settings, load.gpu_layers).then(Crowd::default),
            waiting: VecDeque::new(),
            freed: false,
            clock: 0,
            unload: None,
            shared,
        }
    }

    /// Takes commands and steps until there is no reason to go on.
    fn serve(&mut self, commands: &Receiver<Command>, replicas: Option<&Replicas<'m>>) {
        loop {
            if !self.can_step() {
                self.tell_all();
                self.publish();
                if self.wait(commands).is_break() {
                    return;
                }
            }
            for command in commands.try_iter() {
                if self.take(command).is_break() {
                    return;
                }
            }
            if self.shared.closing.is_cancelled() {
                return;
            }
            self.expire();
            if self.is_paused() {
                continue;
            }
            self.admit();
            self.step(commands, replicas);
            self.embed();
            self.shrink();
        }
    }

    pub fn is_paused(&self) -> bool {
        self.shared.paused.load(Ordering::Acquire)
    }

    fn can_step(&self) -> bool {
        let works = self.pools.iter().any(Pool::is_busy) || self.embedder.is_busy();
        let may_begin = self.freed && !self.waiting.is_empty();
        (works || may_begin) && !self.is_paused()
    }

    /// Whether there is something to do that is no step of a context.
    pub fn has_other_work(&self, now: Instant) -> bool {
        let may_begin = self.freed && !self.waiting.is_empty();
        let is_over = |job: &Job| job.is_over(now).is_some();
        may_begin || self.embedder.is_busy() || self.waiting.iter().any(|it| is_over(it))
    }

    /// Waits for a command, or until a generation is out of time.
    fn wait(&mut self, commands: &Receiver<Command>) -> ControlFlow<()> {
        let running = self.pools.iter().flat_map(Pool::running);
        let running = running.filter_map(|it| it.job.deadline());
        let waiting = self.waiting.iter().filter_map(|job| job.deadline());
        let received = match running.chain(waiting).min() {
            Some(deadline) => commands.recv_deadline(deadline),
            None => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match received {
            Ok(command) => self.take(command),
            Err(RecvTimeoutError::Timeout) => ControlFlow::Continue(()),
            Err(RecvTimeoutError::Disconnected) => ControlFlow::Break(()),
        }
    }

    fn take(&mut self, command: Command) -> ControlFlow<()> {
        match command {
            Command::Read(id, work) => {
                let weights = Arc::clone(self.weights);
                if !read::send(&self.shared, id, &self.handle, weights, work) {
                    self.shared.answer(id, Answer::Failed(AiError::Aborted));
                }
            }
            Command::Generate(job) => self.waiting.push_back(job),
            Command::Embed(id, inputs) => self.embedder.push(id, inputs),
            Command::LoadAdapter(id, load) => self.answer(id, |it| it.load_adapter(&load)),
            Command::UnloadAdapter(id, adapter) => {
                self.answer(id, |it| it.unload_adapter(adapter));
            }
            Command::Dump(id, context) => self.answer(id, |it| it.dump(context)),
            Command::Restore(id, restore) => self.answer(id, |it| it.restore(&restore)),
            Command::DropContext(context) => self.drop_context(context),
            Command::Unload(id) => {
                self.unload = Some(id);
                return ControlFlow::Break(());
            }
            Command::Wake => {}
        }
        ControlFlow::Continue(())
    }

    fn answer(&mut self, id: RequestId, run: impl FnOnce(&mut Self) -> Result<Answer, AiError>) {
        let answer = run(self).unwrap_or_else(Answer::Failed);
        self.shared.answer(id, answer);
    }

    pub fn now(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn load_adapter(&mut self, load: &LoadAdapter) -> Result<Answer, AiError> {
        if self.adapters.contains_key(&load.id) {
            let reason = format!("adapter {} is loaded already", load.id.0);
            return Err(AiError::parameter("id", reason));
        }
        files::check_adapter(&load.path)?;
        let adapter = self.weights.adapter(&load.path)?;
        self.adapters.insert(load.id, adapter);
        let stem = load.path.file_stem().unwrap_or_default();
        Ok(Answer::Adapter(AdapterInfo {
            id: load.id,
            model: load.model,
            name: stem.to_string_lossy().into_owned(),
            path: load.path.clone(),
        }))
    }

    /// Forgets an adapter, after all contexts have.
    fn unload_adapter(&mut self, id: AdapterId) -> Result<Answer, AiError> {
        if !self.adapters.contains_key(&id) {
            return Err(AiError::AdapterNotLoaded(id.0));
        }
        let uses = |tag: Option<Tag>| tag.is_some_and(|tag| tag.adapter == id);
        let mut answers = Answers::new();
        for pool in &mut self.pools {
            for sequence in &mut pool.sequences {
                if uses(sequence.tag) {
                    if let Some(running) = &mut sequence.running {
                        running.end(Finish::Cancelled);
                    } else {
                        // Never to be found again, and the first to make room.
                        sequence.held.clear();
                    }
                }
            }
        }
        self.retire(&mut answers);
        for at in (0..self.pools.len()).rev() {
            if !uses(self.pools[at].tag) {
                continue;
            }
            let pool = &mut self.pools[at];
            let freed = match self.adapters.get_mut(&id) {
                Some(adapter) => pool.cells.adapt(&mut adapter.adapter, 0.0),
                None => Ok(()),
            };
            pool.tag = None;
            if freed.is_err() {
                self.pools.remove(at);
            }
        }
        self.adapters.remove(&id);
        self.shared.deliver(answers);
        Ok(Answer::Done)
    }

    fn drop_context(&mut self, context: ContextId) {
        self.records.remove(&context);
        let mut answers = Answers::new();
        for job in &self.waiting {
            if job.generate.context == Some(context) {
                job.cancel.cancel();
            }
        }
        for sequence in self.pools.iter_mut().flat_map(|pool| &mut pool.sequences) {
            if sequence.context == Some(context) {
                sequence.context = None;
                if let Some(running) = &mut sequence.running {
                    running.job.generate.context = None;
                    running.end(Finish::Cancelled);
                }
            }
        }
        self.retire(&mut answers);
        self.shared.deliver(answers);
    }

    /// Ends what nobody wants any more and what is out of time.
    fn expire(&mut self) {
        let now = Instant::now();
        let mut answers = Answers::new();
        self.waiting.retain(|job| {
            let Some(reason) = job.is_over(now) else {
                return true;
            };
            let event = job.finished(reason);
            answers.push((job.request, Answer::Events(vec![event])));
            false
        });
        for sequence in self.pools.iter_mut().flat_map(|pool| &mut pool.sequences) {
            if let Some(running) = &mut sequence.running
                && let Some(reason) = running.job.is_over(now)
            {
                running.end(reason);
            }
        }
        self.retire(&mut answers);
        self.shared.deliver(answers);
    }

    /// Gives those who wait a sequence, in their order, as far as there are any.
    fn admit(&mut self) {
        self.freed = false;
        let mut answers = Answers::new();
        let mut later = VecDeque::new();
        let mut blocked: Vec<u32> = Vec::new();
        while let Some(job) = self.waiting.pop_front() {
            let size = self.cells_of(&job);
            // Nobody overtakes another of the same size.
            if blocked.contains(&size) || self.is_context_busy(job.generate.context) {
                later.push_back(job);
                continue;
            }
            let request = job.request;
            match self.place(*job) {
                Ok(None) => {}
                Ok(Some(job)) => {
                    blocked.push(size);
                    later.push_back(job);
                }
                Err(error) => answers.push((request, Answer::Failed(error))),
            }
        }
        self.waiting = later;
        self.shared.deliver(answers);
    }

    fn is_context_busy(&self, context: Option<ContextId>) -> bool {
        let mut running = self.pools.iter().flat_map(Pool::running);
        context.is_some() && running.any(|it| it.context() == context)
    }

    /// Tokens that a generation asks for.
    fn size_of(&self, job: &Job) -> u32 {
        job.generate.size.unwrap_or(self.info.n_ctx_default)
    }

    fn cells_of(&self, job: &Job) -> u32 {
        self.size_of(job)
            .max(1)
            .checked_next_multiple_of(memory::CELLS)
            .unwrap_or(u32::MAX)
    }

    /// Gives a generation a sequence, or gives it back if there is none.
    fn place(&mut self, job: Job) -> Result<Option<Box<Job>>, AiError> {
        let limit = self.size_of(&job);
        let trained = self.info.n_ctx_train;
        if limit == 0 || limit > trained {
            let reason = format!("{limit} is not between 1 and {trained}, which it was trained on");
            return Err(AiError::parameter("size", reason));
        }
        let tag = self.tag_of(&job)?;
        let tokens = self.prompt_of(&job)?;
        if tokens.len() >= limit as usize {
            return Err(AiError::ContextOverflow {
                prompt_tokens: u32::try_from(tokens.len()).unwrap_or(u32::MAX),
                n_ctx: limit,
            });
        }
        // The last token is computed in any case: its logits are wanted.
        let prompt = &tokens[..tokens.len() - 1];
        let context = job.generate.context;
        let Some(at) = self.pool_for(self.cells_of(&job), tag, prompt, context)? else {
            return Ok(Some(Box::new(job)));
        };
        if !self.shared.start_running(job.request) {
            return Ok(Some(Box::new(job)));
        }
        let (limit, now) = (limit as usize, self.now());
        self.pools[at].used = now;
        let lender = self.lender_for(at, prompt, context);
        let (cached, cleared) = match lender {
            Some((from, sequence, shared))
                if let Ok([pool, other]) = self.pools.get_disjoint_mut([at, from]) =>
            {
                let lender = Lender {
                    pool: other,
                    sequence,
                    shared,
                };
                let admitted = pool.admit(job, tokens, limit, tag, now, Some(lender));
                other.leave(sequence, context);
                admitted
            }
            _ => self.pools[at].admit(job, tokens, limit, tag, now, None),
        };
        add(&self.shared.gauges.cached_tokens, cached);
        for cleared in cleared {
            let interval = self.shared.settings.kv_log_interval;
            let gauges = &self.shared.gauges;
            gauges.cleared(cleared.took, cleared.done, interval);
            if !cleared.done {
                self.reinitialise(at);
            }
        }
        Ok(None)
    }

    fn tag_of(&self, job: &Job) -> Result<Option<Tag>, AiError> {
        let Some(adapter) = job.generate.adapter else {
            return Ok(None);
        };
        if !self.adapters.contains_key(&adapter.id) {
            return Err(AiError::AdapterNotLoaded(adapter.id.0));
        }
        Ok(Tag::new(adapter.id, adapter.scale))
    }

    /// The whole prompt: what the context holds, if it goes on with that, and what is new.
    fn prompt_of(&self, job: &Job) -> Result<Vec<i32>, AiError> {
        let record = job.generate.context.filter(|_| job.continues);
        let record = record.and_then(|context| self.records.get(&context));
        let mut tokens = match record {
            Some(record) if !record.tokens.is_empty() => record.tokens.clone(),
            _ => job.first.into_iter().collect(),
        };
        tokens.extend_from_slice(&job.prompt);
        if tokens.is_empty() {
            return Err(AiError::parameter("prompt", "it is empty"));
        }
        Ok(tokens)
    }

    /// Fails all generations of a context, and frees it.
    pub fn fail(&mut self, mut pool: Pool<'m>, error: &AiError) {
        self.freed = true;
        let failed = pool.fail().into_iter().map(|mut running| {
            let mut events = std::mem::take(&mut running.events);
            events.push(GenerateEvent::Failed(error.clone()));
            (running.job.request, Answer::Events(events))
        });
        self.shared.deliver(failed.collect());
    }

    fn prompt_limits(&self) -> PromptLimits {
        PromptLimits {
            // A GPU computes many tokens in the time of one.
            together: if self.info.gpu_layers > 0 {
                PROMPT_CHUNK
            } else {
                PROMPT_MIN
            },
            wait_max: PROMPT_CHUNK,
        }
    }

    /// One step of each context that has something to do; more, if they can take them apart.
    fn step(&mut self, commands: &Receiver<Command>, replicas: Option<&Replicas<'m>>) {
        let busy = self.pools.iter().filter(|pool| pool.is_busy()).count();
        match replicas {
            Some(replicas) if busy > 1 => self.step_apart(replicas, commands),
            _ => self.step_in_turn(),
        }
        self.publish();
    }

    fn step_in_turn(&mut self) {
        let limits = self.prompt_limits();
        for mut pool in std::mem::take(&mut self.pools) {
            if !pool.is_busy() {
                self.pools.push(pool);
                continue;
            }
            if pool.must_tell_before() {
                self.tell(&mut pool);
            }
            let texts = if pool.reads() {
                0
            } else {
                pool.sequences_busy()
            };
            let begun = Instant::now();
            let crowd = self.crowd.as_ref();
            let alone = crowd.is_some_and(|crowd| crowd.is_alone(texts, begun));
            let stepped = pool.step(self.weights, limits, &self.shared.turn, alone);
            if let Some(crowd) = &mut self.crowd {
                let now = Instant::now();
                crowd.note(texts, alone, now - begun, now);
            }
            let kept = self.stepped(pool, stepped);
            self.pools.extend(kept);
        }
    }

    /// Counts what a step has done, and tells what it has brought. Returns the context, unless it
    /// failed.
    pub fn stepped(
        &mut self,
        mut pool: Pool<'m>,
        result: Result<Stepped, AiError>,
    ) -> Option<Pool<'m>> {
        let gauges = &self.shared.gauges;
        match result {
            Ok(stepped) => {
                add(&gauges.steps, 1);
                add(&gauges.prompt_tokens, stepped.prompt_tokens);
                add(&gauges.completion_tokens, stepped.completion_tokens);
            }
            Err(error) => {
                self.fail(pool, &error);
                return None;
            }
        }
        if pool.must_tell() {
            self.tell(&mut pool);
        }
        Some(pool)
    }

    /// Delivers what the texts of a context have brought.
    pub fn tell(&mut self, pool: &mut Pool<'m>) {
        let events = pool.take_events();
        let mut answers: Answers = events
            .map(|(request, events)| (request, Answer::Events(events)))
            .collect();
        self.retire_of(pool, &mut answers);
        self.shared.deliver(answers);
    }

    /// Delivers what all texts have brought.
    fn tell_all(&mut self) {
        let mut pools = std::mem::take(&mut self.pools);
        pools.iter_mut().for_each(|pool| self.tell(pool));
        self.pools = pools;
    }

    /// Takes out the generations that ended, and remembers what was said.
    fn retire(&mut self, answers: &mut Answers) {
        let mut pools = std::mem::take(&mut self.pools);
        for pool in &mut pools {
            self.retire_of(pool, answers);
        }
        self.pools = pools;
    }

    fn retire_of(&mut self, pool: &mut Pool<'m>, answers: &mut Answers) {
        for (mut running, reason) in pool.retire() {
            self.freed = true;
            let mut events = std::mem::take(&mut running.events);
            events.push(running.finished(reason));
            answers.push((running.job.request, Answer::Events(events)));
            self.remember(running);
        }
    }

    fn remember(&mut self, running: Running) {
        let Some(context) = running.context() else {
            return;
        };
        let used = self.now();
        let adapter = running.job.generate.adapter;
        let tag = adapter.and_then(|it| Tag::new(it.id, it.scale));
        let record = Record::new(running.tokens, running.job.generate.size, tag, used);
        self.record(context, record);
    }

    /// Remembers a conversation; the one that was used longest ago makes room.
    pub fn record(&mut self, context: ContextId, record: Record) {
        if self.records.len() >= CONTEXTS_MAX && !self.records.contains_key(&context) {
            let oldest = self.records.iter().min_by_key(|(_, record)| record.used);
            if let Some(oldest) = oldest.map(|(context, _)| *context) {
                self.records.remove(&oldest);
                self.shared.tables.lock().contexts.remove(&oldest);
            }
        }
        self.records.insert(context, record);
    }

    /// One batch of texts to be vectors.
    fn embed(&mut self) {
        if self.embedder.is_busy() {
            let answers = self.embedder.step(self.weights, &self.shared);
            self.shared.deliver(answers);
        }
    }

    /// Frees contexts that nobody uses, if none are to be kept.
    fn shrink(&mut self) {
        if self.shared.settings.pool_capacity == 0 {
            self.pools.retain(Pool::is_busy);
        }
    }

    /// Tells telemetry what there is.
    fn publish(&self) {
        let gauges = &self.handle.gauges;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let busy = self.kinds().filter(|kind| self.is_busy(*kind)).count();
        let sequences = self.pools.iter().map(Pool::sequences_busy).sum();
        let cells: usize = self.pools.iter().map(Pool::cells_used).sum();
        gauges
            .contexts
            .store(count(self.kinds().count()), Ordering::Relaxed);
        gauges.contexts_busy.store(count(busy), Ordering::Relaxed);
        gauges
            .sequences_busy
            .store(count(sequences), Ordering::Relaxed);
        gauges.cells_used.store(cells as u64, Ordering::Relaxed);
    }

    /// Ends all generations, because the model goes away.
    fn end(&mut self) {
        for job in &self.waiting {
            job.cancel.cancel();
        }
        for running in self.pools.iter().flat_map(Pool::running) {
            running.job.cancel.cancel();
        }
        self.expire();
        let mut answers = self.embedder.refuse(self.info.id);
        answers.extend(self.unload.map(|id| (id, Answer::Done)));
        self.shared.deliver(answers);
    }
}
