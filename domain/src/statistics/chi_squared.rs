//! Pearson's chi-squared tests of counts (Pearson 1900).

use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Fewest that are expected in a cell: below, the distribution of the statistic is not that of
/// chi-squared (Cochran 1954).
pub const LEAST_EXPECTED: f64 = 5.0;

/// A sum of (observed - expected)² / expected, and the chance of one as large.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PearsonTest {
    /// The sum.
    pub statistic: f64,
    /// Degrees of freedom.
    pub freedom: usize,
    /// The p value.
    pub p: f64,
}

impl PearsonTest {
    /// The test of pairs of observed and expected counts; none without freedom, or where fewer than
    /// [`LEAST_EXPECTED`] are expected.
    pub fn of(cells: impl IntoIterator<Item = (f64, f64)>, freedom: usize) -> Option<Self> {
        let mut statistic = 0.0;
        for (observed, expected) in cells {
            if expected < LEAST_EXPECTED {
                return None;
            }
            statistic += (observed - expected) * (observed - expected) / expected;
        }
        Self::from_statistic(statistic, freedom)
    }

    /// The test of independent tests together: their statistics and freedoms add up. None of none.
    pub fn together(tests: impl IntoIterator<Item = Self>) -> Option<Self> {
        let (mut statistic, mut freedom) = (0.0, 0);
        for test in tests {
            statistic += test.statistic;
            freedom += test.freedom;
        }
        Self::from_statistic(statistic, freedom)
    }

    #[expect(clippy::cast_precision_loss, reason = "cells are far fewer than 2^53")]
    fn from_statistic(statistic: f64, freedom: usize) -> Option<Self> {
        let distribution = ChiSquared::new(freedom as f64).ok()?;
        Some(Self {
            statistic,
            freedom,
            p: distribution.sf(statistic).clamp(0.0, 1.0),
        })
    }
}
