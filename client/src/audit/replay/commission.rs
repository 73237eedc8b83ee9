//! Commission: what ledgers hold, since when, and what they owe.

use super::{Check, Report, State, at, missing, require_first};
use crate::{address, model::rules::LedgerState};
use tessera_types::events::{
    CommissionClaimed, CommissionReleased, LedgerOpened, LedgerShare, Receipt,
};

impl State {
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
