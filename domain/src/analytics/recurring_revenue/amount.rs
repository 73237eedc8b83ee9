//! Money per month, an integer: sums of it are exact.

use crate::billing_period::BillingPeriod;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use std::{fmt, iter::Sum, ops::AddAssign};

/// Smallest units of a mint a month. Written as a decimal string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MonthlyAmount(pub u128);

impl MonthlyAmount {
    /// `amount` smallest units every `period`, a month: a twelfth of a year's, and 365.25 / 12 / 7
    /// times a week's.
    ///
    /// Rounded to whole smallest units, half to even, once for each subscription: a sum is off by
    /// at most half a smallest unit for each subscription, and sums of sums agree exactly.
    pub fn of(amount: u64, period: BillingPeriod) -> Self {
        let months = period.in_months();
        let scaled = u128::from(amount) * u128::from(months.denominator.get());
        let divisor = u128::from(months.numerator.get());
        let (quotient, remainder) = (scaled / divisor, scaled % divisor);
        let rounds_up = 2 * remainder > divisor || (2 * remainder == divisor && quotient % 2 == 1);
        Self(quotient + u128::from(rounds_up))
    }

    /// Whether the amount is 0.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The excess over `other`; 0 when there is none.
    #[must_use]
    pub fn excess_over(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// In whole units of a mint with `decimals` decimals; none outside what [`Decimal`] holds, which
    /// is more than 10^28 smallest units or 28 decimals.
    pub fn in_whole_units(self, decimals: u8) -> Option<Decimal> {
        let units = i128::try_from(self.0).ok()?;
        Decimal::try_from_i128_with_scale(units, u32::from(decimals)).ok()
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "for variances, which need no more than 53 bits"
    )]
    pub(super) fn as_f64(self) -> f64 {
        self.0 as f64
    }
}

/// Saturates at the type's end, which trillions of the largest payments would reach.
impl AddAssign for MonthlyAmount {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl Sum for MonthlyAmount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        let mut total = Self::default();
        amounts.for_each(|amount| total += amount);
        total
    }
}

impl fmt::Display for MonthlyAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for MonthlyAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing_period::MONTH_SECS;

    const DAY: u32 = 86_400;

    fn per_month(amount: u64, secs: u32, months: u8) -> u128 {
        let period = BillingPeriod::of_plan(secs, months).expect("a period");
        MonthlyAmount::of(amount, period).0
    }

    #[test]
    fn amounts_beyond_a_decimal_are_refused() {
        assert_eq!(MonthlyAmount(u128::MAX).in_whole_units(6), None);
        assert_eq!(MonthlyAmount(1).in_whole_units(29), None);
    }

    #[test]
    fn a_year_is_a_twelfth_a_month_and_a_week_exactly_its_part_of_the_mean_month() {
        assert_eq!(per_month(120, 0, 12), 10);
        assert_eq!(per_month(9_990_000, 0, 1), 9_990_000);
        assert_eq!(per_month(9_990_000, 0, 3), 3_330_000);
        // 365.25 / 12 / 7 weeks: 4.348214...
        assert_eq!(per_month(112, 7 * DAY, 0), 487);
        assert_eq!(per_month(1_000_000, 7 * DAY, 0), 4_348_214);
        assert_eq!(per_month(48, 30 * DAY, 0), 49);
        assert_eq!(per_month(12, 365 * DAY + DAY / 4, 0), 1);
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        for (amount, expected) in [(1, 0), (3, 2), (5, 2), (7, 4)] {
            assert_eq!(per_month(amount, 0, 2), expected);
        }
        assert_eq!(per_month(2, 0, 3), 1);
    }

    #[test]
    fn the_largest_payment_every_second_fits() {
        assert_eq!(
            per_month(u64::MAX, 1, 0),
            u128::from(u64::MAX) * u128::from(MONTH_SECS)
        );
    }

    #[test]
    fn whole_units_have_the_decimals_of_the_mint() {
        let whole = MonthlyAmount(9_990_000).in_whole_units(6).expect("fits");
        assert_eq!(whole.to_string(), "9.990000");
    }
}
