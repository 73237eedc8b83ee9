//! What the program needs to know of SPL Token accounts and mints.

use anchor_lang::prelude::*;
use pinocchio_token::state::{Account as TokenState, Mint};
use tessera_types::TesseraError;

/// An initialised account of the SPL Token program, which nothing else borrows.
#[inline(always)]
pub fn account(view: &AccountView) -> Result<&TokenState> {
    // SAFETY: token accounts are passed as `UncheckedAccount`, of which nobody holds a reference
    // to the data, and the reference is dropped before the token program is called.
    unsafe { TokenState::from_account_view_unchecked(view) }
        .map_err(|_| TesseraError::UnsupportedTokenProgram.into())
}

/// Decimals of an initialised mint of the SPL Token program.
#[inline(always)]
pub fn decimals(view: &AccountView) -> Result<u8> {
    let mint = Mint::from_account_view(view).map_err(|_| TesseraError::UnsupportedTokenProgram)?;
    require!(mint.is_initialized(), TesseraError::UnsupportedTokenProgram);
    Ok(mint.decimals())
}
