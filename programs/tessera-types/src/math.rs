//! Integer arithmetic without 128-bit intermediates, which the BPF back end of upstream LLVM
//! lacks: every product is proved to fit before it is taken.

use crate::{
    TesseraError,
    limits::BPS,
    seeded::{Bug, seeded},
};

/// A number, or `ArithmeticOverflow`.
pub type Result<T> = core::result::Result<T, TesseraError>;

/// `floor(amount * bps / 10_000)` for `bps <= 10_000`, so the result never exceeds `amount`.
#[inline(never)]
pub fn bps_of(amount: u64, bps: u16) -> u64 {
    debug_assert!(bps <= BPS);
    let (whole, bps) = (BPS as u64, bps as u64);
    let mut rest = (amount % whole).wrapping_mul(bps);
    if seeded(Bug::RoundedUp) {
        rest += whole - 1;
    }
    (amount / whole)
        .wrapping_mul(bps)
        .wrapping_add(rest / whole)
}

/// `amount * count`, on 32-bit limbs.
#[inline(never)]
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
#[inline(never)]
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

/// `floor(a * b / c)` for `b <= c` and `c > 0`, so it never exceeds `a`; by long division, a bit a
/// step.
#[inline(never)]
pub fn part_of(a: u64, b: u64, c: u64) -> u64 {
    debug_assert!(b <= c && c > 0);
    if b == c {
        return a;
    }
    // The remainder stays below `c`, which fits a word and its carry.
    let (mut quotient, mut rest) = (0u64, 0u64);
    let mut bit = 64;
    while bit > 0 {
        bit -= 1;
        let carry = rest >> 63 != 0;
        rest = rest.wrapping_shl(1);
        quotient = quotient.wrapping_shl(1);
        if carry || rest >= c {
            rest = rest.wrapping_sub(c);
            quotient = quotient.wrapping_add(1);
        }
        if a >> bit & 1 == 1 {
            let room = c - rest;
            if b >= room {
                rest = b - room;
                quotient = quotient.wrapping_add(1);
            } else {
                rest = rest.wrapping_add(b);
            }
        }
    }
    quotient
}

/// `a * b` as upper and lower half.
#[inline(never)]
pub fn wide_product(a: u64, b: u64) -> (u64, u64) {
    const LOW: u64 = 0xffff_ffff;
    let (a1, a0, b1, b0) = (a >> 32, a & LOW, b >> 32, b & LOW);
    let low = a0.wrapping_mul(b0);
    let mid = a1.wrapping_mul(b0).wrapping_add(low >> 32);
    let mid2 = a0.wrapping_mul(b1).wrapping_add(mid & LOW);
    let high = a1
        .wrapping_mul(b1)
        .wrapping_add(mid >> 32)
        .wrapping_add(mid2 >> 32);
    (high, (mid2 << 32) | (low & LOW))
}

/// `floor(a * 2^64 / c)` for `c > 0`, as upper and lower half.
#[inline(never)]
pub fn ratio(a: u64, c: u64) -> (u64, u64) {
    let (whole, mut rest) = (a / c, a % c);
    let mut fraction = 0u64;
    for _ in 0..64 {
        let carry = rest >> 63 != 0;
        rest = rest.wrapping_shl(1);
        fraction = fraction.wrapping_shl(1);
        if carry || rest >= c {
            rest = rest.wrapping_sub(c);
            fraction = fraction.wrapping_add(1);
        }
    }
    (whole, fraction)
}
