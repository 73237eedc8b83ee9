//! How well a model would have separated won leads from lost ones. It scores the events before the
//! outcome, as training learns from them.

use super::{model::ScoringModel, points::Millipoints, score::score_as_of};
use crate::{
    event::Event,
    statistics::{proportion::Proportion, ranking::auc},
    time::Timestamp,
};
use serde::Serialize;

const DECILES: usize = 10;

/// A lead whose outcome is known.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// All of the person's events.
    pub events: &'a [Event],
    /// The last moment of which something is known that does not follow from the outcome.
    pub known_until: Timestamp,
    /// Whether it was won.
    pub won: bool,
}

/// How a model would have scored decided leads. Two models are comparable on the same histories,
/// whose order does not matter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Backtest {
    /// Share of all leads that were won.
    pub won: Proportion,
    /// Chance that a won lead scores above a lost one, ties counting half; null unless there are both.
    pub auc: Option<f64>,
    /// Mean score of the won, in points; null when there are none.
    pub mean_won: Option<f64>,
    /// Mean score of the lost, in points; null when there are none.
    pub mean_lost: Option<f64>,
    /// Ten parts of nearly equal size from the highest scores to the lowest. Equal scores stay in one
    /// part, that of their mean rank, so parts differ in size and may be empty.
    pub deciles: Vec<Decile>,
}

/// A tenth of the leads, by score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decile {
    /// Highest score in it; null when it is empty.
    pub highest: Option<Millipoints>,
    /// Lowest score in it; null when it is empty.
    pub lowest: Option<Millipoints>,
    /// Share of its leads that were won.
    pub won: Proportion,
}

/// A lead's score just before its outcome was known. Ordered by score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScoredLead {
    score: Millipoints,
    won: bool,
}

impl ScoredLead {
    /// Scores a history just before its decision.
    pub fn of(model: &ScoringModel, history: History<'_>) -> Self {
        Self {
            score: score_as_of(model, history.events, history.known_until).total,
            won: history.won,
        }
    }
}

impl Backtest {
    /// Evaluates scores against outcomes.
    pub fn of(leads: impl IntoIterator<Item = ScoredLead>) -> Self {
        let mut scored: Vec<(Millipoints, bool)> = leads
            .into_iter()
            .map(|lead| (lead.score, lead.won))
            .collect();
        scored.sort_unstable_by(|left, right| right.cmp(left));
        let pairs: Vec<(f64, bool)> = scored
            .iter()
            .map(|(score, won)| (score.points(), *won))
            .collect();
        Self {
            won: share_won(&scored),
            auc: auc(&pairs),
            mean_won: mean(&pairs, true),
            mean_lost: mean(&pairs, false),
            deciles: deciles(&scored),
        }
    }
}

fn share_won(scored: &[(Millipoints, bool)]) -> Proportion {
    let won = scored.iter().filter(|(_, won)| *won).count();
    Proportion::wilson(won as u64, scored.len() as u64)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn mean(pairs: &[(f64, bool)], outcome: bool) -> Option<f64> {
    let chosen = || pairs.iter().filter(|(_, won)| *won == outcome);
    let count = chosen().count();
    (count > 0).then(|| chosen().map(|(score, _)| score).sum::<f64>() / count as f64)
}

fn deciles(descending: &[(Millipoints, bool)]) -> Vec<Decile> {
    let mut parts: [Vec<(Millipoints, bool)>; DECILES] = Default::default();
    let mut ranked = 0;
    for tied in descending.chunk_by(|left, right| left.0 == right.0) {
        // Ranks ranked..ranked + tied.len() have their middle at (2 * ranked + tied.len()) / 2.
        let middle_twice = 2 * ranked + tied.len();
        let part = DECILES * middle_twice / (2 * descending.len());
        ranked += tied.len();
        if let Some(part) = parts.get_mut(part) {
            part.extend_from_slice(tied);
        }
    }
    let decile = |part: Vec<(Millipoints, bool)>| Decile {
        highest: part.first().map(|(score, _)| *score),
        lowest: part.last().map(|(score, _)| *score),
        won: share_won(&part),
    };
    parts.into_iter().map(decile).collect()
}
