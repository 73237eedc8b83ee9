//! API keys: made, listed, revoked. The key itself is shown once.

use crate::{
    auth::Administer,
    error::Error,
    extract::{Body, Checks, List, Listed, Paging, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    state::ApiState,
    wire::{Id, Listing, Moment, Secret},
};
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::access::{KeyKind, Scope};
use tessera_engine::access::{self, CreatedKey};
use tessera_store::access::api_key::{self, ApiKeyRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
}

parameters! {
    struct ApiKeyFilters {}
}

impl Listed for ApiKeyFilters {
    const RESOURCE: &'static str = "api_keys";
    type Key = Uuid;
}

/// A key to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// What the key is for: 1 to 100 characters.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "website"
    )]
    name: String,
    /// The kind of key.
    #[schema(value_type = crate::wire::choice::KeyKind)]
    kind: KeyKind,
    /// Its scopes, which its kind allows and the caller has; all such scopes, unless given.
    #[schema(example = json!(["capture"]))]
    #[schema(value_type = Option<Vec<crate::wire::choice::Scope>>)]
    scopes: Option<Vec<Scope>>,
    /// When it expires; never, unless given.
    expires_at: Option<Moment>,
}

/// An API key.
#[derive(Serialize, ToSchema)]
struct ApiKey {
    /// The key's id, for revoking it.
    id: Id,
    /// What the key is for.
    #[schema(example = "website")]
    name: String,
    /// The kind of key.
    #[schema(example = "write")]
    kind: String,
    /// Its scopes.
    #[schema(example = json!(["capture"]))]
    scopes: Vec<String>,
    /// Its first characters.
    #[schema(example = "tsk_write_3Kf8")]
    prefix: String,
    /// The API key or wallet that created it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was created.
    created_at: Moment,
    /// When it expires; null for never.
    #[schema(required)]
    expires_at: Option<Moment>,
    /// When it was revoked; null while it is valid.
    #[schema(required)]
    revoked_at: Option<Moment>,
}

/// A key that was just created.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeKey {
    /// The key's id, for revoking it.
    pub(super) id: Id,
    /// The key. It cannot be shown again.
    #[schema(value_type = String, example = "tsk_write_3Kf8sQvN…")]
    pub(super) key: Secret,
    /// Its scopes.
    #[schema(example = json!(["capture"]))]
    #[schema(value_type = Vec<crate::wire::choice::Scope>)]
    pub(super) scopes: Vec<Scope>,
}

impl From<CreatedKey> for MadeKey {
    fn from(created: CreatedKey) -> Self {
        Self {
            id: created.id.into(),
            key: Secret(created.text),
            scopes: created.scopes,
        }
    }
}

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            kind: row.kind,
            scopes: row.scopes,
            prefix: row.prefix,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            expires_at: row.expires_at.map(Into::into),
            revoked_at: row.revoked_at.map(Into::into),
        }
    }
}

/// List API keys.
///
/// Oldest first, a page at a time, including revoked keys.
#[utoipa::path(get, operation_id = "list_api_keys", path = "/v1/api-keys", tag = "access", security(("bearer" = [])),
    params(ApiKeyFilters, Paging<ApiKeyFilters>),
    responses((status = 200, description = "A page of keys.", body = Listing<ApiKey>), EngineRefusals))]
async fn list(
    mut reader: Reader<Administer>,
    list: List<ApiKeyFilters>,
) -> Result<Json<Listing<ApiKey>>, Error> {
    let rows = api_key::list(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Create an API key.
///
/// The answer is the only place where the key itself is shown.
#[utoipa::path(post, operation_id = "create_api_key", path = "/v1/api-keys", tag = "access", security(("bearer" = [])),
    request_body = NewKey,
    responses((status = 201, description = "The key.", body = MadeKey), EngineRefusals))]
async fn create(
    mut writer: Writer<Administer>,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<MadeKey>), Error> {
    let mut checks = Checks::default();
    checks.text("name", &new.name, 100);
    checks.finish()?;
    let expires_at = new.expires_at.map(|at| at.0);
    let (caller, conn) = writer.parts();
    let created =
        access::create_key(conn, caller, &new.name, new.kind, new.scopes, expires_at).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}

/// Revoke an API key.
///
/// The key stops working immediately. Revoking it again changes nothing.
#[utoipa::path(delete, operation_id = "revoke_api_key", path = "/v1/api-keys/{id}", tag = "access", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The key's id.")),
    responses((status = 204, description = "The key is revoked."), EngineItemRefusals))]
async fn revoke(
    mut writer: Writer<Administer>,
    PathParam(id): PathParam<Id>,
) -> Result<StatusCode, Error> {
    access::revoke_key(&mut writer, id.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
