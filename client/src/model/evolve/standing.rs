//! Missed payments, cancellations, resumptions and pauses.

use super::approval;
use crate::{
    decode::Event,
    model::{State, rules::schedule},
};
use tessera_types::accounts::SubscriptionState;

pub(super) fn evolve(state: &mut State, event: &Event) {
    let account = event.receipt().account;
    let Some(agreement) = state.subscriptions.get_mut(&account) else {
        return;
    };
    let before = agreement.account;
    let it = &mut agreement.account;
    match event {
        Event::PaymentMissed(event) => {
            it.state = event.state;
            if event.state == SubscriptionState::Lapsed as u8 {
                schedule::forget_pending(it);
                approval::end(state, &before, event.outstanding);
            }
        }
        Event::Cancelled(event) => {
            it.state = SubscriptionState::Cancelled as u8;
            it.paid_through = event.paid_through;
            schedule::forget_pending(it);
            approval::end(state, &before, event.outstanding);
        }
        Event::Resumed(event) => {
            it.authority_generation = event.authority_generation;
            // Nothing is paid before a trial ends.
            it.state = match it.periods_paid {
                0 => SubscriptionState::Trial as u8,
                _ => SubscriptionState::Active as u8,
            };
            let it = *it;
            if let Some(mint) = state.plans.get(&it.plan).map(|plan| plan.mint) {
                approval::sign(state, mint, &before, &it, event.outstanding);
            }
        }
        Event::Paused(event) => {
            it.paused_until = event.paused_until;
            it.next_due = event.next_due;
        }
        _ => {}
    }
}
