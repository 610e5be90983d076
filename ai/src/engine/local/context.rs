//! The contexts of a model: which there are, which one takes a generation, and which make way.

use oro_components::llm::{AiError, ContextId};

use super::gauge::add;
use super::memory;
use super::model::Model;
use super::pool::{Pool, Tag};
use crate::engine::llama::{SEQUENCES_MAX, Shape};

/// Tokens of a batch, unless the settings say otherwise.
const BATCH: u32 = 2048;
/// Tokens of a physical batch.
const MICRO_BATCH: u32 = 512;
/// Contexts of other sizes or adapters that a model has at once.
const POOLS_MAX: usize = 4;

impl<'m> Model<'m> {
    /// A context of a size that can take one more generation with an adapter. `None`: later.
    pub fn pool_for(
        &mut self,
        size: u32,
        tag: Option<Tag>,
        prompt: &[i32],
        context: Option<ContextId>,
    ) -> Result<Option<usize>, AiError> {
        let fits = |pool: &Pool<'_>| pool.size() == size;
        if let Some(at) = self.replica_for(size, tag, prompt, context) {
            add(&self.shared.gauges.reuses, 1);
            return Ok(Some(at));
        }
        if self.kinds().any(|kind| kind == (size, tag)) {
            // All of them are full.
            return Ok(None);
        }
        let count = self.kinds().filter(|kind| kind.0 == size).count();
        let capacity = self.shared.settings.pool_capacity.max(1) as usize;
        if count < capacity {
            while self.kinds().count() >= POOLS_MAX {
                if !self.evict() {
                    return Ok(None);
                }
            }
            let pool = loop {
                match self.new_pool(size) {
                    // Those that nobody uses make room.
                    Err(AiError::OutOfMemory { .. }) if self.evict() => {}
                    pool => break pool?,
                }
            };
            self.pools.push(pool);
            return self.adapt(self.pools.len() - 1, tag).map(Some);
        }
        // One of a kind that nobody uses changes its adapter; what it holds stays for its own.
        let idle = self.pools.iter().enumerate();
        let idle = idle.filter(|(_, pool)| fits(pool) && !self.is_busy(pool.kind()));
        let Some((at, _)) = idle.min_by_key(|(_, pool)| pool.used) else {
            return Ok(None);
        };
        add(&self.shared.gauges.reuses, 1);
        let pool = self.pools.remove(at);
        self.pools.retain(|other| other.kind() != pool.kind());
        self.pools.push(pool);
        self.adapt(self.pools.len() - 1, tag).map(Some)
    }

    pub fn new_pool(&self, size: u32) -> Result<Pool<'m>, AiError> {
        let running_max = self.running_max();
        let shape = self.shape(size, running_max);
        let needed = memory::context_bytes(self.weights, &shape);
        let limit = self.shared.settings.memory_max_bytes;
        memory::reserve("the context", needed, limit)?;
        Pool::new(self.weights, shape, running_max, &self.shared.closing)
    }

    /// Generations of a context.
    fn running_max(&self) -> u32 {
        let replicas = u32::try_from(self.replicas_max).unwrap_or(1);
        self.shared.settings.running_max.div_ceil(replicas)
    }

    /// The sizes and adapters of all contexts, once each.
    pub fn kinds(&self) -> impl Iterator<Item = (u32, Option<Tag>)> {
        let numbered = self.pools.iter().map(Pool::kind).enumerate();
        let is_first =
            |(at, kind): &(usize, _)| self.pools[..*at].iter().all(|it| it.kind() != *kind);
        numbered.filter(is_first).map(|(_, kind)| kind)
    }

    /// Whether any context of a size and adapter is busy.
    pub fn is_busy(&self, kind: (u32, Option<Tag>)) -> bool {
        let mut same = self.pools.iter().filter(|it| it.kind() == kind);
        same.any(Pool::is_busy)
    }

    fn shape(&self, size: u32, running_max: u32) -> Shape {
        let settings = &self.shared.settings;
        let sequences = memory::sequences(self.weights, size, running_max, SEQUENCES_MAX);
        let batch = settings.batch.unwrap_or(BATCH);
        let batch = batch.min(size.saturating_mul(sequences)).max(2 * sequences);
        let micro_batch = settings.micro_batch.unwrap_or(MICRO_BATCH);
        Shape {
            tokens: size,
            sequences,
            batch,
            micro_batch: micro_batch.min(batch),
            threads: settings.threads_or_cores(),
            embeddings: false,
        }
    }

    /// Frees the context that was used longest ago, if any is idle.
    fn evict(&mut self) -> bool {
        let idle = self.pools.iter().enumerate();
        let idle = idle.filter(|(_, pool)| !pool.is_busy());
        let oldest = idle.min_by_key(|(_, pool)| pool.used).map(|(at, _)| at);
        if let Some(at) = oldest {
            self.pools.remove(at);
            add(&self.shared.gauges.evictions, 1);
        }
        oldest.is_some()
    }

    /// Makes a context use an adapter, or none.
    pub fn adapt(&mut self, at: usize, tag: Option<Tag>) -> Result<usize, AiError> {
        let pool = &mut self.pools[at];
        if pool.tag == tag {
            return Ok(at);
        }
        let (id, scale) = match (tag, pool.tag) {
            (Some(tag), _) => (tag.adapter, tag.scale()),
            (None, Some(old)) => (old.adapter, 0.0),
            (None, None) => return Ok(at),
        };
        let adapter = self.adapters.get_mut(&id);
        let adapter = adapter.ok_or(AiError::AdapterNotLoaded(id.0))?;
        pool.cells.adapt(&mut adapter.adapter, scale)?;
        pool.tag = tag;
        Ok(at)
    }

    /// Makes a context anew that cannot be cleared.
    pub fn reinitialise(&mut self, at: usize) {
        self.shared.gauges.reinitialised();
        let pool = &mut self.pools[at];
        let tag = pool.tag;
        let made = pool.reinitialise(self.weights, &self.shared.closing);
        if let Err(error) = made.and_then(|()| self.adapt(at, tag)) {
            let pool = self.pools.remove(at);
            self.fail(pool, &error);
        }
    }
}
