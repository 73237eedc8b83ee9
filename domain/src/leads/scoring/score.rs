//! The score: points per group, capped, then summed, never below zero.

use super::{
    model::{Rule, ScoringModel},
    points::{Millipoints, Worth, worth},
    state::{Occurrence, ScoreState},
};
use crate::{event::Event, time::Timestamp};
use serde::Serialize;

/// A person's score at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Score {
    /// The moment that it holds for.
    pub at: Timestamp,
    /// Sum of the groups' points; 0 when that is negative.
    pub total: Millipoints,
    /// Groups in the model's order.
    pub groups: Vec<GroupScore>,
}

/// One group's part of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupScore {
    /// Name of the group.
    pub group: String,
    /// Sum of its contributions; may be negative.
    pub sum: Millipoints,
    /// The group's cap, in points; null without one.
    pub cap: Option<i32>,
    /// The sum, limited to the cap.
    pub points: Millipoints,
}

/// An occurrence that counts, with its worth.
pub(super) struct Counted<'a> {
    pub(super) rule: &'a Rule,
    pub(super) occurrence: &'a Occurrence,
    pub(super) worth: Worth,
}

/// The score at `at`, or at the latest event in the state if that is later: earlier scores cannot
/// be computed from a state, but from the events by [`score_as_of`].
pub fn score(model: &ScoringModel, state: &ScoreState, at: Timestamp) -> Score {
    let at = state.holds_from().map_or(at, |latest| at.max(latest));
    let groups: Vec<GroupScore> = model
        .groups
        .iter()
        .map(|group| {
            let members = counted(model, state, at).filter(|it| it.rule.group == group.name);
            let sum = members.map(|it| it.worth.counted).sum();
            GroupScore {
                group: group.name.clone(),
                sum,
                cap: group.cap,
                points: group
                    .cap
                    .map_or(sum, |cap| sum.min(Millipoints::whole(cap))),
            }
        })
        .collect();
    let total: Millipoints = groups.iter().map(|group| group.points).sum();
    Score {
        at,
        total: total.max(Millipoints(0)),
        groups,
    }
}

/// The score at any moment, from all of the person's events; later ones are left out.
pub fn score_as_of<'a>(
    model: &ScoringModel,
    events: impl IntoIterator<Item = &'a Event>,
    at: Timestamp,
) -> Score {
    score(model, &state_as_of(model, events, at), at)
}

/// The state after the events up to and including `at`.
pub(super) fn state_as_of<'a>(
    model: &ScoringModel,
    events: impl IntoIterator<Item = &'a Event>,
    at: Timestamp,
) -> ScoreState {
    ScoreState::rebuild(model, events.into_iter().filter(|event| event.at <= at))
}

/// Everything that counts at `at`: in the model's order of rules, the latest occurrence first.
pub(super) fn counted<'a>(
    model: &'a ScoringModel,
    state: &'a ScoreState,
    at: Timestamp,
) -> impl Iterator<Item = Counted<'a>> {
    model.rules.iter().flat_map(move |rule| {
        let occurrences = state.latest(rule).filter(|occurrence| occurrence.matches);
        occurrences.map(move |occurrence| Counted {
            rule,
            occurrence,
            worth: worth(rule.points, rule.decay_days, occurrence.at, at),
        })
    })
}
