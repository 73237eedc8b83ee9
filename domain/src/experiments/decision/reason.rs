//! Reasons: a figure, the bound that it is compared with, and both in words.

use crate::experiments::{
    design::{Design, Method},
    mismatch::ALPHA,
    results::{ArmResult, Issue, MetricResult, Reach},
};
use serde::Serialize;

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
                small(p),
                issue.text
            ),
            None => format!(
                "Figures count again once this is no longer so: {}",
                issue.text
            ),
        };
        Self::plain(issue.code, issue.p, bound, text)
    }

    pub(super) fn too_early(days: f64, min_days: f64) -> Self {
        let text = format!("It has run for {days:.1} days; nothing is shipped before {min_days}.");
        Self::plain("min_days", Some(days), Some(min_days), text)
    }

    pub(super) fn no_effect_in(days: u32) -> Self {
        let text = format!("No arm is proved to be better in {days} days.");
        Self::plain("max_days", None, Some(days.into()), text)
    }

    pub(super) fn no_effect_among(people: u32) -> Self {
        let text = format!("No arm is proved to be better among the {people} people of the plan.");
        Self::plain("planned_people", None, Some(people.into()), text)
    }

    pub(super) fn planned(people: i64, planned: u32) -> Self {
        let text =
            format!("{people} of {planned} people are measured; the test is read once, then.");
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
        let bound = Some(0.0 - arm.reach.most_harm);
        Self::plain("guardrail_unknown", None, bound, text).about(metric, arm)
    }

    pub(super) fn nothing_proved(people: i64) -> Self {
        let text = format!("Nothing is proved yet by {people} people.");
        Self::plain("nothing_proved", None, None, text)
    }

    /// An arm is proved to be better or worse.
    pub(super) fn proved(
        code: &'static str,
        metric: &MetricResult,
        arm: &ArmResult,
        design: &Design,
    ) -> Self {
        let (value, bound) = strength(arm, design);
        let how = match code {
            "better" => "is better",
            "worse" => "is worse",
            _ => "harms more than a guardrail allows",
        };
        let effect = arm
            .deciding(design.statistics.method)
            .and_then(|it| it.relative);
        let by = effect.map_or_else(String::new, |it| format!(" by {:+.2} %", it.value * 100.0));
        let text = format!("{} {how} in {}{by}.", arm.arm, metric.metric);
        Self::plain(code, value, bound, text).about(metric, arm)
    }

    /// How strong the evidence of an arm is, and how strong it has to be.
    pub(super) fn evidence(
        metric: &MetricResult,
        arm: &ArmResult,
        design: &Design,
    ) -> Option<Self> {
        let (value, bound) = strength(arm, design);
        let (value, bound) = (value?, bound?);
        let what = match design.statistics.method {
            Method::Bayesian { .. } => "the chance that it is no better",
            _ => "the corrected p",
        };
        let text = format!(
            "{} in {}: {what} is {}, and decides at {bound} or below.",
            arm.arm,
            metric.metric,
            small(value)
        );
        Some(Self::plain("evidence", Some(value), Some(bound), text).about(metric, arm))
    }

    /// How far a guardrail is from what is allowed.
    pub(super) fn guardrail(metric: &MetricResult, arm: &ArmResult) -> Self {
        let Reach {
            best,
            most_harm,
            is_breached,
        } = arm.reach;
        let bound = 0.0 - most_harm;
        let known = match (is_breached, best) {
            (None, _) => "nothing is known yet".to_owned(),
            (Some(_), Some(best)) => format!("{:+.2} % is still possible", best * 100.0),
            (Some(true), None) => "more harm than is allowed is proved".to_owned(),
            (Some(false), None) => "no more harm than is allowed is proved".to_owned(),
        };
        let text = format!(
            "{} in {}: {known}; where no effect of {:.2} % or above is possible, it is not shipped.",
            arm.arm,
            metric.metric,
            bound * 100.0
        );
        Self::plain("guardrail", best, Some(bound), text).about(metric, arm)
    }
}

/// The figure that decides, and the bound at or below which it does.
fn strength(arm: &ArmResult, design: &Design) -> (Option<f64>, Option<f64>) {
    let alpha = design.statistics.alpha();
    match design.statistics.method {
        Method::Bayesian { .. } => {
            let chance = arm.bayesian.chance_above;
            (chance.map(|it| it.min(1.0 - it)), Some(alpha / 2.0))
        }
        _ => (arm.verdict.corrected, Some(alpha)),
    }
}

/// A chance as people read it.
fn small(chance: f64) -> String {
    if chance < 0.0001 {
        "less than 0.0001".to_owned()
    } else {
        format!("{chance:.4}")
    }
}
