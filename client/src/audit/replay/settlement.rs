//! Where the money and points of one payment went.

use super::{Check, Report, State, at, bps_of};
use crate::model::rules::payment::{closed_bit, levels};
use bytemuck::Zeroable;
use std::iter::zip;
use tessera_types::{
    Address, REFERRAL_LEVELS,
    accounts::{Member, Subscription},
    events::{LedgerShare, Receipt, Settlement},
};

/// A payment as its receipt has it.
pub(super) struct Payment<'a> {
    pub(super) receipt: &'a Receipt,
    pub(super) settlement: &'a Settlement,
    pub(super) shares: &'a [LedgerShare],
}

/// What a payment must come to.
pub(super) struct Bill {
    /// The member account of the wallet that pays.
    pub(super) member: Address,
    pub(super) debit: u64,
    pub(super) points: u64,
    pub(super) ledgers: [Address; REFERRAL_LEVELS],
    pub(super) commission_bps: [u16; REFERRAL_LEVELS],
    pub(super) hold_secs: u32,
    /// Flags of the settlement beside those of vault and ledgers.
    pub(super) flags: u8,
    /// Start and end of what is paid for, Unix seconds.
    pub(super) period: (i64, i64),
}

impl Bill {
    /// For a period of a subscription.
    pub(super) fn of(
        it: &Subscription,
        member: Address,
        (debit, points): (u64, u64),
        flags: u8,
        period: (i64, i64),
    ) -> Self {
        Self {
            member,
            debit,
            points,
            ledgers: it.ledgers,
            commission_bps: it.terms.commission_bps,
            hold_secs: it.terms.hold_secs,
            flags,
            period,
        }
    }
}

impl State {
    /// What each referral level earns, and the flags that say which cannot; `frozen` says that the
    /// vault was: what cannot be paid into it is not owed from it.
    fn shares(&self, bill: &Bill, frozen: bool) -> (Vec<LedgerShare>, u8) {
        let levels = usize::from(levels(&bill.ledgers));
        if frozen && levels > 0 {
            return (vec![], bill.flags | Settlement::VAULT_FROZEN);
        }
        let (mut shares, mut flags) = (vec![], bill.flags);
        let rates = zip(bill.ledgers, bill.commission_bps).take(levels);
        for (level, (ledger, bps)) in rates.enumerate() {
            let mut amount = bps_of(bill.debit, bps);
            if !self.ledgers.contains_key(&ledger) {
                flags |= closed_bit(level);
                amount = 0;
            }
            shares.push(LedgerShare { ledger, amount });
        }
        (shares, flags)
    }

    /// Checks a payment, and books its commission and points.
    pub(super) fn settle(&mut self, bill: &Bill, payment: &Payment, report: &mut Report) {
        let (receipt, found) = (payment.receipt, payment.settlement);
        let at = at(receipt);
        report.compare(Check::Charges, at, "debit", bill.debit, found.debit);

        let frozen = found.flags & Settlement::VAULT_FROZEN != 0;
        let (shares, flags) = self.shares(bill, frozen);
        report.compare(Check::Charges, at, "flags", flags, found.flags);
        let levels = usize::from(found.levels);
        report.compare(Check::Commission, at, "levels", shares.len(), levels);
        report.compare(Check::Commission, at, "shares", &shares[..], payment.shares);
        let repaid = self.accrue(receipt, payment.shares, bill.hold_secs);
        let debt_repaid = u128::from(found.debt_repaid);
        report.compare(Check::Commission, at, "debt_repaid", repaid, debt_repaid);
        let parts = payment.shares.iter().fold(
            u128::from(found.merchant) + u128::from(found.keeper_fee),
            |sum, share| sum + u128::from(share.amount),
        );
        let whole = u128::from(found.debit) + debt_repaid;
        report.compare(Check::Charges, at, "sum of the parts", whole, parts);

        report.compare(
            Check::Subscriptions,
            at,
            "period",
            bill.period,
            (found.period_start, found.paid_through),
        );
        if let Some(credit) = self.credit(receipt, &bill.member, bill.points, report) {
            report.compare(Check::Points, at, "tier", credit.tier, found.tier);
            credit.require(receipt, found.points, found.points_expired, report);
        }
    }

    /// Checks that nothing is paid, and books nothing.
    pub(super) fn require_nothing(
        &self,
        payment: &Payment,
        (period_start, paid_through): (i64, i64),
        report: &mut Report,
    ) {
        let nothing = Settlement {
            period_start,
            paid_through,
            ..Settlement::zeroed()
        };
        let at = at(payment.receipt);
        let found = *payment.settlement;
        report.compare(Check::Charges, at, "settlement", nothing, found);
        let shares = payment.shares.len();
        report.compare(Check::Commission, at, "shares", 0, shares);
    }

    /// The member's tier, as the last receipt left it.
    pub(super) fn tier(&self, member: &Address) -> u8 {
        self.members.get(member).map_or(0, |it| it.balance.tier)
    }

    /// Checks that a trial is the member's first, and keeps that there was one.
    pub(super) fn use_trial(&mut self, member: &Address, receipt: &Receipt, report: &mut Report) {
        let Some(member) = self.members.get_mut(member) else {
            return;
        };
        let fresh = member.account.flags & Member::TRIAL_USED == 0;
        member.account.flags |= Member::TRIAL_USED;
        let detail = "the wallet had a trial before";
        report.require(Check::Subscriptions, at(receipt), fresh, detail);
    }
}
