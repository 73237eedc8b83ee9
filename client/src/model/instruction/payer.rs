//! The token account that a wallet pays from, and what it approves.
//!
//! Law: it approves the authority derived from its address, for what that may still move, and a
//! wallet that signs may approve again. Another program's delegate is replaced only when the wallet
//! says so.

use super::transfer::require_carrier;
use crate::{
    address,
    model::{Approval, Call, State, TokenAccount, Verdict, command::Met},
};
use tessera_types::{
    Address, ID, TesseraError,
    accounts::{Plan, Subscription},
};

/// A wallet that signs, and the accounts that it pays by.
pub(super) struct Payer {
    pub(super) wallet: Address,
    pub(super) token_account: Address,
    pub(super) authority: Address,
    /// Whether another program's delegate may be replaced.
    pub(super) replaces: bool,
}

/// A thawed token account of the plan's token program.
pub(super) fn thawed(
    address: &Address,
    plan: &Plan,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<TokenAccount> {
    let found = call.surroundings.token_account(address);
    let found = found.filter(|it| it.program == plan.token_program);
    verdict.require(found.is_some(), TesseraError::TokenAccountMissing);
    let found = found?;
    verdict.require(!found.frozen, TesseraError::TokenAccountFrozen);
    Some(found)
}

impl Payer {
    /// The state of the token account, if the wallet may approve again.
    pub(super) fn met(
        &self,
        state: &State,
        plan: &Plan,
        call: &Call,
        verdict: &mut Verdict,
    ) -> Met {
        let mut met = Met {
            approved: false,
            slot: call.moment.slot,
        };
        let Some(token) = thawed(&self.token_account, plan, call, verdict) else {
            return met;
        };
        verdict.require(token.owner == self.wallet, TesseraError::WrongTokenOwner);
        verdict.require(token.mint == plan.mint, TesseraError::WrongMint);
        verdict.require(!token.cpi_guarded, TesseraError::CpiGuarded);
        let ours = token.delegate.filter(|(it, _)| *it == self.authority);
        let foreign = token.delegate.is_some() && ours.is_none();
        let allowed = !foreign || self.replaces;
        verdict.require(allowed, TesseraError::ForeignDelegate);
        let known = state.authorities.get(&self.authority);
        let outstanding = known.map_or(0, |it| it.outstanding);
        met.approved = ours.is_some_and(|(_, amount)| amount >= outstanding);
        met
    }

    /// Approves what is outstanding.
    pub(super) fn approve(&self, outstanding: u64) -> Approval {
        Approval {
            token_account: self.token_account,
            delegate: self.authority,
            amount: outstanding,
        }
    }

    /// Lowers the token account's approval to what is outstanding, if it is higher and can be
    /// changed; that call carries the receipt, or else a call of the program to itself.
    pub(super) fn lower(
        &self,
        outstanding: u64,
        call: &Call,
        verdict: &mut Verdict,
    ) -> Option<Approval> {
        let found = call.surroundings.token_account(&self.token_account);
        let lowered = found.filter(|token| {
            let approved = token.delegate.filter(|(it, _)| *it == self.authority);
            let more = approved.is_some_and(|(_, amount)| amount > outstanding);
            let changeable = !token.cpi_guarded || outstanding == 0;
            more && changeable && !token.frozen && token.owner == self.wallet
        });
        match lowered {
            Some(token) => require_carrier(&token.program, true, call, verdict),
            None => call.require_named(&ID, verdict),
        }
        lowered.map(|_| self.approve(outstanding))
    }
}

/// Checks that an authority is that of the subscription's token account, whether it is open or
/// closed.
pub(super) fn require_authority(
    authority: &Address,
    it: &Subscription,
    state: &State,
    verdict: &mut Verdict,
) {
    if state.exists(authority) {
        verdict.found(state.authorities.get(authority), "authority");
    }
    let derived = address::authority(&it.payer_token);
    verdict.require(*authority == derived, TesseraError::WrongTokenAuthority);
}

/// Checks that a token account is the one that the subscriber signed.
pub(super) fn require_payer(it: &Subscription, token_account: &Address, verdict: &mut Verdict) {
    let signed = it.payer_token == *token_account;
    verdict.require(signed, TesseraError::WrongPayerToken);
}
