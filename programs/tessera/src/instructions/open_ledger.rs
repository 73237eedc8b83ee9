use crate::{
    clock,
    create::{Place, derive},
    declare::accounts,
    load,
    outcome::{Result, require_same},
    receipt::{Slip, note},
    token,
};
use anchor_lang::prelude::*;
use tessera_types::{
    TesseraError,
    accounts::{Ledger, Member},
    events::LedgerOpened,
    seeds,
};

accounts! {
    /// A ledger that is open already is left as it is, so that two checkouts can bring the same one.
    OpenLedger {
        payer payer,
        org,
        member,
        mint,
        mut ledger,
        system system_program,
    }
}

impl OpenLedger {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let member: &Member = load::owned(&self.member)?;
        let (org, wallet, mint) = (&member.org, &member.wallet, self.mint.address());
        require_same(org, self.org.address(), TesseraError::WrongOrg)?;
        if load::exists(&self.ledger) {
            let ledger: &Ledger = load::owned(&self.ledger)?;
            require_same(&ledger.org, org, TesseraError::WrongAddress)?;
            require_same(&ledger.wallet, wallet, TesseraError::WrongAddress)?;
            return require_same(&ledger.mint, mint, TesseraError::WrongAddress);
        }
        let program = *self.mint.account().owner();
        token::require_program(&program)?;
        token::mint(self.mint.account(), &program)?;
        let place = Place {
            payer: self.payer.account(),
            account: self.ledger.account(),
            seeds: &[seeds::LEDGER, org.as_ref(), wallet.as_ref(), mint.as_ref()],
        };
        let moment = clock::moment();
        let mut slip = Slip::<LedgerOpened>::new();
        note!(slip: LedgerOpened {
            org: org,
            wallet: wallet,
            mint: mint,
        });
        // SAFETY: the event is written.
        let ledger: &mut Ledger = unsafe { place.create_with(&moment, &mut slip)? };
        let vault: &[&[u8]] = &[seeds::VAULT, org.as_ref(), mint.as_ref()];
        ledger.vault_bump = derive(vault, &mut ledger.vault);
        Ok(())
    }
}
