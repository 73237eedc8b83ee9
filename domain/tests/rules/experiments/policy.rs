//! Policies on logs: the Open Bandit Pipeline, the formulas on single people, and how often intervals cover.

use super::chance::{Chance, person};
use proptest::prelude::*;
use serde::Deserialize;
use tessera_domain::experiments::{
    bandit::{Algorithm, Best, Settings, next_batch},
    moments::Moments,
    policy::{Estimate, Evaluation, LoggedCell, check::NOT_LOGGED, evaluate},
};

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    propensities: Vec<Vec<Vec<f64>>>,
    policy: Vec<Vec<f64>>,
    rows: Vec<Row>,
    inverse_propensity: [f64; 2],
    self_normalised: [f64; 2],
    doubly_robust: [f64; 2],
    effective_people: f64,
}

/// Period, context, arm, value.
type Row = (usize, usize, usize, f64);

/// By period, context and arm.
fn cells(propensities: &[Vec<Vec<f64>>], rows: &[Row]) -> Vec<LoggedCell> {
    let mut cells = Vec::new();
    for (period, contexts) in propensities.iter().enumerate() {
        for (context, arms) in contexts.iter().enumerate() {
            for (arm, &propensity) in arms.iter().enumerate() {
                let mut moments = Moments::default();
                let own = rows
                    .iter()
                    .filter(|row| (row.0, row.1, row.2) == (period, context, arm));
                own.for_each(|row| moments.add(&person(row.3), 1));
                cells.push(LoggedCell {
                    period,
                    context,
                    arm,
                    propensity,
                    moments,
                });
            }
        }
    }
    cells
}

fn difference(ours: Estimate, [value, error]: [f64; 2]) -> f64 {
    let (our_value, our_error) = (
        ours.value.expect("a value"),
        ours.standard_error.expect("an error"),
    );
    let scale = value.abs().max(error);
    ((our_value - value).abs() / scale).max((our_error - error).abs() / scale)
}

#[test]
fn policies_earn_what_the_open_bandit_pipeline_says() {
    let json = include_str!("../../../../tests/oracles/fixtures/policy.json");
    let fixture: Fixture = serde_json::from_str(json).expect("a fixture");
    let mut largest = 0.0_f64;
    for case in fixture.cases {
        let ours =
            evaluate(&cells(&case.propensities, &case.rows), &case.policy).expect("an evaluation");
        let effective = ours.effective_people.expect("people");
        largest = largest
            .max(difference(ours.inverse_propensity, case.inverse_propensity))
            .max(difference(ours.self_normalised, case.self_normalised))
            .max(difference(ours.doubly_robust, case.doubly_robust))
            .max((effective / case.effective_people - 1.0).abs());
    }
    println!("largest relative difference {largest:e}");
    assert!(largest <= 1e-10, "{largest:e}");
}

/// A log with one context, of two periods.
fn log(propensities: [[f64; 2]; 2], people: [[u32; 2]; 2]) -> Vec<LoggedCell> {
    let mut all = Vec::new();
    for period in 0..2 {
        for arm in 0..2 {
            let mut moments = Moments::default();
            (0..people[period][arm]).for_each(|value| moments.add(&person(f64::from(value)), 1));
            let propensity = propensities[period][arm];
            all.push(LoggedCell {
                period,
                context: 0,
                arm,
                propensity,
                moments,
            });
        }
    }
    all
}

const EVEN: [[f64; 2]; 2] = [[0.5, 0.5]; 2];

#[test]
fn a_policy_that_plays_what_was_never_shown_is_refused() {
    let cells = log([[0.5, 0.5], [1.0, 0.0]], [[4, 4], [4, 0]]);
    let refused = evaluate(&cells, &[vec![0.9, 0.1]]).expect_err("refused");
    assert_eq!(
        (refused.code, refused.field.as_str()),
        (NOT_LOGGED, "policy[0][1]")
    );
    assert!(evaluate(&cells, &[vec![1.0, 0.0]]).is_ok());
    // Nor may a cell be left out of the log.
    let refused = evaluate(&log(EVEN, [[4, 4], [4, 4]])[..3], &[vec![0.9, 0.1]]);
    assert_eq!(refused.expect_err("refused").field, "cells");
}

#[test]
fn what_is_no_distribution_is_refused() {
    let cells = log(EVEN, [[4, 4], [4, 4]]);
    for row in [
        vec![0.5, 0.6],
        vec![1.5, -0.5],
        vec![f64::NAN, 1.0],
        vec![],
        vec![1.0],
    ] {
        assert!(
            evaluate(&cells, std::slice::from_ref(&row)).is_err(),
            "{row:?}"
        );
    }
    assert!(evaluate(&cells, &[]).is_err());
    for propensities in [
        [[0.5, 0.4]; 2],
        [[0.0, 1.0]; 2],
        [[f64::NAN, 1.0]; 2],
        [[1.5, -0.5]; 2],
    ] {
        let refused = evaluate(&log(propensities, [[4, 4], [4, 4]]), &[vec![0.5, 0.5]]);
        assert!(refused.is_err(), "{propensities:?}");
    }
    let twice = [cells.clone(), cells].concat();
    assert!(evaluate(&twice, &[vec![0.5, 0.5]]).is_err());
}

#[test]
fn nobody_has_earned_nothing_that_is_known() {
    let nobody = evaluate(&log(EVEN, [[0; 2]; 2]), &[vec![0.5, 0.5]]).expect("an evaluation");
    assert_eq!((nobody.people, nobody.effective_people), (0, None));
    for estimate in [
        nobody.inverse_propensity,
        nobody.self_normalised,
        nobody.doubly_robust,
    ] {
        assert_eq!(
            (estimate.value, estimate.standard_error, estimate.interval),
            (None, None, None)
        );
    }
    // Only people of an arm that the policy does not play.
    let others = evaluate(&log(EVEN, [[5, 0]; 2]), &[vec![0.0, 1.0]]).expect("an evaluation");
    assert_eq!(
        (others.effective_people, others.self_normalised.value),
        (None, None)
    );
    assert_eq!(others.inverse_propensity.value, Some(0.0));
    assert_eq!(others.inverse_propensity.interval, None);
}

/// The formulas, person by person: values and standard errors.
fn by_person(propensities: &[Vec<Vec<f64>>], rows: &[Row], policy: &[Vec<f64>]) -> [[f64; 2]; 3] {
    let n = rows.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let error = |values: &[f64]| {
        let centre = mean(values);
        let squares: f64 = values.iter().map(|it| (it - centre).powi(2)).sum();
        (squares / (n - 1.0) / n).sqrt()
    };
    let weight = |row: &Row| policy[row.1][row.2] / propensities[row.0][row.1][row.2];
    let predicted = |context: usize, arm: usize| {
        let of = |is_meant: &dyn Fn(&Row) -> bool| {
            let values: Vec<f64> = rows
                .iter()
                .filter(|row| is_meant(row))
                .map(|row| row.3)
                .collect();
            (!values.is_empty()).then(|| mean(&values))
        };
        of(&|row| (row.1, row.2) == (context, arm))
            .or_else(|| of(&|row| row.2 == arm))
            .or_else(|| of(&|_| true))
            .unwrap_or(0.0)
    };
    let ips: Vec<f64> = rows.iter().map(|row| weight(row) * row.3).collect();
    let weights: Vec<f64> = rows.iter().map(weight).collect();
    let ratio = mean(&ips) / mean(&weights);
    let rest: Vec<f64> = rows
        .iter()
        .map(|row| weight(row) * (row.3 - ratio))
        .collect();
    let robust: Vec<f64> = rows
        .iter()
        .map(|row| {
            let chances = policy[row.1].iter().enumerate();
            let expected: f64 = chances
                .map(|(arm, chance)| chance * predicted(row.1, arm))
                .sum();
            expected + weight(row) * (row.3 - predicted(row.1, row.2))
        })
        .collect();
    [
        [mean(&ips), error(&ips)],
        [ratio, error(&rest) / mean(&weights)],
        [mean(&robust), error(&robust)],
    ]
}

proptest! {
    #[test]
    fn estimates_from_cells_are_those_from_single_people(
        weights in prop::collection::vec(prop::collection::vec(prop::collection::vec(1..9_u32, 3), 2), 3),
        policy in prop::collection::vec(prop::collection::vec(1..9_u32, 3), 2),
        rows in prop::collection::vec((0..3_usize, 0..2_usize, 0..3_usize, -50..50_i8), 2..40),
    ) {
        let distribution = |row: &Vec<u32>| -> Vec<f64> {
            let total: u32 = row.iter().sum();
            row.iter().map(|&it| f64::from(it) / f64::from(total)).collect()
        };
        let propensities: Vec<Vec<Vec<f64>>> =
            weights.iter().map(|period| period.iter().map(distribution).collect()).collect();
        let policy: Vec<Vec<f64>> = policy.iter().map(distribution).collect();
        let rows: Vec<Row> = rows.iter().map(|row| (row.0, row.1, row.2, f64::from(row.3))).collect();
        let ours = evaluate(&cells(&propensities, &rows), &policy).expect("an evaluation");
        let theirs = by_person(&propensities, &rows, &policy);
        let estimates = [ours.inverse_propensity, ours.self_normalised, ours.doubly_robust];
        for (ours, [value, error]) in estimates.iter().zip(theirs) {
            prop_assert!((ours.value.expect("a value") - value).abs() < 1e-9 * (1.0 + value.abs()));
            prop_assert!((ours.standard_error.expect("an error") - error).abs() < 1e-6 * (1.0 + error));
        }
    }

    #[test]
    fn the_policy_that_was_logged_earns_what_people_earned(
        rows in prop::collection::vec((0..2_usize, -50..50_i8), 2..40), share in 0.1..0.9_f64,
    ) {
        let propensities = vec![vec![vec![share, 1.0 - share]]];
        let rows: Vec<Row> = rows.iter().map(|row| (0, 0, row.0, f64::from(row.1))).collect();
        let mean = rows.iter().map(|row| row.3).sum::<f64>() / rows.len() as f64;
        let ours = evaluate(&cells(&propensities, &rows), &propensities[0]).expect("an evaluation");
        prop_assert!((ours.inverse_propensity.value.expect("a value") - mean).abs() < 1e-9);
        prop_assert!((ours.effective_people.expect("people") - rows.len() as f64).abs() < 1e-6);
    }
}

/// What three arms earn on average in a period: they drift together.
fn mean(arm: usize, period: u32) -> f64 {
    [0.2, 0.5, 0.8][arm] + 0.3 * f64::from(period)
}

/// A log of five batches of a bandit with a floor of 5%.
fn bandit_log(chance: &mut Chance) -> Vec<LoggedCell> {
    const PEOPLE: u32 = 200;
    let settings = Settings {
        algorithm: Algorithm::Thompson,
        best: Best::Most,
        floor_bps: 500,
        burn_in: 0,
    };
    let mut periods: Vec<Vec<Moments>> = Vec::new();
    let mut cells = Vec::new();
    for period in 0..5 {
        let weights = match period {
            0 => vec![3_400, 3_300, 3_300],
            _ => next_batch(&periods, &settings).weights_bps,
        };
        let chances: Vec<f64> = weights.iter().map(|&it| f64::from(it) / 1e4).collect();
        let mut arms = vec![Moments::default(); 3];
        for _ in 0..PEOPLE {
            let arm = chance.pick(&chances);
            arms[arm].add(&person(mean(arm, period) + chance.normal()), 1);
        }
        let logged = arms
            .iter()
            .zip(chances)
            .enumerate()
            .map(|(arm, (&moments, propensity))| LoggedCell {
                period: usize::try_from(period).expect("few"),
                context: 0,
                arm,
                propensity,
                moments,
            });
        cells.extend(logged);
        periods.push(arms);
    }
    cells
}

#[test]
fn intervals_cover_what_a_policy_earns_on_the_log_of_a_bandit() {
    const RUNS: u32 = 400;
    let policies = [
        vec![1.0, 1.0, 1.0],
        vec![0.0, 0.0, 1.0],
        vec![1.0, 0.0, 0.0],
    ]
    .map(|row: Vec<f64>| {
        let total: f64 = row.iter().sum();
        row.iter().map(|it| it / total).collect::<Vec<f64>>()
    });
    let mut chance = Chance(23);
    let logs: Vec<Vec<LoggedCell>> = (0..RUNS).map(|_| bandit_log(&mut chance)).collect();
    for policy in policies {
        let earned = |arm: usize| (0..5).map(|period| mean(arm, period)).sum::<f64>() / 5.0;
        let truth: f64 = policy
            .iter()
            .enumerate()
            .map(|(arm, chance)| chance * earned(arm))
            .sum();
        let of: [fn(&Evaluation) -> Estimate; 3] = [
            |it| it.inverse_propensity,
            |it| it.self_normalised,
            |it| it.doubly_robust,
        ];
        let mut covered = [0_u32; 3];
        let mut width = [0.0; 3];
        for log in &logs {
            let evaluation = evaluate(log, std::slice::from_ref(&policy)).expect("an evaluation");
            for (at, of) in of.iter().enumerate() {
                let [low, high] = of(&evaluation).interval.expect("an interval");
                covered[at] += u32::from(low <= truth && truth <= high);
                width[at] += (high - low) / f64::from(RUNS);
            }
        }
        let shares = covered.map(|it| f64::from(it) / f64::from(RUNS));
        println!(
            "{policy:.2?}: covered by IPS, self-normalised, doubly robust {shares:?}, widths {width:.3?}"
        );
        assert!(shares.iter().all(|&share| share >= 0.9), "{shares:?}");
    }
}
