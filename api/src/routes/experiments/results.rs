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
    wire::{ExperimentKey, Moment},
};
use axum::{Json, extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use tessera_domain::experiments::{report::Ending, results::Results};
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
    /// How the phase ended: the latest that was done about it; null while it runs.
    #[schema(required)]
    ending: Option<PhaseEnding>,
    /// The results.
    #[serde(flatten)]
    #[schema(value_type = PhaseResults)]
    results: Results,
}

/// How a phase ended.
#[derive(Serialize, ToSchema)]
struct PhaseEnding {
    /// When.
    at: Moment,
    /// The API key or wallet that did it; `engine` for what Tessera did by itself.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    by: String,
    /// Why.
    #[schema(example = "round sells more.")]
    reason: String,
    /// The arm that everybody sees from then on; null where that is the base.
    #[schema(required, example = "round")]
    shipped: Option<String>,
}

impl From<Ending> for PhaseEnding {
    fn from(ending: Ending) -> Self {
        Self {
            at: ending.at.into(),
            by: ending.by,
            reason: ending.reason,
            shipped: ending.shipped,
        }
    }
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
        ending: record.ending.map(Into::into),
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
