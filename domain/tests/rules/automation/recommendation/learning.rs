//! What is learned from: how events are read, and that none of them is in the way.

use proptest::prelude::*;
use tessera_domain::{
    automation::recommendation::{Interactions, LearningRules, Limits, Source, Taking},
    time::{MICROS_PER_DAY, Timestamp},
};
use uuid::Uuid;

fn rules() -> LearningRules {
    LearningRules {
        interactions: vec![
            Source::PlanTaken { weight: 1.0 },
            Source::PlanUpgraded { weight: 2.0 },
            Source::ProductEvent {
                event: "viewed".to_owned(),
                property: "product".to_owned(),
                weight: 3.0,
            },
        ],
        group: None,
        days: 100,
        holdout_days: 10,
        settings: tessera_domain::automation::recommendation::Settings::default(),
    }
}

/// What happened on a day to a person.
fn taking(event: &str, person: u128, day: i64, item: &str) -> Taking {
    let rules = rules();
    let read = rules.reads().iter().position(|it| it.event == event);
    Taking {
        read: read.expect("an event that is read"),
        person: Uuid::from_u128(person),
        at: Timestamp(day * MICROS_PER_DAY),
        item: item.to_owned(),
        account: (event != "viewed").then(|| "account".to_owned()),
    }
}

#[test]
fn a_payment_under_another_plan_is_an_upgrade_and_under_the_same_is_none() {
    let takings = vec![
        taking("charged", 1, 3, "large"),
        taking("subscribed", 1, 1, "small"),
        taking("charged", 1, 2, "small"),
        taking("charged", 1, 4, "large"),
        // Whose plan before is not known.
        taking("charged", 2, 2, "small"),
    ];
    let read = rules().read(takings);
    let read: Vec<_> = read
        .iter()
        .map(|it| (it.item.as_str(), it.weight))
        .collect();
    assert_eq!(read, [("plan:small", 1.0), ("plan:large", 2.0)]);
}

#[test]
fn only_the_chain_says_who_took_a_plan() {
    let rules = rules();
    let of_chain = rules.reads().into_iter().filter(|it| it.is_of_chain());
    let events: Vec<&str> = of_chain.map(|it| it.event).collect();
    assert_eq!(events, ["charged", "subscribed"]);
}

#[test]
fn an_item_that_two_took_is_none_yet_and_a_plan_that_one_took_is() {
    let mut takings = vec![
        taking("subscribed", 1, 1, "small"),
        taking("viewed", 1, 1, "diary"),
        taking("viewed", 2, 1, "diary"),
        taking("viewed", 2, 1, "diary"),
    ];
    let now = Timestamp(2 * MICROS_PER_DAY);
    let few = rules().material(takings.clone(), now);
    assert_eq!(few.interactions.len(), 1);
    assert_eq!(few.products, [""; 0]);
    takings.push(taking("viewed", 3, 1, "diary"));
    let enough = rules().material(takings, now);
    assert_eq!(enough.products, ["item:diary"]);
}

#[test]
fn an_item_that_was_not_taken_for_long_is_learned_from_and_not_shown() {
    let takings = (1..=3).map(|it| taking("viewed", it, 1, "old")).collect();
    let material = rules().material(takings, Timestamp(92 * MICROS_PER_DAY));
    assert_eq!(material.interactions.len(), 3);
    assert_eq!(material.products, [""; 0]);
}

proptest! {
    #[test]
    fn whatever_is_in_events_can_be_trained_on_in_any_order(
        items in prop::collection::vec((0_u128..9, ".{0,250}", 0_usize..5), 0..60),
    ) {
        let mut takings: Vec<Taking> = items
            .iter()
            .map(|(person, item, read)| Taking {
                read: *read,
                ..taking("viewed", *person, 1, item)
            })
            .collect();
        let now = Timestamp(2 * MICROS_PER_DAY);
        let mut read = rules().material(takings.clone(), now);
        takings.reverse();
        let mut turned = rules().material(takings, now);
        for material in [&mut read, &mut turned] {
            let interactions = &mut material.interactions;
            interactions.sort_by(|one, other| (one.person, &one.item).cmp(&(other.person, &other.item)));
        }
        prop_assert_eq!(&read, &turned);
        prop_assert!(Interactions::new(read.interactions, &Limits::MOST).is_ok());
    }
}
