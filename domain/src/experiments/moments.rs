//! What a metric comes to over the people of an arm: how many they are, and sums of their values and
//! of the products of these.
//!
//! Law: moments are integers and form a group, so those of people who come, change and leave in any
//! order are the same, to the last digit, as those of everybody computed once.

use std::array;

/// Values that a metric has of a person: its numerator, its denominator, and the same two of the time
/// before the experiment, with which CUPED takes out what people brought along.
pub const VALUES: usize = 4;
/// Products of two values of a person, in the order of [`product`].
pub const PRODUCTS: usize = VALUES * (VALUES + 1) / 2;
/// Most that the value of a person can be, in millionths, whatever its sign: a thousand million. Then the
/// products of a hundred million people are within 128 bits.
pub const MOST_MICROS: i64 = 1_000_000_000_000_000;

/// A person's values, in millionths, each from -[`MOST_MICROS`] to [`MOST_MICROS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Observation(pub [i64; VALUES]);

/// Place of the value that is measured: the numerator, of a ratio.
pub const VALUE: usize = 0;
/// Place of the denominator of a ratio.
pub const DENOMINATOR: usize = 1;
/// Place of [`VALUE`] before the experiment.
pub const VALUE_BEFORE: usize = 2;
/// Place of [`DENOMINATOR`] before the experiment.
pub const DENOMINATOR_BEFORE: usize = 3;

/// Sums over people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moments {
    /// Number of people.
    pub people: i64,
    /// Sums of the values, in millionths.
    pub sums: [i128; VALUES],
    /// Sums of the products, in millionths of millionths.
    pub products: [i128; PRODUCTS],
}

/// Where the product of two values stands among the products.
pub const fn product(one: usize, other: usize) -> usize {
    let (low, high) = if one < other {
        (one, other)
    } else {
        (other, one)
    };
    high * (high + 1) / 2 + low
}

impl Moments {
    /// The moments of one person.
    pub fn of(observation: Observation) -> Self {
        let values = observation.0.map(i128::from);
        let mut products = [0; PRODUCTS];
        for high in 0..VALUES {
            for low in 0..=high {
                products[product(low, high)] = values[low] * values[high];
            }
        }
        Self {
            people: 1,
            sums: values,
            products,
        }
    }

    /// Adds the moments of others, `sign` times: 1 or -1. Sums stop at the ends of their range.
    pub fn add(&mut self, other: &Self, sign: i8) {
        self.people = self
            .people
            .saturating_add(other.people.saturating_mul(sign.into()));
        let sign = i128::from(sign);
        let total = |sum: i128, more: i128| sum.saturating_add(more.saturating_mul(sign));
        self.sums = array::from_fn(|at| total(self.sums[at], other.sums[at]));
        self.products = array::from_fn(|at| total(self.products[at], other.products[at]));
    }

    /// Sums and products in the order in which they are stored: each value's sum, then its products with
    /// those before it and with itself. What most metrics have stands first.
    pub fn amounts(&self) -> Vec<i128> {
        let of_value = |high: usize| {
            let products = (0..=high).map(move |low| self.products[product(low, high)]);
            std::iter::once(self.sums[high]).chain(products)
        };
        (0..VALUES).flat_map(of_value).collect()
    }

    /// The moments of so many people with such [`Moments::amounts`]; what is missing at the end is 0.
    pub fn from_amounts(people: i64, amounts: &[i128]) -> Self {
        let mut moments = Self {
            people,
            ..Self::default()
        };
        let mut amounts = amounts.iter().copied();
        for high in 0..VALUES {
            moments.sums[high] = amounts.next().unwrap_or_default();
            for low in 0..=high {
                moments.products[product(low, high)] = amounts.next().unwrap_or_default();
            }
        }
        moments
    }

    /// Whether nobody and nothing is in them.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The mean of a value, in units; none of nobody.
    pub fn mean(&self, value: usize) -> Option<f64> {
        (self.people > 0).then(|| to_f64(self.sums[value]) / MICROS / to_f64(self.people.into()))
    }

    /// The sample covariance of two values, in units squared, which divides by n - 1; none of fewer than
    /// two people. The covariance of a value with itself is its variance.
    ///
    /// The sums are moved by the integer parts of both means before anything is rounded, so that values
    /// far from 0 that differ little lose no digits.
    pub fn covariance(&self, one: usize, other: usize) -> Option<f64> {
        let n = i128::from(self.people);
        if n < 2 {
            return None;
        }
        let (sum_one, sum_other) = (self.sums[one], self.sums[other]);
        let (mean_one, mean_other) = (sum_one.div_euclid(n), sum_other.div_euclid(n));
        // Σ(x - c)(y - d) = Σxy - cΣy - dΣx + ncd, where c and d are the integer parts of the means.
        let moved = self.products[product(one, other)]
            .checked_sub(mean_one.checked_mul(sum_other)?)?
            .checked_sub(mean_other.checked_mul(sum_one - n * mean_one)?)?;
        let (rest_one, rest_other) = (sum_one - n * mean_one, sum_other - n * mean_other);
        let count = to_f64(n);
        let spread = to_f64(moved) - to_f64(rest_one) * to_f64(rest_other) / count;
        let covariance = spread / (count - 1.0) / (MICROS * MICROS);
        Some(if one == other {
            covariance.max(0.0)
        } else {
            covariance
        })
    }
}

const MICROS: f64 = 1_000_000.0;

#[expect(
    clippy::cast_precision_loss,
    reason = "a sum is rounded once, where it becomes a figure"
)]
fn to_f64(sum: i128) -> f64 {
    sum as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        let moments = Moments::of(Observation([3, -5, 7, 11]));
        let amounts = moments.amounts();
        assert_eq!(amounts.len(), VALUES + PRODUCTS);
        assert_eq!(Moments::from_amounts(1, &amounts), moments);
        let short = Moments::of(Observation([3, 0, 0, 0]));
        assert_eq!(short.amounts()[..2], [3, 9]);
        assert_eq!(Moments::from_amounts(1, &[3, 9]), short);
    }

    #[test]
    fn the_most_values_of_many_people_keep_their_variance() {
        let mut all = Moments::default();
        for at in 0..1_000 {
            let value = MOST_MICROS - i64::from(at % 2 == 0);
            all.add(&Moments::of(Observation([value, 0, 0, 0])), 1);
        }
        let variance = all.covariance(VALUE, VALUE).expect("a variance");
        let expected = 1_000.0 / 999.0 * 0.25e-12;
        assert!((variance - expected).abs() < 1e-9 * expected, "{variance}");
        assert_eq!(
            Moments::of(Observation([1, 0, 0, 0])).covariance(VALUE, VALUE),
            None
        );
    }
}
