//! Working hours against a count minute by minute with Python's zoneinfo, and their laws.

use super::{moment, office, read};
use proptest::{prelude::*, sample::select};
use serde::Deserialize;
use serde_json::json;
use tessera_domain::{
    automation::local_time::Zone,
    leads::working_hours::{MAX_SEARCH_DAYS, WorkingHours},
    time::Timestamp,
};

const FIXTURE: &str = include_str!("../../../../tests/oracles/fixtures/working_hours.json");

#[derive(Deserialize)]
struct Fixture {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    hours: WorkingHours,
    from: Timestamp,
    secs: u32,
    after: Timestamp,
    until: Timestamp,
    between: i64,
}

#[test]
fn hours_that_contradict_themselves_are_refused_by_their_field() {
    for (week, field) in [
        (json!({}), "week"),
        (
            json!({ "monday": [{ "from": "09:00", "until": "09:00" }] }),
            "week.monday[0].until",
        ),
        (
            json!({ "friday": [{ "from": "12:00", "until": "09:00" }] }),
            "week.friday[0].until",
        ),
        (
            json!({ "monday": [
                { "from": "09:00", "until": "12:00" },
                { "from": "11:59", "until": "17:00" },
            ] }),
            "week.monday[1].from",
        ),
        (
            json!({ "sunday": (0..7).map(|hour| json!({
                "from": format!("0{hour}:00"), "until": format!("0{hour}:30"),
            })).collect::<Vec<_>>() }),
            "week.sunday",
        ),
    ] {
        let hours: WorkingHours = read(json!({ "zone": "UTC", "week": week }));
        assert_eq!(hours.validate().expect_err("refused").field, field);
    }
}

#[test]
fn what_no_clock_and_no_calendar_shows_is_no_working_time() {
    let refused = |json| serde_json::from_value::<WorkingHours>(json).is_err();
    for time in [
        "24:01", "9:00", "09:60", "+9:00", "09:00:00", "", ":", "25:00",
    ] {
        let week = json!({ "monday": [{ "from": time, "until": "24:00" }] });
        assert!(refused(json!({ "zone": "UTC", "week": week })), "{time}");
    }
    for zone in [
        "",
        "Europe/Atlantis",
        "Etc/Unknown",
        "+02:00",
        "CET-1CEST",
        "../etc/passwd",
    ] {
        assert!(refused(json!({ "zone": zone, "week": {} })), "{zone}");
    }
    for day in ["2026-02-30", "2026-12-25T00:00", "20261225", "tomorrow"] {
        assert!(
            refused(json!({ "zone": "UTC", "week": {}, "holidays": [day] })),
            "{day}"
        );
    }
}

#[test]
fn hours_that_never_come_have_no_moment() {
    let mut hours = office("UTC");
    let friday = moment("2026-11-27T16:00:00Z");
    let enough = u32::try_from(MAX_SEARCH_DAYS * 8 * 3_600).expect("fits");
    assert_eq!(hours.after(friday, enough), None);
    hours.holidays = (1..=28)
        .map(|day| read(json!(format!("2026-12-{day:02}"))))
        .collect();
    let back = hours.after(friday, 2 * 86_400).expect("after the holidays");
    assert!(back > moment("2026-12-29T00:00:00Z"));
}

#[test]
fn moments_at_the_ends_of_time_are_closed() {
    let hours = office("Europe/Zurich");
    for end in [i64::MIN, i64::MAX] {
        assert!(!hours.is_open(Timestamp(end)));
        assert_eq!(hours.after(Timestamp(end), 1), None);
        assert_eq!(hours.open_secs(Timestamp(end), Timestamp(i64::MAX)), 0);
    }
}

#[test]
fn a_zone_has_one_spelling() {
    let zone = "europe/zurich".parse::<Zone>().expect("a zone");
    assert_eq!(zone.name(), "Europe/Zurich");
}

#[test]
fn a_day_of_work_ends_in_the_evening_and_a_minute_more_next_morning() {
    let hours = office("America/New_York");
    // A Friday morning in winter.
    let start = moment("2026-11-27T14:00:00Z");
    assert_eq!(
        hours.after(start, 8 * 3_600),
        Some(moment("2026-11-27T22:00:00Z"))
    );
    assert_eq!(
        hours.after(start, 8 * 3_600 + 60),
        Some(moment("2026-11-30T14:01:00Z"))
    );
    assert_eq!(hours.after(start, 0), Some(start));
}

#[test]
fn nights_in_which_clocks_are_set_have_the_hours_that_pass() {
    let night: WorkingHours = read(json!({
        "zone": "Europe/Zurich",
        "week": { "sunday": [{ "from": "01:00", "until": "04:00" }] },
    }));
    for (day, hours) in [("2026-03-22", 3), ("2026-03-29", 2), ("2026-10-25", 4)] {
        let midnight = moment(&format!("{day}T00:00:00Z")).plus_secs(-2 * 3_600);
        let open = night.open_secs(midnight, midnight.plus_secs(86_400));
        assert_eq!(open, hours * 3_600, "{day}");
    }
}

#[test]
fn working_time_is_what_a_count_of_minutes_by_the_clock_says() {
    let fixture: Fixture = serde_json::from_str(FIXTURE).expect("a fixture");
    assert!(fixture.rows.len() > 100);
    for row in fixture.rows {
        let at = format!("{:?} from {}", row.hours, row.from);
        row.hours.validate().expect("valid hours");
        assert_eq!(row.hours.after(row.from, row.secs), Some(row.after), "{at}");
        assert_eq!(
            row.hours.open_secs(row.from, row.until),
            row.between,
            "{at}"
        );
    }
}

fn any_hours() -> impl Strategy<Value = WorkingHours> {
    let zones = [
        "Europe/Zurich",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Cairo",
    ];
    let bounds = prop::collection::btree_set(0_u16..=96, 2..=6);
    (select(zones.to_vec()), prop::collection::vec(bounds, 7)).prop_map(|(zone, days)| {
        let clock = |quarter: u16| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        let week: serde_json::Map<_, _> = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ]
        .into_iter()
        .zip(days)
        .map(|(day, bounds)| {
            let bounds: Vec<u16> = bounds.into_iter().collect();
            let spans = bounds.chunks_exact(2);
            let hours = spans.map(|it| json!({ "from": clock(it[0]), "until": clock(it[1]) }));
            (day.to_owned(), hours.collect())
        })
        .collect();
        read(json!({ "zone": zone, "week": week }))
    })
}

proptest! {
    #[test]
    fn what_is_worked_until_a_moment_is_inverse_to_when_it_is_worked(
        hours in any_hours(),
        // Of 2026, by microseconds.
        start in 1_767_225_600_000_000_i64..1_798_761_600_000_000,
        secs in 1_u32..200_000,
    ) {
        prop_assert_eq!(hours.validate(), Ok(()));
        let start = Timestamp(start);
        let end = hours.after(start, secs).expect("within two years");
        prop_assert_eq!(hours.open_secs(start, end), i64::from(secs));
        // The last moment of it is open, and a part of it ends before.
        prop_assert!(hours.is_open(Timestamp(end.0 - 1)));
        prop_assert!(hours.after(start, secs - 1).is_some_and(|it| it < end));
    }

    #[test]
    fn working_time_adds(
        hours in any_hours(),
        start in 1_767_225_600_i64..1_798_761_600,
        first in 0_i64..1_000_000,
        second in 0_i64..1_000_000,
    ) {
        let start = Timestamp::from_secs(start);
        let (middle, end) = (start.plus_secs(first), start.plus_secs(first + second));
        prop_assert_eq!(
            hours.open_secs(start, middle) + hours.open_secs(middle, end),
            hours.open_secs(start, end)
        );
    }
}
