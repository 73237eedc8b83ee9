//! Who is behind the events.

mod persons;
mod segments;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(persons::router())
        .merge(segments::router())
}
