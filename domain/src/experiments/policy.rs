//! What a policy would have earned, from what people did under others whose propensities were logged.
//!
//! Law: the estimates from cells are those from single people. An arm that the policy plays, but that the
//! log could never have shown, has no estimate: the policy is refused, as nothing is known of it.

pub mod check;

use super::{
    moments::{Moments, VALUE},
    numbers::count,
};
use crate::{refusal::Refusal, statistics::proportion::CONFIDENCE};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

/// People of one period and context who saw one arm. There is a cell for every arm of a period and
/// context, whether anybody saw it or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoggedCell {
    /// The time in which propensities stayed the same, by any number.
    pub period: usize,
    /// Number of the context value, such as a kind of visitor; 0 where there are none.
    pub context: usize,
    /// Number of the arm.
    pub arm: usize,
    /// The chance with which the log showed the arm in this period and context.
    pub propensity: f64,
    /// What came of the people.
    pub moments: Moments,
}

/// What a policy would have earned a person, by three estimators.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Evaluation {
    /// How many people the log has.
    pub people: i64,
    /// As how many people of the policy's own they count: (Σw)² / Σw² (Kish 1965); null without anybody
    /// of its arms.
    pub effective_people: Option<f64>,
    /// Inverse propensity scoring (Horvitz and Thompson 1952): the mean of w · y, w being the chance of
    /// the arm under the policy by its propensity. Without bias, and uncertain where w is large.
    pub inverse_propensity: Estimate,
    /// The same by the sum of w (Hájek 1971; Swaminathan and Joachims 2015): a little bias, and less
    /// uncertain. Its error is that of the linearised ratio.
    pub self_normalised: Estimate,
    /// Doubly robust (Dudík, Langford and Li 2011): what the arms' means predict of the policy, and the
    /// mean of w · (y - prediction). The means are those of arm and context over all periods; of the
    /// arm, where the context has nobody in it; of all people, where the arm has nobody.
    pub doubly_robust: Estimate,
}

/// An estimate, in units a person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate; null without people, or for lack of anybody of the policy's arms.
    pub value: Option<f64>,
    /// Its standard error; null with fewer than two people.
    pub standard_error: Option<f64>,
    /// Its normal interval at 95%; null where the error is 0, which would pass for certainty.
    pub interval: Option<[f64; 2]>,
}

/// Evaluates a policy, a row of chances by arm for each context, on a log.
///
/// The errors take people as independent given what was logged before them, as they are under a bandit
/// too, where w · y less its expectation is a martingale difference.
///
/// # Errors
/// When chances or propensities are no distribution over the arms, people saw an arm of propensity 0, or
/// the policy plays one where there are people.
pub fn evaluate(cells: &[LoggedCell], policy: &[Vec<f64>]) -> Result<Evaluation, Refusal> {
    check::check(cells, policy)?;
    let played = |cell: &LoggedCell| chance(policy, cell.context, cell.arm);
    let weighed: Vec<(&LoggedCell, Weighed)> = cells
        .iter()
        .filter_map(|cell| Some((cell, Weighed::of(cell, played(cell) / cell.propensity)?)))
        .collect();
    let sum = |of: &dyn Fn(&Weighed) -> f64| weighed.iter().map(|(_, it)| it.people * of(it)).sum();
    let (weights, squares): (f64, f64) = (sum(&|it| it.weight), sum(&|it| it.weight * it.weight));
    let around = |centre: f64| {
        Pooled::of(
            weighed
                .iter()
                .map(|(_, it)| it.moved(0.0, centre))
                .collect(),
        )
    };
    let inverse_propensity = around(0.0);
    let ratio = inverse_propensity
        .filter(|_| weights > 0.0)
        .map(|pooled| pooled.mean * pooled.people / weights);
    let ratio_error = ratio
        .and_then(around)
        .and_then(|residual| Some(residual.standard_error()? * residual.people / weights));
    let predicted = Predictions(cells);
    let robust = weighed.iter().map(|(cell, it)| {
        let row = policy.get(cell.context).into_iter().flatten().enumerate();
        let expected = row.map(|(arm, chance)| chance * predicted.mean(cell.context, arm));
        it.moved(expected.sum(), predicted.mean(cell.context, cell.arm))
    });
    Ok(Evaluation {
        people: cells.iter().map(|cell| cell.moments.people).sum(),
        effective_people: (squares > 0.0).then(|| weights * weights / squares),
        inverse_propensity: Estimate::of(inverse_propensity),
        self_normalised: Estimate::with_error(ratio, ratio_error),
        doubly_robust: Estimate::of(Pooled::of(robust.collect())),
    })
}

fn chance(policy: &[Vec<f64>], context: usize, arm: usize) -> f64 {
    let row = policy.get(context);
    row.and_then(|row| row.get(arm)).copied().unwrap_or(0.0)
}

/// A cell's people, whose weight is the same.
#[derive(Clone, Copy)]
struct Weighed {
    people: f64,
    weight: f64,
    mean: f64,
    /// Σ(y - mean)².
    squares: f64,
}

impl Weighed {
    fn of(cell: &LoggedCell, weight: f64) -> Option<Self> {
        let people = count(cell.moments.people);
        // One person has no variance, and no squares.
        let variance = cell.moments.covariance(VALUE, VALUE).unwrap_or(0.0);
        Some(Self {
            people,
            weight,
            mean: cell.moments.mean(VALUE)?,
            squares: variance * (people - 1.0),
        })
    }

    /// The people with `base` + w · (y - `centre`) for y.
    fn moved(&self, base: f64, centre: f64) -> Self {
        Self {
            mean: base + self.weight * (self.mean - centre),
            squares: self.weight * self.weight * self.squares,
            ..*self
        }
    }
}

/// All people together.
#[derive(Clone, Copy)]
struct Pooled {
    people: f64,
    mean: f64,
    /// Σ(y - mean)².
    squares: f64,
}

impl Pooled {
    fn of(cells: Vec<Weighed>) -> Option<Self> {
        let people: f64 = cells.iter().map(|cell| cell.people).sum();
        if cells.is_empty() {
            return None;
        }
        let mean = cells
            .iter()
            .map(|cell| cell.people * cell.mean)
            .sum::<f64>()
            / people;
        let squares = cells
            .iter()
            .map(|cell| cell.squares + cell.people * (cell.mean - mean) * (cell.mean - mean));
        Some(Self {
            people,
            mean,
            squares: squares.sum(),
        })
    }

    fn standard_error(&self) -> Option<f64> {
        let freedom = self.people - 1.0;
        (freedom > 0.0).then(|| (self.squares / freedom / self.people).sqrt())
    }
}

impl Estimate {
    fn of(pooled: Option<Pooled>) -> Self {
        let error = pooled.and_then(|it| it.standard_error());
        Self::with_error(pooled.map(|it| it.mean), error)
    }

    fn with_error(value: Option<f64>, standard_error: Option<f64>) -> Self {
        let z = Normal::standard().inverse_cdf(0.5 + CONFIDENCE / 2.0);
        let spread = standard_error.filter(|&error| error > 0.0).map(|it| z * it);
        Self {
            value,
            standard_error,
            interval: value
                .zip(spread)
                .map(|(it, spread)| [it - spread, it + spread]),
        }
    }
}

/// Means of arms by context.
struct Predictions<'a>(&'a [LoggedCell]);

impl Predictions<'_> {
    fn mean(&self, context: usize, arm: usize) -> f64 {
        self.mean_of(|cell| cell.context == context && cell.arm == arm)
            .or_else(|| self.mean_of(|cell| cell.arm == arm))
            .or_else(|| self.mean_of(|_| true))
            .unwrap_or(0.0)
    }

    fn mean_of(&self, is_meant: impl Fn(&LoggedCell) -> bool) -> Option<f64> {
        let mut all = Moments::default();
        let meant = self.0.iter().filter(|cell| is_meant(cell));
        meant.for_each(|cell| all.add(&cell.moments, 1));
        all.mean(VALUE)
    }
}
