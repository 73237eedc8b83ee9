//! How a signature changes a subscription, its authority and its referrers' ledgers.

use super::{approval, settlement};
use crate::{
    address,
    model::{
        Agreement, State,
        rules::{
            agreement::{self, Begins},
            payment, schedule,
        },
    },
};
use bytemuck::Zeroable;
use tessera_types::{
    NO_ADDRESS, REFERRAL_LEVELS,
    accounts::{Member, Subscription},
    events::{LedgerShare, PlanChanged, Subscribed},
};

pub(super) fn subscribed(state: &mut State, event: &Subscribed, shares: &[LedgerShare]) {
    let receipt = &event.receipt;
    let Some(plan) = state.plans.get(&event.plan).copied() else {
        return;
    };
    let member = address::member(&plan.org, &event.wallet);
    let mut ledgers = [NO_ADDRESS; REFERRAL_LEVELS];
    if let Some(known) = state.members.get_mut(&member) {
        ledgers = payment::referral_ledgers(&known.account, &plan);
        if event.trial_ends_at != 0 {
            known.account.flags |= Member::TRIAL_USED;
        }
    }
    let known = state.subscriptions.get(&receipt.account);
    let before = known.map_or_else(
        || Subscription {
            first_plan: event.plan,
            wallet: event.wallet,
            ..Subscription::zeroed()
        },
        |it| it.account,
    );
    let account = agreement::subscribed(&before, event, ledgers);
    // A trial and a metered plan are paid later.
    if event.trial_ends_at == 0 && !schedule::is_metered(&account) {
        let payment = (&event.settlement, shares);
        settlement::book(state, receipt, &member, payment, event.terms.hold_secs);
    }
    approval::sign(state, plan.mint, &before, &account, event.outstanding);
    let agreement = Agreement { account, member };
    state.subscriptions.insert(receipt.account, agreement);
}

pub(super) fn plan_changed(state: &mut State, event: &PlanChanged, shares: &[LedgerShare]) {
    let receipt = &event.receipt;
    let Some(Agreement { account, member }) = state.subscriptions.get(&receipt.account).copied()
    else {
        return;
    };
    let Some(plan) = state.plans.get(&event.plan).copied() else {
        return;
    };
    let before = account;
    let account = agreement::changed(&before, event);
    if Begins::of(&before, event.at_period_end != 0) == Begins::Now {
        let payment = (&event.settlement, shares);
        settlement::book(state, receipt, &member, payment, event.terms.hold_secs);
    }
    approval::sign(state, plan.mint, &before, &account, event.outstanding);
    let agreement = Agreement { account, member };
    state.subscriptions.insert(receipt.account, agreement);
}
