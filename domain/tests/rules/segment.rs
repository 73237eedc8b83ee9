//! Segments: what their conditions mean, and that the order of arrival never matters.

mod conditions;

use proptest::prelude::*;
use serde_json::{Value, json};
use tessera_domain::{
    capture::{Acts, message_key},
    event::Event,
    people::segment::{Condition, SegmentDefinition, SegmentState},
    projection::{Definition, Kept, News},
    time::Timestamp,
};

const DAY: i64 = 86_400;
/// Address of a plan.
const PLAN: &str = "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8";

fn definition(condition: Value) -> SegmentDefinition {
    SegmentDefinition {
        condition: serde_json::from_value(condition).expect("a condition"),
        model: None,
        acts: Some(Acts::default()),
    }
}

fn event(at_secs: i64, name: &str, properties: Value) -> Event {
    Event {
        id: message_key(&format!("{at_secs}{name}{properties}")),
        name: name.to_owned(),
        at: Timestamp::from_secs(at_secs),
        properties: properties.as_object().cloned().expect("an object"),
    }
}

/// The membership at `now_secs`, and from when on it may be another one.
fn at(condition: &Value, events: &[Event], now_secs: i64) -> (bool, Option<i64>) {
    let definition = definition(condition.clone());
    let mut state = SegmentState::default();
    for event in events {
        state.apply(&definition, event, Timestamp::from_secs(now_secs));
    }
    definition.settle(&mut state, Timestamp::from_secs(now_secs));
    (state.is_member(), state.next().map(Timestamp::secs))
}

fn refused(condition: Value) -> String {
    let condition: Condition = serde_json::from_value(condition).expect("a condition");
    condition
        .validate()
        .expect_err("it must be refused")
        .to_string()
}

#[test]
fn a_condition_that_breaks_a_rule_is_refused_with_its_place() {
    let seen = |extra: Value| {
        let mut test = json!({ "when": { "event": "page_viewed" } });
        test.as_object_mut()
            .expect("an object")
            .extend(extra.as_object().cloned().expect("one"));
        json!({ "all": [{ "event": test }] })
    };
    assert_eq!(
        refused(seen(json!({ "at_least": 0 }))),
        "all[0].event.at_least: must be from 1 to 100"
    );
    assert_eq!(
        refused(seen(json!({ "within_days": 0 }))),
        "all[0].event.within_days: must be from 1 to 3650"
    );
    assert_eq!(
        refused(json!({ "any": [] })),
        "any: must have at least one condition"
    );
    assert!(
        refused(json!({ "not": { "trait": { "property": "email", "is": "set" } } }))
            .starts_with("not.trait.property: must be one of ad_consent, channel, ")
    );
    assert_eq!(
        refused(json!({ "event": { "when": { "event": "segment_entered" } } })),
        "event.when.event: must not be an event that segments cause"
    );
    assert_eq!(
        refused(json!({ "subscription": { "status": [] } })),
        "subscription.status: must have at least one state"
    );
    assert_eq!(
        refused(json!({ "subscription": { "status": ["active"], "plan": "x" } })),
        "subscription.plan: must be an address"
    );
    assert_eq!(
        refused(json!({ "score": { "at_least": 0 } })),
        "score.at_least: must be from 1 to 1000000"
    );
}

#[test]
fn a_condition_is_bounded_in_depth_and_in_tests() {
    let mut deep = json!({ "trait": { "property": "country", "is": "set" } });
    let leaf = deep.clone();
    for _ in 0..8 {
        deep = json!({ "not": deep });
    }
    assert!(refused(deep).ends_with("must be at most 8 conditions deep"));
    let wide = json!({ "any": vec![leaf; 51] });
    assert_eq!(refused(wide), ": must have at most 50 tests in all");
}

#[test]
fn an_unknown_field_of_a_test_is_refused() {
    let wrong = json!({ "event": { "when": { "event": "a" }, "atleast": 3 } });
    assert!(serde_json::from_value::<Condition>(wrong).is_err());
}

#[test]
fn events_count_within_their_days_and_no_longer() {
    let condition = json!({ "event": {
        "when": { "event": "docs", "where": [{ "property": "page", "is": "equal", "value": "api" }] },
        "at_least": 2, "within_days": 10,
    } });
    let api = json!({ "page": "api" });
    let events = [
        event(0, "docs", api.clone()),
        event(DAY, "docs", json!({ "page": "other" })),
        event(2 * DAY, "docs", api),
    ];
    assert_eq!(at(&condition, &events[..2], 2 * DAY), (false, None));
    assert_eq!(at(&condition, &events, 2 * DAY), (true, Some(10 * DAY)));
    assert_eq!(
        at(&condition, &events, 10 * DAY - 1),
        (true, Some(10 * DAY))
    );
    assert_eq!(at(&condition, &events, 10 * DAY), (false, None));
}

#[test]
fn a_trait_is_what_was_last_stated() {
    let condition = json!({ "trait": { "property": "country", "is": "equal", "value": "CH" } });
    let stated = |secs, country: Value| event(secs, "identified", json!({ "country": country }));
    let swiss = stated(1, json!("CH"));
    let silent = event(2, "identified", json!({ "role": "cto" }));
    let events = [
        swiss,
        silent,
        stated(3, json!("DE")),
        stated(4, Value::Null),
    ];
    assert!(at(&condition, &events[..2], 9).0);
    assert!(!at(&condition, &events[..3], 9).0);
    let not_set = json!({ "trait": { "property": "country", "is": "not_set" } });
    assert!(at(&not_set, &events, 9).0);
    assert!(!at(&not_set, &events[..3], 9).0);
}

#[test]
fn a_subscription_has_the_state_of_its_latest_event() {
    let in_state = |status: &str| json!({ "subscription": { "status": [status], "plan": PLAN } });
    let of = |secs, name: &str| event(secs, name, json!({ "account": "a", "plan": PLAN }));
    let trial = event(
        1,
        "trial_started",
        json!({
            "account": "a", "plan": PLAN, "ends_at": Timestamp::from_secs(50),
        }),
    );
    let mut events = vec![of(1, "subscribed"), trial];
    assert_eq!(at(&in_state("trial"), &events, 2), (true, Some(50)));
    assert_eq!(at(&in_state("active"), &events, 50), (true, None));
    for (name, state) in [
        ("past_due", "past_due"),
        ("charged", "active"),
        ("lapsed", "lapsed"),
        ("cancelled", "cancelled"),
    ] {
        events.push(of(60 + i64::try_from(events.len()).expect("few"), name));
        assert_eq!(at(&in_state(state), &events, 99), (true, None), "{name}");
    }
    let elsewhere =
        json!({ "subscription": { "status": ["cancelled"], "plan": format!("2{}", &PLAN[1..]) } });
    assert!(!at(&elsewhere, &events, 99).0);
}

#[test]
fn what_is_cancelled_and_signed_again_within_a_second_is_active() {
    let in_state = |status: &str| json!({ "subscription": { "status": [status], "plan": PLAN } });
    let of = |seq: u64, secs, name: &str| {
        let properties = json!({ "account": "a", "plan": PLAN, "seq": seq });
        event(secs, name, properties)
    };
    let again = [
        of(1, 1, "subscribed"),
        of(2, 60, "cancelled"),
        of(3, 60, "subscribed"),
    ];
    assert_eq!(at(&in_state("active"), &again, 99), (true, None));
    let mut left = again.to_vec();
    left.push(of(4, 60, "cancelled"));
    assert_eq!(at(&in_state("cancelled"), &left, 99), (true, None));
    // A trial and its signature have one receipt.
    let mut tried = left;
    tried.push(of(5, 60, "subscribed"));
    let mut trial = of(5, 60, "trial_started");
    let ends_at = json!(Timestamp::from_secs(80));
    trial.properties.insert("ends_at".to_owned(), ends_at);
    tried.push(trial);
    assert_eq!(at(&in_state("trial"), &tried, 70), (true, Some(80)));
}

#[test]
fn the_absence_of_events_is_a_condition_too() {
    let never = definition(json!({ "not": { "event": { "when": { "event": "subscribed" } } } }));
    assert!(
        never.heeds(&event(1, "page_viewed", json!({}))),
        "everybody is looked at"
    );
    let of = Definition::Segment(never);
    let seen = [event(1, "page_viewed", json!({}))];
    let moved = of
        .advance(None, News::Added(&seen), Timestamp::from_secs(5))
        .expect("a state");
    assert_eq!(moved.and_then(|it| it.member), Some(true));
    let gone = of
        .advance(None, News::Gone, Timestamp::from_secs(5))
        .expect("a state");
    assert_eq!(
        gone, None,
        "a person who counts as another one is no member"
    );
}

/// A segment of scores of at least 20, where a demo gives 40 points that decay in ten days.
fn interested() -> SegmentDefinition {
    let mut scored = definition(json!({ "score": { "at_least": 20 } }));
    scored.model = serde_json::from_value(json!({ "version": 3, "rules": {
        "groups": [{ "name": "interest" }],
        "rules": [{ "id": "demo", "group": "interest", "when": { "event": "demo_requested" },
                    "points": 40, "count": { "up_to": 1 }, "decay_days": 10 }],
    } }))
    .expect("a model");
    scored
}

#[test]
fn a_fading_score_is_looked_at_again_in_the_minute_in_which_it_no_longer_reaches() {
    let scored = interested();
    let mut state = SegmentState::default();
    let begins = Timestamp::from_secs(DAY / 2);
    let demo = event(DAY / 2, "demo_requested", json!({}));
    state.apply(&scored, &demo, begins);
    scored.settle(&mut state, begins);
    // Half of it is left after five days, and less a minute later.
    let otherwise = begins.plus_secs(5 * DAY + 60);
    assert_eq!((state.is_member(), state.next()), (true, Some(otherwise)));
    scored.settle(&mut state, otherwise.plus_secs(-1));
    assert_eq!((state.is_member(), state.next()), (true, Some(otherwise)));
    scored.settle(&mut state, otherwise);
    assert_eq!((state.is_member(), state.next()), (false, None));
}

#[test]
fn a_score_in_a_segment_waits_for_an_event_that_is_ahead() {
    let scored = interested();
    let of = Definition::Segment(scored.clone());
    let now = Timestamp::from_secs(DAY);
    let demo = [event(DAY + 60, "demo_requested", json!({}))];
    let moved = of.advance(None, News::Added(&demo), now).expect("a state");
    let kept = moved.and_then(|it| it.kept).expect("a place");
    assert_eq!(
        (kept.place.order_key, kept.place.next),
        (0, Some(demo[0].at))
    );
    assert_eq!(of.is_behind(&kept.state, now), Ok(false));
    assert_eq!(of.is_behind(&kept.state, demo[0].at), Ok(true));
    let all = of.advance(Some(&kept.state), News::All(&demo), demo[0].at);
    let kept = all
        .expect("a state")
        .and_then(|it| it.kept)
        .expect("a place");
    assert_eq!(kept.place.order_key, 1);
}

fn some_event() -> impl Strategy<Value = Event> {
    let name = prop::sample::select(vec![
        "docs",
        "identified",
        "subscribed",
        "charged",
        "past_due",
        "cancelled",
        "segment_entered",
    ]);
    (0_i64..40, name, 0_u8..3).prop_map(|(day, name, which)| {
        let country = ["CH", "DE", "FR"].get(usize::from(which)).copied();
        let properties = json!({
            "page": which, "country": country,
            "account": format!("a{which}"), "plan": PLAN,
        });
        event(day * DAY, name, properties)
    })
}

fn some_condition() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (1_u32..4, prop::option::of(1_u32..20)).prop_map(|(least, days)| {
            let mut test = json!({ "when": { "event": "docs" }, "at_least": least });
            if let Some(days) = days {
                test["within_days"] = json!(days);
            }
            json!({ "event": test })
        }),
        (1_u32..4, 1_u32..20).prop_map(|(least, days)| {
            json!({ "active": { "at_least": least, "within_days": days } })
        }),
        Just(json!({ "trait": { "property": "country", "is": "equal", "value": "CH" } })),
        prop::sample::select(vec!["active", "past_due", "cancelled"])
            .prop_map(|status| json!({ "subscription": { "status": [status] } })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({ "all": parts })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({ "any": parts })),
            inner.prop_map(|part| json!({ "not": part })),
        ]
    })
}

#[test]
fn what_is_done_to_a_person_does_not_make_them_active() {
    let active = json!({ "active": { "within_days": 30 } });
    let acts = [event(0, "page_viewed", json!({}))];
    assert_eq!(at(&active, &acts, DAY), (true, Some(30 * DAY)));
    let idle = json!({ "not": active });
    let done_to = [
        event(0, "page_viewed", json!({})),
        event(20 * DAY, "email_delivered", json!({})),
        event(20 * DAY, "email_opened", json!({ "machine": true })),
        event(21 * DAY, "email_opened", json!({ "agent": "unknown" })),
        event(22 * DAY, "charged", json!({ "account": "a" })),
        event(23 * DAY, "segment_entered", json!({ "segment": "x" })),
        event(24 * DAY, "identified", json!({ "country": "CH" })),
    ];
    assert_eq!(at(&idle, &done_to, 31 * DAY), (true, None));
    let opened = [event(20 * DAY, "email_opened", json!({}))];
    assert_eq!(at(&idle, &opened, 31 * DAY), (false, Some(50 * DAY)));
}

#[test]
fn what_a_machine_opened_counts_only_where_machines_are_mentioned() {
    let by_machine = [event(0, "email_opened", json!({ "machine": true }))];
    let opened = json!({ "event": { "when": { "event": "email_opened" } } });
    assert_eq!(at(&opened, &by_machine, DAY), (false, None));
    let asked = json!({ "event": { "when": { "event": "email_opened", "where": [
        { "property": "machine", "is": "equal", "value": true }
    ] } } });
    assert_eq!(at(&asked, &by_machine, DAY), (true, None));
}

/// The place that keeping a person event by event ends with, looking again whenever it says so.
fn live(of: &Definition, events: &[Event], until: Timestamp) -> Option<Kept> {
    let mut kept: Option<Kept> = None;
    let mut members = 0_i64;
    let mut step = |kept: &mut Option<Kept>, news: News<'_>, now: Timestamp| {
        let state = kept.as_ref().map(|it| it.state.as_slice());
        if let Some(moved) = of.advance(state, news, now).expect("a state") {
            members += moved.sums.values().sum::<i64>();
            let is_member = moved
                .kept
                .as_ref()
                .is_some_and(|it| it.place.order_key == 1);
            assert_eq!(
                members,
                i64::from(is_member),
                "the sum is not the number of members"
            );
            *kept = moved.kept;
        }
    };
    for (number, event) in events.iter().enumerate() {
        let now = Timestamp::from_secs(i64::try_from(number).expect("few") * DAY);
        step(&mut kept, News::Later, now);
        step(&mut kept, News::Added(std::slice::from_ref(event)), now);
    }
    step(&mut kept, News::Later, until);
    kept
}

proptest! {
    #[test]
    fn live_equals_rebuilt_in_any_order(
        condition in some_condition(),
        mut events in prop::collection::vec(some_event(), 1..12),
        later_days in 0_i64..60,
    ) {

        events.sort_by_key(|it| it.id);
        events.dedup_by_key(|it| it.id);
        let of = Definition::Segment(definition(condition));
        let until = Timestamp::from_secs((20 + later_days) * DAY);
        let mut reversed = events.clone();
        reversed.reverse();
        for order in [&events, &reversed] {
            let kept = live(&of, order, until);
            let heeded: Vec<Event> = events.iter().filter(|it| of.heeds(it)).cloned().collect();
            let at = kept.as_ref().map_or(until, |it| it.place.at);
            let rebuilt = of.advance(None, News::All(&heeded), at).expect("a state");
            prop_assert_eq!(&kept, &rebuilt.and_then(|it| it.kept));
            // What was not looked at again since has not changed since.
            let now = of.advance(None, News::All(&events), until).expect("a state");
            let member = |kept: Option<Kept>| kept.is_some_and(|it| it.place.order_key == 1);
            prop_assert_eq!(member(kept), member(now.and_then(|it| it.kept)));
        }
    }
}
