//! Working days: on which a team answers.

use super::Zone;
use crate::{refusal::Refusal, time::Timestamp};
use jiff::civil;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most holidays of a calendar.
const MAX_HOLIDAYS: usize = 400;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    pub(in crate::automation) fn of(date: civil::Date) -> Self {
        match date.weekday() {
            civil::Weekday::Monday => Self::Monday,
            civil::Weekday::Tuesday => Self::Tuesday,
            civil::Weekday::Wednesday => Self::Wednesday,
            civil::Weekday::Thursday => Self::Thursday,
            civil::Weekday::Friday => Self::Friday,
            civil::Weekday::Saturday => Self::Saturday,
            civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// Days on which work is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingDays {
    /// The days of the week.
    #[serde(default = "monday_to_friday")]
    pub weekdays: BTreeSet<Weekday>,
    /// Days without work, as `2026-12-25`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub holidays: BTreeSet<String>,
}

fn monday_to_friday() -> BTreeSet<Weekday> {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    BTreeSet::from([Monday, Tuesday, Wednesday, Thursday, Friday])
}

impl Default for WorkingDays {
    fn default() -> Self {
        Self {
            weekdays: monday_to_friday(),
            holidays: BTreeSet::new(),
        }
    }
}

impl WorkingDays {
    /// Refuses a calendar on which no work is ever done, and holidays that are no days.
    ///
    /// # Errors
    /// With the field that breaks the rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_count("weekdays", self.weekdays.len(), 1..=7, "days")?;
        let count = self.holidays.len();
        Refusal::unless_count("holidays", count, 0..=MAX_HOLIDAYS, "days")?;
        for (at, day) in self.holidays.iter().enumerate() {
            let date: Result<civil::Date, _> = day.parse();
            // Only this form sorts, and is the same day as itself.
            if date.is_err() || date.is_ok_and(|it| it.to_string() != *day) {
                let rule = "must be a day as in 2026-12-25";
                return Err(Refusal::new(format!("holidays[{at}]"), rule));
            }
        }
        Ok(())
    }

    fn contains(&self, date: civil::Date) -> bool {
        self.weekdays.contains(&Weekday::of(date)) && !self.holidays.contains(&date.to_string())
    }

    /// The same time of the day, `count` working days after a moment; from a day without work, after the next
    /// one that has some.
    pub fn after(&self, zone: &Zone, from: Timestamp, count: u32) -> Timestamp {
        let clock = zone.clock(from);
        let (mut date, mut left) = (clock.date(), count);
        while left > 0 {
            let Ok(next) = date.tomorrow() else {
                return Timestamp(i64::MAX);
            };
            date = next;
            left -= u32::from(self.contains(date));
        }
        zone.first(date.to_datetime(clock.time()))
    }
}
