//! What a token account approves its authority for.
//!
//! Law: `outstanding` is exactly what is approved, and all that subscriptions of this generation that
//! nobody has ended were signed for. An account that is met without that approval was revoked, closed
//! or lent to another delegate meanwhile: the generation rises, and nothing signed before comes
//! back.

use anchor_lang::{address_eq, prelude::*};
use pinocchio_token::state::Account as TokenState;
use tessera_types::{
    accounts::{Authority, Subscription, SubscriptionState},
    math,
};

/// How a token account stands to its authority.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It approves the authority for this amount.
    Ours(u64),
    /// It approves nobody.
    Nobodys,
    /// It approves somebody else.
    Foreign,
}

/// How `token` stands to the authority at this address.
#[inline(always)]
pub fn standing(token: &TokenState, authority: &Address) -> Standing {
    if !token.has_delegate() {
        Standing::Nobodys
    } else if address_eq(token.delegate_unchecked(), authority) {
        Standing::Ours(token.delegated_amount())
    } else {
        Standing::Foreign
    }
}

/// Takes note of what the token account approves when a wallet signs terms in `slot`.
#[inline(always)]
pub fn meet(authority: &mut Authority, standing: Standing, slot: u64) {
    let approved = matches!(standing, Standing::Ours(amount) if amount >= authority.outstanding);
    // A new authority has no generation yet, even where somebody approved its address beforehand.
    if authority.generation == 0 || !approved {
        authority.generation = authority.generation.saturating_add(1).max(slot);
        authority.outstanding = 0;
        authority.live_subscriptions = 0;
    }
}

/// Counts a subscription that was just signed.
#[inline(always)]
pub fn add(authority: &mut Authority, subscription: &Subscription) -> Result<()> {
    authority.outstanding = math::add(authority.outstanding, remaining(subscription)?)?;
    authority.live_subscriptions = authority.live_subscriptions.saturating_add(1);
    Ok(())
}

/// Stops counting a subscription that ends, when it counts.
#[inline(always)]
pub fn remove(authority: &mut Authority, subscription: &Subscription) -> Result<()> {
    if SubscriptionState::is_live(subscription.state)
        && subscription.authority_generation == authority.generation
    {
        let remaining = remaining(subscription)?;
        authority.outstanding = authority.outstanding.saturating_sub(remaining);
        authority.live_subscriptions = authority.live_subscriptions.saturating_sub(1);
    }
    Ok(())
}

/// What the subscription may still collect.
#[inline(never)]
fn remaining(subscription: &Subscription) -> Result<u64> {
    Ok(math::times(
        subscription.terms.price,
        subscription.periods_left(),
    )?)
}
