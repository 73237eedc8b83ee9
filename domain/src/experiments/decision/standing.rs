//! Where an arm stands, over all metrics.

use crate::experiments::{
    design::Role,
    results::{ArmResult, MetricResult},
};

/// An arm's result in a metric.
pub(super) type Pair<'a> = (&'a MetricResult, &'a ArmResult);

/// An arm, over all metrics.
pub(super) struct Standing<'a> {
    pub arm: &'a str,
    /// Its place among the arms of a metric's result.
    pub place: usize,
    /// Primary metrics.
    pub primary: Vec<Pair<'a>>,
    /// Those that are proved to be better.
    pub better: Vec<Pair<'a>>,
    /// Those that are proved to be worse.
    pub worse: Vec<Pair<'a>>,
    pub guardrails: Vec<Pair<'a>>,
    /// Those that are proved to be worse than is allowed.
    pub breached: Vec<Pair<'a>>,
    /// Those of which there is no evidence.
    pub unknown: Vec<Pair<'a>>,
}

impl<'a> Standing<'a> {
    /// Of the `open` arms, by their places in the design, but for the base, which is the first.
    pub(super) fn of_arms(open: &[usize], metrics: &'a [MetricResult]) -> Vec<Self> {
        let places = open.iter().filter_map(|arm| arm.checked_sub(1));
        places
            .filter_map(|place| Self::of(place, metrics))
            .collect()
    }

    fn of(place: usize, metrics: &'a [MetricResult]) -> Option<Self> {
        let of = |metric: &'a MetricResult| Some((metric, metric.arms.get(place)?));
        let all: Vec<Pair<'a>> = metrics.iter().filter_map(of).collect();
        let (_, first) = all.first()?;
        let of_role = |role: Role| {
            let is_of_role = |(metric, _): &&Pair<'a>| metric.role == role;
            all.iter().filter(is_of_role).copied().collect::<Vec<_>>()
        };
        let (primary, guardrails) = (of_role(Role::Primary), of_role(Role::Guardrail));
        let proved = |is_better: bool| chosen(&primary, |arm| arm.is_better == Some(is_better));
        Some(Self {
            arm: &first.arm,
            place,
            better: proved(true),
            worse: proved(false),
            breached: chosen(&guardrails, |arm| arm.reach.is_breached == Some(true)),
            unknown: chosen(&guardrails, |arm| arm.reach.is_breached.is_none()),
            primary,
            guardrails,
        })
    }
}

fn chosen<'a>(pairs: &[Pair<'a>], is_so: impl Fn(&ArmResult) -> bool) -> Vec<Pair<'a>> {
    let chosen = pairs.iter().filter(|(_, arm)| is_so(arm));
    chosen.copied().collect()
}
