//! What to do with an experiment, and why.
//!
//! Law: nothing is shipped or stopped but for a reason that is named, with the figure and the bound that it
//! crossed; and each decision says what would have changed it.

mod reason;

pub use reason::Reason;

use super::{
    design::{Design, Method, Role},
    results::{ArmResult, Counted, Health, MetricResult, State, direction},
};
use serde::Serialize;

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Let everybody see an arm.
    Ship,
    /// Let everybody see the base.
    Stop,
    /// Go on.
    KeepGoing,
    /// Look for the fault: the figures are worthless.
    Broken,
}

/// What to do, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// The arm that everybody should see; null unless it is to be shipped.
    pub arm: Option<String>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What would have changed it.
    pub would_change: Vec<Reason>,
}

/// An arm, over all metrics.
struct Standing<'a> {
    arm: &'a str,
    /// Primary metrics that are proved to be better.
    better: Vec<(&'a MetricResult, &'a ArmResult)>,
    /// Primary metrics that are proved to be worse.
    worse: Vec<(&'a MetricResult, &'a ArmResult)>,
    /// Guardrails that are proved to be worse than is allowed.
    breached: Vec<(&'a MetricResult, &'a ArmResult)>,
}

impl Decision {
    /// The decision on what is known after so many days.
    pub fn of(
        design: &Design,
        counted: &Counted,
        metrics: &[MetricResult],
        health: &Health,
        days: f64,
    ) -> Self {
        if health.state == State::Broken {
            let broken = health.issues.iter().filter(|it| it.state == State::Broken);
            return Self {
                action: Action::Broken,
                arm: None,
                reasons: broken.map(Reason::of_issue).collect(),
                would_change: Vec::new(),
            };
        }
        let standings = standings(design, metrics);
        let mut evidence = Evidence {
            design,
            metrics,
            people: counted.arms().iter().sum(),
            days,
        };
        evidence.decide(&standings)
    }

    fn because(action: Action, arm: Option<&str>, reasons: Vec<Reason>) -> Self {
        Self {
            action,
            arm: arm.map(str::to_owned),
            reasons,
            would_change: Vec::new(),
        }
    }
}

fn standings<'a>(design: &Design, metrics: &'a [MetricResult]) -> Vec<Standing<'a>> {
    let keys = design.allocation.arms.iter().skip(1);
    let count = keys.count();
    (0..count)
        .filter_map(|at| {
            let of = |metric: &'a MetricResult| Some((metric, metric.arms.get(at)?));
            let all: Vec<_> = metrics.iter().filter_map(of).collect();
            let (_, first) = all.first()?;
            let primary = |wanted: bool| {
                let is = move |(metric, arm): &&(&MetricResult, &ArmResult)| {
                    metric.role == Role::Primary && arm.is_better == Some(wanted)
                };
                all.iter().filter(is).copied().collect()
            };
            let breached = all.iter().filter(|(metric, arm)| {
                let chosen = design.metrics.iter().find(|it| it.metric == metric.metric);
                let most = chosen.and_then(|it| it.most_harm_bps).unwrap_or(0);
                metric.role == Role::Guardrail && is_breached(design, metric, arm, most)
            });
            Some(Standing {
                arm: &first.arm,
                better: primary(true),
                worse: primary(false),
                breached: breached.copied().collect(),
            })
        })
        .collect()
}

/// Whether a guardrail is proved to be worse than is allowed: the whole interval is beyond the margin.
fn is_breached(design: &Design, metric: &MetricResult, arm: &ArmResult, most_bps: u16) -> bool {
    if most_bps == 0 {
        return arm.is_better == Some(false);
    }
    let best = best_case(design, metric, arm);
    best.is_some_and(|best| best < -f64::from(most_bps) / 10_000.0)
}

/// The best relative effect that the deciding evidence leaves possible, more being better.
fn best_case(design: &Design, metric: &MetricResult, arm: &ArmResult) -> Option<f64> {
    let decided = arm.deciding(design.statistics.method)?;
    let interval = decided.relative?.interval?;
    let sign = direction(metric.better);
    let bound = if sign > 0.0 {
        interval.high
    } else {
        interval.low
    };
    bound.map(|bound| bound * sign)
}

/// All that a decision looks at.
struct Evidence<'a> {
    design: &'a Design,
    metrics: &'a [MetricResult],
    people: i64,
    days: f64,
}

impl Evidence<'_> {
    fn decide(&mut self, standings: &[Standing<'_>]) -> Decision {
        let rules = &self.design.decision;
        let min_days = f64::from(rules.min_days);
        let unharmed = || {
            let is_unharmed = |it: &&Standing<'_>| it.breached.is_empty() && it.worse.is_empty();
            standings.iter().filter(is_unharmed)
        };
        let winners: Vec<_> = unharmed().filter(|it| !it.better.is_empty()).collect();
        let best = winners
            .into_iter()
            .max_by(|one, other| self.gain(one).total_cmp(&self.gain(other)));
        let mut decision = if let Some(best) = best {
            let reasons = best
                .better
                .iter()
                .map(|(metric, arm)| Reason::proved("better", metric, arm, self.design));
            let reasons: Vec<_> = reasons.collect();
            if self.days < min_days {
                let mut waits = vec![Reason::too_early(self.days, min_days)];
                waits.extend(reasons);
                Decision::because(Action::KeepGoing, None, waits)
            } else {
                Decision::because(Action::Ship, Some(best.arm), reasons)
            }
        } else if !standings.is_empty() && unharmed().next().is_none() {
            Decision::because(Action::Stop, None, self.harm(standings))
        } else {
            self.without_winner(standings)
        };
        decision.would_change = self.would_change(&decision, standings);
        decision
    }

    /// The relative gain of an arm in the first primary metric in which it is better.
    fn gain(&self, standing: &Standing<'_>) -> f64 {
        let first = standing.better.first();
        let gain = first.and_then(|(metric, arm)| {
            let decided = arm.deciding(self.design.statistics.method)?;
            let effect = decided.relative.or(decided.absolute)?;
            Some(effect.value * direction(metric.better))
        });
        gain.unwrap_or(f64::NEG_INFINITY)
    }

    fn harm(&self, standings: &[Standing<'_>]) -> Vec<Reason> {
        let of = |standing: &Standing<'_>| {
            let worse = standing
                .worse
                .iter()
                .map(|(metric, arm)| Reason::proved("worse", metric, arm, self.design));
            let breached = standing
                .breached
                .iter()
                .map(|(metric, arm)| Reason::proved("guardrail", metric, arm, self.design));
            worse.chain(breached).collect::<Vec<_>>()
        };
        standings.iter().flat_map(of).collect()
    }

    fn without_winner(&self, standings: &[Standing<'_>]) -> Decision {
        let rules = &self.design.decision;
        let min_days = f64::from(rules.min_days);
        if let Some(days) = rules.max_days.filter(|&days| self.days >= f64::from(days)) {
            return Decision::because(Action::Stop, None, vec![Reason::no_effect_in(days)]);
        }
        if let Method::Fixed { planned_people } = self.design.statistics.method {
            if self.people >= planned_people.into() && self.days >= min_days {
                let reason = Reason::no_effect_among(planned_people);
                return Decision::because(Action::Stop, None, vec![reason]);
            }
            let reason = Reason::planned(self.people, planned_people);
            return Decision::because(Action::KeepGoing, None, vec![reason]);
        }
        if let Some(bps) = rules.worthwhile_bps.filter(|_| self.days >= min_days) {
            let worthwhile = f64::from(bps) / 10_000.0;
            let hopes: Vec<Option<f64>> = self
                .primary_arms()
                .map(|(metric, arm)| best_case(self.design, metric, arm))
                .collect();
            let is_hopeless = |hope: &Option<f64>| hope.is_some_and(|it| it < worthwhile);
            if !hopes.is_empty() && hopes.iter().all(is_hopeless) {
                let most = hopes
                    .into_iter()
                    .flatten()
                    .fold(f64::NEG_INFINITY, f64::max);
                let reason = Reason::not_worthwhile(most, worthwhile);
                return Decision::because(Action::Stop, None, vec![reason]);
            }
        }
        let mut reasons = vec![Reason::nothing_proved(self.people)];
        reasons.extend(self.harm(standings));
        Decision::because(Action::KeepGoing, None, reasons)
    }

    fn primary_arms(&self) -> impl Iterator<Item = (&MetricResult, &ArmResult)> {
        let primary = self.metrics.iter().filter(|it| it.role == Role::Primary);
        primary.flat_map(|metric| metric.arms.iter().map(move |arm| (metric, arm)))
    }

    fn would_change(&self, decision: &Decision, standings: &[Standing<'_>]) -> Vec<Reason> {
        let of_arm = |key: &str| {
            let arms = self.primary_arms().filter(move |(_, arm)| arm.arm == key);
            arms.filter_map(|(metric, arm)| Reason::evidence(metric, arm, self.design))
                .collect::<Vec<_>>()
        };
        match (decision.action, &decision.arm) {
            (Action::Ship, Some(key)) => {
                let mut reasons = of_arm(key);
                reasons.extend(self.guardrails(key));
                reasons
            }
            (Action::KeepGoing | Action::Stop, _) => {
                let open = standings.iter().filter(|it| it.breached.is_empty());
                open.flat_map(|it| of_arm(it.arm)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// How far the guardrails of an arm are from what is allowed.
    fn guardrails(&self, key: &str) -> Vec<Reason> {
        let guardrails = self.metrics.iter().filter(|it| it.role == Role::Guardrail);
        guardrails
            .flat_map(|metric| metric.arms.iter().map(move |arm| (metric, arm)))
            .filter(|(_, arm)| arm.arm == key)
            .filter_map(|(metric, arm)| {
                let chosen = self
                    .design
                    .metrics
                    .iter()
                    .find(|it| it.metric == metric.metric);
                let most = chosen.and_then(|it| it.most_harm_bps).unwrap_or(0);
                let best = best_case(self.design, metric, arm)?;
                Some(Reason::guardrail(
                    metric,
                    arm,
                    best,
                    f64::from(most) / 10_000.0,
                ))
            })
            .collect()
    }
}
