//! From interactions to a model: compare on the past, then train on all.

use super::{
    catalogue::Catalogue,
    evaluation::{Evaluation, MIN_TESTED, Shown},
    histories::Histories,
    holdout::{HeldOut, held_out},
    interactions::{Interactions, MAX_ID_CHARS},
    kept::VERSION,
    metrics::{ndcg, recall},
    model::{Fitted, Learned, Method, Model},
    popularity::Popularities,
    ranker::Ranker,
    settings::Settings,
};
use crate::{refusal::Refusal, time::Timestamp};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The segment or country of each person who is in one.
pub type Groups = BTreeMap<Uuid, String>;

/// Trains on what is known at `at`, with the method that was best on the choices after `after`.
///
/// # Errors
/// Settings or groups that break a rule, moments that are not in order, and no interaction up to `at`.
pub fn train(
    interactions: &Interactions,
    groups: &Groups,
    [after, at]: [Timestamp; 2],
    settings: &Settings,
) -> Result<Model, Refusal> {
    let evaluation = evaluate(interactions, groups, [after, at], settings)?;
    let histories = Histories::of(interactions, groups, at);
    if histories.items.is_empty() {
        let rule = "must have at least one up to the moment of training";
        return Err(Refusal::coded("no_interactions", "interactions", rule));
    }
    Ok(Model {
        version: VERSION,
        trained_at: at,
        learned: Learned::of(&histories, evaluation.method, at, settings)?,
        evaluation,
    })
}

/// Trains every method on what was known at `after`, and measures each on what people chose from then until
/// `at`. Any item that had been taken by `after` can be shown.
///
/// # Errors
/// As [`train`], but for interactions that are not there.
pub fn evaluate(
    interactions: &Interactions,
    groups: &Groups,
    [after, at]: [Timestamp; 2],
    settings: &Settings,
) -> Result<Evaluation, Refusal> {
    settings.validate()?;
    for group in groups.values() {
        Refusal::unless_name("groups", group, MAX_ID_CHARS)?;
    }
    if after >= at {
        return Err(Refusal::new(
            "after",
            "must be before the moment of training",
        ));
    }
    let held = held_out(interactions, groups, [after, at], settings.seed);
    let histories = Histories::of(interactions, groups, after);
    let catalogue = Catalogue::of_items(&histories.items);
    let mut learned = Learned::of(&histories, Method::Popularity, after, settings)?;
    let popularity = shown(&learned, &catalogue, &held, settings.shown);
    let mut others = Vec::new();
    if held.len() >= MIN_TESTED {
        for method in Method::CANDIDATES {
            learned.fitted = Fitted::of(method, &histories, settings)?;
            others.push((method, shown(&learned, &catalogue, &held, settings.shown)));
        }
    }
    let items = histories.items.len();
    Ok(Evaluation::of(
        &popularity,
        &others,
        items,
        (after, settings.shown),
    ))
}

impl Learned {
    fn of(
        histories: &Histories,
        method: Method,
        at: Timestamp,
        settings: &Settings,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            items: histories.items.clone(),
            popularity: Popularities::of(histories, at, settings.half_life_days),
            fitted: Fitted::of(method, histories, settings)?,
        })
    }
}

fn shown(learned: &Learned, catalogue: &Catalogue, held: &[HeldOut], count: usize) -> Shown {
    let ranker = Ranker::new(learned, catalogue);
    let mut all = Shown::default();
    for one in held {
        let ranked = ranker.rank(&one.recipient, count).into_iter();
        let ranked: Vec<String> = ranked.map(|it| it.item).collect();
        all.recall.extend(recall(&ranked, &one.taken, count));
        all.ndcg.extend(ndcg(&ranked, &one.taken, count));
        all.items.extend(ranked);
    }
    all
}
