//! What a plan is worth to a farm: the same farm with less power and more uptime, compared with itself.

use super::{
    answer::{Answer, Undefined},
    arithmetic::{divide, multiply, subtract, whole_days},
    daily::Daily,
    forecast::month_days,
    inputs::Inputs,
};
use crate::refusal::Refusal;
use rust_decimal::Decimal;
use serde::Serialize;

/// What a plan is worth, at today's difficulty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PlanValue {
    /// A day with the plan, without its price.
    pub daily: Daily,
    /// What the plan adds to a day's profit.
    pub daily_gain: Decimal,
    /// What it adds to a month's, less its price.
    pub monthly_net_gain: Decimal,
    /// What it adds to a month's for each unit of its price.
    pub gain_per_price: Answer,
    /// Whole days until what it adds has paid a month's price.
    pub payback_days: Answer,
}

/// The farm as it is with the plan.
pub(super) fn with_plan(inputs: &Inputs) -> Result<Inputs, Refusal> {
    let kept = Decimal::ONE - inputs.plan.power_saved;
    Ok(Inputs {
        watts: multiply(inputs.watts, kept)?,
        uptime: (inputs.uptime + inputs.plan.uptime_gained).min(Decimal::ONE),
        ..*inputs
    })
}

impl PlanValue {
    pub(super) fn of(inputs: &Inputs) -> Result<Self, Refusal> {
        let daily = Daily::of(&with_plan(inputs)?, Decimal::ONE)?;
        let without = Daily::of(inputs, Decimal::ONE)?;
        let daily_gain = subtract(daily.profit, without.profit)?;
        let monthly_gain = multiply(daily_gain, month_days())?;
        let price = inputs.plan.monthly_price;
        let gain_per_price = if price.is_zero() {
            Answer::Undefined(Undefined::NoPrice)
        } else {
            Answer::Value(divide(monthly_gain, price)?)
        };
        let payback_days = if price.is_zero() {
            Answer::Value(Decimal::ZERO)
        } else if daily_gain <= Decimal::ZERO {
            Answer::Undefined(Undefined::NoGain)
        } else {
            Answer::Value(whole_days(divide(price, daily_gain)?))
        };
        Ok(Self {
            daily,
            daily_gain,
            monthly_net_gain: subtract(monthly_gain, price)?,
            gain_per_price,
            payback_days,
        })
    }
}
