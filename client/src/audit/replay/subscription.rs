//! Terms, periods and the end of a subscription.

use super::{
    Agreement, Check, Replay, Report, at, missing,
    schedule::{self, is_over},
    settlement::Payment,
};
use crate::{address, audit::report::compare_fields, keeper};
use bytemuck::Zeroable;
use tessera_types::{
    NO_ADDRESS,
    accounts::{Org, Plan, Subscription, SubscriptionState, Terms},
    events::{Cancelled, Charged, LedgerShare, Subscribed},
};

impl Replay {
    pub(super) fn subscribed(
        &mut self,
        event: &Subscribed,
        shares: &[LedgerShare],
        report: &mut Report,
    ) {
        let receipt = &event.receipt;
        let Some(plan) = self.plans.get(&event.plan).copied() else {
            return missing(report, Check::Subscriptions, receipt, "plan");
        };
        let Some(org) = self.orgs.get(&plan.org) else {
            return missing(report, Check::Subscriptions, receipt, "org");
        };
        require_terms(event, org, &plan, report);

        let known = self.subscriptions.get(&receipt.account).copied();
        let mut agreement = known.unwrap_or_else(|| Agreement {
            account: Subscription {
                plan: event.plan,
                wallet: event.wallet,
                ..Subscription::zeroed()
            },
            member: address::member(&plan.org, &event.wallet),
        });
        let Some(referrers) = self.member(&agreement.member).map(|it| it.referrers) else {
            return missing(report, Check::Subscriptions, receipt, "member");
        };
        let before = agreement.account;
        require_free(event, &before, &plan, report);
        self.approve(event, &before, plan.mint, report);

        let start = before.paid_through.max(receipt.at);
        let open = start < plan.ends_at;
        let detail = "its period starts after the plan's end";
        report.require(Check::Charges, at(receipt), open, detail);
        let keeper_fee = event.settlement.keeper_fee;
        report.compare(Check::Charges, at(receipt), "keeper fee", 0, keeper_fee);
        let levels = referrers.iter().filter(|it| **it != NO_ADDRESS).count();
        agreement.account = Subscription {
            payer_token: event.payer_token,
            levels: u8::try_from(levels).unwrap_or(u8::MAX),
            ledgers: referrers.map(|referrer| match referrer {
                NO_ADDRESS => NO_ADDRESS,
                referrer => address::ledger(&plan.org, &referrer, &plan.mint),
            }),
            terms: event.terms,
            agreement_seq: receipt.seq,
            authority_generation: event.authority_generation,
            quote_nonce: before.quote_nonce.max(event.quote_nonce),
            quote_deadline: before.quote_deadline.max(event.quote_deadline),
            consents: event.consents,
            subscribed_at: receipt.at,
            periods_paid: 0,
            state: SubscriptionState::Active as u8,
            ..before
        };
        let payment = Payment {
            receipt,
            settlement: &event.settlement,
            shares,
        };
        self.settle(&mut agreement, &plan, &payment, start, report);
        self.subscriptions.insert(receipt.account, agreement);
    }

    pub(super) fn charged(&mut self, event: &Charged, shares: &[LedgerShare], report: &mut Report) {
        let (receipt, settlement) = (&event.receipt, &event.settlement);
        let Some(mut agreement) = self.subscriptions.get(&receipt.account).copied() else {
            return missing(report, Check::Charges, receipt, "terms");
        };
        let it = &agreement.account;
        let Some(plan) = self.plans.get(&it.plan).copied() else {
            return missing(report, Check::Charges, receipt, "plan");
        };
        let refusal = schedule::refusal(it, &plan, receipt);
        let detail = refusal.unwrap_or_default();
        report.require(Check::Charges, at(receipt), refusal.is_none(), detail);
        // A keeper may ask for nothing.
        if settlement.keeper_fee > 0 {
            let fee = keeper::fee(it, &plan, receipt.at);
            report.compare(
                Check::Charges,
                at(receipt),
                "keeper fee",
                fee,
                settlement.keeper_fee,
            );
        }
        self.collect(receipt, it, settlement.debit, report);
        let start = schedule::start(it, receipt);
        let payment = Payment {
            receipt,
            settlement,
            shares,
        };
        self.settle(&mut agreement, &plan, &payment, start, report);
        self.subscriptions.insert(receipt.account, agreement);
    }

    pub(super) fn cancelled(&mut self, event: &Cancelled, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(agreement) = self.subscriptions.get_mut(&receipt.account) else {
            return missing(report, Check::Subscriptions, receipt, "terms");
        };
        let before = agreement.account;
        agreement.account.state = SubscriptionState::Cancelled as u8;
        let live = SubscriptionState::is_live(before.state);
        let detail = "nobody is subscribed";
        report.require(Check::Subscriptions, at(receipt), live, detail);
        compare_fields!(
            report, Check::Subscriptions, at(receipt), before, event;
            agreement_seq, paid_through,
        );
        self.withdraw(event, &before, report);
    }
}

/// The terms are those of the plan and of the org at that time, the price the plan's or a quote's.
fn require_terms(event: &Subscribed, org: &Org, plan: &Plan, report: &mut Report) {
    let (at, signed) = (at(&event.receipt), &event.terms);
    let terms = Terms {
        price: signed.price,
        period_secs: plan.period_secs,
        grace_secs: plan.grace_secs,
        hold_secs: org.hold_secs,
        approved_periods: signed.approved_periods,
        commission_bps: org.commission_bps,
        boost_bps: org.tiers.map(|tier| tier.points_boost_bps),
        discount_bps: org.tiers.map(|tier| tier.discount_bps),
        period_months: plan.period_months,
        anchor_day: 0,
    };
    compare_fields!(
        report, Check::Subscriptions, at, terms, signed;
        period_secs, grace_secs, hold_secs, boost_bps, discount_bps, period_months, anchor_day,
    );
    compare_fields!(report, Check::Commission, at, terms, signed; commission_bps);
    let approved = signed.approved_periods > 0;
    let detail = "no later period is approved";
    report.require(Check::Subscriptions, at, approved, detail);
    let consented = event.consents & !plan.flags == 0;
    let detail = "a consent that the plan does not ask for";
    report.require(Check::Subscriptions, at, consented, detail);
    let allowed = match event.quote_nonce {
        0 => signed.price == plan.price,
        _ => (plan.price_floor..=plan.price_ceiling).contains(&signed.price),
    };
    let detail = format!("a price of {} is not allowed", signed.price);
    report.require(Check::Charges, at, allowed, &detail);
}

/// A live agreement ends only when the token account that pays it took its approval back, or when
/// nobody can charge it any more; a quote is good once.
fn require_free(event: &Subscribed, before: &Subscription, plan: &Plan, report: &mut Report) {
    let receipt = &event.receipt;
    report.compare(
        Check::Subscriptions,
        at(receipt),
        "plan and wallet",
        (before.plan, before.wallet),
        (event.plan, event.wallet),
    );
    let revoked = before.authority_generation != event.authority_generation;
    let free = !SubscriptionState::is_live(before.state)
        || before.payer_token == event.payer_token && (revoked || is_over(before, plan, receipt));
    let detail = "the agreement before could still be charged";
    report.require(Check::Subscriptions, at(receipt), free, detail);
    if event.quote_nonce > 0 {
        let fresh = event.quote_nonce > before.quote_nonce;
        let detail = "a quote is used a second time";
        report.require(Check::Subscriptions, at(receipt), fresh, detail);
        let in_time = receipt.at <= event.quote_deadline;
        let detail = "a quote is used after its deadline";
        report.require(Check::Subscriptions, at(receipt), in_time, detail);
    }
}
