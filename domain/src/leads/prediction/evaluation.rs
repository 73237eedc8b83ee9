//! Measures of predicted probabilities. All take pairs of a probability and whether the lead was
//! won; the order of the pairs affects only the rounding of sums.

use crate::statistics::ranking::auc;
use serde::{Deserialize, Serialize};

/// Bins of the expected calibration error.
const BINS: u8 = 10;

/// A model's measures on leads that it never saw.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Number of leads measured.
    pub leads: usize,
    /// See [`auc`]; null unless some were won and some lost.
    pub auc: Option<f64>,
    /// See [`brier`]; null without leads.
    pub brier: Option<f64>,
    /// See [`expected_calibration_error`]; null without leads.
    pub expected_calibration_error: Option<f64>,
}

impl Evaluation {
    /// All measures of these pairs of a probability and an outcome.
    pub fn of(pairs: &[(f64, bool)]) -> Self {
        Self {
            leads: pairs.len(),
            auc: auc(pairs),
            brier: brier(pairs),
            expected_calibration_error: expected_calibration_error(pairs),
        }
    }
}

/// Mean of (probability - outcome)^2 (Brier 1950): 0 is perfect. None without pairs.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub fn brier(pairs: &[(f64, bool)]) -> Option<f64> {
    let squares = pairs
        .iter()
        .map(|(probability, won)| (probability - f64::from(u8::from(*won))).powi(2));
    (!pairs.is_empty()).then(|| squares.sum::<f64>() / pairs.len() as f64)
}

/// Mean distance between the predicted probability and the share that was won, over ten bins of
/// equal width weighted by size (Naeini, Cooper, Hauskrecht 2015); an edge belongs to the bin below
/// it. None without pairs.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub fn expected_calibration_error(pairs: &[(f64, bool)]) -> Option<f64> {
    let distances = (0..BINS).map(|bin| {
        let edge = |number: u8| f64::from(number) / f64::from(BINS);
        let excess: f64 = pairs
            .iter()
            .filter(|(probability, _)| {
                (bin == 0 || *probability > edge(bin))
                    && (bin + 1 == BINS || *probability <= edge(bin + 1))
            })
            .map(|(probability, won)| probability - f64::from(u8::from(*won)))
            .sum();
        // size * |mean probability - share won| is the size of the sum of the differences.
        excess.abs()
    });
    (!pairs.is_empty()).then(|| distances.sum::<f64>() / pairs.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_measured_on_no_leads() {
        assert_eq!(brier(&[]), None);
        assert_eq!(expected_calibration_error(&[]), None);
    }

    #[test]
    fn every_probability_is_in_exactly_one_bin() {
        for tenth in 0..=10_u8 {
            let pairs = [(f64::from(tenth) / 10.0, false)];
            assert_eq!(expected_calibration_error(&pairs), Some(pairs[0].0));
        }
    }
}
