//! Decimal arithmetic that refuses instead of overflowing. Between operations a decimal keeps some 28
//! digits; what is shown has far fewer.

use crate::refusal::Refusal;
use rust_decimal::{Decimal, RoundingStrategy};

/// A result, or the refusal of inputs that are too large for one.
pub(super) type Computed = Result<Decimal, Refusal>;

pub(super) fn multiply(left: Decimal, right: Decimal) -> Computed {
    left.checked_mul(right).ok_or_else(overflow)
}

pub(super) fn product(factors: &[Decimal]) -> Computed {
    factors
        .iter()
        .try_fold(Decimal::ONE, |all, it| multiply(all, *it))
}

pub(super) fn divide(left: Decimal, right: Decimal) -> Computed {
    left.checked_div(right).ok_or_else(overflow)
}

pub(super) fn add(left: Decimal, right: Decimal) -> Computed {
    left.checked_add(right).ok_or_else(overflow)
}

pub(super) fn subtract(left: Decimal, right: Decimal) -> Computed {
    left.checked_sub(right).ok_or_else(overflow)
}

/// Rounded as shown, without zeros at the end.
pub(super) fn shown(value: Decimal, decimals: u32) -> Decimal {
    let away = RoundingStrategy::MidpointAwayFromZero;
    value.round_dp_with_strategy(decimals, away).normalize()
}

/// Whole days, a begun one as one. What a division leaves behind the ninth decimal is no day.
pub(super) fn whole_days(days: Decimal) -> Decimal {
    days.round_dp(9).ceil().normalize()
}

fn overflow() -> Refusal {
    Refusal::new("", "must be small enough to be computed")
}
