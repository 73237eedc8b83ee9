//! Vouchers and stakes.

crate::part! {
    /// Arguments of `create_campaign`; amounts in the mint's smallest unit, times in Unix seconds.
    pub struct CreateCampaignArgs {
        /// Above that of every earlier campaign of the org.
        pub id: u64,
        /// Most that may be claimed in all.
        pub cap: u64,
        /// From when vouchers can be claimed.
        pub opens_at: i64,
        /// From when they cannot any more.
        pub closes_at: i64,
        /// From when a claim vests.
        pub vesting_starts_at: i64,
        /// Merkle root over the vouchers.
        pub root: [u8; 32],
        /// For how long after that nothing of it can be paid.
        pub cliff_secs: u32,
        /// How long it takes to vest in full; 0: claims are paid in full.
        pub vesting_secs: u32,
        /// [`Campaign`](crate::accounts::Campaign)'s flags.
        pub flags: u8,
        /// Zero.
        pub spare: [u8; 7],
    }
}

crate::part! {
    /// Arguments of `set_root`.
    pub struct SetRootArgs {
        /// The campaign's `receipt_seq`.
        pub seq: u64,
        /// Most that may be claimed in all; at least what was.
        pub cap: u64,
        /// Merkle root over the vouchers.
        pub root: [u8; 32],
    }
}

crate::part! {
    /// Arguments of `open_page`.
    pub struct OpenPageArgs {
        /// Which page of the campaign.
        pub number: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
}

crate::part! {
    /// Arguments of `claim_voucher`; the proof follows, 32 bytes for each node from the leaf's sibling
    /// up.
    pub struct ClaimVoucherArgs {
        /// What the voucher says, in the mint's smallest unit.
        pub amount: u64,
        /// Its number.
        pub index: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
}

crate::part! {
    /// Arguments of `create_pool`.
    pub struct CreatePoolArgs {
        /// Above that of every earlier pool of the org.
        pub id: u64,
    }
}

crate::part! {
    /// Arguments of `fund_pool`.
    pub struct FundPoolArgs {
        /// What is put in, in the reward mint's smallest unit.
        pub amount: u64,
        /// The pool's `receipt_seq`, so that this happens once.
        pub seq: u64,
        /// Over how long all that is left is streamed from now on, seconds.
        pub secs: u32,
        /// Zero.
        pub spare: [u8; 4],
    }
}

crate::part! {
    /// Arguments of `stake` and `unstake`.
    pub struct StakeArgs {
        /// What is staked or taken out, in the mint's smallest unit; `u64::MAX` takes out all.
        pub amount: u64,
    }
}
