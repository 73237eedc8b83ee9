//! Periods of the calendar, in UTC.

use crate::time::Timestamp;
use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};

/// Days from Monday to Thursday, on which the Unix epoch began.
const EPOCH_WEEKDAY: i64 = 3;

/// A length of calendar periods, all in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first of a month to the first of the next.
    Month,
}

impl Period {
    /// Number of the period that holds `at`; the next period's is one more.
    pub fn index(self, at: Timestamp) -> i64 {
        match self {
            Self::Day => at.day().into(),
            Self::Week => i64::from(at.day())
                .saturating_add(EPOCH_WEEKDAY)
                .div_euclid(7),
            Self::Month => {
                let date = DateTime::<Utc>::from(at);
                i64::from(date.year()) * 12 + i64::from(date.month0())
            }
        }
    }

    /// Name of the period that holds `at`, as `2026-01-31`, `2026-W05` (ISO 8601) or `2026-01`: the
    /// cohort of people who signed up in it.
    pub fn label(self, at: Timestamp) -> String {
        let date = DateTime::<Utc>::from(at);
        let pattern = match self {
            Self::Day => "%Y-%m-%d",
            Self::Week => "%G-W%V",
            Self::Month => "%Y-%m",
        };
        date.format(pattern).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        let json = format!("\"{text}\"");
        serde_json::from_str(&json).expect("a moment")
    }

    #[test]
    fn a_week_ends_on_sunday_night_in_another_year_too() {
        let sunday = moment("2027-01-03T23:59:59.999999Z");
        let monday = moment("2027-01-04T00:00:00Z");
        assert_eq!(Period::Week.index(sunday) + 1, Period::Week.index(monday));
        assert_eq!(Period::Week.label(sunday), "2026-W53");
        assert_eq!(Period::Week.label(monday), "2027-W01");
    }

    #[test]
    fn a_month_ends_on_its_last_night_before_the_epoch_too() {
        let last = moment("1968-02-29T23:59:59Z");
        let first = moment("1968-03-01T00:00:00Z");
        assert_eq!(Period::Month.index(last) + 1, Period::Month.index(first));
        assert_eq!(Period::Month.label(last), "1968-02");
        assert_eq!(Period::Day.label(last), "1968-02-29");
    }

    #[test]
    fn the_first_and_the_last_moment_have_a_period() {
        for period in [Period::Day, Period::Week, Period::Month] {
            let first = period.index(Timestamp(i64::MIN));
            assert!(first < period.index(Timestamp(i64::MAX)));
        }
    }
}
