//! How long a payment lasts, and what part of a month that is: the one unit of time of prices and
//! of recurring revenue.
//!
//! A calendar month is a month, whatever its days. A length in seconds is measured in mean months of
//! 365.25 / 12 days, so a week is exactly 7 / 30.4375 of a month, and a year has twelve.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    num::{NonZeroU8, NonZeroU32},
};

/// Seconds of the mean month: 365.25 / 12 days.
pub const MONTH_SECS: u32 = 2_629_800;

/// How long a payment lasts. Written as `{"months": 12}` or `{"secs": 604800}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingPeriod {
    /// Calendar months.
    Months(NonZeroU8),
    /// Seconds.
    Secs(NonZeroU32),
}

/// An exact part or multiple of a month, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Months {
    /// Above the line.
    pub numerator: NonZeroU32,
    /// Below the line.
    pub denominator: NonZeroU32,
}

impl BillingPeriod {
    /// A calendar month.
    pub const MONTH: Self = Self::Months(NonZeroU8::MIN);

    /// The period of a plan as the chain states it: calendar months, or seconds where there are none.
    pub fn of_plan(secs: u32, months: u8) -> Option<Self> {
        match NonZeroU8::new(months) {
            Some(months) => Some(Self::Months(months)),
            None => NonZeroU32::new(secs).map(Self::Secs),
        }
    }

    /// Its length in months: 12 / 1 of a year, 112 / 487 of a week.
    pub fn in_months(self) -> Months {
        match self {
            Self::Months(months) => Months {
                numerator: months.into(),
                denominator: NonZeroU32::MIN,
            },
            Self::Secs(secs) => {
                let common = common_divisor(secs.get(), MONTH_SECS);
                let reduced = |it: u32| NonZeroU32::new(it / common).unwrap_or(NonZeroU32::MIN);
                Months {
                    numerator: reduced(secs.get()),
                    denominator: reduced(MONTH_SECS),
                }
            }
        }
    }

    /// Its mean length in seconds.
    pub fn mean_secs(self) -> i64 {
        match self {
            Self::Months(months) => i64::from(months.get()) * i64::from(MONTH_SECS),
            Self::Secs(secs) => secs.get().into(),
        }
    }
}

/// Whole months that so many periods of each length last together.
pub fn whole_months(periods: impl IntoIterator<Item = (BillingPeriod, u64)>) -> u64 {
    let mut months = 0_u128;
    let mut secs = 0_u128;
    for (period, count) in periods {
        match period {
            BillingPeriod::Months(each) => months += u128::from(each.get()) * u128::from(count),
            BillingPeriod::Secs(each) => secs += u128::from(each.get()) * u128::from(count),
        }
    }
    u64::try_from(months + secs / u128::from(MONTH_SECS)).unwrap_or(u64::MAX)
}

/// A month, which every price was for before it said so.
impl Default for BillingPeriod {
    fn default() -> Self {
        Self::MONTH
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Months(months) if months.get() == 1 => f.write_str("1 month"),
            Self::Months(months) => write!(f, "{months} months"),
            Self::Secs(secs) => write!(f, "{secs} seconds"),
        }
    }
}

fn common_divisor(mut one: u32, mut other: u32) -> u32 {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DAY: u32 = 86_400;

    fn secs(secs: u32) -> BillingPeriod {
        BillingPeriod::of_plan(secs, 0).expect("a period")
    }

    fn fraction(period: BillingPeriod) -> (u32, u32) {
        let months = period.in_months();
        (months.numerator.get(), months.denominator.get())
    }

    #[test]
    fn a_plan_without_a_length_has_no_period() {
        assert_eq!(BillingPeriod::of_plan(0, 0), None);
    }

    #[test]
    fn text_that_is_no_period_is_not_read() {
        for json in [
            json!({}),
            json!({ "months": 0 }),
            json!({ "months": 256 }),
            json!({ "secs": 0 }),
            json!({ "secs": -1 }),
            json!({ "months": 1, "secs": 1 }),
            json!("month"),
            json!({ "days": 7 }),
        ] {
            assert!(
                serde_json::from_value::<BillingPeriod>(json.clone()).is_err(),
                "{json}"
            );
        }
        let year = json!({ "months": 12 });
        let read: BillingPeriod = serde_json::from_value(year.clone()).expect("a period");
        assert_eq!(serde_json::to_value(read).expect("JSON"), year);
    }

    #[test]
    fn calendar_months_are_whole_and_seconds_exact_parts_of_the_mean_month() {
        let months = |months| BillingPeriod::of_plan(0, months).expect("a period");
        assert_eq!([1, 12].map(|it| fraction(months(it))), [(1, 1), (12, 1)]);
        // 7 / 30.4375.
        assert_eq!(fraction(secs(7 * DAY)), (112, 487));
        assert_eq!(fraction(secs(MONTH_SECS)), (1, 1));
        assert_eq!(fraction(secs(365 * DAY + DAY / 4)), (12, 1));
        assert_eq!(fraction(secs(30 * DAY)), (480, 487));
        assert_eq!(fraction(secs(u32::MAX)).1, MONTH_SECS / 15);
    }

    #[test]
    fn months_of_many_periods_are_whole_ones_only() {
        let month = BillingPeriod::MONTH;
        let week = secs(7 * DAY);
        assert_eq!(whole_months([(week, 12)]), 2);
        assert_eq!(whole_months([(month, 11), (week, 4)]), 11);
        assert_eq!(whole_months([(month, 11), (week, 5)]), 12);
        let year = BillingPeriod::of_plan(0, 12).expect("a period");
        assert_eq!(whole_months([(year, 1)]), 12);
        assert_eq!(whole_months([(year, u64::MAX)]), u64::MAX);
    }
}
