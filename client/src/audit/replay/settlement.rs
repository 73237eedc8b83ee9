//! Where the money and points of one period went.

use super::{Agreement, Check, Replay, Report, at, bps_of, missing, schedule};
use std::iter::zip;
use tessera_types::{
    NO_ADDRESS,
    accounts::{Plan, Subscription},
    events::{LedgerShare, Receipt, Settlement},
};

/// A payment as its receipt has it.
pub(super) struct Payment<'a> {
    pub(super) receipt: &'a Receipt,
    pub(super) settlement: &'a Settlement,
    pub(super) shares: &'a [LedgerShare],
}

impl Payment<'_> {
    /// Checks the parts of the debit: levels that were paid and what the merchant got.
    fn require_parts(&self, it: &Subscription, report: &mut Report) {
        let (at, settlement) = (at(self.receipt), self.settlement);
        let price = it.terms.price;
        report.compare(Check::Charges, at, "debit", price, settlement.debit);
        let parts = self.shares.iter().fold(
            u128::from(settlement.merchant) + u128::from(settlement.keeper_fee),
            |sum, share| sum + u128::from(share.amount),
        );
        let debit = u128::from(settlement.debit);
        report.compare(Check::Charges, at, "sum of the parts", debit, parts);

        let mut shares = shares(it);
        // What cannot be paid into the vault is not owed from it.
        let frozen = !shares.is_empty() && settlement.flags & Settlement::VAULT_FROZEN != 0;
        if frozen {
            shares.clear();
        }
        let flags = if frozen { Settlement::VAULT_FROZEN } else { 0 };
        report.compare(Check::Charges, at, "flags", flags, settlement.flags);
        let levels = usize::from(settlement.levels);
        report.compare(Check::Commission, at, "levels", shares.len(), levels);
        report.compare(Check::Commission, at, "shares", &shares[..], self.shares);
    }
}

/// What each referral level earns by a period.
fn shares(it: &Subscription) -> Vec<LedgerShare> {
    zip(it.ledgers, it.terms.commission_bps)
        .take_while(|(ledger, _)| *ledger != NO_ADDRESS)
        .map(|(ledger, bps)| LedgerShare {
            ledger,
            amount: bps_of(it.terms.price, bps),
        })
        .collect()
}

impl Replay {
    /// Checks a payment for the period from `start` (Unix seconds) and books it.
    pub(super) fn settle(
        &mut self,
        agreement: &mut Agreement,
        plan: &Plan,
        payment: &Payment,
        start: i64,
        report: &mut Report,
    ) {
        let (receipt, settlement) = (payment.receipt, payment.settlement);
        let it = &mut agreement.account;
        payment.require_parts(it, report);
        self.accrue(receipt, payment.shares, it.terms.hold_secs, report);

        let end = schedule::end(start, it);
        report.compare(
            Check::Subscriptions,
            at(receipt),
            "period",
            (start, end),
            (settlement.period_start, settlement.paid_through),
        );

        let Some(tier) = self.member(&agreement.member).map(|member| member.tier) else {
            return missing(report, Check::Points, receipt, "member");
        };
        let base = plan.points_per_charge;
        let points = base.saturating_add(bps_of(base, it.terms.boost_in(tier)));
        if let Some(credit) = self.credit(&agreement.member, points) {
            let granted = credit.granted;
            report.compare(
                Check::Points,
                at(receipt),
                "points",
                granted,
                settlement.points,
            );
        }

        it.period_start = start;
        it.paid_through = end;
        it.next_due = end;
        it.period_debit = settlement.debit;
        it.period_points = settlement.points;
        it.period_flags = settlement.flags;
        it.periods_paid = it.periods_paid.saturating_add(1);
    }
}
