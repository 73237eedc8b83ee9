//! Pipelines of deals: stages of an organisation's own, and what must be known before a deal enters one.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, Checks, Filters, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Listing, Moment, Name, Version},
};
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::{capture::is_name, leads::deals::pipeline::Pipeline};
use tessera_engine::leads::pipelines;
use tessera_store::leads::pipeline::{self, PipelineRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, draft))
        .routes(routes!(get))
        .routes(routes!(publish))
}

parameters! {
    struct PipelineFilters {}
}

impl Listed for PipelineFilters {
    const RESOURCE: &'static str = "pipelines";
    type Key = Name;
}

parameters! {
    struct PipelineVersion {
        /// The version; by default the published one, or the newest if none is published.
        version: Version,
    }
}

/// A pipeline to add, or to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPipeline {
    /// The pipeline's name.
    #[schema(value_type = Name, example = "enterprise")]
    name: String,
    /// Its stages.
    #[schema(value_type = schema::DealPipeline)]
    pipeline: Pipeline,
}

/// Which version to publish.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PipelinePublication {
    /// The version.
    version: Version,
}

/// A version of a pipeline.
#[derive(Serialize, ToSchema)]
struct KnownPipeline {
    /// The pipeline's name.
    #[schema(value_type = Name, example = "enterprise")]
    name: String,
    /// The version, from 1.
    #[schema(example = 1)]
    version: i32,
    /// `draft`, `published`, or `retired` when another version was published.
    #[schema(example = "published")]
    status: String,
    /// Its stages.
    #[schema(value_type = schema::DealPipeline)]
    pipeline: Pipeline,
    /// The API key or wallet that wrote the version.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was written.
    created_at: Moment,
    /// When it was last published; null of a draft.
    #[schema(required)]
    published_at: Option<Moment>,
}

impl From<PipelineRow> for KnownPipeline {
    fn from(row: PipelineRow) -> Self {
        Self {
            name: row.name,
            version: row.version,
            status: row.status,
            pipeline: row.pipeline,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            published_at: row.published_at.map(Into::into),
        }
    }
}

/// List pipelines.
///
/// By name, a page at a time: of each the version that holds, else the newest.
#[utoipa::path(get, operation_id = "list_pipelines", path = "/v1/pipelines", tag = "leads", security(("bearer" = [])),
    params(PipelineFilters, Paging<PipelineFilters>),
    responses((status = 200, description = "A page of pipelines.", body = Listing<KnownPipeline>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<PipelineFilters>,
) -> Result<Json<Listing<KnownPipeline>>, Error> {
    let rows = pipeline::list(&mut reader, list.page().by(|name| name.0)).await?;
    list.answer(rows, |row| Name(row.name.clone()), |row| Ok(row.into()))
}

/// Create or change a pipeline.
///
/// Adds a version as a draft. No deal is in it before it is published. An organisation has at most 50
/// pipelines.
#[utoipa::path(post, operation_id = "draft_pipeline", path = "/v1/pipelines", tag = "leads", security(("bearer" = [])),
    request_body = NewPipeline,
    responses((status = 201, description = "The draft.", body = KnownPipeline), EngineRefusals))]
async fn draft(
    mut writer: Writer<Configure>,
    Body(new): Body<NewPipeline>,
) -> Result<(StatusCode, Json<KnownPipeline>), Error> {
    let mut checks = Checks::default();
    checks.that("name", Name::RULE, is_name(&new.name));
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let row = pipelines::draft(conn, caller, &new.name, &new.pipeline).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Get a pipeline.
#[utoipa::path(get, operation_id = "get_pipeline", path = "/v1/pipelines/{name}", tag = "leads", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The pipeline's name."), PipelineVersion),
    responses((status = 200, description = "The pipeline.", body = KnownPipeline), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    Filters(filter): Filters<PipelineVersion>,
) -> Result<Hashed<KnownPipeline>, Error> {
    let row = pipelines::get(&mut reader, &name.0, filter.version.map(|it| it.0)).await?;
    Ok(Hashed(row.into()))
}

/// Publish a version of a pipeline.
///
/// It holds for the deals that are in the pipeline, and for those that begin in it. A deal whose stage it does
/// not have moves no more until it is corrected, or a version has the stage again.
#[utoipa::path(post, operation_id = "publish_pipeline", path = "/v1/pipelines/{name}/publish", tag = "leads", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The pipeline's name.")),
    request_body = PipelinePublication,
    responses((status = 200, description = "The version that holds.", body = KnownPipeline), EngineItemRefusals))]
async fn publish(
    mut writer: Writer<Configure>,
    PathParam(name): PathParam<Name>,
    Body(wanted): Body<PipelinePublication>,
) -> Result<Json<KnownPipeline>, Error> {
    let (caller, conn) = writer.parts();
    let row = pipelines::publish(conn, caller, &name.0, wanted.version.0).await?;
    Ok(Json(row.into()))
}
