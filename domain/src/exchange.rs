//! What currencies are worth in US dollars, as an organisation states it from a day on.
//!
//! Law: amounts of several currencies become one by stated rates alone. One that has no rate makes
//! their sum unknown, and is named.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The currency that others are converted to, itself worth 1.
pub const DOLLAR: &str = "USD";
/// Decimals of a dollar in sums of integers: millionths.
pub const DOLLAR_DECIMALS: u8 = 6;
/// Decimals that a converted amount is rounded to, half to even.
pub const CONVERTED_DECIMALS: u32 = 9;

/// What a whole unit of a currency is worth from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// A mint's address, or a code of ISO 4217.
    pub currency: String,
    /// The first UTC day that it is for.
    pub from: NaiveDate,
    /// In US dollars.
    pub usd: Decimal,
}

/// The rates in force on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rates(BTreeMap<String, Rate>);

/// How amounts of several currencies became dollars.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Conversion {
    /// The rates that were used.
    pub rates: Vec<Rate>,
    /// Currencies without a rate; their amounts are in no sum.
    pub without_rate: BTreeSet<String>,
}

/// A token in dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// Decimals of the token.
    pub decimals: u8,
    /// Dollars that a whole one is worth.
    pub usd: Decimal,
}

impl Rates {
    /// Of at most one rate for each currency.
    pub fn of(rates: impl IntoIterator<Item = Rate>) -> Self {
        let keyed = rates.into_iter().map(|rate| (rate.currency.clone(), rate));
        Self(keyed.collect())
    }

    /// What a whole unit of each currency is worth, by currency.
    pub fn in_dollars(&self) -> BTreeMap<String, Decimal> {
        let worth = self.0.iter().map(|(name, rate)| (name.clone(), rate.usd));
        worth.collect()
    }

    /// The same rates, but for one that is stated here.
    #[must_use]
    pub fn with(mut self, rate: Rate) -> Self {
        self.0.insert(rate.currency.clone(), rate);
        self
    }

    /// What a token is worth; none without a rate.
    pub fn worth(&self, mint: &str, decimals: u8) -> Option<Worth> {
        let usd = self.usd(mint)?;
        Some(Worth { decimals, usd })
    }

    /// What a whole unit of `currency` is worth; none without a rate.
    pub fn usd(&self, currency: &str) -> Option<Decimal> {
        match self.0.get(currency) {
            _ if currency == DOLLAR => Some(Decimal::ONE),
            found => found.map(|rate| rate.usd),
        }
    }

    /// The rates that converting these currencies takes, and those that there is none for.
    pub fn conversion<'a>(&self, currencies: impl IntoIterator<Item = &'a str>) -> Conversion {
        let mut conversion = Conversion::default();
        let once: BTreeSet<&str> = currencies.into_iter().collect();
        for currency in once.into_iter().filter(|it| *it != DOLLAR) {
            match self.0.get(currency) {
                Some(rate) => conversion.rates.push(rate.clone()),
                None => {
                    conversion.without_rate.insert(currency.to_owned());
                }
            }
        }
        conversion
    }

    /// The sum of amounts in whole units; none when one of them has no rate, and beyond 28 digits.
    pub fn total<'a>(
        &self,
        amounts: impl IntoIterator<Item = (&'a str, Decimal)>,
    ) -> Option<Decimal> {
        let mut sum = Decimal::ZERO;
        for (currency, amount) in amounts {
            sum = sum.checked_add(amount.checked_mul(self.usd(currency)?)?)?;
        }
        Some(sum.round_dp(CONVERTED_DECIMALS).normalize())
    }
}

impl Conversion {
    /// Whether every currency has a rate.
    pub fn is_complete(&self) -> bool {
        self.without_rate.is_empty()
    }
}

impl Worth {
    /// Dollars that a smallest unit is worth; none beyond 28 decimals.
    pub fn of_unit(self) -> Option<Decimal> {
        let mut usd = self.usd.normalize();
        let scale = usd.scale().checked_add(self.decimals.into())?;
        usd.set_scale(scale).ok()?;
        Some(usd)
    }

    /// Millionths of a dollar that so many smallest units are worth, rounded half to even; none beyond
    /// 28 digits.
    pub fn micros(self, units: u128) -> Option<u128> {
        let units = i128::try_from(units).ok()?;
        let whole = Decimal::try_from_i128_with_scale(units, self.decimals.into()).ok()?;
        let micros = whole
            .checked_mul(self.usd)?
            .checked_mul(Decimal::from(10_u32.pow(DOLLAR_DECIMALS.into())))?;
        micros
            .round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven)
            .to_u128()
    }
}

/// Millionths of a dollar that an amount of a mint's smallest units is worth, at most what 64 bits
/// hold; 0 for a mint without a worth, for which no sum is shown.
pub fn dollar_micros(worth: &BTreeMap<String, Worth>, mint: &str, amount: u64) -> u64 {
    let micros = worth.get(mint).and_then(|it| it.micros(amount.into()));
    micros.map_or(0, |micros| u64::try_from(micros).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(currency: &str, usd: &str) -> Rate {
        Rate {
            currency: currency.to_owned(),
            from: NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day"),
            usd: usd.parse().expect("a rate"),
        }
    }

    fn whole(units: i64) -> Decimal {
        Decimal::from(units)
    }

    #[test]
    fn a_sum_with_an_amount_that_has_no_rate_is_unknown_and_names_it() {
        let rates = Rates::of([rate("EUR", "1.08")]);
        let amounts = [("EUR", whole(100)), ("JPY", whole(1)), ("USD", whole(5))];
        assert_eq!(rates.total(amounts), None);
        let conversion = rates.conversion(amounts.map(|it| it.0));
        assert!(!conversion.is_complete());
        assert_eq!(conversion.without_rate, BTreeSet::from(["JPY".to_owned()]));
        assert_eq!(conversion.rates, [rate("EUR", "1.08")]);
    }

    #[test]
    fn amounts_become_dollars_by_their_rates() {
        let rates = Rates::of([rate("EUR", "1.08"), rate("USD", "7")]);
        let amounts = [("EUR", whole(100)), ("USD", whole(5))];
        assert_eq!(rates.total(amounts), Some(whole(113)));
        assert_eq!(rates.total([]), Some(Decimal::ZERO));
        let tiny = Rates::of([rate("x", "0.000000000001")]);
        assert_eq!(tiny.total([("x", whole(1_500))]), Some(Decimal::new(2, 9)));
    }

    #[test]
    fn smallest_units_become_millionths_once_rounded() {
        let worth = |decimals, usd: &str| Worth {
            decimals,
            usd: usd.parse().expect("a rate"),
        };
        assert_eq!(worth(6, "1").micros(1_234_567), Some(1_234_567));
        assert_eq!(worth(9, "150.5").micros(2_000_000_000), Some(301_000_000));
        assert_eq!(worth(9, "1").micros(1_500), Some(2));
        assert_eq!(worth(9, "1").micros(2_500), Some(2));
        assert_eq!(worth(0, "999999999").micros(u128::MAX), None);
    }
}
