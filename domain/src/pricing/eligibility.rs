//! Eligibility for discounts: typed conditions on the purchase and on the customer.

use super::book::Currency;
use super::charge::Usage;
use crate::billing_period::BillingPeriod;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most units of one purchase.
pub const MAX_QUANTITY: u64 = 1_000_000;

/// The facts about a purchase that decide its price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PricingContext {
    /// Requested currency; a price book in another one refuses.
    pub currency: Currency,
    /// Units bought, each at the segment's base price: seats, desks, sites.
    pub quantity: u64,
    /// What one payment is for.
    #[serde(default)]
    pub period: BillingPeriod,
    /// Loyalty tier of the wallet on-chain; 0 is none.
    #[serde(default)]
    pub loyalty_tier: u8,
    /// Whole months that the customer has paid, however long the periods were.
    #[serde(default)]
    pub paid_months: u32,
    /// Further facts about the customer.
    #[serde(default)]
    pub flags: BTreeSet<Flag>,
    /// Use of the metered part of the segment in a month, where it has one; absent is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// A fact about a customer that the sales team establishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Has signed an enterprise contract.
    EnterpriseContract,
    /// Runs mining hardware that is integrated.
    HardwareIntegration,
}

impl Flag {
    /// Every flag.
    pub const ALL: [Self; 2] = [Self::EnterpriseContract, Self::HardwareIntegration];

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnterpriseContract => "enterprise_contract",
            Self::HardwareIntegration => "hardware_integration",
        }
    }
}

/// One way to be eligible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Buys at least this many units.
    QuantityAtLeast(u64),
    /// Has at least this loyalty tier.
    LoyaltyTierAtLeast(u8),
    /// Has paid at least this many months.
    PaidMonthsAtLeast(u32),
    /// The flag is set.
    Flag(Flag),
}

impl PricingContext {
    /// One unit for a month, priced in `currency`, for an unknown customer.
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            quantity: 1,
            period: BillingPeriod::MONTH,
            loyalty_tier: 0,
            paid_months: 0,
            flags: BTreeSet::new(),
            usage: None,
        }
    }

    pub(super) fn check(&self, book_currency: &Currency) -> Result<(), Refusal> {
        book_currency.check_same("context.currency", &self.currency)?;
        Refusal::unless_number("context.quantity", self.quantity, 1..=MAX_QUANTITY)
    }
}

impl Condition {
    /// Whether the purchase meets the condition.
    pub fn holds(self, context: &PricingContext) -> bool {
        match self {
            Self::QuantityAtLeast(least) => context.quantity >= least,
            Self::LoyaltyTierAtLeast(least) => context.loyalty_tier >= least,
            Self::PaidMonthsAtLeast(least) => context.paid_months >= least,
            Self::Flag(flag) => context.flags.contains(&flag),
        }
    }

    /// Whether it depends on the customer, and not only on the purchase: the price is then
    /// personalised, and the customer must be informed of that.
    pub fn is_personal(self) -> bool {
        !matches!(self, Self::QuantityAtLeast(_))
    }

    /// Whether some purchases fail it; a condition that all of them meet would hide a lower list
    /// price.
    pub(super) fn excludes_somebody(self) -> bool {
        match self {
            Self::QuantityAtLeast(least) => least > 1,
            Self::LoyaltyTierAtLeast(least) => least > 0,
            Self::PaidMonthsAtLeast(least) => least > 0,
            Self::Flag(_) => true,
        }
    }
}
