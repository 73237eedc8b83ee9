use crate::{
    clock,
    create::{Place, derive},
    load, token,
};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError,
    accounts::{Header, Ledger, Member},
    events::LedgerOpened,
    seeds,
};

/// A ledger that is open already is left as it is, so that two checkouts can bring the same one.
#[derive(Accounts)]
pub struct OpenLedger {
    #[account(mut)]
    pub payer: Signer,
    pub org: UncheckedAccount,
    pub member: UncheckedAccount,
    pub mint: UncheckedAccount,
    #[account(mut)]
    pub ledger: UncheckedAccount,
    pub system_program: Program<System>,
}

impl OpenLedger {
    #[inline(never)]
    pub fn handle(&mut self) -> Result<()> {
        let member: &Member = load::owned(&self.member)?;
        let (org, wallet, mint) = (member.org, member.wallet, *self.mint.address());
        require!(address_eq(&org, self.org.address()), TesseraError::WrongOrg);
        if load::exists(&self.ledger) {
            let ledger: &Ledger = load::owned(&self.ledger)?;
            require!(
                address_eq(&ledger.org, &org)
                    && address_eq(&ledger.wallet, &wallet)
                    && address_eq(&ledger.mint, &mint),
                TesseraError::WrongAddress
            );
            return Ok(());
        }
        let program = *self.mint.account().owner();
        token::require_program(&program)?;
        token::mint(self.mint.account(), &program)?;
        let place = Place {
            payer: self.payer.account(),
            account: self.ledger.account(),
            seeds: &[seeds::LEDGER, org.as_ref(), wallet.as_ref(), mint.as_ref()],
        };
        let moment = clock::moment()?;
        let header = Header::new(place.bump()?, moment.slot, *self.payer.address());
        let (vault, vault_bump) = derive(&[seeds::VAULT, org.as_ref(), mint.as_ref()]);
        let ledger: &mut Ledger =
            place.create_with(header, moment.now, |receipt| LedgerOpened {
                receipt,
                org,
                wallet,
                mint,
            })?;
        ledger.org = org;
        ledger.wallet = wallet;
        ledger.mint = mint;
        ledger.vault = vault;
        ledger.vault_bump = vault_bump;
        Ok(())
    }
}
