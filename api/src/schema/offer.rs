//! Offers.

use super::{
    parts::{With, amount_above_0, choice, factor, list, object, this, this_as, whole},
    price_book::name,
    stand_ins,
};
use crate::wire::{Key, Moment, OfferCode};
use serde_json::json;
use tessera_domain::pricing::{MAX_MINT_DECIMALS, MAX_STOCK};
use utoipa::openapi::OneOfBuilder;

stand_ins! {
    /// [`tessera_domain::pricing::Offer`].
    Offer(OfferUrgency, OfferReduction) {
        object("A reduction for a limited time or for a limited number of customers.")
            .must("code", OfferCode::schema())
            .must("urgency", this::<OfferUrgency>())
            .must("reduction", this::<OfferReduction>())
            .must("segments", list(
                "Segments of the price book that it is for.",
                name("A segment.", "individual"),
                1..=usize::MAX,
            ))
            .examples([json!({
                "code": "EARLY-100",
                "urgency": { "kind": "early_bird", "until": "2026-02-28T00:00:00Z", "first_n": 100 },
                "reduction": { "kind": "factor", "factor": "0.8" },
                "segments": ["individual"]
            })])
    }

    /// [`tessera_domain::pricing::Urgency`].
    OfferUrgency(Moment) {
        let kind = |name: &str, about: &str| object(about).must("kind", choice("The kind.", [name]));
        let end = || this_as::<Moment>("When it is over, at most 366 days from now.");
        let stock = || whole("How many may take it.", 1..=MAX_STOCK, 100);
        OneOfBuilder::new()
            .description(Some("What makes an offer end."))
            .item(kind("limited_time", "A moment.").must("expires_at", end()))
            .item(kind("capacity_limited", "A number of customers.").must("stock", stock()))
            .item(kind("early_bird", "A moment or a number of customers, whichever comes first.")
                .must("until", end())
                .must("first_n", stock()))
            .examples([json!({
                "kind": "early_bird", "until": "2026-02-28T00:00:00Z", "first_n": 100
            })])
    }

    /// [`tessera_domain::pricing::Reduction`].
    OfferReduction(Key) {
        let kind = |name: &str, about: &str| object(about).must("kind", choice("The kind.", [name]));
        OneOfBuilder::new()
            .description(Some("The reduction of the price."))
            .item(kind("factor", "The price is multiplied.")
                .must("factor", factor("By this, above 0 and at most 1.", "0.8")))
            .item(kind("amount_off", "An amount is subtracted.")
                .must("amount", amount_above_0("In tokens for a month, above 0.", MAX_MINT_DECIMALS.into(), "10"))
                .must("mint", this_as::<Key>("The price book's mint.")))
            .examples([json!({ "kind": "factor", "factor": "0.8" })])
    }
}
