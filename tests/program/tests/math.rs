//! The integer arithmetic of money, against exact products.

use proptest::prelude::*;
use tessera_client::types::{
    limits::BPS,
    math::{add, bps_of, later, part_of, ratio, share_of, times, wide_product},
};

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
    fn part_of_is_the_floor_of_the_exact_product(a: u64, c in 1..=u64::MAX, b: u64) {
        let b = b % c + 1;
        let exact = u128::from(a) * u128::from(b) / u128::from(c);
        prop_assert_eq!(u128::from(part_of(a, b, c)), exact);
    }

    #[test]
    fn wide_product_is_the_exact_product(a: u64, b: u64) {
        let (high, low) = wide_product(a, b);
        prop_assert_eq!(u128::from(high) << 64 | u128::from(low), u128::from(a) * u128::from(b));
    }

    #[test]
    fn ratio_is_the_floor_of_the_exact_quotient(a: u64, c in 1..=u64::MAX) {
        let (whole, fraction) = ratio(a, c);
        let exact = (u128::from(a) << 64) / u128::from(c);
        prop_assert_eq!(u128::from(whole) << 64 | u128::from(fraction), exact);
    }

    #[test]
    fn times_is_the_exact_product_or_an_error(amount: u64, count: u32) {
        let exact = u128::from(amount) * u128::from(count);
        prop_assert_eq!(times(amount, count).ok(), u64::try_from(exact).ok());
    }

    #[test]
    fn add_is_the_exact_sum_or_an_error(a: u64, b: u64) {
        prop_assert_eq!(add(a, b).ok(), a.checked_add(b));
    }

    #[test]
    fn later_is_the_exact_time_or_an_error(time: i64, secs: u32) {
        prop_assert_eq!(later(time, secs).ok(), time.checked_add(i64::from(secs)));
    }

    #[test]
    fn small_products_are_never_refused(amount in 0..=u64::from(u32::MAX), count: u32) {
        prop_assert_eq!(times(amount, count).ok(), Some(amount * u64::from(count)));
    }
}

#[test]
fn extremes_do_not_overflow() {
    assert_eq!(bps_of(u64::MAX, BPS), u64::MAX);
    assert_eq!(part_of(u64::MAX, u64::MAX, u64::MAX), u64::MAX);
    assert_eq!(part_of(u64::MAX, u64::MAX - 1, u64::MAX), u64::MAX - 1);
    assert_eq!(part_of(u64::MAX, 0, 1), 0);
    assert_eq!(wide_product(u64::MAX, u64::MAX), (u64::MAX - 1, 1));
    assert_eq!(ratio(u64::MAX, 1), (u64::MAX, 0));
    assert_eq!(ratio(u64::MAX - 1, u64::MAX), (0, u64::MAX - 1));
    assert_eq!(times(u64::MAX, 1).ok(), Some(u64::MAX));
    assert!(times(u64::MAX, 2).is_err());
    assert_eq!(add(u64::MAX, 0).ok(), Some(u64::MAX));
    assert!(add(u64::MAX, 1).is_err());
    assert_eq!(later(i64::MAX - 1, 1).ok(), Some(i64::MAX));
    assert!(later(i64::MAX, 1).is_err());
}
