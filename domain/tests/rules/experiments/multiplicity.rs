//! Families of hypotheses: statsmodels and fcnd, the definitions by brute force, and how many discoveries
//! are false.

use super::chance::Chance;
use proptest::prelude::*;
use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, Normal};
use tessera_domain::experiments::multiplicity::{Correction, Hypothesis, Scope, Verdict, correct};

const ALPHA: f64 = 0.05;
const PREFERENTIAL: Correction = Correction::PreferentialBonferroni {
    primary_share_bps: 6_000,
};
const ON_P: [Correction; 4] = [
    Correction::None,
    Correction::Holm,
    Correction::BenjaminiHochberg,
    PREFERENTIAL,
];

#[derive(Deserialize)]
struct Fixture {
    by_p: Vec<ByP>,
    by_e: Vec<ByE>,
}

#[derive(Deserialize)]
struct ByP {
    p: Vec<f64>,
    primary: Vec<bool>,
    holm: Expected,
    benjamini_hochberg: Expected,
    preferential: Expected,
}

#[derive(Deserialize)]
struct ByE {
    e: Vec<f64>,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    corrected: Vec<f64>,
    rejected: Vec<bool>,
}

fn of_p(p: Option<f64>) -> Hypothesis {
    Hypothesis {
        arm: 1,
        metric: 0,
        is_primary: false,
        p,
        e: None,
    }
}

fn of_e(e: f64) -> Hypothesis {
    Hypothesis {
        e: Some(e),
        ..of_p(None)
    }
}

fn all(family: &[Hypothesis], correction: Correction) -> Vec<Verdict> {
    correct(family, correction, Scope::All, ALPHA)
}

fn assert_same(ours: &[Verdict], theirs: &Expected, what: &str) {
    assert_eq!(ours.len(), theirs.corrected.len());
    let mut largest = 0.0_f64;
    for (ours, (corrected, rejected)) in ours
        .iter()
        .zip(theirs.corrected.iter().zip(&theirs.rejected))
    {
        let value = ours.corrected.expect("a value");
        largest = largest.max((value - corrected).abs());
        assert_eq!(
            ours.is_significant, *rejected,
            "{what}: {value} {corrected}"
        );
    }
    println!("{what}: largest difference {largest:e}");
    assert!(largest <= 1e-14, "{what}: {largest:e}");
}

#[test]
fn families_are_corrected_as_by_statsmodels_and_fcnd() {
    let json = include_str!("../../../../tests/oracles/fixtures/multiplicity.json");
    let fixture: Fixture = serde_json::from_str(json).expect("a fixture");
    for case in fixture.by_p {
        let family: Vec<Hypothesis> = case
            .p
            .iter()
            .zip(&case.primary)
            .map(|(&p, &is_primary)| Hypothesis {
                is_primary,
                ..of_p(Some(p))
            })
            .collect();
        assert_same(&all(&family, Correction::Holm), &case.holm, "Holm");
        let false_discovery = all(&family, Correction::BenjaminiHochberg);
        assert_same(&false_discovery, &case.benjamini_hochberg, "BH");
        assert_same(
            &all(&family, PREFERENTIAL),
            &case.preferential,
            "preferential",
        );
    }
    for case in fixture.by_e {
        let family: Vec<Hypothesis> = case.e.iter().copied().map(of_e).collect();
        let ours = all(&family, Correction::EBenjaminiHochberg);
        assert_same(&ours, &case.expected, "e-BH");
    }
}

#[test]
fn what_is_no_number_in_its_range_is_never_significant() {
    for p in [
        None,
        Some(f64::NAN),
        Some(-0.1),
        Some(1.1),
        Some(f64::NEG_INFINITY),
    ] {
        for correction in ON_P {
            let [nothing, other] = all(&[of_p(p), of_p(Some(0.001))], correction)[..] else {
                panic!("two verdicts")
            };
            assert!(!nothing.is_significant);
            assert_eq!((nothing.corrected, nothing.interval_alpha), (None, None));
            assert!(other.is_significant, "{correction:?}");
        }
    }
    for e in [f64::NAN, -1.0] {
        let verdicts = all(
            &[of_e(e), of_e(f64::INFINITY)],
            Correction::EBenjaminiHochberg,
        );
        assert_eq!(verdicts[0].corrected, None);
        assert_eq!(verdicts[1].corrected, Some(0.0));
    }
}

#[test]
fn an_alpha_that_is_none_finds_nothing() {
    for alpha in [0.0, 1.0, -1.0, f64::NAN] {
        let [verdict] = correct(&[of_p(Some(0.0))], Correction::Holm, Scope::All, alpha)[..] else {
            panic!("one verdict")
        };
        assert!(!verdict.is_significant && verdict.interval_alpha.is_none());
    }
}

#[test]
fn a_metric_without_a_share_of_alpha_finds_nothing() {
    let correction = Correction::PreferentialBonferroni {
        primary_share_bps: 10_000,
    };
    let primary = Hypothesis {
        is_primary: true,
        ..of_p(Some(0.05))
    };
    let verdicts = all(&[primary, of_p(Some(0.0))], correction);
    assert!(verdicts[0].is_significant && !verdicts[1].is_significant);
    assert_eq!(verdicts[1].interval_alpha, None);
}

#[test]
fn intervals_go_with_the_verdicts() {
    let family = [0.001, 0.01, 0.02, 0.6].map(|p| of_p(Some(p)));
    let alphas = |correction| all(&family, correction)[0].interval_alpha;
    assert_eq!(alphas(Correction::None), Some(0.05));
    assert_eq!(alphas(Correction::Holm), Some(0.0125));
    // Three of four are discoveries.
    assert_eq!(alphas(Correction::BenjaminiHochberg), Some(0.05 * 0.75));
    let nothing = [0.2, 0.6].map(|p| of_p(Some(p)));
    let verdict = all(&nothing, Correction::BenjaminiHochberg)[0];
    assert_eq!(verdict.interval_alpha, Some(0.025));
}

#[test]
fn primary_only_leaves_the_others_as_they_are() {
    let primary = |p| Hypothesis {
        is_primary: true,
        ..of_p(Some(p))
    };
    let family = [primary(0.04), primary(0.5), of_p(Some(0.04))];
    let verdicts = correct(&family, Correction::Holm, Scope::PrimaryOnly, ALPHA);
    let corrected: Vec<_> = verdicts.iter().map(|it| it.corrected).collect();
    assert_eq!(corrected, [Some(0.08), Some(0.5), Some(0.04)]);
}

fn hypotheses() -> impl Strategy<Value = Vec<Hypothesis>> {
    // Tenth powers reach small values, and steps make ties.
    let p = prop_oneof![
        1 => Just(None),
        4 => (1..=20_u32).prop_map(|it| Some((f64::from(it) / 20.0).powi(4))),
    ];
    let e = prop_oneof![
        1 => Just(None),
        4 => (0..=20_u32).prop_map(|it| Some(f64::from(it).powi(3) / 7.0)),
    ];
    let one = (0..3_usize, 0..4_usize, p, e).prop_map(|(arm, metric, p, e)| Hypothesis {
        arm,
        metric,
        is_primary: metric == 0,
        p,
        e,
    });
    prop::collection::vec(one, 0..12)
}

fn corrections() -> impl Strategy<Value = Correction> {
    prop::sample::select([&ON_P[..], &[Correction::EBenjaminiHochberg]].concat())
}

fn scopes() -> impl Strategy<Value = Scope> {
    prop::sample::select(vec![
        Scope::All,
        Scope::PerMetric,
        Scope::PerArm,
        Scope::PrimaryOnly,
    ])
}

/// The definitions, word for word, on one family, missing evidence being p = 1 and e = 0.
fn rejected_by_definition(family: &[Hypothesis], correction: Correction) -> Vec<bool> {
    let size = family.len();
    let count = |number: usize| number as f64;
    let p: Vec<f64> = family.iter().map(|it| it.p.unwrap_or(1.0)).collect();
    let e: Vec<f64> = family.iter().map(|it| it.e.unwrap_or(0.0)).collect();
    match correction {
        Correction::Holm => {
            let mut rejected = vec![false; size];
            // Step down: the least of those left, while it is at most alpha by how many are left.
            while let Some(least) = (0..size)
                .filter(|&at| !rejected[at])
                .min_by(|&left, &right| p[left].total_cmp(&p[right]))
            {
                let left = rejected.iter().filter(|it| !**it).count();
                if p[least] * count(left) > ALPHA {
                    break;
                }
                rejected[least] = true;
            }
            rejected
        }
        Correction::BenjaminiHochberg => {
            let reaches = |&found: &usize| {
                let threshold = ALPHA * count(found) / count(size);
                p.iter().filter(|&&p| p <= threshold).count() >= found
            };
            let most = (1..=size).rev().find(reaches).unwrap_or(0);
            p.iter()
                .map(|&p| p <= ALPHA * count(most) / count(size))
                .collect()
        }
        _ => {
            let reaches = |&found: &usize| {
                let threshold = count(size) / (ALPHA * count(found));
                e.iter().filter(|&&e| e >= threshold).count() >= found
            };
            match (1..=size).rev().find(reaches) {
                Some(most) => e
                    .iter()
                    .map(|&e| e >= count(size) / (ALPHA * count(most)))
                    .collect(),
                None => vec![false; size],
            }
        }
    }
}

proptest! {
    #[test]
    fn the_definitions_reject_the_same(
        family in hypotheses(),
        correction in prop::sample::select(vec![
            Correction::Holm, Correction::BenjaminiHochberg, Correction::EBenjaminiHochberg,
        ]),
    ) {
        let ours: Vec<bool> = all(&family, correction).iter().map(|it| it.is_significant).collect();
        prop_assert_eq!(ours, rejected_by_definition(&family, correction));
    }

    #[test]
    fn the_order_of_hypotheses_is_immaterial(
        (family, order) in hypotheses().prop_flat_map(|family| {
            let order: Vec<usize> = (0..family.len()).collect();
            (Just(family), Just(order).prop_shuffle())
        }),
        correction in corrections(),
        scope in scopes(),
    ) {
        let verdicts = correct(&family, correction, scope, ALPHA);
        let shuffled: Vec<Hypothesis> = order.iter().map(|&at| family[at]).collect();
        let expected: Vec<Verdict> = order.iter().map(|&at| verdicts[at]).collect();
        prop_assert_eq!(correct(&shuffled, correction, scope, ALPHA), expected);
    }

    #[test]
    fn no_correction_makes_anything_easier(
        family in hypotheses(), correction in corrections(), scope in scopes(),
    ) {
        for (hypothesis, verdict) in family.iter().zip(correct(&family, correction, scope, ALPHA)) {
            let before = match correction {
                Correction::EBenjaminiHochberg => hypothesis.e.map(|e| e.recip().min(1.0)),
                _ => hypothesis.p,
            };
            prop_assert_eq!(before.is_some(), verdict.corrected.is_some());
            prop_assert_eq!(verdict.is_significant, verdict.corrected.is_some_and(|it| it <= ALPHA));
            if let (Some(before), Some(after)) = (before, verdict.corrected) {
                prop_assert!(before <= after && after <= 1.0);
                prop_assert!(verdict.interval_alpha.is_some_and(|it| it > 0.0 && it <= ALPHA));
            }
        }
    }

    #[test]
    fn more_evidence_for_one_takes_nothing_from_the_others(
        family in hypotheses(), at in any::<prop::sample::Index>(), correction in corrections(), scope in scopes(),
    ) {
        prop_assume!(!family.is_empty());
        let at = at.index(family.len());
        let mut stronger = family.clone();
        stronger[at].p = Some(stronger[at].p.unwrap_or(1.0) / 3.0);
        stronger[at].e = Some(stronger[at].e.unwrap_or(0.0) * 3.0 + 1.0);
        let before = correct(&family, correction, scope, ALPHA);
        let after = correct(&stronger, correction, scope, ALPHA);
        for (before, after) in before.iter().zip(after) {
            prop_assert!(!before.is_significant || after.is_significant);
        }
    }

    #[test]
    fn missing_evidence_counts_as_one_that_found_nothing(
        family in hypotheses(), correction in corrections(), scope in scopes(),
    ) {
        let filled: Vec<Hypothesis> = family
            .iter()
            .map(|it| Hypothesis { p: it.p.or(Some(1.0)), e: it.e.or(Some(0.0)), ..*it })
            .collect();
        let verdicts = correct(&family, correction, scope, ALPHA);
        let whole = correct(&filled, correction, scope, ALPHA);
        for (verdict, whole) in verdicts.iter().zip(whole) {
            prop_assert!(verdict.corrected.is_none() || *verdict == whole);
        }
    }

    #[test]
    fn families_do_not_know_of_each_other(family in hypotheses(), correction in corrections()) {
        let verdicts = correct(&family, correction, Scope::PerMetric, ALPHA);
        for metric in 0..4 {
            let own: Vec<usize> = (0..family.len()).filter(|&at| family[at].metric == metric).collect();
            let alone: Vec<Hypothesis> = own.iter().map(|&at| family[at]).collect();
            let expected: Vec<Verdict> = own.iter().map(|&at| verdicts[at]).collect();
            prop_assert_eq!(all(&alone, correction), expected);
        }
    }
}

/// The share of discoveries that are false; the first `true_effects` are not.
fn false_share(verdicts: &[Verdict], true_effects: usize) -> f64 {
    let found = verdicts.iter().filter(|it| it.is_significant).count();
    let wrong = verdicts
        .iter()
        .skip(true_effects)
        .filter(|it| it.is_significant)
        .count();
    if found == 0 {
        0.0
    } else {
        wrong as f64 / found as f64
    }
}

/// Twenty metrics that move together (correlation 0.8), looked at daily until anything is significant:
/// the shares of false discoveries by e-BH on current e values, by BH on p, and by BH at the end alone.
fn daily_looks(true_effects: usize, runs: u32) -> [f64; 3] {
    const METRICS: usize = 20;
    const DAYS: u32 = 20;
    let mut chance = Chance(7);
    let normal = Normal::standard();
    let mut sums = [0.0; 3];
    for _ in 0..runs {
        let mut totals = [0.0; METRICS];
        let mut stopped: [Option<f64>; 2] = [None; 2];
        for day in 1..=DAYS {
            let common = chance.normal() * 0.8_f64.sqrt();
            for (metric, total) in totals.iter_mut().enumerate() {
                let effect = if metric < true_effects { 0.6 } else { 0.0 };
                *total += effect + common + chance.normal() * 0.2_f64.sqrt();
            }
            let days = f64::from(day);
            let family: Vec<Hypothesis> = totals
                .iter()
                .map(|total| {
                    let z = total / days.sqrt();
                    // Robbins' mixture over effects with a standard deviation of 0.5.
                    let spread = days * 0.25;
                    let e = (z * z * spread / (2.0 * (spread + 1.0))).exp() / (spread + 1.0).sqrt();
                    Hypothesis {
                        e: Some(e),
                        ..of_p(Some(2.0 * normal.sf(z.abs())))
                    }
                })
                .collect();
            let looks = [
                Correction::EBenjaminiHochberg,
                Correction::BenjaminiHochberg,
            ];
            for (stopped, correction) in stopped.iter_mut().zip(looks) {
                let verdicts = all(&family, correction);
                if stopped.is_none() && verdicts.iter().any(|it| it.is_significant) {
                    *stopped = Some(false_share(&verdicts, true_effects));
                }
            }
            if day == DAYS {
                sums[2] += false_share(&all(&family, Correction::BenjaminiHochberg), true_effects);
            }
        }
        for (sum, stopped) in sums.iter_mut().zip(stopped) {
            *sum += stopped.unwrap_or(0.0);
        }
    }
    sums.map(|sum| sum / f64::from(runs))
}

#[test]
fn false_discoveries_stay_below_alpha_under_daily_looks_at_correlated_metrics() {
    for true_effects in [0, 5] {
        let [by_e, by_p, at_end] = daily_looks(true_effects, 1_000);
        println!(
            "{true_effects} of 20 true: e-BH {by_e}, BH at each look {by_p}, BH once {at_end}"
        );
        // Three standard errors of 1,000 runs above alpha are 0.02.
        assert!(by_e <= ALPHA, "{by_e}");
        assert!(at_end <= ALPHA + 0.02, "{at_end}");
        assert!(by_p > ALPHA + 0.02, "{by_p}");
    }
}
