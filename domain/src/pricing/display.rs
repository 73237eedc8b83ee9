//! Ways to show one price: the arms of the display experiments.
//!
//! Law: an arm chooses figures, never amounts. All of them carry the same list price and price, and
//! a figure that has to be rounded is rounded against the seller.

use super::breakdown::PriceBreakdown;
use super::decimal_text;
use super::error::PricingError;
use super::exact::{multiply, round_down, round_up, subtract};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

const MONTHS_PER_YEAR: i64 = 12;
/// Decimals of a percentage that is shown.
const PERCENT_DECIMALS: u8 = 2;

/// How a reduction is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresentationKind {
    /// As a share of the list price.
    Percentage,
    /// As an amount, which is tokens here.
    DollarAmount,
    /// By what the customer did for it, without a figure.
    ValueProp,
}

/// A reduction as one arm presents it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presentation {
    /// Price before reductions, in tokens.
    #[serde(with = "decimal_text")]
    pub list: Decimal,
    /// What is to be paid, in tokens.
    #[serde(with = "decimal_text")]
    pub price: Decimal,
    /// The figure of the arm.
    pub saving: Saving,
}

/// The figure that stands for `list - price`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Saving {
    /// `100 * (list - price) / list`.
    Percentage {
        /// Percent, rounded down to two decimals; 0 of a list price of 0.
        #[serde(with = "decimal_text")]
        percent: Decimal,
    },
    /// `list - price`.
    DollarAmount {
        /// Tokens, exact.
        #[serde(with = "decimal_text")]
        amount: Decimal,
    },
    /// No figure.
    ValueProp {
        /// Names of the discounts and codes of the offers that count.
        reductions: Vec<String>,
    },
}

/// What an amount is shown per.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingDisplay {
    /// A month.
    Monthly,
    /// A year of twelve months at the monthly price: showing a year is no discount.
    Annual,
    /// A month and a unit.
    UsageBased,
}

/// An amount as one arm displays it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Display {
    /// What the amount is per.
    pub per: BillingDisplay,
    /// Tokens; per unit rounded up to a token unit, otherwise exact.
    #[serde(with = "decimal_text")]
    pub amount: Decimal,
    /// What is to be paid for a month, in tokens, whatever is displayed.
    #[serde(with = "decimal_text")]
    pub monthly: Decimal,
}

/// The reduction inside a price, presented as `kind`.
pub fn presentation(
    breakdown: &PriceBreakdown,
    kind: PresentationKind,
) -> Result<Presentation, PricingError> {
    let saved = subtract(breakdown.list, breakdown.price)
        .ok_or_else(|| PricingError::overflow("saving.amount"))?;
    let saving = match kind {
        PresentationKind::Percentage => Saving::Percentage {
            percent: percent_of(saved, breakdown.list)
                .ok_or_else(|| PricingError::overflow("saving.percent"))?,
        },
        PresentationKind::DollarAmount => Saving::DollarAmount { amount: saved },
        PresentationKind::ValueProp => Saving::ValueProp {
            reductions: breakdown
                .steps
                .iter()
                .filter(|step| step.reason.is_reduction())
                .map(|step| step.name.clone())
                .collect(),
        },
    };
    Ok(Presentation {
        list: breakdown.list,
        price: breakdown.price,
        saving,
    })
}

/// A price displayed per month, year or unit.
pub fn billing_display(
    breakdown: &PriceBreakdown,
    per: BillingDisplay,
) -> Result<Display, PricingError> {
    let monthly = breakdown.price;
    let amount = match per {
        BillingDisplay::Monthly => Some(monthly),
        BillingDisplay::Annual => multiply(monthly, Decimal::from(MONTHS_PER_YEAR)),
        BillingDisplay::UsageBased => monthly
            .checked_div(Decimal::from(breakdown.quantity))
            .map(|each| round_up(each, breakdown.currency.decimals)),
    };
    Ok(Display {
        per,
        amount: amount.ok_or_else(|| PricingError::overflow("amount"))?,
        monthly,
    })
}

fn percent_of(part: Decimal, whole: Decimal) -> Option<Decimal> {
    if whole.is_zero() {
        return Some(Decimal::ZERO);
    }
    let percent = multiply(part, Decimal::ONE_HUNDRED)?.checked_div(whole)?;
    Some(round_down(percent, PERCENT_DECIMALS))
}
