//! Guardrails: what is proved to be worse than is allowed is not shipped, nor what is not known.

use super::phase::{Phase, codes, harm, late, rate, share, would};
use serde_json::{Value, json};
use tessera_domain::experiments::{
    decision::{Action, Decision},
    design::Design,
    metric::Metric,
};

/// An arm that sells more, and has a guardrail with such a margin.
fn guarded(measured: Value, margin: u16, others: &Value) -> Phase {
    let roles = json!([
        { "metric": "m0", "role": "primary" },
        { "metric": "m1", "role": "guardrail", "most_harm_bps": margin },
    ]);
    Phase::of(&[5_000, 5_000], roles, json!([share(), measured]), others)
}

fn refunds(margin: u16, refunds: [i64; 2], others: &Value) -> Decision {
    let mut phase = guarded(harm(), margin, others);
    phase.rates(0, 0, 5_000, &[500, refunds[0]]);
    phase.rates(0, 1, 5_000, &[750, refunds[1]]);
    phase.after(8).decision
}

const BAYESIAN: &str =
    r#"{ "statistics": { "method": { "bayesian": {} }, "correction": "none" } }"#;
const FIXED: &str = r#"{ "statistics": { "method": { "fixed": { "planned_people": 10000 } }, "correction": "none" } }"#;

#[test]
fn harm_beyond_the_margin_of_a_base_near_zero_is_found() {
    for others in ["{}", BAYESIAN, FIXED] {
        let others = serde_json::from_str(others).expect("rules");
        for before in [10, 0] {
            let decision = refunds(500, [before, 500], &others);
            assert_eq!(decision.action, Action::Stop, "{before}: {decision:?}");
            assert_eq!(codes(&decision), ["guardrail"]);
            assert!(would(&decision).contains(&"guardrail"), "{decision:?}");
        }
        // Everybody, of nobody: neither arm varies.
        let all = refunds(0, [0, 5_000], &others);
        assert_eq!(all.action, Action::Stop, "{all:?}");
    }
}

#[test]
fn a_quantile_is_held_to_its_margin() {
    for (arm, margin, action) in [
        (5_000, 500, Action::Stop),
        (5_000, 0, Action::Stop),
        (130, 5_000, Action::Ship),
    ] {
        let mut phase = guarded(late(), margin, &json!({}));
        phase.rates(0, 0, 5_000, &[500]);
        phase.rates(0, 1, 5_000, &[750]);
        phase.values(0, 1, 100, 5_000);
        phase.values(1, 1, arm, 5_000);
        let decision = phase.after(8).decision;
        assert_eq!(decision.action, action, "{arm}: {decision:?}");
    }
}

#[test]
fn a_guardrail_without_evidence_is_waited_for() {
    let unknown = |others: &Value| {
        let mut phase = guarded(harm(), 500, others);
        phase.rates(0, 0, 5_000, &[500]);
        phase.rates(0, 1, 5_000, &[750]);
        phase
    };
    let phase = unknown(&json!({}));
    let decision = phase.after(30).decision;
    assert_eq!(decision.action, Action::KeepGoing);
    assert_eq!(codes(&decision), ["guardrail_unknown", "better"]);
    let listed: Vec<_> = decision
        .would_change
        .iter()
        .filter(|it| it.code == "guardrail")
        .collect();
    assert_eq!(listed.len(), 1, "{decision:?}");
    assert_eq!((listed[0].value, listed[0].bound), (None, Some(0.05)));
    // Fewer people than have an answer are no evidence either.
    let mut few = unknown(&json!({}));
    few.measure(0, 0, 1, rate(50, 1));
    few.measure(0, 1, 1, rate(50, 1));
    assert_eq!(codes(&few.after(30).decision)[0], "guardrail_unknown");
    // There is no more time to wait.
    let over = unknown(&json!({ "decision": { "max_days": 30 } }))
        .after(30)
        .decision;
    assert_eq!(over.action, Action::Ship, "{over:?}");
    assert!(would(&over).contains(&"guardrail"));
}

#[test]
fn a_guardrail_that_nobody_breaks_is_kept() {
    let decision = refunds(500, [0, 0], &json!({}));
    assert_eq!(decision.action, Action::Ship, "{decision:?}");
}

#[test]
fn a_quantile_is_refused_where_the_method_has_none() {
    let refused = |others: Value, role: &str| {
        let mut body = json!({
            "name": "Test",
            "allocation": { "hash_attribute": "wallet", "arms": [
                { "key": "a0", "value": 0, "weight_bps": 5000 },
                { "key": "a1", "value": 1, "weight_bps": 5000 },
            ] },
            "metrics": [
                { "metric": "m0", "role": "primary" },
                { "metric": "m1", "role": role },
            ],
        });
        for (name, value) in others.as_object().expect("rules") {
            body[name] = value.clone();
        }
        let design: Design = serde_json::from_value(body).expect("a design");
        let metrics: Vec<Metric> = [share(), late()]
            .map(|it| serde_json::from_value(it).expect("a metric"))
            .into();
        design.check_measured(&metrics).map_err(|it| it.to_string())
    };
    let bayesian: Value = serde_json::from_str(BAYESIAN).expect("rules");
    assert_eq!(
        refused(bayesian, "secondary"),
        Err("metrics[1].metric: must not be a quantile with the method bayesian, which has no posterior of one".to_owned())
    );
    let bandit = json!({ "bandit": { "algorithm": "thompson" } });
    assert_eq!(
        refused(bandit.clone(), "guardrail"),
        Err("metrics[1].metric: must not be a quantile as a guardrail of a bandit, whose weights move".to_owned())
    );
    assert_eq!(refused(bandit, "secondary"), Ok(()));
    assert_eq!(refused(json!({}), "guardrail"), Ok(()));
}
