//! The wallet that is signed in.

use crate::{
    auth::Session,
    error::Error,
    openapi::EngineRefusals,
    state::ApiState,
    wire::{Key, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use tessera_domain::access::Scope;
use tessera_engine::Caller;
use tessera_store::{StoreError, access::session};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get, end))
}

/// A wallet's session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionBody {
    /// The wallet that signed in.
    pub(super) wallet: Key,
    /// The Org that the wallet acts for; null when the session is for none.
    #[schema(required)]
    pub(super) org: Option<Key>,
    /// The wallet's scopes there.
    #[schema(example = json!(["read", "sell"]))]
    #[schema(value_type = Vec<crate::wire::choice::Scope>)]
    pub(super) scopes: Vec<Scope>,
    /// When the session ends.
    pub(super) expires_at: Moment,
}

/// Get the caller's session.
#[utoipa::path(get, operation_id = "get_session", path = "/v1/session", tag = "access", security(("bearer" = [])),
    responses((status = 200, description = "The session.", body = SessionBody), EngineRefusals))]
async fn get(session: Session, acting: Option<Acting>) -> Json<SessionBody> {
    let caller = acting.map(|Acting(caller)| caller);
    Json(SessionBody {
        wallet: session.wallet,
        org: caller.as_ref().map(|caller| caller.org.into()),
        scopes: caller.map_or_else(Vec::new, |caller| caller.scopes),
        expires_at: session.expires_at.into(),
    })
}

/// End the caller's session.
#[utoipa::path(delete, operation_id = "end_session", path = "/v1/session", tag = "access", security(("bearer" = [])),
    responses((status = 204, description = "The session has ended."), EngineRefusals))]
async fn end(State(api): State<ApiState>, ended: Session) -> Result<StatusCode, Error> {
    let mut connection = api.engine.pool.acquire().await.map_err(StoreError::from)?;
    session::revoke(&mut connection, ended.hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The organisation of the session, when there is one.
struct Acting(Caller);

impl<S: Sync> axum::extract::OptionalFromRequestParts<S> for Acting {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Caller>().cloned().map(Self))
    }
}
