//! Commission of members.

use crate::{
    error::Error,
    extract::{Flag, List, Listed, Paging, parameters},
    openapi::Refusals,
    state::ApiState,
    wire::{Header, Key, Listing, Shown, U64, header},
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_store::mirror::{ledger::LedgerRow, query};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

parameters! {
    /// Narrows the list of ledgers.
    struct LedgerFilters {
        /// Only ledgers of this org.
        org: Key,
        /// Only ledgers of this wallet.
        wallet: Key,
        /// Only ledgers in this mint.
        mint: Key,
        /// Also closed accounts; false unless given.
        include_closed: Flag,
    }
}

impl Listed for LedgerFilters {
    const RESOURCE: &'static str = "ledgers";
    type Key = tessera_store::Key;
}

/// Commission of a member in one mint, in its smallest unit, as the account states it: what has
/// been released since its last receipt still counts as held.
#[derive(Serialize, ToSchema)]
pub(super) struct Ledger {
    /// The account.
    address: Key,
    #[serde(flatten)]
    header: Header,
    /// The org that owes it.
    org: Key,
    /// The member's wallet.
    wallet: Key,
    /// The mint.
    mint: Key,
    /// Becomes claimable at `release_at`.
    held: U64,
    /// When `held` becomes claimable, Unix seconds.
    #[schema(example = 1_767_830_400)]
    release_at: i64,
    /// Becomes held when `held` is released.
    queued: U64,
    /// When all of `queued` has waited long enough, Unix seconds.
    #[schema(example = 1_770_422_400)]
    queued_release_at: i64,
    /// Can be claimed now.
    claimable: U64,
    /// Ever claimed.
    claimed: U64,
    /// Owed to the merchant after refunds of what had been claimed: later commission pays it first.
    debt: U64,
    /// When it last accrued, Unix seconds; 0 is never.
    #[schema(example = 1_767_225_600)]
    accrued_at: i64,
    /// Slot at which the account was read.
    #[schema(example = 361_000_000)]
    slot: i64,
    /// Whether the account is closed; the rest is then as last read.
    closed: bool,
}

impl From<LedgerRow> for Ledger {
    fn from(row: LedgerRow) -> Self {
        Self {
            address: row.address.into(),
            header: header!(row),
            org: row.org.into(),
            wallet: row.wallet.into(),
            mint: row.mint.into(),
            held: row.held.into(),
            release_at: row.release_at,
            queued: row.queued.into(),
            queued_release_at: row.queued_release_at,
            claimable: row.claimable.into(),
            claimed: row.claimed.into(),
            debt: row.debt.into(),
            accrued_at: row.accrued_at,
            slot: row.slot,
            closed: row.closed,
        }
    }
}

/// List commission ledgers.
///
/// By address, a page at a time.
#[utoipa::path(get, operation_id = "list_ledgers", path = "/v1/ledgers", tag = "mirror", params(LedgerFilters, Paging<LedgerFilters>),
    responses((status = 200, description = "A page of ledgers.", body = Listing<Shown<Ledger>>), Refusals))]
async fn list(
    State(api): State<ApiState>,
    list: List<LedgerFilters>,
) -> Result<Json<Listing<Shown<Ledger>>>, Error> {
    let filter = query::ledgers::LedgerFilter {
        org: list.filters.org.map(Key::into),
        wallet: list.filters.wallet.map(Key::into),
        mint: list.filters.mint.map(Key::into),
        include_closed: list.filters.include_closed.unwrap_or_default().0,
    };
    let (mut mirror, final_slot) = api.mirror().await?;
    let looked = query::ledgers::list(&mut mirror, &filter, list.page()).await?;
    let show = |row: LedgerRow| Ok(Shown::new(row.slot, row, final_slot));
    list.answer_looked(looked, |row| row.address, show)
}
