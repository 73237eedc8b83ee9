//! Quotes: prices that are promised until a deadline, with every step of how they came about.

mod issue;

use crate::{
    auth::{Anyone, Read},
    error::Error,
    extract::{List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Hex, Id, Key, Listing, Moment, Signature, Slug, U64},
};
use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use tessera_client::{
    quote::{Offer, message},
    types::ID,
};
use tessera_domain::{
    experiments::preset::{Preset, ShownArm},
    pricing::PriceBreakdown,
};
use tessera_engine::pricing;
use tessera_store::{
    Key as StoredKey,
    pricing::quote::{self, Quote, QuoteFilter, Signed},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(accept))
        .merge(issue::router())
}

parameters! {
    /// Narrows the list of quotes.
    struct QuoteFilters {
        /// Only quotes for this wallet.
        wallet: Key,
        /// Only quotes for this plan.
        plan: Key,
    }
}

impl Listed for QuoteFilters {
    const RESOURCE: &'static str = "quotes";
    type Key = Uuid;
}

/// A price that is promised until a deadline. It never changes.
#[derive(Serialize, ToSchema)]
pub(super) struct QuoteBody {
    /// The quote's id.
    id: Id,
    /// The price for the plan's period, or for a month without a plan, in tokens.
    #[schema(example = "378.675")]
    price: String,
    /// The price in the smallest unit of the plan's mint; null without a plan.
    #[schema(required)]
    price_units: Option<U64>,
    /// Whether the price depends on who buys; if so, the customer must be informed.
    #[schema(example = true)]
    personalised: bool,
    /// Version of the price book.
    #[schema(example = 1)]
    price_book: u32,
    /// Code of the offer whose reduction is in the price; null when there is none, or a better one.
    #[schema(required, example = "EARLY-100")]
    offer: Option<String>,
    /// The only wallet that can use it; null when it is not tied to one.
    #[schema(required)]
    wallet: Option<Key>,
    /// The plan that it is for; null when it is not tied to one.
    #[schema(required)]
    plan: Option<Key>,
    /// How the price came about.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({
        "book_version": 1, "segment": "individual",
        "currency": { "mint": "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8", "decimals": 6 },
        "quantity": 1, "period": { "months": 1 }, "list": "99", "price": "89.1",
        "personalised": true,
        "steps": [
            { "name": "base", "operation": { "kind": "add", "amount": "99" }, "before": "0",
                "after": "99", "reason": { "kind": "base", "unit": "seat",
                    "period": { "months": 1 }, "base": "99" } },
            { "name": "loyalty_discount", "operation": { "kind": "multiply", "factor": "0.9" },
                "before": "99", "after": "89.1",
                "reason": { "kind": "discount", "condition": { "loyalty_tier_at_least": 1 } } }
        ]
    }))]
    breakdown: PriceBreakdown,
    /// The arms of experiments that this wallet sees with it, as they were when it was given: prices do not
    /// depend on them. Empty for a wallet that is held out, or takes no part.
    arms: Vec<QuoteArm>,
    /// The last moment at which it is valid, in whole seconds; by the network's clock when it is
    /// signed.
    expires_at: Moment,
    /// What the quote authority signed, for the chain; null without a wallet and a plan.
    #[schema(required)]
    signed: Option<SignedQuote>,
    /// The API key or wallet that asked for it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was issued.
    created_at: Moment,
    /// When it was accepted here; null before.
    #[schema(required)]
    accepted_at: Option<Moment>,
}

/// An arm that a quote is shown with. It stays with the quote, whatever becomes of the experiment.
#[derive(Serialize, ToSchema)]
struct QuoteArm {
    /// The experiment's key.
    #[schema(value_type = Slug)]
    experiment: String,
    /// The number of the phase; of an experiment that is decided, the one that it was decided after.
    #[schema(example = 1)]
    phase: i32,
    /// The arm's key: the one that the wallet keeps, or that was decided for.
    #[schema(value_type = Slug)]
    arm: String,
    /// What kind of test it is.
    #[schema(value_type = schema::PresetName)]
    preset: Preset,
    /// What to show. Urgency also has what ends its offer: `ends_at`, `places_left` as it was then, without
    /// a place of this wallet's own. Where the offer was over, withdrawn, taken up or not for the
    /// quote's segment, `tactic` is `none`, whatever the arm: urgency is shown of what can be had.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "tactic": "early_bird", "offer": "EARLY-100",
        "ends_at": "2026-12-31T00:00:00Z", "places_left": 58 }))]
    value: Value,
}

impl From<ShownArm> for QuoteArm {
    fn from(shown: ShownArm) -> Self {
        Self {
            experiment: shown.experiment,
            phase: shown.phase,
            arm: shown.arm,
            preset: shown.preset,
            value: shown.value,
        }
    }
}

/// What the quote authority signed, field by field, for those who build their own transaction. The
/// message is the SHA-256 of the fields as the program lays them out.
#[derive(Serialize, ToSchema)]
struct SignedQuote {
    /// The Org's cluster tag.
    #[schema(example = "e3b0c44298fc1c14")]
    cluster_tag: Hex,
    /// The Tessera program.
    program: Key,
    /// The Org.
    org: Key,
    /// The plan.
    plan: Key,
    /// The only wallet that can use it.
    wallet: Key,
    /// Price of a period, in the mint's smallest unit.
    price: U64,
    /// Void after this time, Unix seconds.
    #[schema(example = 1_767_226_500)]
    deadline: i64,
    /// Greater than that of every earlier quote for this plan and wallet. A quote can be used once,
    /// and not after a later one was used.
    nonce: U64,
    /// Most later periods that may be approved at this price.
    #[schema(example = 12)]
    most_periods: u32,
    /// The bytes that were signed.
    message: Hex,
    /// The Org's quote authority.
    signer: Key,
    /// Ed25519, over `message`.
    signature: Signature,
}

impl SignedQuote {
    fn new(offer: &Offer, signed: &Signed) -> Self {
        Self {
            cluster_tag: Hex(offer.cluster_tag.to_vec()),
            program: ID.into(),
            org: offer.org.into(),
            plan: offer.plan.into(),
            wallet: offer.wallet.into(),
            price: U64(offer.price),
            deadline: offer.deadline,
            nonce: U64(offer.nonce),
            most_periods: offer.most_periods,
            message: Hex(message(&(*offer).into()).to_vec()),
            signer: signed.signer.into(),
            signature: Signature(signed.signature),
        }
    }
}

impl QuoteBody {
    fn new(quote: Quote, org: StoredKey) -> Self {
        let signed = match (quote.signed, quote.plan, quote.wallet, quote.price_units) {
            (Some(signed), Some(plan), Some(wallet), Some(price)) => {
                let offer = Offer {
                    cluster_tag: signed.cluster_tag,
                    org: org.0.into(),
                    plan: plan.0.into(),
                    wallet: wallet.0.into(),
                    price: price.0,
                    deadline: quote.deadline.timestamp(),
                    nonce: signed.nonce,
                    most_periods: signed.most_periods,
                };
                Some(SignedQuote::new(&offer, &signed))
            }
            _ => None,
        };
        Self {
            id: quote.id.into(),
            price: quote.breakdown.price.to_string(),
            price_units: quote.price_units.map(Into::into),
            personalised: quote.breakdown.personalised,
            price_book: quote.breakdown.book_version,
            offer: quote.offer,
            wallet: quote.wallet.map(Into::into),
            plan: quote.plan.map(Into::into),
            breakdown: quote.breakdown,
            arms: quote.arms.into_iter().map(Into::into).collect(),
            expires_at: quote.deadline.into(),
            signed,
            created_by: quote.created_by,
            created_at: quote.created_at.into(),
            accepted_at: quote.accepted_at.map(Into::into),
        }
    }
}

/// List quotes.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_quotes", path = "/v1/quotes", tag = "pricing", security(("bearer" = [])),
    params(QuoteFilters, Paging<QuoteFilters>),
    responses((status = 200, description = "A page of quotes.", body = Listing<QuoteBody>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<QuoteFilters>,
) -> Result<Json<Listing<QuoteBody>>, Error> {
    let filter = QuoteFilter {
        wallet: list.filters.wallet.map(Into::into),
        plan: list.filters.plan.map(Into::into),
    };
    let org = reader.caller.org;
    let rows = quote::list(&mut reader, &filter, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(QuoteBody::new(row, org)))
}

/// Get a quote.
///
/// With every step of its price. Customers can get only their own quotes.
#[utoipa::path(get, operation_id = "get_quote", path = "/v1/quotes/{id}", tag = "pricing", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The quote's id.")),
    responses((status = 200, description = "The quote.", body = QuoteBody), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Anyone>,
    PathParam(id): PathParam<Id>,
) -> Result<Hashed<QuoteBody>, Error> {
    let caller = reader.caller.clone();
    let found = pricing::quote(&mut reader, &caller, id.0).await?;
    Ok(Hashed(QuoteBody::new(found, caller.org)))
}

/// Accept a quote.
///
/// Before its deadline, by the sales team or by the wallet that it is for. A quote that is not
/// signed is not settled on chain; when it contains an offer, only the sales team can accept it.
/// Accepting twice changes nothing. A quote keeps its offer even when that has been withdrawn
/// since.
#[utoipa::path(post, operation_id = "accept_quote", path = "/v1/quotes/{id}/accept", tag = "pricing", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The quote's id.")),
    responses((status = 200, description = "The accepted quote.", body = QuoteBody), EngineItemRefusals))]
async fn accept(
    State(api): State<ApiState>,
    mut writer: Writer<Anyone>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<QuoteBody>, Error> {
    let (caller, conn) = writer.parts();
    let accepted = pricing::accept(&api.engine, conn, caller, api.now(), id.0).await?;
    Ok(Json(QuoteBody::new(accepted, caller.org)))
}
