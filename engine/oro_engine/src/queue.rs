//! A bounded queue between threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam::queue::SegQueue;

/// A first-in, first-out queue with a limit, for many senders and many receivers.
///
/// Memory grows and shrinks with the content (a bounded channel would take it all at the start,
/// which for a limit of 65,536 requests is 13 MB).
#[derive(Debug)]
pub struct Queue<T> {
    items: SegQueue<T>,
    len: AtomicUsize,
    max: usize,
}

impl<T> Queue<T> {
    /// An empty queue that holds at most `max` items.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            items: SegQueue::new(),
            len: AtomicUsize::new(0),
            max,
        }
    }

    /// Appends an item.
    ///
    /// # Errors
    /// Gives the item back when the queue is full.
    pub fn push(&self, item: T) -> Result<(), T> {
        if self.len.fetch_add(1, Ordering::AcqRel) >= self.max {
            self.len.fetch_sub(1, Ordering::AcqRel);
            return Err(item);
        }
        self.items.push(item);
        Ok(())
    }

    /// Takes the oldest item.
    pub fn pop(&self) -> Option<T> {
        let item = self.items.pop()?;
        self.len.fetch_sub(1, Ordering::AcqRel);
        Some(item)
    }

    /// How many items wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire).min(self.max)
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The limit.
    #[must_use]
    pub fn max(&self) -> usize {
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_gives_the_item_back_and_keeps_order() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(1), Ok(()));
        assert_eq!(queue.push(2), Ok(()));
        assert_eq!(queue.push(3), Err(3));
        assert_eq!((queue.pop(), queue.len()), (Some(1), 1));
        assert_eq!(queue.push(4), Ok(()));
        assert_eq!(
            (queue.pop(), queue.pop(), queue.pop()),
            (Some(2), Some(4), None)
        );
    }

    #[test]
    fn each_sender_stays_in_order_and_nothing_is_lost() {
        let queue = Queue::new(usize::MAX);
        std::thread::scope(|scope| {
            for sender in 0..4 {
                let queue = &queue;
                scope.spawn(move || {
                    for n in 0..5_000 {
                        assert_eq!(queue.push((sender, n)), Ok(()));
                    }
                });
            }
            let mut next = [0; 4];
            while next.iter().sum::<i32>() < 20_000 {
                if let Some((sender, n)) = queue.pop() {
                    assert_eq!(next[sender], n);
                    next[sender] += 1;
                }
            }
        });
        assert!(queue.is_empty());
    }
}
