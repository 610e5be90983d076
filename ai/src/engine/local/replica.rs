//! Contexts of one kind beside each other, each of which computes on a thread of its own.
//!
//! A step has hundreds of pieces, and the threads of one context wait for each other after each of
//! them. Two contexts with one thread and half of the generations each never wait: on two cores they
//! write 17 to 32 % more tokens. While only one has something to do, all threads compute it.
//!
//! By tiles (AMX) it is the other way round: eight texts of one context with two threads come a fifth
//! faster than four of each of two.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, Scope};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded};
use oro_components::llm::{AiError, ContextId};

use super::model::Model;
use super::pool::{Pool, PromptLimits, Stepped, Tag};
use super::{Command, Shared};
use crate::engine::llama::{CAN_COMPUTE_ALONE, STACK_BYTES, Weights, has_tiles};
use crate::engine::settings::EngineSettings;

/// Generations that a context gets before another one begins: a step of two takes hardly longer
/// than a step of one.
const RUNNING_MIN: usize = 2;
/// Tokens that a copy from another context must save to be worth it.
const COPY_MIN: usize = 32;
/// How long contexts step before all of them are looked at, if nothing else happens.
const ROUND_MAX: Duration = Duration::from_millis(250);
/// Bytes of a sequence up to which it is copied to another context.
const COPY_BYTES_MAX: u64 = 64 << 20;

/// How many contexts share the generations of one kind. As a context computes with one thread or
/// with all, they pay where there are as many contexts as threads; more than two have not been
/// measured.
pub(super) fn replicas_max(settings: &EngineSettings, gpu_layers: u32) -> usize {
    let is_split = has_threads(settings, gpu_layers)
        && settings.threads_or_cores() == 2
        && settings.running_max as usize > RUNNING_MIN
        && !has_tiles();
    if is_split { 2 } else { 1 }
}

/// Whether several threads compute, any of which can do it alone.
pub(super) fn has_threads(settings: &EngineSettings, gpu_layers: u32) -> bool {
    CAN_COMPUTE_ALONE && gpu_layers == 0 && settings.threads_or_cores() > 1
}

/// A context that takes a step.
struct Sent<'m> {
    pool: Pool<'m>,
    at: Instant,
}

/// A context that has taken one.
struct Returned<'m> {
    sent: Sent<'m>,
    result: Result<Stepped, AiError>,
}

/// Threads on which contexts take steps.
pub(super) struct Replicas<'m> {
    count: usize,
    steps: Sender<Sent<'m>>,
    returned: Receiver<Returned<'m>>,
}

impl<'m> Replicas<'m> {
    /// Starts so many threads; fewer if the system has no more. `None` if that is less than two:
    /// then nothing is gained. They end with what this returns.
    pub fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        count: usize,
        shared: &Arc<Shared>,
        weights: &'m Weights,
        limits: PromptLimits,
    ) -> Option<Self>
    where
        'm: 'scope,
    {
        if count < 2 {
            return None;
        }
        // No more contexts are sent than there are threads, so that no send waits.
        let (steps, queue) = bounded::<Sent<'m>>(count);
        let (done, returned) = bounded(count);
        let start = |number: &usize| {
            let (queue, done, shared) = (queue.clone(), done.clone(), Arc::clone(shared));
            let run = move || {
                for mut sent in queue {
                    let step = || sent.pool.step(weights, limits, &shared.turn, true);
                    let result = catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| {
                        let reason = "a thread of the model panicked".to_owned();
                        Err(AiError::Inference(reason))
                    });
                    if done.send(Returned { sent, result }).is_err() {
                        return;
                    }
                }
            };
            // Grammars are followed on it, some of which are deep.
            let thread = Builder::new().name(format!("oro-llm-step-{number}"));
            let thread = thread.stack_size(STACK_BYTES).spawn_scoped(scope, run);
            thread.is_ok()
        };
        let count = (0..count).take_while(start).count();
        (count > 1).then_some(Self {
            count,
            steps,
            returned,
        })
    }
}

/// A context, as far as it matters for who gets the next generation.
#[derive(Clone, Copy, Debug)]
struct Load {
    running: usize,
    has_room: bool,
    /// Tokens of the prompt that it holds, and whether they are too many to be copied.
    shared: usize,
    is_stuck: bool,
}

/// Who gets the next generation; `None` if nobody can take it.
fn choose(loads: &[Load]) -> Option<usize> {
    let room = loads.iter().enumerate().filter(|(_, it)| it.has_room);
    let chosen = room.min_by_key(|(_, it)| {
        let has_begun = (1..RUNNING_MIN).contains(&it.running);
        let stuck = if it.is_stuck { it.shared } else { 0 };
        (Reverse(stuck), !has_begun, it.running, Reverse(it.shared))
    });
    chosen.map(|(at, _)| at)
}

impl<'m> Model<'m> {
    /// The context among those of a kind that takes one more generation, made for it if all others
    /// are busy enough. `None` if none can.
    pub fn replica_for(
        &mut self,
        size: u32,
        tag: Option<Tag>,
        prompt: &[i32],
        context: Option<ContextId>,
    ) -> Option<usize> {
        let all = self.pools.iter().enumerate();
        let same = all.filter(|(_, it)| it.kind() == (size, tag));
        let (places, loads): (Vec<usize>, Vec<Load>) = same
            .map(|(at, pool)| {
                let (_, shared) = pool.longest(prompt, tag, context);
                let load = Load {
                    running: pool.sequences_busy(),
                    has_room: pool.has_room(),
                    shared,
                    is_stuck: !self.can_copy(shared),
                };
                (at, load)
            })
            .unzip();
        let chosen = choose(&loads);
        let is_enough = chosen.is_some_and(|at| {
            let load = loads[at];
            load.running < RUNNING_MIN || load.is_stuck
        });
        if !is_enough && !loads.is_empty() && loads.len() < self.replicas_max {
            // A context less is no failure.
            if let Ok(pool) = self.new_pool(size) {
                self.pools.push(pool);
                if let Ok(at) = self.adapt(self.pools.len() - 1, tag) {
                    return Some(at);
                }
                self.pools.pop();
            }
        }
        chosen.map(|at| places[at])
    }

    fn can_copy(&self, tokens: usize) -> bool {
        self.weights.cache_bytes().saturating_mul(tokens as u64) <= COPY_BYTES_MAX
    }

    /// Another context of the same kind that holds much more of a prompt: it, its sequence, and how
    /// many tokens.
    pub fn lender_for(
        &self,
        at: usize,
        prompt: &[i32],
        context: Option<ContextId>,
    ) -> Option<(usize, usize, usize)> {
        let own = &self.pools[at];
        let others = self.pools.iter().enumerate();
        let others = others.filter(|(other, it)| *other != at && it.kind() == own.kind());
        let longest = others.map(|(other, it)| {
            let (sequence, shared) = it.longest(prompt, own.tag, context);
            (other, sequence, shared)
        });
        let longest = longest.max_by_key(|(_, _, shared)| *shared)?;
        let (other, sequence, shared) = longest;
        let (_, held) = own.longest(prompt, own.tag, context);
        let copied = self.pools[other].sequences[sequence].held.len();
        (shared >= held + COPY_MIN && self.can_copy(copied)).then_some(longest)
    }

    /// Steps of all contexts that have something to do, beside each other, until there is something
    /// else to do. Then all of them are back.
    pub fn step_apart(&mut self, replicas: &Replicas<'m>, commands: &Receiver<Command>) {
        let all = std::mem::take(&mut self.pools).into_iter();
        let (ready, idle): (Vec<_>, Vec<_>) = all.partition(Pool::is_busy);
        let mut ready = VecDeque::from(ready);
        self.pools = idle;
        let round = Instant::now();
        // When those began who compute, and when it was seen that all must come back.
        let mut out: Vec<Instant> = Vec::new();
        let mut recalled: Option<Instant> = None;
        loop {
            while out.len() < replicas.count
                && let Some(mut pool) = ready.pop_front()
            {
                if pool.must_tell_before() {
                    self.tell(&mut pool);
                }
                let at = Instant::now();
                if let Err(failed) = replicas.steps.send(Sent { pool, at }) {
                    self.pools.push(failed.into_inner().pool);
                    continue;
                }
                out.push(at);
            }
            if out.is_empty() {
                return;
            }
            let Ok(Returned { sent, result }) = replicas.returned.recv() else {
                return;
            };
            if let Some(at) = out.iter().position(|at| *at == sent.at) {
                out.swap_remove(at);
            }
            let Some(pool) = self.stepped(sent.pool, result) else {
                recalled.get_or_insert_with(Instant::now);
                continue;
            };
            let now = Instant::now();
            let is_over = now - round >= ROUND_MAX || self.must_return(&pool, commands, now);
            if recalled.is_none() && is_over {
                recalled = Some(now);
                self.pools.extend(ready.drain(..));
            }
            let goes_on = recalled.is_none_or(|recalled| {
                // Short steps, while a long one is waited for.
                let waits = out.iter().any(|sent| *sent <= recalled);
                waits && pool.is_busy() && !pool.reads() && !self.must_stop()
            });
            if goes_on {
                ready.push_back(pool);
            } else {
                self.pools.push(pool);
            }
        }
    }

    fn must_stop(&self) -> bool {
        self.is_paused() || self.shared.closing.is_cancelled()
    }

    /// Whether there is something to do for which all contexts must be here.
    fn must_return(&self, pool: &Pool<'_>, commands: &Receiver<Command>, now: Instant) -> bool {
        self.must_stop()
            || !commands.is_empty()
            || !pool.is_busy()
            || pool.running().any(|it| it.job.is_over(now).is_some())
            || self.has_other_work(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contexts with room for four, by how many generations they have, and tokens of the prompt.
    fn loads(all: &str) -> Vec<Load> {
        let load = |word: &str| {
            let (running, shared) = word.split_once('+').unwrap_or((word, "0"));
            let (shared, is_stuck) = match shared.strip_suffix('!') {
                Some(shared) => (shared, true),
                None => (shared, false),
            };
            let running = running.parse().unwrap();
            Load {
                running,
                has_room: running < 4,
                shared: shared.parse().unwrap(),
                is_stuck,
            }
        };
        all.split(' ').map(load).collect()
    }

    #[test]
    fn generations_are_shared_evenly() {
        for (all, want) in [
            ("0", Some(0)),
            ("4", None),
            ("4 4", None),
            ("4 3", Some(1)),
            ("2 0", Some(1)),
            ("3 2", Some(1)),
            // The first two stay together.
            ("1 0", Some(0)),
            ("0 1", Some(1)),
            ("4 1", Some(1)),
            // What is in the cache decides between equals, and more only where it cannot move.
            ("0 0+50", Some(1)),
            ("2+50 2", Some(0)),
            ("2 0+50", Some(1)),
            ("2+50 0", Some(1)),
            ("2+50! 0", Some(0)),
            ("4+50! 0", Some(1)),
        ] {
            assert_eq!(choose(&loads(all)), want, "{all}");
        }
    }
}
