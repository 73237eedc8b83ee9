//! Who is held out of a journey.

use super::{NOON, Person, event, journey, noon, nurturing};
use proptest::prelude::*;
use serde_json::{Value, json};
use tessera_domain::{
    automation::journey::{DryRun, Journey, MAX_HOLDOUT_BPS, Reason, Rehearsed},
    refusal::Refusal,
};
use uuid::Uuid;

fn refused(definition: Value) -> Refusal {
    let read: Result<Journey, _> = serde_json::from_value(definition);
    let journey = read.expect("a journey");
    journey.validate().expect_err("refused")
}

fn holding_out(holdout_bps: u16) -> Journey {
    let mut definition = nurturing();
    definition["holdout"] = json!({ "holdout_bps": holdout_bps });
    journey(definition)
}

#[test]
fn a_journey_that_retains_says_how_many_are_held_out() {
    let moments = [
        json!("past_due"),
        json!("payment_missed"),
        json!({ "renewal_within_days": 3 }),
        json!({ "trial_ends_within_days": 3 }),
        json!({ "approval_below_periods": 2 }),
    ];
    for moment in moments {
        let mut definition = nurturing();
        definition["entry"] = json!({ "subscription": moment });
        assert_eq!(refused(definition.clone()).field, "holdout");
        definition["holdout"] = json!({ "holdout_bps": 1 });
        journey(definition);
    }
}

#[test]
fn a_share_that_compares_nothing_is_refused() {
    for holdout_bps in [0, MAX_HOLDOUT_BPS + 1, u16::MAX] {
        let mut definition = nurturing();
        definition["holdout"] = json!({ "holdout_bps": holdout_bps });
        assert_eq!(refused(definition).field, "holdout.holdout_bps");
    }
    let mut unknown = nurturing();
    unknown["holdout"] = json!({ "holdout_bps": 1, "percent": 1 });
    assert!(serde_json::from_value::<Journey>(unknown).is_err());
}

#[test]
fn nobody_is_held_out_of_a_journey_without_a_holdout() {
    let journey = journey(nurturing());
    assert!((0..1_000).all(|number| !journey.holds_out("test", Uuid::from_u128(number))));
}

#[test]
fn as_many_are_held_out_as_the_journey_says() {
    for (holdout_bps, expected) in [(500, 1_000.0), (1_000, 2_000.0), (5_000, 10_000.0)] {
        let journey = holding_out(holdout_bps);
        let held = (0..20_000_u128).filter(|it| journey.holds_out("test", Uuid::from_u128(*it)));
        let held = f64::from(u32::try_from(held.count()).expect("a number"));
        let deviation = f64::sqrt(expected * (1.0 - expected / 20_000.0));
        assert!(
            (held - expected).abs() < 4.0 * deviation,
            "{holdout_bps}: {held}"
        );
    }
}

#[test]
fn journeys_draw_each_for_itself() {
    let journey = holding_out(5_000);
    let alike = (0..10_000_u128)
        .map(Uuid::from_u128)
        .filter(|person| journey.holds_out("one", *person) == journey.holds_out("other", *person));
    let alike = alike.count();
    assert!((4_800..5_200).contains(&alike), "{alike}");
}

#[test]
fn a_rehearsal_holds_out_whom_the_journey_would() {
    let journey = holding_out(5_000);
    let mut all = Rehearsed::default();
    let mut expected = 0;
    for number in 1..=200 {
        let person = Person::new(number);
        let history = [event("signed_up", noon(), json!({ "at": NOON }))];
        let dry_run = DryRun {
            name: "test",
            journey: &journey,
            members: None,
            acts: &person.acts,
            model: None,
            from: noon(),
            until: noon().plus_secs(30 * 86_400),
        };
        dry_run.rehearse(person.id, &history, &mut all);
        expected += u64::from(journey.holds_out("test", person.id));
    }
    assert_eq!(all.entered, 200);
    assert_eq!(all.ended.get(&Reason::HeldOut), Some(&expected));
    assert_eq!(all.nodes["greet"].arrived, 200 - expected);
}

proptest! {
    #[test]
    fn who_is_held_out_at_a_share_is_held_out_at_each_larger_one(
        person in any::<u128>(), less in 1_u16..=MAX_HOLDOUT_BPS, more in 1_u16..=MAX_HOLDOUT_BPS,
    ) {
        let person = Uuid::from_u128(person);
        let (less, more) = (less.min(more), less.max(more));
        let is_held_out = holding_out(less).holds_out("test", person);
        prop_assert!(!is_held_out || holding_out(more).holds_out("test", person));
    }
}
