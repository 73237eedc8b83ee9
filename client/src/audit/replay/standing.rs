//! How a subscription stands: missed payments, its end, a pause.

use super::{Check, Report, State, approval::Approval, at, missing, schedule};
use tessera_types::{
    accounts::{Org, SubscriptionState},
    events::{Cancelled, Paused, PaymentMissed, Resumed},
    limits::MAX_PAUSE_SECS,
};

const LAW: Check = Check::Subscriptions;

impl State {
    /// A payment is missed when it is due; when it cannot be collected any more either, the
    /// subscription lapses.
    pub(super) fn payment_missed(&mut self, event: &PaymentMissed, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(agreement) = self.subscriptions.get_mut(&receipt.account) else {
            return missing(report, LAW, receipt, "terms");
        };
        let before = agreement.account;
        let plan = match schedule::has_pending(&before) {
            true => before.pending_plan,
            false => before.plan,
        };
        // Of a closed plan nothing can be collected.
        let ends_at = self.plans.get(&plan).map_or(i64::MIN, |plan| plan.ends_at);
        let lapses = !schedule::is_collectable(&before, ends_at, receipt.at);
        let state = match lapses {
            true => SubscriptionState::Lapsed as u8,
            false => SubscriptionState::PastDue as u8,
        };
        agreement.account.state = event.state;
        if lapses {
            schedule::forget_pending(&mut agreement.account);
        }
        report.compare(LAW, at(receipt), "state", state, event.state);
        let seqs = (before.agreement_seq, event.agreement_seq);
        report.compare(LAW, at(receipt), "agreement_seq", seqs.0, seqs.1);
        let due = receipt.at >= before.next_due && SubscriptionState::is_live(before.state);
        let marked = before.state == state;
        let detail = "nothing was due, or that was known";
        report.require(LAW, at(receipt), due && !marked, detail);
        self.withdraw(receipt, &before, lapses, event.outstanding, report);
    }

    /// The wallet ends the subscription and keeps the time that is paid; together with the org it
    /// ends that, too.
    pub(super) fn cancelled(&mut self, event: &Cancelled, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(agreement) = self.subscriptions.get_mut(&receipt.account) else {
            return missing(report, LAW, receipt, "terms");
        };
        let before = agreement.account;
        let it = &mut agreement.account;
        it.state = SubscriptionState::Cancelled as u8;
        schedule::forget_pending(it);
        it.paid_through = event.paid_through;
        let live = SubscriptionState::is_live(before.state);
        let cut_short = before.paid_through > receipt.at && event.paid_through == receipt.at;
        let cancelled = before.state == SubscriptionState::Cancelled as u8;
        let detail = "nobody is subscribed";
        report.require(LAW, at(receipt), live || cancelled && cut_short, detail);
        let seqs = (before.agreement_seq, event.agreement_seq);
        report.compare(LAW, at(receipt), "agreement_seq", seqs.0, seqs.1);
        if !cut_short {
            let ends = (before.paid_through, event.paid_through);
            report.compare(LAW, at(receipt), "paid_through", ends.0, ends.1);
        }
        self.withdraw(receipt, &before, true, event.outstanding, report);
    }

    /// The wallet takes a cancellation back while time that is paid remains.
    pub(super) fn resumed(&mut self, event: &Resumed, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(agreement) = self.subscriptions.get(&receipt.account).copied() else {
            return missing(report, LAW, receipt, "terms");
        };
        let before = agreement.account;
        let Some(plan) = self.plans.get(&before.plan).copied() else {
            return missing(report, LAW, receipt, "plan");
        };
        self.require_running(receipt, &plan.org, Org::PAUSE_SUBSCRIBE, report);
        let resumable = before.state == SubscriptionState::Cancelled as u8
            && before.paid_through > receipt.at
            && before.next_due < plan.ends_at
            && schedule::periods_left(&before) > 0;
        let detail = "nothing was cancelled that could go on";
        report.require(LAW, at(receipt), resumable, detail);
        let seqs = (before.agreement_seq, event.agreement_seq);
        report.compare(LAW, at(receipt), "agreement_seq", seqs.0, seqs.1);
        let mut it = before;
        it.authority_generation = event.authority_generation;
        it.state = match it.periods_paid {
            0 => SubscriptionState::Trial as u8,
            _ => SubscriptionState::Active as u8,
        };
        let approval = Approval {
            receipt,
            mint: plan.mint,
            outstanding: event.outstanding,
            opens: false,
        };
        self.approve(&approval, &before, &it, report);
        if let Some(agreement) = self.subscriptions.get_mut(&receipt.account) {
            agreement.account = it;
        }
    }

    /// The next period begins when the pause ends, and not before the paid time does. Who owes a
    /// payment cannot put it off.
    pub(super) fn paused(&mut self, event: &Paused, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(agreement) = self.subscriptions.get_mut(&receipt.account) else {
            return missing(report, LAW, receipt, "terms");
        };
        let (it, now) = (&mut agreement.account, receipt.at);
        let owing = it.state == SubscriptionState::PastDue as u8
            || it.paused_until <= now && it.next_due <= now;
        let live = SubscriptionState::is_live(it.state);
        let detail = "nobody is subscribed, or a payment is due";
        report.require(LAW, at(receipt), live && !owing, detail);
        let ahead = i128::from(event.paused_until) - i128::from(now);
        let allowed = (0..=i128::from(MAX_PAUSE_SECS)).contains(&ahead);
        let detail = format!("a pause of {ahead} seconds");
        report.require(LAW, at(receipt), allowed, &detail);
        let next_due = it.paid_through.max(event.paused_until);
        it.paused_until = event.paused_until;
        it.next_due = next_due;
        report.compare(LAW, at(receipt), "next_due", next_due, event.next_due);
    }
}
