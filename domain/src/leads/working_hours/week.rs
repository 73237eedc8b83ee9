//! The open hours of each day of a week, by the clock.

use super::clock::ClockTime;
use crate::refusal::Refusal;
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

/// Most stretches of hours on a day.
pub const MAX_HOURS_A_DAY: usize = 6;

/// Hours of a day: from a time, inclusive, until a later one, exclusive. Nights are two stretches, of two
/// days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The first open minute.
    pub from: ClockTime,
    /// The first closed one.
    pub until: ClockTime,
}

impl Hours {
    const WHOLE_DAY: Self = Self {
        from: ClockTime::MIDNIGHT,
        until: ClockTime::END_OF_DAY,
    };

    pub(super) fn holds(self, minutes: u16) -> bool {
        (self.from.minutes()..self.until.minutes()).contains(&minutes)
    }
}

/// The hours of each day; none on a day that is not named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Week {
    /// Hours on Mondays, in their order.
    pub monday: Vec<Hours>,
    /// On Tuesdays.
    pub tuesday: Vec<Hours>,
    /// On Wednesdays.
    pub wednesday: Vec<Hours>,
    /// On Thursdays.
    pub thursday: Vec<Hours>,
    /// On Fridays.
    pub friday: Vec<Hours>,
    /// On Saturdays.
    pub saturday: Vec<Hours>,
    /// On Sundays.
    pub sunday: Vec<Hours>,
}

impl Week {
    /// All of it.
    pub(super) fn whole() -> Self {
        let day = || vec![Hours::WHOLE_DAY];
        Self {
            monday: day(),
            tuesday: day(),
            wednesday: day(),
            thursday: day(),
            friday: day(),
            saturday: day(),
            sunday: day(),
        }
    }

    /// The hours of a day.
    pub(super) fn on(&self, day: Weekday) -> impl Iterator<Item = Hours> {
        let hours = match day {
            Weekday::Monday => &self.monday,
            Weekday::Tuesday => &self.tuesday,
            Weekday::Wednesday => &self.wednesday,
            Weekday::Thursday => &self.thursday,
            Weekday::Friday => &self.friday,
            Weekday::Saturday => &self.saturday,
            Weekday::Sunday => &self.sunday,
        };
        hours.iter().copied()
    }

    pub(super) fn validate(&self) -> Result<(), Refusal> {
        let days = [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ];
        for (name, hours) in days {
            Refusal::unless_count(name, hours.len(), 0..=MAX_HOURS_A_DAY, "stretches of hours")?;
            let mut closed_until = None;
            for (index, it) in hours.iter().enumerate() {
                if it.until <= it.from {
                    let rule = "must be later than from";
                    return Err(Refusal::new(format!("{name}[{index}].until"), rule));
                }
                if closed_until.is_some_and(|end| it.from < end) {
                    let rule = "must not be before the end of the stretch before";
                    return Err(Refusal::new(format!("{name}[{index}].from"), rule));
                }
                closed_until = Some(it.until);
            }
        }
        if days.iter().all(|(_, hours)| hours.is_empty()) {
            return Err(Refusal::new("", "must have open hours on some day"));
        }
        Ok(())
    }
}
