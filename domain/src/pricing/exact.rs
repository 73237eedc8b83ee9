//! Arithmetic that is exact or has no result, and the bounds that keep it so; where the result of a
//! division is no decimal, it is rounded once.
//!
//! `rust_decimal` holds 96 bits and silently drops decimals when a product or a sum needs more. A
//! result that lost none has the scale that follows from its operands.

use crate::{billing_period::Months, refusal::Refusal};
use rust_decimal::{Decimal, RoundingStrategy};

/// Largest amount, in tokens: 10^12.
pub const MAX_AMOUNT: u64 = 1_000_000_000_000;
/// Most decimals of a mint whose prices are computed; Solana's own token has as many.
pub const MAX_MINT_DECIMALS: u8 = 9;
/// Most decimals of a price per unit of usage, as at Stripe.
pub const MAX_UNIT_PRICE_DECIMALS: u32 = 12;
/// Most decimals of a factor or a rate: hundredths of a percent.
pub const MAX_FACTOR_DECIMALS: u32 = 4;

pub(super) fn add(left: Decimal, right: Decimal) -> Option<Decimal> {
    let (left, right) = (left.normalize(), right.normalize());
    let sum = left.checked_add(right)?;
    (sum.scale() == left.scale().max(right.scale())).then_some(sum)
}

pub(super) fn subtract(left: Decimal, right: Decimal) -> Option<Decimal> {
    add(left, -right)
}

pub(super) fn multiply(left: Decimal, right: Decimal) -> Option<Decimal> {
    if left.is_zero() || right.is_zero() {
        return Some(Decimal::ZERO);
    }
    let (left, right) = (left.normalize(), right.normalize());
    let product = left.checked_mul(right)?;
    (product.scale() == left.scale() + right.scale()).then_some(product)
}

pub(super) fn round_down(amount: Decimal, decimals: u8) -> Decimal {
    amount.round_dp_with_strategy(decimals.into(), RoundingStrategy::ToNegativeInfinity)
}

pub(super) fn round_up(amount: Decimal, decimals: u8) -> Decimal {
    amount.round_dp_with_strategy(decimals.into(), RoundingStrategy::ToPositiveInfinity)
}

/// `amount` for a month, not negative, made one for so many months and rounded once, down or up, to so
/// many decimals: nothing is lost before.
pub(super) fn prorate(
    amount: Decimal,
    months: Months,
    decimals: u8,
    rounding: RoundingStrategy,
) -> Option<Decimal> {
    let amount = amount.normalize();
    let units = u128::try_from(amount.mantissa())
        .ok()?
        .checked_mul(months.numerator.get().into())?;
    let divisor = u128::from(months.denominator.get());
    let power = |exponent| 10_u128.checked_pow(exponent);
    let (units, divisor) = match u32::from(decimals).checked_sub(amount.scale()) {
        Some(zeros) => (units.checked_mul(power(zeros)?)?, divisor),
        None => {
            let digits = amount.scale().checked_sub(decimals.into())?;
            (units, divisor.checked_mul(power(digits)?)?)
        }
    };
    let up = rounding == RoundingStrategy::ToPositiveInfinity && units % divisor > 0;
    let rounded = i128::try_from(units / divisor + u128::from(up)).ok()?;
    let amount = Decimal::try_from_i128_with_scale(rounded, decimals.into());
    amount.ok().map(|amount| amount.normalize())
}

/// The refusal of a result with more digits than a decimal holds, which would be rounded silently.
pub(super) fn overflow(what: impl Into<String>) -> Refusal {
    Refusal::new(what, "must be small enough to be computed exactly")
}

/// Whether `amount` has no more decimals than these; zeros at the end do not count.
pub(super) fn has_decimals(amount: Decimal, at_most: u32) -> bool {
    amount.normalize().scale() <= at_most
}

/// The rule that `amount` breaks as an amount of tokens.
pub(super) fn check_amount(amount: Decimal, max_decimals: u32) -> Result<(), String> {
    if amount < Decimal::ZERO {
        Err("must not be negative".to_owned())
    } else if amount > Decimal::from(MAX_AMOUNT) {
        Err(format!("must be at most {MAX_AMOUNT}"))
    } else if has_decimals(amount, max_decimals) {
        Ok(())
    } else {
        Err(format!("must have at most {max_decimals} decimals"))
    }
}

/// The rule that `factor` breaks as a factor that lowers an amount.
pub(super) fn check_factor(factor: Decimal) -> Result<(), String> {
    if factor <= Decimal::ZERO || factor > Decimal::ONE {
        Err("must be above 0 and at most 1".to_owned())
    } else if has_decimals(factor, MAX_FACTOR_DECIMALS) {
        Ok(())
    } else {
        Err(format!("must have at most {MAX_FACTOR_DECIMALS} decimals"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing_period::BillingPeriod;
    use RoundingStrategy::{ToNegativeInfinity as Down, ToPositiveInfinity as Up};

    fn prorated(
        amount: Decimal,
        secs: u32,
        months: u8,
        decimals: u8,
        rounding: RoundingStrategy,
    ) -> Option<Decimal> {
        let period = BillingPeriod::of_plan(secs, months)?;
        prorate(amount, period.in_months(), decimals, rounding)
    }

    #[test]
    fn a_part_of_a_month_that_does_not_fit_has_no_amount() {
        assert_eq!(prorated(Decimal::MAX, 0, 12, 9, Down), None);
        assert_eq!(prorated(Decimal::NEGATIVE_ONE, 0, 12, 9, Down), None);
    }

    #[test]
    fn a_part_of_a_month_is_rounded_once() {
        let price = Decimal::from(99);
        // 99 * 7 / 30.4375 is 22.767967145790554...
        let week = |decimals, rounding| prorated(price, 604_800, 0, decimals, rounding);
        assert_eq!(week(6, Down), Some(Decimal::new(22_767_967, 6)));
        assert_eq!(week(6, Up), Some(Decimal::new(22_767_968, 6)));
        assert_eq!(week(0, Down), Some(Decimal::from(22)));
        let fine = Decimal::new(99_000_000_001, 9);
        assert_eq!(prorated(fine, 0, 12, 2, Up), Some(Decimal::new(118_801, 2)));
        for rounding in [Down, Up] {
            let year = prorated(price, 0, 12, 6, rounding);
            assert_eq!(year, Some(Decimal::from(1_188)));
        }
    }

    #[test]
    fn a_result_that_would_be_rounded_has_none() {
        let long = Decimal::from_str_exact("12345678901234.12345678901234").expect("28 digits");
        let tiny = Decimal::new(1, 20);
        assert_eq!(multiply(long, long), None);
        assert_eq!(multiply(tiny, tiny), None);
        assert_eq!(add(Decimal::MAX, tiny), None);
        assert_eq!(subtract(Decimal::MAX, tiny), None);
        assert_eq!(add(Decimal::MAX, Decimal::ONE), None);
    }

    #[test]
    fn zeros_at_the_end_do_not_cost_digits() {
        let one = Decimal::from_str_exact("1.00000000000000000000").expect("21 digits");
        assert_eq!(multiply(one, one), Some(Decimal::ONE));
        assert_eq!(multiply(Decimal::MAX, Decimal::ZERO), Some(Decimal::ZERO));
        assert_eq!(add(Decimal::MAX, Decimal::ZERO), Some(Decimal::MAX));
        assert_eq!(add(Decimal::ZERO, Decimal::MAX), Some(Decimal::MAX));
    }
}
