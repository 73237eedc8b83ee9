//! Converts decimals to the chain's integers of token units, and checks a plan's bounds.

use crate::refusal::Refusal;
use rust_decimal::Decimal;

/// `price` tokens in units of a mint with so many decimals; refused unless that is exact.
pub fn to_token_units(price: Decimal, decimals: u8) -> Result<u64, Refusal> {
    let exact = || {
        let tokens = price.normalize();
        let zeros = u32::from(decimals).checked_sub(tokens.scale())?;
        let units = tokens.mantissa().checked_mul(10_i128.checked_pow(zeros)?)?;
        u64::try_from(units).ok()
    };
    exact().ok_or_else(|| {
        let rule = format!(
            "must be a whole number of units, with {decimals} decimals, below 2^64, and is {price}"
        );
        Refusal::new("price", rule)
    })
}

/// Refuses a price, in token units, that the plan's bounds on-chain would refuse.
pub fn within_plan(units: u64, floor: u64, ceiling: u64) -> Result<(), Refusal> {
    if (floor..=ceiling).contains(&units) {
        Ok(())
    } else {
        let rule = format!(
            "must be from the plan's floor of {floor} units to its ceiling of {ceiling}, and is {units}"
        );
        Err(Refusal::new("price", rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_that_is_not_whole_units_is_refused() {
        for (price, decimals) in [
            (Decimal::new(1, 7), 6),
            (Decimal::new(-1, 0), 6),
            (Decimal::from(u64::MAX) + Decimal::ONE, 0),
            (Decimal::from(18_446_744_073_710_u64), 6),
            (Decimal::MAX, 255),
        ] {
            assert!(
                to_token_units(price, decimals).is_err(),
                "{price} {decimals}"
            );
        }
    }

    #[test]
    fn whole_units_are_counted_exactly() -> Result<(), Refusal> {
        assert_eq!(to_token_units(Decimal::new(9_900, 2), 6)?, 99_000_000);
        assert_eq!(to_token_units(Decimal::from(u64::MAX), 0)?, u64::MAX);
        assert_eq!(to_token_units(Decimal::new(1, 9), 9)?, 1);
        assert_eq!(to_token_units(Decimal::ZERO, 9)?, 0);
        Ok(())
    }

    #[test]
    fn a_price_outside_the_plan_is_refused_with_both_bounds() {
        for units in [9, 21] {
            let refusal = within_plan(units, 10, 20).expect_err("outside").to_string();
            assert!(
                refusal.contains("floor of 10 units to its ceiling of 20"),
                "{refusal}"
            );
        }
        assert_eq!(within_plan(10, 10, 20), Ok(()));
        assert_eq!(within_plan(20, 10, 20), Ok(()));
    }
}
