//! A person's place among leads, in the order of the scores that they have now.
//!
//! Scores fade at different speeds, so no order that is stored is the order of another moment. What is
//! stored is the score of a moment, and until when it is at most [`ScoringModel::slack`] from the score:
//! a list computes those whose places lie near its page from their states, and no others. Many scores do
//! not move for a while, as those at a cap or at nothing: there the place is the score, so that a list
//! goes on behind the last of them that it has seen.

use super::{
    model::{Rule, ScoringModel},
    outlook::Outlook,
    points::Millipoints,
    score::score,
    state::ScoreState,
};
use crate::{
    event::Event,
    time::{MICROS_PER_DAY, MICROS_PER_SEC, Timestamp},
};
use serde::{Deserialize, Serialize};

/// How long a list is read as of the moment of its first page, seconds.
pub const LIST_SECS: i64 = 600;
/// The shortest time for which a place holds, seconds.
const PLACE_SECS: i64 = 600;

/// What is kept of a person under a scoring model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    /// What the score follows from.
    score: ScoreState,
    /// The moment that the place was computed for.
    at: Timestamp,
    /// From when on it may be too far from the score; none when it is the score for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Timestamp>,
    /// Whether the place is the score until then.
    still: bool,
}

impl ScoringModel {
    /// The most that a score is away from a place that holds: what all rules together may lose in the
    /// shortest time for which a place and a list hold, and at least a point; nothing when no points
    /// decay.
    pub fn slack(&self) -> Millipoints {
        let fading: Vec<&Rule> = self
            .rules
            .iter()
            .filter(|it| it.decay_days.is_some())
            .collect();
        if fading.is_empty() {
            return Millipoints(0);
        }
        // Places and lists hold for whole minutes.
        let secs = LIST_SECS + PLACE_SECS + 2 * 60;
        let lost = fading.into_iter().map(|rule| {
            let span = i64::from(rule.decay_days.unwrap_or_default()) * MICROS_PER_DAY;
            let all = Millipoints::whole(rule.points.saturating_abs()).0;
            let part = all * (secs * MICROS_PER_SEC).min(span) / span.max(1);
            // Each occurrence is rounded.
            Millipoints((part + 2) * i64::from(rule.count.most()))
        });
        lost.sum::<Millipoints>().max(Millipoints::whole(1))
    }
}

impl Ranking {
    /// Applies an event, unless it is ahead of `now`. Returns whether the state changed.
    pub fn apply(&mut self, model: &ScoringModel, event: &Event, now: Timestamp) -> bool {
        self.score.apply_by(now.max(self.at), model, event)
    }

    /// Computes the place at `now`, or at the moment of the last computation if that is later.
    pub fn settle(&mut self, model: &ScoringModel, now: Timestamp) {
        self.at = self.at.max(now);
        let place = self.place(model);
        let begun = self.at.plus_secs(-LIST_SECS);
        let from = self.score.holds_from().map_or(begun, |it| it.max(begun));
        let slack = model.slack().0;
        let outlook = Outlook::new(model, &self.score, from);
        let near = |slack: i64| {
            outlook.fits_until(self.at, |range| {
                place.0 - range.start().0 <= slack && range.end().0 - place.0 <= slack
            })
        };
        let moves = near(0);
        let soon = self.at.plus_secs(PLACE_SECS);
        self.still = moves.is_none_or(|it| it > soon);
        let drifts = if self.still { moves } else { near(slack) };
        // The last list for which something of it fades begins when all of it has.
        let lasts = outlook.ends().map(|it| it.plus_secs(LIST_SECS));
        let next = [drifts.or(lasts), self.score.ahead()];
        self.next = next.into_iter().flatten().min();
    }

    /// The score at [`Ranking::at`].
    pub fn place(&self, model: &ScoringModel) -> Millipoints {
        score(model, &self.score, self.at).total
    }

    /// The score at `at`; none when it follows from all events of the person only.
    pub fn score_at(&self, model: &ScoringModel, at: Timestamp) -> Option<Millipoints> {
        let is_told = self.score.tells(at);
        is_told.then(|| score(model, &self.score, at).total)
    }

    /// Whether the place is the score until [`Ranking::next`], and has been for as long as a list lasts.
    pub fn is_still(&self) -> bool {
        self.still
    }

    /// Whether no event concerned a rule.
    pub fn is_empty(&self) -> bool {
        self.score.is_empty()
    }

    /// The moment that the place was computed for.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// From when on the place may be too far from the score; none when it is the score for good.
    pub fn next(&self) -> Option<Timestamp> {
        self.next
    }

    /// The moment of the earliest event that is left out.
    pub fn ahead(&self) -> Option<Timestamp> {
        self.score.ahead()
    }
}
