//! Factors, their levels, and the terms of a model of them.

use crate::refusal::Refusal;
use nalgebra::DVector;
use std::ops::RangeInclusive;

/// How many factors there are.
pub const FACTORS: RangeInclusive<usize> = 2..=4;
/// How many levels a factor has: with two of the other factor, as many as there are cells at most.
pub const LEVELS: RangeInclusive<usize> = 2..=16;
/// How many cells there are at most.
pub const MOST_CELLS: usize = 32;

/// How many levels each factor has. Cells are in the order of their levels, the last factor's changing
/// first: of 2 × 3 levels 00, 01, 02, 10, 11, 12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Design {
    levels: Vec<usize>,
}

impl Design {
    /// Factors with that many levels each.
    ///
    /// # Errors
    /// When factors, levels or cells are too few or too many.
    pub fn new(levels: Vec<usize>) -> Result<Self, Refusal> {
        Refusal::unless_count("factors", levels.len(), FACTORS, "factors")?;
        for (factor, &count) in levels.iter().enumerate() {
            Refusal::unless_count(format!("factors[{factor}]"), count, LEVELS, "levels")?;
        }
        Refusal::unless_count("factors", levels.iter().product(), 0..=MOST_CELLS, "cells")?;
        Ok(Self { levels })
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.levels.iter().product()
    }

    /// How many factors there are.
    pub fn factors(&self) -> usize {
        self.levels.len()
    }

    /// How many levels a factor has; none, of no factor.
    pub fn levels(&self, factor: usize) -> usize {
        self.levels.get(factor).copied().unwrap_or(0)
    }

    /// Each factor, and then each pair of factors.
    pub(super) fn terms(&self) -> Vec<Term> {
        let factors = 0..self.factors();
        let single = factors.clone().map(|factor| Term(vec![factor]));
        let pairs = factors
            .flat_map(|one| (one + 1..self.factors()).map(move |other| Term(vec![one, other])));
        single.chain(pairs).collect()
    }

    fn level(&self, cell: usize, factor: usize) -> usize {
        let later: usize = self.levels.iter().skip(factor + 1).product();
        cell / later % self.levels(factor).max(1)
    }

    /// The columns of a level of a factor by effect coding: 1 in its own, and -1 in all if it is the last,
    /// so that the effects of a factor add up to 0.
    fn coded(&self, factor: usize, level: usize) -> Vec<f64> {
        let last = self.levels(factor) - 1;
        (0..last)
            .map(|column| match level {
                level if level == last => -1.0,
                level if level == column => 1.0,
                _ => 0.0,
            })
            .collect()
    }

    /// The columns of a cell in a term: products of the factors' columns.
    pub(super) fn columns(&self, cell: usize, term: &Term) -> Vec<f64> {
        term.0.iter().fold(vec![1.0], |columns, &factor| {
            let coded = self.coded(factor, self.level(cell, factor));
            let products = columns
                .iter()
                .flat_map(|left| coded.iter().map(move |it| left * it));
            products.collect()
        })
    }

    /// What a level of a factor has more than its first, in the columns of the model of all terms behind
    /// its mean. Interactions add up to 0 over the other factors' levels.
    pub(super) fn contrast(&self, factor: usize, level: usize) -> DVector<f64> {
        let mut all = vec![0.0];
        for term in self.terms() {
            if term.0 == [factor] {
                let pairs = self
                    .coded(factor, level)
                    .into_iter()
                    .zip(self.coded(factor, 0));
                all.extend(pairs.map(|(level, first)| level - first));
            } else {
                all.extend(vec![0.0; term.freedom(self)]);
            }
        }
        DVector::from_vec(all)
    }
}

/// A factor, or two that interact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term(Vec<usize>);

impl Term {
    pub(super) fn factors(&self) -> &[usize] {
        &self.0
    }

    /// Whether all factors of another are in it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        other.0.iter().all(|factor| self.0.contains(factor))
    }

    pub(super) fn freedom(&self, design: &Design) -> usize {
        let of_factor = |&factor: &usize| design.levels(factor).saturating_sub(1);
        self.0.iter().map(of_factor).product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn designs_out_of_bounds_are_refused() {
        for levels in [vec![2], vec![2; 5], vec![1, 2], vec![17, 2], vec![3, 3, 4]] {
            assert!(Design::new(levels.clone()).is_err(), "{levels:?}");
        }
        assert!(Design::new(vec![2, 4, 4]).is_ok());
    }

    #[test]
    fn the_last_factor_changes_first() {
        let design = Design::new(vec![2, 3]).expect("a design");
        let levels = |factor| {
            (0..6)
                .map(|cell| design.level(cell, factor))
                .collect::<Vec<_>>()
        };
        assert_eq!(levels(0), [0, 0, 0, 1, 1, 1]);
        assert_eq!(levels(1), [0, 1, 2, 0, 1, 2]);
    }
}
