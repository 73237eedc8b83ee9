//! Payments that are given back, in part or in full.

use super::{Check, Report, State, at, bps_of, missing, part_of};
use crate::model::rules::payment::{closed_bit, levels};
use std::iter::zip;
use tessera_types::{
    Address, REFERRAL_LEVELS,
    accounts::{Invoice, Plan, Subscription},
    events::{LedgerShare, Refunded, Settlement},
};

/// What of a subscription's last payment, or of an invoice's, a refund goes by.
struct Paid {
    plan: Address,
    wallet: Address,
    debit: u64,
    refunded: u64,
    points: u64,
    flags: u8,
    ledgers: [Address; REFERRAL_LEVELS],
    commission_bps: [u16; REFERRAL_LEVELS],
}

impl From<&Subscription> for Paid {
    fn from(it: &Subscription) -> Self {
        Self {
            plan: it.plan,
            wallet: it.wallet,
            debit: it.period_debit,
            refunded: it.period_refunded,
            points: it.period_points,
            flags: it.period_flags,
            ledgers: it.ledgers,
            commission_bps: it.terms.commission_bps,
        }
    }
}

impl From<&Invoice> for Paid {
    fn from(it: &Invoice) -> Self {
        Self {
            plan: it.plan,
            wallet: it.wallet,
            debit: it.debit,
            refunded: it.refunded,
            points: it.points,
            flags: it.flags,
            ledgers: it.ledgers,
            commission_bps: it.commission_bps,
        }
    }
}

impl State {
    pub(super) fn refunded(
        &mut self,
        event: &Refunded,
        shares: &[LedgerShare],
        report: &mut Report,
    ) {
        let (receipt, at) = (&event.receipt, at(&event.receipt));
        let subscription = self.subscriptions.get(&receipt.account);
        let invoice = self.invoices.get(&receipt.account);
        let paid: Paid = match (subscription, invoice) {
            (Some(it), _) => (&it.account).into(),
            (None, Some(it)) => it.into(),
            (None, None) => return missing(report, Check::Charges, receipt, "payment"),
        };
        let Some(plan) = self.plans.get(&paid.plan).copied() else {
            return missing(report, Check::Charges, receipt, "plan");
        };
        let after = paid.refunded.saturating_add(event.amount);
        let covered = event.amount > 0 && after <= paid.debit;
        let detail = format!("{after} of {} are given back", paid.debit);
        report.require(Check::Charges, at, covered, &detail);

        let frozen = event.flags & Settlement::VAULT_FROZEN != 0;
        let expected = self.taken_back(&paid, after);
        let known = Settlement::VAULT_FROZEN * u8::from(frozen && !expected.is_empty());
        report.compare(Check::Charges, at, "flags", known, event.flags);
        let found = usize::from(event.levels);
        report.compare(Check::Commission, at, "levels", expected.len(), found);
        report.compare(Check::Commission, at, "shares", &expected[..], shares);
        let from_vault = self.take_back(shares, frozen);
        let found = u128::from(event.from_vault);
        // What an issuer may have seized cannot come from there.
        let short = found < from_vault && plan.flags & Plan::PERMANENT_DELEGATE != 0;
        if !short {
            report.compare(Check::Commission, at, "from_vault", from_vault, found);
        }

        let part = |refunded: u64| {
            part_of(
                paid.points.into(),
                refunded.min(paid.debit).into(),
                paid.debit.into(),
            )
        };
        let points = part(after) - part(paid.refunded);
        report.compare(Check::Points, at, "points", points, event.points);
        let member = crate::address::member(&plan.org, &paid.wallet);
        if let Some(expired) = self.take_points_back(receipt, &member, event.points, report) {
            let found = u128::from(event.points_expired);
            report.compare(Check::Points, at, "points_expired", expired, found);
        }

        if let Some(it) = self.subscriptions.get_mut(&receipt.account) {
            it.account.period_refunded = after;
        } else if let Some(it) = self.invoices.get_mut(&receipt.account) {
            it.refunded = after;
        }
    }

    /// What each level gives back when `after` of the payment is given back in all: its rate of it,
    /// less what earlier refunds took. Who had nothing of the payment, and whose ledger is closed,
    /// gives nothing.
    fn taken_back(&self, paid: &Paid, after: u64) -> Vec<LedgerShare> {
        let levels = match paid.flags & Settlement::VAULT_FROZEN {
            0 => usize::from(levels(&paid.ledgers)),
            _ => 0,
        };
        let rates = zip(paid.ledgers, paid.commission_bps).take(levels);
        // Each part is rounded for itself: together they are never more than what goes back.
        let mut left = after - paid.refunded;
        rates
            .enumerate()
            .map(|(level, (ledger, bps))| {
                let had_nothing = paid.flags & closed_bit(level) != 0;
                let amount = match had_nothing || !self.ledgers.contains_key(&ledger) {
                    true => 0,
                    false => (bps_of(after, bps) - bps_of(paid.refunded, bps)).min(left),
                };
                left -= amount;
                LedgerShare { ledger, amount }
            })
            .collect()
    }
}
