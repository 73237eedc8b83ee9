//! People of an arm, by the times in which the weights of arms stayed the same.
//!
//! Law: where weights moved, an arm's mean is that of all people's times, Σ w·mean with w a time's part of
//! all people (post-stratification; Holt and Smith 1979, "Post Stratification"), with the variance
//! Σ w²·var / n. So an arm that had more weight in a good time is not the better for it (Simpson's
//! paradox).

use crate::experiments::{moments::Moments, numbers::count};

/// Fewest people of a time whose own variance is taken; with fewer it is that of the arm's people within
/// all times, since a few who happen to be alike are no certainty.
const FEWEST_OF_A_TIME: i64 = 30;

/// What estimates are made of: people of one arm.
pub trait Sample {
    /// Number of people.
    fn people(&self) -> i64;
    /// The mean of a value, in units; none of nobody.
    fn mean(&self, value: usize) -> Option<f64>;
    /// The covariance of two values that, divided by the number of people, is that of their means; none of
    /// fewer than two people.
    fn covariance(&self, one: usize, other: usize) -> Option<f64>;
    /// Degrees of freedom of the covariance: people less one, were all of them to weigh the same.
    fn freedom(&self) -> f64;
    /// Sums over all people, if they weigh the same.
    fn whole(&self) -> Option<&Moments>;
}

impl Sample for Moments {
    fn people(&self) -> i64 {
        self.people
    }

    fn mean(&self, value: usize) -> Option<f64> {
        Moments::mean(self, value)
    }

    fn covariance(&self, one: usize, other: usize) -> Option<f64> {
        Moments::covariance(self, one, other)
    }

    fn freedom(&self) -> f64 {
        count(self.people) - 1.0
    }

    fn whole(&self) -> Option<&Moments> {
        Some(self)
    }
}

/// The people of an arm by time, each time with its part of all people.
#[derive(Debug, Clone, PartialEq)]
pub struct Strata(Vec<(f64, Moments)>);

impl Strata {
    /// The people of each of `arms`, by time. Of several times only those in which all of these arms had
    /// people count: another says nothing of how they differ, and adding it to its neighbour would pool
    /// different weights.
    pub fn of_arms(times: &[Vec<Moments>], arms: &[usize]) -> Vec<Self> {
        let are_there = |time: &&Vec<Moments>| {
            let mut chosen = arms.iter().map(|&arm| time.get(arm));
            times.len() == 1 || chosen.all(|it| it.is_some_and(|it| it.people > 0))
        };
        let shared: Vec<&Vec<Moments>> = times.iter().filter(are_there).collect();
        let people = |time: &[Moments]| time.iter().map(|it| count(it.people)).sum::<f64>();
        let all: f64 = shared.iter().map(|time| people(time)).sum();
        let of_arm = |&arm: &usize| {
            let of_time = |time: &&Vec<Moments>| {
                let part = if shared.len() == 1 {
                    1.0
                } else {
                    people(time) / all
                };
                Some((part, time.get(arm).copied()?))
            };
            Self(shared.iter().filter_map(of_time).collect())
        };
        arms.iter().map(of_arm).collect()
    }

    /// The variance of the mean of values whose variance is 1: Σ w² / n.
    fn unit_variance(&self) -> f64 {
        let of = |(part, moments): &(f64, Moments)| part * part / count(moments.people);
        self.0.iter().map(of).sum()
    }

    /// The covariance of two values within times, of all times together.
    fn within(&self, one: usize, other: usize) -> Option<f64> {
        let of_time = |(_, moments): &(f64, Moments)| {
            let freedom = moments.freedom();
            Some((moments.covariance(one, other)? * freedom, freedom))
        };
        let found = self.0.iter().filter_map(of_time);
        let (sum, freedom) = found.fold((0.0, 0.0), |all, it| (all.0 + it.0, all.1 + it.1));
        (freedom > 0.0).then(|| sum / freedom)
    }
}

impl Sample for Strata {
    fn people(&self) -> i64 {
        self.0.iter().map(|(_, moments)| moments.people).sum()
    }

    fn mean(&self, value: usize) -> Option<f64> {
        let of = |(part, moments): &(f64, Moments)| Some(part * moments.mean(value)?);
        let means: Vec<f64> = self.0.iter().map(of).collect::<Option<_>>()?;
        (!means.is_empty()).then(|| means.iter().sum())
    }

    fn covariance(&self, one: usize, other: usize) -> Option<f64> {
        if let Some(all) = self.whole() {
            return all.covariance(one, other);
        }
        let within = self.within(one, other)?;
        let of = |(part, moments): &(f64, Moments)| {
            let own = moments.covariance(one, other);
            let own = own.filter(|_| moments.people >= FEWEST_OF_A_TIME);
            part * part * own.unwrap_or(within) / count(moments.people)
        };
        Some(self.0.iter().map(of).sum::<f64>() * count(self.people()))
    }

    /// People who weigh the same and whose mean is as nearly normal, less one: with `a` the weight of a
    /// person, (Σa²)² / Σa⁴.
    fn freedom(&self) -> f64 {
        if let Some(all) = self.whole() {
            return all.freedom();
        }
        let of = |(part, moments): &(f64, Moments)| part.powi(4) / count(moments.people).powi(3);
        self.unit_variance().powi(2) / self.0.iter().map(of).sum::<f64>() - 1.0
    }

    fn whole(&self) -> Option<&Moments> {
        match self.0.as_slice() {
            [(_, moments)] => Some(moments),
            _ => None,
        }
    }
}
