//! Factors of items and people whose products say what people take: weighted alternating least squares for
//! implicit feedback (Hu, Koren and Volinsky 2008).
//!
//! Minimised over x of people and y of items is Σ c (p - x·y)² + λ (Σ |x|² + Σ |y|²), where p is 1 of what a
//! person took and 0 of the rest, and c is 1 + α · weight, which is 1 of what they did not take. Either side
//! has an exact solution while the other stands still, so a round never makes the sum larger.
//!
//! Law: only the factors of items are kept. A person's follow from their history, by the same equation, and
//! so does what each part of the history adds to a score (section 5 of the paper).

use super::settings::Settings;
use crate::refusal::Refusal;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How factors are found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Als {
    /// Rounds, each of which solves for people and then for items.
    pub iterations: u32,
    /// λ.
    pub regularisation: f64,
    /// α.
    pub alpha: f64,
}

impl Als {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            iterations: settings.iterations,
            regularisation: settings.regularisation,
            alpha: settings.alpha,
        }
    }

    fn confidence(&self, weight: f64) -> f64 {
        1.0 + self.alpha * weight
    }
}

/// The factors of items, a column an item, for `rows` of people: pairs of an item and a weight. `start` is
/// where the items begin, which their own optimum soon forgets.
///
/// # Errors
/// When an equation has no solution, as where a number is none.
pub fn factorise(
    rows: &[Vec<(usize, f64)>],
    start: DMatrix<f64>,
    als: &Als,
) -> Result<DMatrix<f64>, Refusal> {
    let mut columns = vec![Vec::new(); start.ncols()];
    for (person, row) in rows.iter().enumerate() {
        for &(item, weight) in row {
            if let Some(column) = columns.get_mut(item) {
                column.push((person, weight));
            }
        }
    }
    let mut items = start;
    for _ in 0..als.iterations {
        let people = solved(rows, &items, als)?;
        items = solved(&columns, &people, als)?;
    }
    Ok(items)
}

/// The factors of one side while those of the other are `fixed`.
fn solved(
    rows: &[Vec<(usize, f64)>],
    fixed: &DMatrix<f64>,
    als: &Als,
) -> Result<DMatrix<f64>, Refusal> {
    let gram = fixed * fixed.transpose();
    let mut solved = DMatrix::zeros(fixed.nrows(), rows.len());
    for (row, mut column) in rows.iter().zip(solved.column_iter_mut()) {
        let taste = Taste::of(row, fixed, &gram, als);
        column.copy_from(&taste.ok_or_else(unsolved)?.factors);
    }
    Ok(solved)
}

fn unsolved() -> Refusal {
    Refusal::new(
        "weight",
        "must leave the equations of the factors a solution",
    )
}

/// What a person likes.
#[derive(Debug, Clone)]
pub struct Taste {
    /// Their factors.
    pub factors: DVector<f64>,
    equation: Cholesky<f64, Dyn>,
}

impl Taste {
    /// That of a person with this history, items having the factors `items`, whose product with their own
    /// transpose is `gram`. None where the equation has no solution.
    pub fn of(
        history: &[(usize, f64)],
        items: &DMatrix<f64>,
        gram: &DMatrix<f64>,
        als: &Als,
    ) -> Option<Self> {
        let mut left = gram.clone();
        for at in 0..left.nrows() {
            left[(at, at)] += als.regularisation;
        }
        let mut right = DVector::zeros(items.nrows());
        for &(item, weight) in history.iter().filter(|it| it.0 < items.ncols()) {
            let factors = items.column(item);
            let confidence = als.confidence(weight);
            left.ger(confidence - 1.0, &factors, &factors, 1.0);
            right.axpy(confidence, &factors, 1.0);
        }
        let equation = left.cholesky()?;
        Some(Self {
            factors: equation.solve(&right),
            equation,
        })
    }

    /// How much each entry of the history adds to the score of `item`, in their order.
    pub fn contributions(
        &self,
        item: usize,
        history: &[(usize, f64)],
        items: &DMatrix<f64>,
        als: &Als,
    ) -> Vec<f64> {
        let scored = self.equation.solve(&items.column(item));
        history
            .iter()
            .map(|&(from, weight)| als.confidence(weight) * scored.dot(&items.column(from)))
            .collect()
    }
}

/// Where items begin: numbers from -½ to ½, divided by their count, that follow from the seed and the item's
/// id alone, so that other items and people do not move them.
pub(super) fn start(items: &[String], factors: usize, seed: u64) -> DMatrix<f64> {
    #[expect(clippy::cast_precision_loss, reason = "at most 64")]
    let scale = factors as f64;
    let columns: Vec<DVector<f64>> = items
        .iter()
        .map(|item| DVector::from_fn(factors, |at, _| fraction(item, at, seed) / scale))
        .collect();
    DMatrix::from_fn(factors, items.len(), |row, column| columns[column][row])
}

#[expect(clippy::cast_precision_loss, reason = "rounds to 53 bits")]
fn fraction(item: &str, factor: usize, seed: u64) -> f64 {
    let hash = hash(seed, &[item.as_bytes(), &(factor as u64).to_be_bytes()]);
    hash as f64 / 2.0_f64.powi(64) - 0.5
}

/// The first 8 bytes of the SHA-256 of a seed and these.
pub(super) fn hash(seed: u64, parts: &[&[u8]]) -> u64 {
    let mut digest = Sha256::new();
    digest.update(seed.to_be_bytes());
    for part in parts {
        digest.update(part);
    }
    let bytes = digest.finalize();
    bytes
        .iter()
        .take(8)
        .fold(0, |all, &byte| all << 8 | u64::from(byte))
}
