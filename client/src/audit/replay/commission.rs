//! Commission: what ledgers hold, and since when.

use super::{Check, Replay, Report, at, missing, require_first};
use crate::address;
use tessera_types::{
    Address,
    events::{CommissionClaimed, LedgerOpened, LedgerShare, Receipt},
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
}

impl LedgerState {
    /// What has waited long enough at `now` (Unix seconds) can be claimed, then what is queued
    /// behind it.
    fn release(&mut self, now: i128) {
        for _ in 0..2 {
            if self.held > 0 && now >= self.release_at {
                self.claimable += self.held;
                self.held = std::mem::take(&mut self.queued);
                self.release_at = std::mem::take(&mut self.queued_release_at);
            }
        }
    }

    fn accrue(&mut self, amount: u128, now: i128, hold: u32) {
        self.release(now);
        let due = now + i128::from(hold);
        if hold == 0 {
            self.claimable += amount;
        } else if self.held == 0 {
            self.held = amount;
            self.release_at = due;
        } else {
            self.queued += amount;
            self.queued_release_at = self.queued_release_at.max(due);
        }
    }
}

impl Replay {
    pub(super) fn ledger_opened(&mut self, event: &LedgerOpened, report: &mut Report) {
        let receipt = &event.receipt;
        require_first(report, Check::Commission, receipt);
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

    /// Books the shares of a payment, which the terms hold for `hold` seconds.
    pub(super) fn accrue(
        &mut self,
        receipt: &Receipt,
        shares: &[LedgerShare],
        hold: u32,
        report: &mut Report,
    ) {
        for share in shares {
            match self.ledgers.get_mut(&share.ledger) {
                Some(ledger) => {
                    ledger.accrue(u128::from(share.amount), i128::from(receipt.at), hold);
                }
                None => missing(report, Check::Commission, receipt, "ledger"),
            }
        }
    }
}
