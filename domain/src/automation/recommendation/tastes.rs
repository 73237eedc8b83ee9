//! Tastes of people by the kept factors of items.

use super::{
    als::{Als, Taste},
    model::Fitted,
};
use nalgebra::DMatrix;

/// The factors of items, prepared for people.
pub(super) struct Tastes {
    als: Als,
    items: DMatrix<f64>,
    gram: DMatrix<f64>,
}

impl Tastes {
    pub(super) fn of(fitted: &Fitted) -> Option<Self> {
        let Fitted::Als(factors) = fitted else {
            return None;
        };
        let items = factors.items();
        Some(Self {
            als: factors.als,
            gram: &items * items.transpose(),
            items,
        })
    }

    pub(super) fn of_history(&self, history: &[(usize, f64)]) -> Option<Taste> {
        Taste::of(history, &self.items, &self.gram, &self.als)
    }

    /// The score of each item for a taste.
    pub(super) fn scores(&self, taste: &Taste) -> Vec<f64> {
        let scores = self.items.tr_mul(&taste.factors);
        scores.iter().copied().collect()
    }

    /// The item of the history that adds most to a score, and its share of all that add to it.
    pub(super) fn largest(
        &self,
        taste: &Taste,
        item: usize,
        history: &[(usize, f64)],
    ) -> Option<(usize, f64)> {
        let added = taste.contributions(item, history, &self.items, &self.als);
        let all: f64 = added.iter().filter(|&&it| it > 0.0).sum();
        let from = history.iter().map(|it| it.0).zip(added).rev();
        let (from, most) = from.max_by(|left, right| left.1.total_cmp(&right.1))?;
        (all > 0.0).then_some((from, most / all))
    }
}
