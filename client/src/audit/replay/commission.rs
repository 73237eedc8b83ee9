//! Commission: what ledgers hold, since when, and what they owe.

use super::{Check, Replay, Report, at, missing, require_first};
use crate::address;
use tessera_types::{
    Address,
    events::{CommissionClaimed, CommissionReleased, LedgerOpened, LedgerShare, Receipt},
    limits::LEDGER_QUIET_SECS,
};

/// What a ledger's account must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::audit) struct LedgerState {
    pub(in crate::audit) org: Address,
    pub(in crate::audit) wallet: Address,
    pub(in crate::audit) mint: Address,
    pub(in crate::audit) held: u128,
    pub(in crate::audit) release_at: i128,
    pub(in crate::audit) queued: u128,
    pub(in crate::audit) queued_release_at: i128,
    pub(in crate::audit) claimable: u128,
    pub(in crate::audit) claimed: u128,
    pub(in crate::audit) debt: u128,
    /// Of the last share, Unix seconds.
    pub(in crate::audit) accrued_at: i64,
}

impl LedgerState {
    /// What has waited long enough at `now` (Unix seconds) can be claimed, then what is queued
    /// behind it. Returns how much that is.
    fn release(&mut self, now: i128) -> u128 {
        let mut released = 0;
        for _ in 0..2 {
            if self.held > 0 && now >= self.release_at {
                released += self.held;
                self.held = std::mem::take(&mut self.queued);
                self.release_at = std::mem::take(&mut self.queued_release_at);
            }
        }
        self.claimable += released;
        released
    }

    /// Books a share and returns what of it pays the debt.
    fn accrue(&mut self, amount: u128, at: i64, hold: u32) -> u128 {
        let now = i128::from(at);
        self.release(now);
        self.accrued_at = at;
        let repaid = amount.min(self.debt);
        self.debt -= repaid;
        let amount = amount - repaid;
        let due = now + i128::from(hold);
        if hold == 0 || amount == 0 {
            self.claimable += amount;
        } else if self.held == 0 {
            self.held = amount;
            self.release_at = due;
        } else {
            self.queued += amount;
            self.queued_release_at = self.queued_release_at.max(due);
        }
        repaid
    }

    /// Gives back what it has, the latest of what is held first; the rest is owed. Returns what it
    /// gave back.
    fn take_back(&mut self, amount: u128) -> u128 {
        let mut missing = amount;
        for balance in [&mut self.queued, &mut self.held, &mut self.claimable] {
            let taken = missing.min(*balance);
            *balance -= taken;
            missing -= taken;
        }
        self.debt += missing;
        amount - missing
    }

    /// Whether nothing is owed either way at `now` (Unix seconds), nor likely to be.
    pub(super) fn is_settled(&self, now: i64) -> bool {
        let quiet = i128::from(now) - i128::from(self.accrued_at);
        self.held + self.queued + self.claimable + self.debt == 0
            && quiet >= i128::from(LEDGER_QUIET_SECS)
    }
}

impl Replay {
    pub(super) fn ledger_opened(&mut self, event: &LedgerOpened, report: &mut Report) {
        let receipt = &event.receipt;
        let derived = address::ledger(&event.org, &event.wallet, &event.mint);
        require_first(report, Check::Commission, receipt, derived);
        let member = address::member(&event.org, &event.wallet);
        if !self.members.contains_key(&member) {
            missing(report, Check::Commission, receipt, "member");
        }
        let ledger = LedgerState {
            org: event.org,
            wallet: event.wallet,
            mint: event.mint,
            ..LedgerState::default()
        };
        self.ledgers.insert(receipt.account, ledger);
    }

    pub(super) fn commission_released(&mut self, event: &CommissionReleased, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(ledger) = self.ledgers.get_mut(&receipt.account) else {
            return missing(report, Check::Commission, receipt, "ledger");
        };
        let released = ledger.release(i128::from(receipt.at));
        let found = u128::from(event.amount);
        report.compare(Check::Commission, at(receipt), "amount", released, found);
        let detail = "nothing had waited long enough";
        report.require(Check::Commission, at(receipt), released > 0, detail);
    }

    pub(super) fn commission_claimed(&mut self, event: &CommissionClaimed, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(ledger) = self.ledgers.get_mut(&receipt.account) else {
            return missing(report, Check::Commission, receipt, "ledger");
        };
        ledger.release(i128::from(receipt.at));
        let amount = u128::from(event.amount);
        let covered = amount > 0 && amount <= ledger.claimable;
        let detail = format!("{amount} of {} are claimed", ledger.claimable);
        report.require(Check::Commission, at(receipt), covered, &detail);
        ledger.claimable = ledger.claimable.saturating_sub(amount);
        ledger.claimed += amount;
    }

    /// Books the shares of a payment, which the terms hold for `hold` seconds, and returns what of
    /// them paid debts. A closed ledger has no share.
    pub(super) fn accrue(&mut self, receipt: &Receipt, shares: &[LedgerShare], hold: u32) -> u128 {
        let mut repaid = 0;
        for share in shares {
            if let Some(ledger) = self.ledgers.get_mut(&share.ledger) {
                repaid += ledger.accrue(share.amount.into(), receipt.at, hold);
            }
        }
        repaid
    }

    /// Takes back the shares of a refund and returns what came out of the vault. While that is
    /// `frozen`, all of it is owed.
    pub(super) fn take_back(&mut self, shares: &[LedgerShare], frozen: bool) -> u128 {
        let mut taken = 0;
        for share in shares {
            let amount = u128::from(share.amount);
            match self.ledgers.get_mut(&share.ledger) {
                Some(ledger) if frozen => ledger.debt += amount,
                Some(ledger) => taken += ledger.take_back(amount),
                None => {}
            }
        }
        taken
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
