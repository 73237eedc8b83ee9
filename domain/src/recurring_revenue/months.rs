//! Calendar months in UTC, and recurring revenue month by month: each closing is the next opening.

use super::{movement::Movements, period::Period, wallet::WalletRevenue};
use crate::time::Timestamp;
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
use std::{fmt, iter};

/// A calendar month in UTC. Shown as `2026-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first_day: NaiveDate,
}

impl Month {
    /// The month that holds `moment`.
    pub fn containing(moment: Timestamp) -> Self {
        let day = DateTime::<Utc>::from(moment).date_naive();
        Self {
            first_day: day.with_day(1).unwrap_or(day),
        }
    }

    /// The month after it; none after the last that there is, in the year 262142.
    pub fn next(self) -> Option<Self> {
        let first_day = self.first_day.checked_add_months(Months::new(1))?;
        Some(Self { first_day })
    }

    /// Its moments; none for the last month that there is.
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

/// What moved the wallets' recurring revenue in each of `count` months from `first` on.
pub fn monthly_series<'a, W>(wallets: W, first: Month, count: usize) -> Vec<(Month, Movements)>
where
    W: IntoIterator<Item = &'a WalletRevenue> + Clone,
{
    iter::successors(Some(first), |month| month.next())
        .take(count)
        .filter_map(|month| {
            let movements = Movements::over(wallets.clone(), &month.period()?);
            Some((month, movements))
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
        let months: Vec<_> = monthly_series([], month("2025-11-05T00:00:00Z"), 3)
            .into_iter()
            .map(|(month, _)| month.to_string())
            .collect();
        assert_eq!(months, ["2025-11", "2025-12", "2026-01"]);
    }
}
