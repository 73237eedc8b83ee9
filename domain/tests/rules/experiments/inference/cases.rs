//! What cannot be concluded, by example.

use super::{
    excludes_zero,
    generator::{Generator, Kind, micros, moments},
    laws::{SEQUENTIAL, asked, plain},
};
use tessera_domain::experiments::{
    inference::{
        adjustment::{Adjustment, NotAdjusted},
        bayes::rates,
        comparison::{Method, Missing, mean::compare},
        effect::Effect,
        estimate::{Estimate, Period, Shape},
        fixed,
        interval::Side,
        power::{Baseline, Plan, Test},
        sequence::Sequence,
    },
    moments::Moments,
};

fn constant(people: usize, value: f64) -> Moments {
    moments(vec![[micros(value), 1_000_000, 0, 0]; people])
}

fn varied(people: usize) -> Moments {
    moments(
        (0_i64..)
            .take(people)
            .map(|at| [at % 3 * 1_000_000, 1_000_000, 0, 0]),
    )
}

#[test]
fn what_cannot_be_compared_has_a_reason_and_no_p_value() {
    let question = asked(SEQUENTIAL, 0.05, Side::Both);
    let ask = |base: &Moments, arm: &Moments, shape| compare(base, arm, shape, &plain(), &question);
    let nobody = Moments::default();
    let no_denominator = moments([[1_000_000, 0, 0, 0], [2_000_000, 0, 0, 0]]);
    for (base, arm, shape, reason) in [
        (&nobody, &varied(9), Shape::Mean, Missing::TooFewPeople),
        (&varied(9), &varied(1), Shape::Mean, Missing::TooFewPeople),
        (
            &constant(9, 2.0),
            &constant(9, 3.0),
            Shape::Mean,
            Missing::NoVariance,
        ),
        (
            &no_denominator,
            &varied(9),
            Shape::Ratio,
            Missing::NoDenominator,
        ),
        (
            &moments((0..9).map(|at| [at * 3_000_000, at * 1_000_000 + 9, 0, 0])),
            &moments((0..9).map(|at| [at * 3_000_000 + 27, at * 1_000_000 + 9, 0, 0])),
            Shape::Ratio,
            Missing::NoDenominator,
        ),
    ] {
        let answer = ask(base, arm, shape);
        assert_eq!((answer.p, answer.is_significant), (None, false));
        assert_eq!(answer.reason, Some(reason));
    }
    let late = Method::Sequential(Sequence {
        tuned_for: 50.0,
        tuned_at: 0.05,
        fewest_people: 100,
    });
    let early = compare(
        &varied(99),
        &varied(500),
        Shape::Mean,
        &plain(),
        &asked(late, 0.05, Side::Both),
    );
    assert_eq!((early.p, early.reason), (None, Some(Missing::BelowFloor)));
    assert!(early.absolute.is_some_and(|it| it.interval.is_none()));
}

#[test]
fn a_ratio_on_one_line_does_not_vary() {
    let line =
        |step: i64| moments((1..9).map(|at| [at * step * 1_000_000 / 7, at * 7_000_003, 0, 0]));
    // Rounded to millionths, the values leave the line by less than anybody measures.
    let exact = |step: i64| moments((11..19).map(|at| [at * step, at * 7, 0, 0]));
    let question = asked(Method::Fixed, 0.05, Side::Both);
    let answer = compare(&exact(3), &exact(4), Shape::Ratio, &plain(), &question);
    assert_eq!((answer.p, answer.reason), (None, Some(Missing::NoVariance)));
    assert!(
        compare(&line(3), &line(3), Shape::Ratio, &plain(), &question)
            .base
            .value
            .is_some()
    );
}

#[test]
fn a_base_near_zero_has_an_absolute_effect_only() {
    let around_zero = moments((0..40).map(|at| [(at % 5 - 2) * 1_000_000, 0, 0, 0]));
    let answer = compare(
        &around_zero,
        &varied(40),
        Shape::Mean,
        &plain(),
        &asked(Method::Fixed, 0.05, Side::Both),
    );
    assert!(answer.p.is_some() && answer.absolute.is_some());
    assert_eq!(
        (answer.relative, answer.reason),
        (None, Some(Missing::BaseTooUncertain))
    );
}

#[test]
fn a_covariate_of_no_use_is_left_out_and_named() {
    let reason = |arms: [&Moments; 2]| match Adjustment::between(&arms, Shape::Mean) {
        Adjustment::Cuped { .. } => None,
        Adjustment::None { reason } => Some(reason),
    };
    let with_before = |before: &dyn Fn(i64) -> i64| {
        moments((0..24).map(|at| [at % 3 * 1_000_000, 0, before(at) * 1_000_000, 0]))
    };
    let (unknown, alike) = (with_before(&|_| 0), with_before(&|_| 7));
    let unrelated = with_before(&|at| at / 3 % 2);
    let related = with_before(&|at| at % 3 + at / 12);
    assert_eq!(reason([&unknown, &unknown]), Some(NotAdjusted::NoCovariate));
    assert_eq!(
        reason([&varied(1), &related]),
        Some(NotAdjusted::NoCovariate)
    );
    assert_eq!(reason([&alike, &alike]), Some(NotAdjusted::NoVariance));
    assert_eq!(
        reason([&unrelated, &unrelated]),
        Some(NotAdjusted::NoCorrelation)
    );
    assert_eq!(reason([&related, &unrelated]), None);
}

#[test]
fn exact_rates_are_compared_where_nothing_is_normal_yet() {
    let rate = |successes: usize, people: usize| {
        moments((0..people).map(|at| [if at < successes { 1_000_000 } else { 0 }, 0, 0, 0]))
    };
    let question = asked(Method::Bayesian { prior: None }, 0.05, Side::Both);
    let answer = compare(&rate(0, 3), &rate(3, 3), Shape::Rate, &plain(), &question);
    let exact = rates::compare(
        rates::Trials {
            successes: 0,
            failures: 3,
        },
        rates::Trials {
            successes: 3,
            failures: 0,
        },
    );
    assert_eq!(answer.chance_above, exact.map(|(chance, _)| chance));
    assert_eq!(answer.reason, Some(Missing::BaseTooUncertain));
}

#[test]
fn rates_that_differ_have_a_variance_though_neither_arm_varies() {
    let rate = |successes: usize, people: usize| {
        moments((0..people).map(|at| [if at < successes { 1_000_000 } else { 0 }, 0, 0, 0]))
    };
    for method in [SEQUENTIAL, Method::Fixed, Method::Bayesian { prior: None }] {
        let question = asked(method, 0.05, Side::Both);
        let ask = |base, arm| compare(&base, &arm, Shape::Rate, &plain(), &question);
        let differ = ask(rate(0, 500), rate(500, 500));
        let effect = differ.absolute.expect("an effect");
        // The common rate is a half.
        assert_eq!(
            (effect.value, effect.error),
            (1.0, Some((2.0_f64 * 0.25 / 500.0).sqrt()))
        );
        assert!(effect.interval.is_some_and(excludes_zero), "{differ:?}");
        let less = ask(rate(500, 500), rate(0, 500));
        assert_eq!(less.relative.map(|it| it.value), Some(-1.0));
        for all in [0, 500] {
            let alike = ask(rate(all, 500), rate(all, 500));
            assert_eq!((alike.absolute, alike.p), (None, None));
            assert_eq!(alike.reason, Some(Missing::NoVariance));
        }
    }
}

#[test]
fn a_margin_is_passed_exactly_where_the_relative_interval_is_beyond_it() {
    let mut random = Generator(5);
    let mut passed = 0;
    for _ in 0..200 {
        let shift = 1.0 + 0.6 * (random.uniform() - 0.5);
        let [base, arm] = [1.0, shift].map(|shift| {
            moments((0..60).map(|_| [micros(shift * Kind::Normal.draw(&mut random)), 0, 0, 0]))
        });
        let [base, arm] =
            [base, arm].map(|it| Estimate::plain(&it, Shape::Mean, Period::During).expect("one"));
        let effect = Effect::between(&base, &arm).expect("an effect");
        let evidence = fixed::evidence(&effect, 0.05, Side::Both).expect("evidence");
        let interval = effect
            .relative_interval(&evidence, Side::Both)
            .expect("bounds");
        for ratio in [-0.2, -0.05, 0.03, 0.1] {
            for sign in [1.0, -1.0] {
                let is_beyond = effect.is_beyond(ratio, sign, evidence.critical);
                assert_eq!(
                    is_beyond,
                    interval.is_beyond(ratio, sign),
                    "{interval:?} {ratio}"
                );
                passed += u32::from(is_beyond);
            }
        }
    }
    assert!((200..1_400).contains(&passed), "{passed}");
}

#[test]
fn a_plan_without_sense_has_no_power() {
    let plan = Plan {
        baseline: Baseline::Rate(0.2),
        reduction: 0.0,
        test: Test::Fixed,
        level: 0.05,
        side: Side::Both,
        shares: [0.25, 0.25],
    };
    let flat = Baseline::Mean {
        mean: 3.0,
        variance: 0.0,
    };
    let around_zero = Baseline::Mean {
        mean: 0.0,
        variance: 1.0,
    };
    for senseless in [
        Plan { level: 0.0, ..plan },
        Plan {
            shares: [1.0, 0.0],
            ..plan
        },
        Plan {
            baseline: Baseline::Rate(0.0),
            ..plan
        },
        Plan {
            baseline: flat,
            ..plan
        },
        Plan {
            baseline: around_zero,
            ..plan
        },
        Plan { level: 1.0, ..plan },
        Plan {
            reduction: 1.0,
            ..plan
        },
        Plan {
            test: Test::Sequential(Sequence {
                tuned_for: 0.0,
                tuned_at: 0.05,
                fewest_people: 2,
            }),
            ..plan
        },
    ] {
        assert_eq!(senseless.power(0.1, 1_000.0), None, "{senseless:?}");
        assert_eq!(senseless.people(0.8, 0.1), None, "{senseless:?}");
        assert_eq!(
            senseless.detectable(0.8, 1.0, 1_000.0),
            None,
            "{senseless:?}"
        );
    }
    // A rate of 0.2 cannot grow sixfold, and no effect is too small for nobody.
    assert_eq!(plan.power(5.0, 1_000.0), None);
    assert_eq!(plan.people(0.8, 0.0), None);
    assert_eq!(plan.days([100, 100], 0.0, 0.0), None);
    // A quarter of 10 a day: 2.5.
    assert_eq!(plan.days([100, 90], 10.0, 0.0), Some(40));
    assert_eq!(plan.days([100, 90], 10.0, 1.5), Some(42));
}
