//! The laws of paths for any events.

use proptest::prelude::*;
use serde_json::{Map, json};
use tessera_domain::{
    analytics::paths::{MAX_LOOP_EVENTS, PathCounts, PathDefinition, Step, paths},
    capture::Acts,
    event::Event,
    time::Timestamp,
};
use uuid::Uuid;

const NAMES: [&str; 3] = ["a", "b", "c"];

fn events(of: &[(usize, i64)]) -> Vec<Event> {
    (0..)
        .zip(of)
        .map(|(id, (name, secs))| Event {
            id: Uuid::from_u128(id),
            name: NAMES[*name].to_owned(),
            at: Timestamp::from_secs(*secs),
            properties: Map::new(),
        })
        .collect()
}

fn any_events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0..NAMES.len(), 0..60_i64), 0..30).prop_map(|it| events(&it))
}

fn any_definition() -> impl Strategy<Value = PathDefinition> {
    let anchor = || prop::option::of(prop::sample::select(NAMES.as_slice()));
    (anchor(), anchor(), 2..10_usize, prop::option::of(1..30_i64)).prop_map(
        |(start, end, max_steps, session_gap_secs)| {
            let filter = |event: Option<&str>| event.map(|event| json!({ "event": event }));
            serde_json::from_value(json!({
                "start": filter(start), "end": filter(end),
                "max_steps": max_steps, "session_gap_secs": session_gap_secs,
            }))
            .expect("a definition")
        },
    )
}

/// What a path says of the events it stands for: loops once, so that only repeats are missing.
fn names(steps: &[Step]) -> Vec<&str> {
    steps
        .iter()
        .flat_map(|step| match step {
            Step::Event(name) => vec![name.as_str()],
            Step::Loop(names) => names.iter().map(String::as_str).collect(),
            Step::Omitted => vec!["…"],
        })
        .collect()
}

#[test]
fn the_most_taken_path_is_first_and_equal_ones_go_by_their_steps() {
    let definition: PathDefinition =
        serde_json::from_value(json!({ "max_steps": 5 })).expect("a definition");
    let mut counts = PathCounts::default();
    for person in [
        &[(1, 0)][..],
        &[(0, 0)],
        &[(2, 0), (0, 1), (2, 2), (0, 3)],
        &[(2, 0)],
        &[(2, 0)],
    ] {
        counts.merge(&PathCounts::of(
            &events(person),
            &definition,
            &Acts::default(),
        ));
    }
    let top = counts.top(2);
    let found: Vec<_> = top
        .paths
        .iter()
        .map(|it| {
            (
                it.path.to_string(),
                it.share.numerator,
                it.share.denominator,
            )
        })
        .collect();
    assert_eq!(found, [("c".to_owned(), 2, 5), ("a".to_owned(), 1, 5)]);
    assert_eq!((top.other.numerator, top.other.rate), (2, Some(0.4)));
    let last = counts.top(9).paths.pop().expect("a path");
    assert_eq!(last.path.to_string(), "(c a)+");
    assert_eq!(PathCounts::default().top(3).other.rate, None);
}

proptest! {
    #[test]
    fn order_of_arrival_does_not_matter(
        (events, shuffled) in any_events().prop_flat_map(|events| {
            (Just(events.clone()), Just(events).prop_shuffle())
        }),
        definition in any_definition(),
    ) {
        let acts = Acts::default();
        prop_assert_eq!(paths(&shuffled, &definition, &acts), paths(&events, &definition, &acts));
    }

    #[test]
    fn no_loop_is_left_and_no_path_is_too_long(
        events in any_events(),
        definition in any_definition(),
    ) {
        for path in paths(&events, &definition, &Acts::default()) {
            let steps = path.0.iter().filter(|step| **step != Step::Omitted).count();
            prop_assert!((1..=definition.max_steps).contains(&steps));
            let single: Vec<Option<&str>> = path
                .0
                .iter()
                .map(|step| match step {
                    Step::Event(name) => Some(name.as_str()),
                    _ => None,
                })
                .collect();
            for run in single.split(Option::is_none) {
                for length in 1..=MAX_LOOP_EVENTS {
                    let repeats = run.windows(2 * length).any(|it| it[..length] == it[length..]);
                    prop_assert!(!repeats, "{path}");
                }
            }
            let names = names(&path.0);
            let [first, last] = [names.first(), names.last()].map(Option::<&&str>::copied);
            if let Some(start) = &definition.start {
                prop_assert_eq!(first, Some(start.event.as_str()));
            }
            if let Some(end) = &definition.end {
                prop_assert_eq!(last, Some(end.event.as_str()));
            }
        }
    }

    #[test]
    fn parts_of_the_persons_add_up_to_the_whole_and_can_be_taken_away(
        persons in prop::collection::vec(any_events(), 0..6),
        definition in any_definition(),
        cut in any::<prop::sample::Index>(),
    ) {
        let reduced: Vec<PathCounts> =
            persons.iter().map(|it| PathCounts::of(it, &definition, &Acts::default())).collect();
        let sum = |of: &[PathCounts]| {
            let mut sum = PathCounts::default();
            of.iter().for_each(|it| sum.merge(it));
            sum
        };
        let whole = sum(&reduced);
        let (left, right) = reduced.split_at(cut.index(reduced.len() + 1));
        let (left, right) = (sum(left), sum(right));
        prop_assert_eq!(&sum(&[right.clone(), left.clone()]), &whole);
        let stored = serde_json::to_string(&whole).expect("JSON");
        prop_assert_eq!(&serde_json::from_str::<PathCounts>(&stored).expect("counts"), &whole);

        let top = whole.top(3);
        let named: u64 = top.paths.iter().map(|it| it.share.numerator).sum();
        prop_assert_eq!(named + top.other.numerator, whole.total());
        let mut rest = whole;
        rest.remove(&right);
        prop_assert_eq!(rest, left);
    }
}
