//! Classic retention: of the persons of a cohort, the share that was active in the k-th period of the
//! calendar after the one of the start.
//!
//! A cell counts those persons whose k-th period is over, and is blank while it is over for nobody.
//! In a cohort of one signup period, that is all of them or none. In a cohort by segment or channel,
//! whose persons started at different times, newer persons join a cell as their periods end, so its
//! denominator may be less than the cohort's size.

use super::Period;
use crate::refusal::Refusal;
use crate::{statistics::proportion::Proportion, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most periods that a table may have.
pub const MAX_PERIODS: u32 = 400;

/// Why retention is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CohortError {
    /// Sums of different tables.
    #[error("definition must be the same in both parts of a sum")]
    DifferentDefinitions,
}

/// The options of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionDefinition {
    /// Length of the periods.
    pub period: Period,
    /// Number of periods shown, from 1 to [`MAX_PERIODS`]; period 0 is the one of the start.
    pub periods: u32,
    /// Events up to this moment are known; a period that ends later is not over.
    pub as_of: Timestamp,
}

/// A person's part of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonActivity {
    /// The cohort: a signup period by [`Period::label`], a segment, an acquisition channel.
    pub cohort: String,
    /// When the person started.
    pub started_at: Timestamp,
    /// Periods after the one of the start, which is 0, in which the person was active.
    pub active_periods: BTreeSet<u32>,
}

/// Counts of a table: sums over persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    definition: RetentionDefinition,
    cohorts: BTreeMap<String, Counts>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Counts {
    size: u64,
    /// By period: how many persons were active in it, and for how many it is over.
    cells: Vec<(u64, u64)>,
}

/// Retention of every cohort.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RetentionTable {
    /// The options that the table was computed with.
    pub definition: RetentionDefinition,
    /// One row for each cohort, by label.
    pub rows: Vec<CohortRow>,
}

/// Retention of one cohort.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CohortRow {
    /// The cohort's label.
    pub cohort: String,
    /// Persons who had started by the table's moment.
    pub size: u64,
    /// By period: the share of persons active in it, of those for which it is over; null while it
    /// is over for nobody.
    pub cells: Vec<Option<Proportion>>,
}

impl PersonActivity {
    /// A person who started at `started_at` and was active at `moments`, in any order. Moments
    /// before the start do not count: what was done to a person before is no return.
    pub fn new(
        cohort: impl Into<String>,
        period: Period,
        started_at: Timestamp,
        moments: impl IntoIterator<Item = Timestamp>,
    ) -> Self {
        let start = period.index(started_at);
        let active_periods = moments
            .into_iter()
            .filter(|at| *at >= started_at)
            .filter_map(|at| u32::try_from(period.index(at) - start).ok())
            .collect();
        Self {
            cohort: cohort.into(),
            started_at,
            active_periods,
        }
    }
}

impl Retention {
    /// Empty counts.
    ///
    /// # Errors
    /// When the table would have no columns, or too many.
    pub fn new(definition: RetentionDefinition) -> Result<Self, Refusal> {
        Refusal::unless_number("periods", definition.periods, 1..=MAX_PERIODS)?;
        Ok(Self {
            definition,
            cohorts: BTreeMap::new(),
        })
    }

    /// Counts one more person, unless the start is after the table's moment.
    pub fn add(&mut self, person: &PersonActivity) {
        let RetentionDefinition { period, as_of, .. } = self.definition;
        if person.started_at > as_of {
            return;
        }
        // The period that holds the table's moment is not over, and all before it are.
        let over = period.index(as_of) - period.index(person.started_at);
        let over = usize::try_from(over).unwrap_or(usize::MAX);
        let counts = self.counts(&person.cohort);
        counts.size = counts.size.saturating_add(1);
        for (index, (active, eligible)) in (0..).zip(counts.cells.iter_mut().take(over)) {
            *eligible = eligible.saturating_add(1);
            if person.active_periods.contains(&index) {
                *active = active.saturating_add(1);
            }
        }
    }

    /// Adds the counts of other persons.
    ///
    /// # Errors
    /// When the other part counts for another table.
    pub fn merge(&mut self, other: &Self) -> Result<(), CohortError> {
        if self.definition != other.definition {
            return Err(CohortError::DifferentDefinitions);
        }
        for (cohort, theirs) in &other.cohorts {
            self.counts(cohort).add(theirs);
        }
        Ok(())
    }

    /// Everybody counted as one cohort.
    pub fn together(&self, cohort: &str) -> CohortRow {
        let columns = usize::try_from(self.definition.periods).unwrap_or_default();
        let mut all = Counts {
            size: 0,
            cells: vec![(0, 0); columns],
        };
        self.cohorts.values().for_each(|counts| all.add(counts));
        all.row(cohort)
    }

    /// The table of everybody counted.
    pub fn table(&self) -> RetentionTable {
        let rows = self.cohorts.iter();
        RetentionTable {
            definition: self.definition,
            rows: rows.map(|(cohort, counts)| counts.row(cohort)).collect(),
        }
    }

    fn counts(&mut self, cohort: &str) -> &mut Counts {
        let columns = usize::try_from(self.definition.periods).unwrap_or_default();
        self.cohorts
            .entry(cohort.to_owned())
            .or_insert_with(|| Counts {
                size: 0,
                cells: vec![(0, 0); columns],
            })
    }
}

impl Counts {
    fn add(&mut self, theirs: &Self) {
        self.size = self.size.saturating_add(theirs.size);
        for (our, their) in self.cells.iter_mut().zip(&theirs.cells) {
            *our = (our.0.saturating_add(their.0), our.1.saturating_add(their.1));
        }
    }

    fn row(&self, cohort: &str) -> CohortRow {
        let cell = |(active, eligible): &(u64, u64)| {
            (*eligible > 0).then(|| Proportion::wilson(*active, *eligible))
        };
        CohortRow {
            cohort: cohort.to_owned(),
            size: self.size,
            cells: self.cells.iter().map(cell).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MICROS_PER_DAY;

    fn day(day: i64) -> Timestamp {
        Timestamp(day * MICROS_PER_DAY)
    }

    fn daily(periods: u32, as_of: Timestamp) -> RetentionDefinition {
        RetentionDefinition {
            period: Period::Day,
            periods,
            as_of,
        }
    }

    #[test]
    fn a_table_without_columns_or_with_too_many_is_refused() {
        for periods in [0, MAX_PERIODS + 1] {
            let refused = Retention::new(daily(periods, day(0)));
            assert_eq!(refused.expect_err("no table").field, "periods");
        }
    }

    #[test]
    fn parts_of_different_tables_do_not_add() {
        let mut one = Retention::new(daily(3, day(5))).expect("a table");
        let other = Retention::new(daily(3, day(6))).expect("a table");
        assert_eq!(one.merge(&other), Err(CohortError::DifferentDefinitions));
    }

    #[test]
    fn whoever_starts_after_the_moment_is_not_counted() {
        let mut retention = Retention::new(daily(3, day(5))).expect("a table");
        let later = Timestamp(day(5).0 + 1);
        retention.add(&PersonActivity::new("a", Period::Day, later, [later]));
        assert!(retention.table().rows.is_empty());
    }

    #[test]
    fn a_period_that_ends_after_the_moment_is_blank_even_with_activity_in_it() {
        let almost_over = Timestamp(day(12).0 - 1);
        for (as_of, known) in [(almost_over, 1), (day(12), 2)] {
            let mut retention = Retention::new(daily(3, as_of)).expect("a table");
            let moments = [day(10), day(11)];
            retention.add(&PersonActivity::new("a", Period::Day, day(10), moments));
            let rows = retention.table().rows;
            let row = rows.first().expect("a row");
            assert_eq!(row.cells.iter().flatten().count(), known);
            assert_eq!((row.size, row.cells.len()), (1, 3));
        }
    }

    #[test]
    fn activity_before_the_start_does_not_count() {
        let person = PersonActivity::new("a", Period::Day, day(10), [day(9), day(12)]);
        assert_eq!(person.active_periods, BTreeSet::from([2]));
    }
}
