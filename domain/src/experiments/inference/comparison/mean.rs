//! A mean, a rate or a ratio against the base's.
//!
//! Law: tests and posteriors are of the difference; the relative effect is bounded with it.

use super::{ArmFigures, BoundedEffect, Comparison, Method, Missing, Question};
use crate::experiments::{
    inference::{
        adjustment::Adjustment,
        bayes::{Posterior, Prior, rates},
        effect::{Effect, Figure},
        estimate::{Estimate, Shape},
        evidence::Evidence,
        fixed,
        interval::Side,
    },
    moments::{DENOMINATOR, Moments, VALUE, product},
};

/// Compares an arm's mean, rate or ratio with the base's. The adjustment is made once, from all arms.
pub fn compare(
    base: &Moments,
    arm: &Moments,
    shape: Shape,
    adjustment: &Adjustment,
    question: &Question,
) -> Comparison {
    let estimates = [base, arm].map(|moments| adjustment.estimate(moments, shape));
    let figures = |moments, estimate| figures_of(moments, shape, adjustment, estimate);
    let mut answer = Comparison {
        adjustment: *adjustment,
        ..Comparison::nothing(figures(base, &estimates[0]), figures(arm, &estimates[1]))
    };
    let [Some(of_base), Some(of_arm)] = estimates else {
        let are_few = base.people.min(arm.people) < 2;
        answer.reason = Some(if are_few {
            Missing::TooFewPeople
        } else {
            Missing::NoDenominator
        });
        return answer;
    };
    let Question { alpha, side, .. } = *question;
    match question.method {
        Method::Bayesian { prior } => {
            answer.believe(&of_base, &of_arm, prior, question);
            if shape == Shape::Rate && prior.is_none() && answer.arm.adjusted.is_none() {
                answer.believe_exactly(base, arm);
            }
        }
        Method::Fixed => answer.test(&of_base, &of_arm, side, |effect| {
            fixed::evidence(effect, alpha, side)
        }),
        Method::Sequential(sequence) => answer.test(&of_base, &of_arm, side, |effect| {
            sequence.evidence(&of_base, &of_arm, effect, alpha, side)
        }),
    }
    answer
}

impl Comparison {
    fn test(
        &mut self,
        base: &Estimate,
        arm: &Estimate,
        side: Side,
        evidence: impl Fn(&Effect) -> Option<Evidence>,
    ) {
        let Some(effect) = Effect::between(base, arm) else {
            self.reason = Some(Missing::NoVariance);
            return;
        };
        let evidence = evidence(&effect);
        let bounded = |figure: Figure, interval| BoundedEffect {
            value: figure.value,
            error: Some(figure.error),
            interval,
        };
        let absolute = evidence.map(|it| effect.interval(&it, side));
        let relative = evidence.and_then(|it| effect.relative_interval(&it, side));
        self.absolute = Some(bounded(effect.absolute, absolute));
        self.relative = effect.relative().map(|it| bounded(it, relative));
        match evidence {
            Some(evidence) => {
                self.judge(&evidence.verdict);
                self.reason = relative.is_none().then_some(Missing::BaseNearZero);
            }
            None => self.reason = Some(Missing::BelowFloor),
        }
    }

    fn believe(
        &mut self,
        base: &Estimate,
        arm: &Estimate,
        prior: Option<Prior>,
        question: &Question,
    ) {
        let Some(effect) = Effect::between(base, arm) else {
            self.reason = Some(Missing::NoVariance);
            return;
        };
        let bounded = |posterior: Posterior| BoundedEffect {
            value: posterior.figure().value,
            error: Some(posterior.figure().error),
            interval: posterior.interval(question.alpha, question.side),
        };
        let relative = effect.relative();
        self.relative = relative
            .and_then(|it| Posterior::of(it, prior))
            .map(bounded);
        self.reason = match (relative, self.relative) {
            (None, _) => Some(Missing::BaseNearZero),
            // The arm is a multiple of the base without an error, such as 0.
            (Some(_), None) => Some(Missing::NoVariance),
            (Some(_), Some(_)) => None,
        };
        if prior.is_some() && relative.is_none() {
            return;
        }
        let scale = base.unadjusted.abs();
        let scaled = prior.map(|it| Prior {
            mean: it.mean * scale,
            deviation: it.deviation * scale,
        });
        let posterior = Posterior::of(effect.absolute, scaled);
        self.absolute = posterior.map(bounded);
        self.chance_above = posterior.map(|it| it.chance_above());
        self.losses = posterior.map(|it| it.losses());
    }

    /// Puts the exact figures of rates in the place of the normal ones.
    fn believe_exactly(&mut self, base: &Moments, arm: &Moments) {
        let exact = trials(base)
            .zip(trials(arm))
            .and_then(|(base, arm)| rates::compare(base, arm));
        if let Some((chance, losses)) = exact {
            self.chance_above = Some(chance);
            self.losses = Some(losses);
        }
    }
}

fn figures_of(
    moments: &Moments,
    shape: Shape,
    adjustment: &Adjustment,
    estimate: &Option<Estimate>,
) -> ArmFigures {
    let mean = moments.mean(VALUE);
    let value = match shape {
        Shape::Rate | Shape::Mean => mean,
        Shape::Ratio => mean
            .zip(moments.mean(DENOMINATOR))
            .filter(|(_, whole)| *whole != 0.0)
            .map(|(mean, whole)| mean / whole),
    };
    let is_adjusted = matches!(adjustment, Adjustment::Cuped { .. });
    ArmFigures {
        people: moments.people,
        value,
        adjusted: estimate.filter(|_| is_adjusted).map(|it| it.value),
        error: estimate.map(|it| it.error()),
        interval: None,
    }
}

/// The successes and failures of a rate; none when a value is neither 0 nor 1.
fn trials(moments: &Moments) -> Option<rates::Trials> {
    const ONE: i128 = 1_000_000;
    let sum = moments.sums[VALUE];
    let successes = i64::try_from(sum / ONE).ok()?;
    let is_rate = sum % ONE == 0 && moments.products[product(VALUE, VALUE)] == sum * ONE;
    (is_rate && (0..=moments.people).contains(&successes)).then(|| rates::Trials {
        successes,
        failures: moments.people - successes,
    })
}
