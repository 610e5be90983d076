//! Changes that wait until their path is quiet.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bevy_ecs::entity::Entity;

/// Paths of one watcher that may wait; if more change, it is told that it is not known what.
const PATHS_MAX: usize = 10_000;

/// How many quiet times a path that never is quiet waits at most.
const ROUNDS_MAX: u32 = 8;

/// A path below what is watched, as bytes. `None` is not known which.
pub(super) type Below = Option<Arc<[u8]>>;

/// What has become of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    pub renamed: bool,
    pub changed: bool,
}

impl Kinds {
    /// It appeared or vanished. What has changed in it before does not matter any more.
    pub const RENAMED: Self = Self {
        renamed: true,
        changed: false,
    };
    pub const CHANGED: Self = Self {
        renamed: false,
        changed: true,
    };

    fn add(&mut self, other: Self) {
        self.changed = other.changed || (self.changed && !other.renamed);
        self.renamed |= other.renamed;
    }
}

#[derive(Clone, Copy, Debug)]
struct Wait {
    kinds: Kinds,
    due: Duration,
    /// When it is told although it is not quiet.
    last: Duration,
}

/// The changes that wait, of all watchers.
#[derive(Debug, Default)]
pub(super) struct Debounce {
    quiet: Duration,
    waiting: HashMap<Entity, HashMap<Below, Wait>>,
    order: BTreeSet<(Duration, Entity, Below)>,
}

impl Debounce {
    /// Paths must be quiet for this long.
    pub fn new(quiet: Duration) -> Self {
        Self {
            quiet,
            ..Self::default()
        }
    }

    /// Notes a change.
    pub fn note(&mut self, now: Duration, watcher: Entity, path: Below, kinds: Kinds) {
        let waiting = self.waiting.entry(watcher).or_default();
        if waiting.contains_key(&None) && path.is_some() {
            return self.note(now, watcher, None, Kinds::CHANGED);
        }
        if !waiting.contains_key(&path) && (waiting.len() >= PATHS_MAX || path.is_none()) {
            self.forget(watcher);
            let last = now + self.quiet * ROUNDS_MAX;
            return self.wait(now, watcher, None, (Kinds::CHANGED, last));
        }
        let before = waiting.get(&path).copied();
        let mut all = before.map(|wait| wait.kinds).unwrap_or_default();
        all.add(kinds);
        let last = before.map_or(now + self.quiet * ROUNDS_MAX, |wait| wait.last);
        if let Some(before) = before {
            self.order.remove(&(before.due, watcher, path.clone()));
        }
        self.wait(now, watcher, path, (all, last));
    }

    fn wait(
        &mut self,
        now: Duration,
        watcher: Entity,
        path: Below,
        (kinds, last): (Kinds, Duration),
    ) {
        let due = (now + self.quiet).min(last);
        let wait = Wait { kinds, due, last };
        self.order.insert((due, watcher, path.clone()));
        self.waiting.entry(watcher).or_default().insert(path, wait);
    }

    /// When the next change is to be told.
    pub fn next(&self) -> Option<Duration> {
        self.order.first().map(|(due, ..)| *due)
    }

    /// Takes the changes that are to be told now, in the order in which their paths became quiet.
    pub fn take(&mut self, now: Duration) -> Vec<(Entity, Vec<(Below, Kinds)>)> {
        let mut told: Vec<(Entity, Vec<(Below, Kinds)>)> = Vec::new();
        while let Some((due, ..)) = self.order.first()
            && *due <= now
            && let Some((_, watcher, path)) = self.order.pop_first()
        {
            let Some(waiting) = self.waiting.get_mut(&watcher) else {
                continue;
            };
            let wait = waiting.remove(&path);
            if waiting.is_empty() {
                self.waiting.remove(&watcher);
            }
            let change = wait.map(|wait| (path, wait.kinds));
            match told.iter_mut().find(|(of, _)| *of == watcher) {
                Some((_, changes)) => changes.extend(change),
                None => told.push((watcher, change.into_iter().collect())),
            }
        }
        told
    }

    /// Forgets the changes of a watcher.
    pub fn forget(&mut self, watcher: Entity) {
        for (path, wait) in self.waiting.remove(&watcher).into_iter().flatten() {
            self.order.remove(&(wait.due, watcher, path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(path: &str) -> Below {
        Some(path.as_bytes().into())
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn taken(debounce: &mut Debounce, now: u64) -> Vec<(String, Kinds)> {
        let told = debounce.take(ms(now));
        let text = |path: Below| {
            let path = path.map(|path| String::from_utf8_lossy(&path).into_owned());
            path.unwrap_or_else(|| "?".into())
        };
        told.into_iter()
            .flat_map(|(_, changes)| changes)
            .map(|(path, kinds)| (text(path), kinds))
            .collect()
    }

    #[test]
    fn a_path_is_told_once_when_it_is_quiet() {
        let watcher = Entity::from_raw_u32(1).unwrap();
        let (renamed, changed) = (Kinds::RENAMED, Kinds::CHANGED);
        let both = Kinds {
            renamed: true,
            changed: true,
        };
        for (notes, want) in [
            // trailing edge: the last of a burst is not lost
            (
                vec![(0, "a", changed), (10, "a", changed)],
                vec![(110, "a", changed)],
            ),
            // made and written is both, once
            (
                vec![(0, "a", renamed), (5, "a", changed)],
                vec![(105, "a", both)],
            ),
            // what was written before it vanished does not matter
            (
                vec![(0, "a", changed), (5, "a", renamed)],
                vec![(105, "a", renamed)],
            ),
            (
                vec![(0, "a", changed), (5, "b", renamed), (50, "a", changed)],
                vec![(105, "b", renamed), (150, "a", changed)],
            ),
            // never quiet
            (
                (0..12).map(|n| (n * 90, "a", changed)).collect(),
                vec![(800, "a", changed), (1090, "a", changed)],
            ),
        ] {
            let mut debounce = Debounce::new(ms(100));
            let mut got = Vec::new();
            let mut notes = notes.into_iter().peekable();
            for now in 0..2000 {
                let mut next = None;
                while let Some((_, path, kinds)) = notes.next_if(|(at, ..)| *at == now) {
                    debounce.note(ms(now), watcher, below(path), kinds);
                    next = debounce.next();
                }
                assert!(next.is_none_or(|next| next > ms(now)));
                let told = taken(&mut debounce, now);
                got.extend(told.into_iter().map(|(path, kinds)| (now, path, kinds)));
            }
            let want = want
                .into_iter()
                .map(|(at, path, kinds)| (at, path.to_owned(), kinds));
            assert_eq!(got, want.collect::<Vec<_>>());
            assert_eq!(debounce.next(), None);
        }
    }

    #[test]
    fn more_than_can_be_told_is_told_as_such() {
        let [one, other] = [1, 2].map(|n| Entity::from_raw_u32(n).unwrap());
        let mut debounce = Debounce::new(ms(100));
        for n in 0..=PATHS_MAX {
            debounce.note(ms(0), one, below(&n.to_string()), Kinds::RENAMED);
        }
        debounce.note(ms(1), one, below("late"), Kinds::RENAMED);
        debounce.note(ms(2), other, below("mine"), Kinds::RENAMED);
        assert_eq!(
            taken(&mut debounce, 102),
            [
                ("?".to_owned(), Kinds::CHANGED),
                ("mine".to_owned(), Kinds::RENAMED)
            ]
        );
        debounce.note(ms(200), one, below("again"), Kinds::RENAMED);
        debounce.forget(one);
        assert_eq!(
            (debounce.next(), taken(&mut debounce, 999).len()),
            (None, 0)
        );
    }
}
