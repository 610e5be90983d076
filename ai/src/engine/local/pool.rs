//! A context with many sequences, and one step of all of them.

use std::time::{Duration, Instant};

use oro_components::llm::{AdapterId, AiError, ContextId, Finish, GenerateEvent};
use oro_engine::cancel::CancelToken;
use parking_lot::RwLock;

use super::job::Running;
use crate::engine::llama::{Cells, Shape, Step, Weights};
use crate::engine::protocol::RequestId;

/// Sequences between two busy ones that get a token to no purpose, so that all of them are
/// computed at once: llama.cpp reads the weights again for each gap.
const FILL_MAX: usize = 4;
/// The longest that a text waits to be told while others follow: a frame. Each telling wakes threads
/// of the application, which take the cores from those that compute: 650 a second cost 7 % of the
/// tokens on two cores.
const TELL_WAIT: Duration = Duration::from_millis(16);

/// An adapter with its strength, as a thing that can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub adapter: AdapterId,
    scale: u32,
}

impl Tag {
    /// `None` for an adapter that does nothing.
    pub fn new(adapter: AdapterId, scale: f32) -> Option<Self> {
        let scale = scale.to_bits();
        (scale & !(1 << 31) != 0).then_some(Self { adapter, scale })
    }

    pub fn scale(self) -> f32 {
        f32::from_bits(self.scale)
    }
}

/// A sequence of a context.
#[derive(Default)]
pub(super) struct Sequence {
    /// The tokens in the cache.
    pub held: Vec<i32>,
    /// The adapter that they were computed with.
    pub tag: Option<Tag>,
    /// The conversation that they belong to.
    pub context: Option<ContextId>,
    pub running: Option<Running>,
    pub used: u64,
    /// The row of the batch whose logits choose the next token.
    row: Option<usize>,
}

impl Sequence {
    /// Tokens that are to be computed.
    fn left(&self) -> usize {
        let running = self.running.as_ref();
        running.map_or(0, |it| it.tokens.len() - self.held.len())
    }
}

/// A context and its sequences.
pub(super) struct Pool<'m> {
    pub cells: Cells<'m>,
    pub sequences: Vec<Sequence>,
    /// The adapter of the context.
    pub tag: Option<Tag>,
    pub used: u64,
    shape: Shape,
    scratch: Vec<f32>,
    /// Sequences with tokens to no purpose in this step.
    filled: Vec<usize>,
    pub can_trim: bool,
    /// How many sequences may run; the others hold what may be wanted again.
    pub running_max: usize,
    /// Tokens of prompts since those that write got a token.
    read: usize,
    /// When its texts were last told.
    told: Instant,
}

/// How prompts are read beside each other and beside texts that are being written.
#[derive(Clone, Copy, Debug)]
pub(super) struct PromptLimits {
    /// Tokens of a step from which on no other prompt joins it, so that nobody waits for the
    /// prompts of those who came later.
    pub together: usize,
    /// Tokens of prompts for which those that write wait at most.
    pub wait_max: usize,
}

/// What a step did.
#[derive(Debug, Default)]
pub(super) struct Stepped {
    pub prompt_tokens: usize,
    pub completion_tokens: usize,
}

/// What clearing took, for telemetry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cleared {
    pub took: Duration,
    pub done: bool,
}

impl<'m> Pool<'m> {
    pub fn new(
        weights: &'m Weights,
        shape: Shape,
        running_max: u32,
        closing: &CancelToken,
    ) -> Result<Self, AiError> {
        let cells = Cells::new(weights, shape, closing)?;
        let sequences = (0..shape.sequences).map(|_| Sequence::default());
        Ok(Self {
            cells,
            sequences: sequences.collect(),
            tag: None,
            used: 0,
            shape,
            scratch: Vec::new(),
            filled: Vec::new(),
            can_trim: weights.can_trim(),
            running_max: running_max.clamp(1, shape.sequences) as usize,
            read: 0,
            told: Instant::now(),
        })
    }

    /// Tokens of each sequence.
    pub fn size(&self) -> u32 {
        self.shape.tokens
    }

    /// What it takes generations of: their size and adapter.
    pub fn kind(&self) -> (u32, Option<Tag>) {
        (self.shape.tokens, self.tag)
    }

    /// Makes the context anew. What runs is computed again from its tokens.
    pub fn reinitialise(
        &mut self,
        weights: &'m Weights,
        closing: &CancelToken,
    ) -> Result<(), AiError> {
        self.cells = Cells::new(weights, self.shape, closing)?;
        self.tag = None;
        for sequence in &mut self.sequences {
            sequence.held.clear();
        }
        Ok(())
    }

    /// The generations that run.
    pub fn running(&self) -> impl Iterator<Item = &Running> {
        self.sequences.iter().filter_map(|it| it.running.as_ref())
    }

    pub fn is_busy(&self) -> bool {
        self.running().next().is_some()
    }

    /// Whether one more generation can run.
    pub fn has_room(&self) -> bool {
        self.sequences_busy() < self.running_max
    }

    /// The free sequence that was used longest ago.
    pub fn oldest_free(&self) -> Option<usize> {
        let free = self.sequences.iter().enumerate();
        let free = free.filter(|(_, it)| it.running.is_none());
        free.min_by_key(|(_, it)| (!it.held.is_empty(), it.used))
            .map(|(at, _)| at)
    }

    /// Notes what a sequence holds that was filled from outside.
    pub fn put(&mut self, at: usize, context: ContextId, tag: Option<Tag>, held: &[i32], now: u64) {
        let sequence = &mut self.sequences[at];
        sequence.held = held.to_vec();
        sequence.tag = tag;
        sequence.context = Some(context);
        sequence.used = now;
    }

    /// Takes tokens out of a sequence. Returns how many are left: fewer than asked for, if only
    /// all of it could be taken out.
    pub fn trim(&mut self, at: usize, keep: usize, cleared: &mut Vec<Cleared>) -> usize {
        let sequence = &mut self.sequences[at];
        if sequence.held.len() <= keep {
            return sequence.held.len();
        }
        let started = Instant::now();
        let done = self.cells.trim(number(at), keep);
        let keep = if done { keep } else { 0 };
        if !done {
            cleared.push(Cleared {
                took: started.elapsed(),
                done,
            });
        }
        let done = done || self.cells.trim(number(at), 0);
        cleared.push(Cleared {
            took: started.elapsed(),
            done,
        });
        sequence.held.truncate(keep);
        keep
    }

    /// Puts into the batch tokens of prompts, the oldest first, and one token of each text that is
    /// being written. Returns what stops those.
    fn gather(&mut self, limits: PromptLimits) -> Vec<CancelToken> {
        let mut writing: Vec<(usize, usize)> = Vec::new();
        let mut reading: Vec<usize> = Vec::new();
        for (at, sequence) in self.sequences.iter_mut().enumerate() {
            sequence.row = None;
            match sequence.left() {
                0 => {}
                1 => writing.push((at, 1)),
                _ => reading.push(at),
            }
        }
        reading.sort_by_key(|at| self.sequences[*at].used);
        let mut room = self.cells.room().saturating_sub(writing.len());
        if !writing.is_empty() {
            room = room.min(limits.wait_max);
        }
        let mut parts: Vec<(usize, usize)> = Vec::new();
        let mut tokens = 0;
        for at in reading {
            let take = self.sequences[at].left().min(room - tokens);
            if take == 0 || tokens >= limits.together {
                break;
            }
            parts.push((at, take));
            tokens += take;
        }
        // Prompts go alone while they may: llama.cpp computes only parts of the same length at
        // once, so that single tokens beside them cost a computation of their own.
        if tokens == 0 || self.read + tokens > limits.wait_max {
            parts.append(&mut writing);
            self.read = 0;
        }
        self.read += tokens;
        // llama.cpp computes sequences together whose numbers follow each other.
        parts.sort_unstable();
        let mut wanted = Vec::with_capacity(parts.len());
        let mut last = None;
        for (at, take) in parts {
            if let Some(last) = last {
                self.fill(last + 1..at);
            }
            last = Some(at);
            wanted.extend(self.add(at, take));
        }
        wanted
    }

    /// Closes a small gap in the numbers of sequences by tokens to no purpose.
    fn fill(&mut self, gap: std::ops::Range<usize>) {
        let size = self.shape.tokens as usize;
        let idle = |it: &Sequence| it.running.is_none() && it.held.len() < size;
        let can = self.can_trim
            && gap.len() <= FILL_MAX
            && self.cells.room() > gap.len()
            && self.sequences[gap.clone()].iter().all(idle);
        if can {
            for at in gap {
                let place = self.sequences[at].held.len();
                if self.cells.add(0, place, number(at), false).is_some() {
                    self.filled.push(at);
                }
            }
        }
    }

    /// Takes out what only filled gaps.
    fn empty(&mut self) {
        for at in std::mem::take(&mut self.filled) {
            let keep = self.sequences[at].held.len();
            if !self.cells.trim(number(at), keep) {
                // Then nothing in it is sure.
                self.cells.trim(number(at), 0);
                self.sequences[at].held.clear();
            }
        }
    }

    fn add(&mut self, at: usize, take: usize) -> Option<CancelToken> {
        let sequence = &mut self.sequences[at];
        let running = sequence.running.as_ref()?;
        let from = sequence.held.len();
        for place in from..from + take {
            let token = running.tokens[place];
            let last = place + 1 == running.tokens.len();
            let row = self.cells.add(token, place, number(at), last);
            if last {
                sequence.row = row;
            }
        }
        Some(running.job.cancel.clone())
    }

    /// Computes one step, by this thread `alone` or by all of the context, and takes one token for
    /// each text whose prompt is read.
    pub fn step(
        &mut self,
        weights: &Weights,
        limits: PromptLimits,
        turn: &RwLock<()>,
        alone: bool,
    ) -> Result<Stepped, AiError> {
        self.cells.begin();
        let wanted = self.gather(limits);
        if wanted.is_empty() {
            return Ok(Stepped::default());
        }
        let step = if alone {
            let _turn = turn.read();
            self.cells.compute(wanted, true)
        } else {
            let _turn = turn.write();
            self.cells.compute(wanted, false)
        };
        self.empty();
        let step = step?;
        let mut stepped = Stepped::default();
        match step {
            Step::Done => {}
            Step::Stopped => {
                self.resynchronise();
                return Ok(stepped);
            }
            Step::Full => return Err(AiError::Inference("the cache is full".to_owned())),
        }
        for (at, sequence) in self.sequences.iter_mut().enumerate() {
            let Some(running) = &mut sequence.running else {
                continue;
            };
            let held = self.cells.held(number(at)).min(running.tokens.len());
            let new = &running.tokens[sequence.held.len().min(held)..held];
            if running.produced() == 0 {
                stepped.prompt_tokens += new.len();
            }
            sequence.held.extend_from_slice(new);
            let Some(logits) = sequence.row.and_then(|row| self.cells.logits(row)) else {
                continue;
            };
            running.advance(logits, weights, &mut self.scratch)?;
            stepped.completion_tokens += 1;
        }
        Ok(stepped)
    }

    /// Notes what a step that was stopped has put into the cache.
    fn resynchronise(&mut self) {
        for (at, sequence) in self.sequences.iter_mut().enumerate() {
            let Some(running) = &sequence.running else {
                continue;
            };
            let held = self.cells.held(number(at)).min(running.tokens.len());
            sequence.held = running.tokens[..held].to_vec();
        }
    }

    /// Whether texts must be told before the next step, as that reads a prompt, which takes long.
    pub fn must_tell_before(&self) -> bool {
        self.reads() && self.running().any(Running::has_text)
    }

    /// Whether there is a prompt to be read.
    pub fn reads(&self) -> bool {
        self.sequences.iter().any(|it| it.left() > 1)
    }

    /// Whether it must be told now what the step has brought: a text has begun or ended, or they
    /// were not told for a while.
    pub fn must_tell(&self) -> bool {
        self.running().any(Running::is_urgent) || self.told.elapsed() >= TELL_WAIT
    }

    /// Takes what the texts that go on have brought.
    pub fn take_events(&mut self) -> impl Iterator<Item = (RequestId, Vec<GenerateEvent>)> {
        self.told = Instant::now();
        let running = self.sequences.iter_mut();
        let running = running.filter_map(|it| it.running.as_mut());
        let told = running.filter(|it| it.finish.is_none() && !it.events.is_empty());
        told.map(|it| (it.job.request, it.take_events()))
    }

    /// Takes out the generations that ended.
    pub fn retire(&mut self) -> Vec<(Running, Finish)> {
        let mut ended = Vec::new();
        for sequence in &mut self.sequences {
            let finish = sequence.running.as_ref().and_then(|it| it.finish);
            if let Some(finish) = finish
                && let Some(running) = sequence.running.take()
            {
                ended.push((running, finish));
            }
        }
        ended
    }

    /// Takes out all generations, because the context failed.
    pub fn fail(&mut self) -> Vec<Running> {
        let all = self.sequences.iter_mut();
        all.filter_map(|it| it.running.take()).collect()
    }

    /// Tokens in the cache.
    pub fn cells_used(&self) -> usize {
        self.sequences.iter().map(|it| it.held.len()).sum()
    }

    /// Sequences of generations.
    pub fn sequences_busy(&self) -> usize {
        self.running().count()
    }
}

/// A place in a list as llama.cpp counts sequences, of which there are at most 256.
pub(super) fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
