//! The laws of histograms, and of what they say of quantiles.

use super::excludes_zero;
use proptest::prelude::*;
use tessera_domain::experiments::inference::{
    comparison::{self, Method, Missing, Question},
    interval::Side,
    quantile::{
        self,
        difference::{Looks, compare},
        histogram::{Bucket, Histogram},
    },
    sequence::Sequence,
};

fn histogram(values: &[i64]) -> Histogram {
    let mut all = Histogram::default();
    values
        .iter()
        .for_each(|&micros| all.count(Bucket::of(micros), 1));
    all
}

fn values() -> impl Strategy<Value = Vec<i64>> {
    let value = prop_oneof![3 => -40_000_000..90_000_000_i64, 1 => -3..3_i64, 1 => Just(0)];
    prop::collection::vec(value, 1..80)
}

fn looks() -> impl Strategy<Value = Looks> {
    prop_oneof![
        Just(Looks::Once),
        (1.0..5_000.0_f64).prop_map(|tuned_for| Looks::Always {
            tuned_for,
            tuned_at: 0.05
        }),
    ]
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Both), Just(Side::Above), Just(Side::Below)]
}

proptest! {
    #[test]
    fn larger_values_are_in_no_lower_bucket(one: i64, other: i64) {
        let (less, more) = (one.min(other), one.max(other));
        prop_assert!(Bucket::of(less) <= Bucket::of(more));
        prop_assert_eq!(Bucket::of(-one.max(-i64::MAX)).index(), -Bucket::of(one.max(-i64::MAX)).index());
        prop_assert_eq!(Bucket::from_index(Bucket::of(one).index()), Some(Bucket::of(one)));
    }

    #[test]
    fn people_who_come_and_leave_in_any_order_are_those_who_stay(stay in values(), leave in values()) {
        let mut all = histogram(&leave);
        for (values, sign) in [(&stay, 1), (&leave, -1)] {
            values.iter().for_each(|&micros| all.count(Bucket::of(micros), sign));
        }
        prop_assert_eq!(all, histogram(&stay));
    }

    #[test]
    fn a_quantile_is_within_one_percent_of_the_value_of_its_rank(mut all in values(), level in 0.01..0.99_f64) {
        let ours = quantile::quantile(&histogram(&all), level).unwrap() * 1e6;
        all.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let near = all.iter().enumerate().any(|(at, &value)| {
            let (from, to) = (at as f64 / all.len() as f64, (at + 1) as f64 / all.len() as f64);
            level >= from - 1e-9 && level <= to + 1e-9
                && (ours - value as f64).abs() <= 0.01 * (value as f64).abs() + 1e-6
        });
        prop_assert!(near, "{} {:?}", ours, all);
    }

    #[test]
    fn bounds_p_and_e_agree(
        (base, arm) in (values(), values()),
        (looks, side) in (looks(), side()),
        (level, alpha) in (0.05..0.95_f64, 1e-3..0.49_f64),
    ) {
        let Some(found) = compare(&histogram(&base), &histogram(&arm), level, looks, alpha, side) else {
            return Ok(());
        };
        prop_assert_eq!(found.verdict.is_significant, found.verdict.p < alpha);
        prop_assert_eq!(excludes_zero(found.interval), found.verdict.is_significant, "{:?}", found);
        if let Some(e) = found.verdict.e {
            prop_assert_eq!(e > 1.0 / alpha, found.verdict.is_significant);
            prop_assert!((found.verdict.p - (1.0 / e).min(1.0)).abs() <= 1e-15);
        }
        let bounds = [found.interval.low, found.interval.high];
        prop_assert!(bounds.into_iter().flatten().all(f64::is_finite));
        prop_assert!((0.0..=1.0).contains(&found.verdict.p));
    }

    #[test]
    fn the_base_seen_from_the_arm_is_the_mirror_image(
        (base, arm) in (values(), values()),
        (looks, level) in (looks(), 0.05..0.95_f64),
    ) {
        let [base, arm] = [base, arm].map(|values| histogram(&values));
        let there = compare(&base, &arm, level, looks, 0.05, Side::Above);
        let back = compare(&arm, &base, level, looks, 0.05, Side::Below);
        prop_assert_eq!(
            there.map(|it| (it.verdict, it.interval.low)),
            back.map(|it| (it.verdict, it.interval.high.map(|high| -high)))
        );
    }
}

#[test]
fn no_distribution_is_known_of_nobody() {
    let (nobody, few) = (Histogram::default(), histogram(&[1, 2, 3]));
    let mut negative = histogram(&[1]);
    negative.count(Bucket::of(5), -1);
    for (base, arm) in [(&nobody, &few), (&few, &nobody), (&negative, &few)] {
        let looks = Looks::Always {
            tuned_for: 100.0,
            tuned_at: 0.05,
        };
        assert_eq!(compare(base, arm, 0.5, looks, 0.05, Side::Both), None);
    }
    assert_eq!(quantile::quantile(&nobody, 0.5), None);
    assert_eq!(quantile::interval(&few, 1.0, 0.05), None);
    // Three people leave both ends of a median open.
    let open = quantile::interval(&few, 0.5, 0.05).expect("an interval");
    assert_eq!((open.low, open.high), (None, None));
}

#[test]
fn a_quantile_has_no_posterior_and_few_people_no_answer_at_one_look() {
    let question = |method| Question {
        method,
        alpha: 0.05,
        side: Side::Both,
    };
    let few = histogram(&[1_000_000, 2_000_000, 3_000_000]);
    let ask = |method| comparison::quantile::compare(&few, &few, 0.5, &question(method));
    let bayesian = ask(Method::Bayesian { prior: None });
    assert_eq!(
        (bayesian.p, bayesian.reason),
        (None, Some(Missing::NoMethod))
    );
    let fixed = ask(Method::Fixed);
    assert_eq!((fixed.p, fixed.reason), (None, Some(Missing::BelowFloor)));
    assert_eq!(fixed.absolute.map(|it| it.value), Some(0.0));
    let sequential = ask(Method::Sequential(Sequence {
        tuned_for: 100.0,
        tuned_at: 0.05,
        fewest_people: 100,
    }));
    assert_eq!(sequential.p, Some(1.0));
}
