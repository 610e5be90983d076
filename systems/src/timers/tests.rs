//! The wheel against a model that keeps a sorted list.

use proptest::collection::vec;
use proptest::prelude::*;

use super::wheel::{GRAIN_BITS, Key, Wheel};

#[derive(Clone, Debug)]
enum Step {
    Schedule {
        delay: u64,
        period: u64,
    },
    Cancel(usize),
    Advance(u64),
    /// The wheel's own word about when to come back.
    AdvanceToNext,
    /// Takes so many; after each, cancels one that is as far away in the list of all.
    Take {
        count: usize,
        cancel: Option<usize>,
    },
}

/// Times of all magnitudes, because each level of the wheel is a case of its own.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => (0..64_u32, any::<u64>()).prop_map(|(bits, value)| value >> bits),
        4 => 0..5_000_000_000_u64,
        1 => Just(0),
        1 => (0..1_u64 << 12).prop_map(|grains| grains << GRAIN_BITS),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (time(), prop_oneof![3 => Just(0), 1 => 1_000_000..u64::MAX, 2 => 1_000_000..50_000_000_u64])
            .prop_map(|(delay, period)| Step::Schedule { delay, period }),
        2 => any::<usize>().prop_map(Step::Cancel),
        2 => (0..60_000_000_000_u64).prop_map(Step::Advance),
        1 => time().prop_map(|by| Step::Advance(by >> 4)),
        2 => Just(Step::AdvanceToNext),
        3 => (0..40_usize, proptest::option::of(any::<usize>()))
            .prop_map(|(count, cancel)| Step::Take { count, cancel }),
    ]
}

#[derive(Clone, Debug)]
struct Timer {
    deadline: u64,
    seq: u64,
    period: u64,
    key: Key,
    tag: u32,
    /// It was due when it was made, so that it does not wait for the end of its grain.
    soon: bool,
    due: Option<u64>,
}

/// What the wheel should do, in the plainest way.
#[derive(Default)]
struct Model {
    now: u64,
    seq: u64,
    rounds: u64,
    timers: Vec<Timer>,
}

fn grain(deadline: u64) -> u64 {
    deadline.div_ceil(1 << GRAIN_BITS)
}

impl Model {
    fn advance(&mut self, now: u64) {
        self.now = self.now.max(now);
        self.rounds += 1;
        for timer in self.timers.iter_mut().filter(|timer| timer.due.is_none()) {
            if timer.soon || grain(timer.deadline) <= self.now >> GRAIN_BITS {
                timer.due = Some(self.rounds);
            }
        }
    }

    fn take(&mut self) -> Option<(Key, u64, u32)> {
        let due = self.timers.iter_mut().filter(|timer| timer.due.is_some());
        let first = due.min_by_key(|timer| (timer.due, timer.deadline, timer.seq))?;
        let out = (first.key, first.deadline, first.tag);
        if first.period == 0 {
            self.timers.retain(|timer| timer.key != out.0);
        } else {
            // Counted in wide numbers, so that the model shares no overflow with the wheel.
            let period = u128::from(first.period);
            let mut next = u128::from(first.deadline);
            next += period * ((u128::from(self.now) - next) / period + 1);
            first.deadline = u64::try_from(next).unwrap_or(u64::MAX);
            self.seq += 1;
            first.seq = self.seq;
            first.soon = false;
            first.due = None;
        }
        Some(out)
    }
}

fn cancel(wheel: &mut Wheel<u32>, model: &mut Model, keys: &[Key], pick: usize) {
    let Some(&key) = keys.get(pick % keys.len().max(1)) else {
        return;
    };
    let known = model.timers.iter().any(|timer| timer.key == key);
    model.timers.retain(|timer| timer.key != key);
    assert_eq!(wheel.cancel(key), known);
    assert!(!wheel.cancel(key), "a second cancel finds nothing");
}

fn check_next(wheel: &Wheel<u32>, model: &Model) {
    let earliest = model.timers.iter().map(|timer| grain(timer.deadline)).min();
    match (wheel.next(), earliest) {
        (Some(next), Some(earliest)) => {
            let at = earliest.saturating_mul(1 << GRAIN_BITS).max(model.now);
            assert!(next <= at, "late: {next} after {at}");
        }
        (None, Some(earliest)) => panic!("nothing planned for {earliest}"),
        // A timer that was due when it was cancelled may leave one useless look behind.
        (_, None) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_wheel_does_what_a_sorted_list_does(steps in vec(step(), 1..120)) {
        let (mut wheel, mut model) = (Wheel::new(), Model::default());
        let mut keys = Vec::new();
        for (tag, step) in (0_u32..).zip(steps) {
            match step {
                Step::Schedule { delay, period } => {
                    let deadline = model.now.saturating_add(delay);
                    let key = wheel.schedule(deadline, period, tag);
                    prop_assert!(!keys.contains(&key), "a key is given twice");
                    prop_assert_eq!(Key::from_bits(key.to_bits()), key);
                    keys.push(key);
                    model.seq += 1;
                    let seq = model.seq;
                    let soon = deadline <= model.now;
                    model.timers.push(Timer { deadline, seq, period, key, tag, soon, due: None });
                }
                Step::Cancel(pick) => cancel(&mut wheel, &mut model, &keys, pick),
                Step::Advance(by) => {
                    let now = model.now.saturating_add(by);
                    wheel.advance(now);
                    model.advance(now);
                }
                Step::AdvanceToNext => {
                    if let Some(next) = wheel.next() {
                        wheel.advance(next);
                        model.advance(next);
                    }
                }
                Step::Take { count, cancel: pick } => {
                    for n in 0..count {
                        let got = wheel.take();
                        prop_assert_eq!(got.map(|g| (g.key, g.deadline, g.payload)), model.take());
                        if let Some(pick) = pick {
                            cancel(&mut wheel, &mut model, &keys, pick.wrapping_add(n));
                        }
                    }
                }
            }
            prop_assert_eq!(wheel.len(), model.timers.len());
            for key in &keys {
                let want = model.timers.iter().find(|timer| timer.key == *key);
                prop_assert_eq!(wheel.get(*key), want.map(|timer| timer.tag));
            }
            check_next(&wheel, &model);
        }
    }
}

#[test]
fn a_million_timers_give_their_memory_back_and_old_keys_stay_dead() {
    let mut wheel = Wheel::new();
    let keys: Vec<Key> = (0..1_000_000)
        .map(|n| wheel.schedule(60_000_000_000 + n % 1000, 0, ()))
        .collect();
    let before = wheel.nodes_capacity();
    for key in &keys {
        assert!(wheel.cancel(*key));
    }
    assert!(before >= 1_000_000);
    assert_eq!((wheel.len(), wheel.nodes_capacity()), (0, 0));
    let fresh: Vec<Key> = (0..1_000_000).map(|_| wheel.schedule(0, 0, ())).collect();
    assert!(keys.iter().all(|key| wheel.get(*key).is_none()));
    assert!(fresh.iter().all(|key| wheel.get(*key).is_some()));
}
