//! The sales team: its settings and its members.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Key, Listing, Moment, Name},
};
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tessera_domain::leads::{routing::Away, working_hours::WorkingHours};
use tessera_engine::leads::team::{self, NewMember, Settings};
use tessera_store::leads::team::{self as rows, MemberRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(settings, set))
        .routes(routes!(members))
        .routes(routes!(member, put, remove))
}

/// Settings of the sales team.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SalesTeam {
    /// The queue of leads that no member can take, and of their tasks.
    #[schema(value_type = Name, example = "sales")]
    fallback: String,
    /// Whether a lead is assigned by itself when it appears: when a person is first identified, with proof and
    /// not by a page's key.
    #[schema(example = true)]
    routes: bool,
    /// Working hours of queues, and of members who state none; any time, if there are none.
    #[serde(default)]
    #[schema(value_type = Option<schema::WorkingHours>)]
    hours: Option<WorkingHours>,
}

/// What a member of the sales team is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SalesMember {
    /// Their name.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Ada"
    )]
    name: String,
    /// How many open leads they can have.
    #[schema(maximum = 100000, example = 40)]
    capacity: u32,
    /// Their share of the leads, compared with the weights of the others.
    #[schema(minimum = 1, maximum = 1000, example = 2)]
    weight: u32,
    /// What they can do.
    #[serde(default)]
    #[schema(value_type = Vec<Name>, max_items = 50, required = false, example = json!(["german", "mining"]))]
    skills: BTreeSet<String>,
    /// When they work; the team's hours, unless given.
    #[serde(default)]
    #[schema(value_type = Option<schema::WorkingHours>)]
    hours: Option<WorkingHours>,
    /// When they are away all the same.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Absence>, max_items = 100, required = false)]
    away: Vec<Away>,
    /// The wallet of who hears of their late tasks.
    #[serde(default)]
    manager: Option<Key>,
    /// Where a lead finds a moment to meet them: an https address, without a user or a fragment.
    #[serde(default)]
    #[schema(
        max_length = 2000,
        format = "uri",
        example = "https://calendar.example.com/ada"
    )]
    meeting_link: Option<String>,
}

/// A member of the sales team.
#[derive(Serialize, ToSchema)]
struct KnownSalesMember {
    /// Their wallet.
    wallet: Key,
    /// Their name.
    #[schema(example = "Ada")]
    name: String,
    /// How many open leads they can have.
    #[schema(example = 40)]
    capacity: i32,
    /// Their share of the leads.
    #[schema(example = 2)]
    weight: i32,
    /// What they can do.
    #[schema(example = json!(["german", "mining"]))]
    skills: Vec<String>,
    /// When they work; null for the team's hours.
    #[schema(required, value_type = Option<schema::WorkingHours>)]
    hours: Option<WorkingHours>,
    /// When they are away all the same.
    #[schema(value_type = Vec<schema::Absence>)]
    away: Vec<Away>,
    /// The wallet of who hears of their late tasks.
    #[schema(required)]
    manager: Option<Key>,
    /// Where a lead finds a moment to meet them.
    #[schema(required, format = "uri", example = "https://calendar.example.com/ada")]
    meeting_link: Option<String>,
    /// The API key or wallet that wrote this.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    updated_by: String,
    /// When it was written.
    updated_at: Moment,
}

impl From<MemberRow> for KnownSalesMember {
    fn from(row: MemberRow) -> Self {
        Self {
            wallet: row.wallet.into(),
            name: row.name,
            capacity: row.capacity,
            weight: row.weight,
            skills: row.skills,
            hours: row.hours.map(|it| it.0),
            away: row.away.0,
            manager: row.manager.map(Into::into),
            meeting_link: row.meeting_link,
            updated_by: row.updated_by,
            updated_at: row.updated_at.into(),
        }
    }
}

parameters! {
    struct SalesMemberFilters {}
}

impl Listed for SalesMemberFilters {
    const RESOURCE: &'static str = "sales_members";
    type Key = tessera_store::Key;
}

/// Get the settings of the sales team.
#[utoipa::path(get, operation_id = "get_sales_team", path = "/v1/sales-team", tag = "leads", security(("bearer" = [])),
    responses((status = 200, description = "The settings.", body = SalesTeam), EngineRefusals))]
async fn settings(mut reader: Reader<Read>) -> Result<Hashed<SalesTeam>, Error> {
    let settings = team::settings(&mut reader).await?;
    Ok(Hashed(SalesTeam {
        fallback: settings.fallback,
        routes: settings.routes,
        hours: settings.hours,
    }))
}

/// Replace the settings of the sales team.
///
/// The order of turns and the due times of existing tasks stay as they are.
#[utoipa::path(put, operation_id = "put_sales_team", path = "/v1/sales-team", tag = "leads", security(("bearer" = [])),
    request_body = SalesTeam,
    responses((status = 204, description = "The settings are in force."), EngineRefusals))]
async fn set(
    mut writer: Writer<Configure>,
    Body(wanted): Body<SalesTeam>,
) -> Result<StatusCode, Error> {
    let settings = Settings {
        fallback: wanted.fallback,
        routes: wanted.routes,
        hours: wanted.hours,
    };
    let (caller, conn) = writer.parts();
    team::set(conn, caller, settings).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the members of the sales team.
///
/// By wallet, a page at a time.
#[utoipa::path(get, operation_id = "list_sales_members", path = "/v1/sales-team/members", tag = "leads",
    security(("bearer" = [])),
    params(SalesMemberFilters, Paging<SalesMemberFilters>),
    responses((status = 200, description = "A page of members.", body = Listing<KnownSalesMember>), EngineRefusals))]
async fn members(
    mut reader: Reader<Read>,
    list: List<SalesMemberFilters>,
) -> Result<Json<Listing<KnownSalesMember>>, Error> {
    let rows = rows::members(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.wallet, |row| Ok(row.into()))
}

/// Get a member of the sales team.
#[utoipa::path(get, operation_id = "get_sales_member", path = "/v1/sales-team/members/{wallet}", tag = "leads",
    security(("bearer" = [])),
    params(("wallet" = Key, Path, description = "The member's wallet.")),
    responses((status = 200, description = "The member.", body = KnownSalesMember), EngineItemRefusals))]
async fn member(
    mut reader: Reader<Read>,
    PathParam(wallet): PathParam<Key>,
) -> Result<Hashed<KnownSalesMember>, Error> {
    let row = team::get(&mut reader, wallet.into()).await?;
    Ok(Hashed(row.into()))
}

/// Add or replace a member of the sales team.
///
/// A team has at most 500 members.
#[utoipa::path(put, operation_id = "put_sales_member", path = "/v1/sales-team/members/{wallet}", tag = "leads",
    security(("bearer" = [])),
    params(("wallet" = Key, Path, description = "The member's wallet.")),
    request_body = SalesMember,
    responses((status = 200, description = "The member.", body = KnownSalesMember), EngineRefusals))]
async fn put(
    mut writer: Writer<Configure>,
    PathParam(wallet): PathParam<Key>,
    Body(member): Body<SalesMember>,
) -> Result<Json<KnownSalesMember>, Error> {
    let new = NewMember {
        wallet: wallet.into(),
        name: member.name,
        capacity: member.capacity,
        weight: member.weight,
        skills: member.skills,
        hours: member.hours,
        away: member.away,
        manager: member.manager.map(Into::into),
        meeting_link: member.meeting_link,
    };
    let (caller, conn) = writer.parts();
    Ok(Json(team::put(conn, caller, new).await?.into()))
}

/// Remove a member of the sales team.
///
/// The member gets no more leads and tasks, and keeps what they have until it is reassigned.
#[utoipa::path(delete, operation_id = "remove_sales_member", path = "/v1/sales-team/members/{wallet}", tag = "leads",
    security(("bearer" = [])),
    params(("wallet" = Key, Path, description = "The member's wallet.")),
    responses((status = 204, description = "The member is removed."), EngineItemRefusals))]
async fn remove(
    mut writer: Writer<Configure>,
    PathParam(wallet): PathParam<Key>,
) -> Result<StatusCode, Error> {
    team::remove(&mut writer, wallet.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
