//! Estimates: what a quote would cost a customer who need not exist. Nothing is stored or promised.

use super::{offers, price_books, purchase::priced};
use crate::Result;
use std::collections::BTreeSet;
use tessera_domain::{
    billing_period::BillingPeriod,
    pricing::{Flag, PriceBreakdown, PricingContext, Usage},
    time::Timestamp,
};
use tessera_store::PgConnection;

/// A purchase to estimate.
#[derive(Debug, Clone)]
pub struct Imagined {
    /// The price book, drafts too; the one in force unless given.
    pub version: Option<i32>,
    /// A segment of the book.
    pub segment: String,
    /// Units bought.
    pub quantity: u64,
    /// What one payment is for.
    pub period: BillingPeriod,
    /// The customer's loyalty tier; 0 is none.
    pub loyalty_tier: u8,
    /// Whole months that the customer has paid.
    pub paid_months: u32,
    /// Other facts about the customer.
    pub flags: BTreeSet<Flag>,
    /// Use of the segment's metered part in a month.
    pub usage: Option<Usage>,
    /// Code of an offer, of which no place is taken.
    pub offer: Option<String>,
}

/// What the purchase would cost.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) of the price book,
/// [`Error::Conflict`](crate::Error::Conflict) when none is in force,
/// [`Error::Refused`](crate::Error::Refused), [`Error::Store`](crate::Error::Store).
pub async fn estimate(
    conn: &mut PgConnection,
    now: Timestamp,
    imagined: Imagined,
) -> Result<PriceBreakdown> {
    let book = price_books::wanted(conn, imagined.version).await?;
    let claimed = match &imagined.offer {
        Some(code) => Some(offers::look_up(conn, code, now).await?),
        None => None,
    };
    let context = PricingContext {
        currency: book.currency.clone(),
        quantity: imagined.quantity,
        period: imagined.period,
        loyalty_tier: imagined.loyalty_tier,
        paid_months: imagined.paid_months,
        flags: imagined.flags,
        usage: imagined.usage,
    };
    let segment = &imagined.segment;
    priced(&book, segment, &context, claimed.as_ref(), now, "period")
}
