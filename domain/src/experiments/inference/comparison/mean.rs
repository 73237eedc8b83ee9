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
        strata::Sample,
    },
    moments::{DENOMINATOR, Moments, VALUE, product},
};
use statrs::distribution::{ContinuousCDF, Normal};

/// Compares an arm's mean, rate or ratio with the base's. The adjustment is made once, from all arms.
pub fn compare<S: Sample>(
    base: &S,
    arm: &S,
    shape: Shape,
    adjustment: &Adjustment,
    question: &Question,
) -> Comparison {
    let estimates = [base, arm].map(|people| adjustment.estimate(people, shape));
    let figures = |people, estimate| figures_of(people, shape, adjustment, estimate);
    let mut answer = Comparison {
        adjustment: *adjustment,
        ..Comparison::nothing(figures(base, &estimates[0]), figures(arm, &estimates[1]))
    };
    let [Some(of_base), Some(of_arm)] = estimates else {
        let are_few = base.people().min(arm.people()) < 2;
        answer.reason = Some(if are_few {
            Missing::TooFewPeople
        } else {
            Missing::NoDenominator
        });
        return answer;
    };
    let effect = Effect::of(&of_base, &of_arm, shape);
    let Some(effect) = effect else {
        answer.reason = Some(Missing::NoVariance);
        if let (Shape::Rate, Method::Bayesian { prior: None }) = (shape, question.method) {
            answer.believe_exactly(base, arm);
        }
        return answer;
    };
    match question.method {
        Method::Bayesian { prior } => {
            answer.believe(&effect, of_base.unadjusted.abs(), prior, question);
            if shape == Shape::Rate && prior.is_none() && answer.arm.adjusted.is_none() {
                answer.believe_exactly(base, arm);
            }
        }
        Method::Fixed | Method::Sequential(_) => {
            let evidence = evidence(&of_base, &of_arm, &effect, question);
            answer.test(&effect, question.side, evidence);
        }
    }
    answer
}

/// Whether the difference of the arm is proved to be beyond `ratio` times the absolute value of the base:
/// above it with a `sign` of 1, below it with -1. None without evidence. People of both arms who are all
/// alike are beyond nothing.
pub fn is_beyond<S: Sample>(
    [base, arm]: [&S; 2],
    shape: Shape,
    adjustment: &Adjustment,
    question: &Question,
    ratio: f64,
    sign: f64,
) -> Option<bool> {
    let of_base = adjustment.estimate(base, shape)?;
    let of_arm = adjustment.estimate(arm, shape)?;
    let Some(effect) = Effect::of(&of_base, &of_arm, shape) else {
        return (of_base.value == of_arm.value).then_some(false);
    };
    let critical = match question.method {
        Method::Bayesian { prior } => {
            let believed = prior.and_then(|_| Posterior::of(effect.relative()?, prior));
            if let Some(posterior) = believed {
                let bounds = posterior.interval(question.alpha, question.side)?;
                return Some(bounds.is_beyond(ratio, sign));
            }
            // What is believed of a part of the base says nothing where the base is near 0.
            Normal::standard().inverse_cdf(1.0 - question.alpha / question.side.tails())
        }
        Method::Fixed | Method::Sequential(_) => {
            evidence(&of_base, &of_arm, &effect, question)?.critical
        }
    };
    Some(effect.is_beyond(ratio, sign, critical))
}

/// The evidence of an effect by a test; none by a posterior.
fn evidence(
    base: &Estimate,
    arm: &Estimate,
    effect: &Effect,
    question: &Question,
) -> Option<Evidence> {
    let Question { alpha, side, .. } = *question;
    match question.method {
        Method::Fixed => fixed::evidence(effect, alpha, side),
        Method::Sequential(sequence) => sequence.evidence(base, arm, effect, alpha, side),
        Method::Bayesian { .. } => None,
    }
}

impl Comparison {
    fn test(&mut self, effect: &Effect, side: Side, evidence: Option<Evidence>) {
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
                self.reason = relative.is_none().then_some(Missing::BaseTooUncertain);
            }
            None => self.reason = Some(Missing::BelowFloor),
        }
    }

    fn believe(&mut self, effect: &Effect, scale: f64, prior: Option<Prior>, question: &Question) {
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
            (None, _) => Some(Missing::BaseTooUncertain),
            // The arm is a multiple of the base without an error, such as 0.
            (Some(_), None) => Some(Missing::NoVariance),
            (Some(_), Some(_)) => None,
        };
        if prior.is_some() && relative.is_none() {
            return;
        }
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
    fn believe_exactly<S: Sample>(&mut self, base: &S, arm: &S) {
        let exact = trials(base)
            .zip(trials(arm))
            .and_then(|(base, arm)| rates::compare(base, arm));
        if let Some((chance, losses)) = exact {
            self.chance_above = Some(chance);
            self.losses = Some(losses);
        }
    }
}

fn figures_of<S: Sample>(
    people: &S,
    shape: Shape,
    adjustment: &Adjustment,
    estimate: &Option<Estimate>,
) -> ArmFigures {
    let mean = people.mean(VALUE);
    let value = match shape {
        Shape::Rate | Shape::Mean => mean,
        Shape::Ratio => mean
            .zip(people.mean(DENOMINATOR))
            .filter(|(_, whole)| *whole != 0.0)
            .map(|(mean, whole)| mean / whole),
    };
    let is_adjusted = matches!(adjustment, Adjustment::Cuped { .. });
    ArmFigures {
        people: people.people(),
        value,
        adjusted: estimate.filter(|_| is_adjusted).map(|it| it.value),
        error: estimate.map(|it| it.error()),
        interval: None,
    }
}

/// The successes and failures of a rate; none when a value is neither 0 nor 1, or people weigh differently.
fn trials<S: Sample>(people: &S) -> Option<rates::Trials> {
    const ONE: i128 = 1_000_000;
    let moments: &Moments = people.whole()?;
    let sum = moments.sums[VALUE];
    let successes = i64::try_from(sum / ONE).ok()?;
    let is_rate = sum % ONE == 0 && moments.products[product(VALUE, VALUE)] == sum * ONE;
    (is_rate && (0..=moments.people).contains(&successes)).then(|| rates::Trials {
        successes,
        failures: moments.people - successes,
    })
}
