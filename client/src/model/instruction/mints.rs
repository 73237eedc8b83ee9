//! Mints that accounts are opened for, and that deposits are made in.

use crate::model::{Call, Mint, Verdict};
use tessera_types::{
    Address, TesseraError,
    carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM},
};

/// Checks that the mint's tokens can be paid with; consent to a permanent delegate is for the
/// caller to check.
pub(super) fn require_payable(
    mint: &Address,
    program: &Address,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Mint> {
    let known = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM].contains(program);
    verdict.require(known, TesseraError::UnsupportedTokenProgram);
    let found = call.surroundings.mint(mint);
    let found = found.filter(|it| it.program == *program);
    verdict.require(found.is_some(), TesseraError::MintMissing);
    if let Some(rule) = found.and_then(|it| it.unpayable) {
        verdict.require(false, rule);
    }
    found
}

/// The mint of a deposit, which must arrive in full; none on SPL Token.
pub(super) fn deposited(
    mint: Option<Address>,
    expected: &Address,
    program: &Address,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Address> {
    if *program == TOKEN_PROGRAM {
        return None;
    }
    verdict.require(mint.is_some(), TesseraError::MintMissing);
    let mint = mint?;
    verdict.require(mint == *expected, TesseraError::WrongMint);
    require_payable(&mint, program, call, verdict);
    Some(mint)
}
