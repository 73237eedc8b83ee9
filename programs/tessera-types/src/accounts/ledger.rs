use super::Header;
use crate::{
    Address,
    math::{Result, add, later},
};

crate::account! {
    /// Commission of a member in one mint. Seeds: `ledger`, org, wallet, mint.
    ///
    /// `held + queued + claimable + claimed - debt` is the sum of the shares in the charges whose
    /// subscription names this ledger.
    pub struct Ledger {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The org that owes it.
        pub org: Address,
        /// The member's wallet.
        pub wallet: Address,
        /// The mint.
        pub mint: Address,
        /// Token account that it is claimed from.
        pub vault: Address,
        /// Becomes claimable at `release_at`.
        pub held: u64,
        /// When `held` becomes claimable, Unix seconds.
        pub release_at: i64,
        /// Accrued while `held` waits; becomes held when that is released.
        pub queued: u64,
        /// When all of `queued` has waited long enough, Unix seconds.
        pub queued_release_at: i64,
        /// Can be claimed now.
        pub claimable: u64,
        /// Ever claimed.
        pub claimed: u64,
        /// Owed back after refunds, taken from later accruals; reserved, zero today.
        pub debt: u64,
        /// Bump of the vault's address.
        pub vault_bump: u8,
        /// Zero, for later fields.
        pub spare: [u8; 39],
    }
    discriminator = [43, 41, 21, 213, 180, 176, 95, 32];
}

impl Ledger {
    /// Books `amount` at `now` (Unix seconds) on terms that hold it for `hold_secs`: it waits at
    /// least that long, and at most as long again as the longest hold in its bucket. Refused when a
    /// balance or a time would overflow.
    #[inline(always)]
    pub fn accrue(&mut self, amount: u64, hold_secs: u32, now: i64) -> Result<()> {
        self.release(now)?;
        if hold_secs == 0 {
            self.claimable = add(self.claimable, amount)?;
            return Ok(());
        }
        let due = later(now, hold_secs)?;
        if self.held == 0 {
            self.held = amount;
            self.release_at = due;
        } else {
            self.queued = add(self.queued, amount)?;
            self.queued_release_at = self.queued_release_at.max(due);
        }
        Ok(())
    }

    /// Moves what has waited long enough to `claimable`. Refused when a balance would overflow.
    #[inline(always)]
    pub fn release(&mut self, now: i64) -> Result<()> {
        if self.held == 0 || now < self.release_at {
            return Ok(());
        }
        let mut free = self.held;
        if self.queued > 0 && now >= self.queued_release_at {
            free = add(free, self.queued)?;
            self.held = 0;
        } else {
            self.held = self.queued;
            self.release_at = self.queued_release_at;
        }
        self.queued = 0;
        self.queued_release_at = 0;
        self.claimable = add(self.claimable, free)?;
        Ok(())
    }

    /// What can be claimed at `now` (Unix seconds), released or not. Refused on overflow.
    pub fn claimable_at(&self, now: i64) -> Result<u64> {
        let mut later = *self;
        later.release(now)?;
        Ok(later.claimable)
    }

    /// What the vault must hold for this ledger. Refused on overflow.
    pub fn owed(&self) -> Result<u64> {
        add(add(self.held, self.queued)?, self.claimable)
    }
}
