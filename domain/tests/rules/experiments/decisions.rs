//! What to do with an experiment: each action has its reason, and the figure that it turns on.

use super::looked_at;
use serde_json::{Value, json};
use tessera_domain::{
    experiments::{
        decision::Action,
        design::Design,
        measurement::Measurement,
        moments::{Moments, Observation},
        results::{Observed, Results, SharedOut},
    },
    projection::{AllMoments, Measured, Sums},
    time::{MICROS_PER_DAY, Timestamp},
};

/// A design of two arms and two shares, `sold` and the guardrail `stayed`.
fn design(more: &Value) -> Design {
    let mut body = json!({
        "name": "Test",
        "allocation": { "hash_attribute": "wallet", "arms": [
            { "key": "base", "value": 0, "weight_bps": 5000 },
            { "key": "arm", "value": 1, "weight_bps": 5000 },
        ] },
        "metrics": [
            { "metric": "sold", "role": "primary" },
            { "metric": "stayed", "role": "guardrail", "most_harm_bps": 500 },
        ],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    let design: Design = serde_json::from_value(body).expect("a design");
    assert_eq!(design.validate(), Ok(()));
    design
}

/// What a phase shows after so many days, of arms of `people`, of whom so many sold and stayed.
fn shown(design: &Design, days: i64, people: i64, sold: [i64; 2], stayed: [i64; 2]) -> Results {
    let share = json!({ "measure": { "binomial": { "event": { "event": "x" } } } });
    let measurement: Measurement = serde_json::from_value(json!({
        "experiment": "test", "phase": 1, "starts_at": "2026-01-01T00:00:00Z", "batch_hours": 24,
        "arms": ["base", "arm"], "metrics": [share, share],
    }))
    .expect("a measurement");
    let starts_at = measurement.starts_at;
    let key = |arm: &str, measure| Measured {
        day: measurement.batch(starts_at),
        through_day: None,
        label: arm.to_owned(),
        measure,
    };
    let (mut sums, mut moments) = (Sums::new(), AllMoments::new());
    for (at, arm) in ["base", "arm"].into_iter().enumerate() {
        sums.insert(key(arm, 0), people);
        for (metric, counts) in [sold, stayed].into_iter().enumerate() {
            let mut all = Moments::default();
            for person in 0..people {
                let value = if person < counts[at] { 1_000_000 } else { 0 };
                all.add(&Moments::of(Observation([value, 0, 0, 0])), 1);
            }
            moments.insert(key(arm, i32::try_from(metric).expect("few")), all);
        }
    }
    let shared_out = [SharedOut {
        from: starts_at,
        coverage_bps: 10_000,
        weights_bps: vec![5_000, 5_000],
    }];
    looked_at(Observed {
        design,
        measurement: &measurement,
        sums: &sums,
        moments: &moments,
        shared_out: &shared_out,
        mismatch_so_far: None,
        readings: &[],
        now: Timestamp(starts_at.0 + days * MICROS_PER_DAY),
    })
}

fn codes(results: &Results) -> Vec<&str> {
    results.decision.reasons.iter().map(|it| it.code).collect()
}

#[test]
fn nothing_is_decided_of_arms_that_do_not_differ() {
    let results = shown(&design(&json!({})), 30, 2_000, [200, 203], [900, 900]);
    assert_eq!(results.decision.action, Action::KeepGoing);
    assert_eq!(codes(&results), ["nothing_proved"]);
    let changed = &results.decision.would_change[0];
    assert_eq!((changed.code, changed.bound), ("evidence", Some(0.05)));
    assert!(changed.value > Some(0.05), "{changed:?}");
}

#[test]
fn a_better_arm_waits_for_its_days_and_is_shipped_then() {
    let design = design(&json!({}));
    let early = shown(&design, 6, 2_000, [200, 320], [900, 900]);
    assert_eq!(early.decision.action, Action::KeepGoing);
    assert_eq!(codes(&early), ["min_days", "better"]);
    let late = shown(&design, 7, 2_000, [200, 320], [900, 900]);
    assert_eq!(late.decision.action, Action::Ship);
    assert_eq!(late.decision.arm.as_deref(), Some("arm"));
    let would: Vec<_> = late
        .decision
        .would_change
        .iter()
        .map(|it| it.code)
        .collect();
    assert_eq!(would, ["evidence", "guardrail"]);
}

#[test]
fn a_guardrail_that_is_breached_stops_a_better_arm() {
    let results = shown(&design(&json!({})), 30, 2_000, [200, 320], [1_200, 900]);
    assert_eq!(results.decision.action, Action::Stop);
    assert_eq!(codes(&results), ["guardrail"]);
    // As much worse as is allowed is no breach, however sure it is.
    let allowed = shown(
        &design(&json!({})),
        30,
        200_000,
        [20_000, 32_000],
        [120_000, 117_600],
    );
    assert_eq!(allowed.decision.action, Action::Ship);
}

#[test]
fn a_worse_arm_is_stopped() {
    let results = shown(&design(&json!({})), 30, 2_000, [320, 200], [900, 900]);
    assert_eq!(results.decision.action, Action::Stop);
    assert_eq!(codes(&results), ["worse"]);
}

#[test]
fn what_cannot_be_worth_it_any_more_is_stopped() {
    let rules = json!({ "decision": { "worthwhile_bps": 1_000 } });
    let results = shown(
        &design(&rules),
        30,
        100_000,
        [20_000, 20_000],
        [50_000, 50_000],
    );
    assert_eq!(results.decision.action, Action::Stop);
    assert_eq!(codes(&results), ["worthwhile"]);
    let open = shown(&design(&rules), 30, 2_000, [400, 400], [900, 900]);
    assert_eq!(open.decision.action, Action::KeepGoing);
}

#[test]
fn time_is_up_after_the_most_days() {
    let rules = json!({ "decision": { "max_days": 20 } });
    let results = shown(&design(&rules), 20, 2_000, [200, 203], [900, 900]);
    assert_eq!(results.decision.action, Action::Stop);
    assert_eq!(codes(&results), ["max_days"]);
}

#[test]
fn a_test_of_a_fixed_size_is_read_once_its_people_have_come() {
    let fixed = json!({ "statistics": {
        "method": { "fixed": { "planned_people": 4_000 } }, "correction": "none",
    } });
    let design = design(&fixed);
    let early = shown(&design, 30, 1_999, [200, 320], [900, 900]);
    assert_eq!(codes(&early), ["planned_people"]);
    assert!(early.metrics[0].arms[0].fixed.is_none());
    assert!(!early.metrics[0].arms[0].verdict.is_significant);
    let due = shown(&design, 30, 2_000, [200, 320], [900, 900]);
    assert_eq!(due.decision.action, Action::Ship);
    let nothing = shown(&design, 30, 2_000, [200, 203], [900, 900]);
    assert_eq!(
        (nothing.decision.action, codes(&nothing)),
        (Action::Stop, vec!["planned_people"])
    );
}

#[test]
fn a_posterior_decides_where_the_design_says_so() {
    let bayes = json!({ "statistics": { "method": { "bayesian": {} }, "correction": "none" } });
    let results = shown(&design(&bayes), 30, 2_000, [200, 320], [900, 900]);
    assert_eq!(results.decision.action, Action::Ship);
    assert_eq!(results.metrics[0].arms[0].verdict.corrected, None);
}

#[test]
fn what_is_broken_decides_nothing() {
    let design = design(&json!({}));
    let mut results = shown(&design, 30, 2_000, [200, 320], [900, 900]);
    assert_eq!(results.decision.action, Action::Ship);
    results = broken(&design);
    assert_eq!(results.decision.action, Action::Broken);
    assert_eq!(codes(&results), ["sample_ratio_mismatch"]);
}

/// Twice as many people in the base.
fn broken(design: &Design) -> Results {
    let measurement: Measurement = serde_json::from_value(json!({
        "experiment": "test", "phase": 1, "starts_at": "2026-01-01T00:00:00Z", "batch_hours": 24,
        "arms": ["base", "arm"], "metrics": [],
    }))
    .expect("a measurement");
    let key = |arm: &str| Measured {
        day: measurement.batch(measurement.starts_at),
        through_day: None,
        label: arm.to_owned(),
        measure: 0,
    };
    let sums = Sums::from([(key("base"), 2_000), (key("arm"), 1_000)]);
    let shared_out = [SharedOut {
        from: measurement.starts_at,
        coverage_bps: 10_000,
        weights_bps: vec![5_000, 5_000],
    }];
    looked_at(Observed {
        design,
        measurement: &measurement,
        sums: &sums,
        moments: &AllMoments::new(),
        shared_out: &shared_out,
        mismatch_so_far: None,
        readings: &[],
        now: measurement.starts_at,
    })
}
