//! Accounts: companies whose institutional leads go to one member of the sales team.

use crate::{
    auth::{Read, Sell},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    state::ApiState,
    wire::{DomainName, Key, Listing, Moment},
};
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_engine::leads::sales_accounts;
use tessera_store::leads::sales_account::{self, AccountRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, put, remove))
}

parameters! {
    /// Narrows the list.
    struct SalesAccountFilters {
        /// Only accounts of this member.
        owner: Key,
    }
}

impl Listed for SalesAccountFilters {
    const RESOURCE: &'static str = "sales_accounts";
    type Key = DomainName;
}

/// What an account is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SalesAccount {
    /// The company's name.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Example Mining"
    )]
    name: String,
    /// The wallet of the member who has its leads.
    owner: Key,
}

/// An account.
#[derive(Serialize, ToSchema)]
struct KnownSalesAccount {
    /// The company's domain.
    #[schema(value_type = DomainName)]
    domain: String,
    /// The company's name.
    #[schema(example = "Example Mining")]
    name: String,
    /// The wallet of the member who has its leads.
    owner: Key,
    /// The API key or wallet that wrote this.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    updated_by: String,
    /// When it was written.
    updated_at: Moment,
}

impl From<AccountRow> for KnownSalesAccount {
    fn from(row: AccountRow) -> Self {
        Self {
            domain: row.domain,
            name: row.name,
            owner: row.owner.into(),
            updated_by: row.updated_by,
            updated_at: row.updated_at.into(),
        }
    }
}

/// List accounts.
///
/// By domain, a page at a time.
#[utoipa::path(get, operation_id = "list_sales_accounts", path = "/v1/sales-accounts", tag = "leads",
    security(("bearer" = [])),
    params(SalesAccountFilters, Paging<SalesAccountFilters>),
    responses((status = 200, description = "A page of accounts.", body = Listing<KnownSalesAccount>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<SalesAccountFilters>,
) -> Result<Json<Listing<KnownSalesAccount>>, Error> {
    let owner = list.filters.owner.map(Into::into);
    let page = list.page().by(|domain| domain.0);
    let rows = sales_account::list(&mut reader, owner, page).await?;
    list.answer(
        rows,
        |row| DomainName(row.domain.clone()),
        |row| Ok(row.into()),
    )
}

/// Get an account.
#[utoipa::path(get, operation_id = "get_sales_account", path = "/v1/sales-accounts/{domain}", tag = "leads",
    security(("bearer" = [])),
    params(("domain" = inline(DomainName), Path, description = "The company's domain.")),
    responses((status = 200, description = "The account.", body = KnownSalesAccount), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(domain): PathParam<DomainName>,
) -> Result<Hashed<KnownSalesAccount>, Error> {
    let row = sales_accounts::get(&mut reader, &domain.0).await?;
    Ok(Hashed(row.into()))
}

/// Add or replace an account.
///
/// Leads whose e-mail address is at the domain, and whose segment is `institution` or `mining_farm`, go to its
/// owner. The domain must be a registered one of the company's own: no mailbox provider's.
#[utoipa::path(put, operation_id = "put_sales_account", path = "/v1/sales-accounts/{domain}", tag = "leads",
    security(("bearer" = [])),
    params(("domain" = inline(DomainName), Path, description = "The company's domain.")),
    request_body = SalesAccount,
    responses((status = 200, description = "The account.", body = KnownSalesAccount), EngineRefusals))]
async fn put(
    mut writer: Writer<Sell>,
    PathParam(domain): PathParam<DomainName>,
    Body(account): Body<SalesAccount>,
) -> Result<Json<KnownSalesAccount>, Error> {
    let (caller, conn) = writer.parts();
    let owner = account.owner.into();
    let row = sales_accounts::put(conn, caller, &domain.0, account.name, owner).await?;
    Ok(Json(row.into()))
}

/// Remove an account.
///
/// Leads that were assigned by it stay where they are.
#[utoipa::path(delete, operation_id = "remove_sales_account", path = "/v1/sales-accounts/{domain}", tag = "leads",
    security(("bearer" = [])),
    params(("domain" = inline(DomainName), Path, description = "The company's domain.")),
    responses((status = 204, description = "The account is removed."), EngineItemRefusals))]
async fn remove(
    mut writer: Writer<Sell>,
    PathParam(domain): PathParam<DomainName>,
) -> Result<StatusCode, Error> {
    sales_accounts::remove(&mut writer, &domain.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
