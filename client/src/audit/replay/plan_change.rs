//! Another plan: now, with what is left of the period credited, or when the period ends.

use super::{
    Agreement, Check, Report, State,
    approval::Approval,
    at, missing, part_of, schedule,
    settlement::{Bill, Payment},
    terms::Signature,
};
use crate::model::rules::{
    change::{keeps_day, unused_worth},
    payment::book,
    terms,
};
use tessera_types::{
    accounts::{Org, Plan, Subscription, SubscriptionState},
    events::{LedgerShare, PlanChanged},
};

/// When the new plan comes into force.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    PeriodEnd,
    /// Within the free time, which stays.
    Trial,
    Now,
}

impl State {
    pub(super) fn plan_changed(
        &mut self,
        event: &PlanChanged,
        shares: &[LedgerShare],
        report: &mut Report,
    ) {
        let (receipt, law) = (&event.receipt, Check::Subscriptions);
        let Some(Agreement { account, member }) = self.subscriptions.get(&receipt.account).copied()
        else {
            return missing(report, law, receipt, "terms");
        };
        let (before, now) = (account, receipt.at);
        let Some(old) = self.plans.get(&before.plan).copied() else {
            return missing(report, law, receipt, "plan");
        };
        let Some(plan) = self.plans.get(&event.plan).copied() else {
            return missing(report, law, receipt, "new plan");
        };
        self.require_running(receipt, &old.org, Org::PAUSE_SUBSCRIBE, report);
        require_change(event, &before, &old, &plan, report);

        let mut it = before;
        let signature = Signature {
            receipt,
            plan: &plan,
            terms: &event.terms,
            quote_nonce: event.quote_nonce,
            quote_deadline: event.quote_deadline,
            consents: event.consents,
        };
        signature.use_quote(&mut it, report);
        it.agreement_seq = receipt.seq;
        it.authority_generation = event.authority_generation;
        it.subscribed_at = now;
        it.consents = event.consents;
        schedule::forget_pending(&mut it);

        let moment = if event.at_period_end != 0 {
            Moment::PeriodEnd
        } else if before.state == SubscriptionState::Trial as u8 {
            Moment::Trial
        } else {
            Moment::Now
        };
        let mut expected = terms::changed(&before.terms, &event.terms, &plan);
        match moment {
            Moment::PeriodEnd => {}
            Moment::Trial if keeps_day(&before.terms, &plan) => {}
            Moment::Trial => schedule::anchor(&mut expected, before.paid_through),
            Moment::Now => schedule::anchor(&mut expected, now),
        }
        let stays = moment == Moment::PeriodEnd && event.plan == before.plan;
        if stays {
            // What was signed before goes on, whatever the plan costs now.
            report.compare(law, at(receipt), "terms", before.terms, event.terms);
        } else {
            signature.require(&expected, report);
        }
        let payment = Payment {
            receipt,
            settlement: &event.settlement,
            shares,
        };
        let (mut begins, mut credit) = (before.next_due, 0);
        match moment {
            Moment::PeriodEnd if stays => {}
            Moment::PeriodEnd => {
                it.pending_plan = event.plan;
                it.pending_price = event.terms.price;
                it.pending_periods = event.terms.approved_periods;
            }
            Moment::Trial => (it.plan, it.terms) = (event.plan, event.terms),
            Moment::Now => {
                begins = now;
                (it.plan, it.terms) = (event.plan, event.terms);
                (it.periods_paid, it.paused_until) = (0, 0);
                it.state = SubscriptionState::Active as u8;
                let tier = self.tier(&member);
                let price = terms::price_in(&it.terms, tier);
                let prorated = old.flags & Plan::PRORATED != 0;
                let unused = if prorated {
                    unused_worth(&before, now)
                } else {
                    0
                };
                credit = unused.min(price);
                let debit = price - credit;
                let points = terms::boosted(&it.terms, plan.points_per_charge, tier);
                // What is paid for with a credit has given its points already.
                let points = part_of(points.into(), debit.into(), price.into());
                let period = (now, schedule::end(&expected, now));
                let bill = Bill::of(&it, member, (debit, points), 0, period);
                let fee = event.settlement.keeper_fee;
                report.compare(Check::Charges, at(receipt), "keeper fee", 0, fee);
                self.settle(&bill, &payment, report);
                book(&mut it, &event.settlement, period);
                it.period_credit = event.credit;
            }
        }
        if moment != Moment::Now {
            self.require_nothing(&payment, (0, 0), report);
        }
        let detail = "it begins after the plan's end";
        report.require(law, at(receipt), begins < plan.ends_at, detail);
        report.compare(Check::Charges, at(receipt), "credit", credit, event.credit);
        let approval = Approval {
            receipt,
            mint: plan.mint,
            outstanding: event.outstanding,
            opens: false,
        };
        self.approve(&approval, &before, &it, report);
        let account = it;
        self.subscriptions
            .insert(receipt.account, Agreement { account, member });
    }
}

/// A live subscription comes under another plan of the org and mint that takes new subscriptions,
/// or stays under its own; neither is metered.
fn require_change(
    event: &PlanChanged,
    before: &Subscription,
    old: &Plan,
    new: &Plan,
    report: &mut Report,
) {
    let (at, now) = (at(&event.receipt), event.receipt.at);
    report.compare(
        Check::Subscriptions,
        at,
        "org and mint",
        (old.org, old.mint),
        (new.org, new.mint),
    );
    let live = SubscriptionState::is_live(before.state);
    let metered = (old.flags | new.flags) & Plan::METERED != 0;
    let returns = event.plan == before.plan && event.at_period_end == 1;
    let open = returns || now < new.sunset_at;
    let detail = "nobody is subscribed, or such a change is not allowed";
    report.require(Check::Subscriptions, at, live && !metered && open, detail);
}
