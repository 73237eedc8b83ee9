//! Counts of attempts, which add over persons, days and shards, and over time by differences.
//!
//! Counts form a commutative group under [`FunnelCounts::merge`]: amounts may be negative, and
//! zeros are not kept, so equal counts are equal however they were computed.

use super::{
    Attempt, Entered, MAX_STEPS, PersonHits,
    duration::{bucket, millis},
};
use std::collections::BTreeMap;

/// What is counted: for the attempts that begin on one day with one breakdown value, and for the
/// events of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Persons whose attempt has exactly this level.
    Persons {
        /// 1 for the first step.
        level: u8,
    },
    /// Persons whose time to a step from the one before lies in this bucket.
    Time {
        /// 2 for the second step.
        level: u8,
        /// Number of the bucket, as from [`super::bucket`].
        bucket: u8,
    },
    /// Sum of the times to a step from the one before, whole milliseconds of each person.
    TotalMillis {
        /// 2 for the second step.
        level: u8,
    },
    /// Values of events that have no order to those that they were to be compared with.
    NotCompared,
}

impl Measure {
    /// The first number of another measure than persons.
    pub const BEYOND_PERSONS: i32 = 0x0001_0000;

    /// The number under which it is stored, which never changes: kind * 65,536 + level * 256 +
    /// bucket.
    pub fn code(self) -> i32 {
        let [kind, level, bucket] = match self {
            Self::Persons { level } => [0, level, 0],
            Self::Time { level, bucket } => [1, level, bucket],
            Self::TotalMillis { level } => [2, level, 0],
            Self::NotCompared => [3, 0, 0],
        };
        i32::from_be_bytes([0, kind, level, bucket])
    }

    /// The measure of a stored number; none when the number has no measure.
    pub fn from_code(code: i32) -> Option<Self> {
        let [0, kind, level, bucket] = code.to_be_bytes() else {
            return None;
        };
        if [kind, level, bucket] == [3, 0, 0] {
            return Some(Self::NotCompared);
        }
        let measure = match (kind, bucket) {
            (0, 0) => Self::Persons { level },
            (1, _) => Self::Time { level, bucket },
            (2, 0) => Self::TotalMillis { level },
            _ => return None,
        };
        let first = if kind == 0 { 1 } else { 2 };
        (first..=MAX_STEPS)
            .contains(&usize::from(level))
            .then_some(measure)
    }
}

/// Amounts of measures.
pub(super) type Cell = BTreeMap<Measure, i64>;

/// Counts of attempts by the day on which they began (number of the UTC day, 0 being 1970-01-01) and
/// by breakdown value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunnelCounts {
    cells: BTreeMap<i32, BTreeMap<Option<String>, Cell>>,
}

impl FunnelCounts {
    /// Counts one more person's attempt.
    pub fn add_person(&mut self, attempt: &Attempt) {
        let steps = (2..).zip(attempt.step_times.windows(2));
        let times = steps.flat_map(|(level, pair)| {
            let took = match pair {
                [before, after] => millis(after.0.saturating_sub(before.0)),
                _ => 0,
            };
            let total = i64::try_from(took).unwrap_or(i64::MAX);
            let bucket = bucket(took);
            [
                (Measure::Time { level, bucket }, 1),
                (Measure::TotalMillis { level }, total),
            ]
        });
        let level = u8::try_from(attempt.level).unwrap_or(u8::MAX);
        let person = (Measure::Persons { level }, 1);
        let day = attempt.started_at.day();
        self.change(day, &attempt.breakdown, times.chain([person]));
    }

    /// Counts the values of a person's events that could not be compared.
    pub fn add_not_compared(&mut self, hits: &PersonHits, range: Entered) {
        let counted = hits.as_slice().iter().filter(|hit| hit.not_compared > 0);
        for hit in counted.filter(|hit| range.contains(hit.at)) {
            let amount = i64::from(hit.not_compared);
            self.add(hit.at.day(), None, Measure::NotCompared, amount);
        }
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &Self) {
        for (day, values) in &other.cells {
            for (breakdown, cell) in values {
                let amounts = cell.iter().map(|(measure, amount)| (*measure, *amount));
                self.change(*day, breakdown, amounts);
            }
        }
    }

    /// Adds an amount to one measure.
    pub fn add(&mut self, day: i32, breakdown: Option<String>, measure: Measure, amount: i64) {
        self.change(day, &breakdown, [(measure, amount)]);
    }

    /// Every amount that is not 0, as (day, breakdown value, measure, amount), in that order.
    pub fn rows(&self) -> impl Iterator<Item = (i32, Option<&str>, Measure, i64)> {
        self.cells.iter().flat_map(|(day, values)| {
            values.iter().flat_map(|(value, cell)| {
                cell.iter()
                    .map(|(measure, amount)| (*day, value.as_deref(), *measure, *amount))
            })
        })
    }

    fn change(
        &mut self,
        day: i32,
        breakdown: &Option<String>,
        amounts: impl IntoIterator<Item = (Measure, i64)>,
    ) {
        let values = self.cells.entry(day).or_default();
        // A value is copied only when it is new.
        if !values.contains_key(breakdown) {
            values.insert(breakdown.clone(), Cell::new());
        }
        let Some(cell) = values.get_mut(breakdown) else {
            return;
        };
        for (measure, amount) in amounts {
            add_to(cell, measure, amount);
        }
        if cell.is_empty() {
            values.remove(breakdown);
        }
        if values.is_empty() {
            self.cells.remove(&day);
        }
    }
}

/// Adds an amount, and removes the measure when it becomes 0.
pub(super) fn add_to(cell: &mut Cell, measure: Measure, amount: i64) {
    let sum = cell.entry(measure).or_default();
    *sum = sum.saturating_add(amount);
    if *sum == 0 {
        cell.remove(&measure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{MICROS_PER_DAY, Timestamp};

    fn attempt(times: &[i64], breakdown: Option<&str>) -> Attempt {
        Attempt {
            level: times.len(),
            started_at: Timestamp(times[0]),
            step_times: times.iter().copied().map(Timestamp).collect(),
            breakdown: breakdown.map(str::to_owned),
        }
    }

    #[test]
    fn an_attempt_counts_on_the_day_on_which_it_began() {
        let mut counts = FunnelCounts::default();
        counts.add_person(&attempt(&[MICROS_PER_DAY, MICROS_PER_DAY * 3], None));
        assert!(counts.rows().all(|(day, ..)| day == 1));
        let total = (1, None, Measure::TotalMillis { level: 2 }, 2 * 86_400_000);
        assert!(counts.rows().any(|row| row == total));
    }

    #[test]
    fn codes_stand_for_one_measure_each() {
        let [level, bucket] = [2, 251];
        for measure in [
            Measure::Persons { level },
            Measure::Time { level, bucket },
            Measure::TotalMillis { level },
            Measure::NotCompared,
        ] {
            assert_eq!(Measure::from_code(measure.code()), Some(measure));
        }
        for none in [
            -1,
            0,
            1,
            0x0001_0100,
            0x0000_2100,
            0x0003_0100,
            0x0003_0001,
            0x0100_0100,
        ] {
            assert_eq!(Measure::from_code(none), None, "{none}");
        }
    }
}
