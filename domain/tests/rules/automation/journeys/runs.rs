//! How runs go.

use super::{NOON, Person, arrived, event, journey, noon, nurturing};
use proptest::prelude::*;
use serde_json::{Value, json};
use tessera_domain::{
    automation::journey::{Effect, Heard, Journey, Place, Reason, Rest, run_id},
    time::Timestamp,
};
use uuid::Uuid;

const DAY: i64 = 86_400;

/// A journey of one node before the end.
fn of_node(node: Value) -> Journey {
    journey(json!({
        "entry": { "event": { "event": "signed_up" } }, "start": "node",
        "nodes": { "node": node, "yes": { "exit": {} }, "no": { "exit": {} } },
    }))
}

fn delay(until: Value) -> Journey {
    journey(json!({
        "entry": { "event": { "event": "signed_up" } }, "start": "node",
        "nodes": { "node": { "delay": { "until": until, "next": "end" } }, "end": { "exit": {} } },
    }))
}

#[test]
fn who_reaches_the_goal_leaves_whatever_they_wait_for() {
    let (journey, person) = (journey(nurturing()), Person::new(1));
    let walk = journey.enter(person.world(), noon());
    let then = noon().plus_secs(60);
    let left = journey.advance(walk.place.clone(), Heard::Goal, person.world(), then);
    assert_eq!(left.rest, Rest::Ended(Reason::Goal));
    assert_eq!((left.effects, left.place), (vec![], walk.place));
}

#[test]
fn a_node_that_is_no_longer_there_ends_the_run() {
    let (journey, person) = (journey(nurturing()), Person::new(1));
    let lost = Place {
        node: "gone".to_owned(),
        since: noon(),
    };
    let walk = journey.advance(lost, Heard::Nothing, person.world(), noon());
    assert_eq!(walk.rest, Rest::Ended(Reason::Removed));
}

#[test]
fn a_run_goes_as_far_as_it_comes_and_waits() {
    let (journey, person) = (journey(nurturing()), Person::new(1));
    let walk = journey.enter(person.world(), noon());
    assert_eq!(arrived(&walk), ["greet", "wait"]);
    let sent = Effect::Announce("welcome".to_owned());
    assert_eq!(walk.effects, [("greet".to_owned(), sent)]);
    let end = noon().plus_secs(3 * DAY);
    assert_eq!(walk.rest, Rest::Waiting(end));
    // Looked at too early, it waits on.
    let early = journey.advance(
        walk.place.clone(),
        Heard::Nothing,
        person.world(),
        Timestamp(end.0 - 1),
    );
    assert_eq!((early.arrived.len(), early.rest), (0, Rest::Waiting(end)));
    let late = journey.advance(walk.place.clone(), Heard::Nothing, person.world(), end);
    assert_eq!(arrived(&late), ["remind", "end"]);
    assert_eq!(late.rest, Rest::Ended(Reason::Finished));
    let heard = journey.advance(walk.place, Heard::Awaited, person.world(), noon());
    assert_eq!(arrived(&heard), ["offer", "end"]);
}

#[test]
fn what_was_heard_counts_for_the_node_that_waited_alone() {
    let wait = |then: &str| {
        json!({ "wait_for": { "event": { "event": "opened" }, "timeout_secs": DAY,
                              "then": then, "otherwise": "end" } })
    };
    let twice = journey(json!({
        "entry": { "event": { "event": "signed_up" } }, "start": "first",
        "nodes": { "first": wait("second"), "second": wait("end"), "end": { "exit": {} } },
    }));
    let person = Person::new(1);
    let walk = twice.enter(person.world(), noon());
    let walk = twice.advance(walk.place, Heard::Awaited, person.world(), noon());
    assert_eq!(arrived(&walk), ["second"]);
    assert_eq!(walk.rest, Rest::Waiting(noon().plus_secs(DAY)));
}

#[test]
fn a_delay_until_an_hour_is_by_the_clock_of_where_the_person_lives_now() {
    let journey = delay(json!({ "local_time": "09:00" }));
    let mut person = Person::new(1);
    // 13:00 in Berlin: 09:00 comes tomorrow.
    let walk = journey.enter(person.world(), noon());
    let in_berlin = Timestamp::from_secs(NOON + 20 * 3_600);
    assert_eq!(walk.rest, Rest::Waiting(in_berlin));
    // Having moved to New York before that, where it is 03:00.
    person.zone = "America/New_York".parse().expect("a zone");
    let moved = journey.advance(
        walk.place.clone(),
        Heard::Nothing,
        person.world(),
        in_berlin,
    );
    let in_new_york = Timestamp::from_secs(NOON + 26 * 3_600);
    assert_eq!(moved.rest, Rest::Waiting(in_new_york));
    // Looked at up to two hours late it is still the hour, and later no longer.
    let late = |secs: i64| {
        let now = in_new_york.plus_secs(secs);
        journey.advance(walk.place.clone(), Heard::Nothing, person.world(), now)
    };
    assert_eq!(arrived(&late(7_200)), ["end"]);
    let next_day = in_new_york.plus_secs(DAY);
    assert_eq!(late(7_201).rest, Rest::Waiting(next_day));
    // Having moved before the first look, it is 07:00 there and 09:00 comes in two hours.
    let walk = journey.enter(person.world(), noon());
    let in_new_york = Timestamp::from_secs(NOON + 2 * 3_600);
    assert_eq!(walk.rest, Rest::Waiting(in_new_york));
    // Who moves east waits no longer than until the hour there; who moves west, until it comes.
    person.zone = "Asia/Tokyo".parse().expect("a zone");
    let moved = journey.advance(walk.place, Heard::Nothing, person.world(), in_new_york);
    let in_tokyo = Timestamp::from_secs(NOON + 12 * 3_600);
    assert_eq!(moved.rest, Rest::Waiting(in_tokyo));
}

#[test]
fn a_delay_of_working_days_waits_over_a_weekend() {
    let journey = delay(json!({ "working_days": { "count": 4 } }));
    let walk = journey.enter(Person::new(1).world(), noon());
    // Tuesday and four working days are Monday.
    assert_eq!(walk.rest, Rest::Waiting(noon().plus_secs(6 * DAY)));
}

#[test]
fn a_branch_goes_by_what_is_known_now() {
    let journey = of_node(json!({ "branch": {
        "cases": [{ "when": { "event": { "when": { "event": "paid" }, "within_days": 7 } }, "next": "yes" }],
        "otherwise": "no" } }));
    let mut person = Person::new(1);
    assert_eq!(
        arrived(&journey.enter(person.world(), noon())),
        ["node", "no"]
    );
    person
        .history
        .push(event("paid", noon().plus_secs(-DAY), json!({})));
    assert_eq!(
        arrived(&journey.enter(person.world(), noon())),
        ["node", "yes"]
    );
    let later = noon().plus_secs(7 * DAY);
    assert_eq!(
        arrived(&journey.enter(person.world(), later)),
        ["node", "no"]
    );
}

#[test]
fn an_experiment_goes_by_the_arm_that_is_seen() {
    let journey = of_node(json!({ "experiment": {
        "experiment": "subject", "arms": { "short": "yes" }, "otherwise": "no" } }));
    let mut person = Person::new(1);
    let seen = |experiment: &str, arm: &str, secs: i64| {
        let shown = json!({ "experiment": experiment, "arm": arm, "phase": 1 });
        event("experiment_exposed", noon().plus_secs(secs), shown)
    };
    let went = |person: &Person| journey.enter(person.world(), noon()).place.node;
    assert_eq!(went(&person), "no");
    person.history.push(seen("other", "short", -30));
    assert_eq!(went(&person), "no");
    person.history.push(seen("subject", "short", -20));
    assert_eq!(went(&person), "yes");
    // What was seen first counts.
    person.history.insert(0, seen("subject", "long", -40));
    assert_eq!(went(&person), "no");
}

#[test]
fn chance_falls_as_often_as_it_is_weighted_and_the_same_way_each_time() {
    let journey = of_node(json!({ "split": { "parts": [
        { "weight_bps": 1_000, "next": "yes" }, { "weight_bps": 9_000, "next": "no" }] } }));
    let went = |number: u128| {
        let person = Person::new(number);
        journey.enter(person.world(), noon()).place.node
    };
    let yes = (0..20_000).filter(|it| went(*it) == "yes").count();
    // Ten standard deviations of 42 are 420.
    assert!((1_800..2_200).contains(&yes), "{yes}");
    assert_eq!(went(7), went(7));
}

#[test]
fn runs_about_different_things_have_different_ids() {
    let id = |person: u128, name: &str, key: &str| run_id(name, Uuid::from_u128(person), key);
    let ids = [
        id(1, "a", ""),
        id(1, "b", ""),
        id(2, "a", ""),
        id(1, "a", "x"),
        id(1, "ax", ""),
    ];
    for (at, one) in ids.iter().enumerate() {
        assert!(!ids[..at].contains(one), "{at}");
    }
    assert_eq!(ids[0], id(1, "a", ""));
}

proptest! {
    /// Whatever it hears and whenever it is looked at, a run ends within as many looks as it has nodes.
    #[test]
    fn every_run_ends(heard in prop::collection::vec(0..3_u8, 0..20), seed in 0_u128..1_000) {
        let (journey, person) = (journey(nurturing()), Person::new(seed));
        let mut now = noon();
        let mut walk = journey.enter(person.world(), now);
        let mut looks = 0;
        let mut heard = heard.into_iter();
        while let Rest::Waiting(until) = walk.rest {
            prop_assert!(until > now);
            let what = match heard.next() {
                Some(1) => Heard::Awaited,
                Some(2) => Heard::Goal,
                _ => Heard::Nothing,
            };
            now = until;
            walk = journey.advance(walk.place, what, person.world(), now);
            looks += 1;
            prop_assert!(looks <= 5);
        }
    }
}
