//! Vouchers and stakes.

use super::Receipt;
use crate::{Address, args::CreateCampaignArgs};

crate::event! {
    /// A campaign was created: first receipt of a Campaign.
    pub struct CampaignCreated {
        /// The org that gives.
        pub org: Address,
        /// Token that is given.
        pub mint: Address,
        /// Program that owns the mint.
        pub token_program: Address,
        /// Token account that holds what is given.
        pub vault: Address,
        /// As the org announced it.
        pub terms: CreateCampaignArgs,
    }
    discriminator = [9, 98, 69, 61, 53, 131, 64, 152];
}

crate::event! {
    /// A campaign has another root or cap: receipt of a Campaign.
    pub struct RootSet {
        /// Most that may be claimed in all, in the mint's smallest unit.
        pub cap: u64,
        /// Merkle root over the vouchers.
        pub root: [u8; 32],
    }
    discriminator = [244, 111, 125, 198, 147, 106, 193, 26];
}

crate::event! {
    /// Vouchers of a page can be claimed: first receipt of a NullifierPage.
    pub struct PageOpened {
        /// The campaign.
        pub campaign: Address,
        /// Its number.
        pub number: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
    discriminator = [22, 222, 69, 162, 219, 120, 67, 183];
}

crate::event! {
    /// A voucher was paid: receipt of a NullifierPage or a Claim.
    pub struct VoucherClaimed {
        /// The campaign.
        pub campaign: Address,
        /// Who claimed.
        pub wallet: Address,
        /// Token account that received it.
        pub destination: Address,
        /// What the voucher says, in the mint's smallest unit.
        pub entitled: u64,
        /// What was paid.
        pub amount: u64,
        /// The voucher's number.
        pub index: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
    discriminator = [45, 117, 206, 58, 70, 216, 79, 135];
}

crate::event! {
    /// A stake pool was created: first receipt of a StakePool.
    pub struct PoolCreated {
        /// The org.
        pub org: Address,
        /// Token that is staked.
        pub stake_mint: Address,
        /// Token that is given.
        pub reward_mint: Address,
        /// Token account that holds what is staked.
        pub stake_vault: Address,
        /// Token account that holds what is to be given.
        pub reward_vault: Address,
        /// Chosen by the org.
        pub id: u64,
    }
    discriminator = [202, 44, 41, 88, 104, 220, 157, 82];
}

crate::event! {
    /// Rewards were put in: receipt of a StakePool.
    pub struct PoolFunded {
        /// What was put in, in the reward mint's smallest unit.
        pub amount: u64,
        /// What is streamed from now on: with what was left and what was forfeited.
        pub budget: u64,
        /// Until when, Unix seconds.
        pub streams_until: i64,
    }
    discriminator = [164, 221, 242, 68, 164, 64, 24, 214];
}

crate::event! {
    /// A wallet staked: receipt of a Position.
    pub struct Staked {
        /// The pool.
        pub pool: Address,
        /// Who staked.
        pub wallet: Address,
        /// What was added, in the mint's smallest unit.
        pub amount: u64,
        /// What the position holds now.
        pub staked: u64,
    }
    discriminator = [11, 146, 45, 205, 230, 58, 213, 240];
}

crate::event! {
    /// A wallet took out what it had staked: receipt of a Position.
    pub struct Unstaked {
        /// What was taken out, in the mint's smallest unit.
        pub amount: u64,
        /// What the position holds now.
        pub staked: u64,
    }
    discriminator = [27, 179, 156, 215, 47, 71, 195, 7];
}

crate::event! {
    /// A wallet took its rewards: receipt of a Position.
    pub struct Harvested {
        /// What was paid, in the reward mint's smallest unit.
        pub amount: u64,
        /// Token account that received it.
        pub destination: Address,
    }
    discriminator = [249, 229, 78, 151, 106, 185, 149, 11];
}
