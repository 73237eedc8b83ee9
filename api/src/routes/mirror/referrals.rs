//! The members that a wallet referred, and what that earned it.

use crate::{
    error::Error,
    extract::{Filters, Limit, PathParam, parameters},
    openapi::Refusals,
    state::ApiState,
    wire::{Key, MintAmount, mint_amounts},
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_store::{
    mirror::query::{
        self,
        referrals::{ReferralLevel, ReferralNode},
    },
    read,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get))
}

parameters! {
    /// Narrows the tree.
    struct ReferralFilters {
        /// Only members of this org.
        org: Key,
        /// Most members to return.
        limit: Limit,
    }
}

/// The members below a wallet, three levels deep.
#[derive(Serialize, ToSchema)]
struct Referrals {
    /// The wallet at the root.
    wallet: Key,
    /// Members, nearest and oldest first.
    nodes: Vec<Node>,
    /// Whether there are more members than returned; the levels count them all.
    truncated: bool,
    /// Totals of each level, also of members that were not returned.
    levels: Vec<Level>,
}

/// A member below the wallet.
#[derive(Serialize, ToSchema)]
#[schema(as = ReferralNode)]
struct Node {
    /// The org that it joined.
    org: Key,
    /// Its wallet.
    wallet: Key,
    /// The wallet that referred it: the root, or another node's.
    #[schema(required)]
    referrer: Option<Key>,
    /// Levels below the root, from 1.
    #[schema(example = 1)]
    depth: i32,
    /// When it joined, Unix seconds.
    #[schema(example = 1_767_225_600)]
    registered_at: i64,
    /// The code that it registered with.
    #[schema(required, example = "SUMMER26")]
    code: Option<String>,
    /// Its subscriptions to the org's plans with the status active or due.
    #[schema(example = 1)]
    active_subscriptions: i64,
    /// What its charges earned the root.
    earned: Vec<MintAmount>,
}

/// A level of the tree, whole.
#[derive(Serialize, ToSchema)]
#[schema(as = ReferralLevel)]
struct Level {
    /// Levels below the root, from 1.
    #[schema(example = 1)]
    depth: i32,
    /// Members on it.
    #[schema(example = 12)]
    members: i64,
    /// What its charges earned the root.
    earned: Vec<MintAmount>,
}

impl From<ReferralNode> for Node {
    fn from(node: ReferralNode) -> Self {
        Self {
            org: node.org.into(),
            wallet: node.wallet.into(),
            referrer: node.referrer.map(Key::from),
            depth: node.depth,
            registered_at: node.registered_at,
            code: node.code,
            active_subscriptions: node.active_subscriptions,
            earned: mint_amounts(node.earned),
        }
    }
}

impl From<ReferralLevel> for Level {
    fn from(level: ReferralLevel) -> Self {
        Self {
            depth: level.depth,
            members: level.members,
            earned: mint_amounts(level.earned),
        }
    }
}

/// Get the referral tree below a wallet.
#[utoipa::path(get, operation_id = "get_referrals", path = "/v1/referrals/{wallet}", tag = "mirror",
    params(("wallet" = Key, Path, description = "The wallet at the root."), ReferralFilters),
    responses((status = 200, description = "The tree, at one moment.", body = Referrals), Refusals))]
async fn get(
    State(api): State<ApiState>,
    PathParam(wallet): PathParam<Key>,
    Filters(filters): Filters<ReferralFilters>,
) -> Result<Json<Referrals>, Error> {
    let root = tessera_store::Key::from(wallet);
    let org = filters.org.map(Key::into);
    let limit = filters.limit.unwrap_or_default();
    let mut mirror = read::snapshot(&api.pools.mirror).await?;
    let mut nodes = query::referrals::nodes(&mut mirror, root, org, limit.with_next()).await?;
    let levels = query::referrals::levels(&mut mirror, root, org).await?;
    let truncated = limit.cut(&mut nodes);
    Ok(Json(Referrals {
        wallet,
        nodes: nodes.into_iter().map(Node::from).collect(),
        truncated,
        levels: levels.into_iter().map(Level::from).collect(),
    }))
}
