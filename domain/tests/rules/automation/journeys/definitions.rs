//! Which journeys are refused.

use super::{journey, nurturing};
use serde_json::{Value, json};
use tessera_domain::automation::journey::{Journey, MAX_NODES};

/// The field that is refused of the nurturing journey with `change` in it.
fn refused(change: impl FnOnce(&mut Value)) -> String {
    let mut definition = nurturing();
    change(&mut definition);
    let read: Journey = serde_json::from_value(definition).expect("a journey");
    read.validate().expect_err("refused").field
}

#[test]
fn a_way_that_leads_nowhere_is_refused() {
    let to = |field: &'static str, at: &'static str| {
        move |it: &mut Value| *it.pointer_mut(at).expect("a field") = json!(field)
    };
    assert_eq!(refused(to("nowhere", "/start")), "start");
    assert_eq!(
        refused(to("nowhere", "/nodes/greet/announce/next")),
        "nodes.greet.announce.next"
    );
    assert_eq!(
        refused(to("nowhere", "/nodes/wait/wait_for/otherwise")),
        "nodes.wait.wait_for.otherwise"
    );
}

#[test]
fn a_circle_is_refused() {
    assert_eq!(
        refused(|it| it["nodes"]["offer"]["announce"]["next"] = json!("wait")),
        "nodes"
    );
    assert_eq!(
        refused(|it| it["nodes"]["remind"]["announce"]["next"] = json!("remind")),
        "nodes"
    );
    assert_eq!(
        refused(|it| it["nodes"]["offer"]["announce"]["next"] = json!("greet")),
        "nodes"
    );
}

#[test]
fn a_node_that_nobody_comes_by_is_refused() {
    assert_eq!(
        refused(|it| it["nodes"]["lonely"] = json!({ "exit": {} })),
        "nodes.lonely"
    );
}

#[test]
fn numbers_and_names_have_bounds() {
    let node = |node: Value| move |it: &mut Value| it["nodes"]["remind"] = node;
    for (field, wrong) in [
        (
            "nodes.remind.delay.until.secs",
            json!({ "delay": { "until": { "secs": 0 }, "next": "end" } }),
        ),
        (
            "nodes.remind.delay.until.working_days.count",
            json!({ "delay": { "until": { "working_days": { "count": 261 } }, "next": "end" } }),
        ),
        (
            "nodes.remind.wait_for.timeout_secs",
            json!({ "wait_for": { "event": { "event": "x" }, "timeout_secs": 40_000_000,
                                   "then": "end", "otherwise": "end" } }),
        ),
        (
            "nodes.remind.wait_for.event.event",
            json!({ "wait_for": { "event": { "event": "" }, "timeout_secs": 1,
                                   "then": "end", "otherwise": "end" } }),
        ),
        (
            "nodes.remind.branch.cases",
            json!({ "branch": { "cases": [], "otherwise": "end" } }),
        ),
        (
            "nodes.remind.branch.cases[0].when.all",
            json!({ "branch": { "cases": [{ "when": { "all": [] }, "next": "end" }], "otherwise": "end" } }),
        ),
        (
            "nodes.remind.split.parts",
            json!({ "split": { "parts": [{ "weight_bps": 5_000, "next": "end" },
                                          { "weight_bps": 4_999, "next": "end" }] } }),
        ),
        (
            "nodes.remind.experiment.arms",
            json!({ "experiment": { "experiment": "x", "arms": {}, "otherwise": "end" } }),
        ),
        (
            "nodes.remind.announce.name",
            json!({ "announce": { "name": "", "next": "end" } }),
        ),
        (
            "nodes.remind.update.traits.email",
            json!({ "update": { "traits": { "email": "a@example.com" }, "next": "end" } }),
        ),
        (
            "nodes.remind.update.traits",
            json!({ "update": { "traits": {}, "next": "end" } }),
        ),
    ] {
        assert_eq!(refused(node(wrong)), field);
    }
    assert_eq!(
        refused(|it| it["entry"] = json!({ "score": 0 })),
        "entry.score"
    );
    assert_eq!(
        refused(|it| it["entry"] = json!({ "segment": "" })),
        "entry.segment"
    );
    assert_eq!(
        refused(
            |it| it["entry"] = json!({ "schedule": { "segment": "s", "on": { "monthly": 32 },
                                                          "at": "09:00", "zone": "UTC" } })
        ),
        "entry.schedule.on.monthly"
    );
    assert_eq!(
        refused(|it| {
            it["holdout"] = json!({ "holdout_bps": 1 });
            it["entry"] = json!({ "subscription": { "renewal_within_days": 0 } });
        }),
        "entry.subscription.renewal_within_days"
    );
    let nodes = |it: &mut Value| {
        for number in 0..MAX_NODES {
            it["nodes"][format!("n{number}")] = json!({ "exit": {} });
        }
    };
    assert_eq!(refused(nodes), "nodes");
    assert_eq!(
        refused(|it| it["nodes"]["No Name"] = json!({ "exit": {} })),
        "nodes"
    );
}

#[test]
fn what_journeys_cause_begins_a_run_once_for_a_person() {
    let entered_by = |entry: Value, key: Value| {
        refused(|it| {
            it["entry"] = entry;
            it["key"] = key;
        })
    };
    let by = |event: &str| json!({ "event": { "event": event } });
    let account = json!({ "property": "account" });
    assert_eq!(entered_by(json!({ "segment": "s" }), account), "key");
    for event in [
        "journey_reached",
        "identified",
        "segment_entered",
        "segment_exited",
    ] {
        assert_eq!(entered_by(by(event), json!("event")), "key", "{event}");
    }
}

#[test]
fn what_is_not_known_is_no_journey() {
    for change in [
        json!({ "entry": { "event": { "event": "x" } }, "start": "end", "nodes": { "end": { "leave": {} } } }),
        json!({ "entry": { "event": { "event": "x" } }, "start": "end", "nodes": { "end": { "exit": { "x": 1 } } } }),
        json!({ "entry": { "event": { "event": "x" } }, "start": "end", "nodes": {}, "more": 1 }),
    ] {
        assert!(
            serde_json::from_value::<Journey>(change.clone()).is_err(),
            "{change}"
        );
    }
}

#[test]
fn a_journey_is_stored_as_it_is_written() {
    let written = serde_json::to_value(journey(nurturing())).expect("JSON");
    let again: Journey = serde_json::from_value(written.clone()).expect("a journey");
    assert_eq!(again, journey(nurturing()));
    assert_eq!(written["nodes"]["end"], json!({ "exit": {} }));
}
