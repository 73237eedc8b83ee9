//! Endpoints to which messages are sent: created, changed, given another secret, removed.

mod bodies;

use crate::{
    auth::{Administer, Read},
    error::Error,
    extract::{Body, Filters, List, Listed, Paging, PathParam, parameters},
    http::unit_of_work::{Querier, Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    state::ApiState,
    wire::{Id, Listing},
};
use axum::{Json, extract::State, http::StatusCode};
use bodies::{
    NewWebhookEndpoint, SecretWebhookEndpoint, WebhookEndpoint, WebhookEndpointChange,
    WebhookEventType,
};
use tessera_domain::automation::webhook::CATALOGUE;
use tessera_engine::automation::webhooks::{self, EndpointChange, NewEndpoint};
use tessera_store::automation::webhook_endpoint;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(event_types))
        .routes(routes!(list, create))
        .routes(routes!(get, change, remove))
        .routes(routes!(rotate))
}

parameters! {
    struct WebhookEndpointFilters {}
}

impl Listed for WebhookEndpointFilters {
    const RESOURCE: &'static str = "webhook_endpoints";
    type Key = Uuid;
}

/// List the kinds of webhooks.
///
/// Each with an example of its message.
#[utoipa::path(get, operation_id = "list_webhook_event_types", path = "/v1/webhook-event-types", tag = "automation",
    security(("bearer" = [])),
    responses((status = 200, description = "All kinds.", body = [WebhookEventType]), EngineRefusals))]
async fn event_types(_: Querier<Read>, _: Filters<()>) -> Json<Vec<WebhookEventType>> {
    Json(CATALOGUE.iter().map(Into::into).collect())
}

/// List webhook endpoints.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_webhook_endpoints", path = "/v1/webhook-endpoints", tag = "automation",
    security(("bearer" = [])),
    params(WebhookEndpointFilters, Paging<WebhookEndpointFilters>),
    responses((status = 200, description = "A page of endpoints.", body = Listing<WebhookEndpoint>), EngineRefusals))]
async fn list(
    mut reader: Reader<Administer>,
    list: List<WebhookEndpointFilters>,
) -> Result<Json<Listing<WebhookEndpoint>>, Error> {
    let rows = webhook_endpoint::list(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Create a webhook endpoint.
///
/// It gets signed messages, by the Standard Webhooks specification, about what is stored from now on.
/// The answer is the only place where its secret is shown. An organisation has at most 50 endpoints.
#[utoipa::path(post, operation_id = "create_webhook_endpoint", path = "/v1/webhook-endpoints", tag = "automation",
    security(("bearer" = [])),
    request_body = NewWebhookEndpoint,
    responses((status = 201, description = "The endpoint and its secret.", body = SecretWebhookEndpoint),
        EngineRefusals))]
async fn create(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    Body(new): Body<NewWebhookEndpoint>,
) -> Result<(StatusCode, Json<SecretWebhookEndpoint>), Error> {
    let new = NewEndpoint {
        url: new.url,
        description: new.description,
        event_types: new.event_types,
    };
    let (caller, conn) = writer.parts();
    let created = webhooks::create(&api.engine, conn, caller, new).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}

/// Get a webhook endpoint.
#[utoipa::path(get, operation_id = "get_webhook_endpoint", path = "/v1/webhook-endpoints/{id}", tag = "automation",
    security(("bearer" = [])),
    params(("id" = Id, Path, description = "The endpoint's id.")),
    responses((status = 200, description = "The endpoint.", body = WebhookEndpoint), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Administer>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<WebhookEndpoint>, Error> {
    let row = webhooks::get(&mut reader, id.0).await?;
    Ok(Json(row.into()))
}

/// Change a webhook endpoint.
///
/// What waits to be delivered goes to the new URL. An endpoint that is disabled gets nothing that happens
/// meanwhile, and what waits is cancelled; it can be enabled again, also after it was disabled because its
/// receiver failed.
#[utoipa::path(patch, operation_id = "change_webhook_endpoint", path = "/v1/webhook-endpoints/{id}",
    tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The endpoint's id.")),
    request_body = WebhookEndpointChange,
    responses((status = 200, description = "The endpoint as it is now.", body = WebhookEndpoint), EngineItemRefusals))]
async fn change(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
    Body(change): Body<WebhookEndpointChange>,
) -> Result<Json<WebhookEndpoint>, Error> {
    let change = EndpointChange {
        url: change.url,
        description: change.description,
        event_types: change.event_types,
        enabled: change.enabled,
    };
    let (caller, conn) = writer.parts();
    let row = webhooks::change(&api.engine, conn, caller, id.0, change).await?;
    Ok(Json(row.into()))
}

/// Remove a webhook endpoint.
///
/// With everything that was, or was to be, delivered there.
#[utoipa::path(delete, operation_id = "remove_webhook_endpoint", path = "/v1/webhook-endpoints/{id}",
    tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The endpoint's id.")),
    responses((status = 204, description = "The endpoint is removed."), EngineItemRefusals))]
async fn remove(
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    webhooks::remove(conn, caller, id.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rotate the secret of a webhook endpoint.
///
/// The answer is the only place where the new secret is shown. For 24 hours messages carry a signature
/// by each of the two.
#[utoipa::path(post, operation_id = "rotate_webhook_secret", path = "/v1/webhook-endpoints/{id}/rotate",
    tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The endpoint's id.")),
    responses((status = 200, description = "The endpoint and its new secret.", body = SecretWebhookEndpoint),
        EngineItemRefusals))]
async fn rotate(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<SecretWebhookEndpoint>, Error> {
    let (caller, conn) = writer.parts();
    let rotated = webhooks::rotate(&api.engine, conn, caller, id.0).await?;
    Ok(Json(rotated.into()))
}
