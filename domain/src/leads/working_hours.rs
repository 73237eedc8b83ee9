//! When a salesperson works: hours of the week by the clock of an IANA time zone, without holidays.
//!
//! A moment is open if and only if the clock on the wall shows an open time at it. So a night in which
//! the clock is set forward has an hour less, one in which it is set back has the repeated hour twice, and
//! what is counted is time that passes, never the difference of two clock readings.

mod clock;
mod count;
mod week;
mod zone;

pub use clock::{CivilDate, ClockTime};
pub use count::MAX_SEARCH_DAYS;
pub use week::{Hours, MAX_HOURS_A_DAY, Week};

use crate::{automation::local_time::Zone, refusal::Refusal, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most holidays of one calendar.
pub const MAX_HOLIDAYS: usize = 500;

/// When a salesperson works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    /// Whose clock counts.
    pub zone: Zone,
    /// The open hours of each day of the week.
    pub week: Week,
    /// Days on which nobody works, by the same clock.
    #[serde(default)]
    pub holidays: BTreeSet<CivilDate>,
}

impl WorkingHours {
    /// Every hour of every day, by UTC.
    pub fn always() -> Self {
        Self {
            zone: Zone::UTC,
            week: Week::whole(),
            holidays: BTreeSet::new(),
        }
    }

    /// Whether these hours may be used.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        self.week.validate().map_err(|it| it.within("week"))?;
        Refusal::unless_count(
            "holidays",
            self.holidays.len(),
            0..=MAX_HOLIDAYS,
            "holidays",
        )
    }

    /// Whether the clock shows an open time at this moment.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let Some((date, time)) = self.zone.reading(at) else {
            return false;
        };
        !self.holidays.contains(&date) && self.week.on(date.weekday()).any(|it| it.holds(time))
    }
}
