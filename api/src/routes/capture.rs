//! What visitors do, and who they are.

pub(crate) mod dead_letters;
pub(crate) mod event_registries;
pub(crate) mod events;
pub(crate) mod identify;
pub(crate) mod imports;
pub(crate) mod referral_links;
pub(crate) mod script;

use crate::state::ApiState;
use axum::http::HeaderMap;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(events::router())
        .merge(identify::router())
        .merge(imports::router())
        .merge(dead_letters::router())
        .merge(event_registries::router())
        .merge(referral_links::router())
        .merge(script::router())
}

/// Whether the browser objects to being followed: Global Privacy Control.
fn objects(headers: &HeaderMap) -> bool {
    headers.get("sec-gpc").is_some_and(|value| value == "1")
}
