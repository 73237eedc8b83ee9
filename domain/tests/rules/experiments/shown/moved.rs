//! Weights that moved: arms are compared within times in which they stayed the same, never pooled.

use super::phase::{Phase, late, person, primary, rate, share, written};
use crate::experiments::chance::Chance;
use serde_json::{Value, json};
use tessera_domain::experiments::{decision::Action, moments::Moments};

const METHODS: [&str; 2] = [
    r#"{ "sequential": { "tuned_for": 10000 } }"#,
    r#"{ "bayesian": {} }"#,
];

fn bandit(method: &str, others: &Value) -> Value {
    let method: Value = serde_json::from_str(method).expect("a method");
    let mut design = json!({
        "bandit": { "algorithm": "thompson" },
        "statistics": { "method": method, "correction": "none" },
    });
    for (name, value) in others.as_object().into_iter().flatten() {
        design[name] = value.clone();
    }
    design
}

/// A bandit of two days, the second of which is twice as good and has other weights.
fn two_days(metrics: usize, measured: Value, others: &Value) -> Phase {
    let mut phase = Phase::of(&[5_000, 5_000], primary(metrics), measured, others);
    phase.share_out(1, vec![1_000, 9_000]);
    for (day, people) in [[5_000, 5_000], [1_000, 9_000]].into_iter().enumerate() {
        for (arm, people) in people.into_iter().enumerate() {
            phase.come(day as i64, arm, people);
        }
    }
    phase
}

#[test]
fn an_arm_that_is_worse_on_every_day_is_not_shipped() {
    for method in METHODS {
        let mut phase = two_days(1, json!([share()]), &bandit(method, &json!({})));
        for (day, arm, people, of) in [
            (0, 0, 5_000, 500),
            (0, 1, 5_000, 475),
            (1, 0, 1_000, 200),
            (1, 1, 9_000, 1_710),
        ] {
            phase.measure(day, arm, 0, rate(people, of));
        }
        let shown = phase.after(8);
        assert_ne!(shown.decision.action, Action::Ship, "{:?}", shown.decision);
        let metric = &shown.metrics[0];
        let arm = &metric.arms[0];
        for compared in [&arm.sequential, &arm.bayesian] {
            let relative = compared.relative.expect("an effect").value;
            assert!((relative + 0.05).abs() < 1e-12, "{relative}");
            // 10,000 people of either day; in the base 10 % and 20 % do it.
            let base = compared.base.value.expect("a rate");
            assert!((base - 0.15).abs() < 1e-12, "{base}");
            let error = compared
                .absolute
                .expect("an effect")
                .error
                .expect("an error");
            let of = |rate: f64, people: f64| rate * (1.0 - rate) / (people - 1.0) / 4.0;
            let variance = of(0.1, 5e3) + of(0.2, 1e3) + of(0.095, 5e3) + of(0.19, 9e3);
            assert!((error - variance.sqrt()).abs() < 1e-12, "{error}");
        }
        let chances = metric.chances_to_be_best.as_ref().expect("chances");
        assert!(chances[1] < 0.5, "{chances:?}");
    }
}

/// People with a value, a denominator and both before; how large they are, each day has its own.
fn people(chance: &mut Chance, count: i64, day: f64, arm: f64) -> Moments {
    let mut all = Moments::default();
    for _ in 0..count {
        let own = chance.normal();
        let value = 10.0 * day * arm + 3.0 * own + chance.normal();
        let values = [value, 2.0 + 0.1 * own, 10.0 + 3.0 * own, 2.0];
        all.add(&person(values), 1);
    }
    all
}

#[test]
fn means_with_a_covariate_and_ratios_are_compared_within_days_too() {
    let value = json!({ "event": { "event": "x" }, "property": "size" });
    let ratio =
        json!({ "ratio": { "numerator": value, "denominator": { "event": { "event": "y" } } } });
    let measured = json!([
        { "measure": { "mean": { "value": value } }, "covariate_days": 7 },
        { "measure": { "mean": { "value": value } } },
    ]);
    let roles = json!([
        { "metric": "m0", "role": "primary" },
        { "metric": "m1", "role": "secondary" },
        { "metric": "m2", "role": "secondary" },
    ]);
    let mut measured = measured.as_array().expect("metrics").clone();
    measured.push(json!({ "measure": ratio }));
    let others = bandit(METHODS[0], &json!({ "metrics": roles }));
    let mut phase = two_days(1, measured.into(), &others);
    let mut chance = Chance(11);
    for (day, level) in [(0, 1.0), (1, 2.0)] {
        for (arm, effect) in [(0, 1.0), (1, 0.95)] {
            let count = [[5_000, 5_000], [1_000, 9_000]][day][arm];
            let moments = people(&mut chance, count, level, effect);
            for metric in 0..3 {
                phase.measure(day as i64, arm, metric, moments);
            }
        }
    }
    let shown = phase.after(8);
    let errors: Vec<f64> = shown
        .metrics
        .iter()
        .map(|metric| {
            let relative = metric.arms[0].sequential.relative.expect("an effect");
            let (value, error) = (relative.value, relative.error.expect("an error"));
            assert!(
                (value + 0.05).abs() < 3.5 * error,
                "{}: {value} ± {error}",
                metric.metric
            );
            error
        })
        .collect();
    assert!(
        errors[0] < 0.7 * errors[1],
        "the covariate is of no use: {errors:?}"
    );
    assert_ne!(shown.decision.action, Action::Ship);
}

#[test]
fn quantiles_and_factors_say_nothing_and_why() {
    let roles = json!([
        { "metric": "m0", "role": "primary" },
        { "metric": "m1", "role": "secondary" },
    ]);
    let factor = |name: &str| json!({ "name": name, "levels": ["0", "1"] });
    let others =
        json!({ "bandit": { "algorithm": "thompson" }, "factors": [factor("f"), factor("g")] });
    let mut phase = Phase::of(&[2_500; 4], roles, json!([share(), late()]), &others);
    phase.share_out(1, vec![1_000, 1_000, 1_000, 7_000]);
    for day in 0..2 {
        for arm in 0..4 {
            phase.rates(day, arm, 1_000, &[100 + 100 * day]);
        }
    }
    for arm in 0..4 {
        phase.values(arm, 1, 100 + 10 * arm as i64, 2_000);
    }
    let shown = written(&phase.after(8));
    let quantile = &shown["metrics"][1]["arms"][0]["sequential"];
    assert_eq!(
        (&quantile["p"], &quantile["absolute"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(quantile["reason"], "weights_moved");
    assert_eq!(shown["factors"][0]["analysis"], Value::Null);
    assert_eq!(shown["factors"][0]["missing"], "weights_moved");
}

#[test]
fn times_with_hardly_anybody_do_no_harm() {
    for method in METHODS {
        let mut phase = Phase::of(
            &[5_000, 5_000],
            primary(1),
            json!([share()]),
            &bandit(method, &json!({})),
        );
        phase.rates(0, 0, 2_000, &[200]);
        phase.rates(0, 1, 2_000, &[190]);
        // Nobody of the base on the second day, one on the third, who is one of many.
        for (day, base) in [(1, 0), (2, 1)] {
            phase.share_out(
                day,
                vec![
                    100 + i32::try_from(day).expect("few"),
                    9_900 - i32::try_from(day).expect("few"),
                ],
            );
            phase.rates(day, 0, base, &[0]);
            phase.rates(day, 1, 99, &[90]);
        }
        let shown = phase.after(8);
        let arm = &shown.metrics[0].arms[0];
        for compared in [&arm.sequential, &arm.bayesian] {
            let effect = compared.absolute.expect("an effect");
            assert!(effect.value.is_finite() && effect.error.is_some_and(|it| it > 0.0));
        }
        assert_ne!(shown.decision.action, Action::Ship, "{:?}", shown.decision);
    }
}
