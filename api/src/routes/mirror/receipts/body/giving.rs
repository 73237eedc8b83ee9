//! The terms of new campaigns and stake pools.

use crate::wire::{Hex, Key, U64, unless_never};
use serde::Serialize;
use tessera_client::types::{
    accounts::Campaign,
    events::{CampaignCreated, PoolCreated},
};
use utoipa::ToSchema;

/// Tokens that an org gives to wallets on a list. Amounts are in the mint's smallest unit.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::mirror::receipts) struct CampaignTerms {
    /// The org that gives.
    org: Key,
    /// Token that is given.
    mint: Key,
    /// Program that owns the mint.
    token_program: Key,
    /// Token account that holds what is given.
    vault: Key,
    /// Chosen by the org.
    id: U64,
    /// Most that may be claimed in all.
    cap: U64,
    /// From when vouchers can be claimed, Unix seconds.
    #[schema(example = 1_767_225_600)]
    opens_at: i64,
    /// From when they can no longer be claimed, Unix seconds; null is never.
    #[schema(required, example = 1_769_817_600)]
    closes_at: Option<i64>,
    /// From when a claim vests, Unix seconds.
    #[schema(example = 1_767_225_600)]
    vesting_starts_at: i64,
    /// For how long after that nothing of it can be paid, seconds.
    #[schema(example = 0)]
    cliff_secs: u32,
    /// How long it takes to vest in full, seconds; 0: claims are paid in full.
    #[schema(example = 0)]
    vesting_secs: u32,
    /// Merkle root over the vouchers.
    root: Hex,
    /// Whether an amount is all that its wallet ever gets, earlier claims included.
    cumulative: bool,
}

/// Rewards that an org streams to those who stake.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::mirror::receipts) struct PoolTerms {
    /// The org.
    org: Key,
    /// Token that is staked.
    stake_mint: Key,
    /// Token that is given.
    reward_mint: Key,
    /// Token account that holds what is staked.
    stake_vault: Key,
    /// Token account that holds what is to be given.
    reward_vault: Key,
    /// Chosen by the org.
    id: U64,
}

impl From<CampaignCreated> for CampaignTerms {
    fn from(event: CampaignCreated) -> Self {
        let terms = event.terms;
        Self {
            org: event.org.into(),
            mint: event.mint.into(),
            token_program: event.token_program.into(),
            vault: event.vault.into(),
            id: U64(terms.id),
            cap: U64(terms.cap),
            opens_at: terms.opens_at,
            closes_at: unless_never(terms.closes_at),
            vesting_starts_at: terms.vesting_starts_at,
            cliff_secs: terms.cliff_secs,
            vesting_secs: terms.vesting_secs,
            root: Hex(terms.root.to_vec()),
            cumulative: terms.flags & Campaign::CUMULATIVE != 0,
        }
    }
}

impl From<PoolCreated> for PoolTerms {
    fn from(event: PoolCreated) -> Self {
        Self {
            org: event.org.into(),
            stake_mint: event.stake_mint.into(),
            reward_mint: event.reward_mint.into(),
            stake_vault: event.stake_vault.into(),
            reward_vault: event.reward_vault.into(),
            id: U64(event.id),
        }
    }
}
