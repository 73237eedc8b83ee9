//! Recommendations, each with its reason.

use super::{
    catalogue::Catalogue,
    evaluation::Why,
    model::{Method, Model},
    ranker::{Ranked, Ranker},
    reason::Reason,
    recipient::Recipient,
};
use crate::refusal::Refusal;
use serde::Serialize;

/// Most recommendations in an answer.
pub const MAX_SHOWN: usize = 20;

/// A model and a catalogue, ready to be asked.
pub struct Recommender<'a> {
    model: &'a Model,
    catalogue: &'a Catalogue,
    ranker: Ranker<'a>,
}

/// What is recommended to a person, and by which method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendations {
    /// The method in force.
    pub method: Method,
    /// Why it is in force.
    pub why: Why,
    /// Why, in words.
    pub words: String,
    /// The best first; fewer than asked for where there are no more.
    pub items: Vec<Recommendation>,
}

/// An item that is recommended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// Its id.
    pub item: String,
    /// What it is ranked by, to compare with others of the same method only.
    pub score: f64,
    /// The method that found it: the one in force, or popularity where that finds no more.
    pub method: Method,
    /// Why it is recommended.
    pub reason: Reason,
    /// Why, in words.
    pub words: String,
}

impl<'a> Recommender<'a> {
    /// Recommends what `catalogue` sells, by what `model` has learned.
    pub fn new(model: &'a Model, catalogue: &'a Catalogue) -> Self {
        Self {
            model,
            catalogue,
            ranker: Ranker::new(&model.learned, catalogue),
        }
    }

    /// At most `count` items for the recipient.
    ///
    /// # Errors
    /// A recipient that breaks a rule, and a count outside of 1 to [`MAX_SHOWN`].
    pub fn recommend(
        &self,
        recipient: &Recipient,
        count: usize,
    ) -> Result<Recommendations, Refusal> {
        Refusal::unless_number("count", count, 1..=MAX_SHOWN)?;
        recipient.validate()?;
        let evaluation = self.model.evaluation();
        let ranked = self.ranker.rank(recipient, count).into_iter();
        Ok(Recommendations {
            method: evaluation.method,
            why: evaluation.why,
            words: evaluation.words(),
            items: ranked.map(|it| self.worded(it)).collect(),
        })
    }

    fn worded(&self, ranked: Ranked) -> Recommendation {
        Recommendation {
            words: ranked.reason.words(&ranked.item, self.catalogue),
            item: ranked.item,
            score: ranked.score,
            method: ranked.method,
            reason: ranked.reason,
        }
    }
}
