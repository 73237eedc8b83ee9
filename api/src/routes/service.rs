//! The API itself: alive, ready, measured, described.

use crate::{error::Error, openapi::ReadinessRefusals, state::ApiState};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tessera_domain::automation::local_time::TZDB_VERSION;
use tessera_store::mirror::query::{self, index::IndexState};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Media type of the metrics.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(livez))
        .routes(routes!(readyz))
        .routes(routes!(metrics))
}

/// How far the mirror has come.
#[derive(Serialize, ToSchema)]
pub(super) struct Index {
    /// Slot through which accounts and receipts are mirrored.
    #[schema(example = 361_000_040)]
    indexed_slot: i64,
    /// The network's clock there, Unix seconds.
    #[schema(example = 1_767_225_600)]
    indexed_at: i64,
    /// Slot through which what is mirrored cannot vanish.
    #[schema(example = 361_000_008)]
    final_slot: i64,
    /// Seconds since the indexer last had everything; null until it first did.
    #[schema(example = 1)]
    lag_secs: Option<i64>,
    /// Accounts that count receipts which the mirror lacks.
    #[schema(example = 0)]
    gaps: i64,
    /// Things on the chain that this version does not understand, up to 10,000.
    #[schema(example = 0)]
    dead_letters: i64,
}

/// What answers follow from.
#[derive(Serialize, ToSchema)]
struct Readiness {
    #[serde(flatten)]
    index: Index,
    /// Release of the IANA time zone database by which journeys wait for hours.
    #[schema(example = "2026f")]
    time_zones: &'static str,
}

impl From<IndexState> for Index {
    fn from(state: IndexState) -> Self {
        Self {
            indexed_slot: state.applied_slot,
            indexed_at: state.applied_at,
            final_slot: state.final_slot,
            lag_secs: state.lag_secs,
            gaps: state.gaps,
            dead_letters: state.dead_letters,
        }
    }
}

/// Check that the process answers.
#[utoipa::path(get, path = "/livez", tag = "service",
    responses((status = 200, description = "It answers.", body = String, example = "ok")))]
async fn livez() -> &'static str {
    "ok"
}

/// Check that answers are current.
///
/// 503 with the reason until an indexer has caught up with the chain for the first time, when no
/// round of it has come to a later slot for ten seconds, and while the database is out of reach or
/// without its schema.
#[utoipa::path(get, path = "/readyz", tag = "service",
    responses((status = 200, description = "Answers are current.", body = Readiness), ReadinessRefusals))]
async fn readyz(State(api): State<ApiState>) -> Result<Json<Readiness>, Error> {
    let state = query::index::state(&mut *api.connection().await?)
        .await
        .map_err(|error| match error {
            error if error.is_without_schema() => {
                Error::NotReady("the database has no schema; run `tessera migrate`".to_owned())
            }
            error => error.into(),
        })?
        .ok_or_else(|| Error::NotReady("the indexer has not run yet".to_owned()))?;
    let reason = state.problem.as_ref().map(|problem| format!(": {problem}"));
    let reason = reason.unwrap_or_default();
    let Some(lag_secs) = state.lag_secs else {
        return Err(Error::NotReady(format!(
            "no indexer has caught up with the chain yet; the mirror is filled through slot {}{reason}",
            state.final_slot
        )));
    };
    let silent = u64::try_from(lag_secs).unwrap_or_default();
    if silent > api.config.stale_after.as_secs() {
        return Err(Error::NotReady(format!(
            "the mirror has stood at slot {} for {silent} seconds{reason}",
            state.applied_slot
        )));
    }
    Ok(Json(Readiness {
        index: state.into(),
        time_zones: TZDB_VERSION,
    }))
}

/// Get the process's metrics.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, description = "In Prometheus' text format.", body = String, content_type = "text/plain",
        example = "http_requests_total{route=\"/v1/plans\",method=\"GET\",status=\"200\"} 7")))]
async fn metrics(State(api): State<ApiState>) -> Response {
    ([(header::CONTENT_TYPE, PROMETHEUS)], api.metrics.render()).into_response()
}
