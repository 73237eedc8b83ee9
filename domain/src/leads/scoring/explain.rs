//! A score point by point: how much each event gave, and under which rule.

use super::{
    model::ScoringModel,
    points::Millipoints,
    score::{Score, counted, score, state_as_of},
};
use crate::{event::Event, time::Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// A score and its contributions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The score.
    #[serde(flatten)]
    pub score: Score,
    /// In the model's order of rules, latest event first. The contributions of a group add up to
    /// its sum.
    pub contributions: Vec<Contribution>,
    /// How many values of events until then have no order to those of the rules' conditions.
    pub not_compared: usize,
}

/// The points that one event gives under one rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// Id of the rule.
    pub rule: String,
    /// Name of its group.
    pub group: String,
    /// Id of the event.
    pub event_id: Uuid,
    /// When it happened.
    pub event_at: Timestamp,
    /// Whole points that the rule gives before decay.
    pub points: i32,
    /// Share of them that decay has left, 0 to 1.
    pub decay_factor: f64,
    /// Points that count.
    pub counted: Millipoints,
}

/// Explains [`super::score_as_of`] at `at`.
pub fn explain<'a>(
    model: &ScoringModel,
    events: impl IntoIterator<Item = &'a Event>,
    at: Timestamp,
) -> Explanation {
    let events: Vec<&Event> = events.into_iter().filter(|event| event.at <= at).collect();
    let values = |event: &&Event| -> usize {
        let rules = model.rules.iter();
        rules.map(|rule| rule.when.not_compared(event)).sum()
    };
    let not_compared = events.iter().map(values).sum();
    let state = state_as_of(model, events, at);
    let contributions = counted(model, &state, at)
        .map(|it| Contribution {
            rule: it.rule.id.clone(),
            group: it.rule.group.clone(),
            event_id: it.occurrence.id,
            event_at: it.occurrence.at,
            points: it.rule.points,
            decay_factor: it.worth.factor,
            counted: it.worth.counted,
        })
        .collect();
    Explanation {
        score: score(model, &state, at),
        contributions,
        not_compared,
    }
}
