//! What wallets may do in the organisation. There is always an owner.

use crate::{
    auth::Administer,
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    state::ApiState,
    wire::{Key, Listing, Moment},
};
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::access::Role;
use tessera_engine::access;
use tessera_store::access::role::{self, RoleGrant};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(grant, withdraw))
}

parameters! {
    struct RoleFilters {}
}

impl Listed for RoleFilters {
    const RESOURCE: &'static str = "roles";
    type Key = tessera_store::Key;
}

/// A role to grant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRole {
    /// The role.
    #[schema(value_type = crate::wire::choice::Role)]
    role: Role,
}

/// A wallet's role.
#[derive(Serialize, ToSchema)]
struct Grant {
    /// The wallet.
    wallet: Key,
    /// `owner`, `sales`, `analyst` or `auditor`.
    #[schema(example = "sales")]
    role: String,
    /// The API key or wallet that granted it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    granted_by: String,
    /// When it was granted.
    granted_at: Moment,
}

impl From<RoleGrant> for Grant {
    fn from(row: RoleGrant) -> Self {
        Self {
            wallet: row.wallet.into(),
            role: row.role,
            granted_by: row.granted_by,
            granted_at: row.granted_at.into(),
        }
    }
}

/// List roles.
///
/// By wallet, a page at a time.
#[utoipa::path(get, operation_id = "list_roles", path = "/v1/roles", tag = "access", security(("bearer" = [])),
    params(RoleFilters, Paging<RoleFilters>),
    responses((status = 200, description = "A page of roles.", body = Listing<Grant>), EngineRefusals))]
async fn list(
    mut reader: Reader<Administer>,
    list: List<RoleFilters>,
) -> Result<Json<Listing<Grant>>, Error> {
    let rows = role::list(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.wallet, |row| Ok(row.into()))
}

/// Grant a role.
///
/// It replaces the wallet's present role. The caller must have all scopes of the new role.
#[utoipa::path(put, operation_id = "grant_role", path = "/v1/roles/{wallet}", tag = "access", security(("bearer" = [])),
    params(("wallet" = Key, Path, description = "The wallet.")), request_body = NewRole,
    responses((status = 204, description = "The wallet has the role."), EngineRefusals))]
async fn grant(
    mut writer: Writer<Administer>,
    PathParam(wallet): PathParam<Key>,
    Body(new): Body<NewRole>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    access::grant_role(conn, caller, wallet.into(), new.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revoke a role.
///
/// The wallet's sessions go on without the role's rights.
#[utoipa::path(delete, operation_id = "revoke_role", path = "/v1/roles/{wallet}", tag = "access", security(("bearer" = [])),
    params(("wallet" = Key, Path, description = "The wallet.")),
    responses((status = 204, description = "The wallet has no role."), EngineItemRefusals))]
async fn withdraw(
    mut writer: Writer<Administer>,
    PathParam(wallet): PathParam<Key>,
) -> Result<StatusCode, Error> {
    access::revoke_role(&mut writer, wallet.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
