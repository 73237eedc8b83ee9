//! What experiments show, and whether it can be trusted.

use super::{
    format::{Format, ShownPhase, by_accept},
    report_page::Sheet,
};
use crate::{
    auth::Read,
    error::Error,
    extract::{Filters, PathParam},
    http::unit_of_work::Reader,
    openapi::EngineItemRefusals,
    schema::results::{PhaseHealth, PhaseResults},
    state::ApiState,
    wire::ExperimentKey,
};
use axum::{Json, extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use tessera_domain::experiments::results::Results;
use tessera_engine::experiments::results as engine;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(results))
        .routes(routes!(health))
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

/// Get an experiment's results.
///
/// Of every metric and arm against the base: the absolute and the relative effect by confidence
/// sequences, which are valid whenever one looks; by the test of the plan, once as many people have come
/// as were planned; and by a posterior. `verdict` is what is left of the deciding evidence among all
/// comparisons. What cannot be computed is null, with a reason, and is never significant. They are those
/// of this moment, as data or as a page for people, and are not signed: reports are.
#[utoipa::path(get, operation_id = "get_experiment_results", path = "/v1/experiments/{key}/results", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."), ShownPhase),
    responses((status = 200, description = "The results.", content((ExperimentResults = "application/json"), (String = "text/html", example = "<!DOCTYPE html>"))), EngineItemRefusals))]
async fn results(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
    Filters(filters): Filters<ShownPhase>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let record = engine::record(&mut reader, &key.0, filters.number(), api.now()).await?;
    if Format::of(filters.format, &headers) == Format::Html {
        return Ok(Sheet::of(reader.caller.org, &record)?.answer(None));
    }
    Ok(by_accept(Json(ExperimentResults {
        is_complete: record.is_complete,
        results: record.results(),
    })))
}

/// Get an experiment's health.
///
/// Whether arms have as many people as their weights say, at any look and for each value of each
/// dimension; who saw several arms; and what else speaks against the figures. As data, or as a page for
/// people.
#[utoipa::path(get, operation_id = "get_experiment_health", path = "/v1/experiments/{key}/health", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."), ShownPhase),
    responses((status = 200, description = "The health.", content((PhaseHealth = "application/json"), (String = "text/html", example = "<!DOCTYPE html>"))), EngineItemRefusals))]
async fn health(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
    Filters(filters): Filters<ShownPhase>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let record = engine::record(&mut reader, &key.0, filters.number(), api.now()).await?;
    if Format::of(filters.format, &headers) == Format::Html {
        return Ok(Sheet::of(reader.caller.org, &record)?.health());
    }
    Ok(by_accept(Json(record.results().health)))
}
