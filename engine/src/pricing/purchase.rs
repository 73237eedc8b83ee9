//! What a purchase costs: the same for a quote, which binds, and for an estimate, which does not.

use crate::Result;
use tessera_domain::{
    pricing::{OfferClaim, PriceBook, PriceBreakdown, PricingContext, Reason, price},
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::pricing::offer::OfferRow;

/// The price of a purchase under `book`, with the offer that is `claimed`. `period_field` is the
/// request's field that the period comes from.
pub(super) fn priced(
    book: &PriceBook,
    segment: &str,
    context: &PricingContext,
    claimed: Option<&OfferRow>,
    now: Timestamp,
    period_field: &str,
) -> Result<PriceBreakdown> {
    let claim = claimed.map(|row| OfferClaim {
        offer: &row.offer,
        taken: row.taken,
    });
    let breakdown = price(book, segment, context, claim, now);
    Ok(breakdown.map_err(|refusal| of_request(refusal, period_field))?)
}

/// The refusal by the request's own fields: those of the context are its fields, and the currency
/// is that of its plan.
fn of_request(refusal: Refusal, period_field: &str) -> Refusal {
    let field = match refusal.field.strip_prefix("context.") {
        Some("currency") => "plan".to_owned(),
        Some("period") => period_field.to_owned(),
        Some(field) => field.to_owned(),
        None => refusal.field,
    };
    Refusal { field, ..refusal }
}

/// The code of the offer whose reduction is in the price: one that another reduction beats is not.
pub fn offer_inside(breakdown: &PriceBreakdown) -> Option<String> {
    breakdown
        .steps
        .iter()
        .find(|step| matches!(step.reason, Reason::Offer { .. }))
        .map(|step| step.name.clone())
}
