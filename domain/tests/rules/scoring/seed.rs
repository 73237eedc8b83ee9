//! Version 1 of the model: the table that was asked for, to the number.

use super::*;

#[test]
fn the_model_is_valid_and_survives_json() {
    let model = seed_model();
    assert_eq!(model.validate(), Ok(()));
    let json = serde_json::to_string(&model).expect("data");
    let read: ScoringModel = serde_json::from_str(&json).expect("as it was written");
    assert_eq!(read, model);
}

#[test]
fn every_weight_is_the_seed_s() {
    let none = json!({});
    for (name, properties, points) in [
        ("identified", json!({ "segment": "institution" }), 50.0),
        ("identified", json!({ "segment": "mining_farm" }), 45.0),
        ("identified", json!({ "segment": "trader" }), 35.0),
        ("identified", json!({ "segment": "individual" }), 20.0),
        ("api_documentation_viewed", none.clone(), 15.0),
        ("pricing_page_visited", none.clone(), 25.0),
        ("demo_requested", none.clone(), 40.0),
        ("whitepaper_downloaded", none.clone(), 20.0),
        ("github_repo_visited", none.clone(), 10.0),
        ("email_opened", none.clone(), 5.0),
        ("email_clicked", none.clone(), 10.0),
        ("webinar_attended", none.clone(), 30.0),
        ("content_shared", none.clone(), 15.0),
        (
            "intent_declared",
            json!({ "intent": "large_mining_operation" }),
            45.0,
        ),
        (
            "intent_declared",
            json!({ "intent": "institutional_trading" }),
            40.0,
        ),
        (
            "intent_declared",
            json!({ "intent": "dex_integration" }),
            35.0,
        ),
        ("intent_declared", json!({ "intent": "api_access" }), 30.0),
    ] {
        assert_eq!(
            seed_total(&[event(1, name, 0, &properties)]),
            points,
            "{name}"
        );
    }
}

#[test]
fn an_unknown_segment_or_event_gives_nothing() {
    let segment = event(1, "identified", 0, &json!({ "segment": "whale" }));
    assert_eq!(seed_total(&[segment]), 0.0);
    assert_eq!(
        seed_total(&[event(1, "demooRequested", 0, &json!({}))]),
        0.0
    );
}

#[test]
fn what_a_machine_opens_or_clicks_gives_nothing() {
    for (name, points) in [("email_opened", 5.0), ("email_clicked", 10.0)] {
        let by_a_machine = event(1, name, 0, &json!({ "machine": true }));
        assert_eq!(seed_total(&[by_a_machine]), 0.0);
        for by_a_person in [
            json!({}),
            json!({ "machine": null }),
            json!({ "machine": false }),
        ] {
            assert_eq!(
                seed_total(&[event(1, name, 0, &by_a_person)]),
                points,
                "{by_a_person}"
            );
        }
    }
}

#[test]
fn repeated_demos_count_once() {
    let demos: Vec<Event> = (0..50)
        .map(|number| event(number, "demo_requested", 0, &json!({})))
        .collect();
    assert_eq!(seed_total(&demos), 40.0);
}

#[test]
fn a_changed_segment_replaces_the_old_one() {
    let mut events = vec![
        event(1, "identified", 1, &json!({ "segment": "individual" })),
        event(2, "identified", 2, &json!({ "segment": "institution" })),
    ];
    assert_eq!(seed_total(&events), 50.0);
    let before = score_as_of(&seed_model(), &events, Timestamp(1));
    assert_eq!(before.total, Millipoints(20_000));
    // Another attribute leaves the segment as it was, null takes it away.
    events.push(event(3, "identified", 3, &json!({ "company": "Cassius" })));
    assert_eq!(seed_total(&events), 50.0);
    events.push(event(4, "identified", 4, &json!({ "segment": null })));
    assert_eq!(seed_total(&events), 0.0);
}

#[test]
fn negative_signals_take_points_away_but_never_below_zero() {
    let subscribed = event(1, "subscribed", 1, &json!({}));
    let cancelled = event(2, "cancelled", 2, &json!({}));
    assert_eq!(seed_total(&[subscribed, cancelled.clone()]), 10.0);
    let score = score_as_of(&seed_model(), [&cancelled], Timestamp(2));
    assert_eq!(score.total, Millipoints(0));
    let on_chain = score.groups.iter().find(|it| it.group == "on_chain");
    assert_eq!(on_chain.map(|it| it.points), Some(Millipoints(-30_000)));
}
