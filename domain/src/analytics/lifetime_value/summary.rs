//! A customer's purchases, reduced to the four numbers that the models need.

use super::{Broken, LifetimeValueError};
use serde::{Deserialize, Serialize};

/// Purchases of one customer. Time counts in periods of a length that the caller chooses.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Periods with a purchase after the first such period: repeat purchases.
    pub frequency: u32,
    /// Periods from the first purchase to the last; 0 without repeat purchases.
    pub recency: f64,
    /// Periods from the first purchase to the end of the observation (T in the literature).
    pub age: f64,
    /// Mean spend of the periods with repeat purchases, micro-units; null without any, or unknown.
    #[serde(default)]
    pub mean_spend_micros: Option<f64>,
}

/// Customers with the same summary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerGroup {
    /// The summary that they share.
    pub summary: Summary,
    /// Number of customers.
    pub customers: u64,
}

impl From<Summary> for CustomerGroup {
    fn from(summary: Summary) -> Self {
        Self {
            summary,
            customers: 1,
        }
    }
}

impl Summary {
    /// Refuses a summary that no history of purchases can have.
    pub(super) fn check(&self) -> Result<(), Broken> {
        let repeats = self.frequency > 0;
        let spend_is_amount = self
            .mean_spend_micros
            .is_none_or(|spend| spend.is_finite() && spend >= 0.0);
        let rules = [
            (
                self.age.is_finite() && self.age >= 0.0,
                ("age", "must be a finite number, not negative"),
            ),
            (
                self.recency.is_finite() && self.recency >= 0.0,
                ("recency", "must be a finite number, not negative"),
            ),
            (
                self.recency <= self.age,
                ("recency", "must not be greater than age"),
            ),
            (
                repeats || self.recency == 0.0,
                ("recency", "must be 0 when frequency is 0"),
            ),
            (
                !repeats || self.recency > 0.0,
                ("recency", "must be above 0 when frequency is"),
            ),
            (
                spend_is_amount,
                ("mean_spend_micros", "must be a finite number, not negative"),
            ),
            (
                repeats || self.mean_spend_micros.is_none(),
                ("mean_spend_micros", "must be absent when frequency is 0"),
            ),
        ];
        rules
            .into_iter()
            .find(|(holds, _)| !holds)
            .map_or(Ok(()), |(_, broken)| Err(broken))
    }
}

/// Refuses a sample with an impossible summary, naming it.
pub(super) fn check_all(customers: &[CustomerGroup]) -> Result<(), LifetimeValueError> {
    for (index, group) in customers.iter().enumerate() {
        group
            .summary
            .check()
            .map_err(|(field, rule)| LifetimeValueError::Invalid {
                field: format!("customers[{index}].{field}"),
                rule,
            })?;
    }
    Ok(())
}

/// A count of people as a factor.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
pub(super) fn weight(customers: u64) -> f64 {
    customers as f64
}
