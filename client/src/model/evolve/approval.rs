//! What the delegates of token accounts may still move.

use crate::model::{
    State,
    rules::{approval, word},
};
use bytemuck::Zeroable;
use tessera_types::{
    Address,
    accounts::{Authority, Subscription},
};

/// Counts a subscription as signed, `it`, instead of as it was `before`. In another generation,
/// nothing that was signed before counts.
pub(super) fn sign(
    state: &mut State,
    mint: Address,
    before: &Subscription,
    it: &Subscription,
    outstanding: u64,
) {
    let address = state.delegate(it.payer_token);
    let authority = state
        .authorities
        .entry(address)
        .or_insert_with(Authority::zeroed);
    if authority.generation != it.authority_generation {
        authority.generation = it.authority_generation;
        authority.live_subscriptions = 0;
    }
    authority.wallet = it.wallet;
    authority.mint = mint;
    authority.token_account = it.payer_token;
    approval::remove(authority, before);
    authority.live_subscriptions = authority.live_subscriptions.saturating_add(1);
    authority.outstanding = outstanding;
}

/// Stops counting a subscription that ends, as it was `before`; an authority that was closed has
/// nothing outstanding.
pub(super) fn end(state: &mut State, before: &Subscription, outstanding: u64) {
    let address = state.delegate_of(&before.payer_token);
    if let Some(authority) = state.authorities.get_mut(&address) {
        approval::remove(authority, before);
        authority.outstanding = outstanding;
    }
}

/// Takes what a payment uses up off the outstanding amount.
pub(super) fn collect(state: &mut State, it: &Subscription, spent: u128) {
    let address = state.delegate_of(&it.payer_token);
    if let Some(authority) = state.authorities.get_mut(&address) {
        let rest = u128::from(authority.outstanding).saturating_sub(spent);
        authority.outstanding = word(rest);
    }
}
