//! Businesses.

use crate::{
    error::Error,
    extract::{Filters, Flag, List, Listed, Paging, PathParam, parameters},
    http::conditional::Hashed,
    openapi::{ItemRefusals, Refusals},
    state::ApiState,
    wire::{Header, Hex, Key, Listing, Shown, U64, header},
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_client::types::accounts;
use tessera_store::mirror::{org::OrgRow, query};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
}

parameters! {
    /// Narrows the list of orgs.
    struct OrgFilters {
        /// Only orgs that this key administers.
        authority: Key,
        /// Also closed accounts; false unless given.
        include_closed: Flag,
    }
}

impl Listed for OrgFilters {
    const RESOURCE: &'static str = "orgs";
    type Key = tessera_store::Key;
}

/// A business.
#[derive(Serialize, ToSchema)]
struct Org {
    /// The account.
    address: Key,
    #[serde(flatten)]
    header: Header,
    /// Who created it; part of its address.
    creator: Key,
    /// Chosen by the creator.
    id: U64,
    /// First bytes of the cluster's genesis hash, as the creator stated them; quotes name it.
    #[schema(example = "e3b0c44298fc1c14")]
    cluster_tag: Hex,
    /// Signs the org's administration.
    authority: Key,
    /// Proposed next authority.
    #[schema(required)]
    pending_authority: Option<Key>,
    /// Signs price quotes.
    quote_authority: Key,
    /// Signs usage of metered plans; null when there are none.
    #[schema(required)]
    meter_authority: Option<Key>,
    /// Owns the token accounts which plans pay into.
    treasury: Key,
    /// Loyalty tiers by rising threshold.
    tiers: Vec<Tier>,
    /// Commission of each referral level of new subscriptions, nearest first, basis points of the
    /// price.
    #[schema(example = json!([1000, 300, 100]))]
    commission_bps: Vec<i32>,
    /// How long commission of new subscriptions is held before it can be claimed, seconds.
    #[schema(example = 604_800)]
    hold_secs: i64,
    /// Length of an epoch in which points are counted together until they expire, seconds; 0: they
    /// do not.
    #[schema(example = 0)]
    points_epoch_secs: i64,
    /// Whole epochs that points live beyond the one in which they were earned.
    #[schema(example = 0)]
    points_expiry_epochs: i16,
    /// Whether subscribing is paused, by the org or by the program's admin.
    subscribe_paused: bool,
    /// Whether charging is paused, likewise. Cancelling is never paused.
    charge_paused: bool,
    /// When it was created, Unix seconds.
    #[schema(example = 1_767_225_600)]
    created_at: i64,
    /// Slot at which the account was read.
    #[schema(example = 361_000_000)]
    slot: i64,
    /// Whether the account is closed; the rest is then as last read.
    closed: bool,
}

/// A loyalty tier.
#[derive(Serialize, ToSchema)]
struct Tier {
    /// Lifetime points from which it holds; the largest u64 is an unused tier.
    points_threshold: U64,
    /// Extra points on each charge, basis points.
    #[schema(example = 2500)]
    points_boost_bps: i32,
    /// Discount on each payment, basis points of the price.
    #[schema(example = 0)]
    discount_bps: i32,
}

impl From<OrgRow> for Org {
    fn from(row: OrgRow) -> Self {
        let paused = |flag: u8| (row.pause_flags | row.admin_pause_flags) & i16::from(flag) != 0;
        let tiers = row
            .tier_thresholds
            .iter()
            .zip(&row.tier_boosts_bps)
            .zip(&row.tier_discounts_bps)
            .map(|((threshold, boost), discount)| Tier {
                points_threshold: (*threshold).into(),
                points_boost_bps: *boost,
                discount_bps: *discount,
            })
            .collect();
        Self {
            address: row.address.into(),
            header: header!(row),
            creator: row.creator.into(),
            id: row.id.into(),
            cluster_tag: Hex(row.cluster_tag.to_vec()),
            authority: row.authority.into(),
            pending_authority: row.pending_authority.map(Key::from),
            quote_authority: row.quote_authority.into(),
            meter_authority: row.meter_authority.map(Key::from),
            treasury: row.treasury.into(),
            tiers,
            subscribe_paused: paused(accounts::Org::PAUSE_SUBSCRIBE),
            charge_paused: paused(accounts::Org::PAUSE_CHARGE),
            commission_bps: row.commission_bps,
            hold_secs: row.hold_secs,
            points_epoch_secs: row.points_epoch_secs,
            points_expiry_epochs: row.points_expiry_epochs,
            created_at: row.created_at,
            slot: row.slot,
            closed: row.closed,
        }
    }
}

/// List orgs.
///
/// By address, a page at a time.
#[utoipa::path(get, operation_id = "list_orgs", path = "/v1/orgs", tag = "mirror", params(OrgFilters, Paging<OrgFilters>),
    responses((status = 200, description = "A page of orgs.", body = Listing<Shown<Org>>), Refusals))]
async fn list(
    State(api): State<ApiState>,
    list: List<OrgFilters>,
) -> Result<Json<Listing<Shown<Org>>>, Error> {
    let filter = query::orgs::OrgFilter {
        authority: list.filters.authority.map(Key::into),
        include_closed: list.filters.include_closed.unwrap_or_default().0,
    };
    let (mut mirror, final_slot) = api.mirror().await?;
    let rows = query::orgs::list(&mut mirror, &filter, list.page()).await?;
    let show = |row: OrgRow| Ok(Shown::new(row.slot, row, final_slot));
    list.answer(rows, |row| row.address, show)
}

/// Get an org.
#[utoipa::path(get, operation_id = "get_org", path = "/v1/orgs/{address}", tag = "mirror",
    params(("address" = Key, Path, description = "The org.")),
    responses((status = 200, description = "The org, even when its account is gone.", body = Shown<Org>), ItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    PathParam(address): PathParam<Key>,
    Filters(()): Filters<()>,
) -> Result<Hashed<Shown<Org>>, Error> {
    let (mut mirror, final_slot) = api.mirror().await?;
    let row = query::orgs::get(&mut mirror, address.into())
        .await?
        .ok_or(Error::absent("org", address))?;
    Ok(Hashed(Shown::new(row.slot, row, final_slot)))
}
