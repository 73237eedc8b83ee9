//! What is believed of each arm's mean, where people came in periods with different weights.
//!
//! Law: arms are compared within periods only. So neither an arm that had more weight in a good week nor one
//! that came later is the better or worse for it (Simpson's paradox), as long as a good week is as good
//! for every arm.

use crate::experiments::{
    moments::{Moments, VALUE},
    numbers::{count, size},
};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// A normal belief of a mean: that of the data alone, with a flat prior.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Posterior {
    /// Its mean, in units: where arms would be had all of them been in all periods.
    pub mean: f64,
    /// Its variance, which is above 0: such that those of two arms add up to the variance of their
    /// difference.
    pub variance: f64,
}

/// The posteriors of all `arms`; none unless periods connect all of them, and people differ.
///
/// Weighted least squares on arms and periods, a person weighing 1 / σ² of their arm. With w = n / σ² and W
/// their sum over the arms of a period, differences of arms solve
/// Σ(diag w - w·wᵀ / W) · β = Σ w · (mean - mean of the period), and the inverse has their covariances.
/// An arm whose people are all alike, as where nobody has converted yet, has the σ² of all arms: nothing
/// seen is no certainty.
pub(super) fn posteriors(periods: &[Vec<Moments>], arms: usize) -> Option<Vec<Posterior>> {
    let scales = scales(periods, arms)?;
    let mut normal = DMatrix::zeros(arms, arms);
    let mut right = DVector::zeros(arms);
    let mut people = DVector::<f64>::zeros(arms);
    let mut total = 0.0;
    let mut connected = Connected::new(arms);
    for period in periods {
        let seen = Period::of(period, &scales);
        connected.join(&seen.weights);
        normal += DMatrix::from_diagonal(&seen.weights);
        let whole = seen.weights.sum();
        if whole > 0.0 {
            normal -= &seen.weights * seen.weights.transpose() / whole;
            let centre = seen.weights.dot(&seen.means) / whole;
            right += seen.weights.component_mul(&seen.means.add_scalar(-centre));
        }
        total += seen.people.dot(&seen.means);
        people += seen.people;
    }
    if !connected.is_whole() {
        return None;
    }
    // Only differences are determined: those from the first arm.
    let inverse = normal.remove_row(0).remove_column(0).cholesky()?.inverse();
    let inverse = inverse.insert_row(0, 0.0).insert_column(0, 0.0);
    let effects = &inverse * right;
    let level = (total - people.dot(&effects)) / people.sum();
    let variances = quasi_variances(&inverse, &people, &scales);
    Some(
        effects
            .iter()
            .zip(variances)
            .map(|(effect, variance)| Posterior {
                mean: level + effect,
                variance,
            })
            .collect(),
    )
}

/// Variances of arms of which any two add up, as nearly as can be, to the variance of the difference
/// (quasi-variances, Firth and de Menezes 2004; here by least squares): with v the variances of
/// differences, (Σv of the arm - Σv of all pairs / (k - 1)) / (k - 2). Exact for up to three arms, and
/// while shares of arms do not change. Two arms have only the sum, which is divided by σ² / n.
fn quasi_variances(inverse: &DMatrix<f64>, people: &DVector<f64>, scales: &[f64]) -> Vec<f64> {
    let arms = scales.len();
    let diagonal = inverse.diagonal();
    let own: Vec<f64> = scales
        .iter()
        .zip(people)
        .map(|(scale, people)| scale / people)
        .collect();
    // Σ over the other arms of v = c + c' - 2c''.
    let of_arm = |arm: usize, variance: f64| {
        size(arms) * variance + diagonal.sum() - 2.0 * inverse.row(arm).sum()
    };
    let sums: Vec<f64> = diagonal
        .iter()
        .enumerate()
        .map(|(arm, it)| of_arm(arm, *it))
        .collect();
    let pairs = sums.iter().sum::<f64>() / 2.0;
    match arms {
        0 | 1 => own,
        2 => own
            .iter()
            .map(|it| pairs * it / own.iter().sum::<f64>())
            .collect(),
        _ => sums
            .iter()
            .zip(own)
            .map(|(sum, own)| {
                let variance = (sum - pairs / size(arms - 1)) / size(arms - 2);
                // No arm is known better than people of the same periods would make it known.
                variance.max(own)
            })
            .collect(),
    }
}

/// A period's people, means and weights by arm; 0 of arms without people.
struct Period {
    people: DVector<f64>,
    means: DVector<f64>,
    weights: DVector<f64>,
}

impl Period {
    fn of(period: &[Moments], scales: &[f64]) -> Self {
        let of_arms = |of: &dyn Fn(&Moments) -> Option<f64>| {
            let figure = |arm| period.get(arm).and_then(of).unwrap_or(0.0);
            DVector::from_iterator(scales.len(), (0..scales.len()).map(figure))
        };
        let people = of_arms(&|moments| Some(people(moments)));
        Self {
            means: of_arms(&|moments| moments.mean(VALUE)),
            weights: people.component_div(&DVector::from_row_slice(scales)),
            people,
        }
    }
}

/// The variance of a person by arm, within arms and periods; none if nobody differs.
fn scales(periods: &[Vec<Moments>], arms: usize) -> Option<Vec<f64>> {
    let within = |arm: usize| {
        let of_period = |period: &Vec<Moments>| {
            let moments = period.get(arm)?;
            let freedom = people(moments) - 1.0;
            Some((moments.covariance(VALUE, VALUE)? * freedom, freedom))
        };
        let found = periods.iter().filter_map(of_period);
        found.fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
    };
    let all: Vec<(f64, f64)> = (0..arms).map(within).collect();
    let pooled = all
        .iter()
        .fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    let variance = |(squares, freedom): (f64, f64)| (squares > 0.0).then(|| squares / freedom);
    let pooled = variance(pooled)?;
    Some(
        all.into_iter()
            .map(|it| variance(it).unwrap_or(pooled))
            .collect(),
    )
}

/// Groups of arms that periods with people of several connect, each named by its first.
struct Connected(Vec<usize>);

impl Connected {
    fn new(arms: usize) -> Self {
        Self((0..arms).collect())
    }

    fn join(&mut self, weights: &DVector<f64>) {
        let together: Vec<usize> = self
            .0
            .iter()
            .zip(weights)
            .filter(|&(_, &weight)| weight > 0.0)
            .map(|(&group, _)| group)
            .collect();
        let Some(&first) = together.iter().min() else {
            return;
        };
        for group in &mut self.0 {
            if together.contains(group) {
                *group = first;
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.0.iter().all(|&group| group == 0)
    }
}

fn people(moments: &Moments) -> f64 {
    count(moments.people.max(0))
}
