//! A trained model: the popularity of items, and the method that is in force.

use super::{
    als::{Als, factorise, start},
    cooccurrence::Cooccurrence,
    evaluation::Evaluation,
    histories::Histories,
    popularity::Popularities,
    settings::Settings,
};
use crate::{refusal::Refusal, time::Timestamp};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How recommendations are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// What most people took lately.
    Popularity,
    /// What people took after or with what this person took.
    Cooccurrence,
    /// What people of a similar taste took.
    Als,
}

impl Method {
    /// Those that must beat popularity.
    pub const CANDIDATES: [Self; 2] = [Self::Cooccurrence, Self::Als];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Popularity => "popularity",
            Self::Cooccurrence => "what people took together",
            Self::Als => "similar taste",
        })
    }
}

/// A trained model, without anybody in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The version of this form.
    pub(super) version: u32,
    /// Interactions count up to this moment.
    pub(super) trained_at: Timestamp,
    pub(super) learned: Learned,
    pub(super) evaluation: Evaluation,
}

/// What was learned of items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Learned {
    /// Ids in order; elsewhere an item is its place here.
    pub(super) items: Vec<String>,
    pub(super) popularity: Popularities,
    pub(super) fitted: Fitted,
}

/// What the method in force has learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fitted {
    Popularity,
    Cooccurrence(Cooccurrence),
    Als(Factors),
}

/// The factors of items, one item after another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Factors {
    pub(super) als: Als,
    pub(super) factors: usize,
    pub(super) values: Vec<f32>,
}

impl Model {
    /// The moment up to which it knows interactions.
    pub fn trained_at(&self) -> Timestamp {
        self.trained_at
    }

    /// The method in force.
    pub fn method(&self) -> Method {
        self.evaluation.method
    }

    /// What methods were compared by.
    pub fn evaluation(&self) -> &Evaluation {
        &self.evaluation
    }
}

impl Fitted {
    pub(super) fn of(
        method: Method,
        histories: &Histories,
        settings: &Settings,
    ) -> Result<Self, Refusal> {
        Ok(match method {
            Method::Popularity => Self::Popularity,
            Method::Cooccurrence => Self::Cooccurrence(Cooccurrence::of(
                histories,
                settings.neighbours,
                settings.shrinkage,
            )),
            Method::Als => Self::Als(Factors::of(histories, settings)?),
        })
    }

    pub(super) fn method(&self) -> Method {
        match self {
            Self::Popularity => Method::Popularity,
            Self::Cooccurrence(_) => Method::Cooccurrence,
            Self::Als(_) => Method::Als,
        }
    }
}

impl Factors {
    /// Rounded, so that a model that was kept answers as the one that was trained.
    #[expect(clippy::cast_possible_truncation, reason = "meant")]
    fn of(histories: &Histories, settings: &Settings) -> Result<Self, Refusal> {
        let start = start(&histories.items, settings.factors, settings.seed);
        let als = Als::of(settings);
        let items = factorise(&histories.rows(), start, &als)?;
        Ok(Self {
            als,
            factors: settings.factors,
            values: items.iter().map(|&value| value as f32).collect(),
        })
    }

    /// A column an item.
    pub(super) fn items(&self) -> DMatrix<f64> {
        let items = self.values.len().checked_div(self.factors).unwrap_or(0);
        let values = self.values.iter().copied().map(f64::from);
        DMatrix::from_iterator(self.factors, items, values)
    }
}
