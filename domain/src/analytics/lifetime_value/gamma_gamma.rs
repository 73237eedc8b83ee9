//! Gamma-Gamma (Fader and Hardie 2013, "The Gamma-Gamma Model of Monetary Value"): purchases vary
//! around the customer's own mean, and the means vary over customers, independently of how often
//! they buy.

use super::{
    CustomerGroup, FitReport, LifetimeValueError, MAX_CORRELATION, MIN_REPEAT_CUSTOMERS, Summary,
    Warning, check_parameters, search,
    summary::{check_all, weight},
};
use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;
use std::collections::BTreeMap;

/// A fitted model. All parameters are above 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GammaGamma {
    /// Shape of the distribution of a customer's purchases.
    pub p: f64,
    /// Shape of the distribution of the customers' rates.
    pub q: f64,
    /// Rate of the distribution of the customers' rates, micro-units.
    pub v: f64,
}

impl GammaGamma {
    /// The most likely parameters for those of `customers` who bought again and have a mean spend
    /// above 0; others carry no information about spend.
    ///
    /// # Errors
    /// When a summary is impossible, with its name.
    pub fn fit(customers: &[CustomerGroup]) -> Result<FitReport<Self>, LifetimeValueError> {
        check_all(customers)?;
        let spenders = Spenders::of(customers);
        if spenders.count == 0 {
            return Ok(FitReport::of_nothing(0, vec![Warning::NoRepeatPurchases]));
        }
        let mean_spend = spenders.mean(|_, spend| spend);
        let scaled = spenders.per(mean_spend);
        let minimum = search::minimise(|logarithms| {
            -scaled.log_likelihood(logarithms.map(f64::exp)) / weight(scaled.count)
        });
        let [p, q, v] = minimum.logarithms.map(f64::exp);
        let fitted = Self {
            p,
            q,
            v: v * mean_spend,
        };
        let mut warnings = minimum.warnings(["p", "q", "v"]);
        let converged = warnings.is_empty();
        if q <= 1.0 {
            warnings.push(Warning::InfiniteMeanSpend { q });
        }
        let correlation = spenders.correlation();
        if let Some(correlation) = correlation.filter(|it| it.abs() > MAX_CORRELATION) {
            warnings.push(Warning::SpendDependsOnFrequency { correlation });
        }
        if spenders.count < MIN_REPEAT_CUSTOMERS {
            warnings.push(Warning::FewRepeatCustomers {
                repeat_customers: spenders.count,
            });
        }
        Ok(FitReport {
            parameters: Some(fitted),
            log_likelihood: Some(spenders.log_likelihood([fitted.p, fitted.q, fitted.v])),
            iterations: minimum.iterations,
            converged,
            customers: spenders.count,
            repeat_customers: spenders.count,
            warnings,
        })
    }

    /// Expected spend of the customer's next period with a purchase, micro-units: the customer's own
    /// mean and the population's, weighed by w = p x / (p x + q - 1) (equation 5). The population's,
    /// v p / (q - 1), without repeat purchases or known spend. None where it is infinite.
    ///
    /// # Errors
    /// When the summary or a parameter is impossible.
    pub fn expected_spend_micros(
        &self,
        summary: &Summary,
    ) -> Result<Option<f64>, LifetimeValueError> {
        let Self { p, q, v } = *self;
        check_parameters([("p", p), ("q", q), ("v", v)])?;
        summary.check()?;
        let (x, spend) = summary
            .mean_spend_micros
            .map_or((0.0, 0.0), |spend| (f64::from(summary.frequency), spend));
        // The weighted sum over one denominator, which is finite for some customers where the
        // population's mean is not.
        let denominator = p * x + q - 1.0;
        Ok((denominator > 0.0).then(|| p * (v + x * spend) / denominator))
    }
}

/// Repeat customers by frequency and mean spend, in an order that depends on them alone.
struct Spenders {
    by_frequency: BTreeMap<u32, Vec<(f64, u64)>>,
    count: u64,
}

impl Spenders {
    fn of(groups: &[CustomerGroup]) -> Self {
        let mut counts = BTreeMap::<_, u64>::new();
        for group in groups.iter().filter(|it| it.customers > 0) {
            let spend = group.summary.mean_spend_micros.filter(|it| *it > 0.0);
            if let Some(spend) = spend {
                // The bits of positive floats sort like the floats.
                let key = (group.summary.frequency, spend.to_bits());
                *counts.entry(key).or_default() += group.customers;
            }
        }
        let count = counts.values().sum();
        let mut by_frequency = BTreeMap::<_, Vec<_>>::new();
        for ((frequency, spend), customers) in counts {
            let spend = f64::from_bits(spend);
            by_frequency
                .entry(frequency)
                .or_default()
                .push((spend, customers));
        }
        Self {
            by_frequency,
            count,
        }
    }

    /// The same customers with spend in units of `micros`.
    fn per(&self, micros: f64) -> Self {
        let scaled = |(spend, customers): &(f64, u64)| (spend / micros, *customers);
        let by_frequency = self
            .by_frequency
            .iter()
            .map(|(frequency, spends)| (*frequency, spends.iter().map(scaled).collect()))
            .collect();
        Self {
            by_frequency,
            count: self.count,
        }
    }

    /// Equation 1a, summed over customers, for the parameters p, q and v.
    fn log_likelihood(&self, [p, q, v]: [f64; 3]) -> f64 {
        let mut total = 0.0;
        for (frequency, spends) in &self.by_frequency {
            let x = f64::from(*frequency);
            let shape = p * x;
            let constant =
                ln_gamma(shape + q) - ln_gamma(shape) - ln_gamma(q) + q * v.ln() + shape * x.ln();
            for (spend, customers) in spends {
                let variable = (shape - 1.0) * spend.ln() - (shape + q) * (x * spend + v).ln();
                total += weight(*customers) * (constant + variable);
            }
        }
        total
    }

    /// Mean over customers of a number that depends on frequency and mean spend.
    fn mean(&self, of: impl Fn(f64, f64) -> f64) -> f64 {
        let mut total = 0.0;
        for (frequency, spends) in &self.by_frequency {
            for (spend, customers) in spends {
                total += weight(*customers) * of(f64::from(*frequency), *spend);
            }
        }
        total / weight(self.count)
    }

    /// Pearson's correlation of frequency and mean spend; None where one of them does not vary.
    fn correlation(&self) -> Option<f64> {
        let mean_frequency = self.mean(|frequency, _| frequency);
        let mean_spend = self.mean(|_, spend| spend);
        let frequency_variance = self.mean(|frequency, _| (frequency - mean_frequency).powi(2));
        let spend_variance = self.mean(|_, spend| (spend - mean_spend).powi(2));
        let covariance =
            self.mean(|frequency, spend| (frequency - mean_frequency) * (spend - mean_spend));
        let correlation = covariance / (frequency_variance * spend_variance).sqrt();
        correlation.is_finite().then_some(correlation)
    }
}
