//! Scores, predictions and deals, and what is done about leads.

mod assignments;
pub(crate) mod deals;
mod enrichment;
mod overview;
mod pipelines;
pub(crate) mod predictions;
pub(crate) mod ranking;
mod roi;
mod sales_accounts;
mod sales_team;
pub(crate) mod scoring_models;
mod task_policies;
mod tasks;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(ranking::router())
        .merge(scoring_models::router())
        .merge(predictions::router())
        .merge(deals::router())
        .merge(pipelines::router())
        .merge(sales_team::router())
        .merge(sales_accounts::router())
        .merge(assignments::router())
        .merge(task_policies::router())
        .merge(tasks::router())
        .merge(enrichment::router())
        .merge(roi::router())
        .merge(overview::router())
}
