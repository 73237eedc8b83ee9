//! Laws of the whole way from events to a report, for any events in any order.

use super::definition;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use tessera_domain::{
    analytics::funnel::{
        Attempt, BreakdownGroup, Counting, Entered, Exclusion, FunnelCounts, FunnelDefinition,
        GroupedCounts, MAX_GROUPS, Mode, PersonHits, StepsReport, classify, reduce, report,
    },
    event::Event,
    filter::EventFilter,
    projection::{Definition, News, Sums, add},
    time::Timestamp,
};
use uuid::Uuid;

/// Events, each with its person.
type Stream = Vec<(u8, Event)>;

fn funnel() -> impl Strategy<Value = FunnelDefinition> {
    let mode = prop_oneof![
        Just(Mode::Ordered),
        Just(Mode::Strict),
        Just(Mode::Unordered)
    ];
    (mode, any::<bool>()).prop_map(|(mode, excludes)| {
        let mut definition = definition(mode, &["a", "bc", "a", "cd"], 300_000);
        definition.breakdown = Some("channel".to_owned());
        if excludes {
            definition.exclusions.push(Exclusion {
                filter: EventFilter::named("x"),
                from_step: 1,
                to_step: 4,
            });
        }
        definition
    })
}

/// Events of up to 6 persons over a week.
fn events() -> impl Strategy<Value = Stream> {
    let event = (0..6_u8, "[abcdx]", 0..168_i64, "[pqr]?");
    proptest::collection::vec(event, 0..60).prop_map(|events| {
        let numbered = (0..).zip(events);
        numbered
            .map(|(id, (person, name, hour, channel))| {
                let properties = json!({ "channel": channel });
                let event = Event {
                    id: Uuid::from_u128(id),
                    name,
                    at: Timestamp::from_secs(hour * 3_600),
                    properties: properties.as_object().cloned().unwrap_or_default(),
                };
                (person, event)
            })
            .collect()
    })
}

/// Events, and the same events in another order with some of them twice.
fn arrivals() -> impl Strategy<Value = (Stream, Stream)> {
    events().prop_flat_map(|events| {
        let again = events.iter().step_by(3).cloned();
        let arrivals: Vec<_> = events.iter().cloned().chain(again).collect();
        (Just(events), Just(arrivals).prop_shuffle())
    })
}

fn persons(definition: &FunnelDefinition, events: &[(u8, Event)]) -> BTreeMap<u8, PersonHits> {
    let mut persons: BTreeMap<u8, PersonHits> = BTreeMap::new();
    for (person, event) in events {
        let hit = classify(definition, event);
        persons.entry(*person).or_default().extend(hit);
    }
    persons
}

fn attempts(definition: &FunnelDefinition, events: &[(u8, Event)]) -> Vec<Attempt> {
    let persons = persons(definition, events);
    persons
        .values()
        .filter_map(|hits| reduce(definition, hits, Entered::ANY))
        .collect()
}

fn count(attempts: &[Attempt]) -> FunnelCounts {
    let mut counts = FunnelCounts::default();
    attempts
        .iter()
        .for_each(|attempt| counts.add_person(attempt));
    counts
}

fn grouped(attempts: &[Attempt]) -> GroupedCounts {
    let mut counting = Counting::default();
    let nothing = PersonHits::default();
    attempts
        .iter()
        .for_each(|attempt| counting.add(Some(attempt), &nothing, Entered::ANY));
    assert!(!counting.needs_another_pass());
    counting.finish()
}

proptest! {
    #[test]
    fn order_and_repetition_of_arrival_do_not_matter(
        definition in funnel(),
        (events, arrivals) in arrivals(),
    ) {
        let in_order = persons(&definition, &events);
        let mut one_by_one: BTreeMap<u8, PersonHits> = BTreeMap::new();
        for (person, event) in &arrivals {
            let hits = one_by_one.entry(*person).or_default();
            if let Some(hit) = classify(&definition, event) {
                hits.insert(hit);
            }
        }
        prop_assert_eq!(&one_by_one, &in_order);
        for hits in one_by_one.values() {
            prop_assert_eq!(PersonHits::from_bytes(&hits.to_bytes()), Ok(hits.clone()));
        }
    }

    #[test]
    fn sums_kept_by_difference_are_sums_rebuilt(
        definition in funnel(),
        (events, arrivals) in arrivals(),
    ) {
        let definition = Definition::Funnel(definition);
        let mut live = Sums::new();
        let mut states: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for (person, event) in &arrivals {
            let kept = states.get(person).map(Vec::as_slice);
            let news = News::Added(std::slice::from_ref(event));
            let Some(moved) = definition.advance(kept, news, Timestamp(0)).expect("a state") else {
                continue;
            };
            moved.sums.into_iter().for_each(|(sum, amount)| add(&mut live, sum, amount));
            states.insert(*person, moved.kept.expect("something to keep").state);
        }
        live.retain(|_, amount| *amount != 0);
        let mut rebuilt = Sums::new();
        for person in 0..6 {
            let own = events.iter().filter(|(it, _)| *it == person);
            let own: Vec<Event> = own.map(|(_, event)| event.clone()).collect();
            let moved = definition.advance(None, News::All(&own), Timestamp(0));
            let moved = moved.expect("a state").unwrap_or_default();
            prop_assert_eq!(states.remove(&person), moved.kept.map(|kept| kept.state));
            moved.sums.into_iter().for_each(|(sum, amount)| add(&mut rebuilt, sum, amount));
        }
        rebuilt.retain(|_, amount| *amount != 0);
        prop_assert_eq!(live, rebuilt);
    }

    #[test]
    fn rows_are_all_there_is_to_counts(definition in funnel(), events in events()) {
        let counts = count(&attempts(&definition, &events));
        let mut copied = FunnelCounts::default();
        for (day, value, measure, amount) in counts.rows() {
            copied.add(day, value.map(str::to_owned), measure, amount);
        }
        prop_assert_eq!(copied, counts);
    }

    #[test]
    fn persons_never_grow_from_step_to_step_and_are_the_persons_listed(
        definition in funnel(),
        events in events(),
    ) {
        let attempts = attempts(&definition, &events);
        let report = report(&definition, &grouped(&attempts), None);
        let mut before = u64::MAX;
        for (step, level) in report.all.steps.iter().zip(1..) {
            let listed = attempts.iter().filter(|attempt| attempt.level >= level).count();
            prop_assert_eq!(usize::try_from(step.persons), Ok(listed));
            prop_assert!(step.persons <= before);
            prop_assert_eq!(step.time_from_previous.is_some(), level > 1 && listed > 0);
            before = step.persons;
        }
    }

    #[test]
    fn groups_add_up_to_the_whole(
        (definition, channels) in (funnel(), proptest::collection::vec((0..40_u32, 1..=4_usize), 0..120)),
    ) {
        let attempts: Vec<Attempt> = channels
            .iter()
            .map(|(channel, level)| Attempt {
                level: *level,
                started_at: Timestamp(0),
                step_times: vec![Timestamp(0); *level],
                breakdown: (*channel > 0).then(|| channel.to_string()),
            })
            .collect();
        let report = report(&definition, &grouped(&attempts), None);
        for step in 0..4 {
            let persons = |steps: &StepsReport| steps.steps[step].persons;
            let groups: u64 = report.groups.iter().map(|group| persons(&group.steps)).sum();
            prop_assert_eq!(groups, persons(&report.all));
        }
        let shown = report.groups.iter().filter(|group| {
            !matches!(group.group, BreakdownGroup::Other { .. })
        });
        prop_assert!(shown.count() <= MAX_GROUPS);
    }
}

#[test]
fn a_heavy_person_is_reduced_in_every_mode() {
    for mode in [Mode::Ordered, Mode::Strict, Mode::Unordered] {
        let definition = definition(mode, &["ab", "bc", "a", "d"], 86_400);
        let hits: PersonHits = (0..100_000_u32)
            .filter_map(|n| {
                let event = Event {
                    id: Uuid::from_u128(u128::from(n)),
                    name: ["b", "c", "a"][(n % 3) as usize].to_owned(),
                    at: Timestamp::from_secs(i64::from(n / 7)),
                    properties: serde_json::Map::new(),
                };
                classify(&definition, &event)
            })
            .collect();
        let attempt = reduce(&definition, &hits, Entered::ANY).expect("an attempt");
        assert_eq!((attempt.level, attempt.started_at), (3, Timestamp(0)));
    }
}

#[test]
fn a_report_names_every_group_and_what_it_costs() {
    let mut definition = definition(Mode::Ordered, &["a", "b"], 60);
    definition.breakdown = Some("channel".to_owned());
    let attempt = |secs: &[i64], breakdown: Option<&str>| Attempt {
        level: secs.len(),
        started_at: Timestamp(0),
        step_times: secs
            .iter()
            .map(|secs| Timestamp::from_secs(*secs))
            .collect(),
        breakdown: breakdown.map(str::to_owned),
    };
    let attempts = [
        attempt(&[0, 4], Some("paid")),
        attempt(&[0], Some("paid")),
        attempt(&[0], None),
    ];
    let report = report(&definition, &grouped(&attempts), Some(30.into()));
    let json = serde_json::to_value(&report).expect("JSON");
    assert_eq!(
        json["bottleneck"],
        json!({ "step": 2, "lost_persons": 2, "lost_revenue": "60" })
    );
    assert_eq!(json["steps"][0]["name"], "a");
    assert_eq!(json["steps"][0]["conversion_from_previous"], json!(null));
    assert_eq!(json["steps"][1]["conversion_from_first"]["denominator"], 3);
    assert_eq!(json["steps"][1]["time_from_previous"]["mean_secs"], 4.0);
    assert_eq!(
        json["groups"][0]["group"],
        json!({ "kind": "value", "value": "paid" })
    );
    assert_eq!(json["groups"][1]["group"], json!({ "kind": "missing" }));
    assert_eq!(json["groups"][0]["steps"][1]["persons"], 1);
}

#[test]
fn nobody_gives_a_report_of_unknowns() {
    let definition = definition(Mode::Unordered, &["a", "b"], 60);
    let report = report(&definition, &GroupedCounts::default(), Some(30.into()));
    assert_eq!(report.all.bottleneck, None);
    assert_eq!(report.all.steps[1].conversion_from_first.rate, None);
    assert_eq!(report.all.steps[1].name, "any 2 of 2");
    assert!(report.groups.is_empty());
}
