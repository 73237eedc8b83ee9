//! Bernoulli naive Bayes: each feature is present or absent, and adds its own log ratio to the
//! prior's log-odds, independently of the others. Counts are smoothed, so that what was never seen
//! is unlikely but not impossible.

use super::error::PredictionError;
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// ln(odds of won) = prior + sum of the features' log ratios.
#[derive(Debug, Clone, PartialEq)]
pub struct NaiveBayes {
    /// ln(won / lost) of the leads that it learned from.
    pub prior_log_odds: f64,
    /// One per column.
    pub ratios: Vec<LogRatios>,
}

/// A feature's evidence for (above 0) or against (below 0) winning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogRatios {
    /// ln(P(present | won) / P(present | lost)).
    pub present: f64,
    /// ln(P(absent | won) / P(absent | lost)).
    pub absent: f64,
}

impl NaiveBayes {
    /// Counts the rows in which a column is above 0, with Lidstone's smoothing: P = (count + smoothing)
    /// / (rows + 2 * smoothing) per outcome. Laplace's is 1.
    ///
    /// # Errors
    /// When the outcomes do not fit the rows or are all the same.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of people are far below 2^53"
    )]
    pub fn fit(rows: &DMatrix<f64>, won: &[bool], smoothing: f64) -> Result<Self, PredictionError> {
        let total_won = won.iter().filter(|won| **won).count();
        let total_lost = won.len() - total_won;
        if won.len() != rows.nrows() || total_won == 0 || total_lost == 0 {
            return Err(PredictionError::Targets);
        }
        let share = |count: usize, total: usize| {
            (count as f64 + smoothing) / (total as f64 + 2.0 * smoothing)
        };
        let ratios = rows.column_iter().map(|column| {
            let there_if = |outcome: bool| {
                let both = column.iter().zip(won);
                both.filter(|(value, won)| **value > 0.0 && **won == outcome)
                    .count()
            };
            let if_won = share(there_if(true), total_won);
            let if_lost = share(there_if(false), total_lost);
            LogRatios {
                present: (if_won / if_lost).ln(),
                absent: ((1.0 - if_won) / (1.0 - if_lost)).ln(),
            }
        });
        Ok(Self {
            prior_log_odds: (total_won as f64 / total_lost as f64).ln(),
            ratios: ratios.collect(),
        })
    }
}

impl LogRatios {
    /// The log ratio of a value: above 0 the feature is present.
    pub fn of(&self, value: f64) -> f64 {
        if value > 0.0 {
            self.present
        } else {
            self.absent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_of_one_kind_are_refused() {
        let rows = DMatrix::from_column_slice(2, 1, &[0.0, 1.0]);
        for won in [[true, true], [false, false]] {
            assert_eq!(
                NaiveBayes::fit(&rows, &won, 1.0),
                Err(PredictionError::Targets)
            );
        }
    }

    #[test]
    fn what_was_never_seen_is_unlikely_and_not_impossible() {
        let rows = DMatrix::from_column_slice(3, 1, &[1.0, 0.0, 0.0]);
        let fitted = NaiveBayes::fit(&rows, &[true, false, false], 0.1).expect("both outcomes");
        let ratios = fitted.ratios[0];
        assert!(ratios.present.is_finite() && ratios.of(1.0) > 0.0 && ratios.of(0.0) < 0.0);
    }
}
