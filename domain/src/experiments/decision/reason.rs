//! Reasons: a figure, the bound that it is compared with, and both in words.
//!
//! Law: an effect has the sign that the metric's own change has, as it has everywhere else, and its text
//! says which direction is better.

use super::words;
use crate::experiments::{
    design::{Design, Method},
    inference::comparison::Missing,
    metric::Better,
    mismatch::ALPHA,
    results::{ArmResult, Issue, MetricResult, Reach},
};
use serde::Serialize;

/// The code of what waits for the least days.
pub(super) const MIN_DAYS: &str = "min_days";

/// Why something is decided, or what would have changed it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// What it is, for programs.
    pub code: &'static str,
    /// The metric; null where it is none's.
    pub metric: Option<String>,
    /// The arm; null where it is none's.
    pub arm: Option<String>,
    /// The figure; null where there is none.
    pub value: Option<f64>,
    /// What the figure is compared with; null where there is nothing.
    pub bound: Option<f64>,
    /// The reason in words.
    pub text: String,
}

impl Reason {
    fn plain(code: &'static str, value: Option<f64>, bound: Option<f64>, text: String) -> Self {
        Self {
            code,
            metric: None,
            arm: None,
            value,
            bound,
            text,
        }
    }

    fn about(mut self, metric: &MetricResult, arm: &ArmResult) -> Self {
        self.metric = Some(metric.metric.clone());
        self.arm = Some(arm.arm.clone());
        self
    }

    pub(super) fn of_issue(issue: &Issue) -> Self {
        Self::plain(issue.code, issue.p, None, issue.text.clone())
    }

    /// What would mend an experiment that is broken.
    pub(super) fn mending(issue: &Issue) -> Self {
        let bound = issue.p.map(|_| ALPHA);
        let text = match issue.p {
            Some(p) => format!(
                "Figures count again once the p of this is above {ALPHA}, and not {}: {}",
                words::p(p),
                issue.text
            ),
            None => format!(
                "Figures count again once this is no longer so: {}",
                issue.text
            ),
        };
        Self::plain(issue.code, issue.p, bound, text)
    }

    pub(super) fn not_counted_yet() -> Self {
        let text = "What happened is still being looked through: the figures are of a part.";
        Self::plain("incomplete", None, None, text.to_owned())
    }

    pub(super) fn too_early(days: f64, min_days: f64) -> Self {
        let text = format!(
            "It has run for {}; before {min_days} days nothing is shipped, and nothing but harm to a \
             guardrail stops it.",
            words::duration(days)
        );
        Self::plain(MIN_DAYS, Some(days), Some(min_days), text)
    }

    pub(super) fn no_effect_in(days: u32) -> Self {
        let text = format!("No arm is proved to be better in {days} days.");
        Self::plain("max_days", None, Some(days.into()), text)
    }

    pub(super) fn no_effect_among(people: u32) -> Self {
        let text = format!(
            "No arm is proved to be better among the {} of the plan.",
            words::people(people.into())
        );
        Self::plain("planned_people", None, Some(people.into()), text)
    }

    pub(super) fn planned(people: i64, planned: u32) -> Self {
        let text = format!(
            "{} of {} are measured; the test is read once, when all of them are.",
            words::whole(people.unsigned_abs()),
            words::people(planned.into())
        );
        let people = i32::try_from(people).unwrap_or(i32::MAX);
        Self::plain(
            "planned_people",
            Some(people.into()),
            Some(planned.into()),
            text,
        )
    }

    pub(super) fn not_worthwhile(most: f64, worthwhile: f64) -> Self {
        let text = format!(
            "No arm can be better by {:.2} % any more: at most {:.2} % is possible.",
            worthwhile * 100.0,
            most * 100.0
        );
        Self::plain("worthwhile", Some(most), Some(worthwhile), text)
    }

    /// An arm is proved to be better, by less than is worth shipping.
    pub(super) fn too_little(
        metric: &MetricResult,
        arm: &ArmResult,
        effect: f64,
        worthwhile: f64,
    ) -> Self {
        let text = format!(
            "{} is better in {} by {:.2} %; nothing below {:.2} % is worth shipping.",
            arm.arm,
            metric.metric,
            effect * 100.0,
            worthwhile * 100.0
        );
        Self::plain("worthwhile", Some(effect), Some(worthwhile), text).about(metric, arm)
    }

    /// Nothing is known of a guardrail.
    pub(super) fn unknown(metric: &MetricResult, arm: &ArmResult) -> Self {
        let text = format!(
            "Nothing is known yet of {} in {}, which is a guardrail.",
            arm.arm, metric.metric
        );
        let bound = Some(margin(metric, arm));
        Self::plain("guardrail_unknown", None, bound, text).about(metric, arm)
    }

    pub(super) fn nothing_proved(people: i64) -> Self {
        let text = format!(
            "Nothing is proved yet by {}.",
            words::people(people.unsigned_abs())
        );
        Self::plain("nothing_proved", None, None, text)
    }

    /// An arm is proved to be better or worse.
    pub(super) fn proved(metric: &MetricResult, arm: &ArmResult, design: &Design) -> Self {
        let (value, bound) = strength(metric, arm, design);
        let (code, how) = match arm.is_better {
            Some(true) => ("better", "is better"),
            _ => ("worse", "is worse"),
        };
        let effect = words::effect(metric, arm, design.statistics.method);
        let text = format!("{} {how} in {}: {effect}.", arm.arm, metric.metric);
        Self::plain(code, value, Some(bound), text).about(metric, arm)
    }

    /// An arm is proved to be worse than a guardrail allows.
    pub(super) fn breached(metric: &MetricResult, arm: &ArmResult, design: &Design) -> Self {
        let margin = margin(metric, arm);
        let text = format!(
            "{} does more harm in {} than the {} that is allowed: {}.",
            arm.arm,
            metric.metric,
            words::change(margin),
            words::effect(metric, arm, design.statistics.method)
        );
        let least = arm.reach.best.map(|best| words::raw(metric, best));
        Self::plain("guardrail", least, Some(margin), text).about(metric, arm)
    }

    /// How strong the evidence of an arm is, and how strong it has to be.
    pub(super) fn evidence(metric: &MetricResult, arm: &ArmResult, design: &Design) -> Self {
        let (value, bound) = strength(metric, arm, design);
        let decides = match design.statistics.method {
            Method::Bayesian { .. } => {
                let low = design.statistics.alpha() / 2.0;
                let [low, high] = [low, 1.0 - low].map(words::chance);
                format!("it decides at {low} or below and at {high} or above")
            }
            _ => format!("it decides at {bound} or below"),
        };
        let known = match (value, design.statistics.method) {
            (Some(value), Method::Bayesian { .. }) => {
                format!("the chance that it is better is {}", words::chance(value))
            }
            (Some(value), _) => format!("the corrected p is {}", words::p(value)),
            (None, _) => lacking(arm, design),
        };
        let text = format!("{} in {}: {known}; {decides}.", arm.arm, metric.metric);
        Self::plain("evidence", value, Some(bound), text).about(metric, arm)
    }

    /// How far a guardrail is from what is allowed.
    pub(super) fn guardrail(metric: &MetricResult, arm: &ArmResult) -> Self {
        let Reach {
            best, is_breached, ..
        } = arm.reach;
        let margin = margin(metric, arm);
        let best = best.map(|best| words::raw(metric, best));
        let known = match (is_breached, best) {
            (None, _) => "nothing is known yet".to_owned(),
            (Some(_), Some(best)) => {
                format!("an effect of {} is still possible", words::change(best))
            }
            (Some(true), None) => "more harm than is allowed is proved".to_owned(),
            (Some(false), None) => "no more harm than is allowed is proved".to_owned(),
        };
        let beyond = match metric.better {
            Better::Higher => "below",
            Better::Lower => "above",
        };
        let text = format!(
            "{} in {}: {known}, where {}; it is not shipped once all that is possible is {beyond} {}.",
            arm.arm,
            metric.metric,
            words::better(metric),
            words::change(margin)
        );
        Self::plain("guardrail", best, Some(margin), text).about(metric, arm)
    }
}

/// The most harm that a guardrail allows, as the metric's own change.
fn margin(metric: &MetricResult, arm: &ArmResult) -> f64 {
    words::raw(metric, -arm.reach.most_harm)
}

/// The figure that decides, and the nearest bound at which it does: of a posterior the chance that the arm
/// is better, which is low where it is worse.
fn strength(metric: &MetricResult, arm: &ArmResult, design: &Design) -> (Option<f64>, f64) {
    let alpha = design.statistics.alpha();
    match design.statistics.method {
        Method::Bayesian { .. } => {
            let better = |above: f64| match metric.better {
                Better::Higher => above,
                Better::Lower => 1.0 - above,
            };
            let chance = arm.bayesian.chance_above.map(better);
            let is_low = chance.is_some_and(|chance| chance < 0.5);
            let bound = if is_low {
                alpha / 2.0
            } else {
                1.0 - alpha / 2.0
            };
            (chance, bound)
        }
        _ => (arm.verdict.corrected, alpha),
    }
}

/// Why there is no evidence yet, and what it takes.
fn lacking(arm: &ArmResult, design: &Design) -> String {
    let Some(decided) = arm.deciding(design.statistics.method) else {
        return "the test is not read yet".to_owned();
    };
    let why = match decided.reason {
        Some(Missing::TooFewPeople | Missing::BelowFloor) | None => {
            return format!(
                "no evidence yet, by {} in the base and {} in the arm, where it takes {} of each or more",
                words::people(decided.base.people.unsigned_abs()),
                words::whole(decided.arm.people.unsigned_abs()),
                words::whole(design.statistics.fewest_people.into())
            );
        }
        Some(Missing::NoVariance) => "nobody differs from anybody",
        Some(Missing::NoDenominator) => "its denominator is not far from 0",
        Some(Missing::NoMethod) => "the method has no such test",
        Some(Missing::BaseTooUncertain) => "the base is too uncertain",
        Some(Missing::WeightsMoved) => "weights of arms moved",
    };
    format!("no evidence yet, as {why}")
}
