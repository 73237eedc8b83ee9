//! What a token account approves its authority for.
//!
//! Law: `outstanding` is all that subscriptions of this generation that nobody has ended were signed
//! for and have not collected, and the token account approves at least that: a discount leaves more,
//! until the wallet signs again. An account that is met with less was revoked, closed or lent to
//! another delegate meanwhile: the generation rises, and nothing signed before comes back.

use crate::{
    create::derive,
    declare::Account,
    extensions, load,
    outcome::{Result, is_absent, require, require_same, same},
    token::{self, Payment},
};
use anchor_lang::prelude::*;
use pinocchio_token::state::Account as TokenState;
use tessera_types::{
    NO_ADDRESS, TesseraError,
    accounts::{Authority, Plan, Subscription, SubscriptionState},
    math, seeds,
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
    } else if same(token.delegate_unchecked(), authority) {
        Standing::Ours(token.delegated_amount())
    } else {
        Standing::Foreign
    }
}

/// A wallet that signs, and the token account that it pays from.
pub struct Payer<'a> {
    pub token_account: &'a AccountView,
    pub wallet: &'a Address,
    pub authority: &'a Address,
    /// 1: another program's delegate may be replaced.
    pub replace_delegate: u8,
}

/// How the token account stands to the authority, when the wallet may approve again: it is theirs,
/// in the plan's mint, thawed, and allows it.
impl Payer<'_> {
    #[inline(never)]
    pub fn approvable(&self, plan: &Plan) -> Result<Standing> {
        let token = token::thawed(self.token_account, &plan.token_program)?;
        require_same(token.owner(), self.wallet, TesseraError::WrongTokenOwner)?;
        require_same(token.mint(), &plan.mint, TesseraError::WrongMint)?;
        if !token::is_spl(&plan.token_program) {
            require!(
                !extensions::is_cpi_guarded(self.token_account)?,
                TesseraError::CpiGuarded
            );
        }
        let standing = standing(token, self.authority);
        require!(
            standing != Standing::Foreign || self.replace_delegate == 1,
            TesseraError::ForeignDelegate
        );
        Ok(standing)
    }
}

/// The authority of a subscription's token account, met by its wallet, which signs in `slot`.
#[inline(always)]
pub fn met<'a>(
    account: &'a mut Account,
    payer: &Payer,
    plan: &Plan,
    slot: u64,
) -> Result<&'a mut Authority> {
    meet_again(account, payer, plan, slot)?;
    // SAFETY: it was looked at; see `load::owned_mut`.
    Ok(unsafe { load::data_mut(account.account()) })
}

#[inline(never)]
fn meet_again(account: &mut Account, payer: &Payer, plan: &Plan, slot: u64) -> Result<()> {
    let standing = payer.approvable(plan)?;
    let authority: &mut Authority = load::owned_mut(account)?;
    let refusal = TesseraError::WrongTokenAuthority;
    require_same(
        &authority.token_account,
        payer.token_account.address(),
        refusal,
    )?;
    require_same(&authority.wallet, payer.wallet, refusal)?;
    require_same(&authority.mint, &plan.mint, refusal)?;
    meet(authority, standing, slot);
    Ok(())
}

/// Takes note of what the token account approves when a wallet signs terms in `slot`.
#[inline(never)]
pub fn meet(authority: &mut Authority, standing: Standing, slot: u64) {
    let approved = matches!(standing, Standing::Ours(amount) if amount >= authority.outstanding);
    // A new authority has no generation yet, even where somebody approved its address beforehand.
    if authority.generation == 0 || !approved {
        authority.generation = authority.generation.saturating_add(1).max(slot);
        authority.outstanding = 0;
        authority.live_subscriptions = 0;
    }
}

/// Counts a subscription that was just signed, under the authority's generation.
#[inline(never)]
pub fn add(authority: &mut Authority, subscription: &mut Subscription) -> Result<()> {
    subscription.authority_generation = authority.generation;
    authority.outstanding = math::add(authority.outstanding, remaining(subscription)?)?;
    authority.live_subscriptions = authority.live_subscriptions.saturating_add(1);
    Ok(())
}

/// Stops counting a subscription that ends, when it counts.
#[inline(never)]
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
pub fn remaining(subscription: &Subscription) -> Result<u64> {
    // Of a metered plan the period that runs is still to be paid.
    let unpaid = subscription.is_unstated() as u64;
    if !is_absent(&subscription.pending_plan) {
        let later = subscription.pending_periods.saturating_add(1);
        return Ok(math::times(subscription.pending_price, later)?);
    }
    let left = math::times(subscription.terms.price, subscription.periods_left())?;
    // The price is 0 or the cap of one period.
    match unpaid {
        0 => Ok(left),
        _ => Ok(math::add(left, subscription.terms.price)?),
    }
}

/// The authority of a subscription's token account, `None` when it is closed.
#[inline(never)]
pub fn of<'a>(
    account: &'a mut Account,
    subscription: &Subscription,
) -> Result<Option<&'a mut Authority>> {
    let token_account = &subscription.payer_token;
    if load::exists(account) {
        let authority: &mut Authority = load::owned_mut(account)?;
        let refusal = TesseraError::WrongTokenAuthority;
        require_same(&authority.token_account, token_account, refusal)?;
        return Ok(Some(authority));
    }
    let mut address = NO_ADDRESS;
    derive(&[seeds::AUTHORITY, token_account.as_ref()], &mut address);
    require_same(
        account.address(),
        &address,
        TesseraError::WrongTokenAuthority,
    )?;
    Ok(None)
}

/// Lowers what the token account of a wallet that signs approves to `outstanding`, in a call that
/// carries the receipt; when nothing can be lowered, the program calls itself.
#[inline(never)]
pub fn lower(
    token_account: &AccountView,
    authority: &AccountView,
    wallet: &AccountView,
    outstanding: u64,
    receipt: &[u8],
) -> Result<()> {
    match lowered(token_account, authority, wallet.address(), outstanding) {
        None => crate::receipt::carry(receipt),
        Some(amount) => Payment {
            // SAFETY: `lowered` found a token account; its owner does not change here.
            program: unsafe { &*core::ptr::from_ref(token_account.owner()) },
            mint: None,
            from: token_account,
            signer: wallet,
            legs: [None, None, None],
            approval: Some((authority, amount)),
            receipt,
        }
        .send(&[])?,
    }
    Ok(())
}

/// What the token account is to approve from now on; `None` when it approves no more than that
/// already, or cannot be changed.
#[inline(always)]
fn lowered(
    view: &AccountView,
    authority: &AccountView,
    wallet: &Address,
    outstanding: u64,
) -> Option<u64> {
    let program = view.owner();
    token::require_program(program).ok()?;
    let account = token::thawed(view, program).ok()?;
    let approved = match standing(account, authority.address()) {
        Standing::Ours(amount) => amount,
        _ => return None,
    };
    let can_be_changed = same(account.owner(), wallet)
        && (outstanding == 0 || !extensions::is_cpi_guarded(view).ok()?);
    (approved > outstanding && can_be_changed).then_some(outstanding)
}
