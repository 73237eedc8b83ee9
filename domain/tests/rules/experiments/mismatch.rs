//! Sample ratio mismatch: scipy and ssrm-test, and how often it cries wolf.

use super::chance::Chance;
use proptest::prelude::*;
use serde::Deserialize;
use tessera_domain::experiments::mismatch::{ALPHA, Mismatch, Share};

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    weights: Vec<u32>,
    days: Vec<Vec<u64>>,
    pearson: f64,
    ln_bayes_factor: f64,
    always_valid: Vec<f64>,
}

fn phase(weights: &[u32], people: &[u64]) -> Vec<Share> {
    let shares = weights.iter().zip(people);
    shares
        .map(|(&weight, &people)| Share { weight, people })
        .collect()
}

fn tested(weights: &[u32], people: &[u64], so_far: Option<f64>) -> Mismatch {
    Mismatch::of(&[phase(weights, people)], so_far)
}

#[test]
fn mismatches_are_those_of_scipy_and_ssrm_test() {
    let json = include_str!("../../../../tests/oracles/fixtures/mismatch.json");
    let fixture: Fixture = serde_json::from_str(json).expect("a fixture");
    let (mut pearson, mut always, mut factor) = (0.0_f64, 0.0_f64, 0.0_f64);
    for case in fixture.cases {
        let mut people = vec![0; case.weights.len()];
        let mut so_far = None;
        for (at, (day, theirs)) in case.days.iter().zip(&case.always_valid).enumerate() {
            people
                .iter_mut()
                .zip(day)
                .for_each(|(sum, more)| *sum += more);
            let now = tested(&case.weights, &people, None)
                .always_valid
                .expect("p");
            let ours = tested(&case.weights, &people, so_far);
            so_far = ours.always_valid;
            // Theirs is the least so far as well; digits are lost by its sums over days.
            always = always.max((so_far.expect("p") - theirs).abs());
            if at + 1 == case.days.len() && now > 0.0 && now < 1.0 {
                factor = factor.max((-now.ln() - case.ln_bayes_factor).abs());
            }
        }
        if let Some(ours) = tested(&case.weights, &people, None).pearson {
            let scale = case.pearson.max(1e-300);
            pearson = pearson.max((ours - case.pearson).abs() / scale);
        } else {
            let total: u64 = people.iter().sum();
            let weight: u32 = case.weights.iter().sum();
            let least = *case.weights.iter().min().expect("weights");
            assert!((total * u64::from(least)) as f64 / f64::from(weight) < 5.0);
        }
    }
    println!("pearson {pearson:e} relative, p {always:e}, ln Bayes factor {factor:e}");
    assert!(pearson <= 1e-9, "{pearson:e}");
    assert!(always <= 1e-8, "{always:e}");
    assert!(factor <= 1e-6, "{factor:e}");
}

proptest! {
    #[test]
    fn people_without_a_weight_change_nothing_of_the_test(
        arms in prop::collection::vec((0..5_u32, 0..200_u64), 1..6), so_far in prop::option::of(0.0..=1.0),
    ) {
        let of = |arms: &[(u32, u64)]| {
            let shares = arms.iter().map(|&(weight, people)| Share { weight, people });
            Mismatch::of(&[shares.collect()], so_far)
        };
        let tested = of(&arms);
        let open: Vec<_> = arms.into_iter().filter(|(weight, _)| *weight > 0).collect();
        prop_assert_eq!(tested, of(&open));
        for p in [tested.pearson, tested.always_valid].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&p));
        }
        prop_assert!(so_far.is_none() || tested.always_valid <= so_far);
    }

    #[test]
    fn the_order_of_arms_and_the_unit_of_weights_are_immaterial(
        arms in prop::collection::vec((1..50_u32, 0..5_000_u64), 2..6), unit in 1..1_000_u32,
    ) {
        let share = |&(weight, people): &(u32, u64)| Share { weight, people };
        let plain = Mismatch::of(&[arms.iter().map(share).collect()], None);
        let turned: Vec<Share> = arms
            .iter()
            .rev()
            .map(|&(weight, people)| Share { weight: weight * unit, people })
            .collect();
        let turned = Mismatch::of(&[turned], None);
        let pairs = [(plain.pearson, turned.pearson), (plain.always_valid, turned.always_valid)];
        for (plain, turned) in pairs {
            prop_assert_eq!(plain.is_some(), turned.is_some());
            if let Some((plain, turned)) = plain.zip(turned) {
                prop_assert!((plain - turned).abs() <= 1e-7 * plain.max(1e-3), "{} {}", plain, turned);
            }
        }
    }
}

#[test]
fn weights_that_change_are_tested_by_phase() {
    // Together 5,500 to 4,500, as the weights of the two phases ask for.
    let phases = [
        phase(&[1, 1], &[3_000, 3_000]),
        phase(&[5, 3], &[2_500, 1_500]),
    ];
    let right = Mismatch::of(&phases, None);
    assert_eq!(right.always_valid, Some(1.0));
    assert!(right.pearson.is_some_and(|p| p > 0.99));
    // Each phase is wrong, and the sums are right.
    let phases = [
        phase(&[1, 1], &[3_300, 2_700]),
        phase(&[5, 3], &[2_200, 1_800]),
    ];
    assert!(Mismatch::of(&phases, None).is_found());
}

#[test]
fn daily_looks_raise_no_more_false_alarms_than_alpha() {
    const RUNS: u32 = 4_000;
    const DAYS: u32 = 60;
    let mut chance = Chance(11);
    let (mut at_alpha, mut at_5_percent, mut by_chi_squared) = (0, 0, 0);
    for _ in 0..RUNS {
        let mut people = [0_u64; 2];
        let (mut so_far, mut least) = (None, 1.0_f64);
        for _ in 0..DAYS {
            // 192 visitors a day, half of them in either arm.
            for _ in 0..3 {
                let first = u64::from(chance.bits().count_ones());
                people[0] += first;
                people[1] += 64 - first;
            }
            let tested = tested(&[1, 1], &people, so_far);
            so_far = tested.always_valid;
            least = tested.pearson.map_or(least, |p| least.min(p));
        }
        let least_valid = so_far.expect("p");
        at_alpha += u32::from(least_valid <= ALPHA);
        at_5_percent += u32::from(least_valid <= 0.05);
        by_chi_squared += u32::from(least <= ALPHA);
    }
    println!(
        "of {RUNS}: always valid {at_alpha}, at 5% {at_5_percent}; chi-squared {by_chi_squared}"
    );
    assert!(f64::from(at_alpha) <= ALPHA * f64::from(RUNS), "{at_alpha}");
    assert!(
        f64::from(at_5_percent) <= 0.05 * f64::from(RUNS),
        "{at_5_percent}"
    );
    assert!(
        f64::from(by_chi_squared) > 5.0 * ALPHA * f64::from(RUNS),
        "{by_chi_squared}"
    );
}

#[test]
fn a_split_of_52_to_48_is_found_within_20_000_visitors() {
    let mut chance = Chance(13);
    let mut needed: Vec<u64> = Vec::new();
    for _ in 0..100 {
        let mut people = [0_u64; 2];
        loop {
            for _ in 0..250 {
                people[usize::from(chance.uniform() > 0.52)] += 1;
            }
            if tested(&[1, 1], &people, None).is_found() {
                break;
            }
        }
        needed.push(people.iter().sum());
    }
    needed.sort_unstable();
    println!(
        "visitors: median {}, nine of ten {}, most {}",
        needed[50], needed[90], needed[99]
    );
    assert!(needed[50] <= 13_000 && needed[90] <= 20_000, "{needed:?}");
}
