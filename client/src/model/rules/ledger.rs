//! Commission: what a ledger holds, since when, and what it owes.

use tessera_types::{Address, limits::LEDGER_QUIET_SECS};

/// What a ledger's account must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "checkpoint",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub(crate) struct LedgerState {
    pub(crate) org: Address,
    pub(crate) wallet: Address,
    pub(crate) mint: Address,
    pub(crate) held: u128,
    pub(crate) release_at: i128,
    pub(crate) queued: u128,
    pub(crate) queued_release_at: i128,
    pub(crate) claimable: u128,
    pub(crate) claimed: u128,
    pub(crate) debt: u128,
    /// When the last share accrued, Unix seconds.
    pub(crate) accrued_at: i64,
}

impl LedgerState {
    /// Releases what has waited long enough at `now` (Unix seconds), then what is queued behind it.
    /// Returns how much that is.
    pub(crate) fn release(&mut self, now: i128) -> u128 {
        let mut released = 0;
        for _ in 0..2 {
            if self.held > 0 && now >= self.release_at {
                released = self.held.saturating_add(released);
                self.held = std::mem::take(&mut self.queued);
                self.release_at = std::mem::take(&mut self.queued_release_at);
            }
        }
        self.claimable = self.claimable.saturating_add(released);
        released
    }

    /// Books a share and returns the part that pays the debt.
    pub(crate) fn accrue(&mut self, amount: u128, at: i64, hold: u32) -> u128 {
        let now = i128::from(at);
        self.release(now);
        self.accrued_at = at;
        let repaid = amount.min(self.debt);
        self.debt -= repaid;
        let amount = amount - repaid;
        let due = now + i128::from(hold);
        if hold == 0 || amount == 0 {
            self.claimable = self.claimable.saturating_add(amount);
        } else if self.held == 0 {
            self.held = amount;
            self.release_at = due;
        } else {
            self.queued = self.queued.saturating_add(amount);
            self.queued_release_at = self.queued_release_at.max(due);
        }
        repaid
    }

    /// Gives back what it has, the latest held commission first; the rest becomes debt. Returns
    /// what it gave back.
    pub(crate) fn take_back(&mut self, amount: u128) -> u128 {
        let mut missing = amount;
        for balance in [&mut self.queued, &mut self.held, &mut self.claimable] {
            let taken = missing.min(*balance);
            *balance -= taken;
            missing -= taken;
        }
        self.debt = self.debt.saturating_add(missing);
        amount - missing
    }

    /// Gives back a share of a refund, and returns what comes out of the vault; while the vault is
    /// frozen, the whole share becomes debt.
    pub(crate) fn refund(&mut self, amount: u128, frozen: bool) -> u128 {
        if frozen {
            self.debt = self.debt.saturating_add(amount);
            return 0;
        }
        self.take_back(amount)
    }

    /// Whether the account has room for the numbers.
    pub(crate) fn fits(&self) -> bool {
        let amounts = [self.held, self.queued, self.claimable, self.debt];
        let times = [self.release_at, self.queued_release_at];
        amounts.iter().all(|it| *it <= u64::MAX.into())
            && times.iter().all(|it| *it <= i64::MAX.into())
    }

    /// Whether nothing is owed either way at `now` (Unix seconds), nor likely to be.
    pub(crate) fn is_settled(&self, now: i64) -> bool {
        let quiet = i128::from(now) - i128::from(self.accrued_at);
        self.held + self.queued + self.claimable + self.debt == 0
            && quiet >= i128::from(LEDGER_QUIET_SECS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_comes_from_what_was_queued_last_and_then_is_owed() {
        let mut ledger = LedgerState {
            claimable: 5,
            ..LedgerState::default()
        };
        ledger.accrue(10, 0, 100);
        ledger.accrue(10, 50, 100);
        assert_eq!(ledger.take_back(12), 12);
        assert_eq!((ledger.queued, ledger.held, ledger.claimable), (0, 8, 5));
        assert_eq!(ledger.take_back(20), 13);
        assert_eq!((ledger.held, ledger.claimable, ledger.debt), (0, 0, 7));
        assert_eq!(ledger.accrue(10, 200, 100), 7);
        assert_eq!((ledger.held, ledger.debt), (3, 0));
    }
}
