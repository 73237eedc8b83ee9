//! Referral campaigns: versions of their rules, and the referrals that they are about.

mod board;
mod claims;
mod referrals;

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, Checks, Filters, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Listing, Moment, Name, Version},
};
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::{automation::referral::Campaign, capture::is_name};
use tessera_engine::automation::referrals as engine;
use tessera_store::automation::referral_campaign::{self, CampaignRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, draft))
        .routes(routes!(get))
        .routes(routes!(publish))
        .routes(routes!(end))
        .merge(referrals::router())
        .merge(claims::router())
        .merge(board::router())
}

parameters! {
    struct CampaignFilters {}
}

impl Listed for CampaignFilters {
    const RESOURCE: &'static str = "referral_campaigns";
    type Key = Name;
}

/// A referral campaign to add, or to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReferralCampaign {
    /// The campaign's name.
    #[schema(value_type = Name)]
    name: String,
    /// Its rules.
    #[schema(value_type = schema::ReferralRules)]
    campaign: Campaign,
}

/// A version of a referral campaign.
#[derive(Serialize, ToSchema)]
struct ReferralCampaign {
    /// The campaign's name.
    #[schema(value_type = Name)]
    name: String,
    /// The version, from 1.
    #[schema(example = 1)]
    version: i32,
    /// `draft`, `published`, or `retired` when another version was published.
    #[schema(example = "published")]
    status: String,
    /// Its rules.
    #[schema(value_type = schema::ReferralRules)]
    campaign: Campaign,
    /// The API key or wallet that wrote the version.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was written.
    created_at: Moment,
    /// When it was published; null of a draft.
    #[schema(required)]
    published_at: Option<Moment>,
    /// The first moment of registrations that count for it, by the network's clock; null of a draft.
    #[schema(required)]
    starts_at: Option<Moment>,
    /// The first moment of registrations that no longer do: as its rules say, or when it was ended or another
    /// version took over; null of a draft.
    #[schema(required)]
    ends_at: Option<Moment>,
    /// The network's clock at the last evaluation; null before.
    #[schema(required)]
    evaluated_at: Option<Moment>,
}

impl From<CampaignRow> for ReferralCampaign {
    fn from(row: CampaignRow) -> Self {
        Self {
            name: row.name,
            version: row.version,
            status: row.status,
            campaign: row.campaign,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            published_at: row.published_at.map(Into::into),
            starts_at: row.starts_at.map(Into::into),
            ends_at: row.ends_at.map(Into::into),
            evaluated_at: row.evaluated_at.map(Into::into),
        }
    }
}

parameters! {
    struct CampaignVersion {
        /// The version; by default the one that was published last, or the newest if none is published.
        version: Version,
    }
}

/// List referral campaigns.
///
/// By name, a page at a time: of each the version that was published last, else the newest.
#[utoipa::path(get, operation_id = "list_referral_campaigns", path = "/v1/referral-campaigns", tag = "automation", security(("bearer" = [])),
    params(CampaignFilters, Paging<CampaignFilters>),
    responses((status = 200, description = "A page of referral campaigns.", body = Listing<ReferralCampaign>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<CampaignFilters>,
) -> Result<Json<Listing<ReferralCampaign>>, Error> {
    let page = list.page().by(|name| name.0);
    let names = referral_campaign::names(&mut reader, page).await?;
    let mut rows = Vec::with_capacity(names.len());
    for name in names {
        rows.push(engine::get(&mut reader, &name, None).await?);
    }
    list.answer(rows, |row| Name(row.name.clone()), |row| Ok(row.into()))
}

/// Get a referral campaign.
#[utoipa::path(get, operation_id = "get_referral_campaign", path = "/v1/referral-campaigns/{name}", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The campaign's name."), CampaignVersion),
    responses((status = 200, description = "The campaign.", body = ReferralCampaign), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    Filters(filter): Filters<CampaignVersion>,
) -> Result<Hashed<ReferralCampaign>, Error> {
    let row = engine::get(&mut reader, &name.0, filter.version.map(|it| it.0)).await?;
    Ok(Hashed(row.into()))
}

/// Create or change a referral campaign.
///
/// Adds a version as a draft. No registration counts for it before it is published.
#[utoipa::path(post, operation_id = "draft_referral_campaign", path = "/v1/referral-campaigns", tag = "automation", security(("bearer" = [])),
    request_body = NewReferralCampaign,
    responses((status = 201, description = "The draft.", body = ReferralCampaign), EngineRefusals))]
async fn draft(
    mut writer: Writer<Configure>,
    Body(new): Body<NewReferralCampaign>,
) -> Result<(StatusCode, Json<ReferralCampaign>), Error> {
    let mut checks = Checks::default();
    checks.that("name", Name::RULE, is_name(&new.name));
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let row = engine::draft(conn, caller, &new.name, new.campaign).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Which version to publish.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CampaignPublication {
    /// The version.
    #[schema(minimum = 1, example = 1)]
    version: i32,
}

/// Publish a version of a referral campaign.
///
/// Registrations count for it from its start, or from now on if another version was published before, which then takes
/// no more. Each version has its own budget and is published once.
#[utoipa::path(post, operation_id = "publish_referral_campaign", path = "/v1/referral-campaigns/{name}/publish", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The campaign's name.")),
    request_body = CampaignPublication,
    responses((status = 200, description = "The version.", body = ReferralCampaign), EngineItemRefusals))]
async fn publish(
    mut writer: Writer<Configure>,
    PathParam(name): PathParam<Name>,
    Body(wanted): Body<CampaignPublication>,
) -> Result<Json<ReferralCampaign>, Error> {
    let (caller, conn) = writer.parts();
    let row = engine::publish(conn, caller, &name.0, wanted.version).await?;
    Ok(Json(row.into()))
}

/// End a referral campaign.
///
/// No later registration counts for it. Existing referrals can still qualify and be released.
#[utoipa::path(post, operation_id = "end_referral_campaign", path = "/v1/referral-campaigns/{name}/end", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The campaign's name.")),
    responses((status = 200, description = "The version that was published last.", body = ReferralCampaign), EngineItemRefusals))]
async fn end(
    mut writer: Writer<Configure>,
    PathParam(name): PathParam<Name>,
) -> Result<Json<ReferralCampaign>, Error> {
    let (caller, conn) = writer.parts();
    let row = engine::end(conn, caller, &name.0).await?;
    Ok(Json(row.into()))
}
