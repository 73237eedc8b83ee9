//! A customer's remaining value: expected purchases times expected spend, discounted step by step.

use super::{BgNbd, GammaGamma, LifetimeValueError, Summary};
use serde::{Deserialize, Serialize};

/// Most steps of a horizon.
pub const MAX_STEPS: u32 = 1_200;

/// How far ahead value is computed, and how it is discounted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Horizon {
    /// Steps at whose ends the money is assumed to come in, from 1 to [`MAX_STEPS`]: 12 for a year
    /// of months.
    pub steps: u32,
    /// Length of a step in periods of the summaries: 30 for months when periods are days.
    pub periods_per_step: f64,
    /// Discount rate of a step: 0.01 for one per cent.
    pub discount_rate_per_step: f64,
}

/// Discounted expected spend of the customer within the horizon, micro-units; None where the
/// expected spend is infinite.
///
/// # Errors
/// When the summary, a parameter or the horizon is impossible, or too far to compute.
pub fn customer_lifetime_value_micros(
    purchases: &BgNbd,
    spend: &GammaGamma,
    summary: &Summary,
    horizon: &Horizon,
) -> Result<Option<f64>, LifetimeValueError> {
    let Some(spend_micros) = spend.expected_spend_micros(summary)? else {
        return Ok(None);
    };
    Ok(Some(
        spend_micros * discounted_purchases(purchases, summary, horizon)?,
    ))
}

/// Expected purchases of the customer within the horizon, each discounted to the present.
pub(super) fn discounted_purchases(
    purchases: &BgNbd,
    summary: &Summary,
    horizon: &Horizon,
) -> Result<f64, LifetimeValueError> {
    horizon.validate()?;
    let discount = 1.0 + horizon.discount_rate_per_step;
    let mut factor = 1.0;
    let mut before = 0.0;
    let mut value = 0.0;
    for step in 1..=horizon.steps {
        let periods = f64::from(step) * horizon.periods_per_step;
        let until_then = purchases.expected_purchases(summary, periods)?;
        factor /= discount;
        value += (until_then - before) * factor;
        before = until_then;
    }
    Ok(value)
}

impl Horizon {
    /// Periods until the end of the horizon.
    pub fn periods(&self) -> f64 {
        f64::from(self.steps) * self.periods_per_step
    }

    /// Refuses invalid horizons.
    ///
    /// # Errors
    /// [`LifetimeValueError::Invalid`] names the field.
    pub fn validate(&self) -> Result<(), LifetimeValueError> {
        if !(1..=MAX_STEPS).contains(&self.steps) {
            return Err(("steps", "must be from 1 to 1200").into());
        }
        if !(self.periods_per_step.is_finite() && self.periods_per_step > 0.0) {
            return Err(("periods_per_step", "must be a finite number above 0").into());
        }
        if !(self.discount_rate_per_step.is_finite() && self.discount_rate_per_step >= 0.0) {
            let rule = "must be a finite number, not negative";
            return Err(("discount_rate_per_step", rule).into());
        }
        Ok(())
    }
}
