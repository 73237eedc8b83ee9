//! What decisions say in words: the truth, with the sign that the table has.

use super::phase::{Phase, codes, harm, primary, share, would, written};
use serde_json::{Value, json};
use tessera_domain::experiments::decision::{Action, Decision, Reason};

fn bayesian() -> Value {
    json!({ "statistics": { "method": { "bayesian": {} }, "correction": "none" } })
}

/// Two arms of people who came on the first day, of whom so many do what the only metric is of.
fn rates(measured: Value, people: i64, of: [i64; 2], others: &Value) -> Phase {
    let mut phase = Phase::of(&[5_000, 5_000], primary(1), json!([measured]), others);
    for (arm, of) in of.into_iter().enumerate() {
        phase.rates(0, arm, people, &[of]);
    }
    phase
}

fn text(reasons: &[Reason], code: &str) -> String {
    let found = reasons.iter().find(|it| it.code == code);
    found.expect("the reason").text.clone()
}

fn close(value: Option<f64>, expected: f64) {
    let value = value.expect("a figure");
    assert!((value - expected).abs() < 5e-5, "{value}");
}

#[test]
fn a_posterior_says_which_chance_is_low() {
    for (measured, of) in [(share(), [700, 350]), (harm(), [350, 700])] {
        let worse = rates(measured, 2_000, of, &bayesian()).after(8).decision;
        assert_eq!(worse.action, Action::Stop, "{worse:?}");
        let would = &worse.would_change[0];
        assert_eq!(
            would.text,
            "a1 in m0: the chance that it is better is less than 0.01 %; it decides at 2.50 % or below \
             and at 97.50 % or above."
        );
        assert!(would.value < Some(0.01), "{would:?}");
        close(would.bound, 0.025);
    }
    let better = rates(share(), 2_000, [700, 740], &bayesian()).after(8);
    let chance = better.metrics[0].arms[0].bayesian.chance_above;
    let would = &better.decision.would_change[0];
    assert_eq!(would.value, chance);
    close(would.bound, 0.975);
    let percent = chance.expect("a chance") * 100.0;
    assert!(
        would
            .text
            .contains(&format!("is better is {percent:.2} %;")),
        "{would:?}"
    );
}

#[test]
fn an_effect_has_the_sign_that_the_table_has() {
    let worse = rates(share(), 2_000, [700, 350], &json!({}))
        .after(8)
        .decision;
    assert_eq!(
        text(&worse.reasons, "worse"),
        "a1 is worse in m0: -50.00 %, where more is better."
    );
    let better = rates(harm(), 2_000, [700, 350], &json!({}))
        .after(8)
        .decision;
    assert_eq!(
        text(&better.reasons, "better"),
        "a1 is better in m0: -50.00 %, where less is better."
    );
}

fn guarded(refunds: [i64; 2]) -> Decision {
    let roles = json!([
        { "metric": "m0", "role": "primary" },
        { "metric": "m1", "role": "guardrail", "most_harm_bps": 2_000 },
    ]);
    let mut phase = Phase::of(&[5_000, 5_000], roles, json!([share(), harm()]), &json!({}));
    phase.rates(0, 0, 2_000, &[300, refunds[0]]);
    phase.rates(0, 1, 2_000, &[310, refunds[1]]);
    phase.after(8).decision
}

#[test]
fn a_guardrail_has_the_sign_that_the_table_has() {
    let open = guarded([100, 105]);
    let reason = open.would_change.iter().find(|it| it.code == "guardrail");
    let reason = reason.expect("the guardrail");
    close(reason.bound, 0.2);
    let least = reason.value.expect("a bound");
    assert!(least < 0.0, "{reason:?}");
    assert_eq!(
        reason.text,
        format!(
            "a1 in m1: an effect of {:+.2} % is still possible, where less is better; it is not shipped \
             once all that is possible is above +20.00 %.",
            least * 100.0
        )
    );
    let harmed = guarded([100, 400]);
    assert_eq!(harmed.action, Action::Stop);
    let reason = &harmed.reasons[0];
    assert_eq!(
        reason.text,
        "a1 does more harm in m1 than the +20.00 % that is allowed: +300.00 %, where less is better."
    );
    assert!(
        reason.value > reason.bound && reason.bound == Some(0.2),
        "{reason:?}"
    );
}

#[test]
fn only_harm_to_a_guardrail_stops_before_the_least_days() {
    let early = |phase: &Phase| {
        let decision = phase.after(1).decision;
        (
            decision.action,
            codes(&decision)
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    };
    for others in [json!({}), bayesian()] {
        let worse = rates(share(), 2_000, [700, 350], &others);
        let waits = (
            Action::KeepGoing,
            vec!["min_days".to_owned(), "worse".to_owned()],
        );
        assert_eq!(early(&worse), waits);
        assert_eq!(worse.after(7).decision.action, Action::Stop);
    }
    let rules = json!({ "decision": { "worthwhile_bps": 1_000 } });
    let futile = rates(share(), 100_000, [20_000, 20_000], &rules);
    let waits = (
        Action::KeepGoing,
        vec!["min_days".to_owned(), "worthwhile".to_owned()],
    );
    assert_eq!(early(&futile), waits);
    assert_eq!(futile.after(7).decision.action, Action::Stop);
    let roles = json!([
        { "metric": "m0", "role": "primary" },
        { "metric": "m1", "role": "guardrail", "most_harm_bps": 500 },
    ]);
    let mut harmful = Phase::of(&[5_000, 5_000], roles, json!([share(), harm()]), &json!({}));
    harmful.rates(0, 0, 5_000, &[500, 10]);
    harmful.rates(0, 1, 5_000, &[500, 500]);
    assert_eq!(
        early(&harmful),
        (Action::Stop, vec!["guardrail".to_owned()])
    );
}

#[test]
fn harm_to_one_arm_s_guardrail_stops_early_where_no_other_arm_is_left() {
    let roles = json!([
        { "metric": "m0", "role": "primary" },
        { "metric": "m1", "role": "guardrail", "most_harm_bps": 500 },
    ]);
    let weights = [4_000, 3_000, 3_000];
    let mut phase = Phase::of(&weights, roles, json!([share(), harm()]), &json!({}));
    for (arm, of) in [[1_000, 50], [1_000, 500], [500, 50]].iter().enumerate() {
        phase.rates(0, arm, if arm == 0 { 4_000 } else { 3_000 }, of);
    }
    let decision = phase.after(1).decision;
    assert_eq!(decision.action, Action::Stop, "{decision:?}");
    assert_eq!(codes(&decision), ["guardrail", "worse"]);
}

#[test]
fn a_test_that_is_read_waits_for_the_least_days_and_says_so() {
    let fixed = json!({ "statistics": {
        "method": { "fixed": { "planned_people": 4_000 } }, "correction": "none",
    } });
    let read = rates(share(), 2_000, [200, 203], &fixed).after(1).decision;
    assert_eq!(read.action, Action::KeepGoing);
    assert_eq!(codes(&read), ["min_days", "planned_people"]);
    assert_eq!(
        read.reasons[0].text,
        "It has run for 24.0 hours; before 7 days nothing is shipped, and nothing but harm to a guardrail \
         stops it."
    );
    let few = rates(share(), 319, [40, 40], &fixed).after(1).decision;
    assert_eq!(
        text(&few.reasons, "planned_people"),
        "638 of 4\u{202f}000 people are measured; the test is read once, when all of them are."
    );
    assert_eq!(would(&few), ["evidence", "min_days"]);
}

#[test]
fn one_person_would_be_followed_by_more() {
    let mut phase = Phase::of(&[5_000, 5_000], primary(1), json!([share()]), &json!({}));
    phase.rates(0, 1, 1, &[1]);
    let decision = phase.after(1).decision;
    assert_eq!(decision.action, Action::KeepGoing);
    assert_eq!(
        decision.reasons[0].text,
        "Nothing is proved yet by 1 person."
    );
    assert_eq!(would(&decision), ["evidence", "min_days"]);
    let evidence = &decision.would_change[0];
    assert_eq!((evidence.value, evidence.bound), (None, Some(0.05)));
    assert!(
        evidence
            .text
            .starts_with("a1 in m0: no evidence yet, by 0 people in the base and 1 in the arm"),
        "{evidence:?}"
    );
}

#[test]
fn an_uncertain_base_hides_neither_the_effect_nor_the_verdict() {
    // Six of a thousand: 2.5 standard errors from nobody.
    let uncertain = rates(share(), 1_000, [6, 300], &json!({})).after(8);
    let arm = &written(&uncertain)["metrics"][0]["arms"][0];
    assert_eq!(arm["sequential"]["reason"], "base_too_uncertain");
    assert_eq!(arm["is_better"], true);
    assert!(arm["corrected_interval"].is_object());
    assert_eq!(
        text(&uncertain.decision.reasons, "better"),
        "a1 is better in m0: a difference of +0.2940, where more is better (the base is too uncertain for a \
         relative effect)."
    );
}

#[test]
fn a_phase_that_has_ended_does_not_go_on() {
    let ended = rates(share(), 2_000, [700, 710], &json!({})).ended(1, 30);
    assert_eq!(ended.decision.action, Action::Undecided);
    assert_eq!(written(&ended)["decision"]["action"], "undecided");
    let decided = rates(share(), 2_000, [700, 350], &json!({})).ended(8, 30);
    assert_eq!(decided.decision.action, Action::Stop);
}

#[test]
fn a_comparison_has_one_verdict() {
    let all = written(&rates(share(), 2_000, [700, 800], &json!({})).after(8));
    let arm = &all["metrics"][0]["arms"][0];
    for method in ["sequential", "bayesian"] {
        assert!(arm[method].get("is_significant").is_none(), "{method}");
    }
    assert!(arm["verdict"]["is_significant"].is_boolean());
}
