//! Totals of the mirror.

use crate::{
    error::Error,
    extract::{Filters, parameters},
    openapi::Refusals,
    routes::service::Index,
    state::ApiState,
    wire::{Key, Sum},
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_store::{
    mirror::query::{self, stats::Money},
    read,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Mints in one answer: anybody can make another one.
const MAX_MINTS: i64 = 1_000;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get))
}

parameters! {
    /// Narrows the totals.
    struct StatsFilters {
        /// Only this org; without it, all.
        org: Key,
    }
}

/// Totals of one org or of all.
#[derive(Serialize, ToSchema)]
struct Stats {
    /// Members.
    #[schema(example = 1200)]
    members: i64,
    /// Subscriptions with the status trial, active or due: neither ended, nor used up, nor behind.
    #[schema(example = 800)]
    active_subscriptions: i64,
    /// Points that members can redeem, by the network's clock as the index last saw it.
    points_outstanding: Sum,
    /// Points that members ever received.
    lifetime_points: Sum,
    /// Receipts, of the org's accounts when one is asked for.
    #[schema(example = 5000)]
    events: i64,
    /// Money, by mint, in the first 1,000 mints.
    money: Vec<MintMoney>,
    /// Whether there are more mints than returned.
    truncated: bool,
    /// How far the mirror has come; null before it first ran.
    #[schema(required)]
    index: Option<Index>,
}

/// Money in one mint, in its smallest unit.
#[derive(Serialize, ToSchema)]
struct MintMoney {
    /// The mint.
    mint: Key,
    /// Taken from payers.
    paid: Sum,
    /// Received by merchants.
    merchant: Sum,
    /// Received by keepers for making charges.
    keeper_fees: Sum,
    /// Given back to payers.
    refunded: Sum,
    /// Commission.
    commission: CommissionTotals,
}

/// Commission in one mint, in its smallest unit.
#[derive(Serialize, ToSchema)]
struct CommissionTotals {
    /// Booked by payments, less what refunds took back.
    accrued: Sum,
    /// Waiting for its release, as the ledgers state it.
    held: Sum,
    /// Claimable now.
    claimable: Sum,
    /// Already claimed.
    claimed: Sum,
}

impl From<Money> for MintMoney {
    fn from(money: Money) -> Self {
        Self {
            mint: money.mint.into(),
            paid: Sum(money.paid),
            merchant: Sum(money.merchant),
            keeper_fees: Sum(money.keeper_fees),
            refunded: Sum(money.refunded),
            commission: CommissionTotals {
                accrued: Sum(money.commission_accrued),
                held: Sum(money.commission_held),
                claimable: Sum(money.commission_claimable),
                claimed: Sum(money.commission_claimed),
            },
        }
    }
}

/// Get totals.
#[utoipa::path(get, operation_id = "get_stats", path = "/v1/stats", tag = "mirror", params(StatsFilters),
    responses((status = 200, description = "The totals, at one moment.", body = Stats), Refusals))]
async fn get(
    State(api): State<ApiState>,
    Filters(filters): Filters<StatsFilters>,
) -> Result<Json<Stats>, Error> {
    let org = filters.org.map(Key::into);
    let mut mirror = read::snapshot(&api.pools.mirror).await?;
    let counts = query::stats::counts(&mut mirror, org).await?;
    let mut money = query::stats::money(&mut mirror, org, MAX_MINTS + 1).await?;
    let all = money.len();
    money.truncate(usize::try_from(MAX_MINTS).unwrap_or(usize::MAX));
    let index = query::index::state(&mut mirror).await?;
    Ok(Json(Stats {
        members: counts.members,
        active_subscriptions: counts.active_subscriptions,
        points_outstanding: Sum(counts.points),
        lifetime_points: Sum(counts.lifetime_points),
        events: counts.events,
        truncated: money.len() < all,
        money: money.into_iter().map(MintMoney::from).collect(),
        index: index.map(Index::from),
    }))
}
