//! What comparisons of a metric follow from, and what follows from it.
//!
//! Law: where weights moved, arms are compared by the times in which they stayed the same, or not at all.

use crate::experiments::{
    inference::{
        adjustment::{Adjustment, NotAdjusted},
        bayes::best::chances_to_be_best,
        comparison::{Comparison, Question, mean, quantile},
        drift::{CarryOver, carry_over},
        effect::Figure,
        estimate::Shape,
        quantile::histogram::Histogram,
        strata::{Sample, Strata},
    },
    metric::{Measure, Metric},
    moments::Moments,
    numbers::{count, part},
    results::reading::Figures,
};

/// The data of a metric.
pub(super) enum Data {
    Sums {
        /// Sums of each arm, by time.
        times: Vec<Vec<Moments>>,
        shape: Shape,
        adjustment: Adjustment,
    },
    Values {
        arms: Vec<Histogram>,
        level: f64,
        /// Whether weights moved, so that arms cannot be compared: it is not known who came when.
        are_mixed: bool,
    },
}

impl Data {
    /// The data of a metric, adjusted by what is known of `open` arms.
    pub(super) fn of(metric: &Metric, figures: Figures, open: &[usize], moved: bool) -> Self {
        match figures {
            Figures::Sums(times) => {
                let shape = metric.shape();
                let adjustment = match metric.covariate_days {
                    Some(_) => {
                        let of = |arm: &usize| Strata::of_arms(&times, &[*arm]);
                        let arms: Vec<Strata> = open.iter().flat_map(of).collect();
                        Adjustment::between(&arms.iter().collect::<Vec<_>>(), shape)
                    }
                    None => Adjustment::none(NotAdjusted::NotAsked),
                };
                Self::Sums {
                    times,
                    shape,
                    adjustment,
                }
            }
            Figures::Values(arms) => Self::Values {
                arms,
                level: match metric.measure {
                    Measure::Quantile { quantile_bps, .. } => part(quantile_bps),
                    _ => 0.0,
                },
                are_mixed: moved,
            },
        }
    }

    /// An arm against the base, where both have `fewest` people.
    pub(super) fn compare(
        &self,
        arm: usize,
        question: &Question,
        fewest: f64,
    ) -> Option<Comparison> {
        let (comparison, are_enough) = match self {
            Self::Sums {
                times,
                shape,
                adjustment,
            } => {
                let [base, arm] = pair(times, arm)?;
                let compared = mean::compare(&base, &arm, *shape, adjustment, question);
                (compared, are_enough(&[&base, &arm], fewest))
            }
            Self::Values {
                arms,
                level,
                are_mixed,
            } => {
                let (base, arm) = (arms.first()?, arms.get(arm)?);
                let compared = if *are_mixed {
                    quantile::mixed(base, arm)
                } else {
                    quantile::compare(base, arm, *level, question)
                };
                (compared, are_counted(&[base, arm], fewest))
            }
        };
        Some(if are_enough {
            comparison
        } else {
            comparison.below_floor()
        })
    }

    /// Whether an arm is proved to be beyond `ratio` times the absolute value of the base: above it with a
    /// `sign` of 1, below it with -1; none without evidence.
    pub(super) fn is_beyond(
        &self,
        arm: usize,
        question: &Question,
        fewest: f64,
        ratio: f64,
        sign: f64,
    ) -> Option<bool> {
        match self {
            Self::Sums {
                times,
                shape,
                adjustment,
            } => {
                let [base, arm] = pair(times, arm)?;
                if !are_enough(&[&base, &arm], fewest) {
                    return None;
                }
                mean::is_beyond([&base, &arm], *shape, adjustment, question, ratio, sign)
            }
            Self::Values { .. } => {
                let compared = self.compare(arm, question, fewest)?;
                let interval = compared.absolute?.interval?;
                Some(interval.is_beyond(ratio * compared.base.value?.abs(), sign))
            }
        }
    }

    /// The chance of each of `count` arms to be the best; 0 of those that are not `open`.
    pub(super) fn chances(
        &self,
        open: &[usize],
        count: usize,
        sign: f64,
        fewest: f64,
    ) -> Option<Vec<f64>> {
        let Self::Sums {
            times,
            shape,
            adjustment,
        } = self
        else {
            return None;
        };
        let arms = Strata::of_arms(times, open);
        if !are_enough(&arms.iter().collect::<Vec<_>>(), fewest) {
            return None;
        }
        let figure = |arm: &Strata| {
            let estimate = adjustment.estimate(arm, *shape)?;
            Some(Figure {
                value: sign * estimate.value,
                error: estimate.error(),
            })
        };
        let figures: Option<Vec<Figure>> = arms.iter().map(figure).collect();
        let chances = chances_to_be_best(&figures?)?;
        let mut all = vec![0.0; count];
        for (arm, chance) in open.iter().zip(chances) {
            *all.get_mut(*arm)? = chance;
        }
        Some(all)
    }

    pub(super) fn carry_over(&self, arm: usize) -> Option<CarryOver> {
        let Self::Sums { times, shape, .. } = self else {
            return None;
        };
        let [base, arm] = pair(times, arm)?;
        carry_over(&base, &arm, *shape)
    }
}

/// The base and an arm.
fn pair(times: &[Vec<Moments>], arm: usize) -> Option<[Strata; 2]> {
    Strata::of_arms(times, &[0, arm]).try_into().ok()
}

/// Whether every arm has so many people who weigh the same.
fn are_enough(arms: &[&Strata], fewest: f64) -> bool {
    arms.iter().all(|it| it.freedom() + 1.0 >= fewest)
}

fn are_counted(arms: &[&Histogram], fewest: f64) -> bool {
    arms.iter().all(|it| count(it.people()) >= fewest)
}
