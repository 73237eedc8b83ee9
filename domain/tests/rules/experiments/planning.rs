//! Plans against the test that will decide.

use super::stage::{Stage, design, share};
use serde_json::{Value, json};
use tessera_domain::experiments::{
    moments::{Moments, Observation},
    planning::{Asked, NotPlanned, PlannedArm, plan},
};

/// The plan of the first arm of each metric, where nothing is known but what is asked.
fn planned(design: Value, metrics: &[Value], asked: Value) -> Vec<PlannedArm> {
    measured(design, metrics, &[], asked)
}

fn measured(
    design: Value,
    metrics: &[Value],
    base: &[Option<Moments>],
    asked: Value,
) -> Vec<PlannedArm> {
    let stage = Stage::new(design, metrics);
    let asked: Asked = serde_json::from_value(asked).expect("a question");
    let plans = plan(&stage.design, &stage.metrics, base, &asked).expect("a plan");
    plans.into_iter().filter(|it| it.arm == "a1").collect()
}

fn fixed(people: u32) -> Value {
    json!({ "statistics": {
        "method": { "fixed": { "planned_people": people } }, "correction": "none",
    } })
}

fn of_a_tenth() -> Value {
    json!({ "people_a_day": 1_000, "effect_bps": 2_000, "baselines": [{ "metric": "m0", "mean": 0.1 }] })
}

#[test]
fn people_of_a_test_of_a_fixed_size_are_those_of_all_arms() {
    let two = design(&[5_000, 5_000], &["primary"], &fixed(4_000));
    let four = design(&[2_500; 4], &["primary"], &fixed(8_000));
    let [two, four] = [two, four].map(|it| planned(it, &[share()], of_a_tenth()).remove(0));
    // Half of 8,000 come to the base and to one of three arms.
    assert_eq!((two.power, two.detectable), (four.power, four.detectable));
    assert_eq!(two.people, four.people);
    assert_eq!(four.days, Some(2 * two.days.expect("days")));
}

#[test]
fn a_comparison_has_the_part_of_alpha_that_its_family_leaves() {
    let metrics = vec![share(); 3];
    let roles = ["primary", "secondary", "secondary"];
    let baselines: Vec<Value> = (0..3)
        .map(|at| json!({ "metric": format!("m{at}"), "mean": 0.1 }))
        .collect();
    let asked = json!({ "people_a_day": 1_000, "effect_bps": 2_000, "baselines": baselines });
    let plan = |correction: Value, scope: &str, weights: &[u16]| -> Vec<f64> {
        let statistics = json!({ "statistics": {
            "method": { "fixed": { "planned_people": 4_000 } },
            "correction": correction, "scope": scope,
        } });
        let plans = planned(
            design(weights, &roles, &statistics),
            &metrics,
            asked.clone(),
        );
        plans.iter().map(|it| it.power.expect("a power")).collect()
    };
    let alone = |alpha_bps: u16| {
        let mut alone = fixed(4_000);
        alone["statistics"]["alpha_bps"] = alpha_bps.into();
        let plans = planned(
            design(&[5_000; 2], &["primary"], &alone),
            &[share()],
            of_a_tenth(),
        );
        plans[0].power.expect("a power")
    };
    let close = |ours: &[f64], theirs: &[f64]| {
        let near = |(ours, theirs): (&f64, &f64)| (ours - theirs).abs() < 1e-12;
        assert!(ours.iter().zip(theirs).all(near), "{ours:?} {theirs:?}");
    };
    let two = &[5_000; 2];
    // A single primary metric shares with nothing, and neither does a metric of one arm with others.
    close(&plan(json!("holm"), "primary_only", two), &[alone(500); 3]);
    close(
        &plan(json!("benjamini_hochberg"), "per_metric", two),
        &[alone(500); 3],
    );
    close(&plan(json!("none"), "all", two), &[alone(500); 3]);
    // Nine in ten for the primary metric, and a twentieth for each of the others.
    let preferential = json!({ "preferential_bonferroni": { "primary_share_bps": 9_000 } });
    close(
        &plan(preferential, "all", two),
        &[alone(450), alone(25), alone(25)],
    );
    // A third of 3 %.
    let mut three = fixed(4_000);
    three["statistics"]["correction"] = json!("holm");
    three["statistics"]["alpha_bps"] = json!(300);
    let three = planned(design(two, &roles, &three), &metrics, asked.clone());
    let three: Vec<f64> = three.iter().map(|it| it.power.expect("a power")).collect();
    close(&three, &[alone(100); 3]);
}

#[test]
fn a_posterior_is_not_corrected() {
    let plan = |roles: &[&str]| {
        let bayes = json!({ "statistics": { "method": { "bayesian": {} }, "correction": "holm" } });
        let metrics = vec![share(); roles.len()];
        planned(design(&[5_000; 2], roles, &bayes), &metrics, of_a_tenth()).remove(0)
    };
    assert!(plan(&["primary"]).people.is_some());
    assert_eq!(plan(&["primary"; 4]).people, plan(&["primary"]).people);
}

#[test]
fn of_a_metric_of_which_less_is_better_less_is_planned() {
    let mut less = share();
    less["better"] = json!("lower");
    let asked = json!({ "people_a_day": 1_000, "effect_bps": 7_000, "baselines": [{ "metric": "m0", "mean": 0.6 }] });
    let plan = planned(
        design(&[5_000; 2], &["primary"], &fixed(4_000)),
        &[less],
        asked,
    )
    .remove(0);
    assert_eq!(plan.effect, Some(-0.7));
    assert!(plan.detectable.is_some_and(|it| it < 0.0), "{plan:?}");
    assert!(plan.people.is_some(), "{plan:?}");
}

#[test]
fn days_are_those_until_windows_are_over_and_the_decision_may_fall() {
    let asked = json!({ "people_a_day": 100_000, "effect_bps": 2_000, "baselines": [{ "metric": "m0", "mean": 0.3 }] });
    let plan = |metric: &Value, more: &Value| {
        let design = design(&[5_000; 2], &["primary"], more);
        planned(design, std::slice::from_ref(metric), asked.clone()).remove(0)
    };
    let soon = json!({ "decision": { "min_days": 0 } });
    let month =
        json!({ "measure": { "retention": {} }, "delay_hours": 28 * 24, "window_hours": 24 });
    // Who comes within the first day is through after the 29th.
    assert_eq!(plan(&month, &soon).days, Some(30));
    assert_eq!(plan(&share(), &soon).days, Some(1));
    assert_eq!(plan(&share(), &json!({})).days, Some(7));
    // No arm is looked at before it has so many people.
    let many = json!({ "decision": { "min_days": 0 }, "statistics": { "fewest_people": 500_000 } });
    let many = plan(&share(), &many);
    assert_eq!((many.people, many.days), (Some([500_000; 2]), Some(10)));
}

/// People whose value follows what they did before.
fn followers(noise: i64) -> Moments {
    let mut all = Moments::default();
    for at in 0..2_000 {
        let before = at % 40 * 1_000_000;
        let value = before + at * 7_919 % 11 * noise;
        all.add(
            &Moments::of(Observation([value, 1_000_000, before, 1_000_000])),
            1,
        );
    }
    all
}

#[test]
fn what_a_covariate_takes_out_is_planned() {
    let metric = |days: Option<u32>| {
        let mut metric =
            json!({ "measure": { "mean": { "value": { "event": { "event": "x" } } } } });
        if let Some(days) = days {
            metric["covariate_days"] = days.into();
        }
        metric
    };
    let asked = json!({ "people_a_day": 1_000, "effect_bps": 500 });
    let people = |metric: Value, base: Moments| {
        let design = design(&[5_000; 2], &["primary"], &fixed(4_000));
        let plans = measured(design, &[metric], &[Some(base)], asked.clone());
        plans[0].people.expect("people")[0] as f64
    };
    let base = followers(1_000_000);
    let (plain, adjusted) = (people(metric(None), base), people(metric(Some(14)), base));
    // Variances of 0..40 and of 0..11 on top: 133.25 and 10.
    let left = 10.0 / 143.25;
    assert!((adjusted / plain - left).abs() < 0.01, "{plain} {adjusted}");
}

#[test]
fn a_ratio_whose_denominator_is_near_zero_has_no_plan() {
    let part = json!({ "event": { "event": "x" } });
    let ratio = json!({ "measure": { "ratio": { "numerator": part, "denominator": part } } });
    let mut base = Moments::default();
    for at in 0..200 {
        let sign = if at % 2 == 0 { 1 } else { -1 };
        let denominator = sign * 1_000_000 + 10_000;
        base.add(
            &Moments::of(Observation([at * 1_000, denominator, 0, 0])),
            1,
        );
    }
    let design = design(&[5_000; 2], &["primary"], &fixed(4_000));
    let asked = json!({ "people_a_day": 1_000, "effect_bps": 500 });
    let plans = measured(design, &[ratio], &[Some(base)], asked);
    assert_eq!((plans[0].baseline, plans[0].people), (None, None));
}

#[test]
fn what_is_missing_of_a_plan_has_a_reason() {
    let reason = |more: &Value, asked: Value| {
        let design = design(&[5_000; 2], &["primary"], more);
        planned(design, &[share()], asked)[0].reason
    };
    let asked = |effect: Option<u16>, mean: Option<f64>| {
        let baselines = mean.map(|mean| json!({ "metric": "m0", "mean": mean }));
        json!({
            "people_a_day": 1_000, "effect_bps": effect,
            "baselines": baselines.into_iter().collect::<Vec<_>>(),
        })
    };
    let bayesian = json!({ "statistics": { "method": { "bayesian": {} }, "correction": "none" } });
    let known = asked(Some(500), Some(0.1));
    for (more, asked, expected) in [
        (
            fixed(4_000),
            asked(Some(500), None),
            Some(NotPlanned::NoBaseline),
        ),
        (
            fixed(4_000),
            asked(None, Some(0.1)),
            Some(NotPlanned::NoEffect),
        ),
        (bayesian, known.clone(), Some(NotPlanned::NoPeople)),
        (
            fixed(4_000),
            asked(Some(10_000), Some(0.9)),
            Some(NotPlanned::OutOfReach),
        ),
        (fixed(40_000), known, None),
    ] {
        assert_eq!(reason(&more, asked), expected, "{expected:?}");
    }
}
