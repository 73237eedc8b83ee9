//! Funnels and their definitions. Their results are in `funnel_queries`.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, Checks, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Listing, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use std::fmt;
use tessera_domain::analytics::funnel::FunnelDefinition;
use tessera_engine::analytics::funnels;
use tessera_store::{
    PgConnection,
    analytics::funnel::{self, FunnelRow},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, remove))
}

parameters! {
    struct FunnelFilters {}
}

impl Listed for FunnelFilters {
    const RESOURCE: &'static str = "funnels";
    type Key = i64;
}

/// A funnel's number.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = 1, example = 7)]
pub(super) struct FunnelId(pub(super) i32);

impl Param for FunnelId {
    const RULE: &'static str = "must be a whole number from 1 to 2147483647";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|id| *id > 0).map(Self)
    }
}

impl fmt::Display for FunnelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A funnel to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFunnel {
    /// The funnel's name: 1 to 100 characters.
    #[schema(example = "demo to subscription")]
    name: String,
    /// The definition.
    #[schema(value_type = schema::FunnelDefinition)]
    definition: FunnelDefinition,
}

/// Whether a funnel's results are complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FunnelStatus {
    /// Events from before its creation are still being counted.
    Building,
    /// Every event is counted.
    Live,
}

impl FunnelStatus {
    pub(super) fn of(funnel: &FunnelRow) -> Self {
        if funnel.live {
            Self::Live
        } else {
            Self::Building
        }
    }
}

/// A funnel that was just created.
#[derive(Serialize, ToSchema)]
struct MadeFunnel {
    /// The funnel's number.
    id: FunnelId,
    /// The results are complete once it is `live`.
    #[schema(example = "building")]
    status: FunnelStatus,
}

/// A funnel.
#[derive(Serialize, ToSchema)]
struct Funnel {
    /// The funnel's number.
    id: FunnelId,
    /// The funnel's name.
    #[schema(example = "demo to subscription")]
    name: String,
    /// Whether its results are complete.
    #[schema(example = "live")]
    status: FunnelStatus,
    /// The definition.
    #[schema(value_type = schema::FunnelDefinition)]
    definition: FunnelDefinition,
    /// The API key or wallet that created it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was created.
    created_at: Moment,
}

impl From<FunnelRow> for Funnel {
    fn from(row: FunnelRow) -> Self {
        Self {
            id: FunnelId(row.id),
            status: FunnelStatus::of(&row),
            name: row.name,
            definition: row.definition,
            created_by: row.created_by,
            created_at: row.created_at.into(),
        }
    }
}

/// Notes what is wrong with a definition in the field `definition` of a body.
pub(super) fn check_definition(checks: &mut Checks, definition: &FunnelDefinition) {
    checks.keep(definition.validate().map_err(|it| it.within("definition")));
}

/// The funnel of this number.
pub(super) async fn find(conn: &mut PgConnection, id: FunnelId) -> Result<FunnelRow, Error> {
    funnel::get(conn, id.0).await?.ok_or_else(|| absent(id))
}

fn absent(id: FunnelId) -> Error {
    Error::not_found("funnel", id)
}

/// List funnels.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_funnels", path = "/v1/funnels", tag = "analytics", security(("bearer" = [])),
    params(FunnelFilters, Paging<FunnelFilters>),
    responses((status = 200, description = "A page of funnels.", body = Listing<Funnel>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<FunnelFilters>,
) -> Result<Json<Listing<Funnel>>, Error> {
    let rows = funnel::list(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.id.into(), |row| Ok(row.into()))
}

/// Get a funnel.
#[utoipa::path(get, operation_id = "get_funnel", path = "/v1/funnels/{id}", tag = "analytics", security(("bearer" = [])),
    params(("id" = FunnelId, Path, description = "The funnel's number.")),
    responses((status = 200, description = "The funnel.", body = Funnel), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<FunnelId>,
) -> Result<Hashed<Funnel>, Error> {
    Ok(Hashed(find(&mut reader, id).await?.into()))
}

/// Create a funnel.
///
/// Arriving events are counted immediately, and earlier ones in the background; the status is
/// `live` once all are counted. A definition never changes: create another funnel instead. An alias
/// stands for its event, unless it is spelled like an event's own name.
#[utoipa::path(post, operation_id = "create_funnel", path = "/v1/funnels", tag = "analytics", security(("bearer" = [])),
    request_body = NewFunnel,
    responses((status = 202, description = "The funnel is being built.", body = MadeFunnel), EngineRefusals))]
async fn create(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    Body(new): Body<NewFunnel>,
) -> Result<(StatusCode, Json<MadeFunnel>), Error> {
    let mut checks = Checks::default();
    checks.text("name", &new.name, 100);
    check_definition(&mut checks, &new.definition);
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let id = funnels::create(&api.engine, conn, caller, &new.name, new.definition).await?;
    let made = MadeFunnel {
        id: FunnelId(id),
        status: FunnelStatus::Building,
    };
    Ok((StatusCode::ACCEPTED, Json(made)))
}

/// Remove a funnel.
///
/// Events are no longer applied to it, and its name is free immediately.
#[utoipa::path(delete, operation_id = "remove_funnel", path = "/v1/funnels/{id}", tag = "analytics", security(("bearer" = [])),
    params(("id" = FunnelId, Path, description = "The funnel's number.")),
    responses((status = 204, description = "The funnel is removed."), EngineItemRefusals))]
async fn remove(
    mut writer: Writer<Configure>,
    PathParam(id): PathParam<FunnelId>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    funnels::remove(conn, caller, id.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
