//! A person's entries, and what any range of days makes of them.

use super::definition;
use proptest::prelude::*;
use tessera_domain::{
    analytics::funnel::{
        Attempt, Entered, Entry, FunnelDefinition, Hit, Mode, PersonHits, entries, reduce,
    },
    event::Event,
    projection::{Definition, Kept, Moved, News},
    time::{MICROS_PER_DAY, Timestamp},
};
use uuid::Uuid;

const DAYS: i32 = 8;
const WINDOW_SECS: u32 = 3 * 86_400;

fn funnel(mode: Mode) -> FunnelDefinition {
    definition(mode, &["a", "b", "c"], WINDOW_SECS)
}

/// Days `first` through `last`.
fn days(first: i32, last: i32) -> Entered {
    let start = |day: i32| Timestamp(i64::from(day) * MICROS_PER_DAY);
    Entered {
        from: start(first),
        until: start(last + 1),
    }
}

fn ranges() -> impl Iterator<Item = (i32, i32)> {
    (0..DAYS).flat_map(|first| (first..DAYS).map(move |last| (first, last)))
}

/// The attempt that the entries credit in a range; none, or exactly one.
fn credited(entries: &[Entry], first: i32, last: i32) -> Option<Attempt> {
    let credited: Vec<&Entry> = entries
        .iter()
        .filter(|it| {
            (first..=last).contains(&it.day)
                && it.after_day.is_none_or(|day| day < first)
                && it.before_day.is_none_or(|day| day > last)
        })
        .collect();
    assert!(credited.len() <= 1, "{credited:?}");
    credited.first().map(|it| it.attempt.clone())
}

/// How often the spans that lie in a range count an entry.
fn counted(entry: &Entry, first: i32, last: i32) -> i64 {
    let inside = entry.spans().filter(|it| first <= it.0 && it.1 <= last);
    inside.map(|(_, _, sign)| sign).sum()
}

fn modes() -> impl Strategy<Value = Mode> {
    prop_oneof![
        Just(Mode::Ordered),
        Just(Mode::Strict),
        Just(Mode::Unordered)
    ]
}

fn hits() -> impl Strategy<Value = PersonHits> {
    let hit = (0..i64::from(DAYS) * 4, 1..8_u32);
    proptest::collection::vec(hit, 0..16).prop_map(|hits| {
        (0..)
            .zip(hits)
            .map(|(id, (quarter, steps))| Hit {
                at: Timestamp::from_secs(quarter * 21_600),
                event: Uuid::from_u128(id),
                steps,
                exclusions: 0,
                breakdown: None,
                not_compared: 0,
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_range_credits_the_best_attempt_that_begins_in_it(mode in modes(), hits in hits()) {
        let funnel = funnel(mode);
        let entries = entries(&funnel, &hits);
        for (first, last) in ranges() {
            let expected = reduce(&funnel, &hits, days(first, last));
            prop_assert_eq!(credited(&entries, first, last), expected, "{} to {}", first, last);
        }
        let best = entries.iter().find(|it| it.is_best()).map(|it| it.attempt.clone());
        prop_assert_eq!(best, reduce(&funnel, &hits, Entered::ANY));
    }

    #[test]
    fn spans_in_a_range_count_an_entry_when_the_range_credits_it(mode in modes(), hits in hits()) {
        let entries = entries(&funnel(mode), &hits);
        for (first, last) in ranges() {
            let best = credited(&entries, first, last);
            for entry in &entries {
                let is_credited = best.as_ref() == Some(&entry.attempt);
                prop_assert_eq!(counted(entry, first, last), i64::from(is_credited));
            }
        }
    }
}

fn event(id: u128, name: &str, day: i64) -> Event {
    Event {
        id: Uuid::from_u128(id),
        name: name.to_owned(),
        at: Timestamp(day * MICROS_PER_DAY),
        properties: serde_json::Map::new(),
    }
}

fn advance(kept: Option<&Kept>, events: &[Event]) -> Moved {
    let definition = Definition::Funnel(funnel(Mode::Ordered));
    let state = kept.map(|kept| kept.state.as_slice());
    definition
        .advance(state, News::Added(events), Timestamp(0))
        .expect("a state that can be read")
        .expect("a change")
}

#[test]
fn a_better_attempt_later_leaves_the_earlier_week_as_it_was() {
    let first = [event(1, "a", 0), event(2, "b", 1)];
    let moved = advance(None, &first);
    let kept = moved.kept.expect("a state");
    assert_eq!(kept.ranged, []);
    let better = [event(3, "a", 21), event(4, "b", 21), event(5, "c", 22)];
    let moved = advance(Some(&kept), &better);
    assert!(moved.ranged_changed);
    let kept = moved.kept.expect("a state");
    assert_eq!((kept.place.order_key, kept.place.at.day()), (3, 21));
    let [earlier] = kept.ranged.as_slice() else {
        panic!("one other place: {:?}", kept.ranged);
    };
    assert_eq!((earlier.day, earlier.order_key), (0, 2));
    assert_eq!((earlier.after_day, earlier.before_day), (None, Some(21)));
}

#[test]
fn a_second_entry_that_is_no_better_counts_only_where_the_first_is_outside() {
    let moved = advance(None, &[event(1, "a", 0), event(2, "a", 21)]);
    let kept = moved.kept.expect("a state");
    assert_eq!((kept.place.order_key, kept.place.at.day()), (1, 0));
    assert_eq!(kept.ranged.len(), 1);
    assert_eq!(kept.ranged[0].after_day, Some(0));
    let spans: Vec<_> = moved
        .sums
        .iter()
        .map(|(sum, amount)| (sum.day, sum.through_day, *amount))
        .collect();
    assert_eq!(spans, [(0, None, 1), (0, Some(21), -1), (21, Some(21), 1)]);
}
