//! The program's calendar against another one, over 400 years: after those it repeats itself.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate};
use proptest::prelude::*;
use tessera_client::types::{
    TesseraError,
    calendar::{day_of_month, least_period_secs, months_later, period_end},
    limits::MAX_PERIOD_MONTHS,
};

const DAY_SECS: i64 = 86_400;
/// Months in 400 years.
const MONTHS: u32 = 4_800;
/// Unix time of the last second of the year 9999.
const LATEST: i64 = 253_402_300_799;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

/// The moment `second` seconds into a day.
fn at(date: NaiveDate, second: i64) -> i64 {
    let midnight = date.and_hms_opt(0, 0, 0).expect("midnight").and_utc();
    midnight.timestamp() + second
}

/// The anchor day in the month that is `months` after January of `year`, or the last one there.
fn anchored(year: i32, months: u32, anchor_day: u32) -> NaiveDate {
    // The other calendar, too, falls back on the last day; January has all of them.
    date(year, 1, anchor_day)
        .checked_add_months(Months::new(months))
        .expect("a day")
}

#[test]
fn every_day_of_400_years_has_its_number_in_the_month() {
    let mut day = date(1970, 1, 1);
    for _ in 0..=146_097 {
        for second in [0, DAY_SECS - 1] {
            let found = day_of_month(at(day, second)).map(u32::from);
            assert_eq!(found, Ok(day.day()), "{day}");
        }
        day = day.checked_add_days(Days::new(1)).expect("a day");
    }
}

#[test]
fn periods_of_every_length_begin_on_every_anchor_day_for_400_years() {
    let second = 86_399;
    for anchor_day in 1..=31 {
        for length in 1..=MAX_PERIOD_MONTHS {
            let step = u32::from(length);
            let mut start = at(anchored(2000, 0, anchor_day), second);
            for months in (step..=MONTHS).step_by(step as usize) {
                let end = months_later(start, length, u8::try_from(anchor_day).expect("small"));
                let expected = at(anchored(2000, months, anchor_day), second);
                assert_eq!(
                    end,
                    Ok(expected),
                    "anchor {anchor_day}, {length} months, in month {months}"
                );
                start = expected;
            }
        }
    }
}

#[test]
fn the_end_of_january_comes_back_after_february() {
    let mut day = date(2028, 1, 31);
    let expected = [
        date(2028, 2, 29),
        date(2028, 3, 31),
        date(2028, 4, 30),
        date(2028, 5, 31),
    ];
    for next in expected {
        assert_eq!(months_later(at(day, 7), 1, 31), Ok(at(next, 7)));
        day = next;
    }
    assert_eq!(
        months_later(at(date(2100, 1, 31), 0), 1, 31),
        Ok(at(date(2100, 2, 28), 0))
    );
    assert_eq!(
        months_later(at(date(2028, 2, 29), 0), 12, 29),
        Ok(at(date(2029, 2, 28), 0))
    );
    assert_eq!(
        months_later(at(date(2031, 2, 28), 0), 12, 29),
        Ok(at(date(2032, 2, 29), 0))
    );
}

#[test]
fn times_outside_of_the_calendar_are_refused() {
    let refused = Err(TesseraError::ArithmeticOverflow);
    for time in [-1, i64::MIN, LATEST + 1, i64::MAX] {
        assert_eq!(day_of_month(time), refused.map(|()| 0));
        assert_eq!(months_later(time, 1, 1), refused.map(|()| 0));
        assert_eq!(period_end(time, 0, 1, 1), refused.map(|()| 0));
    }
    assert_eq!(day_of_month(0), Ok(1));
    assert_eq!(day_of_month(LATEST), Ok(31));
    assert!(months_later(LATEST, 12, 31).is_ok());
}

#[test]
fn periods_of_seconds_know_no_calendar() {
    assert_eq!(period_end(5, 100, 0, 0), Ok(105));
    assert_eq!(
        period_end(i64::MAX, 1, 0, 0),
        Err(TesseraError::ArithmeticOverflow)
    );
    assert_eq!(least_period_secs(100, 0), 100);
}

proptest! {
    #[test]
    fn any_period_ends_in_the_right_month_at_the_same_time_of_day(
        start in 0..=LATEST,
        months in 1..=MAX_PERIOD_MONTHS,
        anchor_day in 1..=31u8,
    ) {
        let end = period_end(start, 0, months, anchor_day).expect("in range");
        let from = DateTime::from_timestamp(start, 0).expect("a time").naive_utc().date();
        let to = DateTime::from_timestamp(end, 0).expect("a time").naive_utc().date();
        let first = from.with_day(1).expect("the first");
        let first = first.checked_add_months(Months::new(months.into())).expect("a month");
        let last = first.checked_add_months(Months::new(1)).expect("a month").pred_opt();
        let last = last.expect("the last").day();
        prop_assert_eq!((to.year(), to.month()), (first.year(), first.month()));
        prop_assert_eq!(to.day(), last.min(anchor_day.into()));
        prop_assert_eq!(end.rem_euclid(DAY_SECS), start.rem_euclid(DAY_SECS));
    }

    #[test]
    fn no_period_on_its_anchor_day_is_shorter_than_the_least(
        days in 0..=146_097i64,
        months in 1..=MAX_PERIOD_MONTHS,
    ) {
        let start = days * DAY_SECS;
        let anchor_day = day_of_month(start).expect("in range");
        let end = period_end(start, 0, months, anchor_day).expect("in range");
        prop_assert!(end - start >= i64::from(least_period_secs(0, months)));
    }
}
