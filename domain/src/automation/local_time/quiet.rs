//! Quiet hours: when nobody wants to be disturbed.

use super::{LocalTime, Zone};
use crate::{refusal::Refusal, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Hours of each day in which nothing is sent. They may span midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// The first minute that is quiet.
    pub from: LocalTime,
    /// The first minute that is not.
    pub until: LocalTime,
}

impl Quiet {
    /// Refuses hours that are all of the day, or none of it.
    ///
    /// # Errors
    /// When they begin as they end.
    pub fn validate(&self) -> Result<(), Refusal> {
        if self.from == self.until {
            return Err(Refusal::new("until", "must be another time than from"));
        }
        Ok(())
    }

    fn contains(&self, time: LocalTime) -> bool {
        if self.from < self.until {
            (self.from..self.until).contains(&time)
        } else {
            time >= self.from || time < self.until
        }
    }

    /// When quiet hours end that a moment lies in; none when it lies in none. At the end that is given no
    /// clock of the zone shows a quiet minute.
    pub fn until(&self, zone: &Zone, at: Timestamp) -> Option<Timestamp> {
        let clock = zone.clock(at);
        if !self.contains(LocalTime::of(clock)) {
            return None;
        }
        let mut date = clock.date();
        loop {
            let end = zone.last(self.until.on(date));
            if end > at {
                return Some(end);
            }
            date = date.tomorrow().ok()?;
        }
    }
}
