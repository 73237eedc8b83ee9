use crate::Address;

crate::account! {
    /// Commission of a member in one mint. Seeds: `ledger`, org, wallet, mint.
    ///
    /// `held + queued + claimable + claimed - debt` is the sum of the shares in the charges whose
    /// subscription names this ledger.
    pub struct Ledger {
        /// The org that owes it.
        pub org: Address,
        /// The member's wallet.
        pub wallet: Address,
        /// The mint.
        pub mint: Address,
        /// SHA-256 chain over the receipts of this account.
        pub receipt_head: [u8; 32],
        /// Number of receipts.
        pub receipt_seq: u64,
        /// Becomes claimable at `release_at`.
        pub held: u64,
        /// Accrued while `held` waits; becomes held when that is released.
        pub queued: u64,
        /// When `held` becomes claimable, Unix seconds.
        pub release_at: i64,
        /// Can be claimed now.
        pub claimable: u64,
        /// Ever claimed.
        pub claimed: u64,
        /// Owed back after refunds, taken from later accruals; reserved, zero today.
        pub debt: u64,
        /// The org's hold at opening, seconds.
        pub hold_secs: u32,
        /// Layout version.
        pub version: u8,
        /// Bump of this address.
        pub bump: u8,
        /// Bump of the vault's address.
        pub vault_bump: u8,
        /// Zero, for later fields.
        pub spare: [u8; 17],
    }
    discriminator = [43, 41, 21, 213, 180, 176, 95, 32];
}

impl Ledger {
    /// Books `amount` at `now` (Unix seconds): it waits at least `hold_secs`, at most twice that.
    /// `None` when a balance would overflow.
    pub fn accrue(&mut self, amount: u64, now: i64) -> Option<()> {
        if self.hold_secs == 0 {
            self.claimable = self.claimable.checked_add(amount)?;
            return Some(());
        }
        self.release(now)?;
        if self.held == 0 {
            self.held = amount;
            self.release_at = now.checked_add(i64::from(self.hold_secs))?;
        } else {
            self.queued = self.queued.checked_add(amount)?;
        }
        Some(())
    }

    /// Moves what has waited long enough to `claimable`. `None` when a balance would overflow.
    ///
    /// What is queued was accrued before `release_at`, so it is free a hold after that, however
    /// late this is called.
    pub fn release(&mut self, now: i64) -> Option<()> {
        if self.held == 0 || now < self.release_at {
            return Some(());
        }
        self.claimable = self.claimable.checked_add(self.held)?;
        self.held = self.queued;
        self.queued = 0;
        self.release_at = self.release_at.checked_add(i64::from(self.hold_secs))?;
        if now >= self.release_at {
            self.claimable = self.claimable.checked_add(self.held)?;
            self.held = 0;
        }
        Some(())
    }

    /// What the vault must hold for this ledger. `None` on overflow.
    pub fn owed(&self) -> Option<u64> {
        self.held
            .checked_add(self.queued)?
            .checked_add(self.claimable)
    }
}
