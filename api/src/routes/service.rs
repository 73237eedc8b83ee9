//! The API itself: alive, ready, measured, described.

use crate::{
    error::Error,
    openapi::{DOCUMENT, Refusals},
    state::ApiState,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tessera_store::read::{self, index::IndexState};
use utoipa::{ToSchema, openapi::OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Media type of the metrics.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(livez))
        .routes(routes!(readyz))
        .routes(routes!(metrics))
        .routes(routes!(openapi))
}

/// How far the mirror is.
#[derive(Serialize, ToSchema)]
pub(super) struct Index {
    /// Whether the indexer's last round left nothing behind.
    caught_up: bool,
    /// The chain's last slot when it was last asked.
    #[schema(example = 361_000_010)]
    tip_slot: i64,
    /// Slot through which accounts and events are mirrored.
    #[schema(example = 361_000_008)]
    indexed_slot: i64,
    /// Slots between them.
    #[schema(example = 2)]
    lag_slots: i64,
    /// Seconds since the indexer last reported.
    #[schema(example = 1)]
    lag_secs: i64,
    /// Position of the last event.
    #[schema(example = 5000)]
    event_position: i64,
}

impl From<IndexState> for Index {
    fn from(state: IndexState) -> Self {
        Self {
            caught_up: state.caught_up,
            tip_slot: state.tip_slot,
            indexed_slot: state.indexed_slot,
            lag_slots: (state.tip_slot - state.indexed_slot).max(0),
            lag_secs: state.lag_secs,
            event_position: state.event_position,
        }
    }
}

/// Whether the process answers.
#[utoipa::path(get, path = "/livez", tag = "service",
    responses((status = 200, description = "It does.", body = String, example = "ok")))]
async fn livez() -> &'static str {
    "ok"
}

/// Whether answers are current.
///
/// 503 until the index has caught up, when it has been silent for too long, and while the database
/// is out of reach.
#[utoipa::path(get, path = "/readyz", tag = "service",
    responses((status = 200, description = "They are.", body = Index), Refusals))]
async fn readyz(State(api): State<ApiState>) -> Result<Json<Index>, Error> {
    let state = read::index::state(&mut *api.connection().await?)
        .await
        .map_err(|error| match error {
            error if error.is_without_schema() => {
                Error::NotReady("the database has no schema; run `tessera migrate`".to_owned())
            }
            error => error.into(),
        })?
        .ok_or_else(|| Error::NotReady("the indexer has not run yet".to_owned()))?;
    if !state.caught_up {
        return Err(Error::NotReady(format!(
            "the indexer is at slot {} of {}",
            state.indexed_slot, state.tip_slot
        )));
    }
    let silent = u64::try_from(state.lag_secs).unwrap_or_default();
    if silent > api.config.stale_after.as_secs() {
        return Err(Error::NotReady(format!(
            "the indexer has been silent for {silent} seconds"
        )));
    }
    Ok(Json(state.into()))
}

/// Metrics of the process.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, description = "In Prometheus' text format.", body = String, content_type = "text/plain",
        example = "http_requests_total{route=\"/v1/plans\",method=\"GET\",status=\"200\"} 7")))]
async fn metrics(State(api): State<ApiState>) -> Response {
    ([(header::CONTENT_TYPE, PROMETHEUS)], api.metrics.render()).into_response()
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "service",
    responses((status = 200, description = "The description of the API.", body = Object)))]
async fn openapi() -> Json<&'static OpenApi> {
    Json(&*DOCUMENT)
}
