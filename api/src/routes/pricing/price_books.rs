//! Price books: drafted, published, and never changed.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Listing, Moment, Version},
};
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use tessera_domain::pricing::{Currency, PriceBook, Segment, Stacking};
use tessera_engine::pricing::price_books;
use tessera_store::rule_set::{self, RuleKind, RuleSet};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, draft))
        .routes(routes!(get))
        .routes(routes!(publish))
}

parameters! {
    struct PriceBookFilters {}
}

impl Listed for PriceBookFilters {
    const RESOURCE: &'static str = "price-books";
    type Key = i64;
}

/// A price book to draft; the organisation gives it the next number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPriceBook {
    /// Currency of every amount: a mint and its decimals.
    #[schema(value_type = schema::PriceCurrency)]
    currency: Currency,
    /// Kinds of customers by name, 1 to 64: the list price of a unit for a month in tokens, `base`,
    /// from which that of a plan of another period follows; `prices` of periods that are not in
    /// proportion; discount factors and who is eligible for them, and a charge model where a month's
    /// usage costs extra. Without `base`, only periods of `prices` are sold.
    #[schema(value_type = schema::PriceSegments)]
    segments: BTreeMap<String, Segment>,
    /// In which order discounts are applied, whether they add up, and the lowest price.
    #[schema(value_type = schema::PriceStacking)]
    stacking: Stacking,
}

/// The number of a draft.
#[derive(Serialize, ToSchema)]
struct Drafted {
    /// The price book's number.
    #[schema(example = 2)]
    version: i32,
}

/// A version of all prices.
#[derive(Serialize, ToSchema)]
struct PriceBookBody {
    /// The price book's number.
    #[schema(example = 1)]
    version: i32,
    /// `draft`, `published` or `retired`; one is published.
    #[schema(example = "published")]
    status: String,
    /// The prices.
    #[schema(value_type = schema::PriceBook)]
    book: Value,
    /// The API key or wallet that drafted it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was drafted.
    created_at: Moment,
    /// When it was last published; null when it never was.
    #[schema(required)]
    published_at: Option<Moment>,
}

impl From<RuleSet> for PriceBookBody {
    fn from(row: RuleSet) -> Self {
        Self {
            version: row.version,
            status: row.status,
            book: row.body,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            published_at: row.published_at.map(Into::into),
        }
    }
}

/// List price books.
///
/// By number, a page at a time.
#[utoipa::path(get, operation_id = "list_price_books", path = "/v1/price-books", tag = "pricing", security(("bearer" = [])),
    params(PriceBookFilters, Paging<PriceBookFilters>),
    responses((status = 200, description = "A page of price books.", body = Listing<PriceBookBody>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<PriceBookFilters>,
) -> Result<Json<Listing<PriceBookBody>>, Error> {
    let rows = rule_set::list(&mut reader, RuleKind::PriceBook, list.page()).await?;
    list.answer(rows, |row| row.version.into(), |row| Ok(row.into()))
}

/// Draft a price book.
///
/// It is checked as a whole: every price that it can give is exact and at least its floor. It is
/// not in force until it is published, and it never changes.
#[utoipa::path(post, operation_id = "draft_price_book", path = "/v1/price-books", tag = "pricing", security(("bearer" = [])),
    request_body = NewPriceBook,
    responses((status = 201, description = "The draft's number.", body = Drafted), EngineRefusals))]
async fn draft(
    mut writer: Writer<Configure>,
    Body(new): Body<NewPriceBook>,
) -> Result<(StatusCode, Json<Drafted>), Error> {
    let book = PriceBook {
        // Replaced by the number that it is stored under.
        version: 1,
        currency: new.currency,
        segments: new.segments,
        stacking: new.stacking,
    };
    let (caller, conn) = writer.parts();
    let version = price_books::draft(conn, caller, &book).await?;
    Ok((StatusCode::CREATED, Json(Drafted { version })))
}

/// Get a price book.
#[utoipa::path(get, operation_id = "get_price_book", path = "/v1/price-books/{version}", tag = "pricing", security(("bearer" = [])),
    params(("version" = i32, Path, minimum = 1, example = 1, description = "The price book's number.")),
    responses((status = 200, description = "The price book.", body = PriceBookBody), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(version): PathParam<Version>,
) -> Result<Hashed<PriceBookBody>, Error> {
    rule_set::get(&mut reader, RuleKind::PriceBook, version.0)
        .await?
        .map(|row| Hashed(row.into()))
        .ok_or_else(|| version.absent("price book"))
}

/// Publish a price book.
///
/// It takes effect immediately and retires the one before it, which can be published again. Quotes
/// that were issued keep their price. Publishing the one in force changes nothing.
#[utoipa::path(post, operation_id = "publish_price_book", path = "/v1/price-books/{version}/publish", tag = "pricing", security(("bearer" = [])),
    params(("version" = i32, Path, minimum = 1, example = 1, description = "The price book's number.")),
    responses((status = 204, description = "The price book is in force."), EngineItemRefusals))]
async fn publish(
    mut writer: Writer<Configure>,
    PathParam(version): PathParam<Version>,
) -> Result<StatusCode, Error> {
    price_books::publish(&mut writer, version.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
