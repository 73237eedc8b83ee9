use crate::{
    clock::{self, Moment},
    create::Place,
    load,
    receipt::{self, Slip},
};
use anchor_lang::{address_eq, prelude::*};
use tessera_types::{
    TesseraError,
    accounts::{Header, Issuer, Org},
    args::SetIssuerArgs,
    events::{IssuerSet, Receipt},
    limits::MIN_EPOCH_SECS,
    seeds,
};

#[derive(Accounts)]
pub struct SetIssuer {
    /// Pays the rent; may be the authority itself, and carries no data that could alias.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub authority: Signer,
    pub org: UncheckedAccount,
    pub key: UncheckedAccount,
    #[account(mut)]
    pub issuer: UncheckedAccount,
    pub system_program: Program<System>,
    /// This program, so that it can call itself.
    pub program: UncheckedAccount,
}

impl SetIssuer {
    #[inline(never)]
    pub fn handle(&mut self, args: &SetIssuerArgs) -> Result<()> {
        let org = load::owned::<Org>(&self.org)?;
        require!(
            address_eq(&org.authority, self.authority.address()),
            TesseraError::WrongAuthority
        );
        require!(args.spare == [0; 4], TesseraError::SpareNotZero);
        require!(
            args.epoch_secs >= MIN_EPOCH_SECS,
            TesseraError::EpochTooShort
        );
        let moment = clock::moment()?;
        let (org, key) = (*self.org.address(), *self.key.address());
        let event = |receipt| IssuerSet {
            receipt,
            org,
            key,
            epoch_budget: args.epoch_budget,
            epoch_secs: args.epoch_secs,
            spare: [0; 4],
        };
        let issuer = match load::exists(&self.issuer) {
            true => self.change(moment, event)?,
            false => self.create(moment, event)?,
        };
        issuer.epoch_budget = args.epoch_budget;
        issuer.epoch_secs = args.epoch_secs;
        Ok(())
    }

    #[inline(always)]
    fn create(
        &mut self,
        moment: Moment,
        event: impl FnOnce(Receipt) -> IssuerSet,
    ) -> Result<&mut Issuer> {
        let (org, key) = (*self.org.address(), *self.key.address());
        let place = Place {
            payer: self.payer.account(),
            account: self.issuer.account(),
            seeds: &[seeds::ISSUER, org.as_ref(), key.as_ref()],
        };
        let header = Header::new(place.bump()?, moment.slot, *self.payer.address());
        place.create_with::<Issuer, _>(header, moment.now, event)?;
        let issuer: &mut Issuer = load::owned_mut(&mut self.issuer)?;
        issuer.org = org;
        issuer.key = key;
        issuer.epoch_started_at = moment.now;
        Ok(issuer)
    }

    #[inline(always)]
    fn change(
        &mut self,
        moment: Moment,
        event: impl FnOnce(Receipt) -> IssuerSet,
    ) -> Result<&mut Issuer> {
        let address = *self.issuer.address();
        let issuer: &mut Issuer = load::owned_mut(&mut self.issuer)?;
        require!(
            address_eq(&issuer.org, self.org.address()),
            TesseraError::WrongOrg
        );
        require!(
            address_eq(&issuer.key, self.key.address()),
            TesseraError::WrongIssuer
        );
        let mut slip = Slip::new();
        let receipt = slip.next(&mut issuer.header, &address, moment.now)?;
        receipt::carry(slip.seal(&mut issuer.header, event(receipt)));
        Ok(issuer)
    }
}
