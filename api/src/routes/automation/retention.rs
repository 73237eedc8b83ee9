//! Keeping customers.

mod health;
mod presets;
mod uplift;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(uplift::router())
        .merge(health::router())
        .merge(presets::router())
}
