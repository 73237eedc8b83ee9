//! What is kept of a person, and what it comes to.

use super::{DimensionValue, Measurement, exposure::EARLIER_PHASE};
use crate::{
    event::Event,
    experiments::{
        metric::Metric,
        moments::{DENOMINATOR, DENOMINATOR_BEFORE, VALUE, VALUE_BEFORE, VALUES},
    },
    time::{MICROS_PER_MINUTE, Timestamp},
};
use litemap::LiteMap;
use uuid::Uuid;

/// A person's state in one phase of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeasurementState {
    /// The first exposure to each arm, by the arm's place; of who was exposed to an earlier phase that fact
    /// alone.
    pub(super) exposures: LiteMap<usize, (Timestamp, Uuid)>,
    /// The values of the dimensions in the first exposure of all.
    pub(super) dimensions: Vec<DimensionValue>,
    /// What the person's events add up to, by the metric's place; none that adds up to nothing.
    pub(super) totals: LiteMap<usize, Totals>,
    /// The moment that this was computed for.
    pub(super) at: Timestamp,
}

/// Sums over a person's events, in millionths, before they are capped. Those of a share stop at one whole,
/// so that who has reached it is written no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Totals(pub(super) [i128; VALUES]);

impl MeasurementState {
    /// The moment of the first exposure; none when there was none.
    pub fn first(&self) -> Option<Timestamp> {
        self.earliest().map(|(at, _)| at)
    }

    /// The places of the arms that the person saw, in the order in which they saw them first.
    pub fn arms(&self) -> Vec<usize> {
        let arms = self.exposures.iter().filter(|it| *it.0 != EARLIER_PHASE);
        let mut arms: Vec<_> = arms.collect();
        arms.sort_unstable_by_key(|(_, exposure)| **exposure);
        arms.into_iter().map(|(arm, _)| *arm).collect()
    }

    /// Whether the person saw an arm of an earlier phase, and this one is for new people.
    pub fn is_of_earlier_phase(&self) -> bool {
        self.exposures.contains_key(&EARLIER_PHASE)
    }

    /// The place of what the person saw first, which is beyond the arms of who is of an earlier phase; none
    /// when they saw nothing.
    pub(crate) fn place(&self) -> Option<usize> {
        let first = self.exposures.iter().min_by_key(|(_, exposure)| **exposure);
        first.map(|(arm, _)| *arm)
    }

    /// The place of the only arm that the person saw; none when they saw none or several.
    pub fn arm(&self) -> Option<usize> {
        let is_only = self.exposures.len() == 1 && !self.is_of_earlier_phase();
        is_only.then(|| self.place()).flatten()
    }

    fn earliest(&self) -> Option<(Timestamp, Uuid)> {
        self.exposures.values().min().copied()
    }
}

impl Measurement {
    /// Whether an event can change a state.
    pub fn heeds(&self, event: &Event) -> bool {
        self.exposed(event).is_some() || self.is_measured(event)
    }

    fn is_measured(&self, event: &Event) -> bool {
        !self.is_over(event.at)
            && self.metrics.iter().any(|metric| {
                let since = self.starts_at.0.saturating_sub(metric.covariate_micros());
                event.at.0 >= since
                    && (metric.numerator(event, &self.context).is_some()
                        || metric.denominator(event).is_some())
            })
    }

    /// Whether, of these events that have arrived, one is an exposure before all that are kept, so that the
    /// state follows only from all of the person's events. Of an exposure to an earlier phase nothing does.
    pub fn begins_earlier(&self, kept: Option<&MeasurementState>, events: &[Event]) -> bool {
        let known = kept.and_then(MeasurementState::earliest);
        let is_to_arm = |event: &&Event| self.exposed(event).is_some_and(|it| it != EARLIER_PHASE);
        events
            .iter()
            .filter(is_to_arm)
            .any(|event| known.is_none_or(|known| event.order() < known))
    }

    /// Whether one of these events is an exposure.
    pub fn has_exposure(&self, events: &[Event]) -> bool {
        events.iter().any(|event| self.exposed(event).is_some())
    }

    /// Whether a metric counts people only once their window is over.
    pub(crate) fn waits(&self) -> bool {
        self.metrics.iter().any(Metric::waits)
    }

    /// Computes a state from all of a person's events.
    pub(crate) fn compute(&self, events: &[Event]) -> MeasurementState {
        let mut state = MeasurementState::default();
        let mut first: Option<&Event> = None;
        for event in events {
            if let Some(arm) = self.exposed(event) {
                if arm == EARLIER_PHASE {
                    return MeasurementState::of_earlier_phase();
                }
                state.expose(arm, event);
                if first.is_none_or(|first| event.order() < first.order()) {
                    first = Some(event);
                }
            }
        }
        let Some(first) = first else {
            return state;
        };
        state.dimensions = self.dimension_values(first);
        for event in events {
            self.total(&mut state, event);
        }
        state
    }

    /// Applies an event that is no exposure before all that are kept; whether the state changed.
    pub(crate) fn update(&self, state: &mut MeasurementState, event: &Event) -> bool {
        let Some(arm) = self.exposed(event) else {
            return self.total(state, event);
        };
        if state.exposures.is_empty() || state.is_of_earlier_phase() {
            return false;
        }
        if arm == EARLIER_PHASE {
            *state = MeasurementState {
                at: state.at,
                ..MeasurementState::of_earlier_phase()
            };
            return true;
        }
        let changed = state.expose(arm, event);
        // Nothing is measured of who is in no arm.
        if state.exposures.len() > 1 {
            state.totals.clear();
        }
        changed | self.total(state, event)
    }

    /// Adds what an event comes to; whether that is anything.
    fn total(&self, state: &mut MeasurementState, event: &Event) -> bool {
        let (Some(first), Some(_)) = (state.first(), state.arm()) else {
            return false;
        };
        if self.is_over(event.at) {
            return false;
        }
        let mut changed = false;
        for (place, metric) in self.metrics.iter().enumerate() {
            let Some(during) = metric.span(first, event.at) else {
                continue;
            };
            let (value, denominator) = if during {
                (VALUE, DENOMINATOR)
            } else {
                (VALUE_BEFORE, DENOMINATOR_BEFORE)
            };
            let amounts = [
                (value, metric.numerator(event, &self.context)),
                (denominator, metric.denominator(event)),
            ];
            for (at, amount) in amounts {
                if let Some(amount) = amount.filter(|amount| *amount != 0) {
                    let total = &mut state.totals.entry(place).or_default().0[at];
                    let before = *total;
                    *total = before.saturating_add(amount.into());
                    if metric.is_share() {
                        *total = (*total).min(metric.most_micros().into());
                    }
                    changed |= *total != before;
                }
            }
        }
        changed
    }

    /// From when on the state comes to something else without any event.
    pub(crate) fn next(&self, state: &MeasurementState) -> Option<Timestamp> {
        let first = state.first().filter(|_| state.arm().is_some())?;
        let over = self.metrics.iter().filter(|metric| metric.waits());
        over.map(|metric| metric.is_over_at(first))
            .filter(|over| *over > state.at && !self.is_over(*over))
            .min()
    }

    /// The key of the arm that a person is in; empty of several.
    pub(crate) fn label(&self, state: &MeasurementState) -> &str {
        let arm = state.arm().and_then(|arm| self.arms.get(arm));
        arm.map_or("", String::as_str)
    }
}

impl MeasurementState {
    /// Of who is of an earlier phase: not even when they saw it, so that no further event changes anything.
    fn of_earlier_phase() -> Self {
        Self {
            exposures: LiteMap::from_iter([(EARLIER_PHASE, (Timestamp(i64::MIN), Uuid::nil()))]),
            ..Self::default()
        }
    }

    /// The moment that it was computed for.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.at = self.at.max(now);
    }

    fn expose(&mut self, arm: usize, event: &Event) -> bool {
        let known = self.exposures.get(&arm);
        if known.is_some_and(|known| *known <= event.order()) {
            return false;
        }
        self.exposures.insert(arm, event.order());
        true
    }
}

impl Metric {
    /// Whether a moment is in the window after the first exposure (true), in the time before it that is
    /// looked at (false), or in neither.
    fn span(&self, first: Timestamp, at: Timestamp) -> Option<bool> {
        if at < first {
            let since = first.0.saturating_sub(self.covariate_micros());
            return (at.0 >= since).then_some(false);
        }
        let is_in = at >= self.begins_at(first)
            && (self.window_hours.is_none() || at < self.is_over_at(first));
        is_in.then_some(true)
    }

    fn begins_at(&self, first: Timestamp) -> Timestamp {
        later(first, self.delay_hours)
    }

    /// When the window that begins with a first exposure is over; that window has an end.
    pub(super) fn is_over_at(&self, first: Timestamp) -> Timestamp {
        later(first, self.hours())
    }
}

fn later(at: Timestamp, hours: u32) -> Timestamp {
    Timestamp(at.0.saturating_add(i64::from(hours) * 60 * MICROS_PER_MINUTE))
}
