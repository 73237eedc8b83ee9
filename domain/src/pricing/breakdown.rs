//! How a price was computed: a chain of steps that anyone can recompute.

use super::book::Currency;
use super::charge::ChargeLine;
use super::decimal_text;
use super::eligibility::Condition;
use super::exact::{add, multiply, prorate, round_down, subtract};
use crate::billing_period::{BillingPeriod, Months};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// A price for a period with its steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceBreakdown {
    /// Version of the price book.
    pub book_version: u32,
    /// Segment whose prices apply.
    pub segment: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// Units bought.
    pub quantity: u64,
    /// What one payment of the price is for.
    #[serde(default)]
    pub period: BillingPeriod,
    /// Price before reductions, in tokens.
    #[serde(with = "decimal_text")]
    pub list: Decimal,
    /// The steps from 0 to the price.
    pub steps: Vec<Step>,
    /// The amount to pay, in tokens.
    #[serde(with = "decimal_text")]
    pub price: Decimal,
    /// Whether a reduction depends on the customer, who must be informed of it.
    pub personalised: bool,
    /// When the applied offer ends; no quote of this price may last longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_ends_at: Option<Timestamp>,
}

/// One change of the amount: `after = operation(before)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Name of the step: `base`, `usage`, `period`, a discount, an offer's code, `rounding`,
    /// `floor`.
    pub name: String,
    /// The computation.
    pub operation: Operation,
    /// The amount before.
    #[serde(with = "decimal_text")]
    pub before: Decimal,
    /// The amount after.
    #[serde(with = "decimal_text")]
    pub after: Decimal,
    /// The reason of the step.
    pub reason: Reason,
}

/// A step's computation. [`Operation::Prorate`] and [`Operation::RoundDown`] round, each once and
/// down; all others are exact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// `before + amount`.
    Add {
        /// Amount in tokens.
        #[serde(with = "decimal_text")]
        amount: Decimal,
    },
    /// `before * factor`.
    Multiply {
        /// The factor.
        #[serde(with = "decimal_text")]
        factor: Decimal,
    },
    /// `before * numerator / denominator`, the fraction being how many months the period has, rounded
    /// down to so many decimals: a customer never pays for the rest.
    Prorate {
        /// Above the line.
        numerator: NonZeroU32,
        /// Below the line.
        denominator: NonZeroU32,
        /// How many decimals remain.
        decimals: u8,
    },
    /// `before - amount`, or 0 when that is negative.
    Subtract {
        /// Amount in tokens.
        #[serde(with = "decimal_text")]
        amount: Decimal,
    },
    /// The greater of `before` and `amount`.
    RaiseTo {
        /// Amount in tokens.
        #[serde(with = "decimal_text")]
        amount: Decimal,
    },
    /// `before` rounded down to so many decimals: a customer never pays for the rest.
    RoundDown {
        /// How many decimals remain.
        decimals: u8,
    },
}

/// The reason of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reason {
    /// The base price of each unit.
    Base {
        /// Name of the unit.
        unit: String,
        /// What it is for: a month, or the price's period where the book states a price for that.
        #[serde(default)]
        period: BillingPeriod,
        /// Price of one, in tokens.
        #[serde(with = "decimal_text")]
        base: Decimal,
    },
    /// The charge for usage of a month.
    Usage {
        /// Its lines, which add up to the amount.
        lines: Vec<ChargeLine>,
    },
    /// What was for a month becomes the price of a period.
    Period {
        /// The period.
        period: BillingPeriod,
    },
    /// The discount's first condition that holds.
    Discount {
        /// The condition.
        condition: Condition,
    },
    /// The offer that was claimed.
    Offer {
        /// The amount that it takes off a month's price, in tokens, where the period is another one;
        /// the step takes off that of the period, rounded up.
        #[serde(
            default,
            with = "decimal_text::option",
            skip_serializing_if = "Option::is_none"
        )]
        monthly_amount: Option<Decimal>,
    },
    /// A token has no more decimals.
    Rounding,
    /// Reductions went below the lowest price of the book, for the period.
    Floor,
}

impl Operation {
    /// The amount after; none when it could not be exact.
    pub fn apply(&self, before: Decimal) -> Option<Decimal> {
        match self {
            Self::Add { amount } => add(before, *amount),
            Self::Multiply { factor } => multiply(before, *factor),
            Self::Prorate {
                numerator,
                denominator,
                decimals,
            } => {
                let months = Months {
                    numerator: *numerator,
                    denominator: *denominator,
                };
                prorate(
                    before,
                    months,
                    *decimals,
                    RoundingStrategy::ToNegativeInfinity,
                )
            }
            Self::Subtract { amount } => {
                subtract(before, *amount).map(|after| after.max(Decimal::ZERO))
            }
            Self::RaiseTo { amount } => Some(before.max(*amount)),
            Self::RoundDown { decimals } => Some(round_down(before, *decimals)),
        }
    }
}

impl Reason {
    /// Whether the step is a discount or an offer.
    pub fn is_reduction(&self) -> bool {
        matches!(self, Self::Discount { .. } | Self::Offer { .. })
    }
}

impl PriceBreakdown {
    /// Recomputes every step, and refuses a chain that does not lead from 0 through the list price
    /// to the price.
    pub fn verify(&self) -> Result<(), Refusal> {
        let mut amount = Decimal::ZERO;
        let mut list = None;
        for (index, step) in self.steps.iter().enumerate() {
            let refused =
                |name: &str, rule: &str| Err(Refusal::new(format!("steps[{index}].{name}"), rule));
            if step.reason.is_reduction() {
                list = list.or(Some(amount));
            }
            if step.before != amount {
                return refused("before", "must be what the step before left");
            }
            if step.operation.apply(amount) != Some(step.after) {
                return refused(
                    "after",
                    "must be what the operation makes of the amount before",
                );
            }
            amount = step.after;
        }
        if self.list != list.unwrap_or(amount) {
            let rule = "must be the amount before the first reduction";
            return Err(Refusal::new("list", rule));
        }
        if self.price != amount {
            let rule = "must be what the last step left";
            return Err(Refusal::new("price", rule));
        }
        if self.price > self.list {
            let rule = "must not be above the list price";
            return Err(Refusal::new("price", rule));
        }
        Ok(())
    }
}
