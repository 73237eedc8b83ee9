//! Splits an integer amount so that the parts add up to it exactly.
//!
//! Largest remainder (Hamilton's method): each part gets the whole units of its exact share, and
//! the units left over go one each to the largest remainders, the lower index first among equals.

use std::cmp::Reverse;

/// `amount` split in proportion to `weights`, one part for each weight, in their order. The parts
/// add up to `amount`. Weights that are all zero share equally; no weights get no parts.
///
/// Shares are exact while the weights add up to less than 2^64; beyond that the weights' lowest bits
/// are dropped, all alike.
pub fn apportion(amount: u128, weights: &[u64]) -> Vec<u128> {
    let sum = |weights: &[u64]| {
        weights
            .iter()
            .map(|&weight| u128::from(weight))
            .sum::<u128>()
    };
    let excess_bits = 64_u32.saturating_sub(sum(weights).leading_zeros());
    let mut weights: Vec<u64> = weights
        .iter()
        .map(|weight| weight.checked_shr(excess_bits).unwrap_or(0))
        .collect();
    if weights.iter().all(|&weight| weight == 0) {
        weights.fill(1);
    }
    // At least 1, so that nothing is divided by 0 without weights.
    let total = sum(&weights).max(1);
    // With amount = whole * total + rest no product exceeds 128 bits.
    let (whole, rest) = (amount / total, amount % total);
    let quotas = weights.iter().map(|&weight| {
        let weight = u128::from(weight);
        let partial = rest * weight;
        (whole * weight + partial / total, partial % total)
    });
    round_to_total(amount, quotas.collect())
}

/// Integers in proportion to real `weights`, for [`apportion`]: scaled by a power of two, so that
/// the largest has 53 bits and whole numbers up to 2^53 keep their exact proportions. Invalid
/// weights (negative, infinite, not a number) count as zero.
pub fn integer_weights(weights: &[f64]) -> Vec<u64> {
    const EXPONENT_BITS: u64 = 0x7ff0_0000_0000_0000;
    // 2^52.
    const SCALE: f64 = 4_503_599_627_370_496.0;
    let clean = |weight: f64| match weight {
        weight if weight.is_finite() && weight > 0.0 => weight,
        _ => 0.0,
    };
    let largest = weights.iter().copied().map(clean).fold(0.0, f64::max);
    let power_of_two = f64::from_bits(largest.to_bits() & EXPONENT_BITS).max(f64::MIN_POSITIVE);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 2^53"
    )]
    weights
        .iter()
        .map(|&weight| (clean(weight) / power_of_two * SCALE).round() as u64)
        .collect()
}

/// Whole units that add up to `total`, from exact shares given as whole units and a remainder, all
/// remainders on one scale. The whole units must fall short of `total` by less than one for each
/// share.
pub(crate) fn round_to_total(total: u128, quotas: Vec<(u128, u128)>) -> Vec<u128> {
    let given: u128 = quotas.iter().map(|&(whole, _)| whole).sum();
    let left = usize::try_from(total.saturating_sub(given)).unwrap_or(usize::MAX);
    let mut by_remainder: Vec<usize> = (0..quotas.len()).collect();
    by_remainder.sort_by_key(|&index| Reverse(quotas.get(index).map(|&(_, remainder)| remainder)));
    let mut parts: Vec<u128> = quotas.iter().map(|&(whole, _)| whole).collect();
    for index in by_remainder.into_iter().take(left) {
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nobody_gets_nothing_to_share() {
        assert_eq!(apportion(5, &[]), Vec::<u128>::new());
    }

    #[test]
    fn weights_that_are_all_zero_share_equally() {
        assert_eq!(apportion(5, &[0, 0, 0]), [2, 2, 1]);
    }

    #[test]
    fn what_is_no_weight_counts_as_zero() {
        let weights = integer_weights(&[f64::NAN, -1.0, f64::INFINITY, 2.0]);
        assert_eq!(apportion(7, &weights), [0, 0, 0, 7]);
    }

    #[test]
    fn the_largest_remainder_gets_the_unit_that_is_left() {
        // Exact shares 1.2, 1.8 and 3.
        assert_eq!(apportion(6, &[2, 3, 5]), [1, 2, 3]);
        // Equal remainders: the first of them.
        assert_eq!(apportion(1, &[1, 1]), [1, 0]);
    }

    #[test]
    fn the_largest_amounts_and_weights_are_split_exactly() {
        assert_eq!(apportion(u128::MAX, &[u64::MAX]), [u128::MAX]);
        let parts = apportion(u128::MAX, &[u64::MAX, u64::MAX, u64::MAX]);
        assert_eq!(parts, [u128::MAX / 3; 3]);
    }

    #[test]
    fn whole_numbers_keep_their_proportions_as_real_weights() {
        let weights = integer_weights(&[1.0, 3.0, 9_007_199_254_740_991.0]);
        assert_eq!(weights, [1, 3, 9_007_199_254_740_991]);
        assert_eq!(apportion(8, &integer_weights(&[1e-310, 3e-310])), [2, 6]);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_lie_within_a_unit_of_the_exact_share(
            amount in any::<u64>(),
            weights in prop::collection::vec(any::<u32>(), 1..40),
        ) {
            let amount = u128::from(amount);
            let weights: Vec<u64> = weights.into_iter().map(u64::from).collect();
            let parts = apportion(amount, &weights);
            prop_assert_eq!(parts.iter().sum::<u128>(), amount);
            let total: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
            if total > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let exact = amount * u128::from(*weight);
                    prop_assert!((part * total).abs_diff(exact) < total);
                }
            }
        }

        #[test]
        fn any_weights_add_up(
            amount in any::<u128>(),
            weights in prop::collection::vec(any::<u64>(), 1..10),
            real in prop::collection::vec(any::<f64>(), 1..10),
        ) {
            prop_assert_eq!(apportion(amount, &weights).iter().sum::<u128>(), amount);
            let parts = apportion(amount, &integer_weights(&real));
            prop_assert_eq!(parts.iter().sum::<u128>(), amount);
        }
    }
}
