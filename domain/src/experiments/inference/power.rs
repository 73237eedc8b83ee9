//! What an experiment can be expected to find, before it starts.
//!
//! Law: power grows with people and with the effect, so what is detectable and how many people it
//! takes are the smallest that reach it. It is the power of the tests here, which are of the
//! absolute difference: of a mean, its error does not depend on the effect; of a rate it does.
//!
//! The formulas are normal: π = Φ(|Δ|/se - c) + Φ(-|Δ|/se - c), where c is the critical value
//! (Chow, Shao and Wang 2008, "Sample Size Calculations in Clinical Research", 3.2 and 4.2). Of a
//! sequence it is the power of the look at that many people; looks before it only add to it.

use super::{evidence::is_level, interval::Side, sequence::Sequence};
use crate::experiments::numbers::count;
use statrs::distribution::{ContinuousCDF, Normal};

/// What is known of a metric beforehand, of one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline {
    /// A rate between 0 and 1. Its variance is r(1 - r), in the arm with its own rate.
    Rate(f64),
    /// A mean, or a ratio with the variance of its linear form, the same in both arms.
    Mean {
        /// The mean.
        mean: f64,
        /// The variance.
        variance: f64,
    },
}

/// Which test is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// At one look.
    Fixed,
    /// A confidence sequence, at the look that matters.
    Sequential(Sequence),
}

/// An experiment between the base and one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The base.
    pub baseline: Baseline,
    /// Part of the variance that a covariate takes out; 0 without one.
    pub reduction: f64,
    /// The test.
    pub test: Test,
    /// The part of alpha that the comparison has.
    pub level: f64,
    /// What the test looks for.
    pub side: Side,
    /// Parts of all visitors who see the base and the arm.
    pub shares: [f64; 2],
}

/// Most people that a plan may take.
const MOST_PEOPLE: f64 = 1e12;

impl Plan {
    /// Chance that `people` of both arms show a relative effect: 0 of too few for an answer. None for a plan
    /// that makes no sense: a base without a mean or a variance, shares that are not positive, a rate beyond
    /// 0 or 1.
    pub fn power(&self, relative: f64, people: f64) -> Option<f64> {
        let [base, arm] = self.split()?.map(|part| part * people);
        let (mean, [of_base, of_arm]) = self.variances(relative)?;
        let error = (of_base / base + of_arm / arm).sqrt();
        let z = relative * mean.abs() / error;
        let critical = self.critical([base, arm])?;
        let normal = Normal::standard();
        let seen = normal.sf(critical - self.side.signed(z));
        let other_tail = match self.side {
            Side::Both => normal.cdf(-critical - z.abs()),
            Side::Above | Side::Below => 0.0,
        };
        Some(seen + other_tail).filter(|power| power.is_finite() && people > 0.0)
    }

    /// The smallest relative effect in a direction, 1 or -1, that `people` of both arms show with the given
    /// power. None also where no effect is large enough.
    pub fn detectable(&self, power: f64, direction: f64, people: f64) -> Option<f64> {
        let reaches = |effect: f64| self.reaches(power, direction * effect, people);
        let most = match self.baseline {
            // Up to 1, but not rounded beyond it.
            Baseline::Rate(rate) if direction > 0.0 => (1.0 - rate) / rate * (1.0 - 1e-12),
            Baseline::Rate(_) => 1.0,
            Baseline::Mean { .. } => doubled(1e-9, 1e9, reaches)?,
        };
        smallest(most, reaches).map(|effect| direction * effect)
    }

    /// The number of people of the base and of the arm who show a relative effect with the given
    /// power. None also where nobody could, or more than a million million would have to.
    pub fn people(&self, power: f64, relative: f64) -> Option<[i64; 2]> {
        let reaches = |people: f64| self.reaches(power, relative, people);
        let most = doubled(2.0, MOST_PEOPLE, reaches)?;
        let people = smallest(most, reaches)?;
        Some(self.split()?.map(|part| whole(part * people)))
    }

    /// Days until so many people have come to the base and the arm, which see the shares of all, and `wait`
    /// more days until they are measured. None when nobody comes.
    pub fn days(&self, people: [i64; 2], people_a_day: f64, wait: f64) -> Option<i64> {
        self.split()?;
        if !(people_a_day > 0.0 && people_a_day.is_finite()) {
            return None;
        }
        let days = |at: usize| count(people[at]) / (people_a_day * self.shares[at]);
        let most = days(0).max(days(1)) + wait;
        (most <= MOST_PEOPLE).then(|| whole(most))
    }

    fn reaches(&self, power: f64, relative: f64, people: f64) -> bool {
        self.power(relative, people)
            .is_some_and(|reached| reached >= power)
    }

    /// The parts of the people of both arms.
    fn split(&self) -> Option<[f64; 2]> {
        let whole = self.shares[0] + self.shares[1];
        let are_shares = self.shares.iter().all(|&share| share > 0.0);
        (are_shares && whole.is_finite()).then(|| self.shares.map(|share| share / whole))
    }

    /// Standard errors that an effect has to be from 0; infinite while an arm has too few people.
    fn critical(&self, people: [f64; 2]) -> Option<f64> {
        if !is_level(self.level) {
            return None;
        }
        match self.test {
            Test::Fixed => {
                let tail = self.level / self.side.tails();
                Some(-Normal::standard().inverse_cdf(tail))
            }
            Test::Sequential(sequence) => sequence.critical(people, self.level, self.side),
        }
    }

    /// The mean of the base, and the variances of both arms.
    fn variances(&self, relative: f64) -> Option<(f64, [f64; 2])> {
        let (mean, variances) = match self.baseline {
            Baseline::Rate(rate) => {
                let changed = rate * (1.0 + relative);
                let are_rates = rate > 0.0 && rate < 1.0 && (0.0..=1.0).contains(&changed);
                are_rates.then(|| (rate, [rate, changed].map(|rate| rate * (1.0 - rate))))
            }
            Baseline::Mean { mean, variance } => {
                (mean != 0.0 && mean.is_finite() && variance > 0.0 && variance.is_finite())
                    .then_some((mean, [variance; 2]))
            }
        }?;
        let left = 1.0 - self.reduction;
        (left > 0.0).then(|| (mean, variances.map(|variance| left * variance)))
    }
}

/// The first of `from`, doubled again and again, at which `holds`; none up to `most`.
fn doubled(from: f64, most: f64, holds: impl Fn(f64) -> bool) -> Option<f64> {
    let mut at = from;
    while !holds(at) {
        at *= 2.0;
        if at > most {
            return None;
        }
    }
    Some(at)
}

/// The smallest number up to `most` at which `holds`, to the last digit; none when it does not at
/// `most`.
fn smallest(most: f64, holds: impl Fn(f64) -> bool) -> Option<f64> {
    if !holds(most) {
        return None;
    }
    let (mut low, mut high) = (0.0, most);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return Some(high);
        }
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most MOST_PEOPLE, far below 2^53"
)]
fn whole(number: f64) -> i64 {
    number.ceil() as i64
}
