//! Events of visitors. Each item of a batch is answered for itself: what is refused is kept with its
//! reason, and nothing is dropped in silence.

use crate::{
    auth::Capture,
    capture::{Taken, take_in},
    error::Error,
    extract::{parse, raw},
    http::unit_of_work::Writer,
    openapi::EngineRefusals,
    state::ApiState,
};
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Most items of a batch.
const MAX_ITEMS: usize = 1_000;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(one))
        .routes(routes!(batch))
}

/// An event of a visitor.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "items are read one by one, so that a bad one leaves the others alone"
)]
struct CaptureItem {
    /// Made by the sender; the same message is taken once. 1 to 64 printable ASCII characters.
    #[schema(example = "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60")]
    message_id: String,
    /// What happened: a name of the registry, an alias of one, or any other in `snake_case`.
    #[schema(example = "pricing_page_visited")]
    event: String,
    /// When, RFC 3339; when it arrived, unless given.
    #[schema(example = "2026-01-31T12:00:00Z")]
    timestamp: Option<String>,
    /// The sender's id for a visitor. This or `user_id` or both.
    #[schema(example = "visitor-7f3a")]
    anonymous_id: Option<String>,
    /// The organisation's id for a user.
    #[schema(example = "user-42")]
    user_id: Option<String>,
    /// Particulars, free of personal data: at most 32 KiB, 100 keys and 5 levels.
    #[schema(value_type = Option<BTreeMap<String, Value>>, example = json!({ "plan": "institutional" }))]
    properties: Option<serde_json::Value>,
    /// What the visitor wants: `{"consent": false}` keeps nothing of the event but its count.
    #[schema(value_type = Option<BTreeMap<String, Value>>, example = json!({ "consent": true }))]
    context: Option<serde_json::Value>,
}

/// Events of visitors.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CaptureBatch {
    /// 1 to 1,000 of them.
    #[schema(value_type = Vec<CaptureItem>)]
    events: Vec<Box<RawValue>>,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemStatus {
    /// It is in the stream, and scores and funnels have moved.
    Accepted,
    /// The very same message was taken before.
    Duplicate,
    /// The visitor does not want to be recorded; the event was counted and nothing else.
    Withheld,
    /// It was refused; `code`, `field` and `rule` say why.
    Rejected,
}

/// What became of one item.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ItemResult {
    /// What became of it.
    #[schema(example = "rejected")]
    pub(crate) status: ItemStatus,
    /// The item's `message_id`, when it has a good one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60")]
    pub(crate) message_id: Option<String>,
    /// Why it was refused, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "too_late")]
    pub(crate) code: Option<&'static str>,
    /// Which field was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "timestamp")]
    pub(crate) field: Option<String>,
    /// What the field must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "must not be more than 90 days ago")]
    pub(crate) rule: Option<String>,
}

/// What became of a batch.
#[derive(Serialize, ToSchema)]
struct BatchResult {
    /// How many are in the stream now.
    #[schema(example = 998)]
    accepted: usize,
    /// How many were refused.
    #[schema(example = 2)]
    rejected: usize,
    /// What became of each item, in the order of the items.
    items: Vec<ItemResult>,
}

/// Capture an event.
///
/// Taken once for each `message_id`. `Sec-GPC: 1` counts as no consent.
#[utoipa::path(post, operation_id = "capture_event", path = "/v1/events", tag = "capture", security(("bearer" = [])),
    request_body = CaptureItem,
    responses((status = 200, description = "What became of it.", body = ItemResult), EngineRefusals))]
async fn one(
    State(api): State<ApiState>,
    mut writer: Writer<Capture>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Error> {
    let item: Box<RawValue> = parse(&body)?;
    let Taken {
        mut results,
        dead_letters,
    } = take_in(&api, &mut writer, &headers, std::slice::from_ref(&item)).await?;
    let result = results.pop().ok_or(Error::internal("answer"))?;
    // The refusal rolls this request back; why it was refused is to be kept all the same.
    if let ItemResult {
        status: ItemStatus::Rejected,
        field,
        rule,
        ..
    } = &result
    {
        let (field, rule) = (
            field.as_deref().unwrap_or("item"),
            rule.as_deref().unwrap_or_default(),
        );
        let mut refusal = Error::refused(field, rule).into_response();
        refusal.extensions_mut().insert(dead_letters);
        return Ok(refusal);
    }
    Ok(Json(result).into_response())
}

/// Capture a batch of events.
///
/// At most 1,000 items and 500 KB, packed with gzip or not. Good items are taken whatever the others
/// are; the status is 207 when any was refused. Every refused item is kept with its reason.
#[utoipa::path(post, operation_id = "capture_events", path = "/v1/events/batch", tag = "capture", security(("bearer" = [])),
    request_body = CaptureBatch,
    responses((status = 200, description = "Every item was taken.", body = BatchResult),
        (status = 207, description = "Some items were refused.", body = BatchResult), EngineRefusals))]
async fn batch(
    State(api): State<ApiState>,
    mut writer: Writer<Capture>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<(StatusCode, Json<BatchResult>), Error> {
    let CaptureBatch { events } = parse(&body)?;
    if events.is_empty() || events.len() > MAX_ITEMS {
        return Err(Error::refused("events", "1 to 1,000 items"));
    }
    let Taken {
        results,
        dead_letters,
    } = take_in(&api, &mut writer, &headers, &events).await?;
    dead_letters.keep(&mut writer).await?;
    let count = |status| {
        results
            .iter()
            .filter(|result| result.status == status)
            .count()
    };
    let rejected = count(ItemStatus::Rejected);
    let result = BatchResult {
        accepted: count(ItemStatus::Accepted),
        rejected,
        items: results,
    };
    let status = if rejected > 0 {
        StatusCode::MULTI_STATUS
    } else {
        StatusCode::OK
    };
    Ok((status, Json(result)))
}

/// The bytes of a JSON body.
struct JsonBytes(Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        raw(request, state).await.map(Self)
    }
}
