//! Metrics: what experiments measure.

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
    wire::{Listing, Moment, Name},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::{capture::is_name, experiments::metric::Metric};
use tessera_engine::experiments::metrics;
use tessera_store::experiments::metric::{self, MetricRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, define))
        .routes(routes!(get, remove))
}

parameters! {
    struct MetricFilters {}
}

impl Listed for MetricFilters {
    const RESOURCE: &'static str = "metrics";
    type Key = Name;
}

/// A metric to create or change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMetric {
    /// The metric's name.
    #[schema(value_type = Name)]
    name: String,
    /// What is measured.
    #[schema(value_type = schema::Metric)]
    metric: Metric,
}

/// A metric.
#[derive(Serialize, ToSchema)]
struct MetricBody {
    /// The metric's name.
    #[schema(value_type = Name)]
    name: String,
    /// The version, from 1.
    #[schema(example = 1)]
    version: i32,
    /// What is measured.
    #[schema(value_type = schema::Metric)]
    metric: Metric,
    /// The API key or wallet that wrote the version.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When the version was written.
    created_at: Moment,
}

impl From<MetricRow> for MetricBody {
    fn from(row: MetricRow) -> Self {
        Self {
            name: row.name,
            version: row.version,
            metric: row.metric,
            created_by: row.created_by,
            created_at: row.created_at.into(),
        }
    }
}

/// List metrics.
///
/// By name, a page at a time.
#[utoipa::path(get, operation_id = "list_metrics", path = "/v1/metrics", tag = "experiments", security(("bearer" = [])),
    params(MetricFilters, Paging<MetricFilters>),
    responses((status = 200, description = "A page of metrics.", body = Listing<MetricBody>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<MetricFilters>,
) -> Result<Json<Listing<MetricBody>>, Error> {
    let page = list.page().by(|name| name.0);
    let rows = metric::list(&mut reader, page).await?;
    list.answer(rows, |row| Name(row.name.clone()), |row| Ok(row.into()))
}

/// Get a metric.
#[utoipa::path(get, operation_id = "get_metric", path = "/v1/metrics/{name}", tag = "experiments", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The metric's name.")),
    responses((status = 200, description = "The metric.", body = MetricBody), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
) -> Result<Hashed<MetricBody>, Error> {
    Ok(Hashed(metrics::get(&mut reader, &name.0).await?.into()))
}

/// Create or change a metric.
///
/// Experiments that have started keep the version of their launch. An alias stands for its event,
/// unless it is spelled like an event's own name.
#[utoipa::path(post, operation_id = "define_metric", path = "/v1/metrics", tag = "experiments", security(("bearer" = [])),
    request_body = NewMetric,
    responses((status = 201, description = "The metric.", body = MetricBody), EngineRefusals))]
async fn define(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    Body(new): Body<NewMetric>,
) -> Result<(StatusCode, Json<MetricBody>), Error> {
    let mut checks = Checks::default();
    checks.that("name", Name::RULE, is_name(&new.name));
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let row = metrics::define(&api.engine, conn, caller, &new.name, new.metric).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Remove a metric.
///
/// Experiments that have started keep it.
#[utoipa::path(delete, operation_id = "remove_metric", path = "/v1/metrics/{name}", tag = "experiments", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The metric's name.")),
    responses((status = 204, description = "The metric is removed."), EngineItemRefusals))]
async fn remove(
    mut writer: Writer<Configure>,
    PathParam(name): PathParam<Name>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    metrics::remove(conn, caller, &name.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
