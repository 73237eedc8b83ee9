//! The laws of effects, their evidence and their bounds, over random arms.

use super::{excludes_zero, generator::moments};
use proptest::prelude::*;
use tessera_domain::experiments::{
    inference::{
        adjustment::{Adjustment, NotAdjusted},
        bayes::{Prior, best::chances_to_be_best, rates},
        comparison::{BoundedEffect, Comparison, Method, Question, mean::compare},
        effect::Figure,
        estimate::Shape,
        interval::{Interval, Side},
        power::{Baseline, Plan, Test},
        sequence::Sequence,
    },
    moments::MOST_MICROS,
};

pub(super) const SEQUENTIAL: Method = Method::Sequential(Sequence {
    tuned_for: 50.0,
    tuned_at: 0.05,
    fewest_people: 2,
});

pub(super) fn plain() -> Adjustment {
    Adjustment::none(NotAdjusted::NotAsked)
}

pub(super) fn asked(method: Method, alpha: f64, side: Side) -> Question {
    Question {
        method,
        alpha,
        side,
    }
}

fn arm() -> impl Strategy<Value = Vec<[i64; 4]>> {
    let value = -3_000_000..9_000_000_i64;
    let row = [
        value.clone(),
        1_000_000..5_000_000_i64,
        value,
        1_000_000..5_000_000_i64,
    ];
    prop::collection::vec(row, 2..30)
}

fn any_arm() -> impl Strategy<Value = Vec<[i64; 4]>> {
    let value = prop_oneof![
        Just(0),
        Just(1_000_000),
        -MOST_MICROS..=MOST_MICROS,
        Just(MOST_MICROS),
        Just(-MOST_MICROS),
        -3..3_i64,
    ];
    prop::collection::vec([value.clone(), value.clone(), value.clone(), value], 0..6)
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Both), Just(Side::Above), Just(Side::Below)]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![Just(Shape::Rate), Just(Shape::Mean), Just(Shape::Ratio)]
}

fn method() -> impl Strategy<Value = Method> {
    let prior = Prior {
        mean: 0.0,
        deviation: 0.3,
    };
    prop_oneof![
        Just(Method::Fixed),
        Just(SEQUENTIAL),
        Just(Method::Bayesian { prior: None }),
        Just(Method::Bayesian { prior: Some(prior) }),
    ]
}

fn intervals(answer: &Comparison) -> impl Iterator<Item = Interval> {
    [answer.absolute, answer.relative]
        .into_iter()
        .filter_map(|effect| effect.and_then(|it| it.interval))
}

/// Bounds, p and e say the same.
fn agree(answer: &Comparison, alpha: f64) -> Result<(), TestCaseError> {
    let is_significant = answer.p.is_some_and(|p| p < alpha);
    prop_assert_eq!(answer.is_significant, is_significant);
    for interval in intervals(answer) {
        prop_assert_eq!(excludes_zero(interval), is_significant, "{:?}", answer);
        prop_assert!(
            interval
                .low
                .zip(interval.high)
                .is_none_or(|(low, high)| low <= high)
        );
    }
    if let (Some(e), Some(p)) = (answer.e, answer.p) {
        prop_assert_eq!(e > 1.0 / alpha, is_significant);
        let by_e = (1.0 / e).min(1.0);
        prop_assert!((p - by_e).abs() <= 4.0 * f64::EPSILON * p);
    }
    Ok(())
}

/// Every float of an answer.
fn floats(answer: &Comparison) -> Vec<f64> {
    let bounds = |it: Option<Interval>| it.map_or([None; 2], |it| [it.low, it.high]);
    let arms = [answer.base, answer.arm].map(|it| [it.value, it.adjusted, it.error]);
    let effects = [answer.absolute, answer.relative]
        .into_iter()
        .flatten()
        .flat_map(
            |BoundedEffect {
                 value,
                 error,
                 interval,
             }| { [[Some(value), error], bounds(interval)].concat() },
        );
    let losses = answer
        .losses
        .map_or([None; 2], |it| [Some(it.of_arm), Some(it.of_base)]);
    let rest = [answer.p, answer.e, answer.chance_above];
    let theta = match answer.adjustment {
        Adjustment::Cuped {
            theta,
            centre,
            reduction,
        } => vec![theta, centre, reduction],
        Adjustment::None { .. } => vec![],
    };
    let figures = arms
        .concat()
        .into_iter()
        .chain(effects)
        .chain(losses)
        .chain(rest);
    figures.flatten().chain(theta).collect()
}

proptest! {
    #[test]
    fn a_bound_excludes_no_effect_exactly_where_p_is_below_alpha(
        (base, arm) in (arm(), arm()),
        (shape, side) in (shape(), side()),
        alpha in 1e-6..0.49_f64,
        adjusts: bool,
    ) {
        let [base, arm] = [base, arm].map(moments);
        let adjustment = if adjusts { Adjustment::between(&[&base, &arm], shape) } else { plain() };
        for method in [Method::Fixed, SEQUENTIAL] {
            let answer = compare(&base, &arm, shape, &adjustment, &asked(method, alpha, side));
            agree(&answer, alpha)?;
        }
    }

    #[test]
    fn they_agree_on_the_edge_to_the_last_digit((base, arm) in (arm(), arm()), side in side()) {
        let [base, arm] = [base, arm].map(moments);
        let ask = |method, alpha| {
            compare(&base, &arm, Shape::Mean, &plain(), &asked(method, alpha, side))
        };
        for method in [Method::Fixed, SEQUENTIAL] {
            // Two neighbours among the alphas, of which one is significant and one is not.
            let (mut not, mut significant) = (1e-9, 0.49);
            if ask(method, not).is_significant || !ask(method, significant).is_significant {
                continue;
            }
            loop {
                let middle = f64::midpoint(not, significant);
                if middle <= not || middle >= significant {
                    break;
                }
                if ask(method, middle).is_significant {
                    significant = middle;
                } else {
                    not = middle;
                }
            }
            for alpha in [not, significant] {
                let answer = ask(method, alpha);
                agree(&answer, alpha)?;
                // The bound lies at 0 by itself, and is not moved there.
                let effect = answer.absolute.unwrap();
                let Interval { low, high } = effect.interval.unwrap();
                let nearest = low.into_iter().chain(high).map(f64::abs).fold(f64::MAX, f64::min);
                prop_assert!(nearest <= 1e-7 * effect.error.unwrap(), "{:?}", effect);
            }
        }
    }

    #[test]
    fn no_answer_holds_anything_but_numbers(
        (base, arm) in (any_arm(), any_arm()),
        (shape, side, method) in (shape(), side(), method()),
        adjusts: bool,
    ) {
        let [base, arm] = [base, arm].map(moments);
        let adjustment = if adjusts { Adjustment::between(&[&base, &arm], shape) } else { plain() };
        let answer = compare(&base, &arm, shape, &adjustment, &asked(method, 0.05, side));
        prop_assert!(floats(&answer).into_iter().all(f64::is_finite), "{:?}", answer);
        if matches!(method, Method::Bayesian { .. }) {
            prop_assert_eq!((answer.p, answer.is_significant), (None, false));
        } else {
            agree(&answer, 0.05)?;
        }
        let is_whole = answer.absolute.is_some_and(|it| it.interval.is_some())
            && answer.relative.is_some_and(|it| it.interval.is_some());
        prop_assert!(answer.reason.is_some() || is_whole, "{:?}", answer);
    }

    #[test]
    fn the_base_seen_from_the_arm_is_the_mirror_image((base, arm) in (arm(), arm()), shape in shape()) {
        let [base, arm] = [base, arm].map(moments);
        let ask = |one, other, side| {
            compare(one, other, shape, &plain(), &asked(SEQUENTIAL, 0.1, side))
        };
        let (there, back) = (ask(&base, &arm, Side::Above), ask(&arm, &base, Side::Below));
        prop_assert_eq!(there.p, back.p);
        let mirrored = back.absolute.map(|it| (-it.value, it.interval.unwrap().high.map(|high| -high)));
        let seen = there.absolute.map(|it| (it.value, it.interval.unwrap().low));
        prop_assert_eq!(seen, mirrored);
    }

    #[test]
    fn a_negative_base_has_the_relative_effect_of_its_mirror_image((base, arm) in (arm(), arm())) {
        let negated = |rows: &[[i64; 4]]| {
            moments(rows.iter().map(|&[value, whole, before, other]| [-value, whole, -before, other]))
        };
        let question = asked(Method::Fixed, 0.05, Side::Both);
        let [here, there] = [[moments(base.clone()), moments(arm.clone())], [negated(&base), negated(&arm)]]
            .map(|[base, arm]| compare(&base, &arm, Shape::Mean, &plain(), &question));
        prop_assert_eq!(
            here.relative.map(|it| it.value),
            there.relative.map(|it| -it.value)
        );
        // The sign is that of the difference, whatever the sign of the base.
        if let Some(relative) = here.relative {
            prop_assert!(relative.value * here.absolute.unwrap().value >= 0.0);
        }
    }

    #[test]
    fn what_everybody_had_before_changes_nothing((base, arm) in (arm(), arm()), more in 0..5_000_000_i64) {
        let shifted = |rows: &[[i64; 4]], more| {
            moments(rows.iter().map(move |&[value, whole, before, other]| [value, whole, before + more, other]))
        };
        let question = asked(Method::Fixed, 0.05, Side::Both);
        let ask = |more| {
            let [base, arm] = [&base, &arm].map(|rows| shifted(rows, more));
            let adjustment = Adjustment::between(&[&base, &arm], Shape::Mean);
            let answer = compare(&base, &arm, Shape::Mean, &adjustment, &question);
            (answer.p, answer.absolute)
        };
        let ((p, absolute), (moved_p, moved)) = (ask(0), ask(more));
        let near = |one: f64, other: f64| (one - other).abs() <= 1e-9 * (1.0 + one.abs());
        if let (Some(p), Some(moved_p)) = (p, moved_p) {
            prop_assert!(near(p, moved_p), "{p} {moved_p}");
            prop_assert!(near(absolute.unwrap().value, moved.unwrap().value));
        }
    }

    #[test]
    fn chances_to_be_best_add_up(arms in prop::collection::vec((-5.0..5.0_f64, 1e-3..3.0_f64), 1..8)) {
        let arms: Vec<Figure> = arms.into_iter().map(|(value, error)| Figure { value, error }).collect();
        let chances = chances_to_be_best(&arms).unwrap();
        prop_assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)));
    }

    #[test]
    fn either_rate_is_higher(numbers in prop::array::uniform4(0..400_i64)) {
        let [one, other] = [[numbers[0], numbers[1]], [numbers[2], numbers[3]]]
            .map(|[successes, failures]| rates::Trials { successes, failures });
        let (there, losses) = rates::compare(one, other).unwrap();
        let (back, mirrored) = rates::compare(other, one).unwrap();
        prop_assert!((there + back - 1.0).abs() < 1e-9, "{there} {back}");
        prop_assert!((losses.of_arm - mirrored.of_base).abs() < 1e-9);
    }

    #[test]
    fn a_plan_takes_no_more_people_than_it_needs(
        rate in 0.01..0.6_f64,
        relative in 0.05..0.5_f64,
        (power, share) in (0.5..0.95_f64, 0.1..0.9_f64),
        sequential: bool,
        side in prop_oneof![Just(Side::Both), Just(Side::Above)],
    ) {
        let sequence = Sequence { tuned_for: 10_000.0, tuned_at: 0.05, fewest_people: 2 };
        let test = if sequential { Test::Sequential(sequence) } else { Test::Fixed };
        let plan = Plan {
            baseline: Baseline::Rate(rate),
            reduction: 0.0,
            test,
            level: 0.025,
            side,
            shares: [share, 1.0 - share],
        };
        let [base, arm] = plan.people(power, relative).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "people of a test")]
        let people = (base + arm) as f64;
        prop_assert!(plan.power(relative, people).unwrap() >= power - 1e-9);
        prop_assert!(plan.power(relative, people * 0.99 - 4.0).unwrap() < power);
        let smallest = plan.detectable(power, 1.0, people).unwrap();
        prop_assert!(smallest <= relative * (1.0 + 1e-9));
        prop_assert!((plan.power(smallest, people).unwrap() - power).abs() < 1e-9);
    }
}
