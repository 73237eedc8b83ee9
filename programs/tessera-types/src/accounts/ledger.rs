use super::Header;
use crate::{
    Address,
    limits::LEDGER_QUIET_SECS,
    math::{Result, add, later},
    seeded::{Bug, seeded},
};

crate::account! {
    /// Commission of a member in one mint. Seeds: `ledger`, org, wallet, mint.
    ///
    /// `held + queued + claimable + claimed - debt` is the sum of the shares in the payments that
    /// name this ledger, less what refunds took back of them.
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
        /// Owed to the merchant after refunds of what had been claimed: later accruals pay it first.
        pub debt: u64,
        /// When it last accrued, Unix seconds: it cannot close for a long time after, so that nobody
        /// sheds a debt before it is booked.
        pub accrued_at: i64,
        /// Bump of the vault's address.
        pub vault_bump: u8,
        /// Zero, for later fields.
        pub spare: [u8; 31],
    }
    discriminator = [43, 41, 21, 213, 180, 176, 95, 32];
}

impl Ledger {
    /// Books `amount` at `now` (Unix seconds) on terms that hold it for `hold_secs`: it waits at
    /// least that long, and at most as long again as the longest hold in its bucket. Returns what of
    /// it pays the debt, which is the merchant's. Refused when a balance or a time would overflow.
    #[inline(always)]
    pub fn accrue(&mut self, mut amount: u64, hold_secs: u32, now: i64) -> Result<u64> {
        self.release(now)?;
        self.accrued_at = now;
        let mut repaid = 0;
        if self.debt > 0 {
            repaid = self.debt.min(amount);
            self.debt -= repaid;
            amount -= repaid;
        }
        if hold_secs == 0 || amount == 0 || seeded(Bug::SkippedHold) {
            self.claimable = add(self.claimable, amount)?;
            return Ok(repaid);
        }
        let due = later(now, hold_secs)?;
        if self.held == 0 {
            self.held = amount;
            self.release_at = due;
        } else {
            self.queued = add(self.queued, amount)?;
            self.queued_release_at = self.queued_release_at.max(due);
        }
        Ok(repaid)
    }

    /// Takes `amount` back: what is held first, the latest of it before the rest, then what can be
    /// claimed, and owes what is left. Returns what it could take. Refused when the debt would
    /// overflow.
    pub fn take_back(&mut self, amount: u64) -> Result<u64> {
        let mut missing = amount;
        for balance in [&mut self.queued, &mut self.held, &mut self.claimable] {
            let taken = missing.min(*balance);
            *balance -= taken;
            missing -= taken;
        }
        self.debt = add(self.debt, missing)?;
        Ok(amount - missing)
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

    /// Whether nothing is owed either way at `now` (Unix seconds), nor likely to be, so that it may
    /// close.
    pub fn is_settled(&self, now: i64) -> bool {
        self.held | self.queued | self.claimable | self.debt == 0
            && now.saturating_sub(self.accrued_at) >= i64::from(LEDGER_QUIET_SECS)
    }

    /// What the vault must hold for this ledger. Refused on overflow.
    pub fn owed(&self) -> Result<u64> {
        add(add(self.held, self.queued)?, self.claimable)
    }
}
