//! The result of a fit, and why it should not be trusted.

use serde::{Deserialize, Serialize};

/// Fewest repeat customers without a warning: with fewer the parameters are mostly chance.
pub const MIN_REPEAT_CUSTOMERS: u64 = 30;
/// Largest correlation of frequency and spend, either sign, without a warning.
pub const MAX_CORRELATION: f64 = 0.1;

/// A model fitted by maximum likelihood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitReport<Model> {
    /// The parameters; null when there was nothing to fit.
    pub parameters: Option<Model>,
    /// Natural logarithm of the likelihood, without the penalty; null when there was nothing to fit.
    pub log_likelihood: Option<f64>,
    /// Steps of the search.
    pub iterations: u64,
    /// Whether the search ended at a maximum within its range.
    pub converged: bool,
    /// Customers who were fitted: all for BG/NBD, those with known repeat spend for Gamma-Gamma.
    pub customers: u64,
    /// Those of them with a repeat purchase.
    pub repeat_customers: u64,
    /// Assumptions that fail, worst first.
    pub warnings: Vec<Warning>,
}

/// An assumption that fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Warning {
    /// Nobody in the sample bought again: the likelihood has no maximum.
    NoRepeatPurchases,
    /// Fewer repeat customers than [`MIN_REPEAT_CUSTOMERS`].
    FewRepeatCustomers {
        /// How many there are.
        repeat_customers: u64,
    },
    /// Purchases are payments of fixed periods under a contract whose end is observed. BG/NBD
    /// assumes that customers buy when they like and leave unobserved: survival curves fit better.
    ContractualSetting,
    /// The search stopped where the likelihood still rises.
    NotConverged {
        /// Largest slope of the mean log-likelihood over the parameters' logarithms.
        slope: f64,
    },
    /// The likelihood rises towards the edge of the searched range: the data do not determine it.
    UndeterminedParameter {
        /// Name of the parameter.
        parameter: String,
    },
    /// Spend and frequency are correlated, which Gamma-Gamma assumes they are not.
    SpendDependsOnFrequency {
        /// Pearson's correlation of both over repeat customers.
        correlation: f64,
    },
    /// q is at most 1: the mean spend of the population is infinite, and customers without repeat
    /// purchases have no value.
    InfiniteMeanSpend {
        /// The parameter q.
        q: f64,
    },
}

impl<Model> FitReport<Model> {
    /// The report of a sample in which nobody bought again.
    pub(super) fn of_nothing(customers: u64, warnings: Vec<Warning>) -> Self {
        Self {
            parameters: None,
            log_likelihood: None,
            iterations: 0,
            converged: false,
            customers,
            repeat_customers: 0,
            warnings,
        }
    }
}
