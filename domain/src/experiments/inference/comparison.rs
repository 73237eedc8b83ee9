//! All that is shown of one arm and one metric.
//!
//! Law: a figure that cannot be computed is null, the first reason is named, and nothing is significant
//! without a p-value below alpha.

pub mod mean;
pub mod quantile;

use super::{
    adjustment::{Adjustment, NotAdjusted},
    bayes::{Losses, Prior},
    evidence::Verdict,
    interval::{Interval, Side},
    sequence::Sequence,
};
use serde::Serialize;

/// How an arm is compared with the base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// At any look.
    Sequential(Sequence),
    /// At one look.
    Fixed,
    /// By a posterior; the prior is one of the relative effect.
    Bayesian {
        /// None: every effect is as likely as another.
        prior: Option<Prior>,
    },
}

/// What is asked of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// How the arms are compared.
    pub method: Method,
    /// The error that is allowed: above 0 and below a half.
    pub alpha: f64,
    /// Which effects are looked for.
    pub side: Side,
}

/// A metric of one arm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ArmFigures {
    /// Number of people who are compared.
    pub people: i64,
    /// The metric, unadjusted; null of nobody and without a denominator.
    pub value: Option<f64>,
    /// The metric, adjusted; null where it is not.
    pub adjusted: Option<f64>,
    /// Standard error of what is compared; null with fewer than two people, and of a quantile.
    pub error: Option<f64>,
    /// Bounds of a quantile; null of every other metric.
    pub interval: Option<Interval>,
}

/// An effect with its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BoundedEffect {
    /// The effect; of a posterior, its mean.
    pub value: f64,
    /// Its standard error; of a posterior, its standard deviation; null of a quantile.
    pub error: Option<f64>,
    /// Its bounds; null where there are none.
    pub interval: Option<Interval>,
}

/// Why something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// An arm has fewer than two people.
    TooFewPeople,
    /// The denominator of a ratio is not far from 0.
    NoDenominator,
    /// Neither arm varies.
    NoVariance,
    /// An arm has fewer people than the method needs.
    BelowFloor,
    /// There is no such method for the metric.
    NoMethod,
    /// The base is too uncertain, or too near 0, for a relative effect or for its bounds.
    BaseTooUncertain,
    /// Weights of arms moved, and of the metric it is not known who came when.
    WeightsMoved,
}

/// One arm against the base.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// The base.
    pub base: ArmFigures,
    /// The arm.
    pub arm: ArmFigures,
    /// Whether the metric is adjusted by what people did before, or why not.
    pub adjustment: Adjustment,
    /// The arm minus the base.
    pub absolute: Option<BoundedEffect>,
    /// That by the absolute value of the unadjusted base.
    pub relative: Option<BoundedEffect>,
    /// Of no effect; null of a posterior.
    pub p: Option<f64>,
    /// Against no effect; null but of a sequence.
    pub e: Option<f64>,
    /// Whether p is below alpha, before any correction: no part of the document, whose only verdict is the
    /// corrected one.
    #[serde(skip)]
    pub is_significant: bool,
    /// Chance that the arm is above the base; null but of a posterior.
    pub chance_above: Option<f64>,
    /// What choosing wrongly costs; null but of a posterior.
    pub losses: Option<Losses>,
    /// Why something is missing; null where nothing is.
    pub reason: Option<Missing>,
}

impl Comparison {
    fn nothing(base: ArmFigures, arm: ArmFigures) -> Self {
        Self {
            base,
            arm,
            adjustment: Adjustment::none(NotAdjusted::NotAsked),
            absolute: None,
            relative: None,
            p: None,
            e: None,
            is_significant: false,
            chance_above: None,
            losses: None,
            reason: None,
        }
    }

    /// The same without a conclusion, because an arm has fewer people than one takes.
    pub(in crate::experiments) fn below_floor(mut self) -> Self {
        for effect in [&mut self.absolute, &mut self.relative]
            .into_iter()
            .flatten()
        {
            effect.interval = None;
        }
        (self.p, self.e, self.is_significant) = (None, None, false);
        (self.chance_above, self.losses) = (None, None);
        if matches!(self.reason, None | Some(Missing::BaseTooUncertain)) {
            self.reason = Some(Missing::BelowFloor);
        }
        self
    }

    fn judge(&mut self, verdict: &Verdict) {
        self.p = Some(verdict.p);
        self.e = verdict.e;
        self.is_significant = verdict.is_significant;
    }
}
