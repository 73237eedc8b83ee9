//! Plans: what can be subscribed to.

use crate::{
    error::Error,
    extract::{Filters, Flag, List, Listed, Paging, PathParam, parameters},
    http::conditional::Hashed,
    openapi::{ItemRefusals, Refusals},
    state::ApiState,
    wire::{Header, Key, Listing, Schedule, Shown, U64, header, schedule, unless_never},
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_client::types::accounts;
use tessera_store::mirror::{plan::PlanRow, query};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
}

parameters! {
    /// Narrows the list of plans.
    struct PlanFilters {
        /// Only plans of this org.
        org: Key,
        /// Only plans paid in this mint.
        mint: Key,
        /// Also closed accounts; false unless given.
        include_closed: Flag,
    }
}

impl Listed for PlanFilters {
    const RESOURCE: &'static str = "plans";
    type Key = tessera_store::Key;
}

/// A plan. Amounts are in the mint's smallest unit.
#[derive(Serialize, ToSchema)]
struct Plan {
    /// The account.
    address: Key,
    #[serde(flatten)]
    header: Header,
    /// The org that sells it.
    org: Key,
    /// Chosen by the org.
    id: U64,
    /// Token it is paid in.
    mint: Key,
    /// Decimals of the mint.
    #[schema(example = 6)]
    decimals: i16,
    /// Program that owns the mint.
    token_program: Key,
    /// Token account that receives the merchant's part.
    destination: Key,
    /// Token account that holds commission of this org and mint.
    vault: Key,
    /// Who paid for the vault; null when it was not created with this plan.
    #[schema(required)]
    vault_rent_payer: Option<Key>,
    /// Whether the mint may have a permanent delegate, who can seize tokens of payers, merchant and
    /// vault; subscribers have to consent.
    permanent_delegate: bool,
    /// Whether the org states what a period costs, up to the price; subscribers have to consent.
    metered: bool,
    /// Whether a subscriber who changes to another plan within a period is credited what is left of
    /// it.
    prorated: bool,
    /// Price of a period without a quote.
    price: U64,
    /// Least price that a quote may set.
    price_floor: U64,
    /// Highest price that a quote may set.
    price_ceiling: U64,
    /// Points for each charge, before the tier's boost.
    points_per_charge: U64,
    /// What the keeper who sends a charge is paid from it at the end of the grace time; less
    /// before.
    keeper_fee_cap: U64,
    #[serde(flatten)]
    schedule: Schedule,
    /// Free time before the first charge, once for each member, seconds.
    #[schema(example = 0)]
    trial_secs: i64,
    /// When it was created, Unix seconds.
    #[schema(example = 1_767_225_600)]
    created_at: i64,
    /// No period starts at or after this time, Unix seconds; null is never.
    #[schema(required, example = 1_893_456_000)]
    ends_at: Option<i64>,
    /// No new subscription from this time on, Unix seconds; null is never.
    #[schema(required, example = 1_893_456_000)]
    sunset_at: Option<i64>,
    /// Slot at which the account was read.
    #[schema(example = 361_000_000)]
    slot: i64,
    /// Whether the account is closed; the rest is then as last read.
    closed: bool,
}

impl From<PlanRow> for Plan {
    fn from(row: PlanRow) -> Self {
        let flag = |flag: u8| row.flags & i16::from(flag) != 0;
        Self {
            address: row.address.into(),
            header: header!(row),
            org: row.org.into(),
            id: row.id.into(),
            mint: row.mint.into(),
            decimals: row.decimals,
            token_program: row.token_program.into(),
            destination: row.destination.into(),
            vault: row.vault.into(),
            vault_rent_payer: row.vault_rent_payer.map(Key::from),
            permanent_delegate: flag(accounts::Plan::PERMANENT_DELEGATE),
            metered: flag(accounts::Plan::METERED),
            prorated: flag(accounts::Plan::PRORATED),
            price: row.price.into(),
            price_floor: row.price_floor.into(),
            price_ceiling: row.price_ceiling.into(),
            points_per_charge: row.points_per_charge.into(),
            keeper_fee_cap: row.keeper_fee_cap.into(),
            schedule: schedule!(row),
            trial_secs: row.trial_secs,
            created_at: row.created_at,
            ends_at: unless_never(row.ends_at),
            sunset_at: unless_never(row.sunset_at),
            slot: row.slot,
            closed: row.closed,
        }
    }
}

/// List plans.
///
/// By address, a page at a time.
#[utoipa::path(get, operation_id = "list_plans", path = "/v1/plans", tag = "mirror", params(PlanFilters, Paging<PlanFilters>),
    responses((status = 200, description = "A page of plans.", body = Listing<Shown<Plan>>), Refusals))]
async fn list(
    State(api): State<ApiState>,
    list: List<PlanFilters>,
) -> Result<Json<Listing<Shown<Plan>>>, Error> {
    let filter = query::plans::PlanFilter {
        org: list.filters.org.map(Key::into),
        mint: list.filters.mint.map(Key::into),
        include_closed: list.filters.include_closed.unwrap_or_default().0,
    };
    let (mut mirror, final_slot) = api.mirror().await?;
    let rows = query::plans::list(&mut mirror, &filter, list.page()).await?;
    let show = |row: PlanRow| Ok(Shown::new(row.slot, row, final_slot));
    list.answer(rows, |row| row.address, show)
}

/// Get a plan.
#[utoipa::path(get, operation_id = "get_plan", path = "/v1/plans/{address}", tag = "mirror",
    params(("address" = Key, Path, description = "The plan.")),
    responses((status = 200, description = "The plan, even when its account is gone.", body = Shown<Plan>), ItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    PathParam(address): PathParam<Key>,
    Filters(()): Filters<()>,
) -> Result<Hashed<Shown<Plan>>, Error> {
    let (mut mirror, final_slot) = api.mirror().await?;
    let row = query::plans::get(&mut mirror, address.into())
        .await?
        .ok_or(Error::absent("plan", address))?;
    Ok(Hashed(Shown::new(row.slot, row, final_slot)))
}
