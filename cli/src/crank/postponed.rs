//! Periods with which nothing could be done, and until when they are left alone.

use super::Task;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tessera_store::{Key, due::Due};
use tokio::time::Instant;

/// First pause of a period; doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

#[derive(Debug, Default)]
pub(super) struct Postponed(Mutex<HashMap<(Task, Key), Entry>>);

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Which period: a later one is another matter.
    next_due: i64,
    until: Instant,
    pause: Duration,
}

impl Postponed {
    /// Whether it is to be left alone now.
    pub(super) fn holds(&self, task: Task, due: &Due) -> bool {
        self.entries()
            .get(&(task, due.address))
            .is_some_and(|entry| entry.next_due == due.next_due && Instant::now() < entry.until)
    }

    /// Leaves it alone for a while, twice as long as the last time; for how long.
    pub(super) fn put(&self, task: Task, due: &Due) -> Duration {
        let mut entries = self.entries();
        let pause = entries
            .get(&(task, due.address))
            .filter(|earlier| earlier.next_due == due.next_due)
            .map_or(FIRST_PAUSE, |earlier| {
                (earlier.pause * 2).min(LONGEST_PAUSE)
            });
        let entry = Entry {
            next_due: due.next_due,
            until: Instant::now() + pause,
            pause,
        };
        entries.insert((task, due.address), entry);
        pause
    }

    pub(super) fn forget(&self, due: &Due) {
        let mut entries = self.entries();
        for task in Task::ALL {
            entries.remove(&(task, due.address));
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<(Task, Key), Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(next_due: i64) -> Due {
        Due {
            address: Key([1; 32]),
            next_due,
        }
    }

    #[test]
    fn a_period_is_left_alone_and_neither_the_next_one_nor_another_task_is() {
        let postponed = Postponed::default();
        assert!(!postponed.holds(Task::Charge, &due(5)));
        assert_eq!(postponed.put(Task::Charge, &due(5)), FIRST_PAUSE);
        assert!(postponed.holds(Task::Charge, &due(5)));
        assert!(!postponed.holds(Task::Mark, &due(5)));
        assert!(!postponed.holds(Task::Charge, &due(6)));
        postponed.forget(&due(5));
        assert!(!postponed.holds(Task::Charge, &due(5)));
    }

    #[test]
    fn each_pause_of_a_period_is_twice_the_one_before_up_to_the_longest() {
        let postponed = Postponed::default();
        let pauses: Vec<u64> = (0..8)
            .map(|_| postponed.put(Task::Mark, &due(5)).as_secs())
            .collect();
        assert_eq!(pauses, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!(postponed.put(Task::Mark, &due(6)), FIRST_PAUSE);
    }
}
