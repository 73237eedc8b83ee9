//! A quantile against the base's.
//!
//! Law: its bounds are those of the difference; the relative effect has none.

use super::{ArmFigures, BoundedEffect, Comparison, Method, Missing, Question};
use crate::experiments::inference::{
    quantile::{
        self,
        difference::{self, Looks},
        histogram::Histogram,
    },
    sequence::Sequence,
};

/// A quantile of arms whose weights moved: it is not known who came when, so nothing follows.
pub fn mixed(base: &Histogram, arm: &Histogram) -> Comparison {
    let [base, arm] = [base, arm].map(|histogram| ArmFigures {
        people: histogram.people(),
        value: None,
        adjusted: None,
        error: None,
        interval: None,
    });
    Comparison {
        reason: Some(Missing::WeightsMoved),
        ..Comparison::nothing(base, arm)
    }
}

/// Compares an arm's quantile with the base's. There is no posterior of a quantile.
pub fn compare(base: &Histogram, arm: &Histogram, level: f64, question: &Question) -> Comparison {
    let [of_base, of_arm] = [base, arm].map(|histogram| ArmFigures {
        people: histogram.people(),
        value: quantile::quantile(histogram, level),
        adjusted: None,
        error: None,
        interval: quantile::interval(histogram, level, question.alpha),
    });
    let mut answer = Comparison::nothing(of_base, of_arm);
    let looks = match question.method {
        Method::Fixed => Looks::Once,
        Method::Sequential(Sequence {
            tuned_for,
            tuned_at,
            ..
        }) => Looks::Always {
            tuned_for,
            tuned_at,
        },
        Method::Bayesian { .. } => {
            answer.reason = Some(Missing::NoMethod);
            return answer;
        }
    };
    let Some((value, from)) = of_arm
        .value
        .zip(of_base.value)
        .map(|(arm, base)| (arm - base, base.abs()))
    else {
        answer.reason = Some(Missing::TooFewPeople);
        return answer;
    };
    let unbounded = |value| BoundedEffect {
        value,
        error: None,
        interval: None,
    };
    answer.relative = (from > 0.0).then(|| unbounded(value / from));
    let found = difference::compare(base, arm, level, looks, question.alpha, question.side);
    answer.absolute = Some(BoundedEffect {
        interval: found.map(|it| it.interval),
        ..unbounded(value)
    });
    match found {
        Some(found) => answer.judge(&found.verdict),
        None => answer.reason = Some(Missing::BelowFloor),
    }
    answer
}
