//! Arms: those that nobody can see hinder nothing, and those with few people prove nothing.

use super::phase::{Phase, codes, person, primary, share, would};
use crate::experiments::chance::Chance;
use serde_json::{Value, json};
use tessera_domain::experiments::{
    decision::Action, design::Design, inference::adjustment::Adjustment, moments::Moments,
    results::Results,
};

const CLOSED: [u16; 3] = [5_000, 5_000, 0];

#[test]
fn an_arm_that_is_closed_stops_no_stop() {
    let mut phase = Phase::of(&CLOSED, primary(1), json!([share()]), &json!({}));
    phase.rates(0, 0, 5_000, &[1_000]);
    phase.rates(0, 1, 5_000, &[750]);
    let shown = phase.after(8);
    assert_eq!(shown.decision.action, Action::Stop, "{:?}", shown.decision);
    assert_eq!(codes(&shown.decision), ["worse"]);
    let chances = shown.metrics[0]
        .chances_to_be_best
        .as_ref()
        .expect("chances");
    assert_eq!((chances.len(), chances[2]), (3, 0.0));
}

#[test]
fn who_claims_to_have_seen_a_closed_arm_changes_no_conclusion() {
    let mut phase = Phase::of(&CLOSED, primary(1), json!([share()]), &json!({}));
    phase.rates(0, 0, 5_000, &[1_000]);
    phase.rates(0, 1, 5_000, &[750]);
    let before = phase.after(8);
    phase.rates(0, 2, 1, &[0]);
    let after = phase.after(8);
    assert_eq!(after.decision, before.decision);
    let chances = |it: &Results| it.metrics[0].chances_to_be_best.clone();
    assert_eq!(chances(&after), chances(&before));
    assert_eq!(after.metrics[0].arms[0], before.metrics[0].arms[0]);
}

#[test]
fn the_better_of_two_is_the_one_that_is_above_under_the_same_prior() {
    let sequential = json!({ "statistics": { "fewest_people": 20 } });
    let prior = json!({ "statistics": { "method": { "bayesian": { "prior": { "deviation_bps": 100 } } },
                                        "correction": "none", "fewest_people": 20 } });
    for (rules, base, arm) in [(&sequential, 1, 4), (&sequential, 0, 2), (&prior, 120, 150)] {
        let mut phase = Phase::of(&[5_000; 2], primary(1), json!([share()]), rules);
        phase.rates(0, 0, 600, &[base]);
        phase.rates(0, 1, 600, &[arm]);
        let metric = &phase.after(8).metrics[0];
        let above = metric.arms[0].bayesian.chance_above.expect("a chance");
        let chances = metric.chances_to_be_best.as_ref().expect("chances");
        assert_eq!(chances, &[1.0 - above, above]);
    }
    // Of more, a prior of effects says nothing of which is the best.
    let mut phase = Phase::of(&[4_000, 3_000, 3_000], primary(1), json!([share()]), &prior);
    for arm in 0..3 {
        phase.rates(0, arm, 600, &[120]);
    }
    assert_eq!(phase.after(8).metrics[0].chances_to_be_best, None);
}

#[test]
fn an_arm_that_is_closed_takes_no_hope_away() {
    let rules = json!({ "decision": { "worthwhile_bps": 1_000 } });
    let mut phase = Phase::of(&CLOSED, primary(1), json!([share()]), &rules);
    phase.rates(0, 0, 100_000, &[20_000]);
    phase.rates(0, 1, 100_000, &[20_000]);
    let decision = phase.after(30).decision;
    assert_eq!(
        (decision.action, codes(&decision)),
        (Action::Stop, vec!["worthwhile"])
    );
}

#[test]
fn an_arm_that_is_closed_leaves_the_covariate_to_others() {
    let value = json!({ "event": { "event": "x" }, "property": "size" });
    let mean = json!({ "measure": { "mean": { "value": value } }, "covariate_days": 7 });
    let mut phase = Phase::of(&CLOSED, primary(1), json!([mean]), &json!({}));
    let mut chance = Chance(12);
    for arm in 0..2 {
        let mut all = Moments::default();
        for _ in 0..500 {
            let own = 50.0 + 10.0 * chance.normal();
            let values = [own + chance.normal(), 0.0, own, 0.0];
            all.add(&person(values), 1);
        }
        phase.come(0, arm, 500);
        phase.measure(0, arm, 0, all);
    }
    let shown = phase.after(8);
    let adjustment = shown.metrics[0].arms[0].sequential.adjustment;
    assert!(
        matches!(adjustment, Adjustment::Cuped { .. }),
        "{adjustment:?}"
    );
}

#[test]
fn few_people_prove_nothing_by_any_method() {
    for (method, planned) in [
        (json!({ "bayesian": {} }), 0),
        (json!({ "fixed": { "planned_people": 100 } }), 50),
    ] {
        let rules = json!({ "statistics": { "method": method, "correction": "none" } });
        let mut phase = Phase::of(&[5_000, 5_000], primary(1), json!([share()]), &rules);
        let people = planned.max(40);
        phase.rates(0, 0, people, &[2]);
        phase.rates(0, 1, people, &[people - 2]);
        let shown = phase.after(8);
        assert_ne!(shown.decision.action, Action::Ship, "{:?}", shown.decision);
        let arm = &shown.metrics[0].arms[0];
        assert_eq!((arm.is_better, arm.bayesian.chance_above), (None, None));
        assert_eq!(shown.metrics[0].chances_to_be_best, None);
        let reason = serde_json::to_value(arm.bayesian.reason).expect("JSON");
        assert_eq!(reason, json!("below_floor"));
    }
}

#[test]
fn a_base_without_weight_is_refused() {
    let design: Value = json!({
        "name": "Test", "metrics": primary(1),
        "allocation": { "hash_attribute": "wallet", "arms": [
            { "key": "a0", "value": 0, "weight_bps": 0 },
            { "key": "a1", "value": 1, "weight_bps": 5000 },
            { "key": "a2", "value": 2, "weight_bps": 5000 },
        ] },
    });
    let design: Design = serde_json::from_value(design).expect("a design");
    let refusal = design.validate().expect_err("refused").to_string();
    assert_eq!(
        refusal,
        "allocation.arms[0].weight_bps: must be above 0, as the first arm is the base"
    );
}

#[test]
fn arms_are_ranked_in_the_same_metric() {
    let mut phase = Phase::of(
        &[3_334, 3_333, 3_333],
        primary(2),
        json!([share(), share()]),
        &json!({}),
    );
    // The first arm is better by 60 % in the first metric, the second by 50 % there and tenfold in another.
    phase.rates(0, 0, 5_000, &[500, 50]);
    phase.rates(0, 1, 5_000, &[800, 50]);
    phase.rates(0, 2, 5_000, &[510, 500]);
    let decision = phase.after(8).decision;
    assert_eq!(
        (decision.action, decision.arm.as_deref()),
        (Action::Ship, Some("a1"))
    );
    // An effect without a base is not compared with a part of another's.
    let mut phase = Phase::of(
        &[3_334, 3_333, 3_333],
        primary(2),
        json!([share(), share()]),
        &json!({}),
    );
    phase.rates(0, 0, 5_000, &[500, 0]);
    phase.rates(0, 1, 5_000, &[800, 0]);
    phase.rates(0, 2, 5_000, &[510, 4_900]);
    let decision = phase.after(8).decision;
    assert_eq!(decision.arm.as_deref(), Some("a1"));
}

#[test]
fn what_is_broken_says_what_would_mend_it() {
    let mut phase = Phase::of(&[5_000, 5_000], primary(1), json!([share()]), &json!({}));
    phase.rates(0, 0, 5_000, &[500]);
    phase.rates(0, 1, 4_000, &[400]);
    let decision = phase.after(8).decision;
    assert_eq!(decision.action, Action::Broken);
    assert_eq!(would(&decision), ["sample_ratio_mismatch"]);
    assert_eq!(decision.would_change[0].bound, Some(0.001));
}
