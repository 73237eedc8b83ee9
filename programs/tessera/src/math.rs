//! Integer arithmetic without 128-bit intermediates, which the BPF back end of upstream LLVM
//! lacks: every product is proved to fit before it is taken.

use anchor_lang::prelude::*;
use tessera_types::{TesseraError, limits::BPS};

/// `floor(amount * bps / 10_000)` for `bps <= 10_000`, so the result never exceeds `amount`.
#[inline(always)]
pub fn bps_of(amount: u64, bps: u16) -> u64 {
    debug_assert!(bps <= BPS);
    let (whole, bps) = (BPS as u64, bps as u64);
    (amount / whole)
        .wrapping_mul(bps)
        .wrapping_add((amount % whole).wrapping_mul(bps) / whole)
}

/// `amount * count`, on 32-bit limbs.
#[inline(always)]
pub fn times(amount: u64, count: u32) -> Result<u64> {
    let count = count as u64;
    let high = (amount >> 32).wrapping_mul(count);
    let low = (amount & 0xffff_ffff).wrapping_mul(count);
    require!(high >> 32 == 0, TesseraError::ArithmeticOverflow);
    add(high << 32, low)
}

/// `floor(amount * part / whole)` for `part <= whole` and `whole > 0`, so it never exceeds `amount`.
#[inline(always)]
pub fn share_of(amount: u64, part: u32, whole: u32) -> u64 {
    debug_assert!(part <= whole && whole > 0);
    let (part, whole) = (part as u64, whole as u64);
    (amount / whole)
        .wrapping_mul(part)
        .wrapping_add((amount % whole).wrapping_mul(part) / whole)
}

/// `a + b`.
#[inline(always)]
pub fn add(a: u64, b: u64) -> Result<u64> {
    // Compared by hand: what `checked_add` becomes takes three times as many instructions.
    let sum = a.wrapping_add(b);
    require!(sum >= a, TesseraError::ArithmeticOverflow);
    Ok(sum)
}

/// `time + secs`, Unix seconds.
#[inline(always)]
pub fn later(time: i64, secs: u32) -> Result<i64> {
    let later = time.wrapping_add(secs as i64);
    require!(later >= time, TesseraError::ArithmeticOverflow);
    Ok(later)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bps_of_is_the_floor_of_the_exact_product(amount: u64, bps in 0..=BPS) {
            let exact = u128::from(amount) * u128::from(bps) / u128::from(BPS);
            prop_assert_eq!(u128::from(bps_of(amount, bps)), exact);
        }

        #[test]
        fn share_of_is_the_floor_of_the_exact_product(amount: u64, whole in 1..=u32::MAX, part: u32) {
            let part = part % whole + 1;
            let exact = u128::from(amount) * u128::from(part) / u128::from(whole);
            prop_assert_eq!(u128::from(share_of(amount, part, whole)), exact);
        }

        #[test]
        fn times_is_the_exact_product_or_an_error(amount: u64, count: u32) {
            let exact = u128::from(amount) * u128::from(count);
            prop_assert_eq!(times(amount, count).ok(), u64::try_from(exact).ok());
        }

        #[test]
        fn small_products_are_never_refused(amount in 0..=u64::from(u32::MAX), count: u32) {
            prop_assert_eq!(times(amount, count).ok(), Some(amount * u64::from(count)));
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        assert_eq!(bps_of(u64::MAX, BPS), u64::MAX);
        assert_eq!(times(u64::MAX, 1).ok(), Some(u64::MAX));
        assert!(times(u64::MAX, 2).is_err());
        assert!(later(i64::MAX, 1).is_err());
    }
}
