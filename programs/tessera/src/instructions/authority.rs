//! The two steps in which an org, or the program's config, comes into other hands.

use crate::{
    clock,
    declare::{Account, accounts},
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
};
use anchor_lang::prelude::*;
use tessera_types::{
    NO_ADDRESS, TesseraError,
    accounts::{AccountType, Config, Header, Org},
    args::ProposeAuthorityArgs,
    events::{AuthorityAccepted, AuthorityProposed},
};

accounts! { ProposeAuthority {
    signer authority,
    /// An org or the config.
    mut account,
    /// This program, so that it can call itself.
    program,
} }

accounts! { AcceptAuthority {
    /// Who was proposed.
    signer authority,
    /// An org or the config.
    mut account,
    /// This program, so that it can call itself.
    program,
} }

/// Who holds the account, and who was proposed.
struct Hands<'a> {
    header: &'a mut Header,
    authority: &'a mut Address,
    pending: &'a mut Address,
}

#[inline(never)]
fn hands(account: &mut Account) -> Result<Hands<'_>> {
    if load::kind(account)? == u64::from_le_bytes(<Org as AccountType>::DISCRIMINATOR) {
        let org: &mut Org = load::owned_mut(account)?;
        return Ok(Hands {
            header: &mut org.header,
            authority: &mut org.authority,
            pending: &mut org.pending_authority,
        });
    }
    let config: &mut Config = load::owned_mut(account)?;
    Ok(Hands {
        header: &mut config.header,
        authority: &mut config.admin,
        pending: &mut config.pending_admin,
    })
}

impl ProposeAuthority {
    #[inline(never)]
    pub fn handle(&mut self, args: &ProposeAuthorityArgs) -> Result<()> {
        let place = *self.account.account();
        let address = place.address();
        let hands = hands(&mut self.account)?;
        require_same(
            hands.authority,
            self.authority.address(),
            TesseraError::WrongAuthority,
        )?;
        require!(hands.header.receipt_seq == args.seq, TesseraError::StaleSeq);
        *hands.pending = args.pending;
        let mut slip = Slip::<AuthorityProposed>::new();
        note!(slip: AuthorityProposed { pending: &args.pending, });
        let now = clock::now();
        // SAFETY: the event is written.
        unsafe { slip.leave(hands.header, address, now) }
    }
}

impl AcceptAuthority {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let place = *self.account.account();
        let address = place.address();
        let authority = self.authority.address();
        let hands = hands(&mut self.account)?;
        require_same(hands.pending, authority, TesseraError::WrongAuthority)?;
        *hands.authority = *authority;
        *hands.pending = NO_ADDRESS;
        let mut slip = Slip::<AuthorityAccepted>::new();
        note!(slip: AuthorityAccepted { authority: authority, });
        let now = clock::now();
        // SAFETY: the event is written.
        unsafe { slip.leave(hands.header, address, now) }
    }
}
