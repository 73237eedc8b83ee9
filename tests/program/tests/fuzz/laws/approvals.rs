//! An authority's outstanding amount is what its live subscriptions may still collect, and the token
//! account approves at least that.

use crate::{
    failure::{Failure, law},
    stage::Case,
};
use solana_address::Address;
use std::collections::{BTreeMap, BTreeSet};
use tessera_client::types::{
    NO_ADDRESS,
    accounts::{Authority, Subscription, SubscriptionState},
    events::Settlement,
};

pub(super) fn cover(case: &Case, tampered: &BTreeSet<Address>) -> Result<(), Failure> {
    let mut live: BTreeMap<(Address, u64), (u128, u32)> = BTreeMap::new();
    for (_, it) in case.books.all::<Subscription>() {
        if SubscriptionState::is_live(it.state) {
            let key = (it.payer_token, it.authority_generation);
            let (sum, count) = live.entry(key).or_default();
            *sum += remaining(it);
            *count += 1;
        }
    }
    for (address, it) in case.books.all::<Authority>() {
        let key = (it.token_account, it.generation);
        let (sum, count) = live.get(&key).copied().unwrap_or_default();
        law!(
            "outstanding is what live subscriptions may collect",
            u128::from(it.outstanding) == sum && it.live_subscriptions == count,
            "{sum} of {count}, but {it:?}"
        );
        let token = case.chain.token(&it.token_account);
        let approved = token.filter(|it| it.delegate == Some(address).into());
        if let Some(token) = approved.filter(|_| !tampered.contains(&it.token_account)) {
            let approved = token.delegated_amount;
            law!(
                "approvals cover",
                approved >= it.outstanding,
                "{approved}, but {it:?}"
            );
        }
    }
    Ok(())
}

/// What a live subscription may still collect.
fn remaining(it: &Subscription) -> u128 {
    if it.pending_plan != NO_ADDRESS {
        return u128::from(it.pending_price) * (u128::from(it.pending_periods) + 1);
    }
    let stated = it.period_flags & Settlement::STATED != 0;
    let running = u128::from(it.is_metered() && !stated);
    let later =
        (u128::from(it.terms.approved_periods) + 1).saturating_sub(u128::from(it.periods_paid));
    u128::from(it.terms.price) * (later + running)
}
