//! Terms that wallets sign, and the periods that are collected on them.

use super::State;
use crate::model::{
    Command,
    command::{ChangePlan, Charge, ChargeUpTo, Met, Quoted, Signature, Subscribe},
    rules::schedule,
};
use tessera_types::{
    Address,
    events::{Charged, PlanChanged, Settlement, Subscribed},
};

pub(super) fn subscribed(event: &Subscribed, state: &State, slot: Option<u64>) -> Subscribe {
    let periods = event.terms.approved_periods;
    Subscribe {
        subscription: event.receipt.account,
        plan: event.plan,
        wallet: event.wallet,
        payer_token: event.payer_token,
        signature: Signature {
            price: event.terms.price,
            approved_periods: periods,
            quote: quote(event.quote_nonce, event.quote_deadline, periods),
            consents: event.consents,
        },
        trial: event.trial_ends_at != 0,
        met: met(
            &event.payer_token,
            (event.authority_generation, slot),
            state,
        ),
        vault_frozen: is_frozen(&event.settlement),
    }
}

/// The charge of a plan; on a metered plan, the amount that its org stated.
pub(super) fn charged(event: &Charged, state: &State) -> Box<dyn Command> {
    let (subscription, settlement) = (event.receipt.account, &event.settlement);
    let known = state.subscriptions.get(&subscription);
    let vault_frozen = is_frozen(settlement);
    if known.is_some_and(|it| schedule::is_metered(&it.account)) {
        return Box::new(ChargeUpTo {
            subscription,
            amount: settlement.debit,
            vault_frozen,
        });
    }
    Box::new(Charge {
        subscription,
        // A charge without a keeper's fee may have had a keeper whose fee was still nothing.
        keeper: settlement.keeper_fee > 0,
        vault_frozen,
    })
}

/// When the wallet stays with its plan after all, the receipt repeats the earlier terms instead of
/// what was signed, which was a valid price of the plan.
pub(super) fn plan_changed(event: &PlanChanged, state: &State, slot: Option<u64>) -> ChangePlan {
    let subscription = event.receipt.account;
    let known = state.subscriptions.get(&subscription);
    let payer_token = known.map(|it| it.account.payer_token).unwrap_or_default();
    let at_period_end = event.at_period_end != 0;
    let stays = known.filter(|it| at_period_end && it.account.plan == event.plan);
    let (price, mut periods) = (event.terms.price, event.terms.approved_periods);
    if let Some(it) = stays {
        let left = schedule::periods_left(&it.account);
        periods = u32::try_from(left).unwrap_or(u32::MAX);
    }
    ChangePlan {
        subscription,
        plan: event.plan,
        signature: Signature {
            price,
            approved_periods: periods,
            quote: quote(event.quote_nonce, event.quote_deadline, periods),
            consents: event.consents,
        },
        at_period_end,
        most_debit: u64::MAX,
        met: met(&payer_token, (event.authority_generation, slot), state),
        vault_frozen: is_frozen(&event.settlement),
    }
}

/// The quote that was used. The receipt does not say how many periods it allowed.
fn quote(nonce: u64, deadline: i64, approved_periods: u32) -> Option<Quoted> {
    (nonce != 0).then_some(Quoted {
        nonce,
        deadline,
        most_periods: approved_periods,
    })
}

/// The state in which a token account was found: a higher generation means that it did not approve
/// what was outstanding. Where the slot is known, that generation begins with it.
pub(super) fn met(
    payer_token: &Address,
    (generation, slot): (u64, Option<u64>),
    state: &State,
) -> Met {
    let known = state.authority(payer_token).map_or(0, |it| it.generation);
    Met {
        approved: generation <= known,
        slot: slot.unwrap_or(generation),
    }
}

fn is_frozen(settlement: &Settlement) -> bool {
    settlement.flags & Settlement::VAULT_FROZEN != 0
}
