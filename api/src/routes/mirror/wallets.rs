//! Everything that one wallet has with all orgs.

use super::{ledgers::Ledger, members::Member, subscriptions::Subscription};
use crate::{
    error::Error,
    extract::{Filters, Limit, PathParam},
    openapi::Refusals,
    state::ApiState,
    wire::{Header, Key, Shown, header},
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_store::{
    mirror::{code::CodeRow, query},
    read::Page,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get))
}

/// What a wallet has. Each list is by address and holds at most 200 rows.
#[derive(Serialize, ToSchema)]
struct Wallet {
    /// The wallet.
    wallet: Key,
    /// Its standing with each org.
    memberships: Vec<Shown<Member>>,
    /// What it subscribes to.
    subscriptions: Vec<Shown<Subscription>>,
    /// Codes by which it earns.
    codes: Vec<Shown<Code>>,
    /// Its commission.
    ledgers: Vec<Shown<Ledger>>,
    /// Whether a list was cut; the routes of the lists have the rest.
    truncated: bool,
}

/// A referral code.
#[derive(Serialize, ToSchema)]
struct Code {
    /// The account.
    address: Key,
    #[serde(flatten)]
    header: Header,
    /// The org whose members it brings.
    org: Key,
    /// The code.
    #[schema(example = "SUMMER26")]
    code: String,
    /// Member wallet that earns by it.
    owner: Key,
    /// Proposed next owner.
    #[schema(required)]
    pending_owner: Option<Key>,
    /// When it was created, Unix seconds.
    #[schema(example = 1_767_225_600)]
    created_at: i64,
    /// Slot at which the account was read.
    #[schema(example = 361_000_000)]
    slot: i64,
}

impl From<CodeRow> for Code {
    fn from(row: CodeRow) -> Self {
        Self {
            address: row.address.into(),
            header: header!(row),
            org: row.org.into(),
            code: row.code,
            owner: row.owner.into(),
            pending_owner: row.pending_owner.map(Key::from),
            created_at: row.created_at,
            slot: row.slot,
        }
    }
}

/// Get everything about a wallet.
///
/// A wallet that never joined an org has nothing, which is not an error.
#[utoipa::path(get, operation_id = "get_wallet", path = "/v1/members/{wallet}", tag = "mirror",
    params(("wallet" = Key, Path, description = "The wallet.")),
    responses((status = 200, description = "What the wallet has, at one moment.", body = Wallet), Refusals))]
async fn get(
    State(api): State<ApiState>,
    PathParam(wallet): PathParam<Key>,
    Filters(()): Filters<()>,
) -> Result<Json<Wallet>, Error> {
    let key = tessera_store::Key::from(wallet);
    let page = Page {
        after: None,
        limit: Limit::MAX.with_next(),
    };
    let (mut mirror, final_slot) = api.mirror().await?;
    let now = query::index::now(&mut mirror).await?;
    let members = query::members::MemberFilter {
        wallet: Some(key),
        ..Default::default()
    };
    let mut members = query::members::list(&mut mirror, &members, page).await?;
    let subscriptions = query::subscriptions::SubscriptionFilter {
        wallet: Some(key),
        ..Default::default()
    };
    let mut subscriptions = query::subscriptions::list(&mut mirror, &subscriptions, page).await?;
    let mut codes = query::codes::owned_by(&mut mirror, key, page).await?;
    let ledgers = query::ledgers::LedgerFilter {
        wallet: Some(key),
        ..Default::default()
    };
    let mut ledgers = query::ledgers::list(&mut mirror, &ledgers, page).await?;
    let limit = Limit::MAX;
    let cut = [
        limit.cut(&mut members.rows) || members.rest.is_some(),
        limit.cut(&mut subscriptions.rows) || subscriptions.rest.is_some(),
        limit.cut(&mut codes),
        limit.cut(&mut ledgers.rows) || ledgers.rest.is_some(),
    ];
    Ok(Json(Wallet {
        wallet,
        memberships: members
            .rows
            .into_iter()
            .map(|row| {
                let slot = row.slot;
                Shown::new(slot, Member::at(row, now), final_slot)
            })
            .collect(),
        subscriptions: subscriptions
            .rows
            .into_iter()
            .map(|found| Subscription::shown(found, final_slot))
            .collect::<Result<_, _>>()?,
        codes: codes
            .into_iter()
            .map(|row| Shown::new(row.slot, row, final_slot))
            .collect(),
        ledgers: ledgers
            .rows
            .into_iter()
            .map(|row| Shown::new(row.slot, row, final_slot))
            .collect(),
        truncated: cut.contains(&true),
    }))
}
