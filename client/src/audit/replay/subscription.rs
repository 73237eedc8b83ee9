//! Terms that a wallet signs, and the periods that are collected on them.

use super::{
    Agreement, Check, Report, State,
    approval::Approval,
    at, missing, schedule,
    settlement::{Bill, Payment},
    terms::Signature,
};
use crate::model::rules::{
    change::follow,
    payment::{book, levels},
    terms,
};
use crate::{address, keeper};
use bytemuck::Zeroable;
use tessera_types::{
    NO_ADDRESS,
    accounts::{Org, Plan, Subscription, SubscriptionState},
    events::{Charged, LedgerShare, Receipt, Settlement, Subscribed},
};

impl State {
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
        let Some(org) = self.orgs.get(&plan.org).copied() else {
            return missing(report, Check::Subscriptions, receipt, "org");
        };
        self.require_running(receipt, &plan.org, Org::PAUSE_SUBSCRIBE, report);
        let member = address::member(&plan.org, &event.wallet);
        let Some(referrers) = self.member(&member).map(|it| it.referrers) else {
            return missing(report, Check::Subscriptions, receipt, "member");
        };
        let known = self.subscriptions.get(&receipt.account);
        let before = known.map_or_else(
            || Subscription {
                first_plan: event.plan,
                wallet: event.wallet,
                ..Subscription::zeroed()
            },
            |it| it.account,
        );
        if known.is_none() {
            let derived = address::subscription(&event.plan, &event.wallet);
            super::require_first(report, Check::Subscriptions, receipt, derived);
        }
        require_free(event, &before, &plan, report);

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
        let start = it.paid_through.max(receipt.at);
        let in_trial = event.trial_ends_at != 0;
        let mut expected = terms::offered(&event.terms, &org, &plan);
        schedule::anchor(&mut expected, start.max(event.trial_ends_at));
        signature.require(&expected, report);
        require_open(event, &plan, start, report);

        it.plan = event.plan;
        it.payer_token = event.payer_token;
        it.ledgers = referrers.map(|referrer| match referrer {
            NO_ADDRESS => NO_ADDRESS,
            referrer => address::ledger(&plan.org, &referrer, &plan.mint),
        });
        self.require_ledgers(receipt, &it.ledgers, report);
        it.levels = levels(&it.ledgers);
        schedule::forget_pending(&mut it);
        it.terms = event.terms;
        it.agreement_seq = receipt.seq;
        it.authority_generation = event.authority_generation;
        it.subscribed_at = receipt.at;
        it.paused_until = 0;
        it.periods_paid = 0;
        it.consents = event.consents;
        it.state = match in_trial {
            true => SubscriptionState::Trial as u8,
            false => SubscriptionState::Active as u8,
        };

        let end = match in_trial {
            true => event.trial_ends_at,
            false => schedule::end(&expected, start),
        };
        let payment = Payment {
            receipt,
            settlement: &event.settlement,
            shares,
        };
        if in_trial {
            self.use_trial(&member, receipt, report);
        }
        if in_trial || schedule::is_metered(&it) {
            self.require_nothing(&payment, (start, end), report);
        } else {
            let tier = self.tier(&member);
            let debit = terms::price_in(&it.terms, tier);
            let points = terms::boosted(&it.terms, plan.points_per_charge, tier);
            let bill = Bill::of(&it, member, (debit, points), 0, (start, end));
            require_fee(&payment, 0, report);
            self.settle(&bill, &payment, report);
        }
        book(&mut it, &event.settlement, (start, end));
        it.periods_paid = u32::from(!in_trial);
        let approval = Approval {
            receipt,
            mint: plan.mint,
            outstanding: event.outstanding,
            opens: true,
        };
        self.approve(&approval, &before, &it, report);
        let account = it;
        self.subscriptions
            .insert(receipt.account, Agreement { account, member });
    }

    pub(super) fn charged(&mut self, event: &Charged, shares: &[LedgerShare], report: &mut Report) {
        let (receipt, settlement) = (&event.receipt, &event.settlement);
        let Some(Agreement { account, member }) = self.subscriptions.get(&receipt.account).copied()
        else {
            return missing(report, Check::Charges, receipt, "terms");
        };
        let mut it = account;
        let follows = schedule::has_pending(&it);
        let plan = if follows { it.pending_plan } else { it.plan };
        let Some(plan) = self.plans.get(&plan).copied() else {
            return missing(report, Check::Charges, receipt, "plan");
        };
        self.require_running(receipt, &plan.org, Org::PAUSE_CHARGE, report);
        let payment = Payment {
            receipt,
            settlement,
            shares,
        };
        let tier = self.tier(&member);
        let (bill, spent) = if schedule::is_metered(&it) {
            require_fee(&payment, 0, report);
            super::metering::bill(&mut it, member, &plan, tier, &payment, report)
        } else {
            let refusal = schedule::refusal(&it, &plan, receipt.at);
            let detail = refusal.unwrap_or_default();
            report.require(Check::Charges, at(receipt), refusal.is_none(), detail);
            let mut flags = 0;
            if follows {
                flags = Settlement::PLAN_FOLLOWED;
                follow(&mut it, &plan);
            }
            require_fee(&payment, keeper::fee(&it, &plan, receipt.at), report);
            let debit = terms::price_in(&it.terms, tier);
            let points = terms::boosted(&it.terms, plan.points_per_charge, tier);
            let period = schedule::due_period(&mut it, receipt.at);
            let bill = Bill::of(&it, member, (debit, points), flags, period);
            (bill, u128::from(it.terms.price))
        };
        self.collect(receipt, &it, spent, report);
        it.state = SubscriptionState::Active as u8;
        self.settle(&bill, &payment, report);
        book(&mut it, settlement, bill.period);
        let account = it;
        self.subscriptions
            .insert(receipt.account, Agreement { account, member });
    }

    /// Every referral level has a ledger when a wallet signs.
    pub(super) fn require_ledgers(
        &self,
        receipt: &Receipt,
        ledgers: &[tessera_types::Address],
        report: &mut Report,
    ) {
        let named = ledgers.iter().filter(|ledger| **ledger != NO_ADDRESS);
        for ledger in named {
            if !self.ledgers.contains_key(ledger) {
                missing(report, Check::Commission, receipt, "ledger");
            }
        }
    }
}

/// A keeper has what the time of the charge is worth; it may ask for nothing.
fn require_fee(payment: &Payment, fee: u64, report: &mut Report) {
    let found = payment.settlement.keeper_fee;
    if found > 0 {
        let at = at(payment.receipt);
        report.compare(Check::Charges, at, "keeper fee", fee, found);
    }
}

/// The plan takes new subscriptions, a period of it can begin, and a trial is as long as the
/// plan's.
fn require_open(event: &Subscribed, plan: &Plan, start: i64, report: &mut Report) {
    let at = at(&event.receipt);
    let open = event.receipt.at < plan.sunset_at;
    let detail = "the plan takes no new subscriptions";
    report.require(Check::Subscriptions, at, open, detail);
    let begins = start < plan.ends_at;
    let detail = "its period starts after the plan's end";
    report.require(Check::Charges, at, begins, detail);
    if event.trial_ends_at != 0 {
        let ends_at = i128::from(start) + i128::from(plan.trial_secs);
        let found = i128::from(event.trial_ends_at);
        report.compare(Check::Subscriptions, at, "trial_ends_at", ends_at, found);
        let offered = plan.trial_secs > 0;
        let detail = "the plan has no trial";
        report.require(Check::Subscriptions, at, offered, detail);
    }
}

/// A live agreement ends only when the token account that pays it took its approval back, or when
/// nobody can charge it any more.
fn require_free(event: &Subscribed, before: &Subscription, plan: &Plan, report: &mut Report) {
    let receipt = &event.receipt;
    report.compare(
        Check::Subscriptions,
        at(receipt),
        "plan and wallet",
        (before.first_plan, before.wallet),
        (event.plan, event.wallet),
    );
    let revoked = before.authority_generation != event.authority_generation;
    // Of another plan, which it was changed to, the end is not known to the program.
    let ends_at = match before.plan == event.plan {
        true => plan.ends_at,
        false => i64::MAX,
    };
    let over = !schedule::is_collectable(before, ends_at, receipt.at);
    let free = !SubscriptionState::is_live(before.state)
        || before.payer_token == event.payer_token && (revoked || over);
    let detail = "the agreement before could still be charged";
    report.require(Check::Subscriptions, at(receipt), free, detail);
}
