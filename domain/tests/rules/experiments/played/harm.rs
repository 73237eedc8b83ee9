//! What harms customers, and what breaks experiments.

use super::play::{Play, design};
use crate::experiments::chance::Chance;
use serde_json::{Value, json};
use tessera_domain::experiments::{decision::Action, results::State};

#[test]
fn a_closed_arm_that_many_people_saw_breaks_the_experiment() {
    let design = design(&[5_000, 5_000, 0], &["primary"], &json!({}));
    let mut play = Play::of(&design);
    let mut chance = Chance(5);
    for person in 0..2_000 {
        let arm = person % 2;
        // The arm is better by far.
        play.come(arm, [10.0 * (arm as f64) + chance.normal()]);
    }
    let fine = play.results();
    assert_eq!(fine.health.state, State::Fine);
    assert_eq!(fine.decision.action, Action::Ship);
    play.come(2, [1.0]);
    let doubtful = play.results();
    assert_eq!(doubtful.health.state, State::Warning);
    assert_eq!(doubtful.decision.action, Action::Ship);
    for _ in 0..60 {
        play.come(2, [1.0]);
    }
    let broken = play.results();
    assert_eq!(broken.decision.action, Action::Broken);
    assert_eq!(broken.decision.arm, None);
    assert_eq!(broken.decision.reasons[0].code, "closed_arm");
}

#[test]
fn arms_that_lose_people_break_the_experiment() {
    let design = design(&[5_000, 5_000], &["primary"], &json!({}));
    let mut chance = Chance(6);
    let mut play = Play::of(&design);
    for _ in 0..4_000 {
        let arm = chance.pick(&[0.55, 0.45]);
        play.come(arm, [10.0 * (arm as f64) + chance.normal()]);
    }
    let broken = play.results();
    assert_eq!(broken.decision.action, Action::Broken);
    assert_eq!(broken.decision.reasons[0].code, "sample_ratio_mismatch");
}

/// An arm that is better in the primary metric, and worse in the guardrail by some part of the base.
fn guarded(rules: &Value, harm: f64, seed: u64) -> tessera_domain::experiments::decision::Decision {
    let design = design(&[5_000, 5_000], &["primary", "guardrail"], rules);
    let mut chance = Chance(seed);
    let mut play = Play::of(&design);
    for person in 0..6_000 {
        let arm = person % 2;
        let guarded = 10.0 * (1.0 - harm * (arm as f64)) + 3.0 * chance.normal();
        play.come(arm, [arm as f64 + chance.normal(), guarded]);
    }
    play.results().decision
}

#[test]
fn a_guardrail_that_is_harmed_by_5_percent_stops_what_is_better() {
    for seed in 0..20 {
        let unharmed = guarded(&json!({}), 0.0, seed);
        assert_eq!(unharmed.action, Action::Ship, "{unharmed:?}");
        let harmed = guarded(&json!({}), 0.05, seed);
        assert_eq!(harmed.action, Action::Stop, "{harmed:?}");
        let reason = &harmed.reasons[0];
        let metric = reason.metric.as_deref();
        assert_eq!((reason.code, metric), ("guardrail", Some("m1")));
    }
}

#[test]
fn a_guardrail_may_be_harmed_within_its_margin() {
    let allowed = json!({ "metrics": [
        { "metric": "m0", "role": "primary" },
        { "metric": "m1", "role": "guardrail", "most_harm_bps": 1_000 },
    ] });
    for seed in 0..20 {
        assert_eq!(guarded(&allowed, 0.05, seed).action, Action::Ship);
        assert_eq!(guarded(&allowed, 0.2, seed).action, Action::Stop);
    }
}
