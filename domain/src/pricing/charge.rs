//! Charge models: the list price of a month's usage.
//!
//! The models are those of Lago and Stripe. Tiers state only their upper bound (included in the
//! tier), so they can have neither gap nor overlap, with whole units or fractions. The first tier
//! is reached without any usage, so its flat fee is always due, as it is with Lago and Stripe.

mod limits;
mod read;

use super::decimal_text;
use super::exact::{add, multiply, overflow, subtract};
use crate::refusal::Refusal;
pub use limits::{MAX_TIERS, MAX_TRANSACTIONS, MAX_USAGE_DECIMALS};
use limits::{transactions, units};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How usage is charged. Amounts are tokens of the price book's mint.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum ChargeModel {
    /// One amount a month, whatever the usage.
    Flat {
        /// Amount in tokens.
        #[serde(serialize_with = "decimal_text::serialize")]
        amount: Decimal,
    },
    /// Units in each tier at that tier's price, and the flat fee of every tier reached.
    Graduated {
        /// The tiers, lowest first.
        tiers: Vec<Tier>,
    },
    /// All units at the price of the tier that their total reaches, and that tier's flat fee. So
    /// one more unit may lower the total.
    Volume {
        /// The tiers, lowest first.
        tiers: Vec<Tier>,
    },
    /// An amount for each started package beyond the free units.
    Package {
        /// Price of a package.
        #[serde(serialize_with = "decimal_text::serialize")]
        amount: Decimal,
        /// Units in a package.
        package_size: u64,
        /// Units that cost nothing.
        free_units: u64,
    },
    /// A share of each transaction's amount and a fee for it, together within bounds.
    Percentage {
        /// The share: 0.029 is 2.9%.
        #[serde(serialize_with = "decimal_text::serialize")]
        rate: Decimal,
        /// Fee for each transaction.
        #[serde(serialize_with = "decimal_text::serialize")]
        fixed_fee: Decimal,
        /// Lowest cost of a transaction.
        #[serde(serialize_with = "decimal_text::option::serialize")]
        minimum: Option<Decimal>,
        /// Highest cost of a transaction.
        #[serde(serialize_with = "decimal_text::option::serialize")]
        maximum: Option<Decimal>,
    },
}

/// A range of units with its price; it begins where the tier before it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The last quantity inside; null, in the last tier only, for no end.
    #[serde(default, with = "decimal_text::option")]
    pub up_to: Option<Decimal>,
    /// Price of a unit.
    #[serde(with = "decimal_text")]
    pub unit_price: Decimal,
    /// Fee for having reached the tier.
    #[serde(with = "decimal_text")]
    pub flat_fee: Decimal,
}

/// The usage of a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// A quantity, for every model but percentage.
    Units(#[serde(with = "decimal_text")] Decimal),
    /// The amount of each transaction, for the percentage model.
    Transactions(#[serde(with = "decimal_text::list")] Vec<Decimal>),
}

/// A line of a charge: `quantity * rate + fixed`, within the bounds of the percentage model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeLine {
    /// Units, packages, or the amount of a transaction.
    #[serde(with = "decimal_text")]
    pub quantity: Decimal,
    /// Price of one of them, or the share of it.
    #[serde(with = "decimal_text")]
    pub rate: Decimal,
    /// Flat or fixed fee.
    #[serde(with = "decimal_text")]
    pub fixed: Decimal,
    /// Cost of the line.
    #[serde(with = "decimal_text")]
    pub amount: Decimal,
}

impl ChargeModel {
    /// The lines of the charge for `usage`, none of them rounded.
    pub fn charge(&self, usage: Option<&Usage>) -> Result<Vec<ChargeLine>, Refusal> {
        match self {
            Self::Flat { amount } => Ok(vec![ChargeLine {
                quantity: Decimal::ONE,
                rate: *amount,
                fixed: Decimal::ZERO,
                amount: *amount,
            }]),
            Self::Graduated { tiers } => graduated(tiers, units(usage)?),
            Self::Volume { tiers } => volume(tiers, units(usage)?),
            Self::Package {
                amount,
                package_size,
                free_units,
            } => package(*amount, *package_size, *free_units, units(usage)?),
            Self::Percentage {
                rate,
                fixed_fee,
                minimum,
                maximum,
            } => transactions(usage)?
                .iter()
                .map(|value| {
                    let mut line = ChargeLine::new(*value, *rate, *fixed_fee)?;
                    line.amount = line.amount.max(minimum.unwrap_or(line.amount));
                    line.amount = line.amount.min(maximum.unwrap_or(line.amount));
                    Ok(line)
                })
                .collect(),
        }
    }
}

impl ChargeLine {
    fn new(quantity: Decimal, rate: Decimal, fixed: Decimal) -> Result<Self, Refusal> {
        let amount = multiply(quantity, rate)
            .and_then(|variable| add(variable, fixed))
            .ok_or_else(|| overflow("usage"))?;
        Ok(Self {
            quantity,
            rate,
            fixed,
            amount,
        })
    }

    /// Cost of all lines together.
    pub fn total(lines: &[Self]) -> Result<Decimal, Refusal> {
        lines
            .iter()
            .try_fold(Decimal::ZERO, |sum, line| add(sum, line.amount))
            .ok_or_else(|| overflow("usage"))
    }
}

fn graduated(tiers: &[Tier], units: Decimal) -> Result<Vec<ChargeLine>, Refusal> {
    let mut lines = Vec::new();
    let mut below = Decimal::ZERO;
    for tier in tiers {
        if units <= below && !lines.is_empty() {
            break;
        }
        let top = tier.up_to.map_or(units, |up_to| up_to.min(units));
        let inside = subtract(top, below).ok_or_else(|| overflow("usage"))?;
        lines.push(ChargeLine::new(inside, tier.unit_price, tier.flat_fee)?);
        below = top;
    }
    Ok(lines)
}

fn volume(tiers: &[Tier], units: Decimal) -> Result<Vec<ChargeLine>, Refusal> {
    tiers
        .iter()
        .find(|tier| tier.up_to.is_none_or(|up_to| units <= up_to))
        .map(|tier| ChargeLine::new(units, tier.unit_price, tier.flat_fee))
        .into_iter()
        .collect()
}

fn package(
    amount: Decimal,
    size: u64,
    free: u64,
    units: Decimal,
) -> Result<Vec<ChargeLine>, Refusal> {
    let size = Decimal::from(size);
    let free = Decimal::from(free);
    if units <= free {
        return Ok(Vec::new());
    }
    let too_large = || overflow("usage");
    let billed = subtract(units, free).ok_or_else(too_large)?;
    let rest = billed.checked_rem(size).ok_or_else(too_large)?;
    let full = subtract(billed, rest)
        .and_then(|even| even.checked_div(size))
        .ok_or_else(too_large)?;
    let started = if rest.is_zero() {
        full
    } else {
        add(full, Decimal::ONE).ok_or_else(too_large)?
    };
    Ok(vec![ChargeLine::new(started, amount, Decimal::ZERO)?])
}
