//! What to do with an experiment, and why.
//!
//! Law: nothing is shipped or stopped but for a reason that is named, with the figure and the bound that it
//! crossed; and each decision says what would have changed it. Before the least days of the design, by which
//! each weekday is in the figures, nothing is shipped, and nothing stops it but harm to guardrails: those
//! are there to end it early, and a metric that is worse on its first weekday need not be worse by the last.

mod reason;
mod standing;
mod words;

pub use reason::Reason;
pub use words::duration;
pub(super) use words::{people, whole};

use super::{
    design::{Design, Method, Role},
    results::{ArmResult, Counted, Health, MetricResult, State, direction},
};
use reason::MIN_DAYS;
use serde::Serialize;
use standing::{Pair, Standing};

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
    /// Nothing: it has ended, and nothing was decided.
    Undecided,
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
            let broken = || health.issues.iter().filter(|it| it.state == State::Broken);
            return Self {
                action: Action::Broken,
                arm: None,
                reasons: broken().map(Reason::of_issue).collect(),
                would_change: broken().map(Reason::mending).collect(),
            };
        }
        let arms = counted.open_arms();
        Evidence {
            design,
            metrics,
            standings: Standing::of_arms(&arms, metrics),
            people: counted.arms().iter().sum(),
            days,
        }
        .decide()
    }

    /// While not everything that happened is counted.
    pub(super) fn not_counted_yet() -> Self {
        Self::because(Action::KeepGoing, None, vec![Reason::not_counted_yet()])
    }

    /// The same of a phase that has ended, which cannot go on.
    pub(super) fn at_the_end(mut self) -> Self {
        if self.action == Action::KeepGoing {
            self.action = Action::Undecided;
        }
        self
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

/// All that a decision looks at.
struct Evidence<'a> {
    design: &'a Design,
    metrics: &'a [MetricResult],
    standings: Vec<Standing<'a>>,
    people: i64,
    days: f64,
}

impl<'a> Evidence<'a> {
    fn decide(&self) -> Decision {
        let decision = match self.best() {
            Some(best) => self.on_winner(best),
            None if !self.standings.is_empty() && self.unharmed().next().is_none() => {
                if self.standings.iter().any(|it| !it.breached.is_empty()) {
                    Decision::because(Action::Stop, None, self.harm())
                } else {
                    self.stop(self.harm())
                }
            }
            None => self.without_winner(),
        };
        Decision {
            would_change: self.would_change(&decision),
            ..decision
        }
    }

    /// Stops, once the least days are over.
    fn stop(&self, mut reasons: Vec<Reason>) -> Decision {
        let Some(wait) = self.too_early() else {
            return Decision::because(Action::Stop, None, reasons);
        };
        reasons.insert(0, wait);
        Decision::because(Action::KeepGoing, None, reasons)
    }

    /// That the least days are not over; none where they are.
    fn too_early(&self) -> Option<Reason> {
        let min_days = f64::from(self.design.decision.min_days);
        (self.days < min_days).then(|| Reason::too_early(self.days, min_days))
    }

    /// Arms that are proved to be worse in nothing that matters.
    fn unharmed(&self) -> impl Iterator<Item = &Standing<'a>> {
        let is_unharmed = |it: &&Standing<'_>| it.breached.is_empty() && it.worse.is_empty();
        self.standings.iter().filter(is_unharmed)
    }

    /// The least effect that is worth shipping; 0 where any is.
    fn worthwhile(&self) -> f64 {
        f64::from(self.design.decision.worthwhile_bps.unwrap_or(0)) / 10_000.0
    }

    fn is_time_over(&self) -> bool {
        let most = self.design.decision.max_days;
        most.is_some_and(|days| self.days >= f64::from(days))
    }

    /// Of the arms that are better, and worth it, the one with the largest effect in the first primary metric
    /// of which all of them have one: all effects on a metric are against the same base.
    fn best(&self) -> Option<&Standing<'a>> {
        let is_winner = |it: &&Standing<'_>| {
            let worth = |(_, arm): &Pair<'_>| self.too_little(arm).is_none();
            it.better.iter().any(worth)
        };
        let winners: Vec<&Standing<'a>> = self.unharmed().filter(is_winner).collect();
        let gains = |metric: &MetricResult| -> Option<Vec<f64>> {
            let gain = |standing: &&Standing<'_>| {
                let arm = metric.arms.get(standing.place)?;
                let effect = arm.deciding(self.design.statistics.method)?.absolute?;
                Some(effect.value * direction(metric.better))
            };
            winners.iter().map(gain).collect()
        };
        let primary = self.metrics.iter().filter(|it| it.role == Role::Primary);
        let gains = primary.filter_map(gains).next();
        let gains = gains.unwrap_or_else(|| vec![0.0; winners.len()]);
        let ranked = winners.iter().zip(gains).rev();
        let best = ranked.max_by(|(_, one), (_, other)| one.total_cmp(other));
        best.map(|(standing, _)| *standing)
    }

    /// The effect of an arm that is better by less than is worth shipping; none where that is not so, or
    /// where it is no part of the base.
    fn too_little(&self, arm: &ArmResult) -> Option<f64> {
        let decided = arm.deciding(self.design.statistics.method)?;
        let effect = decided.relative?.value.abs();
        (effect < self.worthwhile()).then_some(effect)
    }

    fn on_winner(&self, best: &Standing<'_>) -> Decision {
        let better = self.proved(&best.better);
        let mut waits: Vec<Reason> = self.too_early().into_iter().collect();
        if !self.is_time_over() {
            let unknown = best.unknown.iter();
            waits.extend(unknown.map(|(metric, arm)| Reason::unknown(metric, arm)));
        }
        if waits.is_empty() {
            return Decision::because(Action::Ship, Some(best.arm), better);
        }
        waits.extend(better);
        Decision::because(Action::KeepGoing, None, waits)
    }

    fn proved(&self, pairs: &[Pair<'_>]) -> Vec<Reason> {
        let of = |(metric, arm): &Pair<'_>| Reason::proved(metric, arm, self.design);
        pairs.iter().map(of).collect()
    }

    fn harm(&self) -> Vec<Reason> {
        let of = |standing: &Standing<'_>| {
            let worse = self.proved(&standing.worse).into_iter();
            let breached = standing.breached.iter();
            let breached = breached.map(|(metric, arm)| Reason::breached(metric, arm, self.design));
            worse.chain(breached).collect::<Vec<_>>()
        };
        self.standings.iter().flat_map(of).collect()
    }

    /// What is better, and by less than is worth shipping.
    fn little(&self) -> Vec<Reason> {
        let better = self.unharmed().flat_map(|it| &it.better);
        better
            .filter_map(|(metric, arm)| {
                let effect = self.too_little(arm)?;
                Some(Reason::too_little(metric, arm, effect, self.worthwhile()))
            })
            .collect()
    }

    fn without_winner(&self) -> Decision {
        let rules = &self.design.decision;
        let little = self.little();
        let stop = |reason: Reason| {
            let reasons = if little.is_empty() {
                vec![reason]
            } else {
                little.clone()
            };
            self.stop(reasons)
        };
        if let Some(days) = rules.max_days.filter(|_| self.is_time_over()) {
            return stop(Reason::no_effect_in(days));
        }
        if let Method::Fixed { planned_people } = self.design.statistics.method {
            let primary = || self.metrics.iter().filter(|it| it.role == Role::Primary);
            if primary().all(|it| it.is_read) {
                return stop(Reason::no_effect_among(planned_people));
            }
            let people = primary().map(|it| it.people).min().unwrap_or(0);
            let reason = Reason::planned(people, planned_people);
            return Decision::because(Action::KeepGoing, None, vec![reason]);
        }
        if rules.worthwhile_bps.is_some() {
            let worthwhile = self.worthwhile();
            let hopes: Option<Vec<f64>> = self.hopes().collect();
            let most = hopes.and_then(|all| all.into_iter().reduce(f64::max));
            if let Some(most) = most.filter(|most| *most < worthwhile) {
                return self.stop(vec![Reason::not_worthwhile(most, worthwhile)]);
            }
        }
        let mut reasons = little;
        if reasons.is_empty() {
            reasons.push(Reason::nothing_proved(self.people));
        } else {
            let better = self.unharmed();
            reasons.extend(better.flat_map(|it| self.proved(&it.better)));
        }
        reasons.extend(self.harm());
        Decision::because(Action::KeepGoing, None, reasons)
    }

    /// The best effect that is possible of each arm that may still be shipped, in each primary metric.
    fn hopes(&self) -> impl Iterator<Item = Option<f64>> {
        let unharmed = self.unharmed();
        unharmed.flat_map(|it| it.primary.iter().map(|(_, arm)| arm.reach.best))
    }

    /// The evidence and the guardrails of the arm that is shipped, else of all arms; and the least days, where
    /// they are still waited for.
    fn would_change(&self, decision: &Decision) -> Vec<Reason> {
        let is_asked = |it: &&Standing<'_>| decision.arm.as_deref().is_none_or(|arm| arm == it.arm);
        let of = |standing: &Standing<'_>| {
            let evidence = standing.primary.iter();
            let evidence = evidence.map(|(metric, arm)| Reason::evidence(metric, arm, self.design));
            let guardrails = standing.guardrails.iter();
            let guardrails = guardrails.map(|(metric, arm)| Reason::guardrail(metric, arm));
            evidence.chain(guardrails).collect::<Vec<_>>()
        };
        let asked = self.standings.iter().filter(is_asked);
        let waits = decision.reasons.iter().any(|it| it.code == MIN_DAYS);
        let is_open = decision.action == Action::KeepGoing && !waits;
        let days = self.too_early().filter(|_| is_open);
        asked.flat_map(of).chain(days).collect()
    }
}
