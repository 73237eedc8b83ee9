//! What is tested, who sees which arm, and what came of it.

pub(crate) mod assign;
pub(crate) mod designs;
pub(crate) mod features;
mod format;
pub(crate) mod holdouts;
pub(crate) mod metrics;
pub(crate) mod overlaps;
pub(crate) mod phases;
pub(crate) mod planning;
pub(crate) mod presets;
mod report_page;
pub(crate) mod reports;
pub(crate) mod results;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(metrics::router())
        .merge(designs::router())
        .merge(phases::router())
        .merge(assign::router())
        .merge(features::router())
        .merge(holdouts::router())
        .merge(overlaps::router())
        .merge(planning::router())
        .merge(presets::router())
        .merge(results::router())
        .merge(reports::router())
}
