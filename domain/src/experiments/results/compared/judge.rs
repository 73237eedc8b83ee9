//! What many comparisons at a time leave of the evidence, and which arms are proved to be better or worse.

use super::{ArmResult, Asked, MetricResult, direction};
use crate::experiments::{
    design::{Method, Role, Statistics},
    multiplicity::{Correction, Hypothesis, Scope, Verdict, correct},
};

/// Allows for how many comparisons there are, and says which arms are proved to be better or worse.
pub(super) fn judge(asked: &[Asked<'_>], answers: &mut [MetricResult]) {
    let Some(statistics) = asked.first().map(|it| it.statistics) else {
        return;
    };
    let mut family = Vec::new();
    let mut places = Vec::new();
    for (metric, answer) in answers.iter().enumerate() {
        for (at, arm) in answer.arms.iter().enumerate() {
            let decided = arm.deciding(statistics.method);
            let hypothesis = Hypothesis {
                arm: at,
                metric,
                is_primary: answer.role == Role::Primary,
                p: decided.and_then(|it| it.p),
                e: decided.and_then(|it| it.e),
            };
            if answer.role == Role::Guardrail {
                places.push(((metric, at), alone(&hypothesis, statistics)));
            } else {
                places.push(((metric, at), None));
                family.push(hypothesis);
            }
        }
    }
    let alpha = statistics.alpha();
    let verdicts = correct(&family, statistics.correction, statistics.scope, alpha);
    let mut verdicts = verdicts.into_iter();
    for ((metric, at), alone) in places {
        let verdict = match alone {
            Some(verdict) => verdict,
            None => verdicts.next().unwrap_or_default(),
        };
        let (Some(asked), Some(answer)) = (asked.get(metric), answers.get_mut(metric)) else {
            continue;
        };
        if let Some(arm) = answer.arms.get_mut(at) {
            asked.conclude(arm, at + 1, verdict);
        }
    }
}

/// The verdict on a guardrail, however many others are compared.
fn alone(hypothesis: &Hypothesis, statistics: &Statistics) -> Option<Verdict> {
    let alpha = statistics.alpha();
    correct(&[*hypothesis], Correction::None, Scope::All, alpha).pop()
}

impl Asked<'_> {
    fn conclude(&self, arm: &mut ArmResult, at: usize, verdict: Verdict) {
        let alpha = self.statistics.alpha();
        let method = self.statistics.method;
        let Some((decided, data)) = arm.deciding(method).copied().zip(self.deciding_data()) else {
            return;
        };
        let is_significant = match method {
            Method::Bayesian { .. } => decided
                .chance_above
                .is_some_and(|chance| chance.min(1.0 - chance) <= alpha / 2.0),
            _ => verdict.is_significant,
        };
        arm.verdict = verdict;
        let effect = decided.absolute.map(|it| it.value);
        arm.is_better = effect
            .filter(|_| is_significant)
            .map(|effect| effect * direction(self.metric.better) > 0.0);
        if let Some(level) = verdict.interval_alpha {
            let question = self.question(self.deciding(), level);
            let corrected = self.ask(data, at, &question);
            arm.corrected_interval = corrected.and_then(|it| it.absolute?.interval);
            arm.corrected_relative_interval = corrected.and_then(|it| it.relative?.interval);
        }
    }
}
