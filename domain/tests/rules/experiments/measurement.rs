//! What is kept of people: in whatever order their events come, the same as from all of them.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tessera_domain::{
    event::Event,
    experiments::{
        measurement::{Count, DimensionValue, Measurement, MeasurementState},
        moments::{DENOMINATOR, Moments, VALUE, VALUE_BEFORE},
    },
    projection::{Definition, Measured, Moved, News},
    time::{MICROS_PER_DAY, Timestamp},
};
use uuid::Uuid;

const DAY: i64 = MICROS_PER_DAY;

fn body() -> Value {
    json!({
        "experiment": "button", "phase": 1, "starts_at": "1970-02-01T00:00:00Z",
        "arms": ["plain", "round"], "batch_hours": 24,
        "dimensions": [{ "property": "country", "values": ["CH"] }],
        "metrics": [
            { "measure": { "binomial": { "event": { "event": "bought" } } }, "covariate_days": 7 },
            { "measure": { "mean": { "value": { "event": { "event": "bought" }, "property": "size" } } },
                "cap": "10", "window_hours": 48, "covariate_days": 7 },
            { "measure": { "retention": {} }, "delay_hours": 24, "window_hours": 24 },
            { "measure": { "ratio": { "numerator": { "event": { "event": "bought" }, "property": "size" }, "denominator": { "event": { "event": "page_viewed" } } } }, "delay_hours": 1 },
        ],
    })
}

fn definition() -> Definition {
    Definition::parse("experiment", body()).expect("a definition")
}

/// The same as a second phase, for new people.
fn for_new() -> Definition {
    let mut second = body();
    second["phase"] = json!(2);
    second["only_new_since"] = json!(at(0.0));
    Definition::parse("experiment", second).expect("a definition")
}

fn measurement() -> Measurement {
    serde_json::from_value(body()).expect("a measurement")
}

fn event(id: u128, name: &str, days: f64, properties: Value) -> Event {
    #[expect(clippy::cast_possible_truncation, reason = "some days")]
    let at = Timestamp((days * DAY as f64) as i64);
    let Value::Object(properties) = properties else {
        panic!("an object");
    };
    Event {
        id: Uuid::from_u128(id),
        name: name.to_owned(),
        at,
        properties,
    }
}

fn exposed(id: u128, arm: &str, days: f64) -> Event {
    event(
        id,
        "experiment_exposed",
        days,
        json!({ "experiment": "button", "arm": arm, "country": "CH" }),
    )
}

fn at(days: f64) -> Timestamp {
    event(0, "x", days, json!({})).at
}

/// The kept state, and everything it adds up to.
#[derive(Debug, Default, PartialEq)]
struct Person {
    state: Option<Vec<u8>>,
    sums: BTreeMap<Measured, i64>,
    moments: BTreeMap<Measured, Moments>,
}

impl Person {
    /// As the engine does it.
    fn arrive(&mut self, definition: &Definition, all: &[Event], new: &[Event], now: Timestamp) {
        let kept = self.state.as_deref();
        let begins = definition.begins_earlier(kept, new).expect("a state");
        let news = if begins {
            News::All(all)
        } else {
            News::Added(new)
        };
        let moved = definition.advance(kept, news, now).expect("a state");
        self.follow(moved);
    }

    fn follow(&mut self, moved: Option<Moved>) {
        let Some(moved) = moved else { return };
        self.state = moved.kept.map(|kept| kept.state);
        for (key, amount) in moved.sums {
            *self.sums.entry(key).or_default() += amount;
        }
        for (key, moments) in moved.moments {
            self.moments.entry(key).or_default().add(&moments, 1);
        }
        self.sums.retain(|_, amount| *amount != 0);
        self.moments.retain(|_, moments| !moments.is_empty());
    }

    fn of(events: &[Event], now: Timestamp) -> Self {
        Self::by(&definition(), events, now)
    }

    fn by(definition: &Definition, events: &[Event], now: Timestamp) -> Self {
        let mut person = Self::default();
        let moved = definition.advance(None, News::All(events), now);
        person.follow(moved.expect("a state"));
        person
    }

    fn is_of_earlier_phase(&self) -> bool {
        let state = self.state.as_deref();
        state.is_some_and(|it| {
            MeasurementState::read(it)
                .expect("a state")
                .is_of_earlier_phase()
        })
    }

    fn moments_of(&self, metric: i32) -> Option<&Moments> {
        let of = self.moments.iter().find(|(key, _)| key.measure == metric);
        of.map(|(_, moments)| moments)
    }

    fn counts(&self) -> Vec<Count> {
        let read = |key: &Measured| Count::read(&measurement(), key).expect("a count").0;
        self.sums.keys().map(read).collect()
    }
}

#[test]
fn nothing_is_kept_of_who_saw_nothing() {
    let events = [
        event(1, "bought", 40.0, json!({})),
        exposed(2, "plain", 10.0),
        exposed(3, "square", 40.0),
    ];
    assert_eq!(Person::of(&events, at(50.0)), Person::default());
}

#[test]
fn a_machine_sees_nothing() {
    let mut seen = exposed(1, "plain", 40.0);
    seen.properties.insert("agent".to_owned(), json!("machine"));
    assert_eq!(Person::of(&[seen], at(50.0)), Person::default());
}

#[test]
fn an_exposure_of_another_phase_does_not_count() {
    let mut seen = exposed(1, "plain", 40.0);
    for phase in [json!(2), json!("2"), json!("x"), json!(1.5)] {
        seen.properties.insert("phase".to_owned(), phase);
        assert_eq!(Person::of(&[seen.clone()], at(50.0)), Person::default());
    }
    for phase in [json!(1), json!("1"), json!(null)] {
        seen.properties.insert("phase".to_owned(), phase);
        assert_ne!(Person::of(&[seen.clone()], at(50.0)), Person::default());
    }
}

#[test]
fn who_saw_an_earlier_phase_is_in_no_arm_of_one_for_new_people_and_not_counted() {
    let of_phase = |phase: Value, days| {
        let mut seen = exposed(1, "square", days);
        seen.properties.insert("phase".to_owned(), phase);
        seen
    };
    let later = [
        exposed(2, "plain", 40.0),
        event(3, "bought", 41.0, json!({ "size": 1 })),
    ];
    for earlier in [
        exposed(1, "plain", 10.0),
        of_phase(json!(null), 10.0),
        of_phase(json!(1), 10.0),
        of_phase(json!("1"), 45.0),
    ] {
        let events = [&[earlier], &later[..]].concat();
        let person = Person::by(&for_new(), &events, at(50.0));
        assert!(person.is_of_earlier_phase());
        assert!(person.sums.is_empty() && person.moments.is_empty());
        // Phases for everybody keep nothing of it.
        assert!(!Person::of(&events, at(50.0)).sums.is_empty());
    }
    let mut by_machine = exposed(1, "plain", 10.0);
    by_machine
        .properties
        .insert("agent".to_owned(), json!("machine"));
    for other in [
        of_phase(json!(3), 10.0),
        of_phase(json!(2), 10.0),
        of_phase(json!("x"), 10.0),
        by_machine,
    ] {
        let events = [&[other], &later[..]].concat();
        let person = Person::by(&for_new(), &events, at(50.0));
        assert_eq!(person, Person::by(&for_new(), &later, at(50.0)));
        assert!(!person.sums.is_empty());
    }
}

#[test]
fn a_phase_for_new_people_follows_from_the_first_phase_on() {
    let ended: Measurement = serde_json::from_value(body()).expect("a measurement");
    assert_eq!(ended.since(), at(24.0));
    let renewed = Measurement {
        only_new_since: Some(at(3.0)),
        ..ended
    };
    assert_eq!(renewed.since(), at(3.0));
}

#[test]
fn who_saw_two_arms_is_in_none_and_counted() {
    let events = [
        exposed(1, "plain", 40.0),
        exposed(2, "round", 41.0),
        event(3, "bought", 42.0, json!({})),
    ];
    let person = Person::of(&events, at(50.0));
    assert_eq!(person.counts(), [Count::Crossed]);
    assert!(person.moments.is_empty());
}

#[test]
fn a_value_is_capped_and_what_was_before_is_apart() {
    let bought = |id, days, size| event(id, "bought", days, json!({ "size": size }));
    let events = [
        exposed(1, "round", 40.0),
        bought(2, 34.0, 4),
        bought(3, 32.9, 100),
        bought(4, 40.5, 8),
        bought(5, 41.0, 8),
        bought(6, 42.0, 8),
    ];
    let person = Person::of(&events, at(50.0));
    let mean = person.moments_of(1).expect("moments");
    assert_eq!(mean.people, 1);
    assert_eq!(mean.sums[VALUE], 10_000_000);
    assert_eq!(mean.sums[VALUE_BEFORE], 4_000_000);
    let share = person.moments_of(0).expect("moments");
    assert_eq!(
        (share.sums[VALUE], share.sums[VALUE_BEFORE]),
        (1_000_000, 1_000_000)
    );
}

#[test]
fn a_cap_is_of_the_numerator_of_a_ratio() {
    let mut capped = body();
    let metrics = capped["metrics"].as_array_mut().expect("metrics");
    metrics.drain(..3);
    metrics[0]["cap"] = json!("100");
    let capped = Definition::parse("experiment", capped).expect("a definition");
    let of = |size: i64| {
        let mut events = vec![
            exposed(1, "plain", 40.0),
            event(2, "bought", 41.0, json!({ "size": size })),
        ];
        events.extend((0..200).map(|at| event(10 + at, "page_viewed", 42.0, json!({}))));
        let mut person = Person::default();
        let moved = capped.advance(None, News::All(&events), at(50.0));
        person.follow(moved.expect("a state"));
        let sums = person.moments_of(0).expect("moments").sums;
        [sums[VALUE], sums[DENOMINATOR]]
    };
    assert_eq!(of(50), [50_000_000, 200_000_000]);
    assert_eq!(of(150), [100_000_000, 200_000_000]);
}

#[test]
fn a_dimension_may_be_a_number_or_a_boolean() {
    let mut grouped = body();
    grouped["dimensions"] = json!([
        { "property": "cores", "values": ["8", "1.5"] },
        { "property": "is_new", "values": ["true"] },
        { "property": "country", "values": ["\"CH\""] },
    ]);
    let grouped: Measurement = serde_json::from_value(grouped).expect("a measurement");
    let definition = Definition::Experiment(grouped.clone());
    let values = |cores: Value, is_new: Value| {
        let mut seen = exposed(1, "plain", 40.0);
        seen.properties.insert("cores".to_owned(), cores);
        seen.properties.insert("is_new".to_owned(), is_new);
        let moved = definition.advance(None, News::All(&[seen]), at(50.0));
        let moved = moved.expect("a state").expect("a person");
        let read = |key: &Measured| match Count::read(&grouped, key).expect("a count").0 {
            Count::OfDimension { value, .. } => Some(value),
            _ => None,
        };
        moved.sums.keys().filter_map(read).collect::<Vec<_>>()
    };
    use DimensionValue::{Absent, Listed, Other};
    let of = |cores, is_new| values(cores, is_new)[..2].to_vec();
    assert_eq!(of(json!(8), json!(true)), [Listed(0), Listed(0)]);
    assert_eq!(of(json!("8"), json!("true")), [Listed(0), Listed(0)]);
    assert_eq!(of(json!(1.5), json!(false)), [Listed(1), Other]);
    assert_eq!(of(json!(null), json!([true])), [Absent, Other]);
    // A text is compared by itself, without the quotes of its JSON.
    assert_eq!(values(json!(8), json!(true))[2], Other);
}

#[test]
fn retention_counts_people_once_their_window_is_over() {
    let events = [
        exposed(1, "plain", 40.0),
        event(2, "page_viewed", 41.5, json!({})),
    ];
    assert!(Person::of(&events, at(41.9)).moments_of(2).is_none());
    let over = Person::of(&events, at(42.0));
    assert_eq!(over.moments_of(2).map(|it| it.sums[VALUE]), Some(1_000_000));
    let mut live = Person::default();
    live.arrive(&definition(), &events, &events, at(41.6));
    assert!(live.moments_of(2).is_none());
    let moved = definition().advance(live.state.as_deref(), News::Later, at(42.0));
    live.follow(moved.expect("a state"));
    assert_eq!(live, over);
}

#[test]
fn nothing_counts_from_the_end_on() {
    let mut ended = body();
    ended["ends_at"] = json!("1970-02-12T00:00:00Z");
    let ended = Definition::parse("experiment", ended).expect("a definition");
    let late = [exposed(1, "plain", 42.0)];
    assert_eq!(ended.advance(None, News::All(&late), at(50.0)), Ok(None));
    let events = [
        exposed(1, "plain", 41.0),
        event(2, "bought", 42.0, json!({ "size": 1 })),
    ];
    let mut person = Person::default();
    person.follow(
        ended
            .advance(None, News::All(&events), at(50.0))
            .expect("a state"),
    );
    assert_eq!(person.moments_of(1).map(|it| it.sums[VALUE]), Some(0));
    // A window that the end cuts off is never over.
    assert!(person.moments_of(2).is_none());
}

#[test]
fn who_has_reached_a_share_is_written_no_more() {
    let mut shares = body();
    let metrics = shares["metrics"].as_array_mut().expect("metrics");
    metrics.truncate(1);
    let shares = Definition::parse("experiment", shares).expect("a definition");
    let bought = |id, days| event(id, "bought", days, json!({}));
    let seen = [exposed(1, "plain", 40.0), bought(2, 41.0)];
    let mut person = Person::default();
    person.arrive(&shares, &seen, &seen, at(50.0));
    assert_eq!(
        person.moments_of(0).map(|it| it.sums[VALUE]),
        Some(1_000_000)
    );
    let again = [bought(3, 42.0)];
    let kept = person.state.as_deref();
    assert_eq!(
        shares.advance(kept, News::Added(&again), at(50.0)),
        Ok(None)
    );
    // The same time before the exposure is another share.
    let before = [bought(4, 39.0)];
    let moved = shares.advance(kept, News::Added(&before), at(50.0));
    assert!(moved.expect("a state").is_some());
}

fn some_events() -> impl Strategy<Value = Vec<Event>> {
    let name = prop_oneof![
        Just("plain"),
        Just("plain"),
        Just("round"),
        Just("earlier"),
        Just("bought"),
        Just("page_viewed")
    ];
    vec((name, 300..500i64, -5..20i64), 0..12).prop_map(|all| {
        let of = |(id, (name, tenths, size)): (usize, (&str, i64, i64))| {
            #[expect(clippy::cast_precision_loss, reason = "some tenths of days")]
            let days = tenths as f64 / 10.0;
            let id = id as u128;
            match name {
                "plain" | "round" => exposed(id, name, days),
                // Of a phase that began before, whenever it is heard of.
                "earlier" => event(
                    id,
                    "experiment_exposed",
                    days,
                    json!({ "experiment": "button", "arm": "plain", "phase": 1 }),
                ),
                name => event(id, name, days, json!({ "size": size })),
            }
        };
        all.into_iter().enumerate().map(of).collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_matter(
        events in some_events(),
        batches in vec(1..4usize, 12),
        order in any::<u64>(),
    ) {
        let now = at(60.0);
        let mut shuffled = events.clone();
        shuffled.sort_by_key(|event| event.id.as_u128().wrapping_mul(u128::from(order) | 1) % 97);
        for definition in [definition(), for_new()] {
            let mut live = Person::default();
            let mut through = 0;
            for batch in &batches {
                let end = (through + batch).min(shuffled.len());
                live.arrive(&definition, &shuffled[..end], &shuffled[through..end], now);
                through = end;
            }
            prop_assert_eq!(live, Person::by(&definition, &events, now));
        }
    }

    #[test]
    fn what_a_person_adds_is_taken_away_with_them(events in some_events()) {
        let now = at(60.0);
        for definition in [definition(), for_new()] {
            let mut person = Person::by(&definition, &events, now);
            let gone = definition.advance(person.state.as_deref(), News::Gone, now);
            person.follow(gone.expect("a state"));
            prop_assert_eq!(person, Person::default());
        }
    }
}
