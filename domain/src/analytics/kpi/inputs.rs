//! The counts and sums from which indicators are computed. [`KpiDefinition`](super::KpiDefinition)
//! defines each.

use crate::{analytics::recurring_revenue::Movement, exchange::Conversion};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Serialize;
use std::collections::BTreeSet;

/// Counts and sums of one organisation in one period.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KpiInputs {
    /// People first seen in the period.
    pub people_first_seen: u64,
    /// Of them, those whose first payment lies in the period.
    pub people_converted: u64,
    /// Emails first delivered in the period, unless they bounced for good after that.
    pub messages_delivered: u64,
    /// Of them, those that were opened.
    pub messages_opened: ByAgent,
    /// Of them, those with a link that was followed.
    pub messages_clicked: ByAgent,
    /// Deals whose first demo was held in the period.
    pub deals_with_demo: u64,
    /// Of them, those won.
    pub deals_won_after_demo: u64,
    /// People first referred in the period.
    pub people_referred: u64,
    /// Of them, those whose first payment lies in the period, after the referral.
    pub referred_people_converted: u64,
    /// Money by currency, in the order of the values in the result.
    pub currencies: Vec<CurrencyInputs>,
    /// Currencies that spend was recorded in and that none of these is.
    pub spend_elsewhere: BTreeSet<String>,
    /// All money in dollars, where one of these does not have all of it.
    pub dollars: Option<DollarInputs>,
}

/// Sums of all currencies in dollars.
#[derive(Debug, Clone, PartialEq)]
pub struct DollarInputs {
    /// The sums; what is incomplete is in none of them.
    pub sums: CurrencyInputs,
    /// How spend and commission were converted.
    pub spend: Conversion,
    /// How revenue was converted.
    pub revenue: Conversion,
    /// How recurring revenue was converted.
    pub recurring: Conversion,
}

/// Messages by who opened them or followed their links. A message counts once: under a person before
/// an unknown agent, and under a machine when nobody else did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ByAgent {
    /// By a person.
    pub human: u64,
    /// By nobody but machines.
    pub machine: u64,
    /// By something that may have acted for a person.
    pub unknown: u64,
}

/// Values of a bounce's property `kind`, in lower case and without anything but letters, that leave it
/// open whether the message will be delivered. Any other bounce is for good.
pub const SOFT_BOUNCES: [&str; 14] = [
    "deferred",
    "delayed",
    "soft",
    "softbounce",
    "softbounced",
    "softbounces",
    "softfail",
    "tempfail",
    "temporary",
    "temporarybounce",
    "temporaryfailure",
    "transient",
    "transientbounce",
    "transientfailure",
];

/// Sums in one currency. Amounts are in its whole units.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrencyInputs {
    /// Address of the mint, in base58.
    pub mint: String,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Whether a whole unit is worth a US dollar, so that goals in dollars apply.
    pub counts_as_usd: bool,
    /// Spend on winning customers in the period; none when none was recorded, which is not zero.
    pub acquisition_spend: Option<Decimal>,
    /// Wallets whose first payment, in any mint, is in this one and lies in the period.
    pub new_customers: u64,
    /// Wallets that paid in the mint before the period's end.
    pub customers: u64,
    /// What the merchant received from these customers in all, net.
    pub net_revenue: Decimal,
    /// Sample variance, dividing by n - 1, of the net revenue from a wallet; none with fewer than two
    /// wallets.
    pub net_revenue_variance: Option<f64>,
    /// Recurring revenue of the mint over one calendar month.
    pub recurring_revenue: Movement,
}

/// An integral number of a mint's smallest units in its whole units; none when it has a fraction or
/// does not fit into 28 digits.
pub fn whole_units(units: Decimal, decimals: u8) -> Option<Decimal> {
    let integer = units.is_integer().then(|| units.to_i128()).flatten()?;
    Decimal::try_from_i128_with_scale(integer, decimals.into()).ok()
}

/// Why indicators cannot be computed from inputs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KpiError {
    /// A part is larger than the whole that it was counted from.
    #[error("{field}: {part} is more than the {whole} of {of}")]
    MoreThanTheWhole {
        /// The part's field.
        field: &'static str,
        /// Value of the part.
        part: u64,
        /// The whole's field.
        of: &'static str,
        /// Value of the whole.
        whole: u64,
    },
    /// A negative sum of money.
    #[error("currencies[{index}].{field}: must not be negative")]
    Negative {
        /// Index of the currency.
        index: usize,
        /// Name of the field.
        field: &'static str,
    },
    /// An amount that a decimal of 28 digits does not hold.
    #[error("currencies[{index}].{field}: has more than 28 digits")]
    TooLarge {
        /// Index of the currency.
        index: usize,
        /// Name of the field.
        field: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smallest_units_are_whole_ones_exactly_or_not_at_all() {
        let fraction = Decimal::new(15, 1);
        assert_eq!(whole_units(fraction, 6), None);
        assert_eq!(whole_units(Decimal::ONE, 29), None);
        for (units, decimals, expected) in
            [(12_345_678, 6, "12.345678"), (-5, 1, "-0.5"), (7, 0, "7")]
        {
            let whole = whole_units(Decimal::from(units), decimals).map(|it| it.to_string());
            assert_eq!(whole.as_deref(), Some(expected));
        }
    }
}
