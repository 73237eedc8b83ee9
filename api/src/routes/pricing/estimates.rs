//! Estimates: what a price would be, for a customer who need not exist.

use crate::{
    auth::Read,
    error::Error,
    extract::Body,
    http::unit_of_work::Reader,
    openapi::EngineItemRefusals,
    schema,
    state::ApiState,
    wire::{OfferCode, Version, choice},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tessera_domain::{
    billing_period::BillingPeriod,
    pricing::{Flag, PriceBreakdown, Usage},
};
use tessera_engine::pricing::{self, Imagined, offer_inside};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(estimate))
}

/// A purchase to estimate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEstimate {
    /// Number of the price book, which may be a draft; the one in force, unless given.
    #[schema(value_type = Option<i32>, minimum = 1, example = 2)]
    version: Option<Version>,
    /// A segment of the book.
    #[schema(pattern = "^[a-z0-9_]{1,64}$", example = "individual")]
    segment: String,
    /// Units: 1 to 1,000,000.
    #[schema(minimum = 1, maximum = 1_000_000, example = 5)]
    quantity: u64,
    /// What one payment is for: `{"months": 12}` or `{"secs": 604800}`, as a plan has it; a month, unless
    /// given.
    #[serde(default)]
    #[schema(value_type = schema::BillingPeriod, required = false)]
    period: BillingPeriod,
    /// Loyalty tier of the customer; 0 is none.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 255, default = 0, example = 1)]
    loyalty_tier: u8,
    /// Whole months that the customer has paid.
    #[serde(default)]
    #[schema(value_type = i64, minimum = 0, maximum = 4_294_967_295_i64, default = 0, example = 12)]
    paid_months: u32,
    /// Other facts about the customer: `enterprise_contract`, `hardware_integration`.
    #[serde(default)]
    #[schema(value_type = Vec<choice::Flag>, required = false, example = json!(["enterprise_contract"]))]
    flags: BTreeSet<Flag>,
    /// Use of the segment's metered part in a month: units, or the amount of each transaction.
    #[schema(value_type = Option<schema::Usage>)]
    usage: Option<Usage>,
    /// Code of an offer, as it was typed.
    #[schema(value_type = Option<OfferCode>, inline)]
    offer: Option<String>,
}

/// The estimated price.
#[derive(Serialize, ToSchema)]
struct Estimate {
    /// The price for the period, in tokens.
    #[schema(example = "378.675")]
    price: String,
    /// Whether it depends on who buys.
    #[schema(example = true)]
    personalised: bool,
    /// Code of the offer whose reduction is in the price; null when there is none, or a better one.
    #[schema(required, example = "EARLY-100")]
    offer: Option<String>,
    /// How the price comes about.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({
        "book_version": 1, "segment": "individual",
        "currency": { "mint": "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8", "decimals": 6 },
        "quantity": 5, "period": { "months": 1 }, "list": "495", "price": "420.75",
        "personalised": false,
        "steps": [{ "name": "base", "operation": { "kind": "add", "amount": "495" }, "before": "0",
            "after": "495", "reason": { "kind": "base", "unit": "seat",
                "period": { "months": 1 }, "base": "99" } }]
    }))]
    breakdown: PriceBreakdown,
}

/// Estimate a price.
///
/// Nothing is stored or promised, and no offer is taken. What the price book states for a month is
/// converted to the period, unless the book states a price for it; the breakdown shows how.
#[utoipa::path(post, operation_id = "estimate_price", path = "/v1/pricing/estimate", tag = "pricing", security(("bearer" = [])),
    request_body = NewEstimate,
    responses((status = 200, description = "The price and how it comes about.", body = Estimate), EngineItemRefusals))]
async fn estimate(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    Body(new): Body<NewEstimate>,
) -> Result<Json<Estimate>, Error> {
    let imagined = Imagined {
        version: new.version.map(|version| version.0),
        segment: new.segment,
        quantity: new.quantity,
        period: new.period,
        loyalty_tier: new.loyalty_tier,
        paid_months: new.paid_months,
        flags: new.flags,
        usage: new.usage,
        offer: new.offer,
    };
    let breakdown = pricing::estimate(&mut reader, api.now(), imagined).await?;
    Ok(Json(Estimate {
        price: breakdown.price.to_string(),
        personalised: breakdown.personalised,
        offer: offer_inside(&breakdown),
        breakdown,
    }))
}
