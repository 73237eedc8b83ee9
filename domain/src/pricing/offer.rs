//! Offers with urgency, which has to be real: an end in time or a limited stock.
//!
//! A countdown that restarts and scarcity without a number are unfair practices (no. 7 of annex I
//! of directive 2005/29/EC), so an offer without a real end cannot be expressed.

mod read;

use super::book::{check_mint, check_name};
use super::decimal_text;
use super::exact::{MAX_MINT_DECIMALS, check_amount, check_factor};
use crate::refusal::Refusal;
use crate::time::{MICROS_PER_DAY, MICROS_PER_SEC, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use thiserror::Error;

/// Longest time from publishing to the end, seconds; a longer one is no urgency.
const MAX_OFFER_SECS: i64 = 366 * (MICROS_PER_DAY / MICROS_PER_SEC);
/// Largest stock; a larger one is no scarcity.
pub const MAX_STOCK: u64 = 1_000_000;
/// Longest code of an offer.
pub const MAX_OFFER_CODE_BYTES: usize = 32;

/// A reduction for a limited time or for a limited number of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// What the customer types, in its canonical form: capitals, digits, `-` and `_`.
    pub code: String,
    /// What makes it end.
    pub urgency: Urgency,
    /// The reduction of the price.
    pub reduction: Reduction,
    /// Segments that it is for.
    pub segments: BTreeSet<String>,
}

/// What makes an offer end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Urgency {
    /// Ends at a moment.
    LimitedTime {
        /// The first moment at which it is over.
        expires_at: Timestamp,
    },
    /// Ends when this many customers have taken it.
    CapacityLimited {
        /// How many may take it.
        stock: u64,
    },
    /// Ends at a moment or after a number of customers, whichever comes first.
    EarlyBird {
        /// The first moment at which it is over.
        until: Timestamp,
        /// How many may take it.
        first_n: u64,
    },
}

/// The reduction of an offer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reduction {
    /// The price is multiplied.
    Factor {
        /// What the price is multiplied by: 0.85 takes 15% off.
        #[serde(serialize_with = "decimal_text::serialize")]
        factor: Decimal,
    },
    /// An amount is subtracted from a month's price, and in proportion from that of another period.
    AmountOff {
        /// Amount in tokens for a month.
        #[serde(serialize_with = "decimal_text::serialize")]
        amount: Decimal,
        /// Mint of these tokens.
        mint: String,
    },
}

/// An offer that a customer claims.
#[derive(Debug, Clone, Copy)]
pub struct OfferClaim<'a> {
    /// The offer.
    pub offer: &'a Offer,
    /// How many customers have taken it before.
    pub taken: u64,
}

/// Why an offer cannot be claimed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OfferRefusal {
    /// It has ended.
    #[error("must be claimed before {0}, when it ends")]
    Expired(Timestamp),
    /// All places are taken.
    #[error("must not be taken more than {0} times, and has been")]
    SoldOut(u64),
    /// It is for other segments.
    #[error("must be claimed in one of its segments, which {0} is not")]
    OtherSegment(String),
}

impl OfferRefusal {
    /// The kind of refusal, for programs; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Expired(_) => "offer_ended",
            Self::SoldOut(_) => "sold_out",
            Self::OtherSegment(_) => "other_segment",
        }
    }
}

impl From<OfferRefusal> for Refusal {
    fn from(refusal: OfferRefusal) -> Self {
        Self::coded(refusal.code(), "offer", refusal.to_string())
    }
}

impl Urgency {
    /// The moment from which the offer is over; none when only a number ends it.
    pub fn ends_at(self) -> Option<Timestamp> {
        match self {
            Self::LimitedTime { expires_at: end } | Self::EarlyBird { until: end, .. } => Some(end),
            Self::CapacityLimited { .. } => None,
        }
    }

    /// How many customers may take the offer; none when only a moment ends it.
    pub fn stock(self) -> Option<u64> {
        match self {
            Self::CapacityLimited { stock } | Self::EarlyBird { first_n: stock, .. } => Some(stock),
            Self::LimitedTime { .. } => None,
        }
    }

    fn field_names(self) -> (&'static str, &'static str) {
        match self {
            Self::EarlyBird { .. } => ("urgency.until", "urgency.first_n"),
            _ => ("urgency.expires_at", "urgency.stock"),
        }
    }
}

impl Offer {
    /// Refuses to publish at `now` an offer that breaks a rule or whose urgency is not real.
    pub fn validate(&self, now: Timestamp) -> Result<(), Refusal> {
        self.check_terms()?;
        let (end_field, stock_field) = self.urgency.field_names();
        if let Some(end) = self.urgency.ends_at() {
            if end <= now {
                return Err(Refusal::new(end_field, "must be in the future"));
            }
            if end > now.plus_secs(MAX_OFFER_SECS) {
                let rule = "must be at most 366 days away to be a real end";
                return Err(Refusal::new(end_field, rule));
            }
        }
        if let Some(stock) = self.urgency.stock()
            && !(1..=MAX_STOCK).contains(&stock)
        {
            let rule = format!("must be from 1 to {MAX_STOCK} to be a real stock");
            return Err(Refusal::new(stock_field, rule));
        }
        Ok(())
    }

    /// Refuses a claim at `now` when `taken` customers have taken the offer before.
    pub fn available(&self, now: Timestamp, taken: u64) -> Result<(), OfferRefusal> {
        if let Some(end) = self.urgency.ends_at()
            && now >= end
        {
            return Err(OfferRefusal::Expired(end));
        }
        if let Some(stock) = self.urgency.stock()
            && taken >= stock
        {
            return Err(OfferRefusal::SoldOut(stock));
        }
        Ok(())
    }

    /// Checks the rules of an offer that do not depend on time.
    pub(super) fn check_terms(&self) -> Result<(), Refusal> {
        if !is_offer_code(&self.code) {
            let rule = format!("must be 1 to {MAX_OFFER_CODE_BYTES} capitals, digits, - or _");
            return Err(Refusal::new("code", rule));
        }
        if self.segments.is_empty() {
            return Err(Refusal::new("segments", "must have at least one segment"));
        }
        for segment in &self.segments {
            check_name(segment).map_err(|rule| Refusal::new("segments", rule))?;
        }
        match &self.reduction {
            Reduction::Factor { factor } => {
                check_factor(*factor).map_err(|rule| Refusal::new("reduction.factor", rule))
            }
            Reduction::AmountOff { amount, mint } => {
                check_mint(mint).map_err(|rule| Refusal::new("reduction.mint", rule))?;
                check_amount(*amount, MAX_MINT_DECIMALS.into())
                    .and_then(|()| positive(*amount))
                    .map_err(|rule| Refusal::new("reduction.amount", rule))
            }
        }
    }
}

/// Whether `text` can be an offer's code.
pub fn is_offer_code(text: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    (1..=MAX_OFFER_CODE_BYTES).contains(&text.len()) && text.bytes().all(is_plain)
}

fn positive(amount: Decimal) -> Result<(), String> {
    if amount.is_zero() {
        Err("must be above 0".to_owned())
    } else {
        Ok(())
    }
}
