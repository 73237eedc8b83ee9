//! Wallets' standing with orgs.

use crate::{
    error::Error,
    extract::{Flag, List, Listed, Paging, Param, parameters},
    openapi::Refusals,
    state::ApiState,
    wire::{Header, Key, Listing, Shown, U64, header},
};
use axum::{Json, extract::State};
use bytemuck::Zeroable;
use serde::Serialize;
use tessera_client::types::{TIERS, accounts};
use tessera_store::mirror::{member::MemberRow, query};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

parameters! {
    /// Narrows the list of members.
    struct MemberFilters {
        /// Only members of this org.
        org: Key,
        /// Only memberships of this wallet.
        wallet: Key,
        /// Only members that this wallet referred directly.
        referrer: Key,
        /// Only members in this tier; 0 is none.
        tier: TierNumber,
        /// Also closed accounts; false unless given.
        include_closed: Flag,
    }
}

impl Listed for MemberFilters {
    const RESOURCE: &'static str = "members";
    type Key = tessera_store::Key;
}

/// A tier, counted from 1; 0 is none.
#[derive(Clone, Copy)]
pub(crate) struct TierNumber(u8);

impl Param for TierNumber {
    const RULE: &'static str = "must be a whole number from 0 to 4";

    fn parse(text: &str) -> Option<Self> {
        let tier = text.parse().ok()?;
        (usize::from(tier) <= TIERS).then_some(Self(tier))
    }
}

impl PartialSchema for TierNumber {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .maximum(Some(TIERS))
            .examples([1])
            .into()
    }
}

/// A wallet's standing with an org.
#[derive(Serialize, ToSchema)]
pub(super) struct Member {
    /// The account.
    address: Key,
    #[serde(flatten)]
    header: Header,
    /// The org.
    org: Key,
    /// The wallet.
    wallet: Key,
    /// Wallets that referred this one, nearest first.
    referrers: Vec<Key>,
    /// The code that it registered with.
    #[schema(required, example = "SUMMER26")]
    code: Option<String>,
    /// Tier reached by lifetime points, from 1; 0 is none.
    #[schema(example = 1)]
    tier: i16,
    /// Points that can be redeemed, by the network's clock as the index last saw it.
    points: U64,
    /// Points ever received, less what refunds took back.
    lifetime_points: U64,
    /// Points that later ones make up for, after a refund of what had been spent.
    points_debt: U64,
    /// Points that expire, the earliest first, among `points`.
    expiring: Vec<ExpiringPoints>,
    /// Whether the wallet has had its trial with this org.
    trial_used: bool,
    /// Highest reference of a redemption so far; each reference counts once.
    highest_reference: U64,
    /// When the wallet registered, Unix seconds.
    #[schema(example = 1_767_225_600)]
    registered_at: i64,
    /// Slot at which the account was read.
    #[schema(example = 361_000_000)]
    slot: i64,
    /// Whether the account is closed; the rest is then as last read.
    closed: bool,
}

/// Points that expire together.
#[derive(Serialize, ToSchema)]
struct ExpiringPoints {
    /// Number of points.
    points: U64,
    /// When they expire, Unix seconds.
    #[schema(example = 1_793_145_600)]
    expires_at: i64,
}

impl Member {
    /// The member as it stands at `now`, Unix seconds.
    pub(super) fn at(row: MemberRow, now: i64) -> Self {
        let points = points_at(&row, now);
        let expiring = row
            .expiring_points
            .iter()
            .zip(&row.expires_at)
            .filter(|(points, expires_at)| points.0 > 0 && now < **expires_at)
            .map(|(points, expires_at)| ExpiringPoints {
                points: (*points).into(),
                expires_at: *expires_at,
            })
            .collect();
        Self {
            address: row.address.into(),
            header: header!(row),
            org: row.org.into(),
            wallet: row.wallet.into(),
            referrers: [row.referrer_1, row.referrer_2, row.referrer_3]
                .into_iter()
                .flatten()
                .map(Key::from)
                .collect(),
            code: row.code,
            tier: row.tier,
            points: U64(points),
            expiring,
            trial_used: row.flags & i16::from(accounts::Member::TRIAL_USED) != 0,
            lifetime_points: row.lifetime_points.into(),
            points_debt: row.points_debt.into(),
            highest_reference: row.highest_reference.into(),
            registered_at: row.registered_at,
            slot: row.slot,
            closed: row.closed,
        }
    }
}

/// Points that can be redeemed at `now`, Unix seconds, as the program counts them.
fn points_at(row: &MemberRow, now: i64) -> u64 {
    let mut member = accounts::Member {
        points: row.points.0,
        ..Zeroable::zeroed()
    };
    for (place, points) in member.expiring_points.iter_mut().zip(&row.expiring_points) {
        *place = points.0;
    }
    for (place, expires_at) in member.expires_at.iter_mut().zip(&row.expires_at) {
        *place = *expires_at;
    }
    member.points_at(now)
}

/// List members.
///
/// By address, a page at a time.
#[utoipa::path(get, operation_id = "list_members", path = "/v1/members", tag = "mirror", params(MemberFilters, Paging<MemberFilters>),
    responses((status = 200, description = "A page of members.", body = Listing<Shown<Member>>), Refusals))]
async fn list(
    State(api): State<ApiState>,
    list: List<MemberFilters>,
) -> Result<Json<Listing<Shown<Member>>>, Error> {
    let filter = query::members::MemberFilter {
        org: list.filters.org.map(Key::into),
        wallet: list.filters.wallet.map(Key::into),
        referrer: list.filters.referrer.map(Key::into),
        tier: list.filters.tier.map(|tier| tier.0.into()),
        include_closed: list.filters.include_closed.unwrap_or_default().0,
    };
    let (mut mirror, final_slot) = api.mirror().await?;
    let now = query::index::now(&mut mirror).await?;
    let looked = query::members::list(&mut mirror, &filter, list.page()).await?;
    let show = |row: MemberRow| {
        let slot = row.slot;
        Ok(Shown::new(slot, Member::at(row, now), final_slot))
    };
    list.answer_looked(looked, |row| row.address, show)
}
