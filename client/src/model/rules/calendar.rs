//! Calendar months in UTC, counted year by year and month by month.

const DAY_SECS: i128 = 86_400;
/// The times of the calendar, Unix seconds: from 1970 to the end of 9999.
const RANGE: std::ops::RangeInclusive<i128> = 0..=253_402_300_799;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    year: u32,
    /// From 1.
    month: u32,
    /// From 1.
    day: u32,
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_in_year(year: u32) -> u32 {
    365 + u32::from(is_leap(year))
}

impl Date {
    /// The date so many days after 1 January 1970.
    fn after(days: i128) -> Self {
        let mut rest = days;
        let (mut year, mut month) = (1970, 1);
        while rest >= i128::from(days_in_year(year)) {
            rest -= i128::from(days_in_year(year));
            year += 1;
        }
        while rest >= i128::from(days_in(year, month)) {
            rest -= i128::from(days_in(year, month));
            month += 1;
        }
        let day = u32::try_from(rest).unwrap_or(0) + 1;
        Self { year, month, day }
    }

    /// Days between 1 January 1970 and this date.
    fn days(self) -> i128 {
        let years = (1970..self.year).map(days_in_year);
        let months = (1..self.month).map(|month| days_in(self.year, month));
        years.chain(months).map(i128::from).sum::<i128>() + i128::from(self.day) - 1
    }
}

/// Day of the month of a time, from 1; none outside the calendar.
pub(crate) fn day_of_month(time: i128) -> Option<u8> {
    let date = RANGE
        .contains(&time)
        .then(|| Date::after(time / DAY_SECS))?;
    u8::try_from(date.day).ok()
}

/// The time `months` later, on `anchor_day` or on the last day of a shorter month.
pub(crate) fn months_later(time: i128, months: u8, anchor_day: u8) -> Option<i128> {
    let date = RANGE
        .contains(&time)
        .then(|| Date::after(time / DAY_SECS))?;
    let month = date.month - 1 + u32::from(months);
    let (year, month) = (date.year + month / 12, month % 12 + 1);
    let day = u32::from(anchor_day).clamp(1, days_in(year, month));
    Some(Date { year, month, day }.days() * DAY_SECS + time % DAY_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_types::calendar;

    /// Noon of a day.
    fn noon(year: u32, month: u32, day: u32) -> i128 {
        Date { year, month, day }.days() * DAY_SECS + DAY_SECS / 2
    }

    #[test]
    fn a_month_that_is_shorter_ends_on_its_last_day() {
        let january = noon(2027, 1, 31);
        assert_eq!(months_later(january, 1, 31), Some(noon(2027, 2, 28)));
        assert_eq!(months_later(january, 2, 31), Some(noon(2027, 3, 31)));
        let february = noon(2028, 2, 29);
        assert_eq!(months_later(february, 12, 29), Some(noon(2029, 2, 28)));
        assert_eq!(months_later(-1, 1, 1), None);
    }

    #[test]
    fn the_program_counts_as_this_does_for_four_hundred_years() {
        let mut time = noon(1970, 1, 1);
        while time < noon(2370, 1, 1) {
            let day = day_of_month(time).expect("in range");
            let now = i64::try_from(time).expect("in range");
            assert_eq!(calendar::day_of_month(now), Ok(day));
            for (months, anchor_day) in [(1, day), (1, 31), (11, 30), (12, day)] {
                let later = months_later(time, months, anchor_day).expect("in range");
                let found = calendar::months_later(now, months, anchor_day);
                assert_eq!(found.map(i128::from), Ok(later), "{now} {months}");
            }
            time += 11 * DAY_SECS + 1;
        }
    }
}
