//! Integer arithmetic without 128-bit intermediates, which the BPF back end of upstream LLVM
//! lacks: every product is proved to fit before it is taken.

use crate::{TesseraError, limits::BPS};

/// A number, or `ArithmeticOverflow`.
pub type Result<T> = core::result::Result<T, TesseraError>;

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
    if high >> 32 != 0 {
        return Err(TesseraError::ArithmeticOverflow);
    }
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
    // Compared by hand and before: what `checked_add` becomes, and what the compiler makes of a look
    // at the sum, takes three times as many instructions.
    if b > !a {
        return Err(TesseraError::ArithmeticOverflow);
    }
    Ok(a.wrapping_add(b))
}

/// `time + secs`, Unix seconds.
#[inline(always)]
pub fn later(time: i64, secs: u32) -> Result<i64> {
    let later = time.wrapping_add(secs as i64);
    if later < time {
        return Err(TesseraError::ArithmeticOverflow);
    }
    Ok(later)
}
