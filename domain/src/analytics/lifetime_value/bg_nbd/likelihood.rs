//! How likely a sample is under BG/NBD (Fader, Hardie and Lee 2005, section 7): the terms A1 to A4
//! there, added in logarithms.

use super::super::{CustomerGroup, summary::weight};
use statrs::function::gamma::ln_gamma;
use std::collections::BTreeMap;

/// Recency, age and number of customers who share both.
struct History {
    recency: f64,
    age: f64,
    customers: u64,
}

/// Customers by frequency, in an order that depends on them alone.
pub(super) struct Sample {
    by_frequency: BTreeMap<u32, Vec<History>>,
}

impl Sample {
    /// Customers with the same frequency, recency and age are one group.
    pub(super) fn of(groups: &[CustomerGroup]) -> Self {
        // The bits of floats that are not negative sort like the floats; adding 0 turns -0 into 0.
        let bits = |it: f64| (it + 0.0).to_bits();
        let mut counts = BTreeMap::<_, u64>::new();
        for group in groups.iter().filter(|it| it.customers > 0) {
            let summary = group.summary;
            let key = (summary.frequency, bits(summary.recency), bits(summary.age));
            *counts.entry(key).or_default() += group.customers;
        }
        let mut by_frequency = BTreeMap::<_, Vec<_>>::new();
        for ((frequency, recency, age), customers) in counts {
            by_frequency.entry(frequency).or_default().push(History {
                recency: f64::from_bits(recency),
                age: f64::from_bits(age),
                customers,
            });
        }
        Self { by_frequency }
    }

    pub(super) fn customers(&self) -> u64 {
        self.histories().map(|it| it.customers).sum()
    }

    pub(super) fn repeat_customers(&self) -> u64 {
        let repeat = self.histories().filter(|it| it.recency > 0.0);
        repeat.map(|it| it.customers).sum()
    }

    pub(super) fn greatest_age(&self) -> f64 {
        self.histories().map(|it| it.age).fold(0.0, f64::max)
    }

    fn histories(&self) -> impl Iterator<Item = &History> {
        self.by_frequency.values().flatten()
    }

    /// The same customers with time in units of `periods`.
    pub(super) fn per(&self, periods: f64) -> Self {
        let scaled = |history: &History| History {
            recency: history.recency / periods,
            age: history.age / periods,
            customers: history.customers,
        };
        let by_frequency = &self.by_frequency;
        Self {
            by_frequency: by_frequency
                .iter()
                .map(|(frequency, histories)| (*frequency, histories.iter().map(scaled).collect()))
                .collect(),
        }
    }

    /// Per customer.
    pub(super) fn mean_log_likelihood(&self, parameters: [f64; 4]) -> f64 {
        self.log_likelihood(parameters) / weight(self.customers())
    }

    /// Of all customers, for the parameters r, alpha, a and b.
    pub(super) fn log_likelihood(&self, [r, alpha, a, b]: [f64; 4]) -> f64 {
        let mut total = 0.0;
        for (frequency, histories) in &self.by_frequency {
            let x = f64::from(*frequency);
            let purchases = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln();
            let stayed = ln_gamma(a + b) + ln_gamma(b + x) - ln_gamma(b) - ln_gamma(a + b + x);
            let left = (*frequency > 0).then(|| a.ln() - (b + x - 1.0).ln());
            for history in histories {
                let silent = -(r + x) * (alpha + history.age).ln();
                let ending = left.map_or(silent, |left| {
                    let gone = left - (r + x) * (alpha + history.recency).ln();
                    ln_of_sum(silent, gone)
                });
                total += weight(history.customers) * (purchases + stayed + ending);
            }
        }
        total
    }
}

/// The logarithm of the sum of two numbers of which the logarithms are given.
fn ln_of_sum(left: f64, right: f64) -> f64 {
    left.max(right) + (-(left - right).abs()).exp().ln_1p()
}
