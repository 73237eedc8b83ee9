//! Platt's scaling, which turns a model's log-odds into probabilities that hold on leads that it
//! did not learn from. It fits a sigmoid, which needs fewer leads than a step function.

use super::{error::PredictionError, logistic::LogisticRegression};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// calibrated log-odds = slope * log-odds + offset.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigmoidCalibration {
    /// Below 1 when the model is overconfident; 0 when it cannot distinguish leads.
    pub slope: f64,
    /// Added to the scaled log-odds.
    pub offset: f64,
}

impl SigmoidCalibration {
    /// Leaves log-odds as they are.
    pub const NONE: Self = Self {
        slope: 1.0,
        offset: 0.0,
    };

    /// Fits pairs of log-odds and whether the lead was won, with Platt's targets (won + 1) / (won + 2)
    /// and 1 / (lost + 2) in place of 1 and 0 (Platt 1999, section 2.2), which keep it finite.
    ///
    /// # Errors
    /// When there are no pairs or no optimum is found.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of people are far below 2^53"
    )]
    pub fn fit(pairs: &[(f64, bool)]) -> Result<Self, PredictionError> {
        let won = pairs.iter().filter(|(_, won)| *won).count() as f64;
        let lost = pairs.len() as f64 - won;
        let (high, low) = ((won + 1.0) / (won + 2.0), 1.0 / (lost + 2.0));
        let log_odds: Vec<f64> = pairs.iter().map(|(log_odds, _)| *log_odds).collect();
        let targets: Vec<f64> = pairs
            .iter()
            .map(|(_, won)| if *won { high } else { low })
            .collect();
        if log_odds.windows(2).all(|pair| pair.first() == pair.last()) && !pairs.is_empty() {
            // All leads have the same log-odds: any slope fits, and only their common chance is
            // estimated.
            let chance = (won * high + lost * low) / (won + lost);
            return Ok(Self {
                slope: 0.0,
                offset: (chance / (1.0 - chance)).ln(),
            });
        }
        let column = DMatrix::from_vec(log_odds.len(), 1, log_odds);
        let fitted = LogisticRegression::fit(&column, &targets, 0.0)?;
        Ok(Self {
            slope: fitted.coefficients.first().copied().unwrap_or_default(),
            offset: fitted.intercept,
        })
    }

    /// Calibrated log-odds.
    pub fn apply(&self, log_odds: f64) -> f64 {
        self.slope * log_odds + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_leads_cannot_calibrate() {
        assert_eq!(SigmoidCalibration::fit(&[]), Err(PredictionError::Targets));
    }

    #[test]
    fn a_model_that_tells_nothing_apart_gives_the_common_chance() {
        let pairs = [(2.0, true), (2.0, false), (2.0, false), (2.0, true)];
        let fitted = SigmoidCalibration::fit(&pairs).expect("a slope of 0");
        assert_eq!((fitted.slope, fitted.apply(2.0)), (0.0, 0.0));
    }

    #[test]
    fn a_perfect_separation_stays_finite() {
        let pairs = [(-1.0, false), (-2.0, false), (1.0, true), (2.0, true)];
        let fitted = SigmoidCalibration::fit(&pairs).expect("Platt's targets are never 0 or 1");
        assert!(fitted.slope > 0.0 && fitted.slope.is_finite());
    }
}
