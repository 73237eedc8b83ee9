//! One indicator's value, with its interval and its comparison with the goals.

use super::definition::{KpiDefinition, KpiId, Unit};
use crate::exchange::Rate;
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeSet;

/// Decimal places that values and bounds are rounded to: a mint's smallest unit, or finer. Goals
/// are compared before rounding.
pub const DECIMAL_PLACES: u32 = 9;

/// The value of an indicator. Numbers are written as decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KpiValue {
    /// The indicator.
    pub id: KpiId,
    /// Address of the mint that the money is in, or `USD` for that of all currencies together; null
    /// for shares of counts, and for money when there is no currency at all.
    pub currency: Option<String>,
    /// What was counted or summed; null when it was never recorded.
    pub numerator: Option<Decimal>,
    /// What the numerator is divided by.
    pub denominator: Decimal,
    /// The quotient; null when the denominator is 0 or the numerator null.
    pub value: Option<Decimal>,
    /// Bounds of the 95% interval; null without a value, or when the sample is too small for one.
    pub interval: Option<[Decimal; 2]>,
    /// Independent observations behind the interval: people, messages, deals or wallets.
    pub sample_size: u64,
    /// The minimum goal, not a result.
    pub threshold: Decimal,
    /// The goal aimed at, not a result.
    pub target: Decimal,
    /// Whether the value meets the threshold; null without a value, and for money that is not
    /// dollars.
    pub meets_threshold: Option<bool>,
    /// Whether the value meets the target; null in the same cases.
    pub meets_target: Option<bool>,
    /// The rates by which other currencies became this one.
    pub rates: Vec<Rate>,
    /// Currencies whose amounts are not in the value, though it is about them: of spend in no mint that
    /// the plans take, and in dollars of all without a rate, for which the value is null.
    pub left_out: BTreeSet<String>,
}

/// A quotient before it is compared with goals.
pub(super) struct Measured {
    pub(super) numerator: Option<Decimal>,
    pub(super) denominator: Decimal,
    pub(super) interval: Option<[f64; 2]>,
    pub(super) sample_size: u64,
}

impl Measured {
    /// The indicator's value in `currency`, given as its mint and whether it counts as dollars.
    pub(super) fn against_goals(self, id: KpiId, currency: Option<(&str, bool)>) -> KpiValue {
        let KpiDefinition {
            unit,
            direction,
            threshold,
            target,
            ..
        } = id.definition();
        let quotient = self
            .numerator
            .and_then(|numerator| numerator.checked_div(self.denominator));
        let comparable =
            unit == Unit::Share || currency.is_some_and(|(_, counts_as_usd)| counts_as_usd);
        let meets = |goal| {
            quotient
                .filter(|_| comparable)
                .map(|value| direction.meets(value, goal))
        };
        KpiValue {
            id,
            currency: currency.map(|(mint, _)| mint.to_owned()),
            numerator: self.numerator.map(|numerator| numerator.normalize()),
            denominator: self.denominator.normalize(),
            value: quotient.map(rounded),
            interval: quotient.and(self.interval).and_then(decimal_interval),
            sample_size: self.sample_size,
            threshold,
            target,
            meets_threshold: meets(threshold),
            meets_target: meets(target),
            rates: Vec::new(),
            left_out: BTreeSet::new(),
        }
    }
}

fn rounded(value: Decimal) -> Decimal {
    value.round_dp(DECIMAL_PLACES).normalize()
}

fn decimal_interval([low, high]: [f64; 2]) -> Option<[Decimal; 2]> {
    Some([
        rounded(Decimal::from_f64_retain(low)?),
        rounded(Decimal::from_f64_retain(high)?),
    ])
}
