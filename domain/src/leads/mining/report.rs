//! Everything about a farm and a plan, as it is shown.

use super::{
    answer::{Answer, Undefined},
    arithmetic::{divide, product, shown},
    daily::Daily,
    forecast::Forecast,
    inputs::Inputs,
    plan::{PlanValue, with_plan},
    sensitivity::{Cell, table},
    tornado::{Bar, bars, first_year},
};
use crate::refusal::Refusal;
use rust_decimal::Decimal;
use serde::Serialize;

/// Decimals of every amount that is shown, of coins and of money.
pub const MONEY_DECIMALS: u32 = 8;

/// Everything about a farm and a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// An average day at today's difficulty.
    pub daily: Daily,
    /// What remains of each unit of revenue.
    pub margin: Answer,
    /// The price of a kWh at which nothing is left.
    pub break_even_power_price: Answer,
    /// The months to come without the plan.
    pub forecast: Forecast,
    /// The months to come with it, without its price.
    pub forecast_with_plan: Forecast,
    /// What the plan is worth.
    pub plan: PlanValue,
    /// The first year's profit with the plan, less the hardware and twelve prices of the plan.
    pub first_year: Decimal,
    /// A day's profit at other prices and difficulties, without the plan.
    pub sensitivity: Vec<Cell>,
    /// What each input does to `first_year`, the widest first.
    pub tornado: Vec<Bar>,
}

/// Computes everything from the stated inputs.
///
/// # Errors
/// The field that breaks a rule; no field, when together they are too large to be computed.
pub fn report(inputs: &Inputs) -> Result<Report, Refusal> {
    inputs.validate()?;
    let daily = Daily::of(inputs, Decimal::ONE)?;
    let kilowatt_hours = product(&[inputs.watts, Decimal::new(24, 3), inputs.uptime])?;
    let margin = over(daily.profit, daily.revenue, Undefined::NoRevenue)?;
    let price = over(daily.revenue, kilowatt_hours, Undefined::NoPowerDraw)?;
    Ok(Report {
        daily: daily.shown(),
        margin: margin.map(money),
        break_even_power_price: price.map(money),
        forecast: Forecast::of(inputs)?.shown(),
        forecast_with_plan: Forecast::of(&with_plan(inputs)?)?.shown(),
        plan: PlanValue::of(inputs)?.shown(),
        first_year: money(first_year(inputs)?),
        sensitivity: table(inputs)?.into_iter().map(Cell::shown).collect(),
        tornado: bars(inputs)?.into_iter().map(Bar::shown).collect(),
    })
}

fn over(of: Decimal, whole: Decimal, undefined: Undefined) -> Result<Answer, Refusal> {
    if whole.is_zero() {
        return Ok(Answer::Undefined(undefined));
    }
    divide(of, whole).map(Answer::Value)
}

fn money(value: Decimal) -> Decimal {
    shown(value, MONEY_DECIMALS)
}

impl Daily {
    fn shown(self) -> Self {
        Self {
            coins: money(self.coins),
            revenue: money(self.revenue),
            cost: money(self.cost),
            profit: money(self.profit),
        }
    }
}

impl Forecast {
    fn shown(self) -> Self {
        Self {
            year_profit: money(self.year_profit),
            year_result: money(self.year_result),
            break_even_days: self.break_even_days,
        }
    }
}

impl PlanValue {
    fn shown(self) -> Self {
        Self {
            daily: self.daily.shown(),
            daily_gain: money(self.daily_gain),
            monthly_net_gain: money(self.monthly_net_gain),
            gain_per_price: self.gain_per_price.map(money),
            payback_days: self.payback_days,
        }
    }
}

impl Cell {
    fn shown(self) -> Self {
        Self {
            profit: money(self.profit),
            ..self
        }
    }
}

impl Bar {
    fn shown(self) -> Self {
        Self {
            lower: money(self.lower),
            higher: money(self.higher),
            swing: money(self.swing),
            ..self
        }
    }
}
