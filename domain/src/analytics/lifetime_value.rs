//! Lifetime value: BG/NBD for how often customers will buy and whether they still are customers,
//! Gamma-Gamma for how much they spend, and the discounted value of both.
//!
//! A fit never hides that its assumptions fail: each failure is a typed [`Warning`] in the report.
//! Estimates depend on the set of customers alone, bit for bit, never on their order.

mod bg_nbd;
mod gamma_gamma;
mod portfolio;
mod purchases;
mod report;
mod search;
mod summary;
mod value;

use crate::refusal::Refusal;

pub use bg_nbd::{BgNbd, FitOptions, Setting};
pub use gamma_gamma::GammaGamma;
pub use portfolio::{Customer, Estimate, Portfolio, PortfolioError};
pub use purchases::{Purchase, observed_until, summarise};
pub use report::{FitReport, MAX_CORRELATION, MIN_REPEAT_CUSTOMERS, Warning};
pub use summary::{CustomerGroup, Summary};
pub use value::{Horizon, MAX_STEPS, customer_lifetime_value_micros};

/// Why an estimate is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LifetimeValueError {
    /// A value breaks a rule.
    #[error("{field} {rule}")]
    Invalid {
        /// Path of the value, as in `customers[3].recency`.
        field: String,
        /// What the value must be.
        rule: &'static str,
    },
    /// The expectation's series does not converge within the allowed number of terms.
    #[error("periods must be fewer: so far ahead the expectation cannot be computed")]
    HorizonTooLong,
}

impl From<LifetimeValueError> for Refusal {
    fn from(error: LifetimeValueError) -> Self {
        match error {
            LifetimeValueError::Invalid { field, rule } => Self::new(field, rule),
            LifetimeValueError::HorizonTooLong => Self::new(
                "",
                "must end sooner: so far ahead the expectation cannot be computed",
            ),
        }
    }
}

/// The rule that a field breaks.
type Broken = (&'static str, &'static str);

impl From<Broken> for LifetimeValueError {
    fn from((field, rule): Broken) -> Self {
        Self::Invalid {
            field: field.to_owned(),
            rule,
        }
    }
}

/// Refuses a model whose parameter is not a finite number above zero.
fn check_parameters<const N: usize>(
    parameters: [(&'static str, f64); N],
) -> Result<(), LifetimeValueError> {
    let broken = parameters
        .into_iter()
        .find(|(_, value)| !(value.is_finite() && *value > 0.0));
    broken.map_or(Ok(()), |(field, _)| {
        Err((field, "must be a finite number above 0").into())
    })
}
