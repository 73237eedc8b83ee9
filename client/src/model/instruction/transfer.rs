//! Transfers as the token programs judge them.
//!
//! Law: a transfer of SPL Token carries the receipt; Token-2022 does not take it, and where nothing
//! moves there is no transfer, so then the program calls itself.

#[cfg(test)]
mod tests;

use crate::model::{Call, Refusal, Transfer, Verdict};
use tessera_types::{
    Address, ID, TesseraError,
    carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM},
};

/// Tokens that one account pays to others.
pub(super) struct Payment {
    pub(super) program: Address,
    /// The mint that a transfer of Token-2022 names; none on SPL Token.
    pub(super) mint: Option<Address>,
    pub(super) from: Address,
    /// Owner or delegate of `from`.
    pub(super) signer: Address,
    /// Receivers and amounts; an amount of 0 is not transferred.
    pub(super) legs: Vec<(Address, u64)>,
}

/// Checks that the programs that carry the receipt are named; `moves` says whether the token
/// program is called.
pub(super) fn require_carrier(program: &Address, moves: bool, call: &Call, verdict: &mut Verdict) {
    if moves {
        call.require_named(program, verdict);
    }
    if !moves || *program != TOKEN_PROGRAM {
        call.require_named(&ID, verdict);
    }
}

/// The mint that a transfer of `program` names.
pub(super) fn transferred_mint(
    mint: Option<Address>,
    program: &Address,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Address> {
    let known = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM].contains(program);
    verdict.require(known, TesseraError::UnsupportedTokenProgram);
    let mint = mint.filter(|_| *program == TOKEN_2022_PROGRAM)?;
    let found = call.surroundings.mint(&mint);
    let is_mint = found.is_some_and(|it| it.program == *program);
    verdict.require(is_mint, TesseraError::MintMissing);
    Some(mint)
}

impl Payment {
    /// The transfers, when the token program allows them.
    pub(super) fn send(&self, call: &Call, verdict: &mut Verdict) -> Vec<Transfer> {
        let transfers: Vec<Transfer> = self
            .legs
            .iter()
            .filter(|(_, amount)| *amount > 0)
            .map(|(to, amount)| Transfer {
                from: self.from,
                to: *to,
                amount: *amount,
            })
            .collect();
        if !transfers.is_empty() {
            self.require_source(&transfers, call, verdict);
            for transfer in &transfers {
                self.require_destination(&transfer.to, call, verdict);
            }
            if self.program == TOKEN_2022_PROGRAM {
                self.require_mint(call, verdict);
            }
        }
        transfers
    }

    fn require_source(&self, transfers: &[Transfer], call: &Call, verdict: &mut Verdict) {
        let amount: u128 = transfers.iter().map(|it| u128::from(it.amount)).sum();
        let source = call.surroundings.token_account(&self.from);
        let source = source.filter(|it| it.program == self.program);
        let rule = Refusal::Runtime("what pays is no token account of the token program");
        verdict.require(source.is_some(), rule);
        let Some(source) = source else {
            return;
        };
        let rule = Refusal::Runtime("the token account that pays is frozen");
        verdict.require(!source.frozen, rule);
        let rule = Refusal::Runtime("the token account that pays holds less");
        verdict.require(amount <= u128::from(source.amount), rule);
        // An owner who is also the delegate signs as the delegate.
        if let Some((_, approved)) = source.delegate.filter(|(it, _)| *it == self.signer) {
            let rule = Refusal::Runtime("the delegate may move less");
            return verdict.require(amount <= u128::from(approved), rule);
        }
        let rule = Refusal::Runtime("who signs may not move of the token account");
        verdict.require(source.owner == self.signer, rule);
        let rule = Refusal::Runtime("the token account lets no program move of it");
        verdict.require(!source.cpi_guarded, rule);
    }

    fn require_destination(&self, to: &Address, call: &Call, verdict: &mut Verdict) {
        let of_program = |address| {
            let found = call.surroundings.token_account(address);
            found.filter(|it| it.program == self.program)
        };
        let destination = of_program(to);
        let rule = Refusal::Runtime("what is paid is no token account of the token program");
        verdict.require(destination.is_some(), rule);
        let Some(destination) = destination else {
            return;
        };
        let rule = Refusal::Runtime("the token account that is paid is frozen");
        verdict.require(!destination.frozen, rule);
        let rule = Refusal::Runtime("the token account that is paid wants a memo");
        verdict.require(!destination.wants_memo, rule);
        let same = of_program(&self.from).is_none_or(|it| it.mint == destination.mint);
        let rule = Refusal::Runtime("the two token accounts are of two mints");
        verdict.require(same, rule);
    }

    fn require_mint(&self, call: &Call, verdict: &mut Verdict) {
        verdict.require(self.mint.is_some(), TesseraError::MintMissing);
        let Some(mint) = self.mint else {
            return;
        };
        let source = call.surroundings.token_account(&self.from);
        let same = source.is_none_or(|it| it.mint == mint);
        let rule = Refusal::Runtime("the mint is not the token account's");
        verdict.require(same, rule);
        let unpayable = call.surroundings.mint(&mint).and_then(|it| it.unpayable);
        let moves = !matches!(
            unpayable,
            Some(
                TesseraError::MintPaused
                    | TesseraError::TransferHookActive
                    | TesseraError::NonTransferable
            )
        );
        let rule = Refusal::Runtime("the mint lets its tokens not be transferred like this");
        verdict.require(moves, rule);
    }
}
