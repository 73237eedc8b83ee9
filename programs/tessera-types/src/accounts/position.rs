use super::{Header, StakePool};
use crate::{
    Address,
    math::{Result, add, wide_product},
};

crate::account! {
    /// A wallet's stake in a pool. Seeds: `position`, pool, wallet.
    pub struct Position {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The pool.
        pub pool: Address,
        /// The wallet.
        pub wallet: Address,
        /// What it staked, in the mint's smallest unit.
        pub staked: u64,
        /// The pool's `per_share` up to which `owed` counts, lower half.
        pub per_share_fraction: u64,
        /// The same, upper half.
        pub per_share_whole: u64,
        /// Rewards earned and not paid, lower half: 2^-64 of the reward mint's smallest unit, so that
        /// no rounding is lost.
        pub owed_fraction: u64,
        /// The same, upper half: whole units.
        pub owed: u64,
        /// Rewards ever paid, in the reward mint's smallest unit.
        pub harvested: u64,
        /// Zero, for later fields.
        pub spare: [u8; 32],
    }
    discriminator = [170, 188, 143, 228, 122, 64, 247, 208];
}

impl Position {
    /// Books what the stake earned since it was last met, exactly; the pool is advanced.
    #[inline(never)]
    pub fn settle(&mut self, pool: &StakePool) -> Result<()> {
        let fraction = pool
            .per_share_fraction
            .wrapping_sub(self.per_share_fraction);
        let borrow = u64::from(pool.per_share_fraction < self.per_share_fraction);
        let whole = pool
            .per_share_whole
            .wrapping_sub(self.per_share_whole)
            .wrapping_sub(borrow);
        // No overflow: a stake earns at most what was funded.
        let (carried, low) = wide_product(self.staked, fraction);
        let (_, high) = wide_product(self.staked, whole);
        let sum = self.owed_fraction.wrapping_add(low);
        let carry = u64::from(sum < low);
        self.owed_fraction = sum;
        self.owed = add(self.owed, add(add(high, carried)?, carry)?)?;
        self.per_share_fraction = pool.per_share_fraction;
        self.per_share_whole = pool.per_share_whole;
        Ok(())
    }
}
