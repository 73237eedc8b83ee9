//! The registry of events: names, aliases, what properties must be. Versions never change.

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
    wire::{Listing, RuleSetBody, Version},
};
use axum::{Json, http::StatusCode};
use tessera_domain::capture::Registry;
use tessera_engine::capture::registries;
use tessera_store::rule_set::{self, RuleKind};
use utoipa_axum::{router::OpenApiRouter, routes};

const KIND: RuleKind = RuleKind::EventRegistry;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(publish))
}

parameters! {
    struct RegistryFilters {}
}

impl Listed for RegistryFilters {
    const RESOURCE: &'static str = "event_registries";
    type Key = i64;
}

/// List versions of the event registry.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_event_registries", path = "/v1/event-registries", tag = "capture", security(("bearer" = [])),
    params(RegistryFilters, Paging<RegistryFilters>),
    responses((status = 200, description = "A page of versions.", body = Listing<RuleSetBody>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<RegistryFilters>,
) -> Result<Json<Listing<RuleSetBody>>, Error> {
    let rows = rule_set::list(&mut reader, KIND, list.page()).await?;
    list.answer(rows, |row| row.version.into(), |row| Ok(row.into()))
}

/// Get a version of the event registry.
#[utoipa::path(get, operation_id = "get_event_registry", path = "/v1/event-registries/{version}", tag = "capture", security(("bearer" = [])),
    params(("version" = Version, Path, description = "The version.")),
    responses((status = 200, description = "The version.", body = RuleSetBody), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(version): PathParam<Version>,
) -> Result<Hashed<RuleSetBody>, Error> {
    let found = rule_set::get(&mut reader, KIND, version.0).await?;
    Ok(Hashed(
        found
            .ok_or_else(|| version.absent("event registry"))?
            .into(),
    ))
}

/// Create a version of the event registry, as a draft.
#[utoipa::path(post, operation_id = "create_event_registry", path = "/v1/event-registries", tag = "capture", security(("bearer" = [])),
    request_body = schema::EventRegistry,
    responses((status = 201, description = "The draft.", body = RuleSetBody), EngineRefusals))]
async fn create(
    mut writer: Writer<Configure>,
    Body(registry): Body<Registry>,
) -> Result<(StatusCode, Json<RuleSetBody>), Error> {
    let (caller, conn) = writer.parts();
    let version = registries::draft(conn, caller, &registry).await?;
    let stored = rule_set::get(&mut writer, KIND, version).await?;
    let stored = stored.ok_or(Error::internal("registry"))?;
    Ok((StatusCode::CREATED, Json(stored.into())))
}

/// Publish a version of the event registry.
///
/// It applies to events that arrive from now on; those in the event log stay as they are. Which of
/// them are people's own acts (`own_act`) follows the version in force.
/// Publishing the version in force changes nothing.
#[utoipa::path(post, operation_id = "publish_event_registry", path = "/v1/event-registries/{version}/publish", tag = "capture", security(("bearer" = [])),
    params(("version" = Version, Path, description = "The version.")),
    responses((status = 204, description = "The version is in force."), EngineItemRefusals))]
async fn publish(
    mut writer: Writer<Configure>,
    PathParam(version): PathParam<Version>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    registries::publish(conn, caller, version.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
