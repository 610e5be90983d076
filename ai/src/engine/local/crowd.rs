//! Whether others want the cores.
//!
//! The threads of a context wait for each other after each piece of a step. Where one of them has
//! to share its core, all wait for it, hundreds of times a step: with one busy program beside two
//! threads a text came eight times as slowly as by one thread alone. So both ways are timed, and
//! while all threads take much longer than one, one computes.

use std::time::{Duration, Instant};

/// Steps by all threads in a row that take too long, before one thread computes: fewer happen
/// anyway.
const SLOW_MAX: u32 = 3;
/// A step by all threads is too long if it takes so many times as long as one by one thread. Beside
/// one busy program it was nine, beside two four.
const SLOW_FACTOR: f64 = 2.5;
/// Steps by one thread by which its time is known.
const TIMED_MIN: u32 = 2;
/// How long one thread computes until all try again; doubled as long as they fail.
const ALONE_MIN: Duration = Duration::from_millis(250);
const ALONE_MAX: Duration = Duration::from_secs(2);
/// Numbers of texts that are told apart; more count as so many.
const TEXTS_MAX: usize = 8;

/// The time of a step by one thread.
#[derive(Clone, Copy, Debug, Default)]
struct Alone {
    steps: u32,
    seconds: f64,
}

/// What the last steps have shown.
#[derive(Debug)]
pub(super) struct Crowd {
    alone: [Alone; TEXTS_MAX],
    slow: u32,
    until: Option<Instant>,
    next: Duration,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            alone: [Alone::default(); TEXTS_MAX],
            slow: 0,
            until: None,
            next: ALONE_MIN,
        }
    }
}

impl Crowd {
    /// Whether one thread is to compute a step of so many texts, or of prompts if there are none.
    pub fn is_alone(&self, texts: usize, now: Instant) -> bool {
        let is_unknown = texts > 0 && self.alone[place(texts)].steps < TIMED_MIN;
        is_unknown || self.until.is_some_and(|until| now < until)
    }

    /// Notes how long such a step took, by one thread or by all.
    pub fn note(&mut self, texts: usize, alone: bool, took: Duration, now: Instant) {
        if texts == 0 {
            return;
        }
        let seconds = took.as_secs_f64();
        let known = &mut self.alone[place(texts)];
        if alone {
            // The last ones count most.
            let share = if known.steps == 0 { 1.0 } else { 0.25 };
            known.seconds += share * (seconds - known.seconds);
            known.steps = known.steps.saturating_add(1);
        } else if seconds > SLOW_FACTOR * known.seconds {
            self.slow += 1;
            if self.slow >= SLOW_MAX {
                self.slow = 0;
                self.until = now.checked_add(self.next);
                self.next = (2 * self.next).min(ALONE_MAX);
            }
        } else {
            self.slow = 0;
            let since = self.until.map(|until| now.saturating_duration_since(until));
            if since.is_none_or(|since| since >= ALONE_MIN) {
                self.next = ALONE_MIN;
            }
        }
    }
}

fn place(texts: usize) -> usize {
    texts.clamp(1, TEXTS_MAX) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps for a while, of so many milliseconds by one thread and by all. Returns how many of
    /// the steps each has made.
    fn run(crowd: &mut Crowd, now: &mut Instant, seconds: f64, alone: f64, all: f64) -> [u32; 2] {
        let end = *now + Duration::from_secs_f64(seconds);
        let mut steps = [0; 2];
        while *now < end {
            let is_alone = crowd.is_alone(1, *now);
            let ms = if is_alone { alone } else { all };
            let took = Duration::from_secs_f64(ms / 1e3);
            *now += took;
            crowd.note(1, is_alone, took, *now);
            steps[usize::from(!is_alone)] += 1;
        }
        steps
    }

    #[test]
    fn the_faster_way_is_taken() {
        let (mut crowd, mut now) = (Crowd::default(), Instant::now());
        let [alone, all] = run(&mut crowd, &mut now, 10.0, 3.0, 2.0);
        assert!(alone == TIMED_MIN && all > 4000, "{alone} {all}");
        // Somebody comes: all try again at longer and longer intervals.
        let [alone, all] = run(&mut crowd, &mut now, 60.0, 4.0, 30.0);
        assert!(all < 130 && alone > 13_000, "{alone} {all}");
        // And goes: all compute again, after one more interval at most.
        let [alone, all] = run(&mut crowd, &mut now, 10.0, 3.0, 2.0);
        assert!(alone < 1400 && all > 2900, "{alone} {all}");
        let [alone, all] = run(&mut crowd, &mut now, 10.0, 3.0, 2.0);
        assert!(alone == 0 && all == 5000, "{alone} {all}");
    }

    #[test]
    fn one_slow_step_and_prompts_change_nothing() {
        let (mut crowd, mut now) = (Crowd::default(), Instant::now());
        run(&mut crowd, &mut now, 1.0, 3.0, 2.0);
        for _ in 0..10 {
            crowd.note(1, false, Duration::from_millis(50), now);
            crowd.note(0, false, Duration::from_secs(5), now);
            crowd.note(1, false, Duration::from_millis(2), now);
            assert!(!crowd.is_alone(1, now) && !crowd.is_alone(0, now));
        }
        for _ in 0..SLOW_MAX {
            crowd.note(1, false, Duration::from_millis(50), now);
        }
        assert!(
            crowd.is_alone(1, now) && crowd.is_alone(0, now),
            "prompts too"
        );
        // How long more texts take is not known yet.
        let later = now + ALONE_MAX;
        assert!(crowd.is_alone(2, later) && !crowd.is_alone(1, later));
    }
}
