//! Scores: the seed's numbers, independence of the order of arrival, and bad models.

mod arrival;
mod backtests;
mod definitions;
mod places;
mod seed;

use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};
use tessera_domain::{
    event::Event,
    leads::scoring::{
        Backtest, Count, Explanation, History, LIST_SECS, Millipoints, Ranking, Score, ScoreState,
        ScoredLead, ScoringModel, explain, score, score_as_of, seed_model,
    },
    projection::{Definition, Kept, News},
    time::{MICROS_PER_DAY, MICROS_PER_MINUTE, Timestamp},
};
use uuid::Uuid;

fn event(id: u128, name: &str, at: i64, properties: &Value) -> Event {
    Event {
        id: Uuid::from_u128(id),
        name: name.to_owned(),
        at: Timestamp(at),
        properties: properties.as_object().cloned().unwrap_or_default(),
    }
}

fn total(model: &ScoringModel, events: &[Event]) -> f64 {
    score_as_of(model, events, Timestamp(i64::MAX))
        .total
        .points()
}

fn seed_total(events: &[Event]) -> f64 {
    total(&seed_model(), events)
}
