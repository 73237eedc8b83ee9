//! Messages to endpoints: what became of them, and sending one again.

use crate::{
    auth::Administer,
    error::Error,
    extract::{List, Listed, Paging, Param, PathPair, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::EngineItemRefusals,
    state::ApiState,
    wire::{Id, Listing, Moment},
};
use axum::{Json, http::StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;
use tessera_engine::automation::webhooks;
use tessera_store::automation::{
    webhook_attempt::{self, AttemptRow},
    webhook_delivery::{self, DeliveryRow},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// What can become of a message.
const STATUSES: [&str; 4] = ["pending", "delivered", "failed", "cancelled"];

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(replay))
}

pub(crate) struct DeliveryStatus(&'static str);

impl Param for DeliveryStatus {
    const RULE: &'static str = "must be one of pending, delivered, failed, cancelled";

    fn parse(text: &str) -> Option<Self> {
        STATUSES.into_iter().find(|it| *it == text).map(Self)
    }
}

impl PartialSchema for DeliveryStatus {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(STATUSES))
            .examples(["failed"])
            .into()
    }
}

impl ToSchema for DeliveryStatus {}

parameters! {
    /// Narrows the list of messages.
    struct DeliveryFilters {
        /// Only messages of this status.
        status: DeliveryStatus,
    }
}

impl Listed for DeliveryFilters {
    const RESOURCE: &'static str = "webhook_deliveries";
    type Key = Uuid;
}

/// A message to an endpoint.
#[derive(Serialize, ToSchema)]
struct WebhookDelivery {
    /// The message's id, for replaying it.
    id: Id,
    /// Its `webhook-id`, the same at each attempt.
    #[schema(example = "msg_0197b5a24d6e7c3a9f102b8c6d4e5f60")]
    message_id: String,
    /// Its kind.
    #[schema(example = "subscription.charged")]
    event_type: String,
    /// What became of it.
    #[schema(value_type = DeliveryStatus, example = "delivered")]
    status: String,
    /// Attempts since it was created or last replayed.
    #[schema(example = 1)]
    attempts: i32,
    /// When it is sent next; null unless it is pending.
    #[schema(required)]
    next_attempt_at: Option<Moment>,
    /// When it was created.
    created_at: Moment,
    /// When it was delivered, failed for good or was cancelled; null while it is pending.
    #[schema(required)]
    finished_at: Option<Moment>,
}

/// A message to an endpoint, with its body and every attempt.
#[derive(Serialize, ToSchema)]
struct WholeWebhookDelivery {
    /// The message.
    delivery: WebhookDelivery,
    /// Its body, as it is signed.
    #[schema(value_type = HashMap<String, serde_json::Value>, example = json!({
        "type": "deal.moved", "timestamp": "2026-01-01T00:00:00Z", "data": { "from": "proposal", "to": "won" }
    }))]
    message: Box<RawValue>,
    /// All attempts, first one first, also those before a replay.
    attempts: Vec<WebhookAttempt>,
}

/// An attempt to deliver a message.
#[derive(Serialize, ToSchema)]
struct WebhookAttempt {
    /// When it began.
    at: Moment,
    /// How long it took.
    #[schema(example = 84)]
    duration_ms: i32,
    /// The answer's status; null without an answer.
    #[schema(required, example = 204)]
    status_code: Option<i32>,
    /// The first kibibyte of the answer's body, as text; null without an answer.
    #[schema(required, example = "")]
    response: Option<String>,
    /// Why there was no answer, or not all of it.
    #[schema(required, example = "no answer in time")]
    error: Option<String>,
}

impl From<DeliveryRow> for WebhookDelivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id.into(),
            message_id: webhooks::message_id(row.id),
            event_type: row.event_type,
            status: row.status,
            attempts: row.tries,
            next_attempt_at: row.due_at.map(Into::into),
            created_at: row.created_at.into(),
            finished_at: row.finished_at.map(Into::into),
        }
    }
}

impl From<AttemptRow> for WebhookAttempt {
    fn from(row: AttemptRow) -> Self {
        Self {
            at: row.at.into(),
            duration_ms: row.duration_ms,
            status_code: row.status_code,
            response: row.response,
            error: row.error,
        }
    }
}

/// List an endpoint's messages.
///
/// Newest first, a page at a time. They are kept for 30 days.
#[utoipa::path(get, operation_id = "list_webhook_deliveries", path = "/v1/webhook-endpoints/{id}/deliveries",
    tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The endpoint's id."), DeliveryFilters, Paging<DeliveryFilters>),
    responses((status = 200, description = "A page of messages.", body = Listing<WebhookDelivery>),
        EngineItemRefusals))]
async fn list(
    mut reader: Reader<Administer>,
    PathParam(id): PathParam<Id>,
    list: List<DeliveryFilters>,
) -> Result<Json<Listing<WebhookDelivery>>, Error> {
    webhooks::get(&mut reader, id.0).await?;
    let status = list.filters.status.as_ref().map(|status| status.0);
    let rows = webhook_delivery::list(&mut reader, id.0, status, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Get a message to an endpoint.
///
/// With its body and every attempt.
#[utoipa::path(get, operation_id = "get_webhook_delivery",
    path = "/v1/webhook-endpoints/{id}/deliveries/{delivery}", tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The endpoint's id."),
        ("delivery" = Id, Path, description = "The message's id.")),
    responses((status = 200, description = "The message.", body = WholeWebhookDelivery), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Administer>,
    PathPair(endpoint, id): PathPair<Id, Id>,
) -> Result<Json<WholeWebhookDelivery>, Error> {
    let found = webhook_delivery::get(&mut reader, endpoint.0, id.0).await?;
    let row = found.ok_or_else(|| Error::not_found("webhook delivery", id))?;
    let attempts = webhook_attempt::list(&mut reader, id.0).await?;
    let message = RawValue::from_string(row.message.clone());
    Ok(Json(WholeWebhookDelivery {
        message: message.map_err(|_| Error::internal("message"))?,
        delivery: row.into(),
        attempts: attempts.into_iter().map(Into::into).collect(),
    }))
}

/// Replay a message to an endpoint.
///
/// It is sent again now, under the same `webhook-id`, whatever became of it, and as often as a new one if it
/// is not taken. A message can be replayed 100 times.
#[utoipa::path(post, operation_id = "replay_webhook_delivery",
    path = "/v1/webhook-endpoints/{id}/deliveries/{delivery}/replay", tag = "automation",
    security(("bearer" = [])),
    params(("id" = Id, Path, description = "The endpoint's id."),
        ("delivery" = Id, Path, description = "The message's id.")),
    responses((status = 202, description = "It will be sent."), EngineItemRefusals))]
async fn replay(
    mut writer: Writer<Administer>,
    PathPair(endpoint, id): PathPair<Id, Id>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    webhooks::replay(conn, caller, endpoint.0, id.0).await?;
    Ok(StatusCode::ACCEPTED)
}
