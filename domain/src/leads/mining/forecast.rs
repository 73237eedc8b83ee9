//! The months to come, in each of which the network is harder than in the one before by the stated growth.
//!
//! A month has 365.25 / 12 days and one difficulty. A farm that would lose money in a month is switched off
//! for it: it earns nothing and costs nothing.

use super::{
    answer::{Answer, Undefined},
    arithmetic::{Computed, add, divide, multiply, subtract, whole_days},
    daily::Daily,
    inputs::Inputs,
};
use crate::refusal::Refusal;
use rust_decimal::Decimal;
use serde::Serialize;

/// How many months are looked at: ten years.
pub const HORIZON_MONTHS: usize = 120;
/// Months in a year.
const YEAR_MONTHS: usize = 12;

/// Days in a month: 30.4375.
pub(super) fn month_days() -> Decimal {
    Decimal::new(304_375, 4)
}

/// What a farm earns over the months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Profit of the first twelve months.
    pub year_profit: Decimal,
    /// The same, less the hardware's price.
    pub year_result: Decimal,
    /// Whole days until the profit has paid the hardware.
    pub break_even_days: Answer,
}

impl Forecast {
    pub(super) fn of(inputs: &Inputs) -> Result<Self, Refusal> {
        let months = profits(inputs)?;
        let mut year_profit = Decimal::ZERO;
        for profit in months.iter().take(YEAR_MONTHS) {
            year_profit = add(year_profit, multiply(*profit, month_days())?)?;
        }
        Ok(Self {
            year_profit,
            year_result: subtract(year_profit, inputs.hardware_price)?,
            break_even_days: break_even(inputs, &months)?,
        })
    }
}

/// The profit on a day of each month.
fn profits(inputs: &Inputs) -> Result<Vec<Decimal>, Refusal> {
    let growth = Decimal::ONE + inputs.difficulty_growth;
    let mut hardness = Decimal::ONE;
    let mut profits = Vec::with_capacity(HORIZON_MONTHS);
    for _ in 0..HORIZON_MONTHS {
        let profit = profit_at(inputs, hardness)?;
        // Harder and harder, nothing comes after the last profit.
        if profit.is_zero() && growth >= Decimal::ONE {
            break;
        }
        profits.push(profit);
        hardness = multiply(hardness, growth)?;
    }
    Ok(profits)
}

fn profit_at(inputs: &Inputs, hardness: Decimal) -> Computed {
    let profit = Daily::of(inputs, hardness)?.profit;
    Ok(profit.max(Decimal::ZERO))
}

fn break_even(inputs: &Inputs, months: &[Decimal]) -> Result<Answer, Refusal> {
    let mut owed = inputs.hardware_price;
    let mut days = Decimal::ZERO;
    for profit in months {
        let month = multiply(*profit, month_days())?;
        if owed <= month {
            let rest = if owed.is_zero() {
                Decimal::ZERO
            } else {
                divide(owed, *profit)?
            };
            return Ok(Answer::Value(whole_days(add(days, rest)?)));
        }
        owed = subtract(owed, month)?;
        days = add(days, month_days())?;
    }
    Ok(match (owed.is_zero(), months.len()) {
        (true, _) => Answer::Value(Decimal::ZERO),
        (false, 0) => Answer::Undefined(Undefined::NoProfit),
        (false, HORIZON_MONTHS) => Answer::Undefined(Undefined::BeyondHorizon),
        (false, _) => Answer::Undefined(Undefined::ProfitEndsBefore),
    })
}
