//! The index of timers by deadline: a hierarchical wheel whose every operation takes constant time.
//!
//! Time is cut into grains of 2^18 ns (262 µs). Eight levels of 64 buckets cover all of 64 bits of
//! nanoseconds: a timer lies on the level of the highest digit in which its grain differs from
//! the wheel's, so everything on a level comes before everything on the levels above. Cancelling
//! swaps the last entry of the bucket into the hole; nothing stale is left behind to be skipped
//! or swept. A timer is moved down at most once a level, and never fires early.

/// Nanoseconds of a grain, as a power of two.
pub const GRAIN_BITS: u32 = 18;
const LEVEL_BITS: u32 = 6;
const LEVELS: usize = 8;
const SLOTS: usize = 1 << LEVEL_BITS;
/// The bucket of timers that were due already when they were scheduled.
const SOON: u32 = (LEVELS * SLOTS) as u32;
/// Not in a bucket: expired and not yet taken.
const DUE: u32 = SOON + 1;
const FREE: u32 = SOON + 2;
const NIL: u32 = u32::MAX;
/// An emptied list with more room than this gives its memory back.
const KEPT_MAX: usize = 1024;
/// So many unused nodes give their memory back when no timer is left.
const NODES_KEPT_MAX: usize = 1 << 16;

/// A timer of a [`Wheel`]. Stale keys match nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    slot: u32,
    generation: u32,
}

impl Key {
    pub fn to_bits(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    pub fn from_bits(bits: u64) -> Self {
        Self {
            slot: bits as u32,
            generation: (bits >> 32) as u32,
        }
    }
}

#[derive(Clone, Copy)]
struct Entry {
    deadline: u64,
    /// Counts all scheduling, so that timers of one deadline fire in the order of their making.
    seq: u64,
    key: Key,
}

struct Bucket {
    entries: Vec<Entry>,
    /// The earliest grain of the entries, or earlier if that one was cancelled.
    min: u64,
}

struct Node<T> {
    /// Nanoseconds; 0 fires once.
    period: u64,
    payload: T,
    generation: u32,
    /// Where its entry is; `DUE` or `FREE` if it is in no bucket.
    bucket: u32,
    /// The place in the bucket, or the next free node.
    index: u32,
}

/// A timer that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired<T> {
    pub key: Key,
    /// When it should have fired, in nanoseconds.
    pub deadline: u64,
    pub payload: T,
    /// It was scheduled again already.
    pub periodic: bool,
}

pub struct Wheel<T> {
    /// The grain up to which everything has expired.
    now: u64,
    /// The same time in nanoseconds, exactly.
    now_ns: u64,
    nodes: Vec<Node<T>>,
    free: u32,
    /// Generation of nodes that are made anew: above that of every node given back.
    generation_first: u32,
    generation_max: u32,
    buckets: Box<[Bucket]>,
    /// A bit for each bucket that has entries, per level.
    occupied: [u64; LEVELS],
    /// Expired, in the order of firing; `due_taken` of them are gone.
    due: Vec<Entry>,
    due_taken: usize,
    len: usize,
    seq: u64,
}

fn grain(deadline: u64) -> u64 {
    deadline.div_ceil(1 << GRAIN_BITS)
}

impl<T: Copy> Wheel<T> {
    pub fn new() -> Self {
        let bucket = || Bucket {
            entries: Vec::new(),
            min: u64::MAX,
        };
        Self {
            now: 0,
            now_ns: 0,
            nodes: Vec::new(),
            free: NIL,
            generation_first: 1,
            generation_max: 1,
            buckets: (0..=SOON).map(|_| bucket()).collect(),
            occupied: [0; LEVELS],
            due: Vec::new(),
            due_taken: 0,
            len: 0,
            seq: 0,
        }
    }

    /// How many timers are scheduled, expired ones that were not taken included.
    pub fn len(&self) -> usize {
        self.len
    }

    #[cfg(test)]
    pub fn nodes_capacity(&self) -> usize {
        self.nodes.capacity()
    }

    /// Tells the time, for timers that are due when they are scheduled.
    pub fn tell(&mut self, now_ns: u64) {
        self.now_ns = self.now_ns.max(now_ns);
    }

    /// Adds a timer. A `period` of 0 fires once. Due timers fire with the next
    /// [`advance`](Self::advance).
    pub fn schedule(&mut self, deadline: u64, period: u64, payload: T) -> Key {
        let slot = if self.free == NIL {
            self.nodes.push(Node {
                period,
                payload,
                generation: self.generation_first,
                bucket: FREE,
                index: NIL,
            });
            self.nodes.len() as u32 - 1
        } else {
            let slot = self.free;
            let node = &mut self.nodes[slot as usize];
            self.free = node.index;
            node.period = period;
            node.payload = payload;
            slot
        };
        self.len += 1;
        let key = Key {
            slot,
            generation: self.nodes[slot as usize].generation,
        };
        self.seq += 1;
        let entry = Entry {
            deadline,
            seq: self.seq,
            key,
        };
        if deadline <= self.now_ns {
            // Without waiting for the rest of the grain.
            self.put(SOON, entry);
        } else {
            self.insert(entry);
        }
        key
    }

    fn insert(&mut self, entry: Entry) {
        let grain = grain(entry.deadline);
        let at = if grain <= self.now {
            SOON
        } else {
            let level = (grain ^ self.now).ilog2() / LEVEL_BITS;
            let slot = (grain >> (level * LEVEL_BITS)) as u32 & (SLOTS as u32 - 1);
            self.occupied[level as usize] |= 1 << slot;
            level * SLOTS as u32 + slot
        };
        self.put(at, entry);
    }

    fn put(&mut self, at: u32, entry: Entry) {
        let bucket = &mut self.buckets[at as usize];
        bucket.min = bucket.min.min(grain(entry.deadline));
        let node = &mut self.nodes[entry.key.slot as usize];
        node.bucket = at;
        node.index = bucket.entries.len() as u32;
        bucket.entries.push(entry);
    }

    fn node(&self, key: Key) -> Option<&Node<T>> {
        let node = self.nodes.get(key.slot as usize)?;
        (node.generation == key.generation && node.bucket != FREE).then_some(node)
    }

    /// What was scheduled under `key`, unless it fired or was cancelled.
    pub fn get(&self, key: Key) -> Option<T> {
        self.node(key).map(|node| node.payload)
    }

    /// Removes a timer. False if it is gone already.
    pub fn cancel(&mut self, key: Key) -> bool {
        let Some(&Node { bucket, index, .. }) = self.node(key) else {
            return false;
        };
        // An entry that is due stays behind until it is taken; its key no longer matches.
        if let Some(list) = self.buckets.get_mut(bucket as usize) {
            list.entries.swap_remove(index as usize);
            if let Some(moved) = list.entries.get(index as usize) {
                self.nodes[moved.key.slot as usize].index = index;
            } else if list.entries.is_empty() {
                self.empty(bucket);
            }
        }
        self.release(key.slot);
        true
    }

    /// Marks a bucket as having no entries.
    fn empty(&mut self, at: u32) {
        let bucket = &mut self.buckets[at as usize];
        bucket.min = u64::MAX;
        if bucket.entries.capacity() > KEPT_MAX {
            bucket.entries = Vec::new();
        }
        if at != SOON {
            self.occupied[at as usize / SLOTS] &= !(1 << (at as usize % SLOTS));
        }
    }

    fn release(&mut self, slot: u32) {
        let node = &mut self.nodes[slot as usize];
        node.generation = node.generation.wrapping_add(1);
        self.generation_max = self.generation_max.max(node.generation);
        node.bucket = FREE;
        node.index = self.free;
        self.free = slot;
        self.len -= 1;
        if self.len == 0 && self.nodes.len() > NODES_KEPT_MAX {
            self.nodes = Vec::new();
            self.free = NIL;
            self.generation_first = self.generation_max;
            self.due = Vec::new();
            self.due_taken = 0;
        }
    }

    /// The earliest occupied bucket and the grain at which it begins.
    fn first(&self) -> Option<(u32, u64)> {
        let level = self.occupied.iter().position(|bits| *bits != 0)?;
        let slot = self.occupied[level].trailing_zeros();
        let shift = level as u32 * LEVEL_BITS;
        let above = self.now >> (shift + LEVEL_BITS) << (shift + LEVEL_BITS);
        let at = level as u32 * SLOTS as u32 + slot;
        Some((at, above | u64::from(slot) << shift))
    }

    /// The time in nanoseconds at which [`advance`](Self::advance) has something to do. It may be
    /// early if the first timer was cancelled, never late.
    pub fn next(&self) -> Option<u64> {
        let soon = &self.buckets[SOON as usize];
        if self.due_taken < self.due.len() || !soon.entries.is_empty() {
            return Some(self.now_ns);
        }
        let (at, _) = self.first()?;
        let grain = self.buckets[at as usize].min;
        Some(grain.saturating_mul(1 << GRAIN_BITS))
    }

    /// Moves the wheel's time, and what expires by then to the end of what is due.
    pub fn advance(&mut self, now_ns: u64) {
        self.tell(now_ns);
        let target = self.now_ns >> GRAIN_BITS;
        let begin = self.due.len();
        self.expire(SOON, u64::MAX);
        while let Some((at, start)) = self.first() {
            if start > target {
                break;
            }
            self.now = start;
            self.expire(at, target);
        }
        self.now = target;
        self.due[begin..].sort_unstable_by_key(|entry| (entry.deadline, entry.seq));
    }

    /// Empties a bucket: what is over by `target` becomes due, the rest moves to lower levels.
    fn expire(&mut self, at: u32, target: u64) {
        let mut entries = std::mem::take(&mut self.buckets[at as usize].entries);
        self.empty(at);
        for entry in entries.drain(..) {
            if at == SOON || grain(entry.deadline) <= target {
                self.nodes[entry.key.slot as usize].bucket = DUE;
                self.due.push(entry);
            } else {
                self.insert(entry);
            }
        }
        let bucket = &mut self.buckets[at as usize];
        if bucket.entries.is_empty() && entries.capacity() <= KEPT_MAX {
            bucket.entries = entries;
        }
    }

    /// Takes the next timer that is due. One that repeats has been scheduled again: for the first
    /// multiple of its period that is still to come, so that it neither drifts nor catches up.
    pub fn take(&mut self) -> Option<Expired<T>> {
        while let Some(&entry) = self.due.get(self.due_taken) {
            self.due_taken += 1;
            if self.due_taken == self.due.len() {
                self.due_taken = 0;
                self.due.clear();
                self.due.shrink_to(KEPT_MAX);
            }
            let Some(&Node {
                period, payload, ..
            }) = self.node(entry.key)
            else {
                continue;
            };
            let late = self.now_ns.saturating_sub(entry.deadline);
            // Nothing is divided by the period of a timer that fires once, which is 0.
            if let Some(missed) = late.checked_div(period) {
                let step = period.saturating_mul(missed + 1);
                self.seq += 1;
                self.insert(Entry {
                    deadline: entry.deadline.saturating_add(step),
                    seq: self.seq,
                    key: entry.key,
                });
            } else {
                self.release(entry.key.slot);
            }
            return Some(Expired {
                key: entry.key,
                deadline: entry.deadline,
                payload,
                periodic: period != 0,
            });
        }
        None
    }
}
