//! The plan of a metric and an arm.

use super::{Asked, NotPlanned, PlannedArm};
use crate::experiments::{
    design::{Design, Method},
    inference::{
        power::{Baseline, Plan, Test},
        sequence::Sequence,
    },
    measurement::HOURS_A_DAY,
    metric::Metric,
    numbers::part,
    results::direction,
};

/// What is planned: a metric and an arm.
pub(super) struct Comparison<'a> {
    pub(super) design: &'a Design,
    pub(super) metric: &'a Metric,
    pub(super) asked: &'a Asked,
    /// The arm's place.
    pub(super) at: usize,
}

impl Comparison<'_> {
    pub(super) fn plan(&self, baseline: Baseline, reduction: f64, level: f64) -> Plan {
        let statistics = &self.design.statistics;
        let side = statistics.sides.of(self.metric.better);
        let test = match statistics.method {
            Method::Sequential { tuned_for } => Test::Sequential(Sequence {
                tuned_for: tuned_for.into(),
                tuned_at: statistics.alpha(),
                fewest_people: statistics.fewest_people.into(),
            }),
            Method::Fixed { .. } | Method::Bayesian { .. } => Test::Fixed,
        };
        Plan {
            baseline,
            reduction,
            test,
            level,
            side,
            shares: self.shares(),
        }
    }

    /// The parts of the base and of the arm among all who take part.
    fn shares(&self) -> [f64; 2] {
        [0, self.at].map(|at| {
            let arm = self.design.allocation.arms.get(at);
            part(arm.map_or(0, |it| it.weight_bps))
        })
    }

    /// People of the base and of the arm that the method names.
    fn people(&self) -> Option<f64> {
        match self.design.statistics.method {
            Method::Sequential { tuned_for } => Some(tuned_for.into()),
            Method::Fixed { planned_people } => {
                Some(f64::from(planned_people) * self.shares().iter().sum::<f64>())
            }
            Method::Bayesian { .. } => None,
        }
    }

    pub(super) fn planned(&self, metric: &str, plan: Result<Plan, NotPlanned>) -> PlannedArm {
        let Self { design, asked, .. } = self;
        let power = part(asked.power_bps);
        let direction = direction(self.metric.better);
        let wanted = asked.effect_bps.or(design.decision.worthwhile_bps);
        let effect = wanted.map(|bps| direction * part(bps));
        let (plan, unknown) = match plan {
            Ok(plan) => (Some(plan), None),
            Err(reason) => (None, Some(reason)),
        };
        let takes = plan.zip(effect);
        let takes = takes.and_then(|(plan, effect)| plan.people(power, effect));
        let shown = plan.zip(self.people());
        let detectable = shown.and_then(|(it, people)| it.detectable(power, direction, people));
        let reason = unknown.or(if effect.is_none() {
            Some(NotPlanned::NoEffect)
        } else if self.people().is_none() {
            Some(NotPlanned::NoPeople)
        } else if takes.is_none() || detectable.is_none() {
            Some(NotPlanned::OutOfReach)
        } else {
            None
        });
        let arm = design.allocation.arms.get(self.at);
        PlannedArm {
            metric: metric.to_owned(),
            arm: arm.map_or_else(String::new, |it| it.key.clone()),
            baseline: plan.map(|it| match it.baseline {
                Baseline::Rate(rate) => rate,
                Baseline::Mean { mean, .. } => mean,
            }),
            detectable,
            effect,
            people: takes,
            days: plan
                .zip(takes)
                .and_then(|(plan, people)| self.days(&plan, people)),
            power: shown
                .zip(effect)
                .and_then(|((plan, people), effect)| plan.power(effect, people)),
            reason,
        }
    }

    fn days(&self, plan: &Plan, people: [i64; 2]) -> Option<i64> {
        let coming = self.asked.people_a_day * part(self.design.allocation.coverage_bps);
        let wait = f64::from(self.metric.hours()) / HOURS_A_DAY;
        let days = plan.days(people, coming, wait)?;
        Some(days.max(self.design.decision.min_days.into()))
    }
}
