//! What clocks show, compared with another implementation of the same laws of time.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use tessera_domain::{
    automation::local_time::{LocalTime, Quiet, TZDB_VERSION, WorkingDays, Zone, tzdb_is_current},
    time::Timestamp,
};

#[derive(Deserialize)]
struct Fixture {
    offsets_on_2026_12_01: BTreeMap<String, i64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    zone: Zone,
    from: i64,
    time: LocalTime,
    next: i64,
    quiet: [LocalTime; 2],
    quiet_until: Option<i64>,
}

fn fixture() -> Fixture {
    let json = include_str!("../../../../tests/oracles/fixtures/local_time.json");
    serde_json::from_str(json).expect("a fixture")
}

fn zone(name: &str) -> Zone {
    name.parse().expect("a zone")
}

fn time(text: &str) -> LocalTime {
    serde_json::from_value(json!(text)).expect("a time of the day")
}

/// The moment of a text.
fn at(text: &str) -> Timestamp {
    serde_json::from_value(json!(text)).expect("a moment")
}

#[test]
fn what_names_no_place_is_no_zone() {
    for name in [
        "",
        "Europe",
        "Berlin",
        "CET",
        "EST5EDT",
        "+02:00",
        "Europe/Atlantis",
        "local",
    ] {
        assert!(name.parse::<Zone>().is_err(), "{name}");
    }
    assert_eq!(zone("europe/berlin").name(), "Europe/Berlin");
    assert_eq!(zone("UTC").name(), "UTC");
}

#[test]
fn what_is_no_time_of_the_day_is_refused() {
    for text in ["", "9:00", "24:00", "09:60", "09:00:00", "+9:00", "0９:00"] {
        let read: Result<LocalTime, _> = serde_json::from_value(json!(text));
        assert!(read.is_err(), "{text}");
    }
    assert_eq!(time("09:05").to_string(), "09:05");
}

#[test]
fn old_laws_of_time_are_not_relied_on() {
    assert_eq!(TZDB_VERSION, "2026f");
    assert!(tzdb_is_current(at("2026-11-30T00:00:00Z")));
    assert!(tzdb_is_current(at("2027-10-28T00:00:00Z")));
    assert!(!tzdb_is_current(at("2027-10-30T00:00:00Z")));
}

#[test]
fn zones_are_as_far_from_universal_time_as_elsewhere() {
    let noon = at("2026-12-01T12:00:00Z");
    let mut compared = 0;
    for (name, offset) in fixture().offsets_on_2026_12_01 {
        let Ok(zone) = name.parse::<Zone>() else {
            panic!("{name} is not known");
        };
        // The clock shows noon when as much time has passed less as it is ahead.
        let shown = time("12:00").next(&zone, noon.plus_secs(-offset - 1));
        assert_eq!(shown, noon.plus_secs(-offset), "{name}");
        compared += 1;
    }
    assert!(compared > 400, "{compared}");
}

#[test]
fn hours_come_when_they_come_elsewhere() {
    let cases = fixture().cases;
    assert!(cases.len() > 200);
    for case in &cases {
        let from = Timestamp::from_secs(case.from);
        let next = case.time.next(&case.zone, from);
        let name = case.zone.name();
        assert_eq!(next.secs(), case.next, "{name} {from} {}", case.time);
        let [from_time, until] = case.quiet;
        let quiet = Quiet {
            from: from_time,
            until,
        };
        let ends = quiet.until(&case.zone, from).map(Timestamp::secs);
        assert_eq!(ends, case.quiet_until, "{name} {from} {quiet:?}");
    }
}

#[test]
fn a_night_that_skips_an_hour_has_it_when_it_is_over() {
    let berlin = zone("Europe/Berlin");
    let evening = at("2027-03-27T20:00:00Z");
    // 02:30 does not exist on the 28th: at 03:00 clocks have passed it.
    assert_eq!(
        time("02:30").next(&berlin, evening),
        at("2027-03-28T01:00:00Z")
    );
    let quiet = Quiet {
        from: time("22:00"),
        until: time("02:30"),
    };
    assert_eq!(
        quiet.until(&berlin, at("2027-03-28T00:59:00Z")),
        Some(at("2027-03-28T01:00:00Z"))
    );
}

#[test]
fn an_hour_that_a_night_has_twice_begins_once_and_is_quiet_twice() {
    let berlin = zone("Europe/Berlin");
    // 02:30 is at 00:30 and at 01:30 of universal time.
    let first = time("02:30").next(&berlin, at("2026-10-24T20:00:00Z"));
    assert_eq!(first, at("2026-10-25T00:30:00Z"));
    assert_eq!(
        time("02:30").next(&berlin, first),
        at("2026-10-26T01:30:00Z")
    );
    let quiet = Quiet {
        from: time("22:00"),
        until: time("02:30"),
    };
    assert_eq!(
        quiet.until(&berlin, at("2026-10-24T23:00:00Z")),
        Some(at("2026-10-25T01:30:00Z"))
    );
}

#[test]
fn quiet_hours_that_begin_as_they_end_are_refused() {
    let quiet = Quiet {
        from: time("08:00"),
        until: time("08:00"),
    };
    assert_eq!(quiet.validate().expect_err("refused").field, "until");
}

#[test]
fn working_days_leave_weekends_and_holidays_out() {
    let berlin = zone("Europe/Berlin");
    let friday = at("2026-12-18T08:00:00Z");
    let usual = WorkingDays::default();
    assert_eq!(usual.after(&berlin, friday, 1), at("2026-12-21T08:00:00Z"));
    // From a Saturday, the first working day is Monday.
    assert_eq!(
        usual.after(&berlin, at("2026-12-19T08:00:00Z"), 1),
        at("2026-12-21T08:00:00Z")
    );
    let mut with_holidays = usual;
    with_holidays
        .holidays
        .extend(["2026-12-24", "2026-12-25"].map(str::to_owned));
    assert_eq!(
        with_holidays.after(&berlin, friday, 5),
        at("2026-12-29T08:00:00Z")
    );
    // The time of the day stays, over a night in which clocks change.
    assert_eq!(
        with_holidays.after(&berlin, at("2027-03-26T08:00:00Z"), 1),
        at("2027-03-29T07:00:00Z")
    );
    for (field, wrong) in [
        ("weekdays", json!({ "weekdays": [] })),
        ("holidays[0]", json!({ "holidays": ["2026-2-30"] })),
        ("holidays[0]", json!({ "holidays": ["20261225"] })),
    ] {
        let calendar: WorkingDays = serde_json::from_value(wrong).expect("a calendar");
        assert_eq!(calendar.validate().expect_err("refused").field, field);
    }
}

proptest! {
    #[test]
    fn at_their_end_quiet_hours_are_over(
        place in 0..6_usize, minute in 0_i64..1_500_000, from in 0_u16..1_440, length in 1_u16..1_440,
    ) {
        let zones = ["Europe/Berlin", "America/Nuuk", "Australia/Lord_Howe", "Asia/Beirut", "America/Havana", "Asia/Kathmandu"];
        let zone = zone(zones[place]);
        let quiet = Quiet {
            from: LocalTime::from_minutes(from).expect("a time"),
            until: LocalTime::from_minutes((from + length) % 1_440).expect("a time"),
        };
        let now = Timestamp::from_secs(1_790_000_000 + minute * 60);
        if let Some(end) = quiet.until(&zone, now) {
            prop_assert!(end > now);
            prop_assert!(end.secs_since(now) <= 26.0 * 3_600.0);
            prop_assert_eq!(quiet.until(&zone, end), None);
        }
    }

    #[test]
    fn who_moves_gets_the_hour_of_the_new_place(minute in 0_i64..1_500_000, hour in 0_u16..24) {
        let wanted = LocalTime::from_minutes(hour * 60).expect("a time");
        let since = Timestamp::from_secs(1_790_000_000 + minute * 60);
        for name in ["America/New_York", "Asia/Tokyo", "Pacific/Auckland"] {
            let at = wanted.next(&zone(name), since);
            prop_assert!(at > since && at.secs_since(since) <= 26.0 * 3_600.0);
        }
    }
}
