//! Claims: what was released, to be paid by who pays, and what of it is no longer earned.

use super::referrals::outcome_of;
use crate::{
    auth::Read,
    error::Error,
    extract::{List, Listed, Paging, PathParam, parameters},
    http::unit_of_work::Reader,
    openapi::EngineItemRefusals,
    schema::ReferralRewards,
    state::ApiState,
    wire::{Id, Key, Listing, Name},
};
use axum::Json;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tessera_domain::automation::referral::{Grant, Rewards};
use tessera_engine::automation::referrals as engine;
use tessera_store::automation::referral::{self, ReferralFilter, ReferralRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

parameters! {
    struct ClaimFilters {}
}

impl Listed for ClaimFilters {
    const RESOURCE: &'static str = "referral_claims";
    type Key = Uuid;
}

/// What is due for a referral because it was released. Whole numbers: points, and smallest units of the mint.
#[derive(Serialize, ToSchema)]
struct ReferralClaim {
    /// The referral.
    referral: Id,
    /// The campaign's version.
    #[schema(example = 1)]
    version: i32,
    /// The mint of the units.
    #[schema(value_type = Key)]
    mint: String,
    /// The wallet that referred.
    referrer: Key,
    /// The wallet that was referred.
    referred: Key,
    /// What was released, in all.
    #[schema(value_type = ReferralRewards)]
    released: Rewards<Grant>,
    /// What of it is no longer earned, as after a refund, and is owed back.
    #[schema(value_type = ReferralRewards)]
    clawback: Rewards<Grant>,
}

#[derive(Deserialize)]
struct Released {
    released: Rewards<Grant>,
    clawback: Rewards<Grant>,
}

/// List a campaign's claims.
///
/// All that was released, of all versions, by the referral's id, a page at a time. This is what is owed: who pays reads
/// it here and pays by their own means.
#[utoipa::path(get, operation_id = "list_referral_claims", path = "/v1/referral-campaigns/{name}/claims", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The campaign's name."), ClaimFilters, Paging<ClaimFilters>),
    responses((status = 200, description = "A page of claims.", body = Listing<ReferralClaim>), EngineItemRefusals))]
async fn list(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    list: List<ClaimFilters>,
) -> Result<Json<Listing<ReferralClaim>>, Error> {
    engine::get(&mut reader, &name.0, None).await?;
    let filter = ReferralFilter {
        state: None,
        has_claims: true,
    };
    let rows = referral::list(&mut reader, &name.0, &filter, list.page()).await?;
    let mut mints = BTreeMap::new();
    for row in &rows {
        if let std::collections::btree_map::Entry::Vacant(mint) = mints.entry(row.version) {
            let of_version = engine::get(&mut reader, &name.0, Some(row.version)).await?;
            mint.insert(of_version.campaign.mint);
        }
    }
    let claim = |row: ReferralRow| {
        let Released { released, clawback } = outcome_of(row.outcome)?;
        Ok(ReferralClaim {
            referral: row.id.into(),
            version: row.version,
            mint: mints.get(&row.version).cloned().unwrap_or_default(),
            referrer: row.referrer.into(),
            referred: row.referred.into(),
            released,
            clawback,
        })
    };
    list.answer(rows, |row| row.id, claim)
}
