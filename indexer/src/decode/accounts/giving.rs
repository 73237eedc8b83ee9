//! Rows of what orgs give: campaigns of vouchers, and rewards for stakes.

use super::{Row, key};
use tessera_client::types::accounts;
use tessera_store::mirror::{
    campaign::CampaignRow, claim::ClaimRow, nullifier_page::NullifierPageRow,
    stake_pool::StakePoolRow, stake_position::StakePositionRow,
};

impl Row {
    pub(super) fn campaign(self, campaign: &accounts::Campaign) -> CampaignRow {
        CampaignRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            org: key(campaign.org),
            mint: key(campaign.mint),
            token_program: key(campaign.token_program),
            vault: key(campaign.vault),
            id: campaign.id.into(),
            cap: campaign.cap.into(),
            opens_at: campaign.opens_at,
            closes_at: campaign.closes_at,
            vesting_starts_at: campaign.vesting_starts_at,
            root: campaign.root.into(),
            cliff_secs: campaign.cliff_secs.into(),
            vesting_secs: campaign.vesting_secs.into(),
            flags: campaign.flags.into(),
            decimals: campaign.decimals.into(),
            claimed: campaign.claimed.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    pub(super) fn nullifier_page(self, page: &accounts::NullifierPage) -> NullifierPageRow {
        NullifierPageRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            campaign: key(page.campaign),
            number: page.number.into(),
            claimed: page.claimed.map(u64::to_le_bytes).concat(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    pub(super) fn claim(self, claim: &accounts::Claim) -> ClaimRow {
        ClaimRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            campaign: key(claim.campaign),
            wallet: key(claim.wallet),
            entitled: claim.entitled.into(),
            claimed: claim.claimed.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    pub(super) fn stake_pool(self, pool: &accounts::StakePool) -> StakePoolRow {
        StakePoolRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            org: key(pool.org),
            stake_mint: key(pool.stake_mint),
            reward_mint: key(pool.reward_mint),
            stake_vault: key(pool.stake_vault),
            reward_vault: key(pool.reward_vault),
            id: pool.id.into(),
            stake_token_program: key(pool.stake_token_program),
            reward_token_program: key(pool.reward_token_program),
            staked: pool.staked.into(),
            per_share_fraction: pool.per_share_fraction.into(),
            per_share_whole: pool.per_share_whole.into(),
            budget: pool.budget.into(),
            streamed: pool.streamed.into(),
            streams_from: pool.streams_from,
            streams_until: pool.streams_until,
            forfeited: pool.forfeited.into(),
            funded: pool.funded.into(),
            paid: pool.paid.into(),
            positions: pool.positions.into(),
            stake_decimals: pool.stake_decimals.into(),
            reward_decimals: pool.reward_decimals.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    pub(super) fn stake_position(self, position: &accounts::Position) -> StakePositionRow {
        StakePositionRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            pool: key(position.pool),
            wallet: key(position.wallet),
            staked: position.staked.into(),
            per_share_fraction: position.per_share_fraction.into(),
            per_share_whole: position.per_share_whole.into(),
            owed_fraction: position.owed_fraction.into(),
            owed: position.owed.into(),
            harvested: position.harvested.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }
}
