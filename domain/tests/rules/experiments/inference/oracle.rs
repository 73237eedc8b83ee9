//! Against scipy, statsmodels, gbstats and sequential-analysis.

use super::{fixture::fixture, generator::moments};
use std::collections::HashMap;
use tessera_domain::experiments::{
    inference::{
        adjustment::{Adjustment, NotAdjusted},
        bayes::{Posterior, Prior, best::chances_to_be_best, rates},
        drift::{Cohort, drift},
        effect::{Effect, Figure},
        estimate::Shape,
        evidence::Evidence,
        fixed,
        interval::Side,
        power::{Baseline, Plan, Test},
        quantile::{
            self,
            difference::Looks,
            histogram::{Bucket, Histogram},
        },
        sequence::Sequence,
    },
    moments::Moments,
};

/// The largest differences by what is compared, for the table of decision 10.
#[derive(Default)]
struct Largest(HashMap<&'static str, f64>);

impl Largest {
    /// `ours` is `theirs` within `tolerance` of their size, or of `scale`, where differences cancel.
    fn check(&mut self, what: &'static str, pair: (f64, f64), scale: f64, limit: f64, case: &str) {
        let (ours, theirs) = pair;
        let off = (ours - theirs).abs() / theirs.abs().max(scale).max(f64::MIN_POSITIVE);
        let largest = self.0.entry(what).or_default();
        *largest = largest.max(off);
        assert!(
            off <= limit,
            "{case}: {what} {ours} is not {theirs}: {off:e}"
        );
    }
}

impl Drop for Largest {
    fn drop(&mut self) {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_by_key(|(what, _)| **what);
        for (what, off) in all {
            println!("{what}: largest difference {off:.1e}");
        }
    }
}

const SIDES: [(&str, Side); 3] = [
    ("both", Side::Both),
    ("above", Side::Above),
    ("below", Side::Below),
];

fn repeated(rows: &[[i64; 4]], copies: u32) -> Moments {
    let mut all = moments(rows.iter().copied());
    // Twice as many until there are enough: copies are powers of 2.
    for _ in 0..copies.ilog2() {
        let half = all;
        all.add(&half, 1);
    }
    all
}

#[test]
fn effects_and_their_evidence_are_those_of_the_packages() {
    let mut largest = Largest::default();
    for case in fixture().comparisons {
        let [base, arm] = [&case.base, &case.arm].map(|rows| repeated(rows, case.copies));
        let shape = match case.shape.as_str() {
            "ratio" => Shape::Ratio,
            "rate" => Shape::Rate,
            _ => Shape::Mean,
        };
        let pooled = Adjustment::between(&[&base, &arm], shape);
        if let Adjustment::Cuped { theta, .. } = pooled {
            largest.check("theta", (theta, case.theta), 1e-3, 1e-8, &case.name);
        }
        // The fixture adjusts by its theta whether that is of use or not.
        let adjustment = if case.adjusted {
            Adjustment::Cuped {
                theta: case.theta,
                centre: 0.0,
                reduction: 0.0,
            }
        } else {
            Adjustment::none(NotAdjusted::NotAsked)
        };
        let estimates = [&base, &arm].map(|moments| adjustment.estimate(moments, shape));
        let [Some(of_base), Some(of_arm)] = estimates else {
            panic!("{}: no estimate", case.name);
        };
        let effect = Effect::between(&of_base, &of_arm).expect("an effect");
        // Floats of the packages lose digits of values that are far from 0; ours are integers.
        // Floats of the packages lose digits of values that are far from 0; ours are integers. The
        // tail of Student's t is right to nine digits with many people.
        let limit = match (case.name.starts_with("far away"), case.copies) {
            (true, _) => 1e-5,
            (false, 1) => 1e-9,
            (false, _) => 5e-9,
        };
        let mut check = |what, ours, theirs, scale| {
            largest.check(what, (ours, theirs), scale, limit, &case.name);
        };
        check(
            "difference",
            effect.absolute.value,
            case.difference,
            case.error,
        );
        check("error", effect.absolute.error, case.error, 0.0);
        check("degrees of freedom", effect.freedom, case.freedom, 0.0);
        check("z", effect.z(), case.z, 1.0);
        assert_eq!(
            effect.relative().is_some(),
            case.relative.is_some(),
            "{}",
            case.name
        );
        if let (Some(ours), Some([value, error])) = (effect.relative(), case.relative) {
            check("relative effect", ours.value, value, error);
            check("relative error", ours.error, error, 0.0);
        }
        let fixed = |side| fixed::evidence(&effect, 0.05, side).expect("evidence");
        for (name, side) in SIDES {
            let (ours, theirs) = (fixed(side), &case.fixed[name]);
            // What differs in z by 1e-9 of it differs in p by z² times that.
            let sized = 1e-2 * theirs.p * case.z.powi(2).max(1.0);
            check(
                "Welch's p",
                ours.verdict.p.max(1e-290),
                theirs.p.max(1e-290),
                sized,
            );
            check(
                "Welch's critical value",
                ours.critical,
                theirs.critical,
                0.0,
            );
        }
        let bounds = effect.relative_interval(&fixed(Side::Both), Side::Both);
        assert_eq!(bounds.is_some(), case.fieller.is_some(), "{}", case.name);
        if let (Some(ours), Some([low, high])) = (bounds, case.fieller) {
            check("Fieller's bounds", ours.low.expect("low"), low, high - low);
            check(
                "Fieller's bounds",
                ours.high.expect("high"),
                high,
                high - low,
            );
        }
        let sequence = Sequence {
            tuned_for: 5_000.0,
            tuned_at: 0.05,
            fewest_people: 2,
        };
        for (name, side) in SIDES {
            let ours: Evidence = sequence
                .evidence(&of_base, &of_arm, &effect, 0.05, side)
                .expect("evidence");
            let theirs = &case.sequence[name];
            let ln_e = ours.verdict.e.expect("an e-value").ln();
            check(
                "e-value, logarithm",
                ln_e,
                theirs.ln_e.min(f64::MAX.ln()),
                1.0,
            );
            check("critical value", ours.critical, theirs.critical, 0.0);
        }
        for theirs in &case.posterior {
            let prior = theirs
                .prior
                .map(|[mean, deviation]| Prior { mean, deviation });
            let posterior = Posterior::of(effect.absolute, prior).expect("a posterior");
            let Figure { value, error } = posterior.figure();
            check("posterior", value, theirs.mean, theirs.deviation);
            check("posterior", error, theirs.deviation, 0.0);
            let bounds = posterior.interval(0.05, Side::Both).expect("bounds");
            check(
                "posterior",
                bounds.low.expect("low"),
                theirs.interval[0],
                error,
            );
            check(
                "posterior",
                bounds.high.expect("high"),
                theirs.interval[1],
                error,
            );
            check(
                "chance to win",
                posterior.chance_above(),
                theirs.chance,
                1e-3,
            );
            let losses = posterior.losses();
            check("losses", losses.of_arm, theirs.losses[0], 1e-3 * error);
            check("losses", losses.of_base, theirs.losses[1], 1e-3 * error);
        }
    }
}

#[test]
fn chances_to_be_best_are_their_integrals() {
    let mut largest = Largest::default();
    for case in fixture().best {
        let arms: Vec<Figure> = case
            .arms
            .iter()
            .map(|&[value, error]| Figure { value, error })
            .collect();
        let ours = chances_to_be_best(&arms).expect("chances");
        for (ours, theirs) in ours.into_iter().zip(&case.chances) {
            let name = format!("{:?}", case.arms);
            largest.check("chance to be best", (ours, *theirs), 1.0, 1e-9, &name);
        }
    }
}

#[test]
fn rates_of_small_numbers_are_beta_binomial() {
    let mut largest = Largest::default();
    for case in fixture().rates {
        let [base, arm] = [case.base, case.arm].map(|[successes, failures]| rates::Trials {
            successes,
            failures,
        });
        let (chance, losses) = rates::compare(base, arm).expect("an answer");
        let name = format!("{base:?} {arm:?}");
        largest.check("chance of rates", (chance, case.chance), 1.0, 1e-9, &name);
        largest.check(
            "loss of rates",
            (losses.of_arm, case.losses[0]),
            1e-2,
            1e-9,
            &name,
        );
        largest.check(
            "loss of rates",
            (losses.of_base, case.losses[1]),
            1e-2,
            1e-9,
            &name,
        );
    }
}

#[test]
fn quantiles_are_those_of_scipy_and_of_every_pair_tried() {
    let mut largest = Largest::default();
    let in_micros = |units: Option<f64>| units.map(|units| (units * 1e6).round());
    for case in fixture().quantiles {
        let [base, arm] = [&case.base, &case.arm].map(|values| {
            let mut histogram = Histogram::default();
            values
                .iter()
                .for_each(|&micros| histogram.count(Bucket::of(micros), 1));
            histogram
        });
        for (histogram, (interval, value)) in [&base, &arm]
            .into_iter()
            .zip(case.intervals.into_iter().zip(case.quantiles))
        {
            let ours = quantile::interval(histogram, case.level, 0.05).expect("bounds");
            let ours = [ours.low, ours.high].map(in_micros);
            assert_eq!(ours, interval, "{}", case.name);
            let ours = quantile::quantile(histogram, case.level);
            assert_eq!(in_micros(ours), Some(value), "{}", case.name);
        }
        for (kind, looks) in [
            ("once", Looks::Once),
            (
                "always",
                Looks::Always {
                    tuned_for: 1_000.0,
                    tuned_at: 0.05,
                },
            ),
        ] {
            for (name, side) in SIDES {
                let ours =
                    quantile::difference::compare(&base, &arm, case.level, looks, 0.05, side);
                let what = format!("{} {kind} {name}", case.name);
                let Some(theirs) = &case.looks[kind] else {
                    assert_eq!(ours, None, "{what}");
                    continue;
                };
                let (ours, theirs) = (ours.expect("an answer"), &theirs[name]);
                largest.check(
                    "p of quantiles",
                    (ours.verdict.p, theirs.p),
                    1e-9,
                    1e-8,
                    &what,
                );
                if let Some(e) = theirs.e {
                    let ours = ours.verdict.e.expect("an e-value");
                    largest.check("e of quantiles", (ours, e), 1e-9, 1e-9, &what);
                }
                let bounds = [ours.interval.low, ours.interval.high].map(in_micros);
                assert_eq!(bounds, [theirs.low, theirs.high], "{what}");
            }
        }
    }
}

#[test]
fn power_is_that_of_statsmodels() {
    let mut largest = Largest::default();
    for case in fixture().powers {
        let baseline = match case.variance {
            Some(variance) => Baseline::Mean {
                mean: case.mean,
                variance,
            },
            None => Baseline::Rate(case.mean),
        };
        let (_, side) = SIDES
            .into_iter()
            .find(|(name, _)| *name == case.side)
            .expect("a side");
        let plan = Plan {
            baseline,
            reduction: 0.0,
            test: Test::Fixed,
            level: 0.05 / f64::from(case.comparisons),
            side,
            shares: case.shares,
        };
        let name = format!("{plan:?}");
        let ours = plan.power(case.relative, case.people).expect("a power");
        largest.check("power", (ours, case.power), 1e-6, 1e-8, &name);
        if let Some(power) = case.sequential {
            let test = Test::Sequential(Sequence {
                tuned_for: 8_000.0,
                tuned_at: 0.05,
                fewest_people: 2,
            });
            let ours = Plan { test, ..plan }.power(case.relative, case.people);
            largest.check(
                "power of a sequence",
                (ours.expect("a power"), power),
                1e-6,
                1e-8,
                &name,
            );
        }
        if let Some(needed) = case.base_needed {
            let [base, _] = plan.people(0.8, case.relative).expect("people");
            #[expect(clippy::cast_precision_loss, reason = "people of a test")]
            let ours = base as f64;
            assert!(
                (needed - 1e-3..=needed + 1.0).contains(&ours),
                "{ours} {needed} {name}"
            );
        }
    }
}

#[test]
fn drifts_are_those_of_statsmodels() {
    let mut largest = Largest::default();
    for case in fixture().drifts {
        let people = |values: &[i64]| moments(values.iter().map(|&value| [value, 0, 0, 0]));
        let cohorts: Vec<Cohort> = case
            .days
            .iter()
            .map(|day| Cohort {
                day: day.day.into(),
                base: people(&day.base),
                arm: people(&day.arm),
            })
            .collect();
        let ours = drift(&cohorts, Shape::Mean);
        let slope = ours.slope.expect("a slope");
        let mut check = |what, ours: Option<f64>, theirs| {
            largest.check(what, (ours.expect("a figure"), theirs), 0.0, 1e-9, "drift");
        };
        check("slope", Some(slope.value), case.slope[0]);
        check("slope", Some(slope.error), case.slope[1]);
        check("p of the slope", ours.slope_p, case.slope_p);
        check("Cochran's Q", ours.heterogeneity, case.q);
        check("p of Cochran's Q", ours.heterogeneity_p, case.q_p);
    }
}
