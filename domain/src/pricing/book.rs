//! Price books: versioned prices and discounts.

use super::charge::ChargeModel;
use super::decimal_text;
use super::eligibility::Condition;
use super::exact::{MAX_MINT_DECIMALS, check_amount, check_factor, prorate};
use crate::billing_period::BillingPeriod;
use crate::refusal::Refusal;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most segments of a book.
pub const MAX_SEGMENTS: usize = 64;
/// Most prices of a segment for periods of their own.
pub const MAX_PRICES: usize = 16;
/// Most discounts of a segment.
pub const MAX_DISCOUNTS: usize = 8;
/// Most conditions of a discount.
pub const MAX_CONDITIONS: usize = 8;
const MAX_NAME_BYTES: usize = 64;
/// Most decimals that the factors of a segment have together. With a mint's 9, an offer's 4 and the
/// 28 digits of a decimal, every list price up to 10 million tokens has an exact price.
const MAX_DECIMALS_OF_FACTORS: u32 = 8;

/// The currency of prices: a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Currency {
    /// Address of the token's mint, base58.
    pub mint: String,
    /// Decimals of the mint: a token is `10^decimals` units.
    pub decimals: u8,
}

/// A version of all prices. A published version never changes: a change is another version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceBook {
    /// Number of the version, from 1.
    pub version: u32,
    /// Currency of every amount inside.
    pub currency: Currency,
    /// Kinds of customers, by name.
    pub segments: BTreeMap<String, Segment>,
    /// How discounts combine.
    pub stacking: Stacking,
}

/// The prices of one kind of customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// The unit of sale: `seat`, `desk`, `site`.
    pub unit: String,
    /// List price of a unit for a month, in tokens, from which that of any other period follows. Without
    /// it, nothing is sold for a period that `prices` does not name.
    #[serde(
        default,
        with = "decimal_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub base: Option<Decimal>,
    /// List prices of a unit for other periods, where they are not the month's in proportion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<PeriodPrice>,
    /// Charged for a month's usage on top of the base price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<ChargeModel>,
    /// Discounts, by name.
    #[serde(default)]
    pub discounts: BTreeMap<String, Discount>,
}

/// The list price of a unit for a period, which no other period's follows from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodPrice {
    /// The period: exactly that of a plan.
    pub period: BillingPeriod,
    /// The price in tokens.
    #[serde(with = "decimal_text")]
    pub base: Decimal,
}

/// A lower price for those who are eligible.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discount {
    /// What the price is multiplied by: 0.85 takes 15% off.
    #[serde(with = "decimal_text")]
    pub factor: Decimal,
    /// Conditions, one of which must hold.
    pub when_any: Vec<Condition>,
}

/// How discounts combine, and the lowest price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stacking {
    /// Names of all discounts of the book, first applied first. An offer comes after them.
    pub order: Vec<String>,
    /// Whether reductions are combined.
    pub mode: StackingMode,
    /// Lowest price as a share of the list price.
    #[serde(with = "decimal_text")]
    pub floor_factor: Decimal,
    /// Lowest price for a month in tokens, where there is one; that of another period is in
    /// proportion.
    #[serde(
        default,
        with = "decimal_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub floor_amount: Option<Decimal>,
}

/// Whether reductions are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StackingMode {
    /// Each reduction applies to the price that the one before left.
    Multiply,
    /// Only the reduction with the lowest price applies; of equals, the first.
    BestOnly,
}

impl Currency {
    /// Refuses `other` unless it is this currency.
    pub(super) fn check_same(&self, field: &str, other: &Self) -> Result<(), Refusal> {
        if self == other {
            Ok(())
        } else {
            Err(self.mix(field))
        }
    }

    /// The refusal of a field whose currency is not this one, the price book's.
    pub(super) fn mix(&self, field: &str) -> Refusal {
        let Self { mint, decimals } = self;
        let rule =
            format!("must be in the price book's currency, mint {mint} with {decimals} decimals");
        Refusal::new(field, rule)
    }

    fn validate(&self) -> Result<(), Refusal> {
        check_mint(&self.mint).map_err(|rule| Refusal::new("currency.mint", rule))?;
        Refusal::unless_number("currency.decimals", self.decimals, 0..=MAX_MINT_DECIMALS)
    }
}

/// The rule that `mint` breaks as an address: 32 bytes are 32 to 44 digits of base58.
pub(super) fn check_mint(mint: &str) -> Result<(), &'static str> {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte);
    if (32..=44).contains(&mint.len()) && mint.bytes().all(is_digit) {
        Ok(())
    } else {
        Err("must be a base58 address")
    }
}

impl PriceBook {
    /// Refuses a book that could give a wrong price or none. [`super::price`] calls it each time.
    pub fn validate(&self) -> Result<(), Refusal> {
        if self.version == 0 {
            return Err(Refusal::new("version", "must be at least 1"));
        }
        self.currency.validate()?;
        Refusal::unless_count(
            "segments",
            self.segments.len(),
            1..=MAX_SEGMENTS,
            "segments",
        )?;
        for (name, segment) in &self.segments {
            check_name(name).map_err(|rule| Refusal::new("segments", rule))?;
            segment
                .validate(self.currency.decimals)
                .map_err(|refusal| refusal.within(&format!("segments.{name}")))?;
        }
        self.check_order()?;
        check_factor(self.stacking.floor_factor)
            .map_err(|rule| Refusal::new("stacking.floor_factor", rule))?;
        self.stacking.floor_amount.map_or(Ok(()), |floor| {
            self.check_floor_amount(floor)
                .map_err(|rule| Refusal::new("stacking.floor_amount", rule))
        })
    }

    /// What the name of a segment must be.
    pub(super) fn segment_rule(&self) -> String {
        let known: Vec<&str> = self.segments.keys().map(String::as_str).collect();
        format!("must be a segment of the book: {}", known.join(", "))
    }

    fn check_order(&self) -> Result<(), Refusal> {
        let refused = |rule| Err(Refusal::new("stacking.order", rule));
        let mut listed = BTreeSet::new();
        for name in &self.stacking.order {
            if !listed.insert(name) {
                return refused(format!("must name {name} once"));
            }
        }
        let mut unplaced = listed.clone();
        for name in self.segments.values().flat_map(|it| it.discounts.keys()) {
            if !listed.contains(name) {
                return refused(format!("must name {name}"));
            }
            unplaced.remove(name);
        }
        match unplaced.first() {
            Some(name) => refused(format!("must not name {name}, which no segment has")),
            None => Ok(()),
        }
    }

    fn check_floor_amount(&self, floor: Decimal) -> Result<(), String> {
        check_amount(floor, self.currency.decimals.into())?;
        let reaches = |(period, base): (BillingPeriod, Decimal)| {
            self.floor_of(floor, period).is_some_and(|it| it <= base)
        };
        if self.segments.values().flat_map(Segment::bases).all(reaches) {
            Ok(())
        } else {
            Err(
                "must be at most the base price of every segment, in proportion for `prices`"
                    .to_owned(),
            )
        }
    }

    /// The lowest price for a period, of that for a month, rounded up to whole units.
    pub(super) fn floor_of(&self, monthly: Decimal, period: BillingPeriod) -> Option<Decimal> {
        let up = RoundingStrategy::ToPositiveInfinity;
        prorate(monthly, period.in_months(), self.currency.decimals, up)
    }
}

impl Segment {
    /// The list price of a unit for exactly this period; none when it follows from the month's.
    pub(super) fn base_of(&self, period: BillingPeriod) -> Option<Decimal> {
        self.bases()
            .find(|(stated, _)| *stated == period)
            .map(|(_, base)| base)
    }

    /// The periods that it states prices for.
    fn bases(&self) -> impl Iterator<Item = (BillingPeriod, Decimal)> {
        let month = self.base.map(|base| (BillingPeriod::MONTH, base));
        let others = self.prices.iter().map(|price| (price.period, price.base));
        month.into_iter().chain(others)
    }

    fn validate(&self, decimals: u8) -> Result<(), Refusal> {
        check_name(&self.unit).map_err(|rule| Refusal::new("unit", rule))?;
        self.check_bases(decimals)?;
        if let Some(charge) = &self.charge {
            charge.validate().map_err(|it| it.within("charge"))?;
        }
        let discounts = self.discounts.len();
        Refusal::unless_count("discounts", discounts, 0..=MAX_DISCOUNTS, "discounts")?;
        for (name, discount) in &self.discounts {
            check_name(name).map_err(|rule| Refusal::new("discounts", rule))?;
            discount
                .validate()
                .map_err(|refusal| refusal.within(&format!("discounts.{name}")))?;
        }
        let factors = self.discounts.values().map(|it| it.factor.normalize());
        if factors.map(|factor| factor.scale()).sum::<u32>() > MAX_DECIMALS_OF_FACTORS {
            let rule = format!(
                "must have factors with at most {MAX_DECIMALS_OF_FACTORS} decimals together"
            );
            return Err(Refusal::new("discounts", rule));
        }
        Ok(())
    }

    fn check_bases(&self, decimals: u8) -> Result<(), Refusal> {
        let check = |base: Decimal| {
            check_amount(base, decimals.into())?;
            if base.is_zero() && self.charge.is_none() {
                return Err("must be above 0 without a charge model".to_owned());
            }
            Ok(())
        };
        match self.base {
            Some(base) => check(base).map_err(|rule| Refusal::new("base", rule))?,
            None if self.prices.is_empty() => {
                let rule = "must be there where there are no prices";
                return Err(Refusal::new("base", rule));
            }
            None => {}
        }
        Refusal::unless_count("prices", self.prices.len(), 0..=MAX_PRICES, "prices")?;
        for (index, price) in self.prices.iter().enumerate() {
            let field = |name: &str| format!("prices[{index}].{name}");
            if price.period == BillingPeriod::MONTH {
                let rule = "must be another one than a month, whose price is base";
                return Err(Refusal::new(field("period"), rule));
            }
            let earlier = self.prices.iter().take(index);
            if earlier.into_iter().any(|it| it.period == price.period) {
                return Err(Refusal::new(field("period"), "must be there once"));
            }
            check(price.base).map_err(|rule| Refusal::new(field("base"), rule))?;
        }
        Ok(())
    }
}

impl Discount {
    fn validate(&self) -> Result<(), Refusal> {
        check_factor(self.factor).map_err(|rule| Refusal::new("factor", rule))?;
        let conditions = self.when_any.len();
        Refusal::unless_count("when_any", conditions, 1..=MAX_CONDITIONS, "conditions")?;
        match self.when_any.iter().position(|it| !it.excludes_somebody()) {
            Some(index) => {
                let rule = "must be a condition that not everybody meets";
                Err(Refusal::new(format!("when_any[{index}]"), rule))
            }
            None => Ok(()),
        }
    }
}

/// The rule that `name` breaks as a name in `snake_case`.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_plain) {
        Ok(())
    } else {
        Err(format!(
            "must be named in snake_case, with 1 to {MAX_NAME_BYTES} characters"
        ))
    }
}
