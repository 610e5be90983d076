//! How much the server takes on: requests a second, and generations at once.

use std::collections::VecDeque;
use std::time::Duration;

/// Requests that may come: one for each token, and tokens come back with time.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    rate: f64,
    capacity: f64,
    tokens: f64,
    at: Duration,
}

impl TokenBucket {
    /// A full bucket of `burst` tokens, which get back `rate` a second.
    #[must_use]
    pub fn new(rate: f64, burst: u32) -> Self {
        let capacity = f64::from(burst.max(1));
        Self {
            rate,
            capacity,
            tokens: capacity,
            at: Duration::ZERO,
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// How long it takes until there is one.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.tokens = (self.tokens + passed * self.rate).min(self.capacity);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - self.tokens) / self.rate;
        Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX))
    }
}

/// Places for generations, in the order in which they were asked for. A request that wants
/// several waits until all of them are free, so that small ones cannot keep it out.
#[derive(Debug)]
pub struct Gate<K> {
    places: u32,
    taken: u32,
    queue: VecDeque<(K, u32)>,
    queued_max: usize,
}

impl<K: PartialEq + Copy> Gate<K> {
    /// A gate with so many places, before which so many requests wait.
    #[must_use]
    pub fn new(places: u32, queued_max: usize) -> Self {
        Self {
            places,
            taken: 0,
            queue: VecDeque::new(),
            queued_max,
        }
    }

    /// Places that a request of `wanted` generations gets in the end.
    #[must_use]
    pub fn weight(&self, wanted: u32) -> u32 {
        wanted.clamp(1, self.places.max(1))
    }

    /// Waits for places. False if too many wait already.
    pub fn wait(&mut self, key: K, weight: u32) -> bool {
        if self.queue.len() >= self.queued_max {
            return false;
        }
        self.queue.push_back((key, self.weight(weight)));
        true
    }

    /// Lets the next request in, if its places are free.
    pub fn enter(&mut self) -> Option<(K, u32)> {
        let (_, weight) = self.queue.front()?;
        if self.taken + weight > self.places.max(1) {
            return None;
        }
        self.taken += weight;
        self.queue.pop_front()
    }

    /// Waits no more.
    pub fn forget(&mut self, key: K) {
        self.queue.retain(|(other, _)| *other != key);
    }

    /// Gives places back.
    pub fn leave(&mut self, weight: u32) {
        self.taken = self.taken.saturating_sub(weight);
    }

    /// Places in use.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// Requests that wait.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let at = Duration::from_millis;
        let mut bucket = TokenBucket::new(2.0, 3);
        for (ms, want) in [
            (0, Ok(())),
            (0, Ok(())),
            (0, Ok(())),
            (0, Err(at(500))),
            (250, Err(at(250))),
            (500, Ok(())),
            (500, Err(at(500))),
            // Time that goes backwards gives nothing.
            (400, Err(at(500))),
            (100_000, Ok(())),
            (100_000, Ok(())),
            (100_000, Ok(())),
            (100_000, Err(at(500))),
        ] {
            assert_eq!(bucket.take(at(ms)), want, "at {ms}");
        }
    }

    #[test]
    fn places_are_given_in_order_and_a_large_request_is_not_kept_out() {
        let mut gate = Gate::new(2, 3);
        assert!(gate.wait('a', 1) && gate.wait('b', 9) && gate.wait('c', 1));
        assert!(!gate.wait('d', 1), "the queue is full");
        assert_eq!(gate.enter(), Some(('a', 1)));
        assert_eq!(gate.enter(), None, "b waits for two places");
        gate.leave(1);
        assert_eq!(gate.enter(), Some(('b', 2)));
        assert_eq!(gate.enter(), None);
        gate.leave(2);
        assert!(gate.wait('e', 1));
        gate.forget('c');
        assert_eq!(gate.enter(), Some(('e', 1)));
        assert_eq!((gate.taken(), gate.queued()), (1, 0));
    }
}
