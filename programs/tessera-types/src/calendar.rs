//! Calendar months in UTC, proleptic Gregorian, without signed division, which the chain's machine
//! lacks.
//!
//! Law: a period of months begins on its anchor day, or on the last day of a month that is shorter,
//! at the same time of day: 31 January, 28 February, 31 March. Days are counted as in Howard
//! Hinnant's "chrono-compatible low-level date algorithms", from 1 March of the year 0.

use crate::{
    TesseraError,
    math::{Result, later},
    seeded::{Bug, seeded},
};

const DAY_SECS: u64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: u64 = 719_468;
/// Days in 400 years, in 100 that are not the last of them, and in 4 that are not.
const ERA_DAYS: u64 = 146_097;
/// Latest time that is counted, Unix seconds: the end of the year 9999.
const LATEST: i64 = 253_402_300_799;

/// A year that begins in March, the month in it from 0, and the day of that month from 1.
struct Date {
    year: u64,
    month: u64,
    day: u8,
}

/// The date of a day, counted from 0000-03-01.
#[inline(never)]
fn date(days: u64) -> Date {
    let (era, day_of_era) = (days / ERA_DAYS, days % ERA_DAYS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (times(365, year_of_era) + year_of_era / 4 - year_of_era / 100);
    let month = (times(5, day_of_year) + 2) / 153;
    Date {
        year: times(era, 400) + year_of_era,
        month,
        day: (day_of_year - first_of(month)) as u8 + 1,
    }
}

/// A product of numbers far below 2^32; a check would take 128 bits.
fn times(a: u64, b: u64) -> u64 {
    a.wrapping_mul(b)
}

/// Days of the year before the first of a month, both counted from March.
fn first_of(month: u64) -> u64 {
    (times(153, month) + 2) / 5
}

/// The first of a month, in days from 0000-03-01.
#[inline(never)]
fn month_start(year: u64, month: u64) -> u64 {
    let (year, month) = (year + month / 12, month % 12);
    times(365, year) + year / 4 - year / 100 + year / 400 + first_of(month)
}

/// A time, Unix seconds, as days from 0000-03-01 and seconds of the day.
fn split(time: i64) -> Result<(u64, u64)> {
    if !(0..=LATEST).contains(&time) {
        return Err(TesseraError::ArithmeticOverflow);
    }
    let time = time as u64;
    Ok((time / DAY_SECS + EPOCH_DAYS, time % DAY_SECS))
}

/// Day of the month of a time (Unix seconds, from 1970 to 9999), from 1.
#[inline(never)]
pub fn day_of_month(time: i64) -> Result<u8> {
    Ok(date(split(time)?.0).day)
}

/// The time `months` later, on `anchor_day` or on the last day of a month that is shorter. Times
/// in Unix seconds, from 1970 to 9999.
#[inline(never)]
pub fn months_later(time: i64, months: u8, anchor_day: u8) -> Result<i64> {
    let (days, second) = split(time)?;
    let Date { year, month, .. } = date(days);
    let month = month + u64::from(months);
    let first = month_start(year, month);
    let last_day = match seeded(Bug::MonthOverflow) {
        true => 31,
        false => month_start(year, month + 1) - first,
    };
    let day = u64::from(anchor_day.max(1)).min(last_day);
    Ok((times(first + day - 1 - EPOCH_DAYS, DAY_SECS) + second) as i64)
}

/// End of a period that begins at `start` (Unix seconds): `secs` later, or `months` when there are
/// any.
#[inline(always)]
pub fn period_end(start: i64, secs: u32, months: u8, anchor_day: u8) -> Result<i64> {
    if months == 0 {
        return later(start, secs);
    }
    months_later(start, months, anchor_day)
}

/// The least that a period can last, seconds.
#[inline(always)]
pub fn least_period_secs(secs: u32, months: u8) -> u32 {
    if months == 0 {
        return secs;
    }
    28 * DAY_SECS as u32 * u32::from(months)
}
