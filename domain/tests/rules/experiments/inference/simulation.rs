//! How often conclusions err: experiments by the thousand, whose truth is known.

use super::generator::{Generator, Kind, crowd, micros, moments};
use tessera_domain::experiments::{
    inference::{
        adjustment::{Adjustment, NotAdjusted},
        comparison::{Comparison, Method, Question, mean::compare},
        drift::{Cohort, carry_over, drift},
        estimate::Shape,
        interval::{Interval, Side},
        power::{Baseline, Plan, Test},
        quantile::{
            self,
            difference::Looks,
            histogram::{Bucket, Histogram},
        },
        sequence::Sequence,
        strata::Strata,
    },
    moments::Moments,
};

const FIXED: Method = Method::Fixed;
const SEQUENTIAL: Method = Method::Sequential(Sequence {
    tuned_for: 1_000.0,
    tuned_at: 0.05,
    fewest_people: 100,
});

fn question(method: Method, side: Side) -> Question {
    Question {
        method,
        alpha: 0.05,
        side,
    }
}

fn plainly(base: &Moments, arm: &Moments, method: Method, side: Side) -> Comparison {
    let plain = Adjustment::none(NotAdjusted::NotAsked);
    compare(base, arm, Shape::Mean, &plain, &question(method, side))
}

fn share(hits: u32, runs: u32) -> f64 {
    f64::from(hits) / f64::from(runs)
}

fn holds(interval: Interval, truth: f64) -> bool {
    interval.low.is_none_or(|low| low <= truth) && interval.high.is_none_or(|high| high >= truth)
}

/// Three standard errors of a share.
fn doubt(expected: f64, runs: u32) -> f64 {
    3.0 * (expected * (1.0 - expected) / f64::from(runs)).sqrt()
}

/// Of so many experiments without an effect, looked at every day for three weeks: the share that is
/// significant on any day, by method and side.
fn ever_significant(kind: Kind, seed: u64) -> [f64; 3] {
    const RUNS: u32 = 2_000;
    let mut random = Generator(seed);
    let mut hits = [0_u32; 3];
    let tests = [
        (FIXED, Side::Both),
        (SEQUENTIAL, Side::Both),
        (SEQUENTIAL, Side::Above),
    ];
    for _ in 0..RUNS {
        let (mut base, mut arm) = (Moments::default(), Moments::default());
        let mut found = [false; 3];
        for _ in 0..21 {
            base.add(&crowd(&mut random, kind, 35, 0.0), 1);
            arm.add(&crowd(&mut random, kind, 35, 0.0), 1);
            for (found, (method, side)) in found.iter_mut().zip(tests) {
                *found = *found || plainly(&base, &arm, method, side).is_significant;
            }
        }
        for (hits, found) in hits.iter_mut().zip(found) {
            *hits += u32::from(found);
        }
    }
    let shares = hits.map(|hits| share(hits, RUNS));
    println!("{kind:?}: ever significant, fixed, sequence, one-sided sequence: {shares:?}");
    shares
}

fn peeking_is_safe_by_the_sequence_alone(kind: Kind, seed: u64) {
    let [fixed, both, above] = ever_significant(kind, seed);
    assert!(fixed > 0.15, "{fixed}");
    assert!(both <= 0.05, "{both}");
    assert!(above <= 0.05, "{above}");
}

#[test]
fn peeking_at_normal_values_is_safe_by_the_sequence_alone() {
    peeking_is_safe_by_the_sequence_alone(Kind::Normal, 1);
}

#[test]
fn peeking_at_rates_is_safe_by_the_sequence_alone() {
    peeking_is_safe_by_the_sequence_alone(Kind::Rate(0.05), 2);
}

#[test]
fn peeking_at_payments_is_safe_by_the_sequence_alone() {
    peeking_is_safe_by_the_sequence_alone(Kind::Payments, 3);
}

#[test]
fn a_sequence_holds_the_truth_on_all_days_at_once() {
    const RUNS: u32 = 1_000;
    let mut random = Generator(4);
    let (mut absolute, mut relative) = (0, 0);
    for _ in 0..RUNS {
        let (mut base, mut arm) = (Moments::default(), Moments::default());
        let mut held = [true; 2];
        for _ in 0..20 {
            base.add(&crowd(&mut random, Kind::Normal, 40, 0.0), 1);
            arm.add(&crowd(&mut random, Kind::Normal, 40, 2.0), 1);
            let found = plainly(&base, &arm, SEQUENTIAL, Side::Both);
            for (held, (effect, truth)) in held
                .iter_mut()
                .zip([(found.absolute, 2.0), (found.relative, 0.2)])
            {
                let interval = effect.and_then(|it| it.interval);
                *held = *held && interval.is_none_or(|it| holds(it, truth));
            }
        }
        absolute += u32::from(held[0]);
        relative += u32::from(held[1]);
    }
    let shares = [absolute, relative].map(|hits| share(hits, RUNS));
    println!("sequence, simultaneous coverage, absolute and relative: {shares:?}");
    assert!(shares.iter().all(|&share| share >= 0.95), "{shares:?}");
}

/// One look at people of both arms: a mean with a covariate, or a ratio with one, and an effect of 1.
fn one_look(random: &mut Generator, shape: Shape, people: usize) -> [Moments; 2] {
    [0.0, 1.0].map(|effect| {
        moments((0..people).map(|_| {
            let before = random.normal() + 4.0;
            let [views, views_before] =
                [1.0, 2.0].map(|least| least + (random.uniform() * 9.0).floor());
            let own = 4.0 + before + (0.6 * random.normal()).exp() + effect;
            let values = match shape {
                Shape::Ratio => [own * views, views, before * views_before, views_before],
                Shape::Mean | Shape::Rate => [own, 1.0, before, 1.0],
            };
            values.map(micros)
        }))
    })
}

#[test]
fn fixed_intervals_hold_the_truth_as_often_as_they_say() {
    const RUNS: u32 = 1_500;
    // Of the base: 4 + 4 + exp(0.18).
    let truths = [1.0, 1.0 / (8.0 + 0.18_f64.exp())];
    for (shape, adjusted) in [
        (Shape::Mean, false),
        (Shape::Mean, true),
        (Shape::Ratio, false),
        (Shape::Ratio, true),
    ] {
        let mut random = Generator(5);
        let mut held = [0_u32; 2];
        for _ in 0..RUNS {
            let [base, arm] = one_look(&mut random, shape, 150);
            let adjustment = if adjusted {
                Adjustment::between(&[&base, &arm], shape)
            } else {
                Adjustment::none(NotAdjusted::NotAsked)
            };
            let asked = question(FIXED, Side::Both);
            let found = compare(&base, &arm, shape, &adjustment, &asked);
            for (held, (effect, truth)) in held
                .iter_mut()
                .zip([found.absolute, found.relative].into_iter().zip(truths))
            {
                *held += u32::from(holds(effect.unwrap().interval.unwrap(), truth));
            }
        }
        let shares = held.map(|hits| share(hits, RUNS));
        println!("{shape:?}, adjusted {adjusted}: coverage, absolute and relative: {shares:?}");
        for share in shares {
            assert!((share - 0.95).abs() <= doubt(0.95, RUNS), "{share}");
        }
    }
}

#[test]
fn an_effect_is_found_as_often_as_planned() {
    const RUNS: u32 = 800;
    const SEQUENCE: Sequence = Sequence {
        tuned_for: 3_000.0,
        tuned_at: 0.05,
        fewest_people: 100,
    };
    for (test, method) in [
        (Test::Fixed, FIXED),
        (Test::Sequential(SEQUENCE), Method::Sequential(SEQUENCE)),
    ] {
        let plan = Plan {
            baseline: Baseline::Rate(0.2),
            reduction: 0.0,
            test,
            level: 0.05,
            side: Side::Both,
            shares: [0.6, 0.4],
        };
        let people = plan.people(0.8, 0.25).unwrap();
        let mut random = Generator(6);
        let mut found = 0;
        for _ in 0..RUNS {
            let [base, arm] = [0.2, 0.25].map(Kind::Rate);
            let base = crowd(&mut random, base, usize::try_from(people[0]).unwrap(), 0.0);
            let arm = crowd(&mut random, arm, usize::try_from(people[1]).unwrap(), 0.0);
            found += u32::from(plainly(&base, &arm, method, Side::Both).is_significant);
        }
        let power = share(found, RUNS);
        println!("{test:?} with {people:?}: power {power}, planned 0.8");
        assert!((power - 0.8).abs() <= doubt(0.8, RUNS), "{power}");
    }
}

fn come(all: &mut Histogram, random: &mut Generator, people: usize, factor: f64) {
    for _ in 0..people {
        // Amounts have ties.
        let value = factor * (1.0 + random.normal()).exp();
        all.count(Bucket::of(micros((value * 100.0).round() / 100.0)), 1);
    }
}

#[test]
fn peeking_at_quantiles_is_safe_by_the_sequence_alone() {
    const RUNS: u32 = 300;
    let mut random = Generator(7);
    let mut hits = [0_u32; 2];
    let always = Looks::Always {
        tuned_for: 300.0,
        tuned_at: 0.05,
    };
    let kinds = [Looks::Once, always];
    for _ in 0..RUNS {
        let (mut base, mut arm) = (Histogram::default(), Histogram::default());
        let mut found = [false; 2];
        for _ in 0..14 {
            for histogram in [&mut base, &mut arm] {
                come(histogram, &mut random, 15, 1.0);
            }
            for (found, looks) in found.iter_mut().zip(kinds) {
                let answer =
                    quantile::difference::compare(&base, &arm, 0.5, looks, 0.05, Side::Both);
                *found = *found || answer.is_some_and(|it| it.verdict.is_significant);
            }
        }
        for (hits, found) in hits.iter_mut().zip(found) {
            *hits += u32::from(found);
        }
    }
    let [once, always] = hits.map(|hits| share(hits, RUNS));
    println!("median: ever significant, fixed {once}, sequence {always}");
    assert!(once > 0.1, "{once}");
    assert!(always <= 0.05, "{always}");
}

#[test]
fn quantile_bounds_hold_the_truth_at_one_look() {
    const RUNS: u32 = 600;
    for level in [0.5, 0.9] {
        let mut random = Generator(8);
        // Of the arm, which is twice the base but for the ties.
        let normal: f64 = if level == 0.5 { 0.0 } else { 1.281_551_565_545 };
        let truth = (1.0 + 0.7 * normal).exp();
        let mut held = 0;
        for _ in 0..RUNS {
            let [base, arm] = [1.0, 2.0].map(|factor| {
                let mut all = Histogram::default();
                for _ in 0..120 {
                    let value = factor * (1.0 + 0.7 * random.normal()).exp();
                    all.count(Bucket::of(micros(value)), 1);
                }
                all
            });
            let looks = Looks::Once;
            let found = quantile::difference::compare(&base, &arm, level, looks, 0.05, Side::Both);
            held += u32::from(holds(found.unwrap().interval, truth));
        }
        let share = share(held, RUNS);
        println!("quantile {level}: coverage {share}");
        assert!(share >= 0.95 - doubt(0.95, RUNS), "{share}");
    }
}

#[test]
fn an_effect_that_stays_the_same_does_not_drift() {
    const RUNS: u32 = 400;
    let mut random = Generator(9);
    let (mut slopes, mut days_apart, mut before) = (0, 0, 0);
    for _ in 0..RUNS {
        let days: Vec<Cohort> = (0..10)
            .map(|day| Cohort {
                day: day.into(),
                base: crowd(&mut random, Kind::Rate(0.1), 150, 0.0),
                arm: crowd(&mut random, Kind::Rate(0.13), 150, 0.0),
            })
            .collect();
        let found = drift(&days, Shape::Rate);
        slopes += u32::from(found.slope_p.unwrap() < 0.05);
        days_apart += u32::from(found.heterogeneity_p.unwrap() < 0.05);
        let [base, arm] = one_look(&mut random, Shape::Mean, 60);
        before += u32::from(carry_over(&base, &arm, Shape::Mean).unwrap().p < 0.05);
    }
    let shares = [slopes, days_apart, before].map(|hits| share(hits, RUNS));
    println!("false alarms of slope, heterogeneity and carry-over: {shares:?}");
    for share in shares {
        assert!(share <= 0.05 + doubt(0.05, RUNS), "{share}");
    }
}

#[test]
fn arms_whose_weights_move_differed_before_as_seldom_as_others() {
    const RUNS: u32 = 800;
    let mut random = Generator(11);
    let mut alarms = 0;
    for _ in 0..RUNS {
        // Who comes first has done more, and most who come later are in the arm.
        let times = [(5.0, [80, 80]), (2.0, [15, 90]), (1.0, [40, 160])].map(|(mean, people)| {
            people.map(|people| {
                let before = (0..people).map(|_| [0, 0, micros(mean + random.normal()), 0]);
                moments(before.collect::<Vec<_>>())
            })
        });
        let times = times.map(Vec::from);
        let arms = Strata::of_arms(&times, &[0, 1]);
        alarms += u32::from(carry_over(&arms[0], &arms[1], Shape::Mean).unwrap().p < 0.05);
    }
    let share = share(alarms, RUNS);
    println!("false alarms of carry-over under weights that move: {share}");
    assert!((share - 0.05).abs() <= doubt(0.05, RUNS), "{share}");
}

#[test]
fn a_novelty_that_wears_off_drifts() {
    let mut random = Generator(10);
    let days: Vec<Cohort> = (0_u8..10)
        .map(|day| Cohort {
            day: day.into(),
            base: crowd(&mut random, Kind::Normal, 100, 0.0),
            arm: crowd(&mut random, Kind::Normal, 100, 4.0 - 0.4 * f64::from(day)),
        })
        .collect();
    let found = drift(&days, Shape::Mean);
    assert!(found.slope.unwrap().value < 0.0);
    assert!(found.slope_p.unwrap() < 1e-6 && found.heterogeneity_p.unwrap() < 1e-6);
    assert_eq!(drift(&days[..4], Shape::Mean).slope_p, None);
}
