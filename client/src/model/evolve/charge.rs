//! How a payment changes a subscription.

use super::{approval, settlement};
use crate::model::{
    Agreement, State,
    rules::{change, metering, payment, schedule},
};
use tessera_types::{
    accounts::SubscriptionState,
    events::{Charged, LedgerShare},
};

pub(super) fn charged(state: &mut State, event: &Charged, shares: &[LedgerShare]) {
    let (receipt, paid) = (&event.receipt, &event.settlement);
    let Some(Agreement { account, member }) = state.subscriptions.get(&receipt.account).copied()
    else {
        return;
    };
    let (mut it, now) = (account, receipt.at);
    let metered = schedule::is_metered(&it);
    let lasts = metered && metering::lasts(&it, now);
    let spent = if metered {
        metering::spent(&it, now)
    } else {
        let pending = state.plans.get(&it.pending_plan);
        if let Some(plan) = pending.filter(|_| schedule::has_pending(&it)) {
            change::follow(&mut it, plan);
        }
        u128::from(it.terms.price)
    };
    if lasts {
        // It was counted when it began.
        it.periods_paid = it.periods_paid.saturating_sub(1);
    } else if paid.period_start != it.paid_through {
        // A gap moves the billing day.
        schedule::anchor(&mut it.terms, paid.period_start);
    }
    approval::collect(state, &it, spent);
    settlement::book(state, receipt, &member, (paid, shares), it.terms.hold_secs);
    it.state = SubscriptionState::Active as u8;
    payment::book(&mut it, paid);
    let agreement = Agreement {
        account: it,
        member,
    };
    state.subscriptions.insert(receipt.account, agreement);
}
