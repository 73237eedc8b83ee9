//! What is left of an effect among many comparisons: bounds and verdict say the same.

use super::{
    inference::excludes_zero,
    stage::{Stage, design, rate, share},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use tessera_domain::experiments::{
    inference::quantile::histogram::Bucket,
    results::{ArmResult, Results},
};

/// Metrics of two arms of so many people: so many bought in the base, and in the arm by metric.
fn staged(statistics: Value, people: i64, base: i64, arm: &[i64]) -> Results {
    let roles: Vec<&str> = std::iter::once("primary")
        .chain(std::iter::repeat("secondary"))
        .take(arm.len())
        .collect();
    let design = design(&[5_000; 2], &roles, &json!({ "statistics": statistics }));
    let mut stage = Stage::new(design, &vec![share(); arm.len()]);
    for (at, bought) in [base; 2].into_iter().enumerate() {
        stage.come(0, at, people);
        for (metric, of_arm) in (0..).zip(arm) {
            let bought = if at == 0 { bought } else { *of_arm };
            stage.measure(0, at, metric, &rate(people, bought));
        }
    }
    stage.results(24)
}

fn arms(results: &Results) -> impl Iterator<Item = &ArmResult> {
    results.metrics.iter().map(|it| &it.arms[0])
}

fn agree(arm: &ArmResult) -> bool {
    let bounds = [arm.corrected_interval, arm.corrected_relative_interval];
    let mut bounds = bounds.into_iter().flatten();
    bounds.all(|it| excludes_zero(it) == arm.verdict.is_significant)
}

#[test]
fn bounds_of_one_among_twenty_hold_zero_while_it_is_not_proved() {
    let mut arm = [50; 20];
    arm[0] = 103;
    let results = staged(json!({}), 500, 50, &arm);
    let first = &results.metrics[0].arms[0];
    assert!(!first.verdict.is_significant, "{:?}", first.verdict);
    assert!(
        first.corrected_interval.is_some() && agree(first),
        "{first:?}"
    );
}

#[test]
fn bounds_of_one_among_twenty_exclude_zero_once_it_is_proved() {
    let mut arm = [5_000; 20];
    arm[0] = 5_393;
    let results = staged(json!({}), 50_000, 5_000, &arm);
    let first = &results.metrics[0].arms[0];
    assert!(first.verdict.is_significant, "{:?}", first.verdict);
    assert!(
        first.corrected_interval.is_some() && agree(first),
        "{first:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn corrected_bounds_exclude_no_effect_exactly_where_it_is_significant(
        arm in prop::collection::vec(60..240_i64, 1..12),
        correction in prop_oneof![
            Just(json!("none")), Just(json!("benjamini_hochberg")), Just(json!("e_benjamini_hochberg")),
            Just(json!({ "preferential_bonferroni": { "primary_share_bps": 7_000 } })),
        ],
        sides in prop_oneof![Just("both"), Just("improvement")],
        tuned_for in 100..100_000_u32,
        alpha_bps in 100..3_000_u16,
    ) {
        let statistics = json!({
            "method": { "sequential": { "tuned_for": tuned_for } }, "sides": sides,
            "correction": correction, "alpha_bps": alpha_bps,
        });
        let results = staged(statistics, 1_000, 120, &arm);
        for arm in arms(&results) {
            prop_assert!(arm.corrected_interval.is_some());
            prop_assert!(agree(arm), "{:?}", arm);
        }
    }

    #[test]
    fn corrected_bounds_of_quantiles_do_so_too(
        moved in prop::collection::vec(0..30_i64, 2..8), tuned_for in 100..20_000_u32,
    ) {
        let part = json!({ "event": { "event": "x" } });
        let median = json!({ "measure": { "quantile": { "value": part, "quantile_bps": 5_000 } } });
        let statistics = json!({ "statistics": { "method": { "sequential": { "tuned_for": tuned_for } } } });
        let roles = vec!["primary"; moved.len()];
        let design = design(&[5_000; 2], &roles, &statistics);
        let mut stage = Stage::new(design, &vec![median; moved.len()]);
        for arm in 0..2 {
            stage.come(0, arm, 300);
            for (metric, moved) in (0..).zip(&moved) {
                for at in 0..100 {
                    let value = (at + if arm == 0 { 20 } else { 20 + moved }) * 1_000_000;
                    let bucket = i32::from(Bucket::of(value).index());
                    stage.count(arm, 1_050_000 + metric * 100_000 + bucket, 3);
                }
            }
        }
        let results = stage.results(24);
        for arm in arms(&results) {
            prop_assert!(arm.corrected_interval.is_some());
            prop_assert!(agree(arm), "{:?}", arm);
        }
    }
}
