//! Offers: urgency that is true, because a clock or a stock ends it.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, CursorKey, List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Listing, Moment, OfferCode},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::pricing::{MAX_OFFER_CODE_BYTES, Offer, is_offer_code};
use tessera_engine::pricing::offers;
use tessera_store::{
    pricing::offer::{self, OfferRow},
    read::Page,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, publish))
        .routes(routes!(get, withdraw))
}

parameters! {
    struct OfferFilters {}
}

impl Listed for OfferFilters {
    const RESOURCE: &'static str = "offers";
    type Key = Code;
}

#[derive(Clone, Copy)]
pub(crate) struct Code {
    bytes: [u8; MAX_OFFER_CODE_BYTES],
    len: usize,
}

impl Code {
    fn of(text: &str) -> Option<Self> {
        let len = text.len();
        let mut bytes = [0; MAX_OFFER_CODE_BYTES];
        bytes.get_mut(..len)?.copy_from_slice(text.as_bytes());
        is_offer_code(text).then_some(Self { bytes, len })
    }

    fn as_str(&self) -> &str {
        // Only text is ever put in.
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl CursorKey for Code {
    const PATTERN: &'static str = "(3[0-9]|4[1-9a-f]|5[0-9af]|2d){1,32}";
    const EXAMPLE: &'static str = "4541524c592d313030";

    fn to_bytes(&self) -> Vec<u8> {
        self.as_str().as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::of(std::str::from_utf8(bytes).ok()?)
    }
}

/// An offer to publish.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = schema::Offer)]
struct NewOffer(Offer);

/// An offer.
#[derive(Serialize, ToSchema)]
struct OfferBody {
    /// The code that customers type.
    #[schema(example = "EARLY-100")]
    code: String,
    /// What makes it end, what it takes off, and for which segments.
    #[schema(value_type = schema::Offer)]
    offer: Offer,
    /// How many customers hold it: by a quote that was used on chain or still can be, or that was
    /// accepted where no chain settles it.
    #[schema(example = 42)]
    taken: u64,
    /// How many more can have it now; null without a stock.
    #[schema(required, example = 58)]
    left: Option<u64>,
    /// The first moment at which it can no longer be had; null when only its stock ends it.
    #[schema(required)]
    ends_at: Option<Moment>,
    /// The API key or wallet that published it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was published.
    published_at: Moment,
    /// When it was withdrawn; no quote issued since can have it. Null while it has not been.
    #[schema(required)]
    withdrawn_at: Option<Moment>,
}

impl From<OfferRow> for OfferBody {
    fn from(row: OfferRow) -> Self {
        let stock = row.offer.urgency.stock();
        Self {
            code: row.offer.code.clone(),
            taken: row.taken,
            left: stock.map(|stock| stock.saturating_sub(row.taken)),
            ends_at: row.offer.urgency.ends_at().map(Into::into),
            offer: row.offer,
            created_by: row.created_by,
            published_at: row.published_at.into(),
            withdrawn_at: row.withdrawn_at.map(Into::into),
        }
    }
}

/// List offers.
///
/// By code, a page at a time, withdrawn and ended ones too.
#[utoipa::path(get, operation_id = "list_offers", path = "/v1/offers", tag = "pricing", security(("bearer" = [])),
    params(OfferFilters, Paging<OfferFilters>),
    responses((status = 200, description = "A page of offers.", body = Listing<OfferBody>), EngineRefusals))]
async fn list(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    list: List<OfferFilters>,
) -> Result<Json<Listing<OfferBody>>, Error> {
    let Page { after, limit } = list.page();
    let after = after.as_ref().map(Code::as_str);
    let rows = offer::list(&mut reader, Page { after, limit }, api.now().into()).await?;
    let rows = rows
        .into_iter()
        .map(|row| {
            Ok((
                Code::of(&row.offer.code).ok_or(Error::internal("offer"))?,
                row,
            ))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    list.answer(rows, |(code, _)| *code, |(_, row)| Ok(row.into()))
}

/// Publish an offer.
///
/// It must have a real end: a moment within 366 days, a number of customers, or both. A code is
/// never reused. It is kept in capitals and without blanks; customers may type it in any case, with
/// blanks, without `-` and `_`, and with O for 0 or I or l for 1, as long as one code reads like it.
#[utoipa::path(post, operation_id = "publish_offer", path = "/v1/offers", tag = "pricing", security(("bearer" = [])),
    request_body = NewOffer,
    responses((status = 201, description = "The offer.", body = OfferBody), EngineRefusals))]
async fn publish(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    Body(NewOffer(new)): Body<NewOffer>,
) -> Result<(StatusCode, Json<OfferBody>), Error> {
    let (caller, conn) = writer.parts();
    let published = offers::publish(conn, caller, api.now(), new).await?;
    Ok((StatusCode::CREATED, Json(published.into())))
}

/// Get an offer.
#[utoipa::path(get, operation_id = "get_offer", path = "/v1/offers/{code}", tag = "pricing", security(("bearer" = [])),
    params(("code" = inline(OfferCode), Path, description = "The offer's code, as it was typed.")),
    responses((status = 200, description = "The offer.", body = OfferBody), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(OfferCode(code)): PathParam<OfferCode>,
) -> Result<Hashed<OfferBody>, Error> {
    let row = offers::get(&mut reader, api.now(), &code).await?;
    Ok(Hashed(row.into()))
}

/// Withdraw an offer.
///
/// No new quote can include it. Quotes that already include it keep their price, which is signed.
#[utoipa::path(delete, operation_id = "withdraw_offer", path = "/v1/offers/{code}", tag = "pricing", security(("bearer" = [])),
    params(("code" = inline(OfferCode), Path, description = "The offer's code, as it was typed.")),
    responses((status = 204, description = "The offer is withdrawn."), EngineItemRefusals))]
async fn withdraw(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    PathParam(OfferCode(code)): PathParam<OfferCode>,
) -> Result<StatusCode, Error> {
    offers::withdraw(&mut writer, api.now(), &code).await?;
    Ok(StatusCode::NO_CONTENT)
}
