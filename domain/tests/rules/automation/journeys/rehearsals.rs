//! What a journey would have done.

use super::{Person, event, journey, noon, nurturing};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tessera_domain::{
    automation::journey::{DryRun, Effect, Flow, Heard, Journey, Reason, Rehearsed, Rest},
    people::segment::SegmentDefinition,
};

const DAY: i64 = 86_400;

fn rehearse(
    journey: &Journey,
    people: &[Person],
    members: Option<&SegmentDefinition>,
) -> Rehearsed {
    let acts = Person::new(0).acts;
    let dry_run = DryRun {
        name: "test",
        journey,
        members,
        acts: &acts,
        model: None,
        from: noon(),
        until: noon().plus_secs(30 * DAY),
    };
    let mut all = Rehearsed::default();
    for person in people {
        dry_run.rehearse(person.id, &person.history, &mut all);
    }
    all
}

fn with(number: u128, events: &[(&str, i64, Value)]) -> Person {
    let mut person = Person::new(number);
    let events = events
        .iter()
        .map(|(name, secs, properties)| event(name, noon().plus_secs(*secs), properties.clone()));
    person.history = events.collect();
    person
}

fn flow(arrived: u64, waiting: u64) -> Flow {
    Flow { arrived, waiting }
}

#[test]
fn each_person_goes_as_they_would_have() {
    let people = [
        with(
            1,
            &[
                ("signed_up", 0, json!({})),
                ("plan_viewed", 3_600, json!({})),
            ],
        ),
        with(2, &[("signed_up", 60, json!({}))]),
        with(
            3,
            &[("signed_up", 60, json!({})), ("charged", DAY, json!({}))],
        ),
        // Too late for the three days to be over.
        with(4, &[("signed_up", 29 * DAY, json!({}))]),
        // Before the time that is looked at, and after it.
        with(5, &[("signed_up", -1, json!({}))]),
        with(6, &[("signed_up", 31 * DAY, json!({}))]),
        // The second time does not count.
        with(
            7,
            &[
                ("signed_up", 0, json!({})),
                ("signed_up", 20 * DAY, json!({})),
            ],
        ),
    ];
    let all = rehearse(&journey(nurturing()), &people, None);
    assert_eq!(all.entered, 5);
    let nodes: BTreeMap<&str, Flow> = all
        .nodes
        .iter()
        .map(|(node, flow)| (node.as_str(), *flow))
        .collect();
    let expected = BTreeMap::from([
        ("greet", flow(5, 0)),
        ("wait", flow(5, 1)),
        ("offer", flow(1, 0)),
        ("remind", flow(2, 0)),
        ("end", flow(3, 0)),
    ]);
    assert_eq!(nodes, expected);
    let ended = BTreeMap::from([(Reason::Finished, 3), (Reason::Goal, 1)]);
    assert_eq!(all.ended, ended);
    assert_eq!(all.acts_in_all, 8);
    let offer = all
        .acts
        .iter()
        .find(|it| it.node == "offer")
        .expect("an offer");
    assert_eq!(offer.at, noon().plus_secs(3_600));
    assert_eq!(offer.effect, Effect::Announce("offer".to_owned()));
    assert_eq!(offer.person, people[0].id);
}

#[test]
fn a_subscription_enters_once_and_another_one_too() {
    let mut definition = nurturing();
    definition["key"] = json!({ "property": "account" });
    let account = |name: &str| json!({ "account": name });
    let person = with(
        1,
        &[
            ("signed_up", 0, account("a")),
            ("signed_up", 10, account("b")),
            ("signed_up", 20, account("a")),
            ("signed_up", 30, json!({})),
        ],
    );
    assert_eq!(rehearse(&journey(definition), &[person], None).entered, 2);
}

#[test]
fn members_enter_when_they_become_members_even_by_time_alone() {
    let mut definition = nurturing();
    definition["entry"] = json!({ "segment": "quiet_for_a_week" });
    // Has bought, and not within the last seven days.
    let members: SegmentDefinition = serde_json::from_value(json!({ "condition": { "all": [
        { "event": { "when": { "event": "bought" } } },
        { "not": { "event": { "when": { "event": "bought" }, "within_days": 7 } } }] } }))
    .expect("a segment");
    let person = with(1, &[("bought", 3_600, json!({}))]);
    let all = rehearse(&journey(definition), &[person], Some(&members));
    assert_eq!(all.entered, 1);
    assert_eq!(all.acts[0].at, noon().plus_secs(3_600 + 7 * DAY));
}

#[test]
fn a_schedule_takes_members_in_at_each_of_its_hours() {
    let mut definition = nurturing();
    definition["entry"] = json!({ "schedule": { "segment": "s", "on": { "weekly": "monday" },
                                                "at": "09:00", "zone": "Europe/Berlin" } });
    let members: SegmentDefinition = serde_json::from_value(json!({ "condition": { "event": {
        "when": { "event": "bought" }, "within_days": 10 } } }))
    .expect("a segment");
    let person = with(1, &[("bought", 0, json!({}))]);
    let all = rehearse(&journey(definition.clone()), &[person], Some(&members));
    // The 7th alone: on the 14th the purchase is older than ten days.
    assert_eq!(all.entered, 1);
    // Monday, 09:00 in Berlin, is six days less four hours later.
    assert_eq!(all.acts[0].at, noon().plus_secs(6 * DAY - 4 * 3_600));
    definition["entry"]["schedule"]["on"] = json!({ "monthly": 31 });
    let person = with(1, &[("bought", 25 * DAY, json!({}))]);
    let all = rehearse(&journey(definition), &[person], Some(&members));
    assert_eq!(all.acts[0].at, noon().plus_secs(30 * DAY - 4 * 3_600));
}

proptest! {
    /// A rehearsal is what a run does that is looked at whenever it hears something or its wait is over.
    #[test]
    fn a_rehearsal_is_what_runs_do(gaps in prop::collection::vec((0..4_usize, 1..400_000_i64), 0..12)) {
        let names = ["signed_up", "plan_viewed", "charged", "other"];
        let mut at = 0;
        let mut events = Vec::new();
        for (name, gap) in gaps {
            at += gap;
            events.push((names[name], at, json!({})));
        }
        let person = with(1, &events);
        let journey = journey(nurturing());
        let all = rehearse(&journey, std::slice::from_ref(&person), None);

        let until = noon().plus_secs(30 * DAY);
        let mut run = None;
        let (mut arrived, mut ended) = (0, None);
        let mut timer = until.plus_secs(1);
        let mut coming = person.history.iter().filter(|it| it.at <= until).peekable();
        loop {
            let event = coming.next_if(|it| it.at < timer);
            let now = event.map_or(timer, |it| it.at);
            if now > until || ended.is_some() {
                break;
            }
            let walk = match (run.take(), event) {
                (None, Some(event)) if journey.entry.is_by(event) => journey.enter(person.world(), now),
                (None, _) => continue,
                (Some(place), event) => {
                    let heard = event.and_then(|it| journey.hears(&place, it));
                    if event.is_some() && heard.is_none() {
                        run = Some(place);
                        continue;
                    }
                    journey.advance(place, heard.unwrap_or(Heard::Nothing), person.world(), now)
                }
            };
            arrived += walk.arrived.len() as u64;
            match walk.rest {
                Rest::Waiting(end) => (run, timer) = (Some(walk.place), end),
                Rest::Ended(reason) => ended = Some(reason),
            }
        }
        prop_assert_eq!(all.nodes.values().map(|it| it.arrived).sum::<u64>(), arrived);
        prop_assert_eq!(all.ended.keys().next().copied(), ended);
    }
}
