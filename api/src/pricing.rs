//! What the routes of prices share: the book in force, claims on offers, and refusals by field.

use crate::{error::Error, extract::Checks};
use tessera_domain::{
    pricing::{
        Offer, OfferClaim, PriceBook, PriceBreakdown, PricingContext, Reason, Reduction, price,
    },
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    pricing::{offer::OfferRow, price_book},
};

/// The refusal of a purchase. Fields of the context are the request's own, whose currency is that of
/// its plan.
fn refused(refusal: Refusal) -> Error {
    let field = match refusal.field.strip_prefix("context.") {
        Some("currency") => "plan".to_owned(),
        Some(field) => field.to_owned(),
        None => refusal.field,
    };
    Refusal { field, ..refusal }.into()
}

/// The price book in force.
pub(crate) async fn book_in_force(conn: &mut PgConnection) -> Result<PriceBook, Error> {
    price_book::published(conn)
        .await?
        .ok_or_else(|| Error::conflict("no price book is published yet".to_owned()))
}

/// The offer of a code that a customer typed, unless there is none that can be had.
pub(crate) fn to_be_had(found: Option<OfferRow>) -> Result<OfferRow, Error> {
    found
        .filter(|row| row.withdrawn_at.is_none())
        .ok_or_else(no_offer)
}

/// The refusal of a code that is no offer's.
pub(crate) fn no_offer() -> Error {
    Error::refused("offer", "the code of an offer that can be had")
}

/// The price of a purchase under `book`, with the offer of `claimed`.
pub(crate) fn priced(
    book: &PriceBook,
    segment: &str,
    context: &PricingContext,
    claimed: Option<&OfferRow>,
    now: Timestamp,
) -> Result<PriceBreakdown, Error> {
    let claim = claimed.map(|row| OfferClaim {
        offer: &row.offer,
        taken: row.taken,
    });
    price(book, segment, context, claim, now).map_err(refused)
}

/// The code of the offer whose reduction is in the price: one that another reduction beats is not.
pub(crate) fn offer_inside(breakdown: &PriceBreakdown) -> Option<String> {
    breakdown
        .steps
        .iter()
        .find(|step| step.reason == Reason::Offer)
        .map(|step| step.name.clone())
}

/// Refuses an offer that could not be had under `book`, though it obeys its own rules.
pub(crate) fn check_offer(book: &PriceBook, offer: &Offer) -> Result<(), Error> {
    let mut checks = Checks::default();
    let known = |segment| book.segments.contains_key(segment);
    checks.that(
        "segments",
        "segments of the price book in force",
        offer.segments.iter().all(known),
    );
    if let Reduction::AmountOff { mint, .. } = &offer.reduction {
        checks.that(
            "reduction.mint",
            "the mint of the price book in force",
            *mint == book.currency.mint,
        );
    }
    checks.finish()
}
