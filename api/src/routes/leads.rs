//! Scores, predictions and deals.

pub(crate) mod deals;
pub(crate) mod predictions;
pub(crate) mod ranking;
pub(crate) mod scoring_models;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(ranking::router())
        .merge(scoring_models::router())
        .merge(predictions::router())
        .merge(deals::router())
}
