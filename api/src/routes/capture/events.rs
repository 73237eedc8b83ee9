//! Events of visitors. Each item of a batch is answered individually: a refused item is kept with
//! its reason, and nothing is dropped silently.

use super::objects;
use crate::{
    auth::Capture,
    error::Error,
    extract::{BODY, parse_item, parse_items, raw_of_page},
    http::unit_of_work::{Querier, Repeated},
    openapi::EngineRefusals,
    schema,
    state::ApiState,
    wire::Moment,
};
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use tessera_domain::{
    capture::{ITEM, Window},
    time::Timestamp,
};
use tessera_engine::{
    Caller,
    capture::{Accepted, Verdict, accept_batch, count_against_quotas},
};
use tessera_store::{StoreError, Transaction, capture::quota_use::Amount};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(one))
        .routes(routes!(batch))
}

/// Events of visitors.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CaptureBatch {
    /// When the batch was sent, by the clock of its events' timestamps: the `sent_at` of the items that
    /// have none.
    sent_at: Option<Moment>,
    /// The events.
    #[serde(rename = "events")]
    #[schema(value_type = schema::CaptureItems)]
    _events: IgnoredAny,
}

/// The outcome of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ItemStatus {
    /// It is in the event log, and scores and funnels are updated.
    Accepted,
    /// The same message was captured before.
    Duplicate,
    /// The visitor does not want to be recorded; only the event's count is kept.
    Withheld,
    /// It was refused; `code`, `field` and `rule` say why.
    Rejected,
}

/// The outcome of one item.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct ItemResult {
    /// The outcome.
    #[schema(example = "rejected")]
    status: ItemStatus,
    /// The item's `message_id`, when valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60")]
    message_id: Option<String>,
    /// Code of the reason for the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "too_late")]
    code: Option<&'static str>,
    /// The field that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "timestamp")]
    field: Option<String>,
    /// What the field must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "must not be more than 90 days ago")]
    rule: Option<String>,
}

/// The outcome of a batch.
#[derive(Serialize, ToSchema)]
struct BatchResult {
    /// How many items were added to the event log.
    #[schema(example = 998)]
    accepted: usize,
    /// How many items were refused.
    #[schema(example = 2)]
    rejected: usize,
    /// The outcome of each item, in the order of the request.
    items: Vec<ItemResult>,
}

/// Capture an event.
///
/// Each `message_id` is captured once, so the request can be repeated; an `Idempotency-Key` has no
/// effect. `Sec-GPC: 1` counts as no consent. The event counts against the daily quota of the
/// organisation and, with a key for pages, of the key.
#[utoipa::path(post, operation_id = "capture_event", path = "/v1/events", tag = "capture", security(("bearer" = []), ("page_key" = [])),
    request_body = schema::CaptureItem,
    responses((status = 200, description = "The outcome.", body = ItemResult), EngineRefusals))]
async fn one(
    State(api): State<ApiState>,
    Querier { caller, .. }: Querier<Capture>,
    repeated: Repeated,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Json<ItemResult>, Error> {
    let item = parse_item(&body)?;
    let texts = [item.get()];
    let sent = Sent {
        texts: &texts,
        sent_at: None,
        opted_out: objects(&headers),
    };
    let (mut transaction, accepted) = take(&api, &caller, repeated, sent).await?;
    let Accepted {
        items,
        dead_letters,
    } = accepted;
    let (message_id, verdict) = items.into_iter().next().ok_or(Error::internal("answer"))?;
    let Verdict::Rejected(mut refusal) = verdict else {
        transaction.commit().await.map_err(StoreError::from)?;
        return Ok(Json(ItemResult::of(message_id, verdict)));
    };
    // A refused request has no effect, but why it was refused is kept.
    transaction.rollback().await.map_err(StoreError::from)?;
    let (pool, organisation) = (&api.engine.pool, caller.organisation);
    transaction = repeated.begin(pool, organisation).await?;
    dead_letters.keep(&mut transaction).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    if refusal.field == ITEM {
        BODY.clone_into(&mut refusal.field);
    }
    Err(refusal.into())
}

/// Capture a batch of events.
///
/// At most 1,000 items and 500 KB, compressed with gzip or not. Valid items are captured even when
/// others are refused; the status is then 207. Every refused item is kept with its reason. Each
/// `message_id` is captured once, so the request can be repeated; an `Idempotency-Key` has no
/// effect. Each item counts against the daily quota of the organisation and, with a key for pages,
/// of the key.
#[utoipa::path(post, operation_id = "capture_events", path = "/v1/events/batch", tag = "capture", security(("bearer" = []), ("page_key" = [])),
    request_body = CaptureBatch,
    responses((status = 200, description = "No item was refused.", body = BatchResult),
        (status = 207, description = "Some items were refused.", body = BatchResult), EngineRefusals))]
async fn batch(
    State(api): State<ApiState>,
    Querier { caller, .. }: Querier<Capture>,
    repeated: Repeated,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<(StatusCode, Json<BatchResult>), Error> {
    let (CaptureBatch { sent_at, .. }, events) = parse_items(&body, "events")?;
    if events.is_empty() || events.len() > schema::MAX_ITEMS {
        return Err(Error::refused("events", "must have 1 to 1,000 items"));
    }
    let texts: Vec<&str> = events.iter().map(|item| item.get()).collect();
    let sent = Sent {
        texts: &texts,
        sent_at: sent_at.map(|sent_at| sent_at.0),
        opted_out: objects(&headers),
    };
    let (mut transaction, accepted) = take(&api, &caller, repeated, sent).await?;
    accepted.dead_letters.keep(&mut transaction).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    let items: Vec<ItemResult> = accepted
        .items
        .into_iter()
        .map(|(message_id, verdict)| ItemResult::of(message_id, verdict))
        .collect();
    let count = |status| items.iter().filter(|item| item.status == status).count();
    let rejected = count(ItemStatus::Rejected);
    let result = BatchResult {
        accepted: count(ItemStatus::Accepted),
        rejected,
        items,
    };
    let status = if rejected > 0 {
        StatusCode::MULTI_STATUS
    } else {
        StatusCode::OK
    };
    Ok((status, Json(result)))
}

/// What a request holds.
struct Sent<'a> {
    texts: &'a [&'a str],
    sent_at: Option<Timestamp>,
    opted_out: bool,
}

/// Captures items, in a transaction that the caller ends.
async fn take(
    api: &ApiState,
    caller: &Caller,
    repeated: Repeated,
    sent: Sent<'_>,
) -> Result<(Transaction, Accepted), Error> {
    let texts = sent.texts;
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let used = Amount::of(texts.len(), bytes);
    if !repeated.0 {
        count_against_quotas(&api.engine, caller, used, api.now()).await?;
    }
    let (pool, organisation) = (&api.engine.pool, caller.organisation);
    let mut transaction = repeated.begin(pool, organisation).await?;
    let accepted = accept_batch(
        &api.engine,
        &mut transaction,
        caller,
        texts,
        Window::live(api.now(), sent.sent_at),
        sent.opted_out,
    )
    .await?;
    Ok((transaction, accepted))
}

impl ItemResult {
    fn of(message_id: Option<String>, verdict: Verdict) -> Self {
        let (status, refusal) = match verdict {
            Verdict::Accepted => (ItemStatus::Accepted, None),
            Verdict::Duplicate => (ItemStatus::Duplicate, None),
            Verdict::Withheld => (ItemStatus::Withheld, None),
            Verdict::Rejected(refusal) => (ItemStatus::Rejected, Some(refusal)),
        };
        let (code, field, rule) = refusal.map_or((None, None, None), |refusal| {
            (Some(refusal.code), Some(refusal.field), Some(refusal.rule))
        });
        Self {
            status,
            message_id,
            code,
            field,
            rule,
        }
    }
}

struct JsonBytes(Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        raw_of_page(request, state).await.map(Self)
    }
}
