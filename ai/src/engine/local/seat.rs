//! Which sequence a generation gets, and what becomes of what that one holds.
//!
//! Sequences keep what they hold when their generation ends: the next prompt that begins alike
//! starts behind it. llama.cpp computes sequences together only if their numbers follow each
//! other, so those that run sit close together, anywhere: where none runs, the next one takes the
//! sequence that was used longest ago, and others sit beside it. What they would overwrite although
//! something older is there moves to where that is. Moving copies all cells of a sequence, also
//! those that are empty, so there is little of it.

use oro_components::llm::ContextId;

use super::job::{Job, Running};
use super::pool::{Cleared, Pool, Sequence, Tag, number};

/// Tokens that a copy of a sequence must save to be worth it.
const COPY_MIN: usize = 8;

/// A sequence, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seat {
    runs: bool,
    /// Tokens that it holds.
    held: usize,
    /// How many of them the prompt begins with.
    shared: usize,
    /// Whether the conversation is its own, and whether it is anybody's.
    own: bool,
    owned: bool,
    used: u64,
}

impl Seat {
    /// Whether the prompt goes on with most of what nobody else returns to.
    fn fits(&self, prompt: usize) -> bool {
        !self.runs && (self.own || (!self.owned && 2 * self.shared > prompt))
    }
}

/// What is to be done for a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seating {
    /// The sequence that it gets.
    target: usize,
    /// The one that is copied into it, and whether that is then empty.
    source: Option<(usize, bool)>,
    /// Where what the target holds is kept.
    shelf: Option<usize>,
}

/// Chooses, if fewer than `running_max` run.
fn choose(seats: &[Seat], running_max: usize, prompt: usize) -> Option<Seating> {
    let numbered = || seats.iter().enumerate();
    let running = || numbered().filter(|(_, it)| it.runs).map(|(at, _)| at);
    if running().count() >= running_max {
        return None;
    }
    let source = numbered().max_by_key(|(_, it)| {
        // Its own, unless another one has much more.
        let bonus = if it.own { COPY_MIN - 1 } else { 0 };
        (it.shared + bonus, it.fits(prompt))
    });
    let (source, from) = source.filter(|(_, it)| it.shared > 0).unzip();
    let from = from.copied().unwrap_or_default();
    let distance = |at: usize| running().map(|other| at.abs_diff(other)).min();
    let (first, last) = (running().min(), running().max());
    let outside = |at: usize| Some(at) < first || Some(at) > last;
    // In place, if that leaves no gap between those that run.
    let stays = source.filter(|at| {
        let near = distance(*at).is_none_or(|distance| distance == 1);
        from.fits(prompt) && near
    });
    let free = numbered().filter(|(_, it)| !it.runs);
    // Gaps between those that run close first: each is computed to no purpose.
    let nearest = free.min_by_key(|(at, it)| (distance(*at), outside(*at), it.held > 0, it.used));
    let target = stays.or(nearest.map(|(at, _)| at))?;
    let source = source.filter(|source| *source != target && from.shared >= COPY_MIN);
    let keeps = seats[target];
    let shelf = numbered().filter(|(at, it)| {
        let older = it.held == 0 || it.used < keeps.used;
        older && !it.runs && *at != target && Some(*at) != source
    });
    let shelf = shelf.min_by_key(|(_, it)| (it.held > 0, it.used));
    // What is only continued is not lost.
    let loses = keeps.held > keeps.shared || source.is_some();
    let worth = keeps.held >= COPY_MIN && loses && stays != Some(target);
    Some(Seating {
        target,
        source: source.map(|at| (at, from.own && !from.runs)),
        shelf: shelf.filter(|_| worth).map(|(at, _)| at),
    })
}

/// A sequence of another context that holds the beginning of a prompt.
pub(super) struct Lender<'a, 'm> {
    pub pool: &'a Pool<'m>,
    pub sequence: usize,
    /// Tokens that it has in common with the prompt.
    pub shared: usize,
}

/// How many tokens two texts have in common at their beginnings.
fn common(a: &[i32], b: &[i32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

impl Pool<'_> {
    /// Gives a generation a sequence, with as much of its prompt in the cache as can be found: how
    /// many tokens that is. They come from `lender`, if there is one. There must be room.
    pub fn admit(
        &mut self,
        job: Job,
        tokens: Vec<i32>,
        limit: usize,
        tag: Option<Tag>,
        now: u64,
        lender: Option<Lender<'_, '_>>,
    ) -> (usize, Vec<Cleared>) {
        // The last token is computed in any case: its logits are wanted.
        let prompt = &tokens[..tokens.len().saturating_sub(1)];
        let context = job.generate.context;
        let mut seats = self.seats(prompt, tag, context);
        if lender.is_some() {
            for seat in &mut seats {
                (seat.shared, seat.own) = (0, false);
            }
        }
        let Some(seating) = choose(&seats, self.running_max, prompt.len()) else {
            return (0, Vec::new());
        };
        let target = seating.target;
        if let Some(shelf) = seating.shelf
            && self.copy(target, shelf)
        {
            self.sequences[shelf].context = self.sequences[target].context;
            self.sequences[shelf].used = self.sequences[target].used;
        }
        let mut keep = seats[target].shared;
        if let Some((source, leaves)) = seating.source {
            let copied = self.copy(source, target);
            keep = if copied { seats[source].shared } else { 0 };
            if copied && leaves {
                self.clear(source);
            }
        }
        if let Some(lender) = lender {
            let copied = self.copy_from(lender.pool, lender.sequence, target);
            keep = if copied { lender.shared } else { 0 };
        }
        let mut cleared = Vec::new();
        let keep = self.trim(target, keep, &mut cleared);
        let sequence = &mut self.sequences[target];
        sequence.tag = tag;
        sequence.context = context;
        sequence.used = now;
        sequence.running = Some(Running::new(job, tokens, keep, limit));
        (keep, cleared)
    }

    /// The sequence that holds most of a prompt, and how much that is.
    pub fn longest(
        &self,
        prompt: &[i32],
        tag: Option<Tag>,
        context: Option<ContextId>,
    ) -> (usize, usize) {
        let seats = self.seats(prompt, tag, context).into_iter().enumerate();
        let shared = seats.map(|(at, seat)| (at, seat.shared));
        shared.max_by_key(|(_, shared)| *shared).unwrap_or_default()
    }

    /// Copies what a sequence holds over another one.
    fn copy(&mut self, from: usize, to: usize) -> bool {
        let copied = self.cells.copy(number(from), number(to));
        let (held, tag) = (self.sequences[from].held.clone(), self.sequences[from].tag);
        self.copied(copied, held, tag, to)
    }

    /// Copies what a sequence of another context holds over one of this.
    fn copy_from(&mut self, other: &Pool<'_>, from: usize, to: usize) -> bool {
        let copied = self.cells.copy_from(&other.cells, number(from), number(to));
        let from = &other.sequences[from];
        if !copied {
            self.cells.trim(number(to), 0);
        }
        self.copied(copied, from.held.clone(), from.tag, to)
    }

    /// Notes what a sequence holds after it was copied over.
    fn copied(&mut self, copied: bool, held: Vec<i32>, tag: Option<Tag>, to: usize) -> bool {
        let sequence = &mut self.sequences[to];
        sequence.held = if copied { held } else { Vec::new() };
        sequence.tag = tag;
        sequence.context = None;
        copied
    }

    /// Forgets what a sequence holds of a conversation that goes on elsewhere.
    pub fn leave(&mut self, at: usize, context: Option<ContextId>) {
        let sequence = &self.sequences[at];
        if context.is_some() && sequence.context == context && sequence.running.is_none() {
            self.clear(at);
        }
    }

    /// Forgets what a sequence holds.
    fn clear(&mut self, at: usize) {
        self.cells.trim(number(at), 0);
        self.sequences[at].held.clear();
        self.sequences[at].context = None;
    }

    fn seats(&self, prompt: &[i32], tag: Option<Tag>, context: Option<ContextId>) -> Vec<Seat> {
        let seat = |it| self.seat(it, prompt, tag, context);
        self.sequences.iter().map(seat).collect()
    }

    fn seat(
        &self,
        sequence: &Sequence,
        prompt: &[i32],
        tag: Option<Tag>,
        context: Option<ContextId>,
    ) -> Seat {
        let shared = common(&sequence.held, prompt);
        // Where nothing can be taken out, all of it must fit.
        let usable = self.can_trim || shared == sequence.held.len();
        Seat {
            runs: sequence.running.is_some(),
            held: sequence.held.len(),
            shared: if usable && sequence.tag == tag {
                shared
            } else {
                0
            },
            own: context.is_some() && sequence.context == context,
            owned: sequence.context.is_some(),
            used: sequence.used,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seats that hold so many tokens, used one after the other; `r` are those that run.
    fn seats(all: &str) -> Vec<Seat> {
        let seat = |(used, word): (u64, &str)| Seat {
            runs: word == "r",
            held: word.parse().unwrap_or(100),
            used,
            ..Seat::default()
        };
        (1..).zip(all.split(' ')).map(seat).collect()
    }

    #[test]
    fn those_that_run_sit_together() {
        for (all, want) in [
            ("0 0 0 0", 0),
            ("r 0 0 0", 1),
            ("r 50 0 0", 1),
            ("r r 50 0", 2),
            ("r 0 r 0", 1),
            ("50 r 40 0", 0),
            ("50 r 0 0", 2),
            ("40 r 30 r", 2),
            ("50 40 30 0", 3),
            ("50 40 30 20", 0),
        ] {
            let got = choose(&seats(all), 4, 10).unwrap();
            assert_eq!(got.target, want, "{all}");
        }
        assert_eq!(choose(&seats("r r 0 0"), 2, 10), None, "no more than may");
    }

    #[test]
    fn what_would_be_lost_is_kept_elsewhere() {
        for (all, want) in [
            ("r 40 0 30", Some(2)),
            ("30 r 40 0", Some(3)),
            ("0 r 40 30", None),
            ("r 40 30 20", None),
            ("r 5 0 0", None),
            ("50 40 30 20", None),
        ] {
            let got = choose(&seats(all), 2, 10).unwrap();
            assert_eq!(got.shelf, want, "{all}");
        }
        // One that is older makes room.
        let mut all = seats("r 40 30 20");
        all[3].used = 0;
        assert_eq!(choose(&all, 2, 10).unwrap().shelf, Some(3));
    }

    #[test]
    fn a_conversation_goes_on_with_what_is_its_own() {
        let seating = |target, source, shelf| {
            Some(Seating {
                target,
                source,
                shelf,
            })
        };
        let mut all = seats("50 40 30 0");
        (all[1].own, all[1].owned, all[1].shared) = (true, true, 40);
        assert_eq!(choose(&all, 2, 50), seating(1, None, None), "in place");
        // From further away, it moves to those that run.
        let mut all = seats("r 40 30 0");
        (all[2].own, all[2].owned, all[2].shared) = (true, true, 30);
        let want = seating(1, Some((2, true)), Some(3));
        assert_eq!(choose(&all, 2, 50), want);
        // Of somebody else's it gets a copy, if that is long enough.
        for (shared, want) in [(30, Some((2, false))), (7, None)] {
            let mut all = seats("r 0 30 0");
            (all[2].owned, all[2].shared) = (true, shared);
            assert_eq!(choose(&all, 2, 50), seating(1, want, None), "{shared}");
        }
        // Also of one that runs.
        let mut all = seats("r 0 0 0");
        all[0].shared = 60;
        assert_eq!(choose(&all, 2, 70), seating(1, Some((0, false)), None));
        // Nobody's is taken as it is, unless most of it would be for nothing.
        for (shared, want) in [
            (40, seating(1, None, None)),
            (10, seating(3, Some((1, false)), None)),
        ] {
            let mut all = seats("50 60 30 0");
            all[1].shared = shared;
            assert_eq!(choose(&all, 2, 70), want, "{shared}");
        }
    }
}
