//! The rules of charge models and usage, by which every usage has exactly one price.

use super::{ChargeModel, Tier, Usage};
use crate::pricing::exact::{MAX_AMOUNT, MAX_UNIT_PRICE_DECIMALS, check_amount, has_decimals};
use crate::refusal::Refusal;
use rust_decimal::Decimal;

/// Most tiers of a model.
pub const MAX_TIERS: usize = 100;
/// Most transactions of a period.
pub const MAX_TRANSACTIONS: usize = 1_000;
/// Most decimals of a quantity or of a transaction's amount.
pub const MAX_USAGE_DECIMALS: u32 = 9;

impl ChargeModel {
    /// Refuses a model that could not charge every usage.
    pub fn validate(&self) -> Result<(), Refusal> {
        match self {
            Self::Flat { amount } => check_price("amount", *amount),
            Self::Graduated { tiers } | Self::Volume { tiers } => check_tiers(tiers),
            Self::Package {
                amount,
                package_size,
                free_units,
            } => {
                check_price("amount", *amount)?;
                Refusal::unless_number("package_size", *package_size, 1..=MAX_AMOUNT)?;
                Refusal::unless_number("free_units", *free_units, 0..=MAX_AMOUNT)
            }
            Self::Percentage {
                rate,
                fixed_fee,
                minimum,
                maximum,
            } => {
                check_price("rate", *rate)?;
                if *rate > Decimal::ONE {
                    return Err(Refusal::new("rate", "must be at most 1"));
                }
                check_price("fixed_fee", *fixed_fee)?;
                check_price("minimum", minimum.unwrap_or_default())?;
                check_price("maximum", maximum.unwrap_or_default())?;
                match (minimum, maximum) {
                    (Some(minimum), Some(maximum)) if minimum > maximum => {
                        let rule = "must be at most the maximum";
                        Err(Refusal::new("minimum", rule))
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}

pub(super) fn units(usage: Option<&Usage>) -> Result<Decimal, Refusal> {
    match usage {
        None => Ok(Decimal::ZERO),
        Some(Usage::Units(units)) => {
            check_usage("usage.units".to_owned(), *units)?;
            Ok(*units)
        }
        Some(Usage::Transactions(_)) => {
            let rule = "must not be there: the charge model counts units";
            Err(Refusal::new("usage.transactions", rule))
        }
    }
}

pub(super) fn transactions(usage: Option<&Usage>) -> Result<&[Decimal], Refusal> {
    match usage {
        None => Ok(&[]),
        Some(Usage::Transactions(values)) => {
            let (field, count) = ("usage.transactions", values.len());
            Refusal::unless_count(field, count, 0..=MAX_TRANSACTIONS, "transactions")?;
            for (index, value) in values.iter().enumerate() {
                check_usage(format!("usage.transactions[{index}]"), *value)?;
            }
            Ok(values)
        }
        Some(Usage::Units(_)) => {
            let rule = "must not be there: the charge model takes a share of transactions";
            Err(Refusal::new("usage.units", rule))
        }
    }
}

fn check_usage(field: String, quantity: Decimal) -> Result<(), Refusal> {
    check_amount(quantity, MAX_USAGE_DECIMALS).map_err(|rule| Refusal::new(field, rule))
}

fn check_price(field: &str, price: Decimal) -> Result<(), Refusal> {
    check_amount(price, MAX_UNIT_PRICE_DECIMALS).map_err(|rule| Refusal::new(field, rule))
}

fn check_tiers(tiers: &[Tier]) -> Result<(), Refusal> {
    Refusal::unless_count("tiers", tiers.len(), 1..=MAX_TIERS, "tiers")?;
    let mut below = Decimal::ZERO;
    for (index, tier) in tiers.iter().enumerate() {
        let field = |name: &str| format!("tiers[{index}].{name}");
        let is_last = index + 1 == tiers.len();
        match tier.up_to {
            None if is_last => {}
            None => {
                let rule = "must be given for every tier but the last";
                return Err(Refusal::new(field("up_to"), rule));
            }
            Some(_) if is_last => {
                let rule = "must be null for the last tier, so that every usage has a price";
                return Err(Refusal::new(field("up_to"), rule));
            }
            Some(up_to) if up_to <= below => {
                let rule = format!("must be above {below}, where the tier begins");
                return Err(Refusal::new(field("up_to"), rule));
            }
            Some(up_to) if up_to > Decimal::from(MAX_AMOUNT) => {
                let rule = format!("must be at most {MAX_AMOUNT}");
                return Err(Refusal::new(field("up_to"), rule));
            }
            Some(up_to) if !has_decimals(up_to, MAX_USAGE_DECIMALS) => {
                let rule = format!("must have at most {MAX_USAGE_DECIMALS} decimals");
                return Err(Refusal::new(field("up_to"), rule));
            }
            Some(up_to) => below = up_to,
        }
        check_price(&field("unit_price"), tier.unit_price)?;
        check_price(&field("flat_fee"), tier.flat_fee)?;
    }
    Ok(())
}
