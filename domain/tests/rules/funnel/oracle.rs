//! Levels as `ClickHouse`'s `windowFunnel` finds them, computed by `tests/oracles/funnel.py`.

use serde::Deserialize;
use serde_json::Map;
use tessera_domain::{
    analytics::funnel::{Entered, FunnelDefinition, Mode, PersonHits, classify, reduce},
    event::Event,
    time::Timestamp,
};
use uuid::Uuid;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    definition: FunnelDefinition,
    persons: Vec<Person>,
}

/// Events as second and name, and the levels in default, `strict_once`, `strict_order`, and
/// `strict_order` with `strict_once`.
#[derive(Deserialize)]
struct Person(Vec<(i64, String)>, [usize; 4]);

fn cases() -> Vec<Case> {
    let json = include_str!("../../../../tests/oracles/fixtures/funnel.json");
    let fixture: Fixture = serde_json::from_str(json).expect("a fixture");
    fixture.cases
}

impl Person {
    fn events(&self) -> impl Iterator<Item = Event> {
        (0..).zip(&self.0).map(|(id, (second, name))| Event {
            id: Uuid::from_u128(id),
            name: name.clone(),
            at: Timestamp::from_secs(*second),
            properties: Map::new(),
        })
    }

    fn hits(&self, definition: &FunnelDefinition) -> PersonHits {
        self.events()
            .filter_map(|event| classify(definition, &event))
            .collect()
    }

    fn level(&self, definition: &FunnelDefinition) -> usize {
        reduce(definition, &self.hits(definition), Entered::ANY).map_or(0, |attempt| attempt.level)
    }
}

fn assert_levels(mode: Mode, expected: impl Fn(&Person) -> usize, cases: &[Case]) {
    let mut persons = 0;
    for case in cases {
        let definition = FunnelDefinition {
            mode,
            ..case.definition.clone()
        };
        assert_eq!(definition.validate(), Ok(()));
        for person in &case.persons {
            let level = person.level(&definition);
            assert_eq!(level, expected(person), "{}: {:?}", case.name, person.0);
            persons += 1;
        }
    }
    assert!(persons > 0);
}

#[test]
fn ordered_is_window_funnel_with_strict_once() {
    assert_levels(Mode::Ordered, |person| person.1[1], &cases());
}

#[test]
fn strict_is_window_funnel_with_strict_order_and_strict_once() {
    assert_levels(Mode::Strict, |person| person.1[3], &cases());
}

#[test]
fn without_events_of_several_steps_the_plain_modes_agree_too() {
    let mut cases = cases();
    cases.retain(|case| {
        let several = |hit: &tessera_domain::analytics::funnel::Hit| hit.steps.count_ones() > 1;
        let mut persons = case.persons.iter();
        !persons.any(|person| person.hits(&case.definition).as_slice().iter().any(several))
    });
    assert_eq!(cases.len(), 4);
    assert_levels(Mode::Ordered, |person| person.1[0], &cases);
    assert_levels(Mode::Strict, |person| person.1[2], &cases);
}
