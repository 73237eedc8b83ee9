//! Logistic regression with an L2 penalty on all coefficients but the intercept, by Newton's method
//! (iteratively reweighted least squares) with step halving. The objective is convex, so the optimum
//! does not depend on where it starts.

use super::error::PredictionError;
use nalgebra::{DMatrix, DVector};

const MAX_ITERATIONS: usize = 100;
const MAX_HALVINGS: usize = 40;
/// Newton's decrement squared, below which one more step reaches the precision of the arithmetic.
const NEARLY_THERE: f64 = 1e-14;
/// Share of the promised decrease that a step must bring (Armijo).
const SUFFICIENT: f64 = 1e-4;

/// ln(odds) = intercept + coefficients . row.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    /// Log-odds of a row of zeros.
    pub intercept: f64,
    /// One per column.
    pub coefficients: Vec<f64>,
}

impl LogisticRegression {
    /// Minimises `sum of log losses + l2 / 2 * |coefficients|^2`; scikit-learn's `C` is `1 / l2`. A
    /// target is 0, 1 or the probability of a 1.
    ///
    /// # Errors
    /// When the targets do not fit the rows or are all 0 or all 1, where the intercept has no optimum,
    /// and when no optimum is found, as for a column that is constant or doubled without a penalty.
    /// Where targets of 0 and 1 are separable, only a penalty keeps the coefficients bounded.
    pub fn fit(rows: &DMatrix<f64>, targets: &[f64], l2: f64) -> Result<Self, PredictionError> {
        let fits = targets.len() == rows.nrows()
            && targets.iter().all(|target| (0.0..=1.0).contains(target))
            && targets.iter().any(|target| *target > 0.0)
            && targets.iter().any(|target| *target < 1.0);
        if !fits {
            return Err(PredictionError::Targets);
        }
        let problem = Problem {
            design: rows.clone().insert_column(0, 1.0),
            targets: DVector::from_column_slice(targets),
            l2,
        };
        let weights = problem.minimise()?;
        Ok(Self {
            intercept: weights.iter().next().copied().unwrap_or_default(),
            coefficients: weights.iter().skip(1).copied().collect(),
        })
    }
}

/// 1 / (1 + e^-x).
pub fn sigmoid(log_odds: f64) -> f64 {
    if log_odds < 0.0 {
        let odds = log_odds.exp();
        odds / (1.0 + odds)
    } else {
        1.0 / (1.0 + (-log_odds).exp())
    }
}

/// ln(1 + e^x), without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

struct Problem {
    /// A column of ones, then the rows' columns.
    design: DMatrix<f64>,
    targets: DVector<f64>,
    l2: f64,
}

impl Problem {
    fn minimise(&self) -> Result<DVector<f64>, PredictionError> {
        let not_converged = PredictionError::NotConverged {
            iterations: MAX_ITERATIONS,
        };
        let mut weights = DVector::zeros(self.design.ncols());
        let mut objective = self.objective(&weights);
        for _ in 0..MAX_ITERATIONS {
            let (gradient, hessian) = self.derivatives(&weights);
            let Some(cholesky) = hessian.cholesky() else {
                return Err(not_converged);
            };
            let step = cholesky.solve(&gradient);
            let decrement = gradient.dot(&step);
            if decrement <= NEARLY_THERE {
                return Ok(weights - step);
            }
            let mut share = 1.0;
            for _ in 0..MAX_HALVINGS {
                let rounding = 16.0 * f64::EPSILON * (1.0 + objective.abs());
                let candidate = &weights - &step * share;
                let reached = self.objective(&candidate);
                if reached <= objective - SUFFICIENT * share * decrement + rounding {
                    (weights, objective) = (candidate, reached);
                    break;
                }
                share /= 2.0;
            }
        }
        Err(not_converged)
    }

    fn objective(&self, weights: &DVector<f64>) -> f64 {
        let log_odds = &self.design * weights;
        let losses = log_odds
            .iter()
            .zip(self.targets.iter())
            .map(|(x, target)| softplus(*x) - target * x);
        let penalty: f64 = weights.iter().skip(1).map(|weight| weight * weight).sum();
        losses.sum::<f64>() + self.l2 / 2.0 * penalty
    }

    fn derivatives(&self, weights: &DVector<f64>) -> (DVector<f64>, DMatrix<f64>) {
        let predicted = (&self.design * weights).map(sigmoid);
        let mut gradient = self.design.tr_mul(&(&predicted - &self.targets));
        let mut scaled = self.design.clone();
        for (mut row, p) in scaled.row_iter_mut().zip(predicted.iter()) {
            row *= (p * (1.0 - p)).sqrt();
        }
        let mut hessian = scaled.tr_mul(&scaled);
        for column in 1..weights.len() {
            gradient[column] += self.l2 * weights[column];
            hessian[(column, column)] += self.l2;
        }
        (gradient, hessian)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(
        column: &[f64],
        targets: &[f64],
        l2: f64,
    ) -> Result<LogisticRegression, PredictionError> {
        LogisticRegression::fit(
            &DMatrix::from_column_slice(column.len(), 1, column),
            targets,
            l2,
        )
    }

    #[test]
    fn targets_of_one_kind_are_refused() {
        for targets in [[0.0, 0.0], [1.0, 1.0]] {
            assert_eq!(
                fit(&[1.0, 2.0], &targets, 1.0),
                Err(PredictionError::Targets)
            );
        }
        assert_eq!(fit(&[1.0, 2.0], &[1.0], 1.0), Err(PredictionError::Targets));
        assert_eq!(
            fit(&[1.0, 2.0], &[f64::NAN, 0.0], 1.0),
            Err(PredictionError::Targets)
        );
    }

    #[test]
    fn constant_and_doubled_columns_have_no_single_optimum_without_a_penalty() {
        let targets = [0.0, 1.0, 1.0, 0.0];
        assert!(fit(&[3.0; 4], &targets, 0.0).is_err());
        let doubled = DMatrix::from_fn(4, 2, |row, _| [1.0, 2.0, 3.0, 5.0][row]);
        assert!(LogisticRegression::fit(&doubled, &targets, 0.0).is_err());
        let fitted = LogisticRegression::fit(&doubled, &targets, 1.0).expect("one optimum");
        assert!((fitted.coefficients[0] - fitted.coefficients[1]).abs() < 1e-12);
    }

    #[test]
    fn extreme_log_odds_neither_overflow_nor_lose_their_sign() {
        assert_eq!((sigmoid(-1e4), sigmoid(1e4)), (0.0, 1.0));
        assert!(sigmoid(-700.0) > 0.0);
        assert_eq!(softplus(1e4), 1e4);
    }
}
