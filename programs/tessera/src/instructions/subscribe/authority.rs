//! The delegate of the payer's token account.

use super::Subscribe;
use crate::{
    approval::{self, Standing},
    create::Place,
    load,
    outcome::{Result, require_same, same},
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Authority, Plan},
    seeds,
};

impl Subscribe {
    /// The token account's authority, created when it is missing, which takes note of what the
    /// account approves now. A token account may have had another owner or mint before: the wallet
    /// that signs now is the one whose tokens it moves, and what was approved before, is nothing
    /// to it.
    #[inline(never)]
    pub(super) fn load_authority<'a>(
        &self,
        plan: &Plan,
        standing: &Standing,
        slot: u64,
    ) -> Result<&'a mut Authority> {
        let view = self.authority.account();
        let token_account = self.payer_token.address();
        let authority: &mut Authority = if load::exists(&self.authority) {
            load::owned::<Authority>(&self.authority)?;
            // SAFETY: checked just now; declared once and mutable, and duplicates of such accounts
            // are refused.
            let authority: &mut Authority = unsafe { load::data_mut(view) };
            require_same(
                &authority.token_account,
                token_account,
                TesseraError::WrongTokenAuthority,
            )?;
            authority
        } else {
            let place = Place {
                payer: self.payer.account(),
                account: view,
                seeds: &[seeds::AUTHORITY, token_account.as_ref()],
            };
            place.create::<Authority>(slot)?;
            // SAFETY: as above.
            let authority: &mut Authority = unsafe { load::data_mut(view) };
            authority.token_account = *token_account;
            authority
        };
        let wallet = self.wallet.address();
        let theirs = same(&authority.wallet, wallet) && same(&authority.mint, &plan.mint);
        let standing = if theirs { *standing } else { Standing::Nobodys };
        approval::meet(authority, standing, slot);
        authority.wallet = *wallet;
        authority.mint = plan.mint;
        Ok(authority)
    }
}
