//! What experiments show, and whether it can be trusted.

use crate::{
    auth::Read,
    error::Error,
    extract::{Filters, PathParam, parameters},
    http::unit_of_work::Reader,
    openapi::EngineItemRefusals,
    schema::results::{PhaseHealth, PhaseResults},
    state::ApiState,
    wire::{ExperimentKey, Version},
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_domain::experiments::results::{Health, Results};
use tessera_engine::experiments::results::{self as engine, Record};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(results))
        .routes(routes!(health))
}

parameters! {
    /// Which phase is asked for.
    struct PhaseFilters {
        /// The number of the phase; the latest one, unless given.
        phase: Version,
    }
}

/// What a phase of an experiment shows.
#[derive(Serialize, ToSchema)]
struct ExperimentResults {
    /// Whether everything that happened is in it: false while what came before the start, or after the
    /// end, is still being looked through.
    is_complete: bool,
    /// The results.
    #[serde(flatten)]
    #[schema(value_type = PhaseResults)]
    results: Results,
}

async fn record(
    api: &ApiState,
    reader: &mut Reader<Read>,
    key: &ExperimentKey,
    filters: &PhaseFilters,
) -> Result<Record, Error> {
    let phase = filters.phase.as_ref().map(|phase| phase.0);
    Ok(engine::record(reader, &key.0, phase, api.now()).await?)
}

/// Get an experiment's results.
///
/// Of every metric and arm against the base: the absolute and the relative effect by confidence
/// sequences, which are valid whenever one looks; by the test of the plan, once as many people have come
/// as were planned; and by a posterior. `verdict` is what is left of the deciding evidence among all
/// comparisons. What cannot be computed is null, with a reason, and is never significant.
#[utoipa::path(get, operation_id = "get_experiment_results", path = "/v1/experiments/{key}/results", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."), PhaseFilters),
    responses((status = 200, description = "The results.", body = ExperimentResults), EngineItemRefusals))]
async fn results(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
    Filters(filters): Filters<PhaseFilters>,
) -> Result<Json<ExperimentResults>, Error> {
    let record = record(&api, &mut reader, &key, &filters).await?;
    Ok(Json(ExperimentResults {
        is_complete: record.is_complete,
        results: record.results(),
    }))
}

/// Get an experiment's health.
///
/// Whether arms have as many people as their weights say, at any look and for each value of each
/// dimension; who saw several arms; and what else speaks against the figures.
#[utoipa::path(get, operation_id = "get_experiment_health", path = "/v1/experiments/{key}/health", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."), PhaseFilters),
    responses((status = 200, description = "The health.", body = PhaseHealth), EngineItemRefusals))]
async fn health(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
    Filters(filters): Filters<PhaseFilters>,
) -> Result<Json<Health>, Error> {
    let record = record(&api, &mut reader, &key, &filters).await?;
    Ok(Json(record.results().health))
}
