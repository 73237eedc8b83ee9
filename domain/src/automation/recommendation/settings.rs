//! How a model is trained, and how much work that may be.

use super::recommender::MAX_SHOWN;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Most people, items and interactions that a model is trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// People.
    pub people: usize,
    /// Items.
    pub items: usize,
    /// Interactions.
    pub interactions: usize,
}

impl Limits {
    /// The highest that limits may be.
    pub const MOST: Self = Self {
        people: 200_000,
        items: 2_000,
        interactions: 2_000_000,
    };

    /// Whether they are limits.
    ///
    /// # Errors
    /// The first one that is 0 or above [`Limits::MOST`].
    pub fn validate(&self) -> Result<(), Refusal> {
        let most = Self::MOST;
        Refusal::unless_number("limits.people", self.people, 1..=most.people)?;
        Refusal::unless_number("limits.items", self.items, 1..=most.items)?;
        let range = 1..=most.interactions;
        Refusal::unless_number("limits.interactions", self.interactions, range)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::MOST
    }
}

/// How a model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How many recommendations are shown at a time, which is what methods are compared by.
    pub shown: usize,
    /// Days after which a choice counts half as much for popularity.
    pub half_life_days: u32,
    /// Most neighbours of an item.
    pub neighbours: usize,
    /// People by which counts of pairs are shrunk.
    pub shrinkage: f64,
    /// Factors of a person and of an item.
    pub factors: usize,
    /// Rounds of alternating least squares.
    pub iterations: u32,
    /// Penalty on squared factors.
    pub regularisation: f64,
    /// Confidence that a weight of 1 adds to that of an item that was not taken, which is 1.
    pub alpha: f64,
    /// Where the factors of items begin, and who is tested where too many could be.
    pub seed: u64,
}

impl Default for Settings {
    /// The penalty is small, the confidence that of Hu, Koren and Volinsky (2008).
    fn default() -> Self {
        Self {
            shown: 3,
            half_life_days: 90,
            neighbours: 20,
            shrinkage: 10.0,
            factors: 8,
            iterations: 15,
            regularisation: 0.1,
            alpha: 40.0,
            seed: 0,
        }
    }
}

impl Settings {
    /// Whether a model can be trained with these.
    ///
    /// # Errors
    /// The first one that breaks its rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_number("shown", self.shown, 1..=MAX_SHOWN)?;
        Refusal::unless_number("half_life_days", self.half_life_days, 1..=3_650)?;
        Refusal::unless_number("neighbours", self.neighbours, 1..=100)?;
        Refusal::unless_number("shrinkage", self.shrinkage, 0.0..=10_000.0)?;
        Refusal::unless_number("factors", self.factors, 1..=64)?;
        Refusal::unless_number("iterations", self.iterations, 1..=50)?;
        Refusal::unless_number("regularisation", self.regularisation, 0.001..=10_000.0)?;
        Refusal::unless_number("alpha", self.alpha, 0.001..=1_000.0)
    }
}
