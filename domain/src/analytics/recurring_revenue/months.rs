//! Calendar months in UTC, and recurring revenue month by month: each closing is the next opening.

use super::{
    movement::{Movement, Movements},
    period::Period,
    wallet::{Address, WalletRevenue},
};
use crate::{exchange::Worth, time::Timestamp};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
use std::{collections::BTreeMap, fmt, iter, str::FromStr};

/// A calendar month in UTC. Shown as `2026-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first_day: NaiveDate,
}

/// A text that is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a month as in 2026-01")]
pub struct MonthError;

impl Month {
    /// The month that holds `moment`.
    pub fn containing(moment: Timestamp) -> Self {
        let day = DateTime::<Utc>::from(moment).date_naive();
        Self {
            first_day: day.with_day(1).unwrap_or(day),
        }
    }

    /// The next month; none after the last one, in the year 262142.
    pub fn next(self) -> Option<Self> {
        let first_day = self.first_day.checked_add_months(Months::new(1))?;
        Some(Self { first_day })
    }

    /// The previous month; none before the first one, in the year -262143.
    pub fn previous(self) -> Option<Self> {
        let first_day = self.first_day.checked_sub_months(Months::new(1))?;
        Some(Self { first_day })
    }

    /// The part of the month before `known_until`: all of it once it is over, none before it
    /// begins.
    ///
    /// The current month has no closing yet. Paid time may end before the month does, so a closing
    /// at the month's end would show every customer as lost.
    pub fn period_before(self, known_until: Timestamp) -> Option<Period> {
        let period = self.period()?;
        Period::new(period.from(), period.to().min(known_until)).ok()
    }

    /// Whether it has passed at `moment`.
    pub fn is_over(self, moment: Timestamp) -> bool {
        self.period().is_some_and(|period| period.to() <= moment)
    }

    /// The period of the month; none for the last month that there is.
    pub fn period(self) -> Option<Period> {
        Period::new(self.start(), self.next()?.start()).ok()
    }

    fn start(self) -> Timestamp {
        self.first_day.and_time(NaiveTime::MIN).and_utc().into()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first_day.format("%Y-%m").fmt(f)
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d")
            .map(|first_day| Self { first_day })
            .ok()
            // The parser also accepts texts that are never written.
            .filter(|month| month.to_string() == text)
            .ok_or(MonthError)
    }
}

/// The movements of the wallets' recurring revenue in each of `count` months from `first` on, up to
/// `known_until`: the last month may be cut off there, and later ones are left out.
pub fn monthly_series<'a, W>(
    wallets: W,
    first: Month,
    count: usize,
    known_until: Timestamp,
) -> Vec<(Month, Movements)>
where
    W: IntoIterator<Item = &'a WalletRevenue> + Clone,
{
    iter::successors(Some(first), |month| month.next())
        .take(count)
        .filter_map(|month| {
            let movements = Movements::over(wallets.clone(), &month.period_before(known_until)?);
            Some((month, movements))
        })
        .collect()
}

/// The movement over all mints in each of these months, in millionths of a dollar; none when a mint
/// that was paid in has no worth.
pub fn dollar_series<'a, W>(
    wallets: W,
    first: Month,
    count: usize,
    known_until: Timestamp,
    worth: &BTreeMap<Address, Worth>,
) -> Option<Vec<(Month, Movement)>>
where
    W: IntoIterator<Item = &'a WalletRevenue> + Clone,
{
    iter::successors(Some(first), |month| month.next())
        .take(count)
        .filter_map(|month| Some((month, month.period_before(known_until)?)))
        .map(|(month, period)| {
            let mut all = Movement::default();
            for wallet in wallets.clone() {
                all.merge(&wallet.in_dollars(&period, worth)?);
            }
            Some((month, all))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(moment: &str) -> Month {
        let moment = DateTime::parse_from_rfc3339(moment).expect("a moment");
        Month::containing(moment.to_utc().into())
    }

    #[test]
    fn the_last_month_there_is_has_no_next() {
        let last = Month::containing(DateTime::<Utc>::MAX_UTC.into());
        assert_eq!((last.next(), last.period()), (None, None));
    }

    #[test]
    fn a_text_is_a_month_only_as_it_is_shown() {
        for text in [
            "2026-1",
            "2026-13",
            "26-01",
            "2026-01-01",
            "",
            " 2026-01",
            "+2026-01",
        ] {
            assert_eq!(text.parse::<Month>(), Err(MonthError), "{text}");
        }
        let january = month("2026-01-31T12:00:00Z");
        assert_eq!("2026-01".parse(), Ok(january));
        assert_eq!("2025-12".parse().ok(), january.previous());
    }

    #[test]
    fn a_month_is_known_as_far_as_it_has_passed() {
        let january = month("2026-01-31T12:00:00Z");
        let (start, end) = (january.start(), january.next().expect("February").start());
        assert_eq!(january.period_before(start), None);
        assert_eq!(january.period_before(end), january.period());
        let running = january.period_before(start.plus_secs(1)).expect("a second");
        assert_eq!((running.from(), running.to()), (start, start.plus_secs(1)));
        assert!(january.is_over(end) && !january.is_over(Timestamp(end.0 - 1)));
        let known = monthly_series([], january, 3, end.plus_secs(1)).len();
        assert_eq!(known, 2);
    }

    #[test]
    fn a_month_begins_at_midnight_and_ends_where_the_next_begins() {
        let february = month("2024-02-29T23:59:59.999999Z");
        let period = february.period().expect("a period");
        assert_eq!(february.to_string(), "2024-02");
        assert_eq!(period.from().to_string(), "2024-02-01T00:00:00Z");
        assert_eq!(period.to().to_string(), "2024-03-01T00:00:00Z");
        assert_eq!(
            month("2024-03-01T00:00:00Z"),
            february.next().expect("March")
        );
    }

    #[test]
    fn months_follow_each_other_over_the_year() {
        let months: Vec<_> =
            monthly_series([], month("2025-11-05T00:00:00Z"), 3, Timestamp(i64::MAX))
                .into_iter()
                .map(|(month, _)| month.to_string())
                .collect();
        assert_eq!(months, ["2025-11", "2025-12", "2026-01"]);
    }
}
