//! Order of arrival, parts, repetition and the past: the score is a function of the set of events.

use super::*;

const NAMES: [&str; 3] = ["read", "asked", "identified"];

fn conditions() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!([])),
        Just(json!([{ "property": "kind", "is": "equal", "value": 1 }])),
        Just(json!([{ "property": "machine", "is": "not_set" }])),
        Just(json!([
            { "property": "kind", "is": "in", "value": [0, 2] },
            { "property": "machine", "is": "not_set" },
        ])),
        Just(json!([
            { "property": "kind", "is": "equal", "value": 1 },
            { "property": "machine", "is": "not", "value": true },
        ])),
    ]
}

prop_compose! {
    pub(super) fn rules()(
        rules in prop::collection::vec(
            (
                (select(&["a", "b", "c"][..]), select(&NAMES[..]), conditions()),
                (-20..=20_i32, prop::option::of(1..4_u32), prop::option::of(1..5_u32)),
            ),
            1..8,
        ),
        cap in prop::option::of(0..40_i32),
    ) -> ScoringModel {
        let rules: Vec<Value> = rules
            .into_iter()
            .enumerate()
            .map(|(id, ((group, name, conditions), (points, up_to, decay_days)))| json!({
                "id": format!("rule {id}"),
                "group": group,
                "when": { "event": name, "where": conditions },
                "points": points,
                "count": up_to.map_or(json!("latest"), |most| json!({ "up_to": most })),
                "decay_days": decay_days,
            }))
            .collect();
        let groups = json!([{ "name": "a", "cap": cap }, { "name": "b" }, { "name": "c" }]);
        let model = json!({ "groups": groups, "rules": rules });
        serde_json::from_value(model).expect("a model")
    }
}

/// Few moments and values, so that times tie and attributes change.
pub(super) fn events() -> impl Strategy<Value = Vec<Event>> {
    let properties = prop_oneof![
        Just(json!({})),
        (0..3).prop_map(|kind| json!({ "kind": kind })),
        (0..3).prop_map(|kind| json!({ "kind": kind, "machine": true })),
        (0..3).prop_map(|kind| json!({ "kind": kind, "machine": false })),
        Just(json!({ "kind": null, "machine": null })),
    ];
    let moment = (0..20_i64).prop_map(|half_days| half_days * MICROS_PER_DAY / 2);
    let parts = (select(&NAMES[..]), moment, properties);
    prop::collection::vec(parts, 0..25).prop_map(|parts| {
        (1..)
            .zip(parts)
            .map(|(id, (name, at, properties))| event(id, name, at, &properties))
            .collect()
    })
}

/// The definition read aloud, with no state: every rule sorts all events for itself.
fn by_definition(model: &ScoringModel, events: &[Event], at: Timestamp) -> i64 {
    let mut past: Vec<&Event> = events.iter().filter(|event| event.at <= at).collect();
    past.sort_by_key(|event| std::cmp::Reverse((event.at, event.id)));
    let minute = at.0 - at.0.rem_euclid(MICROS_PER_MINUTE);
    let worth = |rule: &tessera_domain::leads::scoring::Rule, event: &Event| {
        let full = i64::from(rule.points) * 1_000;
        rule.decay_days.map_or(full, |days| {
            let span = i64::from(days) * MICROS_PER_DAY;
            let age = (minute - event.at.0).max(0);
            full * (span - age).max(0) / span
        })
    };
    let of_rule = |rule: &tessera_domain::leads::scoring::Rule| -> i64 {
        let matching = past.iter().filter(|event| rule.when.matches(event));
        match rule.count {
            Count::UpTo(most) => matching
                .take(most as usize)
                .map(|event| worth(rule, event))
                .sum(),
            Count::Latest => {
                let asked = rule.when.conditions.iter().map(|it| it.property.as_str());
                let (machine, asked): (Vec<&str>, Vec<&str>) =
                    asked.partition(|name| *name == "machine");
                // What a machine did concerns only a rule that mentions machines.
                let concerns = |event: &&&Event| {
                    !machine.is_empty() || event.properties.get("machine") != Some(&json!(true))
                };
                past.iter()
                    .filter(|event| event.name == rule.when.event)
                    .filter(concerns)
                    .find(|event| {
                        asked
                            .iter()
                            .all(|name| event.properties.contains_key(*name))
                    })
                    .filter(|event| rule.when.matches(event))
                    .map_or(0, |event| worth(rule, event))
            }
        }
    };
    let of_group = |group: &tessera_domain::leads::scoring::Group| {
        let rules = model.rules.iter().filter(|rule| rule.group == group.name);
        let sum: i64 = rules.map(of_rule).sum();
        group.cap.map_or(sum, |cap| sum.min(i64::from(cap) * 1_000))
    };
    model.groups.iter().map(of_group).sum::<i64>().max(0)
}

fn adds_up(explanation: &Explanation) -> bool {
    let groups = &explanation.score.groups;
    let sum = |group: &str| {
        let of_group = explanation.contributions.iter();
        let of_group = of_group.filter(|it| it.group == group);
        of_group.map(|it| it.counted.0).sum::<i64>()
    };
    let capped = |group: &tessera_domain::leads::scoring::GroupScore| {
        let sum = sum(&group.group);
        group.cap.map_or(sum, |cap| sum.min(i64::from(cap) * 1_000))
    };
    groups.iter().all(|group| group.sum.0 == sum(&group.group))
        && groups.iter().all(|group| group.points.0 == capped(group))
        && explanation.score.total.0 == groups.iter().map(capped).sum::<i64>().max(0)
}

proptest! {
    #[test]
    fn any_order_any_parts_and_repetition_give_the_same_state_and_score(
        model in rules(),
        (events, shuffled) in events().prop_flat_map(|events| {
            (Just(events.clone()), Just(events).prop_shuffle())
        }),
        cuts in prop::collection::vec(0..26_usize, 0..4),
        later in 0..4 * MICROS_PER_DAY,
    ) {
        prop_assert_eq!(model.validate(), Ok(()));
        let rebuilt = ScoreState::rebuild(&model, &events);

        let mut incremental = ScoreState::default();
        for event in shuffled.iter().chain(&events) {
            incremental.apply(&model, event);
        }
        prop_assert_eq!(&incremental, &rebuilt);

        // Parts overlap: merging is idempotent too.
        let mut merged = ScoreState::default();
        for cut in cuts.into_iter().map(|cut| cut.min(shuffled.len())) {
            merged.merge(&model, &ScoreState::rebuild(&model, &shuffled[cut..]));
        }
        let mut whole = ScoreState::rebuild(&model, &shuffled);
        whole.merge(&model, &merged);
        prop_assert_eq!(&whole, &rebuilt);
        let half = shuffled.len() / 2;
        let mut left = ScoreState::rebuild(&model, &shuffled[..half]);
        let mut right = ScoreState::rebuild(&model, &shuffled[half..]);
        let copy = left.clone();
        left.merge(&model, &right);
        right.merge(&model, &copy);
        prop_assert_eq!(&left, &rebuilt);
        prop_assert_eq!(&right, &rebuilt);

        let stored = serde_json::to_string(&rebuilt).expect("data");
        prop_assert_eq!(&serde_json::from_str::<ScoreState>(&stored).expect("data"), &rebuilt);

        let last = events.iter().map(|event| event.at.0).max().unwrap_or_default();
        let at = Timestamp(last + later);
        let by_state = score(&model, &rebuilt, at);
        prop_assert_eq!(&by_state, &score_as_of(&model, &events, at));
        prop_assert_eq!(by_state.total.0, by_definition(&model, &events, at));
    }

    #[test]
    fn a_past_score_is_that_of_the_events_until_then_and_the_sum_of_its_explanation(
        model in rules(),
        events in events(),
        at in (0..12 * MICROS_PER_DAY).prop_map(Timestamp),
    ) {
        let then: Score = score_as_of(&model, &events, at);
        prop_assert_eq!(then.at, at);
        prop_assert_eq!(then.total.0, by_definition(&model, &events, at));
        let explanation = explain(&model, &events, at);
        prop_assert_eq!(&explanation.score, &then);
        prop_assert!(adds_up(&explanation));
        prop_assert!(explanation.contributions.iter().all(|it| it.event_at <= at));
    }
}

#[test]
fn a_state_is_asked_for_the_past_in_vain() {
    let model = seed_model();
    let events = [event(1, "demo_requested", 5, &json!({}))];
    let state = ScoreState::rebuild(&model, &events);
    assert_eq!(score(&model, &state, Timestamp(1)).at, Timestamp(5));
    let then = score_as_of(&model, &events, Timestamp(1));
    assert_eq!(then.total, Millipoints(0));
}

#[test]
fn an_event_that_bears_on_no_rule_or_was_seen_changes_nothing() {
    let model = seed_model();
    let mut state = ScoreState::default();
    let demo = event(1, "demo_requested", 5, &json!({}));
    assert!(!state.apply(&model, &event(2, "page_viewed", 6, &json!({}))));
    assert!(state.apply(&model, &demo));
    assert!(!state.apply(&model, &demo));
    assert!(!state.apply(&model, &event(3, "demo_requested", 4, &json!({}))));
}

#[test]
fn a_flood_of_events_does_not_grow_the_state() {
    let model = seed_model();
    let mut state = ScoreState::default();
    for number in 0..10_000_u32 {
        let at = i64::from(number);
        state.apply(
            &model,
            &event(number.into(), "pricing_page_visited", at, &json!({})),
        );
    }
    let json = serde_json::to_value(&state).expect("data");
    let kept = json.pointer("/rules/pricing_page_visited");
    assert_eq!(kept.and_then(Value::as_array).map(Vec::len), Some(1));
}

#[test]
fn a_state_gives_nothing_for_rules_that_the_model_does_not_have() {
    let model = seed_model();
    let state = ScoreState::rebuild(&model, &[event(1, "demo_requested", 5, &json!({}))]);
    let mut other = model.clone();
    other.rules.retain(|rule| rule.id != "demo_requested");
    assert_eq!(score(&other, &state, Timestamp(5)).total, Millipoints(0));
}

#[test]
fn the_most_negative_model_does_not_overflow() {
    let model = json!({
        "groups": [{ "name": "a" }],
        "rules": [{
            "id": "spam", "group": "a", "when": { "event": "spammed" },
            "points": -1_000, "count": { "up_to": 1_000 },
        }],
    });
    let model: ScoringModel = serde_json::from_value(model).expect("a model");
    assert_eq!(model.validate(), Ok(()));
    let events: Vec<Event> = (0..2_000)
        .map(|id| event(id, "spammed", 0, &json!({})))
        .collect();
    let score = score_as_of(&model, &events, Timestamp(0));
    assert_eq!(score.groups[0].sum, Millipoints(-1_000_000_000));
    assert_eq!(score.total, Millipoints(0));
}
