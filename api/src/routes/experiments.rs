//! What is tested, who sees which arm, and what came of it.

pub(crate) mod metrics;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().merge(metrics::router())
}
