//! Wallets sign in; organisations, keys and roles.

pub(crate) mod api_keys;
pub(crate) mod organisations;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod sign_in;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(sign_in::router())
        .merge(sessions::router())
        .merge(organisations::router())
        .merge(api_keys::router())
        .merge(roles::router())
}
